package mitre

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:embed data/*.txt
var data embed.FS

// ATTACKVersions returns the embedded versions of ATT&CK, oldest first.
func ATTACKVersions() []string { return []string{"18.1", "19.1"} }

// ATLASVersions returns the embedded versions of ATLAS, oldest first.
func ATLASVersions() []string { return []string{"5.1.0", "5.6.0"} }

// Versions returns the embedded versions of a framework, oldest first.
func Versions(fw Framework) []string {
	switch fw {
	case ATTACK:
		return ATTACKVersions()
	case ATLAS:
		return ATLASVersions()
	}
	return nil
}

type loader func() (*Catalog, error)

func lazy(file string) loader {
	return sync.OnceValues(func() (*Catalog, error) {
		text, err := data.ReadFile("data/" + file)
		if err != nil {
			return nil, err
		}
		c := new(Catalog)
		if err := c.UnmarshalText(text); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		return c, nil
	})
}

var (
	attack181 = lazy("attack-18.1.txt")
	attack191 = lazy("attack-19.1.txt")
	atlas510  = lazy("atlas-5.1.0.txt")
	atlas560  = lazy("atlas-5.6.0.txt")
)

// Load returns an embedded catalog. A version may be shortened to its major number: "18" is 18.1. The error of a version
// that is not embedded names those that are.
func Load(fw Framework, version string) (*Catalog, error) {
	full := Resolve(fw, version)
	switch {
	case fw == ATTACK && full == "18.1":
		return attack181()
	case fw == ATTACK && full == "19.1":
		return attack191()
	case fw == ATLAS && full == "5.1.0":
		return atlas510()
	case fw == ATLAS && full == "5.6.0":
		return atlas560()
	}
	return nil, fmt.Errorf("%s %s is not embedded; embedded are %s", fw, version, strings.Join(Versions(fw), ", "))
}

// Resolve returns the embedded version that a version means: itself, or the newest one that it is a shortened form of
// ("v19" and "19" are 19.1). "" if there is none.
func Resolve(fw Framework, version string) string {
	version = strings.TrimPrefix(version, "v")
	for _, v := range slices.Backward(Versions(fw)) {
		if version != "" && (v == version || strings.HasPrefix(v, version+".")) {
			return v
		}
	}
	return ""
}

// Releases returns the embedded history of ATT&CK Enterprise.
var Releases = sync.OnceValue(func() *History {
	text, err := data.ReadFile("data/releases.txt")
	if err != nil {
		return &History{} // go:embed makes sure that it is there
	}
	h, err := decodeHistory(string(text))
	if err != nil {
		return &History{} // a test decodes it
	}
	return h
})

// OldName is a name that an entry had before it was renamed.
type OldName struct {
	Name string // that the technique or tactic had
	Last string // the last version of ATT&CK with this name
}

// OldNames returns the former names of an Enterprise tactic or technique, oldest first.
func OldNames(id string) []OldName {
	var out []OldName
	for _, s := range Releases().Names(id) {
		if s.Until != "" {
			out = append(out, OldName{Name: s.Value, Last: s.Until})
		}
	}
	return out
}
