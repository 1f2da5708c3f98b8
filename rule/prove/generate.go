package prove

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/rulevet/rulevet/internal/logic"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/internal/witness"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
)

// GenerateOptions say what Generate makes. The zero value is one way to fire.
type GenerateOptions struct {
	Count int    // ways to fire that are wanted; 0 = 1
	Near  bool   // events that just do not match, too
	Seed  uint64 // of what the rule leaves open: names of hosts and users
	Bare  bool   // leave out what the rule does not need, for rules in ES|QL
}

// Generated are events that make a rule fire.
type Generated struct {
	Ways [][][]byte // each a set of events, in order of time, on which the rule fires
	Near [][][]byte // sets that differ in little and on which it does not
	// Met is for each of Ways the alternative that none before met, Unmet for each of Near the condition that is not met; for rules
	// in ES|QL.
	Met, Unmet []string
	Why        string // why there is no way
	// Index is one that the events would be in.
	Index string
}

// Generate makes events on which a rule fires, complete enough to be indexed. Each set was run through the program: it fires on
// Ways and not on Near.
func Generate(p *compile.Program, o GenerateOptions) *Generated {
	if q, index := p.Pipeline(); q != nil {
		return generatePipeline(p, p.Program, q, index, o)
	}
	g := &generator{program: p, file: p.File, options: o, scene: newScene(p.File, o.Seed), solver: witness.New(p.Fields()),
		comparer: &comparer{space: logic.New()}, side: newSide(p.Program)}
	for _, s := range g.side.steps {
		g.side.forms = append(g.side.forms, g.space.Of(s.Node))
	}
	g.resolve()
	g.space.Name(p.Layout().Names())
	out := &Generated{Index: g.scene.index}
	for _, events := range g.ways(max(o.Count, 1)) {
		out.Ways = append(out.Ways, g.documents(events))
	}
	switch {
	case len(out.Ways) == 0:
		out.Why = g.why()
	case o.Near:
		out.Near = g.near()
	}
	return out
}

type generator struct {
	*comparer
	program *compile.Program
	file    *rule.File
	options GenerateOptions
	side    *side
	solver  *witness.Solver
	scene   *scene
	first   []moment                    // of the first way
	fields  map[string]*predicate.Field // those that the type of the rule demands
}

// ways finds up to n sets of events, each for another reason than those before.
func (g *generator) ways(n int) (out [][]moment) {
	seen := map[string]bool{}
	for variant := 0; variant < 2*n+2 && len(out) < n; variant++ {
		events, ok := g.way(variant)
		if !ok {
			continue
		}
		key := fmt.Sprint(events)
		if seen[key] {
			continue
		}
		seen[key] = true
		if g.first == nil {
			g.first = events
		}
		out = append(out, events)
	}
	return out
}

// way is one set of events on which the rule fires. Variants differ in how the conditions of the steps become true.
func (g *generator) way(variant int) ([]moment, bool) {
	choices := [][]string{nil}
	if g.side.frame.Kind != "event" {
		choices = g.keyChoices(g.side)
	}
	for _, keys := range choices {
		values, ok := g.stepValues(keys, variant)
		if !ok {
			continue
		}
		for _, events := range g.arrange(values, variant) {
			if Matches(g.program.Program, g.documents(events)) {
				return events, true
			}
		}
	}
	return nil, false
}

// stepValues finds values for each step that is to have an event; nil for one that has none.
func (g *generator) stepValues(keys []string, variant int) ([]logic.Values, bool) {
	out := make([]logic.Values, len(g.side.steps))
	for k := range g.side.steps {
		if g.side.inverse(k) {
			continue
		}
		v, ok := g.values(k, keys, variant)
		if !ok {
			return nil, false
		}
		out[k] = v
	}
	return out, true
}

// values satisfy the condition of a step with the join keys given: by proof if that can look into all of it, else by search.
func (g *generator) values(step int, keys []string, variant int) (logic.Values, bool) {
	var fields []*predicate.Field
	if step < len(g.side.frame.Fields) {
		fields = g.side.frame.Fields[step]
	}
	all := []*logic.Formula{g.side.forms[step]}
	goals := []witness.Goal{{Formula: g.solver.Formula(g.side.steps[step].Cond), Want: true}}
	for i, field := range fields {
		n, err := field.Equal(literalFor(field, keys[i]))
		if err != nil {
			return nil, false
		}
		all = append(all, g.space.Of(n))
		goals = append(goals, witness.Goal{Formula: witness.Has(field.Path, []any{keyValue(field, keys[i])}), Want: true})
	}
	if g.side.frame.Kind == "event" {
		forms, more := g.demands(variant)
		all, goals = append(all, forms...), append(goals, more...)
	}
	return g.satisfied(g.space.And(all...), goals, variant/g.variants())
}

