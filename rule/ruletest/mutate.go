package ruletest

import (
	"slices"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/ruletest/mutation"
)

// Mutation says which small changes of a rule's query its cases notice. A change is noticed ("killed") if a case that
// passes with the query fails with the changed one. Changes that no event can tell from the query are left out as far as
// they are recognised; see package mutation.
type Mutation struct {
	Mutants   int        `json:"mutants"`
	Killed    int        `json:"killed"`
	Survivors []Survivor `json:"survivors"`
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
	Range Range  `json:"range"`
	Kind  string `json:"kind"` // see package mutation
	// Diff shows the change in one line: what goes as [-…-], what comes as {+…+}.
	Diff string `json:"diff"`
	// Kill is a case that would notice it, nil where none could be derived.
	Kill *Suggestion `json:"kill,omitempty"`

	mutant *mutation.Mutant
}

// mutationWork bounds mutants × size of the query, and mutants × events, in steps of some hundred nanoseconds.
const mutationWork = 8_000_000

// minMutants are tried however large the query.
const minMutants = 50

// subjects are the cases that mutants must pass, with their events decoded.
type subject struct {
	want    want
	raw     [][]byte
	records []event.Record
}

// mutator runs the mutants of one rule.
type mutator struct {
	file     *rule.File
	query    *eql.Query
	info     *eql.Info
	options  eval.Options
	subjects []*subject
	fields   int // of the layout that the records were decoded for
	untried  int
	all      []*mutation.Mutant
	filter   *mutation.Filter
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

// newMutator prepares the mutants of a rule's query; cases are those that pass. The query is parsed again because
// mutants change the tree, which the evaluator's program refers to.
func newMutator(file *rule.File, e *evaluator, cases []testCase) *mutator {
	q, _ := eql.Parse(e.query.Source)
	info, _ := eql.Check(q, e.fields)
	m := &mutator{file: file, query: q, info: info, options: e.options}
	m.options.Layout = &event.Layout{}
	events := 0
	for _, c := range cases {
		m.subjects = append(m.subjects, &subject{want: c.want, raw: c.documents()})
		events += len(c.events)
	}
	if _, err := eval.Compile(q, info, m.options); err != nil { // cannot be: the evaluator compiled it
		return m
	}
	all := mutation.Of(q, mutation.Options{Info: info, CategoryField: e.options.CategoryField})
	m.all = mutation.Sample(all, max(minMutants, mutationWork/(len(q.Source)+events+1)))
	m.untried = len(all) - len(m.all)
	m.filter = mutation.NewFilter(q)
	return m
}

// score tries all mutants.
func (m *mutator) score() *Mutation {
	out := &Mutation{Survivors: []Survivor{}, Untried: m.untried}
	for _, x := range m.all {
		program := m.compile(x)
		if program == nil {
			continue
		}
		out.Mutants++
		if m.killed(program) {
			out.Killed++
			continue
		}
		span := m.file.Query.FileSpan(x.Span().Start, x.Span().End)
		out.Survivors = append(out.Survivors, Survivor{
			Range: Range{Place(m.file.Position(span.Start)), Place(m.file.Position(span.End))},
			Kind:  string(x.Kind), Diff: x.Diff(m.query.Source), mutant: x})
	}
	return out
}

// compile makes the program of a mutant; nil if it says what another one says or Elasticsearch would not run it.
func (m *mutator) compile(x *mutation.Mutant) *eval.Program {
	x.Apply()
	defer x.Revert()
	if m.filter.Redundant(x) {
		return nil
	}
	program, err := eval.Compile(m.query, m.info, m.options)
	if err != nil {
		return nil
	}
	return program
}

// killed tells whether a case fails with a mutant. The case that does is tried first with the next one.
func (m *mutator) killed(program *eval.Program) bool {
	m.decode()
	for i, s := range m.subjects {
		if !s.passes(program) {
			copy(m.subjects[1:i+1], m.subjects[:i])
			m.subjects[0] = s
			return true
		}
	}
	return false
}

// decode reads the events once for all mutants, and again only if one reads a field that none before did.
func (m *mutator) decode() {
	n := len(m.options.Layout.Names())
	if n == m.fields {
		return
	}
	m.fields = n
	decoder := event.NewDecoder(m.options.Layout)
	for _, s := range m.subjects {
		s.decode(decoder)
	}
}

func (s *subject) decode(decoder *event.Decoder) {
	s.records = make([]event.Record, len(s.raw))
	for i, raw := range s.raw {
		_ = decoder.Decode(raw, &s.records[i]) // it was read before
	}
}

// passes tells whether the program gives what the case wants.
func (s *subject) passes(program *eval.Program) bool {
	if program.IsEvent() && len(program.Query().Pipes) == 0 {
		return s.passesEvents(program)
	}
	hits, err := runRecords(program, s.records)
	if err != nil {
		return false
	}
	sortHits(hits)
	return s.want.holds(hits)
}

// passesEvents decides an event query without pipes: each event by itself, and no more of them than needed.
func (s *subject) passesEvents(program *eval.Program) bool {
	n := 0
	for i := range s.records {
		switch hit, err := program.Match(&s.records[i]); {
		case err != nil:
			return false
		case !hit:
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
