package prove

import (
	"maps"
	"slices"
	"time"

	"github.com/rulevet/rulevet/internal/logic"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/rule/prove/backward"
)

// pipeline makes events on which a rule in ES|QL fires.
type pipeline struct {
	*generator
	search *backward.Generator
}

// generatePipeline is Generate for a rule in ES|QL.
func generatePipeline(p *compile.Program, o GenerateOptions) *Generated {
	g := &pipeline{generator: &generator{program: p, file: p.File, options: o, scene: newScene(p.File, o.Seed)}}
	if list := p.Indexes(); len(list) > 0 {
		g.scene.index, g.scene.dataset = concrete(list[0])
	}
	out := &Generated{Index: g.scene.index}
	q, index := p.Pipeline()
	search, err := backward.New(q, index, backward.Options{Now: p.Now(), Sample: g.choose, Fires: g.fires})
	if err != nil {
		out.Why = err.Error()
		return out
	}
	g.search = search
	for _, events := range search.Ways(max(o.Count, 1)) {
		out.Ways = append(out.Ways, g.write(g.dressed(events, true)))
	}
	switch {
	case len(out.Ways) == 0:
		out.Why = search.Why()
	case o.Near:
		for _, events := range search.Near(max(o.Count, 10)) {
			out.Near = append(out.Near, g.write(g.dressed(events, false)))
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

// began is the time of events whose time does not matter: a little before the present of the program, at the begin of a minute.
func (g *pipeline) began() time.Time {
	return g.program.Now().Add(-time.Minute).UTC().Truncate(time.Minute)
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
	return Matches(g.program.Program, g.write(events))
}

func (g *pipeline) write(events []backward.Values) [][]byte {
	var list []moment
	for _, v := range events {
		list = append(list, moment{logic.Values(v), g.at(v).Sub(began)})
	}
	return g.documents(list)
}
