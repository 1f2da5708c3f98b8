package prove

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/logic"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/search"
)

// began is the time of the first event of a match.
var began = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// Now is the time that generated events are made for: rules that look back from the present find them then.
func Now() time.Time { return began.Add(5 * time.Minute) }

// match builds events that a matches and b does not, because of their step i, and runs them through both.
func (c *comparer) match(a, b *side, i int) *Match {
	if a.frame.Kind == "event" {
		for _, model := range c.space.Models(c.space.And(a.forms[0], c.space.Not(b.forms[0])), maxModels) {
			if v, ok := model.Values(); ok {
				if m := c.verified(a, b, []moment{{v, 0}}); m != nil {
					return m
				}
			}
		}
		return nil
	}
	return c.story(a, b, func(k int) *logic.Formula {
		switch {
		case k != i && a.inverse(k):
			return nil // nothing happens there
		case k == i && a.inverse(k):
			return c.space.And(b.forms[k], c.space.Not(a.forms[k])) // it prevents a match of b only
		case k == i:
			return c.space.And(a.forms[k], c.space.Not(b.forms[k]))
		}
		return a.forms[k]
	}, time.Second)
}

// maxModels is how many ways to make a condition true are tried before a difference counts as not found.
const maxModels = 8

// overSpan builds events of a that lie too far from one another for b.
func (c *comparer) overSpan(a, b *side) *Match {
	if b.frame.Hopeless || b.frame.Span == 0 || len(a.steps) < 2 {
		return nil
	}
	n := time.Duration(max(a.events()-1, 1))
	return c.story(a, b, func(k int) *logic.Formula {
		if a.inverse(k) {
			return nil
		}
		return a.forms[k]
	}, time.Duration(b.frame.Span)/n+time.Millisecond)
}

// example is a match of a that is none of b, found by making one event a step and looking.
func (c *comparer) example(a, b *side) *Match {
	return c.story(a, b, func(k int) *logic.Formula {
		if a.inverse(k) {
			return nil
		}
		return a.forms[k]
	}, time.Second)
}

// moment is an event to be: its values, and its time after the first one.
type moment struct {
	values logic.Values
	after  time.Duration
}

// story builds one event for each step that has a condition, with equal join keys, and runs them through both programs.
func (c *comparer) story(a, b *side, cond func(step int) *logic.Formula, apart time.Duration) *Match {
	if a.frame.Span > 0 {
		apart = min(apart, time.Duration(a.frame.Span)/time.Duration(max(a.events(), 1)))
	}
	for _, keys := range c.keyChoices(a) {
		events, ok := c.moments(a, cond, keys, apart)
		if !ok {
			continue
		}
		if m := c.verified(a, b, events); m != nil {
			return m
		}
	}
	return nil
}

// moments are the events of a story in order of time. One that ends pending matches comes before the last of the others.
func (c *comparer) moments(a *side, cond func(step int) *logic.Formula, keys []string, apart time.Duration) (events []moment, ok bool) {
	at := time.Duration(0)
	for k, step := range a.steps {
		f := cond(k)
		if f == nil {
			continue
		}
		v, ok := c.keyed(a, k, f, keys)
		if !ok {
			return nil, false
		}
		if n := len(events); step.Role == search.Stop && n > 0 {
			last := events[n-1]
			events = append(events[:n-1], moment{v, last.after - apart/2}, last)
			continue
		}
		for range a.runs(k) {
			events = append(events, moment{maps.Clone(v), at})
			at += apart
		}
	}
	return events, len(events) > 0
}

// runs is how many events in a row a step takes.
func (s *side) runs(step int) int {
	if step < len(s.frame.Runs) && s.steps[step].Role != search.Stop {
		return s.frame.Runs[step]
	}
	return 1
}

// events is how many events a match takes at most.
func (s *side) events() int {
	n := 0
	for k := range s.steps {
		n += s.runs(k)
	}
	return n
}

// keyChoices are values for the join keys: some that fit most fields, and what the first step can have by itself.
func (c *comparer) keyChoices(a *side) [][]string {
	n := 0
	for _, f := range a.frame.Fields {
		n = max(n, len(f))
	}
	if n == 0 {
		return [][]string{nil}
	}
	var out [][]string
	for _, style := range []func(i int) string{
		func(i int) string { return fmt.Sprintf("k-%d", i+1) },
		func(i int) string { return fmt.Sprint(4000 + i) },
		func(i int) string { return fmt.Sprintf("192.0.2.%d", i+1) },
		func(i int) string { return fmt.Sprintf("81.2.69.%d", i+142) }, // no block for documentation: rules except those
	} {
		keys := make([]string, n)
		for i := range keys {
			keys[i] = style(i)
		}
		out = append(out, keys)
	}
	mixed := make([]string, n)
	for i := range mixed {
		mixed[i] = keyFor(a.frame.Fields, i)
	}
	return append([][]string{c.ownKeys(a, mixed), mixed}, out...)
}

