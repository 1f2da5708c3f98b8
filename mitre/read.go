package mitre

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/wording"
)

// MaxSize is the largest file that Read takes, in bytes. MITRE's largest bundle has some 50 MB.
const MaxSize = 256 << 20

// Read reads a catalog of the user's: a STIX 2.0 or 2.1 bundle as MITRE publishes it, the reduced JSON form
// ({"version", "domain", "tactics", "techniques"}; for ATLAS with "framework"), or the table form of MarshalText. Errors
// say where the input is wrong and what was expected.
func Read(r io.Reader) (*Catalog, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > MaxSize:
		return nil, fmt.Errorf("the file has more than %d MB", MaxSize>>20)
	case bytes.HasPrefix(data, []byte(tableHeader)):
		return decodeTable(string(data))
	}
	var in struct {
		Type    string
		Objects []stixObject
		reducedCatalog
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return nil, wording.JSONError(data, err, "reducedCatalog")
	}
	switch {
	case in.Objects != nil:
		return readSTIX(in.Objects)
	case in.Techniques != nil && in.Tactics != nil:
		return in.catalog()
	}
	return nil, errors.New(`neither a STIX bundle (no "objects") nor a reduced catalog (no "tactics" and "techniques")`)
}

// draft is a catalog whose techniques name their tactics by shortname or id.
type draft struct {
	framework         Framework
	version, released string
	tactics           []*Tactic
	techniques        []draftTechnique
}

type draftTechnique struct {
	Technique
	tactics []string
}

// build resolves tactics. Retired entries may name tactics that are gone; a live one must not.
func (d *draft) build() (*Catalog, error) {
	c := &Catalog{Framework: d.framework, Version: cmp.Or(d.version, "unknown"), Released: d.released, tactics: d.tactics}
	slices.SortStableFunc(c.tactics, func(a, b *Tactic) int {
		return cmp.Or(cmp.Compare(domainOrder(a.Domain), domainOrder(b.Domain)), compareBool(a.Deprecated, b.Deprecated),
			strings.Compare(a.Matrix, b.Matrix), cmp.Compare(a.Order, b.Order))
	})
	for _, t := range c.tactics {
		if err := checkEntry(t.ID, t.Name, d.framework, TacticKind); err != nil {
			return nil, err
		}
	}
	byName := make(map[string]*Tactic, 3*len(c.tactics))
	for _, t := range c.tactics {
		byName[t.Domain+" "+t.Shortname] = t
		byName[t.Domain+" "+t.ID] = t
	}
	for i := range d.techniques {
		t := &d.techniques[i]
		if err := checkEntry(t.ID, t.Name, d.framework, TechniqueKind); err != nil {
			return nil, err
		}
		for _, name := range t.tactics {
			switch x := byName[t.Domain+" "+name]; {
			case x == nil && t.Status == Live:
				return nil, fmt.Errorf("technique %s: domain %q has no tactic %q", t.ID, t.Domain, name)
			case x != nil && !slices.Contains(t.Tactics, x):
				t.Tactics = append(t.Tactics, x)
			}
		}
		slices.SortFunc(t.Tactics, func(a, b *Tactic) int { return slices.Index(c.tactics, a) - slices.Index(c.tactics, b) })
		c.techniques = append(c.techniques, t.Technique)
	}
	if len(c.tactics) == 0 || len(c.techniques) == 0 {
		return nil, fmt.Errorf("the file has %d tactics and %d techniques", len(c.tactics), len(c.techniques))
	}
	return c, c.index()
}

func checkEntry(id, name string, fw Framework, want Kind) error {
	got, kind, ok := ParseID(id)
	switch {
	case !ok || got != fw || (kind == TacticKind) != (want == TacticKind):
		return fmt.Errorf("%q is no id of a %s in %s", id, map[Kind]string{TacticKind: "tactic", TechniqueKind: "technique"}[want], fw)
	case name == "" || strings.ContainsAny(name, "\t\r\n"):
		return fmt.Errorf("%s: %q is no name", id, name)
	}
	return nil
}

func domainOrder(domain string) int {
	order := []string{Enterprise, Mobile, ICS, ATLASDomain, PreATTACK}
	if i := slices.Index(order, domain); i >= 0 {
		return i
	}
	return len(order)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// WithDomainsOf returns a catalog that holds the domains of c, and of others those that c lacks, first come first
// served. MITRE publishes one bundle per domain, and rules may map to several. Version and framework are those of c;
// catalogs of another framework are left out.
func (c *Catalog) WithDomainsOf(others ...*Catalog) *Catalog {
	out := &Catalog{Framework: c.Framework, Version: c.Version, Released: c.Released,
		tactics: slices.Clone(c.tactics), techniques: slices.Clone(c.techniques)}
	have := c.domains()
	for _, o := range others {
		if o.Framework != c.Framework {
			continue
		}
		for _, domain := range o.domains() {
			if slices.Contains(have, domain) {
				continue
			}
			have = append(have, domain)
			for _, t := range o.tactics {
				if t.Domain == domain {
					out.tactics = append(out.tactics, t)
				}
			}
			for _, t := range o.techniques {
				if t.Domain == domain && c.Technique(t.ID) == nil {
					out.techniques = append(out.techniques, t)
				}
			}
		}
	}
	slices.SortStableFunc(out.tactics, func(a, b *Tactic) int { return domainOrder(a.Domain) - domainOrder(b.Domain) })
	slices.SortFunc(out.techniques, func(a, b Technique) int { return strings.Compare(a.ID, b.ID) })
	return out
}
