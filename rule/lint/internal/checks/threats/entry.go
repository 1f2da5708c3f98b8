package threats

import (
	"fmt"
	"strings"

	"github.com/rulevet/rulevet/internal/near"
	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/mitre"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
)

// entryCheck holds one entry against one version of its framework.
type entryCheck struct {
	f         *rule.File
	c         *mitre.Catalog
	e         *rule.Threat
	versioned bool            // the entry stands in a mapping for a version
	quick     bool            // only whether something is wrong counts: no search for near names
	tactics   []*mitre.Tactic // what name and id mean, one or two; empty if the tactic is unknown
	lost      bool            // the tactic is unknown and like no known one
	out       []rule.Diagnostic
}

// score orders versions by how much is wrong in them.
func (x *entryCheck) score() int {
	n := 2 * len(x.out)
	if x.lost {
		n++
	}
	return n
}

func (x *entryCheck) run() {
	x.tactic()
	for i := range x.e.Techniques {
		x.technique(&x.e.Techniques[i])
	}
}

// add reports a finding. Those that the specification lists for mappings of a version have codes of their own there.
func (x *entryCheck) add(name string, span rule.Span, format string, args ...any) *rule.Diagnostic {
	if x.versioned {
		switch name {
		case "unknown-tactic", "tactic-id", "unknown-technique", "unknown-subtechnique", "technique-name",
			"subtechnique-name", "technique-tactic", "technique-retired":
			name = "versioned-" + name
		}
	}
	x.out = append(x.out, rule.Diagnostic{Code: "threat/" + name, Span: span, Message: fmt.Sprintf(format, args...)})
	return &x.out[len(x.out)-1]
}

func (x *entryCheck) String() string { return x.c.Framework.String() + " " + x.c.Version }

// tacticNamed is the tactic of that name: of several domains the one with that id, else the one most techniques of
// the entry are in, Enterprise first.
func (x *entryCheck) tacticNamed(name, id string) *mitre.Tactic {
	var best *mitre.Tactic
	most := -1
	for _, t := range x.c.TacticsNamed(name) {
		if t.Name != name || !x.eligible(t, id) {
			continue
		}
		if t.ID == id {
			return t
		}
		if n := x.votes(t); n > most {
			best, most = t, n
		}
	}
	return best
}

// eligible reports whether a name may mean the tactic. One of Mobile or ICS is meant only if the id or a technique is of
// its domain: "Defense Evasion" lives on in Mobile after it left Enterprise.
func (x *entryCheck) eligible(t *mitre.Tactic, id string) bool {
	if t.Deprecated {
		return false
	}
	if t.Domain == mitre.Enterprise || t.Domain == mitre.ATLASDomain {
		return true
	}
	byID := x.c.Tactic(id)
	return byID != nil && byID.Domain == t.Domain || x.votes(t) > 0
}

// votes counts the techniques of the entry that belong to a tactic.
func (x *entryCheck) votes(tactic *mitre.Tactic) int {
	n := 0
	for _, te := range x.e.Techniques {
		if t := x.c.Technique(te.ID); t != nil && t.In(tactic.ID) {
			n++
		}
	}
	return n
}

func (x *entryCheck) tactic() {
	ref := x.e.Tactic
	name, id := stringAt(x.f, ref.Path, "name"), stringAt(x.f, ref.Path, "id")
	if name == nil || id == nil {
		return
	}
	named, byID := x.tacticNamed(name.Str, id.Str), x.c.Tactic(id.Str)
	if named == nil {
		x.unknownTactic(name, byID)
		return
	}
	x.tactics = []*mitre.Tactic{named}
	written := referenceID(x.f, ref.Path, mitre.TacticKind)
	if id.Str != named.ID {
		x.tacticID(id, named, byID, written)
	}
	if written != "" && written != id.Str && written != named.ID {
		n := stringAt(x.f, ref.Path, "reference")
		d := x.add("tactic-reference", n.Span, "reference names tactic %s, but the id is %s", rule.Quote(written), rule.Quote(id.Str))
		d.Fixes = check.Repair("write the reference of "+named.ID, true, tomlspan.SetString(n, mitre.URL(named.ID)))
	}
}

func (x *entryCheck) unknownTactic(name *rule.Node, byID *mitre.Tactic) {
	if x.quick {
		x.add("unknown-tactic", name.Span, "")
		return
	}
	var names []string
	for _, t := range x.c.Tactics() {
		if x.eligible(t, x.e.Tactic.ID) {
			names = append(names, t.Name)
		}
	}
	names = near.Names(name.Str, names)
	x.lost = len(names) == 0
	d := x.add("unknown-tactic", name.Span, "tactic %s is unknown in %s", rule.Quote(name.Str), x)
	best := ""
	switch {
	case len(names) > 0:
		best = names[0]
		d.Hint = "did you mean " + facts.QuoteList(names) + "?"
	case byID != nil && !byID.Deprecated:
		best = byID.Name
		d.Hint = fmt.Sprintf("%s is %s", byID.ID, rule.Quote(best)) + formerly(byID.ID, name.Str)
	default:
		return
	}
	d.Fixes = check.Repair("write "+best, false, tomlspan.SetString(name, best))
}

