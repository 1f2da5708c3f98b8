package eval

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
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
	trace   *tracer // nil unless the run explains

	scratch entry
	keyers  []keyer // by step, until last

	// What follows serves runs of a set.
	given   []predicate.Verdict // of the steps on the event, until last; nil: evaluate them
	deliver func(Result)        // takes results as they come; nil: keep them
	shared  *[]byte             // copy of the event's source for all runs; nil: make one
	passed  *ordinal            // the last event that was let through before the end
	held    int                 // estimated bytes of entries
}

// entry is an event that matches a step. The keys belong to the run and are valid until the next event, unless the entry
// is detached.
type entry struct {
	ref   Ref
	ord   ordinal
	hits  []stageHit // stages ascending
	until [][]byte
	kept  *kept
	copy  *[]byte // see Run.shared
}

// stageHit is a stage that the event matches, with the tuples it has there.
type stageHit struct {
	stage int
	keys  [][]byte
}

// kept is what stays of an event that may become part of a result.
type kept struct {
	ref Ref
	ord ordinal
}

// keep copies the event on first use.
func (e *entry) keep() *kept {
	if e.kept == nil {
		e.kept = &kept{e.ref, e.ord}
		e.kept.ref.Source = e.source()
	}
	return e.kept
}

// source is a copy of the event's source.
func (e *entry) source() []byte {
	if e.copy == nil {
		return bytes.Clone(e.ref.Source)
	}
	if *e.copy == nil {
		*e.copy = bytes.Clone(e.ref.Source)
	}
	return *e.copy
}

// detach makes a copy that owns its memory.
func (e *entry) detach() *entry {
	out := &entry{ord: e.ord, kept: e.keep(), hits: slices.Clone(e.hits), until: cloneAll(e.until)}
	for i := range out.hits {
		if i > 0 && sameKeys(e.hits[i].keys, e.hits[i-1].keys) { // runs share their keys
			out.hits[i].keys = out.hits[i-1].keys
			continue
		}
		out.hits[i].keys = cloneAll(out.hits[i].keys)
	}
	return out
}

func sameKeys(a, b [][]byte) bool { return len(a) == len(b) && len(a) > 0 && &a[0] == &b[0] }

func cloneAll(in [][]byte) [][]byte {
	out := make([][]byte, len(in))
	for i := range in {
		out[i] = bytes.Clone(in[i])
	}
	return out
}

// ranked is a result with what it is sorted by.
type ranked struct {
	Result
	ord ordinal
	key tuple
}

// NewRun starts a search. With ordered the caller promises that events come in the order of their timestamps and
// tiebreakers: then state that is older than maxspan is dropped as time passes, and an event out of order is an
// *OrderError. Otherwise the events that match a step are kept and sorted at the end.
func (p *Program) NewRun(ordered bool) *Run {
	r := &Run{p: p, ordered: ordered, keyers: make([]keyer, len(p.stages)+1)}
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
	r.results = append(r.results, x)
	r.trim()
}

// Feed takes the next event. rec need not stay; ref.Source is copied if the event may be part of a result. The error
// names the record: it is that of a script, or of an event without a usable timestamp in a sequence.
func (r *Run) Feed(rec *event.Record, ref Ref) error { return r.FeedAs(r.p, rec, ref) }

// FeedAs is Feed for an event of an index with another mapping: p is the same query, compiled for that one and with the
// same layout. It decides what the values of the event mean; everything else is as in the program of the run.
func (r *Run) FeedAs(p *Program, rec *event.Record, ref Ref) error {
	if p.unsent && r.p.unsent && r.trace == nil {
		return nil
	}
	found, err := r.match(p, rec, ref.Index)
	if err != nil {
		return fmt.Errorf("record %d: %w", ref.Index, err)
	}
	if !found {
		return nil
	}
	e := &r.scratch
	e.ref, e.kept, e.copy = ref, nil, r.shared
	if e.ord, err = p.ordinal(rec, ref.Index); err != nil {
		return fmt.Errorf("record %d: %w", ref.Index, err)
	}
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
	default:
		r.entries = append(r.entries, e.detach())
		r.held += entrySize(&ref)
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

// match finds the steps that an event matches and leaves them in the scratch entry.
func (r *Run) match(p *Program, rec *event.Record, index int) (found bool, err error) {
	e := &r.scratch
	e.hits, e.until = e.hits[:0], nil
	for i, s := range p.stages {
		if i > 0 && s == p.stages[i-1] { // runs: the same step again
			if n := len(e.hits); n > 0 && e.hits[n-1].stage == i-1 {
				e.hits = append(e.hits, stageHit{i, e.hits[n-1].keys})
			}
			continue
		}
		keys, err := r.keysAt(p, i, rec, index)
		if err != nil {
			return false, err
		}
		if len(keys) > 0 {
			e.hits = append(e.hits, stageHit{i, keys})
		}
	}
	if p.until != nil {
		if e.until, err = r.keysAt(p, len(p.stages), rec, index); err != nil {
			return false, err
		}
	}
	return len(e.hits)+len(e.until) > 0, nil
}

// stageAt returns a step; until is the one behind the last.
func (p *Program) stageAt(at int) *stage {
	if at == len(p.stages) {
		return p.until
	}
	return p.stages[at]
}

// keysAt returns the tuples that an event has at a step; none if it does not match.
func (r *Run) keysAt(p *Program, at int, rec *event.Record, index int) ([][]byte, error) {
	s := p.stageAt(at)
	var v predicate.Verdict
	if r.given != nil {
		v = r.given[s.term]
	} else {
		v = s.cond.Eval(rec)
	}
	switch v {
	case predicate.Failed:
		return nil, predicate.Err(s.cond, rec)
	case predicate.No:
		return nil, nil
	}
	keys, ok := r.keyers[at].tuples(s.keys, rec, at == len(p.stages))
	if !ok {
		return nil, fmt.Errorf("more than %d combinations of join key values", maxKeyTuples)
	}
	if r.trace != nil {
		r.trace.matched(r.p.stageAt(at), index, keys)
	}
	return keys, nil
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
	for _, l := range r.p.limits {
		if !l.tail && have >= l.n || l.n == 0 {
			return !slices.ContainsFunc(r.p.limits, func(l limit) bool { return l.tail && l.n > 0 })
		}
	}
	return false
}

func (r *Run) sort() {
	slices.SortStableFunc(r.results, func(a, b ranked) int {
		if c := a.ord.compare(&b.ord); c != 0 {
			return c
		}
		return a.key.compare(b.key)
	})
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
