package ruletest

import (
	"slices"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/search"
)

// Mutation says which small changes of a rule's query its cases notice. A change is noticed ("killed") if a case that
// passes with the query fails with the changed one. Changes that no event can tell from the query are left out as far as
// they are recognised; see package mutation.
type Mutation struct {
	Mutants   int        `json:"mutants"`   // changes that were tried
	Killed    int        `json:"killed"`    // of them, those that a case notices
	Survivors []Survivor `json:"survivors"` // the others, in source order
	// Untried counts the mutants beyond the limit, which keeps giant queries and fixtures from taking minutes. Those tried
	// are spread evenly over the query.
	Untried int `json:"untried,omitempty"`
}

// Score is the share of the mutants that were killed, from 0 to 1; 1 if there is none.
func (m *Mutation) Score() float64 {
	if m.Mutants == 0 {
		return 1
	}
	return float64(m.Killed) / float64(m.Mutants)
}

// Survivor is a mutant that no case noticed.
type Survivor struct {
	Range Range  `json:"range"` // of what is changed, in the rule file
	Kind  string `json:"kind"`  // see package mutation
	// Diff shows the change in one line: what goes as [-…-], what comes as {+…+}.
	Diff string `json:"diff"`
	// Kill is a case that would notice it, nil where none could be derived.
	Kill *Suggestion `json:"kill,omitempty"`

	mutant *search.Mutant
}

// mutationWork bounds mutants × size of the query, and mutants × events, in steps of some hundred nanoseconds.
const mutationWork = 8_000_000

// heavyStep is how many steps of EQL one of the other languages takes, in time and in memory: their mutants are parsed anew from their text.
const heavyStep = 4

// minMutants are tried however large the query.
const minMutants = 50

// subjects are the cases that mutants must pass, with their events decoded.
type subject struct {
	want     want
	raw      [][]byte
	indexes  []string // of the events; nil: not known
	answer   model    // of the case; nil: that of the rule
	records  []event.Record
	fields   int                   // of the layout that they were decoded for
	verdicts [][]predicate.Verdict // of the query's steps, by record; nil: not asked for yet
}

// mutator runs the mutants of one rule.
type mutator struct {
	file     *rule.File
	rule     *compile.Program
	shape    search.Shape
	layout   *event.Layout // of the mutants
	subjects []*subject
	decoder  *event.Decoder
	fields   int // of the layout that the decoder is for
	untried  int
	all      []*search.Mutant
	programs map[*search.Mutant]search.Program // of those compiled so far
}

// mutate fills Mutation with all, and Suggestions if they are asked for.
func (r *RuleResult) mutate(suggest bool) {
	e, ok := r.matcher.(*evaluator)
	if !ok {
		return
	}
	m := newMutator(r.file, e, r.passed())
	r.Mutation = m.score()
	r.suggest(e, m, suggest)
}

// passed are the cases that passed: a case that fails with the query itself says nothing about its mutants.
func (r *RuleResult) passed() []testCase {
	var out []testCase
	for i, c := range r.cases {
		if !r.Cases[i].OK {
			continue
		}
		if r.Cases[i].Updated { // the golden is written later
			c.want.exact = r.Cases[i].Got
		}
		out = append(out, c)
	}
	return out
}

// newMutator prepares the mutants of a rule's query; cases are those that pass.
func newMutator(file *rule.File, e *evaluator, cases []testCase) *mutator {
	m := &mutator{file: file, rule: e.program, shape: e.program.Shape(), layout: &event.Layout{}, programs: map[*search.Mutant]search.Program{}}
	events := 0
	for _, c := range cases {
		m.subjects = append(m.subjects, &subject{want: c.want, raw: c.documents(), indexes: c.indexes(), answer: c.answers.model()})
		events += len(c.events)
	}
	all := m.rule.Mutants(m.layout)
	step := 1
	if file.Rule.Language != "eql" {
		step = heavyStep
	}
	m.all = search.Sample(all, max(minMutants, mutationWork/step/(len(m.source())+events+1)))
	m.untried = len(all) - len(m.all)
	return m
}

// source is the text of the query.
func (m *mutator) source() string { return m.file.Query.Value }

// score tries all mutants.
func (m *mutator) score() *Mutation {
	out := &Mutation{Survivors: []Survivor{}, Untried: m.untried}
	for _, x := range m.all {
		program := x.Compile()
		if program == nil {
			continue
		}
		out.Mutants++
		if m.killed(program) {
			out.Killed++
			continue
		}
		m.programs[x] = program
		span := m.file.Query.FileSpan(x.Span().Start, x.Span().End)
		out.Survivors = append(out.Survivors, Survivor{
			Range: Range{Place(m.file.Position(span.Start)), Place(m.file.Position(span.End))},
			Kind:  string(x.Change), Diff: x.Diff(m.source()), mutant: x})
	}
	return out
}

// killed tells whether a case fails with a mutant. The case that does is tried first with the next one.
func (m *mutator) killed(program search.Program) bool {
	m.decodeAll(m.subjects)
	for i, s := range m.subjects {
		if !s.passes(program) {
			copy(m.subjects[1:i+1], m.subjects[:i])
			m.subjects[0] = s
			return true
		}
	}
	return false
}

// decodeAll reads the events once for all mutants, and again only if one reads a field that none before did.
func (m *mutator) decodeAll(subjects []*subject) {
	decoder := m.reader()
	for _, s := range subjects {
		if s.fields != m.fields {
			s.decode(decoder)
			s.fields = m.fields
		}
	}
}

// reader is the decoder for all fields that the programs so far read.
func (m *mutator) reader() *event.Decoder {
	if n := len(m.layout.Names()); m.decoder == nil || m.fields != n {
		m.decoder, m.fields = event.NewDecoder(m.layout), n
	}
	return m.decoder
}

func (s *subject) decode(decoder *event.Decoder) {
	s.records = make([]event.Record, len(s.raw))
	for i, raw := range s.raw {
		_ = decoder.Decode(raw, &s.records[i]) // it was read before
		if i < len(s.indexes) {
			s.records[i].Index = s.indexes[i]
		}
	}
}

// passes tells whether the program gives what the case wants.
func (s *subject) passes(program search.Program) bool {
	if program.Plain() {
		return s.passesEvents(program)
	}
	hits, err := runRecords(program, s.records, s.answer)
	if err != nil {
		return false
	}
	sortHits(hits)
	return s.want.holds(hits)
}

// passesEvents decides a plain program: each event by itself, and no more of them than needed.
func (s *subject) passesEvents(program search.Program) bool {
	n, step := 0, program.Steps()[0]
	for i := range s.records {
		switch step.Node.Eval(&s.records[i]) {
		case predicate.Failed:
			return false
		case predicate.No:
			continue
		}
		if s.want.exact != nil && (n >= len(s.want.exact) || !slices.Equal(s.want.exact[n].Events, []int{i})) {
			return false
		}
		if n++; s.want.count == countNone {
			return false
		}
		if s.want.count == countSome && s.want.exact == nil {
			return true
		}
	}
	switch {
	case s.want.exact != nil && n != len(s.want.exact):
		return false
	case s.want.count == countSome:
		return n > 0
	case s.want.count == countExactly:
		return n == s.want.n
	}
	return true
}
