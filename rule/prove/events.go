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
	"github.com/rulevet/rulevet/internal/witness"
	"github.com/rulevet/rulevet/search"
)

// began is the time of the first event of a match.
var began = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// Now is the time that generated events are made for: rules that look back from the present find them then.
func Now() time.Time { return began.Add(5 * time.Minute) }

// maxModels is how many ways to make a condition true are tried before a difference counts as not found.
const maxModels = 8

// demand is what one event of a story must do to the condition of a step.
type demand struct {
	side *side
	step int
	want bool
}

// turn is one event of a story, or several that are alike.
type turn struct {
	demands []demand
	fields  []*predicate.Field // of the join keys
	apart   []*predicate.Field // that must not be the same in two events
	runs    int
	early   bool // it comes before the last event of those before it
}

// match builds events that a matches and b does not, because of their step i, and runs them through both.
func (c *comparer) match(a, b *side, i int) *Match {
	var turns []turn
	for k := range a.steps {
		switch x := a.turn(k); {
		case k == i && a.inverse(k): // it prevents a match of b only
			x.demands = []demand{{b, k, true}, {a, k, false}}
			turns = append(turns, x)
		case k == i:
			x.demands = append(x.demands, demand{b, k, false})
			turns = append(turns, x)
		case !a.inverse(k):
			turns = append(turns, x)
		}
	}
	return c.story(a, b, turns, time.Second)
}

// turn is an event of a step.
func (s *side) turn(step int) turn {
	x := turn{demands: []demand{{s, step, true}}, runs: s.runs(step), early: s.stop(step)}
	if step < len(s.frame.Fields) {
		x.fields = s.frame.Fields[step]
	}
	return x
}

// turns are the events of a match.
func (s *side) turns() (out []turn) {
	for k := range s.steps {
		if !s.inverse(k) {
			out = append(out, s.turn(k))
		}
	}
	return out
}

// beyond builds events that a matches, and b does not for what ties its steps together: they lie too far from one another, lack a step,
// share no key of b, or there is one that must be missing.
func (c *comparer) beyond(a, b *side) (m *Match, reason string) {
	if n := a.events(); b.frame.Span > 0 && n > 1 && !spanFits(a.frame.Span, b.frame.Span, false) {
		if m := c.story(a, b, a.turns(), time.Duration(b.frame.Span)/time.Duration(n-1)+time.Millisecond); m != nil {
			return m, fmt.Sprintf("the events lie further apart than its maxspan of %s", shortSpan(b.frame.Span))
		}
	}
	for _, try := range c.tries(a, b) {
		if m := c.story(a, b, try.turns, time.Second); m != nil {
			return m, try.reason
		}
	}
	return nil, ""
}

// shortSpan is a span as a query writes it.
func shortSpan(nanos int64) string {
	d := time.Duration(nanos)
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if d%u.unit == 0 {
			return fmt.Sprint(int64(d/u.unit), u.name)
		}
	}
	return d.String()
}

// try is a story, and why the other program does not match it if it does not.
type try struct {
	turns  []turn
	reason string
}

// tries are stories of a that b may not match.
func (c *comparer) tries(a, b *side) (out []try) {
	out = append(out, try{a.turns(), "a step has no event"})
	for k := range b.steps {
		turns := a.turns()
		if !b.inverse(k) {
			for i := range turns {
				turns[i].demands = append(turns[i].demands, demand{b, k, false})
			}
			out = append(out, try{turns, fmt.Sprintf("step %d has no event", k+1)})
			continue
		}
		x := b.turn(k)
		for at := 1; at <= len(turns); at++ {
			reason := "an event is there that must be missing"
			if b.stop(k) {
				reason = "an event of until comes before the last one"
			}
			out = append(out, try{slices.Insert(slices.Clone(turns), at, x), reason})
		}
	}
	if apart := c.moreKeys(a, b); len(apart) > 0 {
		turns := a.turns()
		for i := range turns {
			turns[i].apart = apart
		}
		names := make([]string, len(apart))
		for i, f := range apart {
			names[i] = f.Name
		}
		out = append(out, try{turns, "the events do not share " + list(names)})
	}
	return out
}

// moreKeys are the join keys of b that a lacks.
func (c *comparer) moreKeys(a, b *side) (out []*predicate.Field) {
	known := map[string]bool{}
	for _, fields := range a.frame.Fields {
		for _, f := range fields {
			known[f.ID()] = true
		}
	}
	for _, fields := range b.frame.Fields {
		for _, f := range fields {
			if !known[f.ID()] {
				known[f.ID()] = true
				out = append(out, f)
			}
		}
	}
	return out
}

// moment is an event to be: its values, and its time after the first one.
type moment struct {
	values logic.Values
	after  time.Duration
}

