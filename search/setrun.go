package search

import (
	"fmt"
	"time"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
)

// SetOptions say how a set searches a stream.
type SetOptions struct {
	// Match receives the results of programs, by their position in the set. Results of event queries without limits come
	// with their event, those of sequences when they are final, those of samples and of queries with limits from Close.
	// The sources of events are valid until it returns.
	Match func(program int, r Result)
	// Fail receives the errors of single programs: of scripts, of events without a usable timestamp or out of order, and a
	// *LimitError. Unless that is the error, the event does not count for that program.
	Fail func(program int, err error)

	// Keep gives what a sequence or sample holds of the event at hand in the place of its Source: what Ref.Source of a result is
	// then. It is called once an event at most. Nil: a copy of the Source.
	Keep func(ref Ref) []byte

	// Buffer is how many bytes of events that match steps of sequences are held back to put them in order of time. If it
	// is full, the oldest are let through; an event that lies before them is an *OrderError then. With 0 the input must
	// be in order. Event queries and samples take events in any order.
	Buffer int
	// MaxPending limits the keys with sequences that wait for their next event, and the keys of samples, over all programs. Of
	// the program that has most, those are given up that have waited longest, or if that does not help the program
	// ends: a *LimitError says so. It is looked at every few thousand events. 0 is no limit.
	MaxPending int
	// MaxSize limits the bytes that Growing states keep, over all programs. The one that keeps most ends with what it knows: a
	// *LimitError says so. 0 is no limit.
	MaxSize int
}

// LimitError tells that a program needed too much memory: results may be missing from then on.
type LimitError struct {
	Index   int  // of the event at which that happened
	Pending int  // keys of the program; 0 if Size is what was too much
	Size    int  // bytes of the program
	Ended   bool // the search ended; otherwise it went on without what is stated
	// Waited is how long sequences that were given up had waited for their next event, at least; if the program has not
	// ended.
	Waited time.Duration
}

func (e *LimitError) Error() string {
	if e.Size > 0 {
		return fmt.Sprintf("record %d: %d bytes of groups and rows are more than the search has memory for: the query ends here", e.Index, e.Size)
	}
	text := fmt.Sprintf("record %d: %d pending sequences or keys are more than the search has memory for: ", e.Index, e.Pending)
	if e.Ended {
		return text + "the query ends here"
	}
	return fmt.Sprintf("%sthose that had waited longest, over %v, are given up", text, e.Waited)
}

// Bounded is a State that holds back events or keys, and can let go of them. A search of many programs limits them all
// together.
type Bounded interface {
	State
	// Held estimates the bytes of the events that wait to be put in order.
	Held() int
	// Shed lets the older half of them through, before all events are known.
	Shed()
	// Pending counts the keys that are remembered.
	Pending() int
	// Sweep drops what can no longer become a result.
	Sweep()
	// GiveUp forgets the half of the keys that have waited longest for another event, at least over the time it returns.
	GiveUp() (given int, waited time.Duration)
}

// Keeping is a State that tells whether it holds events at all; one that cannot tell does.
type Keeping interface {
	State
	// Keeps tells whether results have events.
	Keeps() bool
}

// Growing is a State that keeps more the more events come. Its results can be asked for before it knows all events.
type Growing interface {
	State
	// Size estimates what it keeps, in bytes.
	Size() int
}

// SetRun is the state of one search of a set. It is not safe for concurrent use.
type SetRun struct {
	set       *Set
	opts      SetOptions
	states    []State     // of the programs that are not plain
	bounded   []Bounded   // those of them that are; nil for others
	growing   []Growing   // likewise
	done      []Streaming // likewise
	preparing []Preparing // likewise
	forgets   []bool      // programs whose results have no events
	over      []bool      // programs that have ended

	matcher  *Matcher              // of Feed
	hits     []Hit                 // likewise
	given    [][]predicate.Verdict // by program that is not plain: of its steps
	result   Result
	ref      Ref
	copied   []byte // of the event's source, made on first need
	buffered int    // bytes, over all states
	size     int    // bytes that growing states keep
	fed      int
}

// NewRun starts a search.
func (s *Set) NewRun(o SetOptions) *SetRun {
	n := len(s.programs)
	r := &SetRun{set: s, opts: o, states: make([]State, n), bounded: make([]Bounded, n), growing: make([]Growing, n), done: make([]Streaming, n),
		preparing: make([]Preparing, n), forgets: make([]bool, n), over: make([]bool, n), given: make([][]predicate.Verdict, n)}
	r.result.Events = []*Ref{&r.ref}
	for i, p := range s.programs {
		if p.Plain() {
			continue
		}
		state := p.Start(Start{Ordered: o.Buffer == 0, Copy: &r.copied})
		r.states[i], r.given[i] = state, make([]predicate.Verdict, len(p.Steps()))
		if x, ok := As[Streaming](state); ok {
			x.Deliver(func(x Result) { o.Match(i, x) })
			r.done[i] = x
		}
		r.bounded[i], _ = As[Bounded](state)
		r.growing[i], _ = As[Growing](state)
		r.preparing[i], _ = state.(Preparing)
		if k, ok := As[Keeping](state); ok {
			r.forgets[i] = !k.Keeps()
		}
	}
	return r
}

