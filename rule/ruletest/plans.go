package ruletest

import (
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/rulevet/rulevet/internal/witness"
	"github.com/rulevet/rulevet/search"
)

// plan is a story that may serve a purpose, and what it is about in a few words.
type plan struct {
	story story
	label string
}

// plans are stories that may tell a mutant from the query: those that a mutant of its kind is noticed by.
func (p *proposer) plans(x *search.Mutant) iter.Seq[plan] {
	return func(yield func(plan) bool) {
		for _, s := range p.base {
			var list iter.Seq[plan]
			switch x.Change {
			case search.MaxSpan:
				list = p.spans(s)
			case search.JoinKey:
				list = p.otherKeys(s)
			case search.DropStep, search.Until:
				list = p.steps(s, x.Step)
			case search.Runs:
				list = p.runs(s, x.Step)
			default:
				list = p.filterPlans(s, x)
			}
			for c := range list {
				if !yield(c) {
					return
				}
			}
		}
	}
}

// firstEffort is how many values are tried before the other way is looked at.
const firstEffort = 300

// filterPlans change an event so that the changed filter decides otherwise: first near misses, then new matches.
func (p *proposer) filterPlans(s story, x *search.Mutant) iter.Seq[plan] {
	return func(yield func(plan) bool) {
		changed := p.compiled(x)
		if changed == nil || x.Step < 0 || x.Step >= len(changed.Steps()) {
			return
		}
		before, after := p.filters[x.Step], p.solver.Formula(changed.Steps()[x.Step].Cond)
		defer func() { p.solver.Effort = 0 }()
		went := map[bool]bool{}
		for _, effort := range []int{firstEffort, 0} { // one of the two ways cannot be, mostly, and that takes longest to find out
			for _, to := range []bool{false, true} {
				if went[to] {
					continue
				}
				p.solver.Effort = effort
				for c := range p.changed(s, x.Step, witness.Goal{Formula: before, Want: to}, witness.Goal{Formula: after, Want: !to}) {
					if went[to] = true; !yield(c) {
						return
					}
				}
			}
		}
	}
}

// changed are stories in which an event of a term reaches goals. For missing events and until it is put in, else it
// takes the place of one that is there.
func (p *proposer) changed(s story, term int, goals ...witness.Goal) iter.Seq[plan] {
	if p.putIn(term) {
		return p.inserted(s, term, goals...)
	}
	return func(yield func(plan) bool) {
		keys := p.keysOf(s[0])
		for i := range s {
			if s[i].term != term || i > 0 && i < len(s)-1 && s[i-1].term == term && s[i+1].term == term {
				continue // of repeated steps the first and the last
			}
			for _, derive := range []func() story{
				func() story { return p.replaced(s, i, keys, goals) },
				func() story { return p.rekeyed(s, i, goals) },
				func() story { return p.together(s, i, goals) },
			} {
				c := derive()
				if c != nil && !yield(plan{c, p.label(c, i)}) {
					return
				}
			}
		}
	}
}

// replaced is the story in which event i reaches goals and keeps its join keys.
func (p *proposer) replaced(s story, i int, keys [][]any, goals []witness.Goal) story {
	c := s.clone()
	if !p.solve(c[i], keys, false, goals...) {
		return nil
	}
	return c
}

// rekeyed is the story in which event i reaches goals with join keys of its own, which the other events take over.
func (p *proposer) rekeyed(s story, i int, goals []witness.Goal) story {
	if len(s) == 1 {
		return nil
	}
	c := s.clone()
	if !p.solve(c[i], nil, true, goals...) || !p.follow(c, p.keysOf(c[i]), i) {
		return nil
	}
	return c
}

// together is the story in which all events of the term of event i reach goals, with new join keys.
func (p *proposer) together(s story, i int, goals []witness.Goal) story {
	if i == len(s)-1 || s[i+1].term != s[i].term {
		return nil
	}
	c := s.clone()
	if !p.solve(c[i], nil, true, goals...) {
		return nil
	}
	keys := p.keysOf(c[i])
	for j, a := range c {
		if a.term != c[i].term {
			continue
		}
		if j != i && !p.solve(a, keys, false, goals...) {
			return nil
		}
	}
	for _, a := range c {
		if a.term != c[i].term && !p.solve(a, keys, false, witness.Goal{Formula: p.filters[a.term], Want: true}) {
			return nil
		}
	}
	return c
}

// follow gives the events join keys; all but event i must go on matching their filters.
func (p *proposer) follow(c story, keys [][]any, i int) bool {
	for j, a := range c {
		if j != i && !p.solve(a, keys, false, witness.Goal{Formula: p.filters[a.term], Want: true}) {
			return false
		}
	}
	return true
}

// putIn tells whether events of a term are not part of a match: missing events, until.
func (p *proposer) putIn(term int) bool {
	part := p.shape.Parts[term]
	return part.Missing || part.Count == 0
}

