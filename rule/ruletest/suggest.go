package ruletest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/internal/witness"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/search"
)

// Suggestion is a case that was made up: it passes with the rule as it is, and shows something that no case did.
type Suggestion struct {
	Name  string `json:"name"`  // for cases.toml, new among the cases there
	Why   string `json:"why"`   // what it shows, in a line
	Match bool   `json:"match"` // whether the query matches
	// Events are the documents of the case.
	Events []json.RawMessage `json:"events"`
	// TOML is the case as an entry of cases.toml.
	TOML string `json:"toml"`
}

// maxSuggested bounds the suggestions for one rule.
const maxSuggested = 200

// derivable bounds the survivors for which an event is looked for: by the size of the query, on which a search depends.
func derivable(query string) int { return min(maxSuggested, max(5, 200_000/(len(query)+1))) }

// proposer makes up cases for one rule.
type proposer struct {
	*mutator
	solver     *witness.Solver
	program    *compile.Program // of the rule, for the mutator's layout
	filters    []*witness.Formula
	categories []*witness.Formula
	conditions []atom // of the program
	stageTerms []int
	timestamp  string
	cases      []testCase
	base       []story
	matching   map[int]*fixtureEvent // by term, once looked for
	names      map[string]bool       // of cases
	dirs       []string              // where fixtures are
}

// atom is an atomic condition.
type atom struct {
	step    *search.Step
	cond    *predicate.Cond
	formula *witness.Formula
}

// newProposer returns nil if no case can be made up because there is no story to start from.
func newProposer(m *mutator, r *RuleResult) *proposer {
	p := &proposer{mutator: m, solver: witness.New(m.rule.Fields()), timestamp: m.shape.Timestamp,
		cases: r.cases, names: map[string]bool{}, matching: map[int]*fixtureEvent{}, dirs: r.dirs, stageTerms: stageTerms(m.shape)}
	var err error
	if p.program, err = m.rule.On(m.layout); err != nil {
		return nil
	}
	for _, s := range p.program.Steps() {
		p.filters = append(p.filters, p.solver.Formula(s.Cond))
		p.categories = append(p.categories, p.solver.Formula(s.Admit))
		for _, c := range s.Cond.Leaves() {
			p.conditions = append(p.conditions, atom{s, c, p.solver.Formula(c)})
		}
	}
	for _, c := range r.cases {
		p.names[c.name] = true
	}
	if p.base = p.stories(r.cases, r.Cases); len(p.base) == 0 {
		return nil
	}
	return p
}

// compiled is the program of a mutant; nil if it has none.
func (p *proposer) compiled(x *search.Mutant) search.Program {
	if p.programs[x] == nil {
		p.programs[x] = x.Compile()
	}
	return p.programs[x]
}

// kill looks for a case that notices a mutant. Cases with at least one match or none come first, then those that
// must say which.
func (p *proposer) kill(x *search.Mutant) *proposal {
	program := p.compiled(x)
	if program == nil {
		return nil
	}
	var exact *proposal
	for c := range p.plans(x) {
		c.label = p.purpose(c, string(x.Change))
		records, readable := p.records(c.story)
		if !readable {
			continue
		}
		if alike(x, verdicts(p.program, records), program, records) {
			continue
		}
		hits, ok := hitsIn(p.program, records)
		changed, okChanged := hitsIn(program, records)
		switch {
		case !ok:
		case (len(hits) > 0) != (len(changed) > 0) || !okChanged:
			return &proposal{plan: c, hits: hits, why: p.notices(x)}
		case exact == nil && !(want{exact: notNil(hits)}).holds(changed):
			exact = &proposal{plan: c, hits: hits, exact: true, why: p.notices(x)}
		}
	}
	return exact
}

// notices says what a case is for that tells a mutant from the query.
func (p *proposer) notices(x *search.Mutant) string {
	return "notices " + string(x.Change) + ": " + x.Diff(p.source())
}

// purpose says what a case is for instead of listing all fields of an event that is made up and put in.
func (p *proposer) purpose(c plan, what string) string {
	if !slices.ContainsFunc(c.story, func(a *actor) bool { return a.stage < 0 && a.origin == nil }) {
		return c.label
	}
	role, _, _ := strings.Cut(c.label, ": ")
	return role + ": " + what
}

func notNil(hits []Hit) []Hit {
	if hits == nil {
		return []Hit{}
	}
	return hits
}

// proposal is a plan that was tried.
type proposal struct {
	plan
	hits  []Hit
	exact bool // the case must say what matches
	why   string
}

