package threats

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/mitre"
	"github.com/rulevet/rulevet/rule"
)

// Migration of a mapping to the version of ATT&CK it is held to. Every leaf of the mapping (a sub-technique, or a
// technique without one) follows MITRE's own successors to a live technique, and from its old tactic to the new one:
// where the technique stays in the tactic of that id nothing moves; where it is in one tactic only, or left just this
// one and gained just one, the data decide. Parents are made anew from the ids. An entry with a leaf that the data do
// not decide stays as it is, with an explanation.

// leaf is a technique or sub-technique of the mapping and where it goes.
type leaf struct {
	entry, te, sub int // sub is -1 for a technique without sub-techniques
	ref            rule.ThreatRef
	to             *mitre.Technique
	tactic         *mitre.Tactic // nil: its technique stands in another of its tactics already
}

// migration is the move of a list of entries to a catalog.
type migration struct {
	f       *rule.File
	c       *mitre.Catalog // where it goes
	entries []rule.Threat
	part    []bool           // entries that take part
	from    []*mitre.Catalog // by entry, the older version in which it is right; nil if it is right in c, or but for retired ids
	blocked map[int]string   // entries that stay, and why
	leaves  []*leaf
	safe    bool       // MITRE's data alone speak: a retired id that was never right beside its tactic did not move
	out     []rule.Fix // what the plan comes to; nil if the file's layout does not allow it
}

// planMigration decides where every leaf goes.
func planMigration(f *rule.File, entries []rule.Threat, c *mitre.Catalog) *migration {
	m := &migration{f: f, c: c, entries: entries, part: make([]bool, len(entries)), from: make([]*mitre.Catalog, len(entries)),
		blocked: map[int]string{}}
	for i := range entries {
		m.part[i] = m.eligible(i)
	}
	for !m.decideAll() {
		// An entry was taken out: the others are decided without it.
	}
	return m
}

// eligible reports whether an entry is right in the catalog or in an older version, or names retired techniques but is
// right otherwise.
func (m *migration) eligible(i int) bool {
	e := &m.entries[i]
	if fw, ok := mitre.ParseFramework(e.Framework); !ok || fw != m.c.Framework {
		return false
	}
	findings := m.findings(e, m.c)
	if len(findings) == 0 {
		return true
	}
	for _, old := range olderCatalogs(m.c) {
		if len(m.findings(e, old)) == 0 {
			m.from[i] = old
			return true
		}
	}
	return !slices.ContainsFunc(findings, func(d rule.Diagnostic) bool { return d.Code != "threat/technique-retired" })
}

func (m *migration) findings(e *rule.Threat, c *mitre.Catalog) []rule.Diagnostic {
	x := &entryCheck{f: m.f, c: c, e: e, quick: true}
	x.run()
	return x.out
}

// olderCatalogs returns the embedded versions before that of a catalog, newest first; of one that is not embedded, all.
func olderCatalogs(c *mitre.Catalog) []*mitre.Catalog {
	versions := mitre.Versions(c.Framework)
	if i := slices.Index(versions, c.Version); i >= 0 {
		versions = versions[:i]
	}
	var out []*mitre.Catalog
	for _, v := range slices.Backward(versions) {
		if old, err := mitre.Load(c.Framework, v); err == nil {
			out = append(out, old)
		}
	}
	return out
}

