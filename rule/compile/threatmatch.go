package compile

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/indexname"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/internal/querydsl"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/search"
	"github.com/rulevet/rulevet/source"
)

// threatMatch is a rule of that type: a result is an event that the query matches and that has what an indicator has, by the threat mapping.
// Indicators are the events whose _index belongs to the threat index and that the threat query matches. As in Kibana an entry asks for one
// value in the indicator: a group with an entry for which it has none, or several, is not looked for.
type threatMatch struct {
	search.Program
	indexes    indexname.Patterns
	indicators search.Program // of the threat query
	groups     [][]pair       // outer or, inner and
}

// pair is an entry of the mapping.
type pair struct {
	field, value *predicate.Field // of the event, of the indicator
	negate       bool
	// is compiles the search for a value in the events, which is a match query.
	is func(value string) (*predicate.Cond, error)
}

func newThreatMatch(p search.Program, file *rule.File, fields mapping.Fields, s Settings) (search.Program, error) {
	want := file.Rule.ThreatMatch
	if want == nil || len(want.Index) == 0 || len(want.Mapping) == 0 {
		return nil, errors.New("the rule has no threat_index or no threat_mapping")
	}
	out := &threatMatch{Program: p, indexes: indexname.New(want.Index)}
	var err error
	if out.indicators, err = indicatorQuery(want, p.Layout(), s); err != nil {
		return nil, err
	}
	events := &predicate.Resolver{Fields: fields, Layout: p.Layout(), Open: true, Now: s.Now}
	threats := &predicate.Resolver{Layout: p.Layout(), Open: true, Now: s.Now}
	for _, entries := range want.Mapping {
		var group []pair
		for _, e := range entries {
			x := pair{negate: e.Negate}
			x.is = func(value string) (*predicate.Cond, error) {
				return condition(&querydsl.Match{Field: e.Field, Value: querydsl.Text(value)}, fields, p.Layout(), s)
			}
			if x.field, err = events.Field(e.Field); err != nil {
				return nil, err
			}
			if x.value, err = threats.Field(e.Value); err != nil {
				return nil, err
			}
			group = append(group, x)
		}
		if len(group) > 0 {
			out.groups = append(out.groups, group)
		}
	}
	return out, nil
}

// indicatorQuery compiles the threat query; without one all indicators count.
func indicatorQuery(want *rule.ThreatMatch, layout *event.Layout, s Settings) (search.Program, error) {
	query, name := want.Query, want.Language
	if strings.TrimSpace(query) == "" {
		query = "*:*"
	}
	if name == "" {
		name = "kuery"
	}
	list := languages()
	at := slices.IndexFunc(list, func(l Language) bool { return l.Name == name })
	if at < 0 {
		return nil, fmt.Errorf("threat_language %q cannot be run", name)
	}
	q, issues := list[at].Parse(query)
	for _, i := range issues {
		if i.Level == source.Error {
			return nil, fmt.Errorf("threat_query: %s", i.Message)
		}
	}
	s.Layout = layout
	p, err := q.Compile(nil, s)
	if err != nil {
		return nil, fmt.Errorf("threat_query: %w", err)
	}
	return p, nil
}

// Plain implements search.Program: events wait for indicators.
func (t *threatMatch) Plain() bool { return false }

// Start implements search.Program.
func (t *threatMatch) Start(search.Start) search.State { return &threatState{t: t} }

// threatState collects events and indicators.
type threatState struct {
	t       *threatMatch
	events  []candidate
	threats [][][]string // by indicator, group and entry: the one value; a nil group is not looked for
	missed  int
}

// candidate is an event that the query matches.
type candidate struct {
	ref    *search.Ref
	values [][][]event.Value // by group and entry
}

