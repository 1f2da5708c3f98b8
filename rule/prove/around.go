package prove

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/schema"
)

// What decides which events a rule matches beside its query.

// aside is what a change beside the query does.
type aside struct {
	relation Relation
	what     string
}

// around compares what decides which events match beside the query.
func around(a, b *compile.Program) []aside {
	old, changed := a.File, b.File
	x, y := old.Rule, changed.Rule
	var out []aside
	add := func(r Relation, format string, args ...any) {
		out = append(out, aside{r, fmt.Sprintf(format, args...)})
	}
	if x.Type != y.Type {
		r := Unknown
		if a.Plain() && b.Plain() { // each event by itself is a result of both
			r = Equal
		}
		add(r, "the type changed from `%s` to `%s`", x.Type, y.Type)
	}
	if r := patterns(x.Index, y.Index); r != Equal {
		add(r, "index patterns changed from %s to %s", list(x.Index), list(y.Index))
	}
	if x.DataViewID != y.DataViewID {
		add(Unknown, "the data view changed")
	}
	if text(old, "filters") != text(changed, "filters") {
		add(Equal, "`filters` changed") // they are part of both programs
	}
	for _, key := range []string{"exceptions_list", "threat_filters"} {
		if text(old, key) != text(changed, key) {
			add(Unknown, "`%s` changed", key)
		}
	}
	return append(out, typeParts(x, y)...)
}

// typeParts compares what rules of some types have.
func typeParts(a, b *rule.Rule) (out []aside) {
	add := func(r Relation, format string, args ...any) {
		out = append(out, aside{r, fmt.Sprintf(format, args...)})
	}
	if x, y := a.Threshold, b.Threshold; x != nil && y != nil {
		if r := fewer(x.Value, y.Value); r != Equal {
			add(r, "the threshold changed from %d to %d", x.Value, y.Value)
		}
		if r := groups(x.Field, y.Field); r != Equal {
			add(r, "the groups changed from those of %s to those of %s", list(x.Field), list(y.Field))
		}
		if r := cardinality(x, y); r != Equal {
			add(r, "the cardinality changed")
		}
	}
	if x, y := a.NewTerms, b.NewTerms; x != nil && y != nil {
		if !sameSet(x.Value, y.Value) {
			add(Unknown, "the new terms changed from %s to %s", list(x.Value), list(y.Value))
		}
		if x.HistoryWindowStart != y.HistoryWindowStart {
			add(window(x.HistoryWindowStart, y.HistoryWindowStart), "the history window changed from `%s` to `%s`", x.HistoryWindowStart, y.HistoryWindowStart)
		}
	}
	if x, y := a.ThreatMatch, b.ThreatMatch; x != nil && y != nil {
		if r := patterns(x.Index, y.Index); r != Equal {
			add(r, "the indexes of the indicators changed from %s to %s", list(x.Index), list(y.Index))
		}
		if x.Query != y.Query || fmt.Sprint(x.Mapping) != fmt.Sprint(y.Mapping) {
			add(Unknown, "the indicators or their mapping changed")
		}
	}
	return out
}

// fewer compares numbers of which a larger one lets less through.
func fewer(old, changed int64) Relation {
	switch {
	case changed > old:
		return Narrower
	case changed < old:
		return Wider
	}
	return Equal
}

// groups compares the fields that events are put together by: with fewer of them groups are larger, so more of them reach a number.
func groups(old, changed []string) Relation {
	within := func(a, b []string) bool {
		return !slices.ContainsFunc(a, func(f string) bool { return f != "" && !slices.Contains(b, f) })
	}
	fewer, more := within(changed, old), within(old, changed)
	switch {
	case fewer && more:
		return Equal
	case fewer:
		return Wider
	case more:
		return Narrower
	}
	return Unknown
}