// decideAll decides all leaves of the entries that take part; false after an entry was blocked.
func (m *migration) decideAll() bool {
	m.leaves, m.safe = nil, true
	for i := range m.entries {
		if !m.part[i] {
			continue
		}
		if why := m.entryLeaves(i); why != "" {
			return m.block(i, why)
		}
	}
	for _, l := range m.leaves {
		l.tactic = m.decide(l)
	}
	for _, l := range m.leaves {
		switch {
		case l.tactic == nil && !m.placed(l):
			return m.block(l.entry, fmt.Sprintf("%s (%s) left %s and is now in %s", l.to.ID, l.to.Name,
				m.entries[l.entry].Tactic.Name, tacticNames(l.to)))
		case l.tactic != nil && m.taken(l.tactic):
			return m.block(l.entry, fmt.Sprintf("%s (%s) would go to %s, whose entry has to be mended first", l.to.ID, l.to.Name,
				l.tactic.Name))
		case l.tactic == nil || l.tactic.ID != m.entries[l.entry].Tactic.ID:
			m.safe = m.safe && m.from[l.entry] != nil
		}
	}
	return true
}

// block takes an entry out.
func (m *migration) block(i int, why string) bool {
	m.part[i] = false
	m.blocked[i] = why
	return false
}

// placed reports whether the technique of a leaf stands under another of its tactics.
func (m *migration) placed(l *leaf) bool {
	return slices.ContainsFunc(m.leaves, func(o *leaf) bool { return o.tactic != nil && o.to.ID == l.to.ID })
}

// taken reports whether an entry that does not take part holds a tactic.
func (m *migration) taken(t *mitre.Tactic) bool {
	for i := range m.entries {
		if !m.part[i] && m.entries[i].Tactic.ID == t.ID {
			return true
		}
	}
	return false
}

// entryLeaves collects the leaves of an entry with their successors.
func (m *migration) entryLeaves(i int) (why string) {
	e := &m.entries[i]
	add := func(te, sub int, ref rule.ThreatRef) {
		r := m.c.Replacement(ref.ID)
		switch {
		case why != "":
		case r.Live == nil:
			why = m.noSuccessor(ref, r)
		default:
			m.leaves = append(m.leaves, &leaf{entry: i, te: te, sub: sub, ref: ref, to: r.Live})
		}
	}
	for j := range e.Techniques {
		te := &e.Techniques[j]
		if len(te.Subtechniques) == 0 {
			add(j, -1, te.ThreatRef)
		}
		for k, sub := range te.Subtechniques {
			add(j, k, sub)
		}
	}
	return why
}

func (m *migration) noSuccessor(ref rule.ThreatRef, r mitre.Replacement) string {
	if len(r.Candidates) == 0 {
		return fmt.Sprintf("%s has no successor in %s %s", ref.ID, m.c.Framework, m.c.Version)
	}
	var ids []string
	for _, c := range r.Candidates {
		ids = append(ids, c.ID)
	}
	return fmt.Sprintf("%s was split up into %s", ref.ID, strings.Join(ids, ", "))
}

// decide returns the tactic that a leaf belongs to now, nil if the data leave it open.
func (m *migration) decide(l *leaf) *mitre.Tactic {
	was := m.entries[l.entry].Tactic.ID
	for _, t := range l.to.Tactics {
		if t.ID == was {
			return t
		}
	}
	if len(l.to.Tactics) == 1 {
		return l.to.Tactics[0]
	}
	old := m.formerTactics(l)
	gained := slices.DeleteFunc(slices.Clone(l.to.Tactics), func(t *mitre.Tactic) bool { return slices.Contains(old, t.ID) })
	lost := slices.DeleteFunc(old, l.to.In)
	if len(lost) == 1 && len(gained) == 1 {
		return gained[0]
	}
	return nil
}

// formerTactics are the ids of the tactics of a technique in the version where its entry was right, those it had last if
// it is retired in all.
func (m *migration) formerTactics(l *leaf) []string {
	c := m.from[l.entry]
	if c == nil {
		c = m.c
	}
	t := c.Technique(l.ref.ID)
	if t == nil {
		return nil
	}
	var out []string
	for _, x := range t.Tactics {
		out = append(out, x.ID)
	}
	return out
}

func tacticNames(t *mitre.Technique) string {
	var names []string
	for _, x := range t.Tactics {
		names = append(names, x.Name)
	}
	return strings.Join(names, " and ")
}
