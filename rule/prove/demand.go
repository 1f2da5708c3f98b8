package prove

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/rulevet/rulevet/internal/logic"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/internal/witness"
	"github.com/rulevet/rulevet/rule"
)

// What a type of rule asks of events beside its query: fields to group them by, and indicators with the same values.

// demanded are the fields that the event of a way must have: those that events are grouped by, whose terms are to be new, or that are
// compared with an indicator, by one of the groups of the mapping.
func (g *generator) demanded(variant int) []string {
	r := g.file.Rule
	switch {
	case r.Threshold != nil:
		return nonempty(r.Threshold.Field)
	case r.NewTerms != nil:
		return nonempty(r.NewTerms.Value)
	case r.ThreatMatch != nil:
		var out []string
		for _, e := range g.mapping(variant) {
			if !e.Negate {
				out = append(out, e.Field)
			}
		}
		return nonempty(out)
	}
	return nil
}

func nonempty(names []string) (out []string) {
	for _, n := range names {
		if n != "" {
			out = append(out, n)
		}
	}
	return out
}

// resolve knows the demanded fields of all variants, before the space of the proofs is told of names.
func (g *generator) resolve() {
	g.fields = map[string]*predicate.Field{}
	r := &predicate.Resolver{Fields: g.program.Fields(), Layout: g.program.Layout(), Open: true}
	for variant := range g.variants() {
		for _, name := range g.demanded(variant) {
			if f, err := r.Field(name); err == nil {
				g.fields[name] = f
			}
		}
	}
}

// variants is how many kinds of events the type of the rule knows.
func (g *generator) variants() int {
	if t := g.file.Rule.ThreatMatch; t != nil {
		return max(len(t.Mapping), 1)
	}
	return 1
}

// mapping is a group of the threat mapping.
func (g *generator) mapping(variant int) []rule.ThreatMatchEntry {
	groups := g.file.Rule.ThreatMatch.Mapping
	if len(groups) == 0 {
		return nil
	}
	return groups[variant%len(groups)]
}

// demands are the conditions for the demanded fields.
func (g *generator) demands(variant int) (forms []*logic.Formula, goals []witness.Goal) {
	for _, name := range g.demanded(variant) {
		if f := g.fields[name]; f != nil && f.Slot != predicate.NoSlot {
			forms = append(forms, g.space.Of(f.Exists()))
		}
		goals = append(goals, witness.Goal{Formula: g.solver.Present(name), Want: true})
	}
	return forms, goals
}

// matched are an indicator and an event that has what it has.
func (g *generator) matched(m moment, variant int) [][]moment {
	indicators := g.program.Indicators()
	if indicators == nil {
		return nil
	}
	s := newSide(indicators)
	if len(s.steps) != 1 {
		return nil
	}
	m.values = g.filled(m.values, g.demanded(variant))
	known := &predicate.Resolver{Layout: g.program.Layout(), Open: true}
	want := map[string]any{}
	all := []*logic.Formula{g.space.Of(s.steps[0].Node)}
	goals := []witness.Goal{{Formula: g.solver.Formula(s.steps[0].Cond), Want: true}}
	for _, e := range g.mapping(variant) {
		var v any = "another"
		if have := m.values[e.Field]; len(have) > 0 {
			if v = have[0]; e.Negate {
				v = fmt.Sprint("not ", v)
			}
		}
		f, err := known.Field(e.Value)
		if err != nil {
			return nil
		}
		node, err := f.Equal(literalFor(f, fmt.Sprint(v)))
		if err != nil {
			return nil
		}
		want[e.Value] = v
		all = append(all, g.space.Of(node))
		goals = append(goals, witness.Goal{Formula: witness.Has(e.Value, []any{v}), Want: true})
	}
	v, ok := g.satisfied(g.space.And(all...), goals, 0)
	if !ok {
		return nil
	}
	for name, value := range want {
		v[name] = []any{value}
	}
	index, _ := concrete(g.file.Rule.ThreatMatch.Index[0])
	v[indexName] = []any{index}
	if v["@timestamp"] == nil {
		v["@timestamp"] = []any{began.Add(-time.Hour).Format(timeLayout)}
	}
	return [][]moment{{{v, 0}, m}}
}

// indexName is the name by which values say that their document is of an index of its own.
const indexName = "_index"

// indexed is a document as a search gives it, with its index.
type indexed struct {
	Index  string          `json:"_index"`
	Source json.RawMessage `json:"_source"`
}

// apart writes the document of values that name an index of their own.
func apart(values logic.Values) []byte {
	own := maps.Clone(values)
	delete(own, indexName)
	out, err := json.Marshal(indexed{fmt.Sprint(values[indexName][0]), document(own)})
	if err != nil { // a document always is JSON
		return []byte("{}")
	}
	return out
}

// Unwrap is the document and the index of what Generate makes for an index of its own, as indicators are; other documents are given
// back as they are, without an index.
func Unwrap(doc []byte) (source []byte, index string) {
	var x indexed
	if !strings.HasPrefix(string(doc[:min(len(doc), 10)]), `{"_index":`) || json.Unmarshal(doc, &x) != nil || x.Source == nil {
		return doc, ""
	}
	return x.Source, x.Index
}