// satisfied are values by which a formula holds, or what is known of it as goals where it cannot be looked into.
func (g *generator) satisfied(whole *logic.Formula, goals []witness.Goal, variant int) (logic.Values, bool) {
	if !g.space.Opaque(whole) {
		models := g.space.Models(whole, variant+1)
		if variant >= len(models) {
			return nil, false
		}
		if v, ok := models[variant].Values(); ok {
			return v, true
		}
	}
	if variant > 0 {
		return nil, false
	}
	v, ok := g.solver.Solve(witness.Values{}, goals...)
	return logic.Values(v), ok
}

// keyValue is a join key as an event has it.
func keyValue(f *predicate.Field, text string) any {
	switch v := literalFor(f, text); {
	case f.Class == predicate.BoolClass:
		return text == "true"
	case v.Numeric():
		return v.Int()
	}
	return text
}

// arrange lists ways to turn values of steps into events: one each, and for rules that count, several.
func (g *generator) arrange(values []logic.Values, variant int) [][]moment {
	apart := time.Second
	if span := g.side.frame.Span; span > 0 {
		apart = min(apart, time.Duration(span)/time.Duration(max(g.side.events(), 1)))
	}
	var plain []moment
	at := time.Duration(0)
	for k, v := range values {
		if v == nil {
			continue
		}
		for range g.side.runs(k) {
			plain = append(plain, moment{maps.Clone(v), at})
			at += apart
		}
	}
	if len(plain) != 1 {
		return [][]moment{plain}
	}
	return append(g.crowds(plain[0], variant), plain)
}

// documents writes events with what an index needs and the rule leaves open.
func (g *generator) documents(events []moment) [][]byte {
	read := map[string]bool{}
	for _, name := range g.program.Layout().Names() {
		read[name] = true
	}
	var out [][]byte
	for i, e := range events {
		v := maps.Clone(e.values)
		if v[indexName] == nil {
			g.scene.furnish(v, read, e.after, i)
		}
		out = append(out, document(v))
	}
	return out
}

// near are sets in which one condition of one event is otherwise, so that the rule does not fire.
func (g *generator) near() (out [][][]byte) {
	limit := max(g.options.Count, 10)
	for i, k := range g.eventSteps() {
		if k < 0 {
			continue
		}
		cond := g.side.steps[k].Cond
		whole := g.solver.Formula(cond)
		for _, part := range parts(cond) {
			if len(out) >= limit {
				return out
			}
			goals := []witness.Goal{{Formula: g.solver.Formula(part), Want: false}, {Formula: whole, Want: false}}
			v, ok := g.solver.Solve(witness.Values(g.first[i].values), goals...)
			if !ok {
				continue
			}
			changed := slices.Clone(g.first)
			changed[i].values = merged(g.first[i].values, v)
			if docs := g.documents(changed); !Matches(g.program.Program, docs) {
				out = append(out, docs)
			}
		}
	}
	return out
}

// eventSteps tells of each event of the first way which step it is for, as far as each has its own; -1: none, as of an indicator.
func (g *generator) eventSteps() []int {
	var out []int
	if len(g.first) > 0 && g.first[0].values[indexName] != nil {
		out = append(out, -1)
	}
	for k := range g.side.steps {
		if g.side.inverse(k) {
			continue
		}
		for range g.side.runs(k) {
			out = append(out, k)
		}
	}
	return out[:min(len(out), len(g.first))]
}

// parts are the conditions that a condition is the conjunction of.
func parts(c *predicate.Cond) []*predicate.Cond {
	if c.Op != predicate.OpAnd {
		return []*predicate.Cond{c}
	}
	var out []*predicate.Cond
	for _, k := range c.Kids {
		out = append(out, parts(k)...)
	}
	return out
}

func merged(base logic.Values, changes witness.Values) logic.Values {
	out := maps.Clone(base)
	for path, v := range changes {
		if len(v) == 0 {
			delete(out, path)
		} else {
			out[path] = v
		}
	}
	return out
}

// why says why no way was found.
func (g *generator) why() string {
	if g.side.frame.Hopeless {
		return "no event can match: a condition is always false"
	}
	opaque := false
	for k, f := range g.side.forms {
		if g.side.inverse(k) {
			continue
		}
		if answer, _ := g.space.Possible(f); answer == logic.Never {
			return "no event can match: the conditions exclude each other"
		}
		opaque = opaque || g.space.Opaque(f)
	}
	if opaque {
		return "no events were found: the query has a function or text search that the search does not see through"
	}
	return "no events were found"
}