// ownKeys are values for the join keys that the conditions of a step ask for, so that no field needs two values; else those given.
func (c *comparer) ownKeys(a *side, given []string) []string {
	out := slices.Clone(given)
	for k, fields := range a.frame.Fields {
		if len(fields) == 0 || a.inverse(k) {
			continue
		}
		_, model := c.space.Possible(a.forms[k])
		if model == nil {
			continue
		}
		values, ok := model.Values()
		if !ok {
			continue
		}
		for i, f := range fields {
			if v := values[f.Path]; len(v) == 1 && out[i] == given[i] && v[0] != "" {
				out[i] = fmt.Sprint(v[0])
			}
		}
	}
	return out
}

// keyFor is a value that fits the types of key i in all steps.
func keyFor(fields [][]*predicate.Field, i int) string {
	for _, list := range fields {
		if i >= len(list) {
			continue
		}
		switch c := list[i].Class; {
		case c == predicate.IPClass:
			return fmt.Sprintf("192.0.2.%d", i+1)
		case c == predicate.BoolClass:
			return "true"
		case c.Ordered():
			return fmt.Sprint(4000 + i)
		}
	}
	return fmt.Sprintf("k-%d", i+1)
}

// keyed finds values for a step that satisfy its condition with the join keys given.
func (c *comparer) keyed(a *side, step int, f *logic.Formula, keys []string) (logic.Values, bool) {
	var fields []*predicate.Field
	if step < len(a.frame.Fields) {
		fields = a.frame.Fields[step]
	}
	all := []*logic.Formula{f}
	for i, field := range fields {
		n, err := field.Equal(literalFor(field, keys[i]))
		if err != nil {
			return nil, false
		}
		all = append(all, c.space.Of(n))
	}
	for _, model := range c.space.Models(c.space.And(all...), maxModels) {
		if v, ok := model.Values(); ok {
			return v, true
		}
	}
	return nil, false
}

func literalFor(f *predicate.Field, text string) predicate.Value {
	if n, ok := predicate.ParseNumber(text); ok && f.Class.Ordered() {
		return n
	}
	if f.Class == predicate.BoolClass {
		return eqlfunc.OfBool(text == "true")
	}
	return eqlfunc.OfString(text)
}

// verified makes documents and keeps them if a matches them and b does not.
func (c *comparer) verified(a, b *side, events []moment) *Match {
	m := &Match{}
	timeField := "@timestamp"
	if t := a.frame.Time; t != nil {
		timeField = t.Path
	}
	for _, e := range events {
		if _, ok := e.values[timeField]; !ok {
			e.values[timeField] = []any{began.Add(e.after).Format("2006-01-02T15:04:05.000Z")}
		}
		m.Events = append(m.Events, document(e.values))
	}
	if Matches(a.program, m.Events) && !Matches(b.program, m.Events) {
		return m
	}
	return nil
}

// document writes values of fields as a JSON document of nested objects, keys in alphabetical order.
func document(values logic.Values) []byte {
	root := map[string]any{}
	paths := make([]string, 0, len(values))
	for p := range values {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	for _, p := range paths {
		var v any = values[p]
		if len(values[p]) == 1 {
			v = values[p][0]
		}
		put(root, p, v)
	}
	doc, err := json.Marshal(root)
	if err != nil { // strings, booleans and numbers always can be written
		return []byte("{}")
	}
	return doc
}

// put sets a field, in the objects that its dots name. Where a value stands in the way, the name keeps its dots.
func put(object map[string]any, path string, v any) {
	for {
		name, rest, ok := strings.Cut(path, ".")
		if !ok {
			object[path] = v
			return
		}
		next, exists := object[name]
		if !exists {
			next = map[string]any{}
			object[name] = next
		}
		below, isObject := next.(map[string]any)
		if !isObject {
			object[path] = v
			return
		}
		object, path = below, rest
	}
}

// Matches runs documents, in order of time, through a program.
func Matches(p search.Program, docs [][]byte) bool {
	decoder := event.NewDecoder(p.Layout())
	state := p.Start(search.Start{})
	for i, doc := range docs {
		var rec event.Record
		if decoder.Decode(doc, &rec) != nil {
			return false
		}
		if state.Feed(&rec, search.Ref{Index: i}, nil) != nil {
			return false
		}
	}
	return len(state.Finish()) > 0
}
