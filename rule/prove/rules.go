package prove

import (
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/logic"
	"github.com/rulevet/rulevet/internal/witness"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/search"
)

// RuleChange is what became of one rule.
type RuleChange struct {
	Old, New *rule.File // nil: the rule was added, or removed
	Comparison
	// Decides says of each set of Lost, then of each of Gained, which clause of the other query is false on it.
	Decides []string
	// Also lists what else changed of what decides which events match: index patterns, thresholds and the like.
	Also []string
}

// Path is where the rule is, or was.
func (c *RuleChange) Path() string {
	if c.New != nil {
		return c.New.Path
	}
	return c.Old.Path
}

// Rules compares two versions of a rule: query, filters, index patterns, type and what the type asks for. Both must be there.
func Rules(compiler *compile.Compiler, old, changed *rule.File) *RuleChange {
	out := &RuleChange{Old: old, New: changed}
	a, b, why := versions(compiler, old, changed)
	if why != "" {
		out.Why = why
		return out
	}
	c := newComparer(sideOf(a), sideOf(b), witness.New(b.Fields()))
	if old, _ := a.Pipeline(); old != nil {
		out.Comparison = *comparePipelines(a, b)
	} else {
		out.Comparison = *c.compare()
	}
	out.explain(a.Program, b.Program)
	if a.File.Rule.NewTerms != nil && b.File.Rule.NewTerms != nil {
		c.age(out, b)
	}
	for _, p := range around(a, b) {
		out.combine(p)
	}
	return out
}

// versions compiles both versions of a rule as events of one index meet them: with one clock, and with the field types of the new one's
// indexes, if both can have these. why says which one does not run.
func versions(compiler *compile.Compiler, old, changed *rule.File) (a, b *compile.Program, why string) {
	o := compile.Options{Layout: &event.Layout{}, Now: Now()}
	var err error
	if b, err = compiler.Compile(changed, o); err != nil {
		return nil, nil, "the new rule does not run: " + err.Error()
	}
	like := o
	like.Like = changed
	if a, err = compiler.Compile(old, like); err == nil {
		return a, b, ""
	}
	if a, err = compiler.Compile(old, o); err != nil {
		return nil, nil, "the old rule does not run: " + err.Error()
	}
	return a, b, ""
}

// sideOf is a rule as one of two programs.
func sideOf(p *compile.Program) *side {
	s := newSide(p.Program)
	g := &generator{program: p, file: p.File, scene: newScene(p.File, 0), side: s, solver: witness.New(p.Fields()), comparer: &comparer{space: logic.New()}}
	g.space.Name(p.Layout().Names())
	s.crowds = func(m moment) [][]moment { return g.crowds(m, 0) }
	return s
}

// explain finds the clause that decides each shown set of events.
func (c *RuleChange) explain(old, changed search.Program) {
	for i, list := range [][]Match{c.Lost, c.Gained} {
		for _, m := range list {
			reason := c.Tied[i]
			if reason == "" {
				reason = deciding([]search.Program{changed, old}[i], m, c.Step)
			}
			c.Decides = append(c.Decides, reason)
		}
	}
}

// deciding is the clause that is false on the event of a step that makes the difference.
func deciding(p search.Program, m Match, step int) string {
	if len(m.Events) == 0 {
		return ""
	}
	doc := m.Events[min(step, len(m.Events)-1)]
	var rec event.Record
	if event.NewDecoder(p.Layout()).Decode(doc, &rec) != nil {
		return ""
	}
	steps := p.Steps()
	clause := search.Explain(p, &rec)
	if len(steps) > 1 && step < len(clause.Children) {
		clause = clause.Children[step]
	}
	return clause.Reason()
}

// Pair is one rule in two versions; a nil side does not have it.
type Pair struct{ Old, New *rule.File }

// Pairs finds the rules of one set in another, by rule_id, else by path. Rules whose text is the same are left out.
func Pairs(old, changed []*rule.File) []Pair {
	byID, byPath := map[string]*rule.File{}, map[string]*rule.File{}
	for _, f := range old {
		if id := f.Rule.ID; id != "" {
			byID[id] = f
		}
		byPath[f.Path] = f
	}
	used := map[*rule.File]bool{}
	var out []Pair
	for _, f := range changed {
		o := byID[f.Rule.ID]
		if o == nil {
			if same := byPath[f.Path]; same != nil && (same.Rule.ID == "" || f.Rule.ID == "") {
				o = same
			}
		}
		if o != nil {
			used[o] = true
		}
		if o == nil || string(o.Src) != string(f.Src) {
			out = append(out, Pair{o, f})
		}
	}
	for _, f := range old {
		if !used[f] {
			out = append(out, Pair{f, nil})
		}
	}
	return out
}
