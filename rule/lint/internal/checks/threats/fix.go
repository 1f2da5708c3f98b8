package threats

import (
	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/mitre"
	"github.com/rulevet/rulevet/rule"
)

// setItem writes id, name and reference of the table at path; nil if one of them is missing.
func setItem(f *rule.File, path []any, id, name string) []rule.Edit {
	edits, _ := itemEdits(f.Lookup(path...), id, name)
	return edits
}

// itemEdits writes id, name and reference of a table. ok is false, without edits, if one of them is missing or cannot be
// written.
func itemEdits(n *rule.Node, id, name string) (edits []rule.Edit, ok bool) {
	for _, item := range [][2]string{{"id", id}, {"name", name}, {"reference", mitre.URL(id)}} {
		s := n.Get(item[0])
		if s == nil || s.Kind != rule.StringNode {
			return nil, false
		}
		if s.Str == item[1] {
			continue
		}
		e := tomlspan.SetString(s, item[1])
		if e == nil {
			return nil, false
		}
		edits = append(edits, e...)
	}
	return edits, true
}

// migrations proposes to write the mapping as in the version that an entry is held to, for all findings of the entries that
// take part, in place of fixes of single values. reports are those of the entries, nil for one that was not checked.
func (s *threatStage) migrations(list []rule.Threat, reports []*entryReport) {
	plans := map[*mitre.Catalog]*migration{}
	for i, r := range reports {
		if r == nil || r.from == r.to {
			continue
		}
		m := plans[r.target]
		if m == nil {
			m = planMigration(s.f, list, r.target)
			m.out = m.fix()
			plans[r.target] = m
		}
		s.migrate(r, m, i)
	}
}

// migrate puts the plan's fix into the findings of one entry, or says why there is none.
func (s *threatStage) migrate(r *entryReport, m *migration, i int) {
	why := m.blocked[i]
	if m.part[i] && m.out == nil {
		why = "its tables are written in a way that is not moved around"
	}
	for j := r.from; j < r.to; j++ {
		d := &s.out[j]
		if m.part[i] && m.out != nil {
			d.Fixes = m.out
			continue
		}
		if why != "" && m.from[i] != nil && j == r.from {
			d.Hint = join(d.Hint, "not migrated by --fix: "+why)
		}
	}
}

func join(hint, more string) string {
	if hint == "" {
		return more
	}
	return hint + "; " + more
}