// Feed takes the next event, for the programs of the selection. rec and ref.Source need not stay. It is Match of a Matcher and Take, one
// after the other.
func (r *SetRun) Feed(rec *event.Record, ref Ref, only Selection) {
	if r.matcher == nil {
		r.matcher = r.NewMatcher()
	}
	r.hits = r.matcher.Match(rec, only, r.hits[:0])
	r.Take(ref, r.hits, func() *event.Record { return rec })
}

// Take takes the next event, of which a Matcher has found the hits; none if it concerns no program. record gives the record of the event, or
// one that equals it; it is only called if a program needs it. ref.Source need not stay.
func (r *SetRun) Take(ref Ref, hits []Hit, record func() *event.Record) {
	r.copied = nil
	for i := 0; i < len(hits); {
		h := &hits[i]
		from := i
		for i++; i < len(hits) && hits[i].program == h.program; {
			i++
		}
		switch program := int(h.program); {
		case r.over[program]:
		case h.err != nil:
			r.opts.Fail(program, fmt.Errorf("record %d: %w", ref.Index, h.err))
		case h.how == whole:
			r.ref = ref
			r.opts.Match(program, r.result)
		case h.how == prepared:
			if r.copied == nil && r.opts.Keep != nil && !r.forgets[program] {
				r.copied = r.opts.Keep(ref)
			}
			r.feed(program, ref.Index, func() error { return r.preparing[program].Take(h.prepared, ref) })
		default:
			r.feed(program, ref.Index, func() error { return r.feedRecord(program, record(), ref, hits[from:i]) })
		}
	}
	if r.fed++; r.fed%pendingEvery == 0 && r.opts.MaxPending > 0 {
		r.limitPending(ref.Index)
	}
}

// feedRecord hands the record of an event to a program.
func (r *SetRun) feedRecord(program int, rec *event.Record, ref Ref, steps []Hit) error {
	given := r.given[program]
	for i := range steps {
		given[steps[i].at] = steps[i].verdict
	}
	err := r.states[program].Feed(rec, ref, given)
	for i := range steps {
		given[steps[i].at] = predicate.No
	}
	return err
}

// feed hands the event to a program with state.
func (r *SetRun) feed(program, index int, take func() error) {
	b, g := r.bounded[program], r.growing[program]
	held, size := 0, 0
	if b != nil {
		held = b.Held()
	}
	if g != nil {
		size = g.Size()
	}
	if err := take(); err != nil {
		r.opts.Fail(program, err)
		return
	}
	if s := r.done[program]; s != nil && s.Done() {
		r.over[program] = true
	}
	if b != nil {
		if r.buffered += b.Held() - held; r.buffered > r.opts.Buffer {
			r.shed()
		}
	}
	if g != nil {
		if r.size += g.Size() - size; r.opts.MaxSize > 0 && r.size > r.opts.MaxSize {
			r.limitSize(index)
		}
	}
}

// limitSize ends the program that keeps most.
func (r *SetRun) limitSize(index int) {
	most, size := 0, 0
	for i, g := range r.growing {
		if g != nil && g.Size() > size {
			most, size = i, g.Size()
		}
	}
	r.opts.Fail(most, &LimitError{Index: index, Size: size, Ended: true})
	r.size -= size
	r.end(most)
}

// end delivers the results of a program and ends it.
func (r *SetRun) end(program int) {
	state := r.states[program]
	for _, x := range state.Finish() {
		r.opts.Match(program, x)
	}
	if err := Failure(state); err != nil && r.opts.Fail != nil {
		r.opts.Fail(program, err)
	}
	r.drop(program)
}

// drop forgets the state of a program, which takes no further events.
func (r *SetRun) drop(program int) {
	r.over[program] = true
	r.states[program], r.bounded[program], r.growing[program], r.done[program], r.preparing[program] = nil, nil, nil, nil, nil
}

// shed makes room: the state that holds most events lets the older half of them through.
func (r *SetRun) shed() {
	var most Bounded
	for _, b := range r.bounded {
		if b != nil && (most == nil || b.Held() > most.Held()) {
			most = b
		}
	}
	before := most.Held()
	most.Shed()
	r.buffered -= before - most.Held()
}

// pendingEvery is the number of events between two looks at what is pending.
const pendingEvery = 1 << 14

// limitPending takes from the program that has most pending while all have too much.
func (r *SetRun) limitPending(index int) {
	total := r.Pending()
	if total > r.opts.MaxPending {
		for _, b := range r.bounded {
			if b != nil {
				b.Sweep()
			}
		}
		total = r.Pending()
	}
	for total > r.opts.MaxPending {
		most, pending := -1, 0
		for i, b := range r.bounded {
			if b == nil {
				continue
			}
			if n := b.Pending(); n > pending {
				most, pending = i, n
			}
		}
		if most < 0 {
			return
		}
		if given, waited := r.bounded[most].GiveUp(); given > 0 {
			total -= given
			r.opts.Fail(most, &LimitError{Index: index, Pending: pending, Waited: waited})
			continue
		}
		r.opts.Fail(most, &LimitError{Index: index, Pending: pending, Ended: true})
		total -= pending
		r.buffered -= r.bounded[most].Held()
		r.drop(most)
	}
}

// Pending counts the keys that the search remembers, over all programs.
func (r *SetRun) Pending() int {
	total := 0
	for _, b := range r.bounded {
		if b != nil {
			total += b.Pending()
		}
	}
	return total
}

// Close ends the search and delivers the results that are left. The run cannot be used any more.
func (r *SetRun) Close() {
	for i, state := range r.states {
		if state != nil {
			r.end(i)
		}
	}
}
