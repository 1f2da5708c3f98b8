package threats

import (
	"iter"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/mitre"
)

// catalogs yields what the entries of rule.threat are held to, newest first. Each is read when it is asked for: an entry that
// is right in the newest needs no other.
func (s *threatStage) catalogs(fw mitre.Framework) iter.Seq[*mitre.Catalog] {
	versions := mitre.Versions(fw)
	if fw == mitre.ATTACK && s.attack.File != nil {
		return one(s.attack.File)
	}
	if fw == mitre.ATTACK && s.attack.Version != "" {
		versions = []string{s.attack.Version}
	}
	return s.load(fw, versions)
}

// mappingCatalogs yields what a mapping for a version is held to: that version, embedded or the user's.
func (s *threatStage) mappingCatalogs(fw mitre.Framework, version string) iter.Seq[*mitre.Catalog] {
	if c := s.attack.File; c != nil && fw == mitre.ATTACK && (c.Version == version || strings.HasPrefix(c.Version, version+".")) {
		return one(c)
	}
	return s.load(fw, []string{version})
}

func one(c *mitre.Catalog) iter.Seq[*mitre.Catalog] { return slices.Values([]*mitre.Catalog{c}) }

// load yields embedded versions, the last first. One that is not embedded is noted as not checked.
func (s *threatStage) load(fw mitre.Framework, versions []string) iter.Seq[*mitre.Catalog] {
	return func(yield func(*mitre.Catalog) bool) {
		for _, v := range slices.Backward(versions) {
			c, err := mitre.Load(fw, v)
			if err != nil {
				if !slices.Contains(s.skipped, err.Error()) {
					s.skipped = append(s.skipped, err.Error())
				}
				continue
			}
			if !yield(c) {
				return
			}
		}
	}
}
