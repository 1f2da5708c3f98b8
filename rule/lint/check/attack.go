package check

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/mitre"
)

// attackVersion is the form of a version; anything else that Config.Attack holds is a file.
var attackVersion = regexp.MustCompile(`^v?\d+(\.\d+)*$`)

// AttackPin is what mappings to ATT&CK are held to, if the configuration says so.
type AttackPin struct {
	Version string         // an embedded version; "" = not pinned, or to a file
	File    *mitre.Catalog // of a file of the user's
}

// OpenAttack reads Config.Attack: nothing, an embedded version, or a file with ATT&CK in a version of its own. Domains
// that the file lacks are those of the newest embedded version: MITRE publishes one file per domain.
func OpenAttack(spec string) (AttackPin, error) {
	switch {
	case spec == "":
		return AttackPin{}, nil
	case attackVersion.MatchString(spec):
		if v := mitre.Resolve(mitre.ATTACK, spec); v != "" {
			return AttackPin{Version: v}, nil
		}
		return AttackPin{}, fmt.Errorf("ATT&CK version %q is not embedded, have %s; for another version name its STIX bundle",
			spec, strings.Join(mitre.Versions(mitre.ATTACK), " and "))
	}
	f, err := fileio.Open(spec)
	if err != nil {
		return AttackPin{}, fmt.Errorf("ATT&CK %q is neither a version nor a file that can be read: %w", spec, err)
	}
	defer f.Close()
	c, err := mitre.Read(f)
	if err != nil {
		return AttackPin{}, fmt.Errorf("ATT&CK from %s: %w", spec, err)
	}
	if c.Framework != mitre.ATTACK {
		return AttackPin{}, fmt.Errorf("ATT&CK from %s: the file holds %s", spec, c.Framework)
	}
	versions := mitre.Versions(mitre.ATTACK)
	newest, err := mitre.Load(mitre.ATTACK, versions[len(versions)-1])
	if err != nil {
		return AttackPin{}, err
	}
	c = c.WithDomainsOf(newest)
	if c.Version == "unknown" {
		c.Version = "from " + filepath.Base(spec)
	}
	return AttackPin{File: c}, nil
}

// AttackCatalog returns ATT&CK as Config.Attack asks for it: a version, a file, or by default the newest that is embedded.
func AttackCatalog(spec string) (*mitre.Catalog, error) {
	pin, err := OpenAttack(spec)
	switch {
	case err != nil:
		return nil, err
	case pin.File != nil:
		return pin.File, nil
	case pin.Version != "":
		return mitre.Load(mitre.ATTACK, pin.Version)
	}
	versions := mitre.Versions(mitre.ATTACK)
	return mitre.Load(mitre.ATTACK, versions[len(versions)-1])
}
