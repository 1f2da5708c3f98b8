package prove

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/schema"
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

// Rules compares two versions of a rule: query, index patterns, type, thresholds and filters. Both must be there.
func Rules(compiler *compile.Compiler, old, changed *rule.File) *RuleChange {
	out := &RuleChange{Old: old, New: changed}
	layout := &event.Layout{}
	a, err := compiler.Compile(old, compile.Options{Layout: layout})
	if err != nil {
		out.Why = "the old rule does not run: " + err.Error()
		return out
	}
	b, err := compiler.Compile(changed, compile.Options{Layout: layout})
	if err != nil {
		out.Why = "the new rule does not run: " + err.Error()
		return out
	}
	c, err := Compare(a.Program, b.Program)
	if err != nil {
		out.Why = err.Error()
		return out
	}
	out.Comparison = *c
	out.explain(a.Program, b.Program)
	for _, p := range around(old, changed) {
		out.combine(p)
	}
	return out
}

// explain finds the clause that decides each shown set of events.
func (c *RuleChange) explain(old, changed search.Program) {
	for _, m := range c.Lost {
		c.Decides = append(c.Decides, deciding(changed, m, c.Step))
	}
	for _, m := range c.Gained {
		c.Decides = append(c.Decides, deciding(old, m, c.Step))
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

// part is what a change beside the query does.
type part struct {
	relation Relation
	what     string
}

// around compares what decides which events match beside the query.
func around(old, changed *rule.File) []part {
	a, b := old.Rule, changed.Rule
	var out []part
	add := func(r Relation, format string, args ...any) { out = append(out, part{r, fmt.Sprintf(format, args...)}) }
	if a.Type != b.Type {
		add(Unknown, "the type changed from `%s` to `%s`", a.Type, b.Type)
	}
	if r := patterns(a.Index, b.Index); r != Equal {
		add(r, "index patterns changed from %s to %s", list(a.Index), list(b.Index))
	}
	if a.DataViewID != b.DataViewID {
		add(Unknown, "the data view changed")
	}
	for _, key := range []string{"filters", "exceptions_list", "threat_filters"} {
		if text(old, key) != text(changed, key) {
			add(Unknown, "`%s` changed", key)
		}
	}
	return append(out, typeParts(a, b)...)
}

// typeParts compares what rules of some types have.
func typeParts(a, b *rule.Rule) (out []part) {
	add := func(r Relation, format string, args ...any) { out = append(out, part{r, fmt.Sprintf(format, args...)}) }
	if x, y := a.Threshold, b.Threshold; x != nil && y != nil {
		if x.Value != y.Value {
			r := Narrower
			if y.Value < x.Value {
				r = Wider
			}
			add(r, "the threshold changed from %d to %d", x.Value, y.Value)
		}
		if !sameSet(x.Field, y.Field) || !slices.Equal(x.Cardinality, y.Cardinality) {
			add(Unknown, "the grouping or the cardinality changed")
		}
	}
	if x, y := a.NewTerms, b.NewTerms; x != nil && y != nil && (!sameSet(x.Value, y.Value) || x.HistoryWindowStart != y.HistoryWindowStart) {
		add(Unknown, "the terms or the history window changed")
	}
	if x, y := a.ThreatMatch, b.ThreatMatch; x != nil && y != nil && (x.Query != y.Query || !sameSet(x.Index, y.Index) || fmt.Sprint(x.Mapping) != fmt.Sprint(y.Mapping)) {
		add(Unknown, "the indicators or their mapping changed")
	}
	return out
}

// patterns compares lists of index patterns: what one of a list covers counts for nothing.
func patterns(old, changed []string) Relation {
	if len(old) == 0 && len(changed) == 0 {
		return Equal
	}
	lost, gained := notCovered(old, changed), notCovered(changed, old)
	switch {
	case !lost && !gained:
		return Equal
	case !lost:
		return Wider
	case !gained:
		return Narrower
	}
	return Unknown
}

// notCovered reports whether a pattern of a list lies in none of others. Exclusions ("-x") must be the same.
func notCovered(list, others []string) bool {
	return slices.ContainsFunc(list, func(p string) bool {
		if slices.Contains(others, p) {
			return false
		}
		return strings.HasPrefix(p, "-") || !slices.ContainsFunc(others, func(o string) bool { return schema.Covers(o, p) })
	})
}

func sameSet(a, b []string) bool {
	x, y := slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(x, y)
}

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return "`" + strings.Join(names, "`, `") + "`"
}

// text is a value of the rule as it stands in the file.
func text(f *rule.File, key string) string {
	n := f.Lookup("rule", key)
	if n == nil {
		return ""
	}
	return strings.Join(strings.Fields(f.Slice(n.Entry)), " ")
}

// combine takes a change beside the query into account.
func (c *RuleChange) combine(p part) {
	c.Also = append(c.Also, p.what)
	switch {
	case c.Relation == Equal:
		c.Relation = p.relation
	case c.Relation == p.relation || c.Relation == Different:
	default:
		c.Relation = Unknown
	}
	if c.Relation == Unknown && c.Why == "" {
		c.Why = p.what
	}
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
