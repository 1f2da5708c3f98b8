package threats

import (
	"strings"

	"github.com/rulevet/rulevet/mitre"
)

// catalogs returns what the entries of rule.threat are held to, oldest first.
func (s *threatStage) catalogs(fw mitre.Framework) []*mitre.Catalog {
	versions := mitre.Versions(fw)
	if fw == mitre.ATTACK && s.attack.File != nil {
		return []*mitre.Catalog{s.attack.File}
	}
	if fw == mitre.ATTACK && s.attack.Version != "" {
		versions = []string{s.attack.Version}
	}
	return s.load(fw, versions)
}

// mappingCatalogs returns what a mapping for a version is held to: that version, embedded or the user's.
func (s *threatStage) mappingCatalogs(fw mitre.Framework, version string) []*mitre.Catalog {
	if c := s.attack.File; c != nil && fw == mitre.ATTACK && (c.Version == version || strings.HasPrefix(c.Version, version+".")) {
		return []*mitre.Catalog{c}
	}
	return s.load(fw, []string{version})
}
