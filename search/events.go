package search

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/esdate"
	"github.com/rulevet/rulevet/internal/predicate"
)

// Clock reads the time of events from their timestamp field. The zero Clock gives none a time.
type Clock struct{ field *predicate.Field }

// NewClock reads a field that is a date; see predicate.Resolver.Timestamp.
func NewClock(timestamp *predicate.Field) Clock { return Clock{timestamp} }

// At is the time of an event, of several the first; ok is false for one without.
func (c Clock) At(rec *event.Record) (first esdate.Instant, ok bool) {
	if c.field == nil {
		return first, false
	}
	vs := predicate.Values(rec, c.field.Slot)
	for i := range vs {
		if at, is := c.field.Instant(&vs[i]); is && (!ok || at.Compare(first) < 0) {
			first, ok = at, true
		}
	}
	return first, ok
}

// Events is the State of a plain program: every event that satisfies its step is a result, in order of time; events without a time
// come last.
type Events struct {
	step    *Step
	clock   Clock
	start   Start
	deliver func(Result)
	found   []placed
}

// placed is a result and what it is sorted by.
type placed struct {
	result Result
	at     esdate.Instant
	timed  bool
}

// NewEvents starts the search of a plain program.
func NewEvents(p Program, clock Clock, o Start) *Events {
	return &Events{step: p.Steps()[0], clock: clock, start: o}
}

// Feed implements State.
func (e *Events) Feed(rec *event.Record, ref Ref, given []predicate.Verdict) error {
	v := predicate.No
	if given != nil {
		v = given[0]
	} else {
		v = e.step.Node.Eval(rec)
	}
	if v == predicate.No {
		return nil
	}
	if v == predicate.Failed {
		return fmt.Errorf("record %d: %w", ref.Index, e.step.failure(rec))
	}
	kept := ref // escapes, and only here
	kept.Source = e.copied(ref.Source)
	result := Result{Events: []*Ref{&kept}}
	if e.deliver != nil {
		e.deliver(result)
		return nil
	}
	at, timed := e.clock.At(rec)
	e.found = append(e.found, placed{result, at, timed})
	return nil
}

func (e *Events) copied(source []byte) []byte {
	if e.start.Copy == nil {
		return bytes.Clone(source)
	}
	if *e.start.Copy == nil {
		*e.start.Copy = bytes.Clone(source)
	}
	return *e.start.Copy
}

// Deliver implements Streaming.
func (e *Events) Deliver(f func(Result)) { e.deliver = f }

// Done implements Streaming: any event may be a result.
func (e *Events) Done() bool { return false }

// Finish implements State.
func (e *Events) Finish() []Result {
	slices.SortStableFunc(e.found, func(a, b placed) int {
		switch {
		case a.timed && b.timed:
			return a.at.Compare(b.at)
		case a.timed != b.timed && a.timed:
			return -1
		case a.timed != b.timed:
			return 1
		}
		return cmp.Compare(a.result.Events[0].Index, b.result.Events[0].Index)
	})
	out := make([]Result, len(e.found))
	for i, x := range e.found {
		out[i] = x.result
	}
	return out
}
