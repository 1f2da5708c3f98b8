// Package matrix lays the threat mappings of a rule set over the ATT&CK or ATLAS matrix: which rules stand at which
// technique of which tactic. Layer writes the result for the ATT&CK Navigator.
package matrix

import (
	"cmp"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/mitre"
	"github.com/rulevet/rulevet/rule"
)

// Matrix is one domain of a framework in one version, with the rules that map to it.
type Matrix struct {
	Framework mitre.Framework // ATT&CK or ATLAS
	Version   string          // of the catalog
	Domain    string          // of the framework, mitre.Enterprise say
	Columns   []Column        // in matrix order
	Rules     int             // rules that stand somewhere in the matrix
	Unplaced  []Unplaced      // mappings without a place, by file
}

// Column is a tactic. Rules are those that stand at any of its cells, or name the tactic alone, by path.
type Column struct {
	Tactic *mitre.Tactic // the column's head
	Rules  []*rule.File  // by path
	Cells  []Cell        // its techniques by name
}

// Cell is a technique or sub-technique under one tactic. Rules are those that map to it or to one of its
// sub-techniques, by path.
type Cell struct {
	Technique *mitre.Technique // or sub-technique
	Rules     []*rule.File     // by path
	Sub       []Cell           // sub-techniques by id
}

// Unplaced is a mapping that has no place in the matrix: an id that the version does not know, or that was retired
// without a successor.
type Unplaced struct {
	File *rule.File // the rule
	ID   string     // of the technique or tactic, as the rule has it
}

// Build lays the rules over a domain of a catalog, such as mitre.Enterprise. Entries of other frameworks and domains
// are left out. A rule's mapping for the catalog's version wins over its rule.threat. Retired techniques count at their
// live successors; a technique under a tactic that it is not in counts at the tactics that it is in, which is where
// techniques of an older version went.
func Build(c *mitre.Catalog, domain string, files []*rule.File) *Matrix {
	b := &builder{c: c, domain: domain, tactics: map[string]set{}, cells: map[cellKey]set{}}
	placed := set{}
	for _, f := range files {
		if f.Rule != nil && b.rule(f) {
			placed[f] = true
		}
	}
	m := &Matrix{Framework: c.Framework, Version: c.Version, Domain: domain, Rules: len(placed), Unplaced: b.unplaced}
	for _, t := range c.Tactics() {
		if t.Domain == domain && !t.Deprecated {
			m.Columns = append(m.Columns, b.column(t))
		}
	}
	return m
}

type set map[*rule.File]bool

// files returns the members by path.
func (s set) files() []*rule.File {
	out := make([]*rule.File, 0, len(s))
	for f := range s {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b *rule.File) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Rule.ID, b.Rule.ID))
	})
	return out
}

type cellKey struct{ tactic, technique string }

type builder struct {
	c        *mitre.Catalog
	domain   string
	tactics  map[string]set
	cells    map[cellKey]set
	unplaced []Unplaced
}

// rule places the mappings of a rule; it reports whether any has a place.
func (b *builder) rule(f *rule.File) bool {
	placed := false
	for _, e := range b.mapping(f.Rule) {
		if e.Framework != b.c.Framework.String() {
			continue
		}
		if t := b.c.Tactic(e.Tactic.ID); t != nil && t.Domain == b.domain && len(e.Techniques) == 0 {
			add(b.tactics, t.ID, f)
			placed = true
		}
		for _, te := range e.Techniques {
			placed = b.place(f, e.Tactic.ID, te.ID) || placed
			for _, sub := range te.Subtechniques {
				placed = b.place(f, e.Tactic.ID, sub.ID) || placed
			}
		}
	}
	return placed
}

// mapping is the rule's mapping for the version of the catalog, else its baseline.
func (b *builder) mapping(r *rule.Rule) []rule.Threat {
	for _, m := range r.ThreatMappings {
		same := m.Version == b.c.Version || strings.HasPrefix(b.c.Version, m.Version+".")
		if same && m.Framework == b.c.Framework.String() {
			return m.Threat
		}
	}
	return r.Threat
}

// place counts a rule at a technique; it reports whether there is a place for it.
func (b *builder) place(f *rule.File, tactic, id string) bool {
	t := b.c.Replacement(id).Live
	if t == nil {
		if known := b.c.Technique(id); known == nil || known.Domain == b.domain {
			b.unplaced = append(b.unplaced, Unplaced{f, id})
		}
		return false
	}
	if t.Domain != b.domain {
		return false
	}
	for _, x := range t.Tactics {
		if x.ID != tactic && t.In(tactic) {
			continue
		}
		add(b.tactics, x.ID, f)
		add(b.cells, cellKey{x.ID, t.ID}, f)
		if p := t.Parent(); p != "" {
			add(b.cells, cellKey{x.ID, p}, f)
		}
	}
	return true
}

func add[K comparable](m map[K]set, key K, f *rule.File) {
	if m[key] == nil {
		m[key] = set{}
	}
	m[key][f] = true
}

func (b *builder) column(tactic *mitre.Tactic) Column {
	col := Column{Tactic: tactic, Rules: b.tactics[tactic.ID].files()}
	for _, t := range b.c.Techniques() {
		if t.Status != mitre.Live || t.Parent() != "" || !t.In(tactic.ID) {
			continue
		}
		cell := b.cell(tactic, t)
		for _, sub := range b.c.Subtechniques(t.ID) {
			if sub.Status == mitre.Live && sub.In(tactic.ID) {
				cell.Sub = append(cell.Sub, b.cell(tactic, sub))
			}
		}
		col.Cells = append(col.Cells, cell)
	}
	slices.SortStableFunc(col.Cells, func(a, b Cell) int { return strings.Compare(a.Technique.Name, b.Technique.Name) })
	return col
}

func (b *builder) cell(tactic *mitre.Tactic, t *mitre.Technique) Cell {
	return Cell{Technique: t, Rules: b.cells[cellKey{tactic.ID, t.ID}].files()}
}

// Techniques counts the techniques and sub-techniques that rules map to, and all there are; a technique under several
// tactics counts once.
func (m *Matrix) Techniques() (covered, all int) {
	seen := map[string]bool{}
	hit := map[string]bool{}
	visit := func(c Cell) {
		seen[c.Technique.ID] = true
		if len(c.Rules) > 0 {
			hit[c.Technique.ID] = true
		}
	}
	for _, col := range m.Columns {
		for _, cell := range col.Cells {
			visit(cell)
			for _, sub := range cell.Sub {
				visit(sub)
			}
		}
	}
	return len(hit), len(seen)
}
