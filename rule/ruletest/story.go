package ruletest

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/witness"
	"github.com/rulevet/rulevet/search"
)

// actor is one event of a story: an event of a fixture file with changes, or one that is made up.
type actor struct {
	origin *fixtureEvent // an unchanged event of a file; nil if it is made up
	doc    document
	set    map[string]any // the changes to origin
	unset  []string
	stage  int // of the query; -1 for an event that is put in
	term   int // whose filter it is about
	time   time.Time
	moved  bool // away from the time that origin has

	raw    []byte // of doc, once asked for
	shared bool   // doc is also that of another actor
}

// story is a list of events in which the query may match, from which others are derived. The events of a sequence are in
// the order of their times.
type story []*actor

func (s story) clone() story {
	out := make(story, len(s))
	for i, a := range s {
		out[i] = a.clone()
	}
	return out
}

func (a *actor) clone() *actor {
	a.shared = true
	c := *a
	c.set, c.unset = maps.Clone(a.set), slices.Clone(a.unset)
	return &c
}

// own makes the document of the event one that may be changed.
func (a *actor) own() {
	if a.shared {
		a.doc, a.shared = a.doc.clone(), false
	}
	a.raw = nil
}

// encoded is the document as JSON.
func (a *actor) encoded() ([]byte, error) {
	if a.raw == nil {
		raw, err := a.doc.encode()
		if err != nil {
			return nil, err
		}
		a.raw = raw
	}
	return a.raw, nil
}

// apply changes the fields that differ from what the event has.
func (a *actor) apply(now, then witness.Values) {
	for _, path := range slices.Sorted(maps.Keys(then)) {
		values := then[path]
		if slices.Equal(now[path], values) {
			continue
		}
		a.change(path, values)
	}
}

func (a *actor) change(path string, values []any) {
	a.own()
	if a.set == nil {
		a.set = map[string]any{}
	}
	delete(a.set, path)
	a.unset = slices.DeleteFunc(a.unset, func(s string) bool { return s == path })
	switch len(values) {
	case 0:
		a.doc.unset(path)
		if a.origin != nil {
			a.unset = append(a.unset, path)
		}
		return
	case 1:
		a.doc.set(path, values[0])
	default:
		a.doc.set(path, slices.Clone(values))
	}
	v, _ := a.doc.get(path)
	a.set[path] = v
}

// at moves the event in time.
func (a *actor) at(t time.Time, field string) {
	a.own()
	a.moved = a.moved || !a.time.Equal(t)
	a.time = t
	a.doc.set(field, formatTime(t))
}

// stageTerms lists the parts of the positive stages of a program in order.
func stageTerms(shape search.Shape) []int {
	var out []int
	for i, p := range shape.Parts {
		for range p.Count {
			out = append(out, i)
		}
	}
	return out
}

// stories returns those that the cases have, and one that is made up if none has any. They are at most maxStories.
func (p *proposer) stories(cases []testCase, results []CaseResult) []story {
	var out []story
	for _, pristine := range []bool{true, false} {
		for i, c := range cases {
			if (c.line == 0) != pristine || len(results[i].Got) == 0 || !results[i].OK || len(out) == maxStories {
				continue
			}
			if s := p.told(c, results[i].Got[0]); s != nil {
				out = append(out, s)
			}
		}
	}
	if len(out) == 0 {
		if s := p.invent(); s != nil {
			out = append(out, s)
		}
	}
	return out
}

const maxStories = 3

// told is the story of a hit in a case.
func (p *proposer) told(c testCase, h Hit) story {
	var s story
	for stage, i := range h.Events {
		if i == Missing {
			continue
		}
		doc, err := parseDocument(c.events[i].raw)
		if err != nil {
			return nil
		}
		a := &actor{doc: doc, stage: stage}
		if c.line == 0 {
			a.origin = &c.events[i]
		}
		if p.shape.Ordered && stage < len(p.stageTerms) {
			a.term = p.stageTerms[stage]
			if a.time, _, err = eventTime(doc, p.timestamp); err != nil {
				return nil
			}
		}
		s = append(s, a)
	}
	return s
}

