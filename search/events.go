package search

import (
	"bytes"
	"cmp"
	"fmt"
	"math"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/esdate"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/internal/spill"
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
	found   *spill.Sorter[placed]
}

// placed is a result and what it is sorted by.
type placed struct {
	result Result
	at     esdate.Instant
	timed  bool
}

// NewEvents starts the search of a plain program.
func NewEvents(p Program, clock Clock, o Start) *Events {
	e := &Events{step: p.Steps()[0], clock: clock, start: o}
	e.Spill(math.MaxInt)
	return e
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
	e.found.Add(placed{result, at, timed})
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
	out := make([]Result, 0, e.found.Len())
	_ = e.Each(func(r Result) error { out = append(out, r); return nil }) // nothing fails in memory
	return out
}

func (x placed) compare(y placed) int {
	switch {
	case x.timed && y.timed:
		if c := x.at.Compare(y.at); c != 0 {
			return c
		}
	case x.timed:
		return -1
	case y.timed:
		return 1
	}
	return cmp.Compare(x.result.Events[0].Index, y.result.Events[0].Index)
}

// Spill makes the search keep results beyond about limit bytes in a file without a name in the folder of temporary files. It must be called
// before the first event and goes with Each in the place of Finish.
func (e *Events) Spill(limit int) {
	e.found = spill.NewSorter(limit, spill.Codec[placed]{Compare: placed.compare,
		Size: func(x placed) int { return resultSize(x.result) }, Append: appendPlaced, Read: readPlaced})
}

// Len is the number of results so far, those delivered not counted.
func (e *Events) Len() int { return e.found.Len() }

// Each hands over what Finish would return, one result after the other, until f fails. The error is that of f, or of the file that Spill uses.
func (e *Events) Each(f func(Result) error) error {
	return e.found.Each(func(x placed) error { return f(x.result) })
}

func appendPlaced(b []byte, x placed) []byte {
	b = spill.AppendBool(b, x.timed)
	b = spill.AppendInt(b, x.at.Milli)
	b = spill.AppendInt(b, int64(x.at.Nano))
	return AppendResult(b, x.result)
}

func readPlaced(in *spill.Reader) placed {
	x := placed{timed: in.Bool(), at: esdate.Instant{Milli: in.Int(), Nano: int32(in.Int())}}
	var err error
	if x.result, err = ReadResult(in.Rest()); err != nil {
		in.Fail(err)
	}
	return x
}