// cardinality compares the numbers of different values that groups must have.
func cardinality(old, changed *rule.Threshold) Relation {
	a, b := map[string]int64{}, map[string]int64{}
	for _, c := range old.Cardinality {
		a[c.Field] = max(a[c.Field], c.Value)
	}
	for _, c := range changed.Cardinality {
		b[c.Field] = max(b[c.Field], c.Value)
	}
	names := maps.Clone(a)
	maps.Copy(names, b)
	out := Equal
	for name := range names {
		switch r := fewer(a[name], b[name]); {
		case out == Equal:
			out = r
		case r != Equal && r != out:
			return Unknown
		}
	}
	return out
}

// back is the usual form of the start of a window.
var back = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^now-(\d{1,6})([smhdw])$`) })

// window compares how far back the history goes: what was seen longer ago is not new.
func window(old, changed string) Relation {
	units := map[string]int64{"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
	a, b := back().FindStringSubmatch(old), back().FindStringSubmatch(changed)
	if a == nil || b == nil {
		return Unknown
	}
	x, _ := strconv.ParseInt(a[1], 10, 64)
	y, _ := strconv.ParseInt(b[1], 10, 64)
	return fewer(x*units[a[2]], y*units[b[2]])
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
	case len(old) == 0 || len(changed) == 0 || excluding(old) || excluding(changed):
		return Unknown
	case !lost:
		return Wider
	case !gained:
		return Narrower
	}
	return Different
}

func excluding(list []string) bool {
	return slices.ContainsFunc(list, func(p string) bool { return strings.HasPrefix(p, "-") })
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
func (c *RuleChange) combine(p aside) {
	c.Also = append(c.Also, p.what)
	switch {
	case p.relation == Equal || c.Relation == Different || c.Relation == p.relation && c.Relation != Unknown:
	case c.Relation == Equal:
		c.Relation = p.relation
	case p.relation == Different, c.Relation == Narrower && p.relation == Wider, c.Relation == Wider && p.relation == Narrower:
		c.Relation, c.Why = Different, ""
	default:
		c.Relation = Unknown
	}
	if c.Relation == Unknown && c.Why == "" {
		c.Why = p.what
	}
}

// ages are how long ago an event may be that makes a later one old.
var ages = []time.Duration{24 * time.Hour, time.Hour, 20 * time.Minute, 3 * 24 * time.Hour, 6 * 24 * time.Hour, 12 * time.Hour}

// age looks at a change of a rule for new terms, of which the history counts too: an event that only one version matches makes later
// ones old for that version only.
func (c *comparer) age(out *RuleChange, p *compile.Program) {
	lost, gained := out.Relation == Narrower, out.Relation == Wider
	if !lost && !gained {
		return
	}
	a, b := c.old, c.new // a matches more
	if gained {
		a, b = b, a
	}
	r := &predicate.Resolver{Fields: p.Fields(), Layout: p.Layout(), Open: true}
	var fields []*predicate.Field
	var keys []string
	for _, name := range p.File.Rule.NewTerms.Value {
		f, err := r.Field(name)
		if err != nil {
			return
		}
		fields, keys = append(fields, f), append(keys, keyOf(f, 0))
	}
	turns := []turn{
		{demands: []demand{{a, 0, true}, {b, 0, false}}, fields: fields, runs: 1},
		{demands: []demand{{a, 0, true}, {b, 0, true}}, fields: fields, runs: 1},
	}
	for _, apart := range ages {
		events, ok := c.moments(turns, keys, 0, apart)
		if !ok {
			break
		}
		m := c.run(b, a, events)
		if m == nil {
			continue
		}
		out.Also = append(out.Also, fmt.Sprintf("the query by itself is %v; but an event that only one version matches makes later ones with its terms old", out.Relation))
		reason := "the terms are not new: the first event has them"
		if lost {
			out.Gained, out.Decides = []Match{*m}, append(out.Decides, reason)
		} else {
			out.Lost, out.Decides = []Match{*m}, append([]string{reason}, out.Decides...)
		}
		out.Relation = Different
		return
	}
	out.Relation, out.Why = Unknown, fmt.Sprintf("the query by itself is %v, but what is new depends on the events before", out.Relation)
}
