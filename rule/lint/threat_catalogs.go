package lint

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rulevet/rulevet/mitre"
)

// attackVersion is the form of a version; anything else that Config.Attack holds is a file.
var attackVersion = regexp.MustCompile(`^v?\d+(\.\d+)*$`)

// attackPin is what mappings to ATT&CK are held to, if the configuration says so.
type attackPin struct {
	version string         // an embedded version; "" = not pinned, or to a file
	file    *mitre.Catalog // of a file of the user's
}

// openAttack reads Config.Attack: nothing, an embedded version, or a file with ATT&CK in a version of its own. Domains
// that the file lacks are those of the newest embedded version: MITRE publishes one file per domain.
func openAttack(spec string) (attackPin, error) {
	switch {
	case spec == "":
		return attackPin{}, nil
	case attackVersion.MatchString(spec):
		if v := mitre.Resolve(mitre.ATTACK, spec); v != "" {
			return attackPin{version: v}, nil
		}
		return attackPin{}, fmt.Errorf("ATT&CK version %q is not embedded, have %s; for another version name its STIX bundle",
			spec, strings.Join(mitre.Versions(mitre.ATTACK), " and "))
	}
	f, err := os.Open(spec)
	if err != nil {
		return attackPin{}, fmt.Errorf("ATT&CK %q is neither a version nor a file that can be read: %w", spec, err)
	}
	defer f.Close()
	c, err := mitre.Read(f)
	if err != nil {
		return attackPin{}, fmt.Errorf("ATT&CK from %s: %w", spec, err)
	}
	if c.Framework != mitre.ATTACK {
		return attackPin{}, fmt.Errorf("ATT&CK from %s: the file holds %s", spec, c.Framework)
	}
	versions := mitre.Versions(mitre.ATTACK)
	newest, err := mitre.Load(mitre.ATTACK, versions[len(versions)-1])
	if err != nil {
		return attackPin{}, err
	}
	c = c.WithDomainsOf(newest)
	if c.Version == "unknown" {
		c.Version = "from " + filepath.Base(spec)
	}
	return attackPin{file: c}, nil
}

// catalogs returns what the entries of rule.threat are held to, oldest first.
func (s *threatStage) catalogs(fw mitre.Framework) []*mitre.Catalog {
	versions := mitre.Versions(fw)
	if fw == mitre.ATTACK && s.attack.file != nil {
		return []*mitre.Catalog{s.attack.file}
	}
	if fw == mitre.ATTACK && s.attack.version != "" {
		versions = []string{s.attack.version}
	}
	return s.load(fw, versions)
}

// mappingCatalogs returns what a mapping for a version is held to: that version, embedded or the user's.
func (s *threatStage) mappingCatalogs(fw mitre.Framework, version string) []*mitre.Catalog {
	if c := s.attack.file; c != nil && fw == mitre.ATTACK && (c.Version == version || strings.HasPrefix(c.Version, version+".")) {
		return []*mitre.Catalog{c}
	}
	return s.load(fw, []string{version})
}

// AttackCatalog returns ATT&CK as Config.Attack asks for it: a version, a file, or by default the newest that is embedded.
func AttackCatalog(spec string) (*mitre.Catalog, error) {
	pin, err := openAttack(spec)
	switch {
	case err != nil:
		return nil, err
	case pin.file != nil:
		return pin.file, nil
	case pin.version != "":
		return mitre.Load(mitre.ATTACK, pin.version)
	}
	versions := mitre.Versions(mitre.ATTACK)
	return mitre.Load(mitre.ATTACK, versions[len(versions)-1])
}
