package prove

import (
	"maps"
	"slices"
	"time"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval"
	"github.com/rulevet/rulevet/internal/logic"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/rule/prove/internal/backward"
	"github.com/rulevet/rulevet/search"
	"github.com/rulevet/rulevet/source"
)

// pipeline makes events on which a rule in ES|QL fires.
type pipeline struct {
	*generator
	runs    search.Program // of the query that the events are for
	present time.Time
}

// Timeless tells whether what a query finds does not depend on when it runs.
func Timeless(q *esql.Query) bool {
	for n := range esql.Preorder(q) {
		if x, ok := n.(*esql.Call); ok && x.Name == "now" {
			return false
		}
	}
	return true
}

// GenerateChanged is Generate for a mutant of a rule in ES|QL; nil for other languages, and for a mutant that does not compile.
func GenerateChanged(p *compile.Program, m *search.Mutant, o GenerateOptions) *Generated {
	q, index := p.Pipeline()
	program := m.Compile()
	if q == nil || program == nil {
		return nil
	}
	changed, issues := esql.Parse(search.Edited(q.Source, m.Edits))
	if source.HasErrors(issues) {
		return nil
	}
	return generatePipeline(p, program, changed, index, o)
}

// generatePipeline is Generate for a query in ES|QL.
func generatePipeline(p *compile.Program, runs search.Program, q *esql.Query, index *eval.Index, o GenerateOptions) *Generated {
	g := &pipeline{generator: &generator{program: p, file: p.File, options: o, scene: newScene(p.File, o.Seed)}, runs: runs, present: Now()}
	if !Timeless(q) {
		g.present = p.Now()
	}
	if list := p.Indexes(); len(list) > 0 {
		g.scene.index, g.scene.dataset = concrete(list[0])
	}
	out := &Generated{Index: g.scene.index}
	found, err := backward.New(q, index, backward.Options{Now: g.present, Sample: g.choose, Fires: g.fires})
	if err != nil {
		out.Why = err.Error()
		return out
	}
	for _, way := range found.Ways(max(o.Count, 1)) {
		out.Ways = append(out.Ways, g.write(g.dressed(way.Events, true)))
		out.Met = append(out.Met, way.Condition)
	}
	switch {
	case len(out.Ways) == 0:
		out.Why = found.Why()
	case o.Near:
		for _, miss := range found.Near(max(o.Count, 10)) {
			out.Near = append(out.Near, g.write(g.dressed(miss.Events, false)))
			out.Unmet = append(out.Unmet, miss.Condition)
		}
	}
	return out
}

// dressed are the events with times apart and values for what the query shows and leaves open, as far as the rule goes on to fire, or
// not to.
func (g *pipeline) dressed(events []backward.Values, fires bool) []backward.Values {
	if spread := g.spread(events); g.fires(spread) == fires {
		events = spread
	}
	if g.options.Bare {
		return events
	}
	have := map[string]bool{}
	for _, e := range events {
		for path := range e {
			have[path] = true
		}
	}
	var open []string
	for _, path := range g.program.Layout().Names() {
		if path != "" && path[0] != '_' && !have[path] && g.choose(path, 0) != nil {
			open = append(open, path)
		}
	}
	slices.Sort(open)
	return g.filledIn(events, slices.Compact(open), fires)
}

// filledIn gives the events values for fields: for all of them, or for those that change nothing for the rule.
func (g *pipeline) filledIn(events []backward.Values, open []string, fires bool) []backward.Values {
	if len(open) == 0 {
		return events
	}
	filled := make([]backward.Values, len(events))
	for i, e := range events {
		filled[i] = maps.Clone(e)
		for _, path := range open {
			if free(logic.Values(filled[i]), path) {
				filled[i][path] = []any{g.choose(path, 0)}
			}
		}
	}
	switch {
	case g.fires(filled) == fires:
		return filled
	case len(open) == 1:
		return events
	}
	half := len(open) / 2
	return g.filledIn(g.filledIn(events, open[:half], fires), open[half:], fires)
}

// spread lets time pass between events that have the same time.
func (g *pipeline) spread(events []backward.Values) []backward.Values {
	step := min(time.Second, 50*time.Second/time.Duration(len(events)+1)).Truncate(time.Millisecond)
	out := make([]backward.Values, len(events))
	for i, e := range events {
		out[i] = maps.Clone(e)
		out[i]["@timestamp"] = []any{g.at(e).Add(time.Duration(i) * step).Format(timeLayout)}
	}
	return out
}

// at is the time of an event.
func (g *pipeline) at(e backward.Values) time.Time {
	if v := e["@timestamp"]; len(v) == 1 {
		if text, ok := v[0].(string); ok {
			if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
				return t
			}
		}
	}
	return g.began()
}

// began is the time of events whose time does not matter: a little before the present, at the begin of a minute.
func (g *pipeline) began() time.Time {
	return g.present.Add(-time.Minute).UTC().Truncate(time.Minute)
}

// choose is the i-th value for a field that the query leaves open.
func (g *pipeline) choose(field string, i int) any {
	if field == "@timestamp" {
		return g.began().Format(timeLayout)
	}
	if i == 0 {
		for _, f := range g.scene.facts() {
			if f.path == field {
				return f.value
			}
		}
	}
	return g.sample(field, i)
}

func (g *pipeline) fires(events []backward.Values) bool {
	return Matches(g.runs, g.write(events))
}

func (g *pipeline) write(events []backward.Values) [][]byte {
	var list []moment
	for _, v := range events {
		list = append(list, moment{logic.Values(v), g.at(v).Sub(began)})
	}
	if !g.options.Bare {
		return g.documents(list)
	}
	var out [][]byte
	for i, m := range list {
		if m.values["@timestamp"] == nil {
			m.values = maps.Clone(m.values)
			m.values["@timestamp"] = []any{g.at(events[i]).Format(timeLayout)}
		}
		out = append(out, document(m.values))
	}
	return out
}
