package search

import (
	"cmp"
	"fmt"
	"slices"
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

	// Buffer is how many bytes of events that match steps of sequences are held back to put them in order of time. If it
	// is full, the oldest are let through; an event that lies before them is an *OrderError then. With 0 the input must
	// be in order. Event queries and samples take events in any order.
	Buffer int
	// MaxPending limits the keys with sequences that wait for their next event, and the keys of samples, over all programs. Of
	// the program that has most, those are given up that have waited longest, or if that does not help the program
	// ends: a *LimitError says so. It is looked at every few thousand events. 0 is no limit.
	MaxPending int
}

// LimitError tells that a program needed too much memory: results may be missing from then on.
type LimitError struct {
	Index   int // of the event at which that happened
	Pending int // keys of the program
	Ended   bool
	// Waited is how long sequences that were given up had waited for their next event, at least; if the program has not
	// ended.
	Waited time.Duration
}

func (e *LimitError) Error() string {
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

// SetRun is the state of one search of a set. It is not safe for concurrent use.
type SetRun struct {
	set     *Set
	opts    SetOptions
	cursor  *predicate.Cursor
	states  []State     // of the programs that are not plain
	bounded []Bounded   // those of them that are; nil for others
	done    []Streaming // likewise
	over    []bool      // programs that have ended

	hits     []setHit
	given    [][]predicate.Verdict // by program that is not plain: of its steps
	result   Result
	ref      Ref
	copied   []byte // of the event's source, made on first need
	buffered int    // bytes, over all states
	fed      int
}

// setHit is a step that an event satisfies, or fails at.
type setHit struct {
	program, at int32
	verdict     predicate.Verdict
}

// NewRun starts a search.
func (s *Set) NewRun(o SetOptions) *SetRun {
	n := len(s.programs)
	r := &SetRun{set: s, opts: o, cursor: s.index.NewCursor(), states: make([]State, n), bounded: make([]Bounded, n),
		done: make([]Streaming, n), over: make([]bool, n), given: make([][]predicate.Verdict, n)}
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
	}
	return r
}

// Feed takes the next event, for the programs of the selection. rec and ref.Source need not stay.
func (r *SetRun) Feed(rec *event.Record, ref Ref, only Selection) {
	r.copied = nil
	r.hits = r.hits[:0]
	for _, id := range r.cursor.Next(rec) {
		st := &r.set.steps[id]
		if r.over[st.program] || !only.has(st.program) {
			continue
		}
		if v := r.cursor.Eval(id); v != predicate.No {
			r.hits = append(r.hits, setHit{st.program, st.at, v})
		}
	}
	if len(r.hits) > 0 {
		slices.SortFunc(r.hits, func(a, b setHit) int { return cmp.Or(cmp.Compare(a.program, b.program), cmp.Compare(a.at, b.at)) })
		r.deliver(rec, ref)
	}
	if r.fed++; r.fed%pendingEvery == 0 && r.opts.MaxPending > 0 {
		r.limitPending(ref.Index)
	}
}

// deliver hands the event to the programs that it hits.
func (r *SetRun) deliver(rec *event.Record, ref Ref) {
	for i := 0; i < len(r.hits); {
		program := r.hits[i].program
		given := r.given[program]
		if given == nil {
			r.event(int(program), r.hits[i].verdict, rec, ref)
			i++
			continue
		}
		from := i
		for ; i < len(r.hits) && r.hits[i].program == program; i++ {
			given[r.hits[i].at] = r.hits[i].verdict
		}
		r.feed(int(program), rec, ref)
		for _, h := range r.hits[from:i] {
			given[h.at] = predicate.No
		}
	}
}

// event decides a plain program.
func (r *SetRun) event(program int, v predicate.Verdict, rec *event.Record, ref Ref) {
	p := r.set.programs[program]
	err := p.Place(rec, ref.Index) // a search sorts its events
	if v == predicate.Failed {
		err = p.Steps()[0].failure(rec)
	}
	if err != nil {
		r.opts.Fail(program, fmt.Errorf("record %d: %w", ref.Index, err))
		return
	}
	r.ref = ref
	r.opts.Match(program, r.result)
}

// feed hands the event to a program with state.
func (r *SetRun) feed(program int, rec *event.Record, ref Ref) {
	b, before := r.bounded[program], 0
	if b != nil {
		before = b.Held()
	}
	if err := r.states[program].Feed(rec, ref, r.given[program]); err != nil {
		r.opts.Fail(program, err)
		return
	}
	if s := r.done[program]; s != nil && s.Done() {
		r.over[program] = true
	}
	if b != nil {
		if r.buffered += b.Held() - before; r.buffered > r.opts.Buffer {
			r.shed()
		}
	}
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
		r.over[most] = true
		r.states[most], r.bounded[most], r.done[most] = nil, nil, nil
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
		if state == nil {
			continue
		}
		for _, x := range state.Finish() {
			r.opts.Match(i, x)
		}
		if err := Failure(state); err != nil && r.opts.Fail != nil {
			r.opts.Fail(i, err)
		}
		r.states[i] = nil
	}
}
