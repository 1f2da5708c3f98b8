// Gen writes the tables of package mitre from JSON files of facts about ATT&CK and ATLAS:
//
//	go run ./mitre/internal/gen -facts DIR [-out mitre/data]
//
// DIR holds enterprise-V.json, mobile-V.json, ics-V.json for the versions of ATT&CK, pre-attack-18.1.json, redirects.json,
// enterprise-history.json, atlas.json and atlas-5.6.0.json.
package main

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/mitre"
)

func main() {
	facts := flag.String("facts", "", "folder of the JSON files")
	out := flag.String("out", "mitre/data", "folder of the tables")
	flag.Parse()
	if err := run(*facts, *out); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(facts, out string) error {
	for _, version := range []string{"18.1", "19.1"} {
		c, err := attack(facts, version)
		if err != nil {
			return err
		}
		if err := write(c, filepath.Join(out, "attack-"+version+".txt")); err != nil {
			return err
		}
	}
	for _, name := range []string{"atlas", "atlas-5.6.0"} {
		c, err := atlas(filepath.Join(facts, name+".json"))
		if err != nil {
			return err
		}
		if err := write(c, filepath.Join(out, "atlas-"+c.Version+".txt")); err != nil {
			return err
		}
	}
	text, err := history(filepath.Join(facts, "enterprise-history.json"))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "history.txt"), text, 0o644)
}

func write(c *mitre.Catalog, path string) error {
	text, err := c.MarshalText()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, text, 0o644)
}

func readJSON(path string, v any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// domainFile is one domain of ATT&CK, or ATLAS, in one version.
type domainFile struct {
	Version, Domain, Released, Matrix string
	Tactics                           []struct {
		ID, Name, Shortname, Matrix string
		Order                       int
		Deprecated                  bool
	}
	Techniques []struct {
		ID, Name            string
		Tactics             []string // shortnames; in ATLAS ids
		Revoked, Deprecated bool
		RevokedBy           string `json:"revoked_by"`
	}
}

// builder collects the domains of one catalog.
type builder struct {
	tactics    []*mitre.Tactic
	techniques []mitre.Technique
	candidates map[string][]string
}

func (b *builder) add(d domainFile) error {
	byName := map[string]*mitre.Tactic{}
	first := len(b.tactics)
	for _, t := range d.Tactics {
		x := &mitre.Tactic{ID: t.ID, Name: t.Name, Shortname: t.Shortname, Domain: d.Domain, Matrix: cmp.Or(t.Matrix, d.Matrix),
			Order: t.Order, Deprecated: t.Deprecated}
		byName[cmp.Or(t.Shortname, t.ID)] = x
		b.tactics = append(b.tactics, x)
	}
	slices.SortFunc(b.tactics[first:], func(x, y *mitre.Tactic) int {
		if x.Deprecated != y.Deprecated {
			if x.Deprecated {
				return 1
			}
			return -1
		}
		return cmp.Or(strings.Compare(x.Matrix, y.Matrix), x.Order-y.Order)
	})
	for _, t := range d.Techniques {
		x := mitre.Technique{ID: t.ID, Name: t.Name, Domain: d.Domain, RevokedBy: t.RevokedBy}
		switch {
		case t.Revoked:
			x.Status = mitre.Revoked
		case t.Deprecated:
			x.Status, x.Candidates = mitre.Deprecated, b.candidates[t.ID]
		}
		for _, name := range t.Tactics {
			tactic := byName[name]
			switch {
			case tactic != nil:
				x.Tactics = append(x.Tactics, tactic)
			case d.Domain != mitre.PreATTACK: // MITRE keeps no object for two tactics of PRE-ATT&CK
				return fmt.Errorf("%s %s: technique %s has an unknown tactic %q", d.Domain, d.Version, t.ID, name)
			}
		}
		b.techniques = append(b.techniques, x)
	}
	return nil
}

func attack(facts, version string) (*mitre.Catalog, error) {
	b := builder{}
	if err := b.readCandidates(facts, version); err != nil {
		return nil, err
	}
	released := ""
	for _, name := range []string{"enterprise-" + version, "mobile-" + version, "ics-" + version, "pre-attack-18.1"} {
		var d domainFile
		if err := readJSON(filepath.Join(facts, name+".json"), &d); err != nil {
			return nil, err
		}
		if err := b.add(d); err != nil {
			return nil, err
		}
		released = cmp.Or(released, d.Released)
	}
	return mitre.New(mitre.ATTACK, version, released, b.tactics, b.techniques)
}

// readCandidates reads what deprecated techniques were split up into.
func (b *builder) readCandidates(facts, version string) error {
	var file struct{ Redirects []map[string]any }
	if err := readJSON(filepath.Join(facts, "redirects.json"), &file); err != nil {
		return err
	}
	b.candidates = map[string][]string{}
	for _, r := range file.Redirects {
		from, _ := r["from"].(string)
		list, _ := r["candidates_"+version].([]any)
		for _, id := range list {
			b.candidates[from] = append(b.candidates[from], fmt.Sprint(id))
		}
	}
	return nil
}

func atlas(path string) (*mitre.Catalog, error) {
	var d domainFile
	if err := readJSON(path, &d); err != nil {
		return nil, err
	}
	d.Domain = mitre.ATLASDomain
	b := builder{}
	if err := b.add(d); err != nil {
		return nil, err
	}
	return mitre.New(mitre.ATLAS, d.Version, d.Released, b.tactics, b.techniques)
}
