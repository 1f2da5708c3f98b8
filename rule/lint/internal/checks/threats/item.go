package threats

import (
	"fmt"
	"strings"

	"github.com/rulevet/rulevet/internal/near"
	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/mitre"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
)

// item checks id, name and reference of a technique or sub-technique and returns its entry in the catalog, or nil.
func (x *entryCheck) item(ref rule.ThreatRef, kind mitre.Kind) *mitre.Technique {
	id := stringAt(x.f, ref.Path, "id")
	if id == nil {
		return nil
	}
	t := x.c.Technique(id.Str)
	if fw, got, ok := mitre.ParseID(id.Str); t == nil || !ok || got != kind || fw != x.c.Framework {
		x.unknownItem(ref, id, kind, t)
		return nil
	}
	if t.Status != mitre.Live {
		x.retired(ref, id, t)
		return t
	}
	name, n := stringAt(x.f, ref.Path, "name"), stringAt(x.f, ref.Path, "reference")
	written := referenceID(x.f, ref.Path, kind)
	other := written != "" && written != t.ID
	if name != nil && name.Str != t.Name {
		also := x.c.Technique(written)
		agree := other && also != nil && also.Name == name.Str
		x.wrongName(ref, name, t, kind, written)
		if agree {
			return t // the id alone is wrong, which the finding says
		}
	}
	if other {
		d := x.add(levelCode(kind)+"-reference", n.Span, "reference names %s, but the id is %s", rule.Quote(written), rule.Quote(t.ID))
		d.Fixes = check.Repair("write the reference of "+t.ID, name == nil || name.Str == t.Name || !x.isName(name.Str),
			tomlspan.SetString(n, mitre.URL(t.ID)))
	}
	return t
}

// isName reports whether a live technique has that name.
func (x *entryCheck) isName(name string) bool {
	all := x.c.TechniquesNamed(name)
	return len(all) > 0 && all[0].Status == mitre.Live
}

func (x *entryCheck) wrongName(ref rule.ThreatRef, name *rule.Node, t *mitre.Technique, kind mitre.Kind, written string) {
	d := x.add(levelCode(kind)+"-name", name.Span, "%s %s is named %s in %s, not %s", levelName(kind), rule.Quote(t.ID), rule.Quote(t.Name),
		x, rule.Quote(name.Str))
	for _, old := range mitre.OldNames(t.ID) {
		if old.Name == name.Str {
			d.Hint = "it had that name up to ATT&CK " + old.Last
		}
	}
	safe := written == t.ID || !x.isName(name.Str)
	d.Fixes = check.Repair("write the name "+t.Name, safe, tomlspan.SetString(name, t.Name))
	if also := x.c.Technique(written); also != nil && also != t && also.Name == name.Str {
		d.Hint = fmt.Sprintf("name and reference are those of %s", rule.Quote(also.ID))
		id := stringAt(x.f, ref.Path, "id")
		d.Fixes = append(check.Repair("write the id "+also.ID, false, tomlspan.SetString(id, also.ID)), d.Fixes...)
	}
}

// unknownItem reports an id that does not exist, or not at this level; t is its entry in the latter case.
func (x *entryCheck) unknownItem(ref rule.ThreatRef, id *rule.Node, kind mitre.Kind, t *mitre.Technique) {
	code := "unknown-" + levelCode(kind)
	if t != nil {
		what := mitre.TechniqueKind
		if t.Parent() != "" {
			what = mitre.SubtechniqueKind
		}
		d := x.add(code, id.Span, "%s is a %s, expected a %s", rule.Quote(id.Str), levelName(what), levelName(kind))
		if p := x.c.Technique(t.Parent()); p != nil {
			d.Hint = fmt.Sprintf("list it as a sub-technique of %s (%s)", p.ID, p.Name)
		}
		return
	}
	d := x.add(code, id.Span, "%s %s is unknown in %s", levelName(kind), rule.Quote(id.Str), x)
	if best := x.meant(ref, kind); best != nil {
		d.Hint = fmt.Sprintf("%s is %s", rule.Quote(best.Name), rule.Quote(best.ID))
		edits := tomlspan.SetString(id, best.ID)
		d.Fixes = check.Repair("write the id "+best.ID, false, edits)
	}
}

// meant is the live entry that name or reference speak of.
func (x *entryCheck) meant(ref rule.ThreatRef, kind mitre.Kind) *mitre.Technique {
	if t := x.c.Technique(referenceID(x.f, ref.Path, kind)); t != nil && t.Status == mitre.Live {
		return t
	}
	// Domains share names: of several entries it is the one whose id is nearest to what is written.
	var found *mitre.Technique
	least, tie := 0, false
	for _, t := range x.c.TechniquesNamed(ref.Name) {
		if t.Status != mitre.Live || (t.Parent() != "") != (kind == mitre.SubtechniqueKind) {
			continue
		}
		d := near.Distance(t.ID, ref.ID)
		if found == nil || d < least {
			found, least, tie = t, d, false
		} else if d == least {
			tie = true
		}
	}
	if tie {
		return nil
	}
	return found
}

// retired reports a revoked or deprecated technique. It is replaced unseen if the successor fits in its place.
func (x *entryCheck) retired(ref rule.ThreatRef, id *rule.Node, t *mitre.Technique) {
	r := x.c.Replacement(t.ID)
	d := x.add("technique-retired", id.Span, "%s (%s) is %s in %s", rule.Quote(t.ID), t.Name, t.Status, x)
	switch {
	case r.Live != nil:
		d.Message += ", replaced by " + rule.Quote(r.Live.ID)
		d.Hint = fmt.Sprintf("%s is %s", r.Live.ID, rule.Quote(r.Live.Name))
		if !x.within(r.Live) {
			d.Hint += "; " + tacticsHint(r.Live)
		} else if x.fits(ref, t, r.Live) {
			d.Fixes = check.Repair("replace it by "+r.Live.ID, true, setItem(x.f, ref.Path, r.Live.ID, r.Live.Name))
		}
	case len(r.Candidates) > 0:
		var ids []string
		for _, c := range r.Candidates {
			ids = append(ids, c.ID)
		}
		d.Hint = "it was split up into " + strings.Join(ids, ", ")
	default:
		d.Hint = "it has no successor: remove it"
	}
}

// fits reports whether a successor can take the place of a retired entry: same level, same parent, no sub-techniques
// that would be left behind, and not listed already.
func (x *entryCheck) fits(ref rule.ThreatRef, t, successor *mitre.Technique) bool {
	if len(x.tactics) != 1 || t.Parent() != "" && t.Parent() != successor.Parent() || t.Parent() == "" && successor.Parent() != "" {
		return false
	}
	for _, te := range x.e.Techniques {
		if te.ID == successor.ID || te.ID == t.ID && len(te.Subtechniques) > 0 && t.Parent() == "" {
			return false
		}
		for _, sub := range te.Subtechniques {
			if sub.ID == successor.ID {
				return false
			}
		}
	}
	return true
}