// testCase is the case that a proposal becomes.
func (c *proposal) testCase() testCase {
	var out testCase
	for _, a := range c.story {
		raw, _ := a.encoded()
		out.events = append(out.events, fixtureEvent{raw: raw})
	}
	switch {
	case c.exact:
		out.want.exact = notNil(c.hits)
	case len(c.hits) > 0:
		out.want.count = countSome
	default:
		out.want.count = countNone
	}
	return out
}

// suggestion writes the proposal as a case with a name of its own.
func (p *proposer) suggestion(c *proposal) *Suggestion {
	s := &Suggestion{Why: c.why, Match: len(c.hits) > 0}
	s.Name = c.label
	for n := 2; p.names[s.Name]; n++ {
		s.Name = fmt.Sprintf("%s (%d)", c.label, n)
	}
	p.names[s.Name] = true
	for _, e := range c.testCase().events {
		s.Events = append(s.Events, e.raw)
	}
	s.TOML = p.toml(s.Name, c)
	return s
}

// suggest fills Suggestions, and the Kill of survivors. With all, uncovered conditions count as well as mutants, and what
// one suggestion shows is not suggested again.
func (r *RuleResult) suggest(e *evaluator, m *mutator, all bool) {
	if !all && len(r.Mutation.Survivors) == 0 {
		return
	}
	if q, _ := e.program.Pipeline(); q != nil {
		newSetProposer(m, r, e, q).suggest(all)
		return
	}
	p := newProposer(m, r)
	if p == nil {
		if all {
			r.Unsuggested = len(r.Mutation.Survivors) + outcomesUnseen(e.coverage)
		}
		return
	}
	if !all {
		for i := range r.Mutation.Survivors[:min(len(r.Mutation.Survivors), derivable(m.source()))] {
			s := &r.Mutation.Survivors[i]
			if c := p.kill(s.mutant); c != nil {
				s.Kill = p.suggestion(c)
			}
		}
		return
	}
	g := &gatherer{p: p, r: r, e: e}
	g.firstCase()
	g.uncovered()
	g.survivors()
	r.Unsuggested += outcomesUnseen(e.coverage)
}

// suggestFirst makes cases up for a rule without fixtures. What is wrong with such a rule is the linter's business.
func (r *RuleResult) suggestFirst() {
	e, ok := r.matcher.(*evaluator)
	if !ok {
		return
	}
	e.watch()
	mutants := newMutator(r.file, e, nil)
	r.Mutation = mutants.score()
	r.suggest(e, mutants, true)
	r.Mutation = nil // there are no cases whose score it could be
}

// gatherer collects suggestions that each show something new.
type gatherer struct {
	p        *proposer
	r        *RuleResult
	e        *evaluator
	subjects []*subject
}

func (g *gatherer) full() bool { return len(g.r.Suggestions) >= maxSuggested }

// keep takes a proposal over.
func (g *gatherer) keep(c *proposal) {
	tc := c.testCase()
	g.subjects = append(g.subjects, &subject{want: tc.want, raw: tc.documents()})
	g.r.Suggestions = append(g.r.Suggestions, *g.p.suggestion(c))
	if g.e.coverage != nil {
		records, _ := g.p.records(c.story)
		for i := range records {
			g.e.coverage.Observe(g.p.program, &records[i])
		}
	}
}

// firstCase suggests the story itself to a rule that has no case in which it matches.
func (g *gatherer) firstCase() {
	for _, c := range g.r.Cases {
		if c.OK && len(c.Got) > 0 {
			return
		}
	}
	s := g.p.base[0]
	hits, _ := g.p.hits(g.p.program, s)
	g.keep(&proposal{plan: plan{s, "matches"}, hits: hits, why: "an event that matches; a captured one is better"})
}

// uncovered suggests an event for each outcome of a condition that no event gave.
func (g *gatherer) uncovered() {
	if g.e.coverage == nil {
		return
	}
	for i, c := range search.Conditions(g.e.program) {
		for _, to := range []bool{true, false} {
			seen := g.e.coverage.False
			if to {
				seen = g.e.coverage.True
			}
			if seen[i] > 0 || g.full() {
				continue
			}
			if found := g.p.cover(i, c, to); found != nil {
				g.keep(found)
			}
		}
	}
}

// survivors suggests a case for each mutant that neither the cases nor the suggestions so far notice.
func (g *gatherer) survivors() {
	if g.r.Mutation == nil {
		return
	}
	for i := range g.r.Mutation.Survivors {
		x := g.r.Mutation.Survivors[i].mutant
		if g.noticed(x) {
			continue
		}
		if c := g.killer(x); c != nil {
			g.keep(c)
		} else {
			g.r.Unsuggested++
		}
	}
}

