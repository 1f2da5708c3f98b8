package compile

import (
	"errors"
	"fmt"
	"slices"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/search"
)

// threshold is a rule of that type: a result is a group of events with the same values of some fields (without fields: all), as Kibana's
// aggregation makes them. It must have so many events, and so many different values of other fields. An event without one of the fields
// is in no group, one with several values in several.
type threshold struct {
	*grouped
	value       int
	cardinality []cardinality
}

// cardinality is the number of different values that a group must have of a field.
type cardinality struct {
	field *predicate.Field
	value int
}

func newThreshold(p search.Program, file *rule.File, fields mapping.Fields, s Settings) (search.Program, error) {
	want := file.Rule.Threshold
	if want == nil || want.Value < 1 {
		return nil, errors.New("the rule has no threshold of at least 1")
	}
	var names []string
	for _, name := range want.Field {
		if name != "" { // Kibana writes an empty name for none
			names = append(names, name)
		}
	}
	g, r, err := newGrouped(p, fields, s, file.Rule.TimestampOverride, names)
	if err != nil {
		return nil, err
	}
	out := &threshold{grouped: g, value: int(want.Value)}
	for _, c := range want.Cardinality {
		if c.Field == "" {
			continue
		}
		f, err := r.Field(c.Field)
		if err != nil {
			return nil, err
		}
		out.cardinality = append(out.cardinality, cardinality{f, int(c.Value)})
	}
	return out, nil
}

// Shape implements search.Program.
func (t *threshold) Shape() search.Shape {
	shape := t.Program.Shape()
	part := search.PartShape{Count: t.value}
	for _, f := range t.fields {
		part.Keys = append(part.Keys, f.Name)
	}
	shape.Parts = []search.PartShape{part}
	return shape
}

// Start implements search.Program.
func (t *threshold) Start(search.Start) search.State {
	return &thresholdState{t: t, groups: map[string]*group{}}
}

// thresholdState collects the groups.
type thresholdState struct {
	t      *threshold
	groups map[string]*group
}

type group struct {
	values   []string
	events   []*search.Ref
	distinct []map[string]bool // by cardinality
}

// Feed implements search.State.
func (s *thresholdState) Feed(rec *event.Record, ref search.Ref, given []predicate.Verdict) error {
	hit, err := s.t.hit(rec, ref, given)
	if err != nil || !hit {
		return err
	}
	list, err := s.t.combinations(rec, ref.Index)
	if err != nil || len(list) == 0 {
		return err
	}
	own := kept(ref)
	for _, values := range list {
		key := keyOf(values)
		g := s.groups[key]
		if g == nil {
			g = &group{values: values}
			for range s.t.cardinality {
				g.distinct = append(g.distinct, map[string]bool{})
			}
			s.groups[key] = g
		}
		g.events = append(g.events, own)
		for i, c := range s.t.cardinality {
			for _, v := range textsOf(c.field, rec) {
				g.distinct[i][v] = true
			}
		}
	}
	return nil
}

// reached tells whether a group is a result.
func (s *thresholdState) reached(g *group) bool {
	for i, c := range s.t.cardinality {
		if len(g.distinct[i]) < c.value {
			return false
		}
	}
	return len(g.events) >= s.t.value
}

// sorted are the groups by their values.
func (s *thresholdState) sorted() []*group {
	var out []*group
	for _, g := range s.groups {
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b *group) int { return slices.Compare(a.values, b.values) })
	return out
}

// Finish implements search.State.
func (s *thresholdState) Finish() []search.Result {
	var out []search.Result
	for _, g := range s.sorted() {
		if s.reached(g) {
			out = append(out, search.Result{Keys: pointers(g.values), Events: g.events})
		}
	}
	return out
}

// Progress implements search.Tracer: what the groups lack, the largest first.
func (s *thresholdState) Progress() []search.Progress {
	var out []search.Progress
	list := s.sorted()
	slices.SortStableFunc(list, func(a, b *group) int { return len(b.events) - len(a.events) })
	for _, g := range list {
		if s.reached(g) {
			continue
		}
		reason := fmt.Sprintf("%s: %d of %d events", s.t.named(g.values, "all events"), len(g.events), s.t.value)
		for i, c := range s.t.cardinality {
			reason += fmt.Sprintf(", %d of %d values of %s", len(g.distinct[i]), c.value, c.field.Name)
		}
		out = append(out, search.Progress{Keys: pointers(g.values), Events: g.events, Reason: reason})
	}
	return out
}
