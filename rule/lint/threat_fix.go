package lint

import (
	"slices"

	"github.com/rulevet/rulevet/mitre"
	"github.com/rulevet/rulevet/rule"
)

// setItem writes id, name and reference of the table at path; nil if one of them is missing.
func setItem(f *rule.File, path []any, id, name string) []rule.Edit {
	values := map[string]string{"id": id, "name": name, "reference": mitre.URL(id)}
	var edits []rule.Edit
	for _, key := range []string{"id", "name", "reference"} {
		n := stringAt(f, path, key)
		if n == nil {
			return nil
		}
		if n.Str == values[key] {
			continue
		}
		e := setString(n, values[key])
		if e == nil {
			return nil
		}
		edits = append(edits, e...)
	}
	return edits
}

// migrate proposes the edits that make an entry valid in a newer catalog: the tactic that all its techniques are in now,
// new names, and successors at the same place. None if the entry has to be taken apart.
func migrate(f *rule.File, e *rule.Threat, old *entryCheck, c *mitre.Catalog) []rule.Fix {
	if len(old.tactics) != 1 || len(e.Techniques) == 0 {
		return nil
	}
	var edits []rule.Edit
	var common []*mitre.Tactic
	place := func(ref rule.ThreatRef, parent string) (string, bool) {
		t := c.Replacement(ref.ID).Live
		if t == nil || t.Parent() != parent {
			return "", false
		}
		if common == nil {
			common = slices.Clone(t.Tactics)
		}
		common = slices.DeleteFunc(common, func(x *mitre.Tactic) bool { return !t.In(x.ID) })
		if t.ID != ref.ID || t.Name != ref.Name {
			edits = append(edits, setItem(f, ref.Path, t.ID, t.Name)...)
		}
		return t.ID, len(common) > 0
	}
	for _, te := range e.Techniques {
		parent, ok := place(te.ThreatRef, "")
		if !ok {
			return nil
		}
		for _, sub := range te.Subtechniques {
			if _, ok := place(sub, parent); !ok {
				return nil
			}
		}
	}
	to := newTactic(old.tactics[0], common)
	if to == nil {
		return nil
	}
	edits = append(edits, setItem(f, e.Tactic.Path, to.ID, to.Name)...)
	return fix("write the entry as in "+c.Framework.String()+" "+c.Version, false, edits)
}

// newTactic is where the techniques of a tactic went: the tactic of the same id if all are still there, else the only one
// that they share.
func newTactic(old *mitre.Tactic, common []*mitre.Tactic) *mitre.Tactic {
	for _, t := range common {
		if t.ID == old.ID {
			return t
		}
	}
	if len(common) == 1 {
		return common[0]
	}
	return nil
}
