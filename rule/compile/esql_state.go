package compile

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/rulevet/rulevet/esql/eval"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/search"
)

func (p *esqlProgram) start(o search.Start, counts *search.Coverage) search.State {
	s := &esqlState{p: p, counts: counts, shared: o.Copy}
	if counts != nil {
		s.cover = p.program.NewCoverage()
	}
	s.run = p.program.Start(s.cover)
	s.run.Answer = o.Answer
	return s
}

// esqlState is a search with a program of ES|QL.
type esqlState struct {
	p      *esqlProgram
	run    *eval.Run
	cover  *eval.Coverage
	counts *search.Coverage
	shared *[]byte // copy of the source of the event at hand, see search.Start
	done   bool    // no more events are wanted
	first  []search.Result
	flows  bool // the first results were handed over
	err    error
}

// Failure is why the query failed while it ran; see search.Failure.
func (s *esqlState) Failure() error { return s.err }

// Feed implements search.State.
func (s *esqlState) Feed(rec *event.Record, ref search.Ref, given []predicate.Verdict) error {
	// Coverage wants to see all events, a search only those that can count.
	if s.cover == nil {
		v := predicate.Yes
		if given != nil {
			v = given[0]
		} else {
			v = s.p.steps[0].Node.Eval(rec)
		}
		if v == predicate.No {
			return nil
		}
	}
	m := s.meta(ref)
	m.Index = rec.Index
	s.done = !s.run.Add(rec, m)
	return nil
}

// meta is what the run needs of an event beside its fields.
func (s *esqlState) meta(ref search.Ref) *eval.Meta {
	m := &eval.Meta{ID: ref.ID, Source: ref.Source}
	if s.p.byEvent {
		kept := ref
		kept.Source = s.copied(ref.Source)
		m.Note = &kept
	}
	return m
}

func (s *esqlState) copied(source []byte) []byte {
	if s.shared == nil {
		return bytes.Clone(source)
	}
	if *s.shared == nil {
		*s.shared = bytes.Clone(source)
	}
	return *s.shared
}

// Keeps implements search.Keeping: results of a query that counts and groups have no events.
func (s *esqlState) Keeps() bool { return s.p.byEvent }

// maxFirst is how many results wait for the end of the query: one that fails has none. Of one that has more they are handed over.
const maxFirst = 1000

// Deliver implements search.Streaming.
func (s *esqlState) Deliver(f func(search.Result)) {
	if !s.p.program.Streams() {
		return
	}
	s.run.Each = func(row string, doc *eval.Doc) {
		r := s.result(row, doc)
		if !s.flows && len(s.first) < maxFirst {
			s.first = append(s.first, r)
			return
		}
		for _, r := range s.first {
			f(r)
		}
		s.first, s.flows = nil, true
		f(r)
	}
}

// resultSize is about what a result takes that waits.
const resultSize = 300

// Size implements search.Growing.
func (s *esqlState) Size() int { return s.run.Held() + resultSize*len(s.first) }

// Done implements search.Streaming.
func (s *esqlState) Done() bool { return s.done }

// NewPreparer implements search.Preparing.
func (s *esqlState) NewPreparer() search.Preparer {
	if s.cover != nil {
		return nil
	}
	r := s.p.program.NewReader()
	if r == nil {
		return nil
	}
	return esqlPreparer{r}
}

// Take implements search.Preparing.
func (s *esqlState) Take(prepared any, ref search.Ref) error {
	s.done = !s.run.AddEvent(prepared.(*eval.Event), s.meta(ref))
	return nil
}

// esqlPreparer reads events.
type esqlPreparer struct{ reader *eval.Reader }

// Prepare implements search.Preparer.
func (p esqlPreparer) Prepare(rec *event.Record, given []predicate.Verdict) (any, error) {
	if given[0] == predicate.No {
		return nil, nil
	}
	if e := p.reader.Read(rec, rec.Index); e != nil {
		return e, nil
	}
	return nil, nil
}

// Finish implements search.State. A query that fails while it runs has no results; Failure tells.
func (s *esqlState) Finish() []search.Result {
	res, err := s.run.Finish()
	if s.counts != nil {
		for i := range s.cover.True {
			s.counts.True[i] += count(s.cover.True[i])
			s.counts.False[i] += count(s.cover.False[i])
		}
	}
	switch {
	case err != nil && notRun(err):
		s.err = &Error{Unsupported: true, Message: err.Error()}
		return nil
	case err != nil:
		s.err = fmt.Errorf("the query fails: %w", err)
		return nil
	}
	out := slices.Grow(s.first, len(res.Rows))
	for i, row := range res.Rows {
		var doc *eval.Doc
		if res.Docs != nil {
			doc = res.Docs[i]
		}
		out = append(out, s.result(row, doc))
	}
	return out
}

// result is a row as a result: the event that it stands for, or else its values.
func (s *esqlState) result(row string, doc *eval.Doc) search.Result {
	if s.p.byEvent && doc != nil {
		return search.Result{Events: []*search.Ref{doc.Note.(*search.Ref)}}
	}
	return search.Result{Keys: eval.Cells(row), Events: []*search.Ref{}}
}

func count(seen bool) int {
	if seen {
		return 1
	}
	return 0
}