// Feed implements search.State.
func (s *threatState) Feed(rec *event.Record, ref search.Ref, given []predicate.Verdict) error {
	if rec.Index != "" && s.t.indexes.Match(rec.Index) {
		return s.indicator(rec, ref)
	}
	g := grouped{Program: s.t.Program}
	hit, err := g.hit(rec, ref, given)
	if err != nil || !hit {
		return err
	}
	c := candidate{ref: kept(ref)}
	for _, group := range s.t.groups {
		var list [][]event.Value
		for _, x := range group {
			vs := slices.Clone(predicate.Values(rec, x.field.Slot))
			for i := range vs {
				vs[i].Text = strings.Clone(vs[i].Text)
			}
			list = append(list, vs)
		}
		c.values = append(c.values, list)
	}
	s.events = append(s.events, c)
	return nil
}

func (s *threatState) indicator(rec *event.Record, ref search.Ref) error {
	g := grouped{Program: s.t.indicators}
	hit, err := g.hit(rec, ref, nil)
	if err != nil || !hit {
		s.missed++
		return err
	}
	var groups [][]string
	for _, group := range s.t.groups {
		var values []string
		for _, x := range group {
			list := textsOf(x.value, rec)
			if len(list) != 1 {
				values = nil
				break
			}
			values = append(values, list[0])
		}
		groups = append(groups, values)
	}
	s.threats = append(s.threats, groups)
	return nil
}

// Finish implements search.State. The indicators become one index of conditions, so that an event is held against those only that ask for
// a value it has.
func (s *threatState) Finish() []search.Result {
	cursor := predicate.NewIndex(s.conditions()).NewCursor()
	var out []search.Result
	for _, c := range s.events {
		if slices.ContainsFunc(cursor.Next(s.record(c)), func(i int32) bool { return cursor.Eval(i) == predicate.Yes }) {
			out = append(out, search.Result{Events: []*search.Ref{c.ref}})
		}
	}
	return out
}

// record is what an event has in the fields of the mapping.
func (s *threatState) record(c candidate) *event.Record {
	rec := &event.Record{}
	for g, group := range s.t.groups {
		for e, x := range group {
			if x.field.Slot != predicate.NoSlot {
				for len(rec.Slots) <= x.field.Slot {
					rec.Slots = append(rec.Slots, nil)
				}
				rec.Slots[x.field.Slot] = c.values[g][e]
			}
		}
	}
	return rec
}

// conditions are what the indicators ask of an event, each once: that it has what one of their groups has.
func (s *threatState) conditions() []predicate.Node {
	var out []predicate.Node
	tests, seen := map[string]predicate.Node{}, map[string]bool{}
	for _, groups := range s.threats {
		for g, values := range groups {
			key := strconv.Itoa(g) + fmt.Sprintf("%q", values)
			if values == nil || seen[key] {
				continue
			}
			seen[key] = true
			var all []predicate.Node
			for e, x := range s.t.groups[g] {
				test := x.test(values[e], tests)
				if x.negate {
					test = predicate.Negate(test)
				}
				all = append(all, test)
			}
			out = append(out, predicate.Chain(predicate.OpAnd, all))
		}
	}
	return out
}

// test is the search for a value in the field, by the type of the field.
func (x *pair) test(want string, tests map[string]predicate.Node) predicate.Node {
	key := x.field.ID() + strconv.Quote(want)
	test, known := tests[key]
	if !known {
		test = predicate.Never() // for a value that the type of the field has not
		if cond, err := x.is(want); err == nil && x.field.Slot != predicate.NoSlot {
			test = cond.Node
		}
		tests[key] = test
	}
	return test
}

// Progress implements search.Tracer.
func (s *threatState) Progress() []search.Progress {
	var reason string
	switch {
	case len(s.threats) == 0 && s.missed == 0:
		reason = "no event is an indicator: none has an _index that fits threat_index"
	case len(s.threats) == 0:
		reason = fmt.Sprintf("none of the %d indicators matches threat_query", s.missed)
	case len(s.events) == 0:
		return nil
	default:
		reason = fmt.Sprintf("%d events match the query; what is not a match has no value of one of the %d indicators", len(s.events), len(s.threats))
	}
	return []search.Progress{{Reason: reason}}
}
