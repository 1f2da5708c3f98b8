package eval

import (
	"fmt"
	"slices"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/spill"
	"github.com/rulevet/rulevet/search"
)

// What goes in and what comes out; see package search.
type (
	Ref    = search.Ref
	Result = search.Result
)

// Run is the state of one search over a stream of events. It is not safe for concurrent use.
type Run struct {
	p       *Program
	ordered bool
	last    *ordinal // of an ordered run
	entries []*entry // waiting to be sorted; unused for ordered input
	results []ranked
	drained int64
	machine *machine
	samples *samples
	finder  finder

	// What follows takes the place of results and entries in a run that spills.
	sorted  *spill.Sorter[ranked]
	waiting *spill.Sorter[*entry]

	// What follows serves runs of a set.
	deliver func(Result) // takes results as they come; nil: keep them
	shared  *[]byte      // copy of the event's source for all runs; nil: make one
	passed  *ordinal     // the last event that was let through before the end
	held    int          // estimated bytes of entries
}

// ranked is a result with what it is sorted by.
type ranked struct {
	Result
	ord ordinal
	key tuple
}

func (x *ranked) compare(y *ranked) int {
	if c := x.ord.compare(&y.ord); c != 0 {
		return c
	}
	return x.key.compare(y.key)
}

// NewRun starts a search. With ordered the caller promises that events come in the order of their timestamps and
// tiebreakers: then state that is older than maxspan is dropped as time passes, and an event out of order is an
// *OrderError. Otherwise the events that match a step are kept and sorted at the end.
func (p *Program) NewRun(ordered bool) *Run {
	r := &Run{p: p, ordered: ordered, finder: newFinder(p)}
	switch {
	case p.sequence:
		r.machine = newMachine(p, r.emit)
	case p.sample:
		r.samples = newSamples(p)
	}
	return r
}

// Deliver hands results to f as soon as they are complete, instead of keeping them for Finish: those of an event query with
// their event, those of a sequence with their last one or when a missing event can no longer come. Unless the run is
// ordered, sequences are complete in Finish only. Samples and queries with limits are not affected. The result is f's.
func (r *Run) Deliver(f func(Result)) {
	if r.samples == nil && len(r.p.limits) == 0 {
		r.deliver = f
	}
}

func (r *Run) emit(x ranked) {
	if r.deliver != nil {
		r.deliver(x.Result)
		return
	}
	if r.sorted != nil {
		r.sorted.Add(x)
		return
	}
	r.results = append(r.results, x)
	r.trim()
}

// Feed takes the next event. rec need not stay; ref.Source is copied if the event may be part of a result. The error
// names the record: it is that of a script, or of an event without a usable timestamp in a sequence.
func (r *Run) Feed(rec *event.Record, ref Ref) error { return r.FeedAs(r.p, rec, ref) }

// FeedAs is Feed for an event of an index with another mapping: p is the same query, compiled for that one and with the
// same layout. It decides what the values of the event mean; everything else is as in the program of the run.
func (r *Run) FeedAs(p *Program, rec *event.Record, ref Ref) error {
	e, err := r.finder.find(p, rec, ref.Index)
	if err != nil {
		return fmt.Errorf("record %d: %w", ref.Index, err)
	}
	if e == nil {
		return nil
	}
	e.ref, e.copy = ref, r.shared
	return r.enter(e, func() *entry { return e.detach().settle(ref, r.shared) })
}

// enter takes an event that matches a step; detached makes a copy of the entry that owns its memory.
func (r *Run) enter(e *entry, detached func() *entry) error {
	if err := r.checkOrder(&e.ord); err != nil {
		return err
	}
	switch {
	case r.p.IsEvent():
		k := e.keep()
		r.emit(ranked{Result: Result{Events: []*Ref{&k.ref}}, ord: k.ord})
	case r.samples != nil:
		r.samples.add(e)
	case r.ordered:
		r.machine.step(e)
	case r.waiting != nil:
		r.waiting.Add(detached())
	default:
		r.entries = append(r.entries, detached())
		r.held += entrySize(&e.ref)
	}
	return nil
}

// checkOrder holds the caller to the promise of an ordered run. Events without a timestamp come last wherever they are.
func (r *Run) checkOrder(o *ordinal) error {
	if r.passed != nil && r.passed.compare(o) > 0 {
		return &OrderError{Index: o.index, Previous: r.passed.index, Late: true}
	}
	if !r.ordered || r.p.sample || o.none {
		return nil
	}
	if r.last == nil {
		r.last = new(ordinal)
	} else if r.last.compare(o) > 0 {
		return &OrderError{Index: o.index, Previous: r.last.index}
	}
	*r.last = *o
	return nil
}

// Drain returns the results that are final by now, in order, and forgets them; Finish returns the rest. Only an ordered
// run without limits at the tail has any before the end.
func (r *Run) Drain() []Result {
	if !r.ordered || r.samples != nil || slices.ContainsFunc(r.p.limits, func(l limit) bool { return l.tail }) {
		return nil
	}
	var out []Result
	rest := r.results[:0]
	for _, x := range r.results {
		if x.ord.none { // sorts last
			rest = append(rest, x)
			continue
		}
		out = append(out, x.Result)
	}
	clear(r.results[len(rest):])
	r.results = rest
	return r.cut(out)
}

// cut applies the limits to results that follow those already drained.
func (r *Run) cut(out []Result) []Result {
	if r.drained == 0 {
		out = apply(r.p.limits, out)
	} else {
		for _, l := range r.p.limits { // all at the head
			out = out[:min(int64(len(out)), max(l.n-r.drained, 0))]
		}
	}
	r.drained += int64(len(out))
	return out
}

// Done reports that no later event can change the results: the limits of an ordered run are reached.
func (r *Run) Done() bool {
	if !r.ordered || r.samples != nil || len(r.p.limits) == 0 {
		return false
	}
	have := r.drained + int64(len(r.results))
	if r.sorted != nil {
		have = int64(r.sorted.Len())
	}
	for _, l := range r.p.limits {
		if !l.tail && have >= l.n || l.n == 0 {
			return !slices.ContainsFunc(r.p.limits, func(l limit) bool { return l.tail && l.n > 0 })
		}
	}
	return false
}

func (r *Run) sort() {
	slices.SortStableFunc(r.results, func(a, b ranked) int { return a.compare(&b) })
}

func (r *Run) sortEntries() {
	slices.SortStableFunc(r.entries, func(a, b *entry) int { return a.ord.compare(&b.ord) })
}

// through lets the first n of the waiting events through, which are sorted.
func (r *Run) through(n int) {
	for _, e := range r.entries[:n] {
		r.machine.step(e)
	}
	r.entries = slices.Delete(r.entries, 0, n)
}

// Finish returns the results in order, limits applied; those that Drain has returned are left out.
func (r *Run) Finish() []Result {
	if r.samples != nil {
		return apply(r.p.limits, r.samples.results())
	}
	r.sortEntries()
	r.through(len(r.entries))
	if r.machine != nil {
		r.machine.finish()
	}
	r.sort()
	out := make([]Result, len(r.results))
	for i := range r.results {
		out[i] = r.results[i].Result
	}
	return r.cut(out)
}