// formerly tells until when an id had a name, "" if it never had.
func formerly(id, name string) string {
	for _, old := range mitre.OldNames(id) {
		if old.Name == name {
			return fmt.Sprintf("; it was %s up to ATT&CK %s", rule.Quote(name), old.Last)
		}
	}
	return ""
}

// tacticID reports an id that is not that of the name. The id is repaired unseen only if nothing speaks for it.
func (x *entryCheck) tacticID(id *rule.Node, named, byID *mitre.Tactic, written string) {
	d := x.add("tactic-id", id.Span, "tactic %s has the id %s in %s, not %s", rule.Quote(named.Name), rule.Quote(named.ID), x, rule.Quote(id.Str))
	edits := tomlspan.SetString(id, named.ID)
	for1, for2 := x.votes(named), 0
	if written == named.ID {
		for1++
	} else if n := stringAt(x.f, x.e.Tactic.Path, "reference"); n != nil && written == id.Str {
		edits = append(edits, tomlspan.SetString(n, mitre.URL(named.ID))...)
		for2++
	}
	if byID != nil {
		x.tactics = append(x.tactics, byID)
		for2 += x.votes(byID)
	}
	d.Fixes = check.Repair("write the id "+named.ID, byID == nil || for1 > for2, edits)
	if byID != nil && for2 > for1 && !byID.Deprecated {
		d.Hint = fmt.Sprintf("%s is %s", byID.ID, rule.Quote(byID.Name))
		name := stringAt(x.f, x.e.Tactic.Path, "name")
		d.Fixes = append(check.Repair("write the name "+byID.Name, false, tomlspan.SetString(name, byID.Name)), d.Fixes...)
	}
}

// within reports whether a technique belongs to the tactic of the entry, as far as that is known.
func (x *entryCheck) within(t *mitre.Technique) bool {
	for _, tactic := range x.tactics {
		if t.In(tactic.ID) {
			return true
		}
	}
	return len(x.tactics) == 0
}

func (x *entryCheck) technique(te *rule.Technique) {
	t := x.item(te.ThreatRef, mitre.TechniqueKind)
	astray := false
	if t != nil && t.Status == mitre.Live && !x.within(t) {
		x.misplaced(te, t)
		astray = true
	}
	for _, sub := range te.Subtechniques {
		s := x.item(sub, mitre.SubtechniqueKind)
		if s == nil || s.Status != mitre.Live {
			continue
		}
		id := stringAt(x.f, sub.Path, "id")
		parent := stringAt(x.f, te.Path, "id")
		switch {
		case parent != nil && s.Parent() != parent.Str && t != nil:
			x.wrongParent(te, s, id)
		case !x.within(s) && !astray && t != nil:
			code := "subtechnique-parent"
			if x.versioned {
				code = "technique-tactic"
			}
			d := x.add(code, id.Span, "sub-technique %s does not belong to tactic %s in %s", rule.Quote(s.ID), rule.Quote(x.tactics[0].Name), x)
			d.Hint = tacticsHint(s)
		}
	}
}

func tacticsHint(t *mitre.Technique) string {
	var names []string
	for _, tactic := range t.Tactics {
		names = append(names, tactic.Name)
	}
	if len(names) == 0 {
		return ""
	}
	return "it belongs to " + facts.QuoteList(names)
}

func (x *entryCheck) misplaced(te *rule.Technique, t *mitre.Technique) {
	id := stringAt(x.f, te.Path, "id")
	d := x.add("technique-tactic", id.Span, "technique %s (%s) does not belong to tactic %s in %s", rule.Quote(t.ID), t.Name,
		rule.Quote(x.tactics[0].Name), x)
	d.Hint = tacticsHint(t)
	if len(x.e.Techniques) == 1 && len(t.Tactics) == 1 {
		d.Fixes = check.Repair("write the tactic "+t.Tactics[0].Name, false, setItem(x.f, x.e.Tactic.Path, t.Tactics[0].ID, t.Tactics[0].Name))
	}
}

func (x *entryCheck) wrongParent(te *rule.Technique, s *mitre.Technique, id *rule.Node) {
	d := x.add("subtechnique-parent", id.Span, "sub-technique %s belongs to technique %s, not to %s", rule.Quote(s.ID), rule.Quote(s.Parent()),
		rule.Quote(te.ID))
	parent := x.c.Technique(s.Parent())
	if parent == nil {
		return
	}
	d.Hint = fmt.Sprintf("list it under %s (%s)", parent.ID, parent.Name)
	if len(te.Subtechniques) == 1 {
		d.Fixes = check.Repair("write the technique "+parent.ID, false, setItem(x.f, te.Path, parent.ID, parent.Name))
	}
}

// levelName words a level in messages and codes.
func levelName(kind mitre.Kind) string {
	switch kind {
	case mitre.TacticKind:
		return "tactic"
	case mitre.SubtechniqueKind:
		return "sub-technique"
	}
	return "technique"
}

func levelCode(kind mitre.Kind) string { return strings.ReplaceAll(levelName(kind), "-", "") }