// invent makes a story from nothing: for each positive stage an event that its filter matches, with the keys of the first.
func (p *proposer) invent() story {
	var s story
	var keys [][]any
	step := time.Second
	if m := p.shape.MaxSpan; m > 0 {
		step = max(min(step, m/time.Duration(2*len(p.stageTerms))), time.Millisecond)
	}
	for stage, term := range p.stageTerms {
		if p.shape.Parts[term].Missing {
			continue
		}
		a := &actor{doc: document{}, stage: stage, term: term}
		if !p.solve(a, keys, len(s) == 0, witness.Goal{Formula: p.filters[term], Want: true}) {
			return nil
		}
		if len(s) == 0 {
			keys = p.keysOf(a)
		}
		if p.shape.Ordered {
			a.at(zeroTime.Add(time.Duration(len(s))*step), p.timestamp)
		}
		s = append(s, a)
	}
	if !p.matches(p.program, s) {
		return nil
	}
	for _, a := range s {
		a.set, a.unset = nil, nil // of nothing: what is told apart from now on are changes of this story
	}
	return s
}

// keysOf are the values of the join keys that an event has under its term.
func (p *proposer) keysOf(a *actor) [][]any {
	var out [][]any
	raw, err := a.encoded()
	if err != nil {
		return nil
	}
	for _, field := range p.shape.Parts[a.term].Keys {
		f := witness.Has(field, nil)
		out = append(out, p.solver.Read(raw, f)[field])
	}
	return out
}

// solve changes an event until the goals are reached, with the join keys as given. free: the keys are not given yet, but must
// be there.
func (p *proposer) solve(a *actor, keys [][]any, free bool, goals ...witness.Goal) bool {
	for i, field := range p.shape.Parts[a.term].Keys {
		switch {
		case free:
			goals = append(goals, witness.Goal{Formula: p.solver.Present(field), Want: true})
		case i < len(keys):
			goals = append(goals, witness.Goal{Formula: witness.Has(field, keys[i]), Want: true})
		}
	}
	var formulas []*witness.Formula
	for _, g := range goals {
		formulas = append(formulas, g.Formula)
	}
	raw, err := a.encoded()
	if err != nil {
		return false
	}
	now := p.solver.Read(raw, formulas...)
	then, ok := p.solver.Solve(now, goals...)
	if ok {
		a.apply(now, then)
	}
	return ok
}

// records are the events of a story, decoded for the programs of the mutator's layout.
func (p *proposer) records(s story) ([]event.Record, bool) {
	decoder := p.reader()
	records := make([]event.Record, len(s))
	for i, a := range s {
		raw, err := a.encoded()
		if err != nil || decoder.Decode(raw, &records[i]) != nil {
			return nil, false
		}
	}
	return records, true
}

// hits runs a program over a story.
func (p *proposer) hits(program search.Program, s story) ([]Hit, bool) {
	records, ok := p.records(s)
	if !ok {
		return nil, false
	}
	return hitsIn(program, records)
}

// hitsIn runs a program over records; ok is false if it fails on one.
func hitsIn(program search.Program, records []event.Record) (hits []Hit, ok bool) {
	hits, err := runRecords(program, records, nil)
	sortHits(hits)
	return hits, err == nil
}

func (p *proposer) matches(program search.Program, s story) bool {
	hits, ok := p.hits(program, s)
	return ok && len(hits) > 0
}

// sorted brings the events into the order of their times.
func (s story) sorted() story {
	slices.SortStableFunc(s, func(a, b *actor) int { return a.time.Compare(b.time) })
	return s
}

// String helps to read failures of tests.
func (a *actor) String() string { return fmt.Sprintf("%v +%v -%v", a.time, a.set, a.unset) }