// story builds the events of turns with equal join keys, and runs them through both programs.
func (c *comparer) story(a, b *side, turns []turn, apart time.Duration) *Match {
	if a.frame.Span > 0 {
		apart = min(apart, time.Duration(a.frame.Span)/time.Duration(max(a.events(), 1)))
	}
	for _, keys := range c.keyChoices(a) {
		for variant := range maxModels {
			events, ok := c.moments(turns, keys, variant, apart)
			if !ok {
				break
			}
			if m := c.verified(a, b, events); m != nil {
				return m
			}
			if len(turns) > 1 && variant > 0 {
				break
			}
		}
	}
	return nil
}

// moments are the events of turns in order of time.
func (c *comparer) moments(turns []turn, keys []string, variant int, apart time.Duration) (events []moment, ok bool) {
	at := time.Duration(0)
	for i, p := range turns {
		v, ok := c.values(p, keys, i, variant)
		if !ok {
			return nil, false
		}
		if n := len(events); p.early && n > 0 {
			last := events[n-1]
			events = append(events[:n-1], moment{v, last.after - apart/2}, last)
			continue
		}
		for range p.runs {
			events = append(events, moment{maps.Clone(v), at})
			at += apart
		}
	}
	return events, len(events) > 0
}

// values finds values for the n-th event of a story: by proof if that can look into all of it, else by search. Variants are other ways
// to the same end, as far as there are any.
func (c *comparer) values(p turn, keys []string, n, variant int) (logic.Values, bool) {
	var all []*logic.Formula
	var goals []witness.Goal
	for _, d := range p.demands {
		f := d.side.forms[d.step]
		if !d.want {
			f = c.space.Not(f)
		}
		all = append(all, f)
		goals = append(goals, witness.Goal{Formula: c.solver.Formula(d.side.steps[d.step].Cond), Want: d.want})
	}
	equal := func(field *predicate.Field, text string) bool {
		node, err := field.Equal(literalFor(field, text))
		if err != nil {
			return false
		}
		all = append(all, c.space.Of(node))
		goals = append(goals, witness.Goal{Formula: witness.Has(field.Path, []any{keyValue(field, text)}), Want: true})
		return true
	}
	for i, field := range p.fields {
		if i < len(keys) && !equal(field, keys[i]) {
			return nil, false
		}
	}
	for _, field := range p.apart {
		if !equal(field, keyOf(field, n)) {
			return nil, false
		}
	}
	whole := c.space.And(all...)
	opaque := c.space.Opaque(whole)
	if models := c.space.Models(whole, variant+1); variant < len(models) {
		if v, ok := models[variant].Values(); ok {
			return v, true
		}
	} else if !opaque && len(models) > 0 {
		v, ok := models[len(models)-1].Values()
		return v, ok && len(p.demands) > 0 && variant == 0
	}
	if variant > 0 || !opaque {
		return nil, false
	}
	v, ok := c.solver.Solve(witness.Values{}, goals...)
	return logic.Values(v), ok
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
		if list[i].Class.Ordered() {
			return keyOf(list[i], i)
		}
	}
	return fmt.Sprintf("k-%d", i+1)
}

// keyOf is the i-th of some values of a field.
func keyOf(f *predicate.Field, i int) string {
	switch c := f.Class; {
	case c == predicate.IPClass:
		return fmt.Sprintf("192.0.2.%d", i+1)
	case c == predicate.BoolClass:
		return fmt.Sprint(i%2 == 0)
	case c.Ordered():
		return fmt.Sprint(4000 + i)
	}
	return fmt.Sprintf("k-%d", i+1)
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
	if a.crowds != nil && len(events) == 1 {
		for _, crowd := range a.crowds(events[0]) {
			if m := c.run(a, b, crowd); m != nil {
				return m
			}
		}
	}
	return c.run(a, b, events)
}

func (c *comparer) run(a, b *side, events []moment) *Match {
	m := &Match{}
	timeField := "@timestamp"
	if t := a.frame.Time; t != nil {
		timeField = t.Path
	}
	for _, e := range events {
		if len(e.values[timeField]) == 0 {
			e.values[timeField] = []any{began.Add(e.after).Format(timeLayout)}
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
	if values[indexName] != nil {
		return apart(values)
	}
	root := map[string]any{}
	paths := make([]string, 0, len(values))
	for p, list := range values {
		if len(list) > 0 {
			paths = append(paths, p)
		}
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
		source, index := Unwrap(doc)
		if decoder.Decode(source, &rec) != nil {
			return false
		}
		rec.Index = index
		if state.Feed(&rec, search.Ref{Index: i, Source: doc}, nil) != nil {
			return false
		}
	}
	return len(state.Finish()) > 0
}
