package search

import (
	"cmp"
	"slices"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
)

// Hit is what an event means to one program of a set: what Matcher.Match finds and SetRun.Take takes.
type Hit struct {
	program, at int32 // at is the step; of a prepared hit any
	verdict     predicate.Verdict
	how         hitKind
	prepared    any   // by the Preparer of the program
	err         error // the event does not count for the program
}

// hitKind tells what Take needs besides.
type hitKind uint8

const (
	whole    hitKind = iota // nothing: the event is a result
	prepared                // nothing: the state takes what was prepared
	recorded                // the record of the event
)

// Preparer does, for a state of a search, what only the event decides. Several may work for one state at the same time, and
// beside it.
type Preparer interface {
	// Prepare makes of an event what the state takes: nil if nothing, which needs neither rec nor its texts any more. given are the
	// verdicts of the steps.
	Prepare(rec *event.Record, given []predicate.Verdict) (prepared any, err error)
}

// Preparing is a State that leaves to Preparers what only the event decides. Feed is Prepare and Take, one after the other.
type Preparing interface {
	State
	// NewPreparer returns a preparer for one goroutine; nil if the state cannot do without the record.
	NewPreparer() Preparer
	// Take takes what a Preparer has made of the event. ref.Source is copied if the event may be part of a result.
	Take(prepared any, ref Ref) error
}

// Matcher finds out which programs of a set an event concerns. It is not safe for concurrent use, but any number of
// matchers may work for one run at the same time, and beside it.
type Matcher struct {
	set       *Set
	cursor    *predicate.Cursor
	given     [][]predicate.Verdict // by program that is not plain: of its steps
	preparers []Preparer            // nil for programs that need the record, and plain ones
	found     []Hit
}

// NewMatcher returns a matcher of the events of a run.
func (r *SetRun) NewMatcher() *Matcher {
	n := len(r.set.programs)
	m := &Matcher{set: r.set, cursor: r.set.index.NewCursor(), given: make([][]predicate.Verdict, n), preparers: make([]Preparer, n)}
	for i, p := range r.set.programs {
		if p.Plain() {
			continue
		}
		m.given[i] = make([]predicate.Verdict, len(p.Steps()))
		if r.preparing[i] != nil {
			m.preparers[i] = r.preparing[i].NewPreparer()
		}
	}
	return m
}

// Match appends to hits what an event means to the programs of the selection, in the order of the programs.
func (m *Matcher) Match(rec *event.Record, only Selection, hits []Hit) []Hit {
	m.found = m.found[:0]
	for _, id := range m.cursor.Next(rec) {
		st := &m.set.steps[id]
		if !only.has(st.program) {
			continue
		}
		if v := m.cursor.Eval(id); v != predicate.No {
			m.found = append(m.found, Hit{program: st.program, at: st.at, verdict: v})
		}
	}
	if len(m.found) == 0 {
		return hits
	}
	slices.SortFunc(m.found, func(a, b Hit) int { return cmp.Or(cmp.Compare(a.program, b.program), cmp.Compare(a.at, b.at)) })
	for from := 0; from < len(m.found); {
		to := from + 1
		for to < len(m.found) && m.found[to].program == m.found[from].program {
			to++
		}
		hits = m.add(rec, m.found[from:to], hits)
		from = to
	}
	return hits
}

// add appends the hits of one program.
func (m *Matcher) add(rec *event.Record, steps []Hit, hits []Hit) []Hit {
	h := steps[0]
	given := m.given[h.program]
	switch {
	case given == nil:
		h.err = m.plain(rec, h)
		return append(hits, h)
	case m.preparers[h.program] == nil:
		for _, h := range steps {
			h.how = recorded
			hits = append(hits, h)
		}
		return hits
	}
	for _, s := range steps {
		given[s.at] = s.verdict
	}
	h.how = prepared
	h.prepared, h.err = m.preparers[h.program].Prepare(rec, given)
	for _, s := range steps {
		given[s.at] = predicate.No
	}
	if h.prepared == nil && h.err == nil {
		return hits
	}
	return append(hits, h)
}

// plain is why an event that satisfies a plain program, or fails at it, is no result; nil if it is one.
func (m *Matcher) plain(rec *event.Record, h Hit) error {
	p := m.set.programs[h.program]
	if h.verdict == predicate.Failed {
		return p.Steps()[0].failure(rec)
	}
	return p.Place(rec, 0) // a search sorts its events
}