// killer is a case for the mutant, if there is room for one more.
func (g *gatherer) killer(x *search.Mutant) *proposal {
	if g.full() {
		return nil
	}
	return g.p.kill(x)
}

// outcomesUnseen counts the outcomes of conditions that no event gave.
func outcomesUnseen(c *search.Coverage) int {
	n := 0
	if c == nil {
		return n
	}
	for i := range c.True {
		if c.True[i] == 0 {
			n++
		}
		if c.False[i] == 0 {
			n++
		}
	}
	return n
}

// noticed tells whether a suggestion so far notices the mutant.
func (g *gatherer) noticed(x *search.Mutant) bool {
	if len(g.subjects) == 0 {
		return false
	}
	program := g.p.compiled(x)
	if program == nil {
		return true
	}
	g.p.decodeAll(g.subjects)
	return slices.ContainsFunc(g.subjects, func(s *subject) bool {
		return !alike(x, s.given(g.p.program), program, s.records) && !s.passes(program)
	})
}

// alike tells whether a mutant decides the steps as the query does on every event, and puts them together alike: then it finds the same.
func alike(x *search.Mutant, query [][]predicate.Verdict, mutant search.Program, records []event.Record) bool {
	switch x.Change {
	case search.MaxSpan, search.Runs, search.JoinKey, search.DropStep, search.Until:
		return false
	}
	for i, given := range query {
		if len(given) != len(mutant.Steps()) {
			return false
		}
		for k, step := range mutant.Steps() {
			if step.Node.Eval(&records[i]) != given[k] {
				return false
			}
		}
	}
	return true
}

// verdicts are those of the steps of a program on each record.
func verdicts(program search.Program, records []event.Record) [][]predicate.Verdict {
	out := make([][]predicate.Verdict, len(records))
	for i := range records {
		for _, step := range program.Steps() {
			out[i] = append(out[i], step.Node.Eval(&records[i]))
		}
	}
	return out
}

// given is verdicts of the query on the records of the case, remembered.
func (s *subject) given(query search.Program) [][]predicate.Verdict {
	if s.verdicts == nil {
		s.verdicts = verdicts(query, s.records)
	}
	return s.verdicts
}

// cover looks for an event that gives condition i the outcome: in a match if that can be, else in a near miss.
func (p *proposer) cover(i int, c search.Condition, to bool) *proposal {
	goal := witness.Goal{Formula: p.conditions[i].formula, Want: to}
	whole, category := p.filters[c.Step], p.categories[c.Step]
	for _, goals := range [][]witness.Goal{
		{goal, {Formula: whole, Want: true}},
		{goal, {Formula: category, Want: true}, {Formula: whole, Want: false}},
	} {
		for _, s := range p.base {
			for found := range p.changed(s, c.Step, goals...) {
				if p.shows(found.story, p.conditions[i], to) {
					hits, ok := p.hits(p.program, found.story)
					if ok {
						found.label = p.purpose(found, fmt.Sprintf("%s is %t", c.Text, to))
						return &proposal{plan: found, hits: hits, why: fmt.Sprintf("%s is %t", c.Text, to)}
					}
				}
			}
		}
	}
	return nil
}

// shows tells whether an event of the story gives a condition the outcome.
func (p *proposer) shows(s story, c atom, to bool) bool {
	records, ok := p.records(s)
	return ok && slices.ContainsFunc(records, func(rec event.Record) bool {
		return (c.step.Admit == nil || c.step.Admit.Node.Eval(&rec) == predicate.Yes) && c.cond.Node.Eval(&rec) == predicate.VerdictOf(to)
	})
}

// label says in a few words what is special about event i of a story.
func (p *proposer) label(s story, i int) string {
	var parts []string
	for _, f := range s[i].unset {
		parts = append(parts, "no "+f)
	}
	for _, f := range sortedKeys(s[i].set) {
		parts = append(parts, f+" is "+shortValue(s[i].set[f]))
	}
	text := "unchanged"
	if len(parts) > 0 {
		text = strings.Join(parts, ", ")
	}
	switch {
	case s[i].stage < 0 && p.shape.Parts[s[i].term].Missing:
		text = fmt.Sprintf("event for missing step %d: %s", s[i].term+1, text)
	case s[i].stage < 0:
		text = "event for until: " + text
	case len(s) > 1:
		text = fmt.Sprintf("event %d: %s", i+1, text)
	}
	return strings.ToValidUTF8(text[:min(len(text), maxLabel)], "")
}

// maxLabel and maxShown bound the name of a case and the value in it, in bytes.
const (
	maxLabel = 120
	maxShown = 60
)

func shortValue(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	if len(b) > maxShown {
		return strings.ToValidUTF8(string(b[:maxShown]), "") + "…"
	}
	return string(b)
}