// inserted are stories with one more event, at the places where it may matter: between its neighbors.
func (p *proposer) inserted(s story, term int, goals ...witness.Goal) iter.Seq[plan] {
	return func(yield func(plan) bool) {
		keys := p.keysOf(s[0])
		for _, a := range p.examples(term) {
			a.stage, a.term = -1, term
			host := s.clone()
			if !p.solve(a, keys, false, goals...) && (!p.solve(a, nil, true, goals...) || !p.follow(host, p.keysOf(a), -1)) {
				continue
			}
			for _, at := range p.places(s, term) {
				c, b := host.clone(), a.clone()
				b.at(at, p.timestamp)
				c = append(c, b).sorted()
				if !yield(plan{c, p.label(c, slices.Index(c, b))}) {
					return
				}
			}
		}
	}
}

// examples are events to start from for a term whose events are not part of a match: one of the fixtures that its filter
// matches, and nothing.
func (p *proposer) examples(term int) []*actor {
	origin, known := p.matching[term]
	if !known {
		origin = p.firstMatching(term)
		p.matching[term] = origin
	}
	out := []*actor{{doc: document{}}}
	if origin == nil {
		return out
	}
	if doc, err := parseDocument(origin.raw); err == nil {
		out = append([]*actor{{origin: origin, doc: doc}}, out...)
	}
	return out
}

// maxExamples bounds the events of fixtures that are looked at.
const maxExamples = 10_000

// firstMatching is the first event of the files that the filter of a term matches, nil if none does.
func (p *proposer) firstMatching(term int) *fixtureEvent {
	n := 0
	for _, c := range p.cases {
		if c.line > 0 {
			continue
		}
		for i := range c.events {
			if n++; n > maxExamples {
				return nil
			}
			if p.solver.Holds(c.events[i].raw, p.filters[term]) {
				return &c.events[i]
			}
		}
	}
	return nil
}

// places are times for an event that is put in.
func (p *proposer) places(s story, term int) []time.Time {
	var out []time.Time
	before := func(i int) { // the gap in front of event i
		a, b := s[i-1].time, s[i].time
		if b.Sub(a) > time.Millisecond {
			out = append(out, a.Add(b.Sub(a)/2).Truncate(time.Millisecond))
		}
	}
	if p.shape.Parts[term].Missing { //: in front of the next positive one
		for i := range s {
			if s[i].term > term && i > 0 && s[i-1].term < term {
				before(i)
			}
		}
		out = append(out, s[0].time.Add(-time.Millisecond), s[len(s)-1].time.Add(time.Millisecond))
		return out
	}
	for i := 1; i < len(s); i++ {
		before(i)
	}
	return out
}

// spans stretch a story to just within and just beyond maxspan.
func (p *proposer) spans(s story) iter.Seq[plan] {
	return func(yield func(plan) bool) {
		m := p.shape.MaxSpan
		over := time.Second
		if m < 2*over {
			over = time.Millisecond
		}
		for _, total := range []time.Duration{m + over, m} {
			c := s.clone()
			first, last := c[0].time, c[len(c)-1].time
			for i, a := range c {
				d := total * time.Duration(i) / time.Duration(max(len(c)-1, 1))
				if old := last.Sub(first); old > 0 && i > 0 {
					d = time.Duration(float64(total) * (float64(a.time.Sub(first)) / float64(old)))
				}
				a.at(first.Add(d.Truncate(time.Millisecond)), p.timestamp)
			}
			if !yield(plan{c, "last event after " + total.String()}) {
				return
			}
		}
	}
}

// otherKeys give one event another join key.
func (p *proposer) otherKeys(s story) iter.Seq[plan] {
	return func(yield func(plan) bool) {
		keys := p.keysOf(s[0])
		for _, i := range []int{len(s) - 1, 0} {
			for k, field := range p.shape.Parts[s[i].term].Keys {
				c := s.clone()
				goals := []witness.Goal{{Formula: p.filters[s[i].term], Want: true}, {Formula: p.solver.Present(field), Want: true},
					{Formula: witness.Has(field, keys[k]), Want: false}}
				for n, other := range p.shape.Parts[s[i].term].Keys {
					if n != k {
						goals = append(goals, witness.Goal{Formula: witness.Has(other, keys[n]), Want: true})
					}
				}
				if !p.solve(c[i], nil, false, goals...) {
					continue
				}
				if !yield(plan{c, p.label(c, i)}) {
					return
				}
			}
		}
	}
}

// steps leave a step out, or put in an event that is to be missing or ends the sequence.
func (p *proposer) steps(s story, term int) iter.Seq[plan] {
	if p.putIn(term) {
		return p.inserted(s, term, witness.Goal{Formula: p.filters[term], Want: true})
	}
	return func(yield func(plan) bool) {
		c := slices.DeleteFunc(s.clone(), func(a *actor) bool { return a.term == term })
		yield(plan{c, "without step " + strconv.Itoa(term+1)})
	}
}

// runs repeat a step once less and once more.
func (p *proposer) runs(s story, term int) iter.Seq[plan] {
	return func(yield func(plan) bool) {
		c := s.clone()
		i := slices.IndexFunc(c, func(a *actor) bool { return a.term == term })
		if i < 0 {
			return
		}
		less := slices.Delete(c.clone(), i, i+1)
		if len(less) > 0 && !yield(plan{less, "step " + strconv.Itoa(term+1) + " once less"}) {
			return
		}
		yield(plan{s.clone(), "step " + strconv.Itoa(term+1) + " just often enough"})
	}
}
