package ruletest

import (
	"slices"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/rule/prove"
	"github.com/rulevet/rulevet/search"
)

// setProposer makes cases up for a rule in ES|QL. What single events must be like cannot be said of such a query, so it takes sets of
// events on which the rule fires or just does not (package prove), and keeps those that show something.
type setProposer struct {
	*proposer
	result *RuleResult
	e      *evaluator
	pool   []*eventSet
	kept   []*subject
}

// eventSet is a set of events that may become a case.
type eventSet struct {
	subject *subject
	story   story
	label   string
	hits    []Hit
}

// Bounds of the cases for rules in ES|QL: the events of one, the ways to fire that are looked at, and the mutants that events are
// looked for especially.
const (
	maxSetEvents = 60
	maxSetWays   = 30
	maxSetHunted = 15
)

func newSetProposer(m *mutator, r *RuleResult, e *evaluator, q *esql.Query) *setProposer {
	p := &setProposer{proposer: &proposer{mutator: m, cases: r.cases, names: map[string]bool{}, dirs: r.dirs}, result: r, e: e}
	var err error
	if p.program, err = m.rule.On(m.layout); err != nil {
		return p
	}
	for _, c := range r.cases {
		p.names[c.name] = true
	}
	if !prove.Timeless(q) {
		return p // what is made up today holds today only
	}
	p.add(prove.Generate(m.rule, prove.GenerateOptions{Count: maxSetWays, Near: true, Bare: true}))
	return p
}

// add takes sets of events into the pool.
func (p *setProposer) add(g *prove.Generated) []*eventSet {
	if g == nil {
		return nil
	}
	from := len(p.pool)
	for i, docs := range g.Ways {
		label := "matches"
		if g.Met[i] != "" {
			label += ": " + g.Met[i]
		}
		p.take(docs, label)
	}
	for i, docs := range g.Near {
		p.take(docs, "not met: "+g.Unmet[i])
	}
	return p.pool[from:]
}

func (p *setProposer) take(docs [][]byte, label string) {
	if len(docs) > maxSetEvents {
		return
	}
	s := &eventSet{subject: &subject{raw: docs}, label: label}
	for _, raw := range docs {
		doc, err := parseDocument(raw)
		if err != nil {
			return
		}
		s.story = append(s.story, &actor{doc: doc, stage: -1})
	}
	hits, err := p.e.unwatched().Match(docs)
	if err != nil {
		return
	}
	s.hits = hits
	if s.subject.want.count = countNone; len(hits) > 0 {
		s.subject.want.count = countSome
	}
	p.pool = append(p.pool, s)
}

// unwatched is the evaluator without coverage.
func (e *evaluator) unwatched() *evaluator { return &evaluator{program: e.program} }

// suggest fills the suggestions of the rule, or without all only those for its survivors.
func (p *setProposer) suggest(all bool) {
	r := p.result
	if !all {
		for i := range r.Mutation.Survivors[:min(len(r.Mutation.Survivors), maxSetHunted)] {
			s := &r.Mutation.Survivors[i]
			if set := p.killer(s.mutant); set != nil {
				s.Kill = p.proposer.suggestion(p.proposal(set, p.notices(s.mutant)))
			}
		}
		return
	}
	if !slices.ContainsFunc(r.Cases, func(c CaseResult) bool { return c.OK && len(c.Got) > 0 }) {
		if i := slices.IndexFunc(p.pool, func(s *eventSet) bool { return len(s.hits) > 0 }); i >= 0 {
			p.keep(p.pool[i], "events that match; captured ones are better")
		}
	}
	p.uncovered()
	if r.Mutation != nil {
		hunted := 0
		for i := range r.Mutation.Survivors {
			x := r.Mutation.Survivors[i].mutant
			switch {
			case p.noticed(x):
				continue
			case hunted < maxSetHunted && len(r.Suggestions) < maxSuggested:
				hunted++
				if set := p.killer(x); set != nil {
					p.keep(set, p.notices(x))
					continue
				}
			}
			r.Unsuggested++
		}
	}
	r.Unsuggested += outcomesUnseen(p.e.coverage)
}

// proposal is a set of events as a case.
func (p *setProposer) proposal(s *eventSet, why string) *proposal {
	return &proposal{plan: plan{s.story, s.label}, hits: s.hits, why: why}
}

// keep suggests a set of events.
func (p *setProposer) keep(s *eventSet, why string) {
	p.kept = append(p.kept, s.subject)
	p.result.Suggestions = append(p.result.Suggestions, *p.proposer.suggestion(p.proposal(s, why)))
	if p.e.coverage != nil {
		_, _ = p.e.Match(s.subject.raw) // counts; it ran before
	}
}

// uncovered keeps sets that give a condition an outcome that no event gave so far.
func (p *setProposer) uncovered() {
	seen := p.e.coverage
	if seen == nil {
		return
	}
	conditions := search.Conditions(p.e.program)
	for _, s := range p.pool {
		if len(p.result.Suggestions) >= maxSuggested {
			return
		}
		watched := p.e.unwatched()
		watched.watch()
		if _, err := watched.Match(s.subject.raw); err != nil {
			continue
		}
		for i, c := range conditions {
			var outcome string
			switch now := watched.coverage; {
			case now.True[i] > 0 && seen.True[i] == 0:
				outcome = " is true"
			case now.False[i] > 0 && seen.False[i] == 0:
				outcome = " is false"
			default:
				continue
			}
			p.keep(s, c.Text+outcome)
			break
		}
	}
}

// noticed tells whether a kept set notices a mutant.
func (p *setProposer) noticed(x *search.Mutant) bool {
	program := p.compiled(x)
	if program == nil {
		return true
	}
	return slices.ContainsFunc(p.kept, func(s *subject) bool { return p.fails(s, program) })
}

func (p *setProposer) fails(s *subject, program search.Program) bool {
	p.decodeAll([]*subject{s})
	return !s.passes(program)
}

// killer is a set that notices a mutant: one of the pool, else one that is made for it.
func (p *setProposer) killer(x *search.Mutant) *eventSet {
	program := p.compiled(x)
	if program == nil {
		return nil
	}
	find := func(list []*eventSet) *eventSet {
		if i := slices.IndexFunc(list, func(s *eventSet) bool { return p.fails(s.subject, program) }); i >= 0 {
			return list[i]
		}
		return nil
	}
	if s := find(p.pool); s != nil || len(p.pool) == 0 {
		return s
	}
	return find(p.add(prove.GenerateChanged(p.rule, x, prove.GenerateOptions{Count: 2, Bare: true})))
}
