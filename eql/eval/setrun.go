package eval

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/rulevet/rulevet/event"
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

// Selection is a subset of the programs of a set. nil is all of them.
type Selection []uint64

// Select makes a selection of those programs of a set that keep accepts.
func (s *Set) Select(keep func(program int) bool) Selection {
	sel := make(Selection, (len(s.programs)+63)/64)
	for i := range s.programs {
		if keep(i) {
			sel[i>>6] |= 1 << (i & 63)
		}
	}
	return sel
}

func (s Selection) has(program int32) bool { return s == nil || s[program>>6]>>(program&63)&1 != 0 }

// SetRun is the state of one search of a set. It is not safe for concurrent use.
type SetRun struct {
	set  *Set
	opts SetOptions
	ctx  setContext
	runs []*Run // of the programs with state; nil for plain event queries
	over []bool // programs that have ended

	have       uint64   // frequent atoms of the event
	seen       []uint32 // by atom: epoch
	marked     []uint32 // by stage: epoch
	candidates []int32
	hits       []setHit
	fold       []byte
	result     Result
	ref        Ref
	copied     []byte // of the event's source, made on first need
	buffered   int    // bytes, over all runs
	fed        int
}

// setHit is a stage that an event matches, or fails at.
type setHit struct {
	program, at int32
	verdict     verdict
}

// NewRun starts a search.
func (s *Set) NewRun(o SetOptions) *SetRun {
	r := &SetRun{set: s, opts: o, runs: make([]*Run, len(s.programs)), over: make([]bool, len(s.programs)),
		seen: make([]uint32, len(s.atoms)), marked: make([]uint32, len(s.stages)), ctx: setContext{memo: make([]uint32, s.common)}}
	r.result.Events = []*Ref{&r.ref}
	for i, p := range s.programs {
		if p.IsEvent() && len(p.limits) == 0 {
			continue
		}
		run := p.NewRun(o.Buffer == 0 && p.sequence)
		run.given = make([]verdict, len(p.stages)+1)
		run.shared = &r.copied
		if len(p.limits) == 0 {
			run.deliver = func(x Result) { o.Match(i, x) }
		}
		r.runs[i] = run
	}
	return r
}

// Feed takes the next event, for the programs of the selection. rec and ref.Source need not stay.
func (r *SetRun) Feed(rec *event.Record, ref Ref, only Selection) {
	if r.ctx.next(rec) {
		clear(r.seen)
		clear(r.marked)
	}
	r.copied = nil
	r.find(rec)
	r.hits = r.hits[:0]
	for _, id := range r.candidates {
		st := &r.set.stages[id]
		if st.needs&^r.have != 0 || r.over[st.program] || !only.has(st.program) {
			continue
		}
		if v := st.cond.eval(&r.ctx); v != no {
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

// find collects the stages whose guards the event has.
func (r *SetRun) find(rec *event.Record) {
	r.candidates = append(r.candidates[:0], r.set.always...)
	r.have = 0
	for _, x := range r.set.slots {
		vs := values(rec, x.slot)
		if len(vs) == 0 {
			continue
		}
		if x.any >= 0 {
			r.found(x.any)
		}
		for i := range vs {
			var folded string
			folded, r.fold = foldInto(r.fold, vs[i].Text)
			x.find(folded, r.found)
		}
	}
}

// found notes an atom of the event.
func (r *SetRun) found(at int32) {
	if r.seen[at] == r.ctx.epoch {
		return
	}
	r.seen[at] = r.ctx.epoch
	a := &r.set.atoms[at]
	r.have |= a.bit
	for _, id := range a.stages {
		if r.marked[id] != r.ctx.epoch {
			r.marked[id] = r.ctx.epoch
			r.candidates = append(r.candidates, id)
		}
	}
}

// deliver hands the event to the programs that it hits.
func (r *SetRun) deliver(rec *event.Record, ref Ref) {
	for i := 0; i < len(r.hits); {
		program := r.hits[i].program
		run := r.runs[program]
		if run == nil {
			r.event(int(program), r.hits[i].verdict, rec, ref)
			i++
			continue
		}
		from := i
		for ; i < len(r.hits) && r.hits[i].program == program; i++ {
			run.given[r.hits[i].at] = r.hits[i].verdict
		}
		r.feed(int(program), run, rec, ref)
		for _, h := range r.hits[from:i] {
			run.given[h.at] = no
		}
	}
}

// event decides a plain event query.
func (r *SetRun) event(program int, v verdict, rec *event.Record, ref Ref) {
	p := r.set.programs[program]
	var err error
	if v == failed {
		err = p.scriptError(rec)
	} else {
		_, err = p.ordinal(rec, ref.Index) // a search sorts its events
	}
	if err != nil {
		r.opts.Fail(program, fmt.Errorf("record %d: %w", ref.Index, err))
		return
	}
	r.ref = ref
	r.opts.Match(program, r.result)
}

// feed hands the event to a program with state.
func (r *SetRun) feed(program int, run *Run, rec *event.Record, ref Ref) {
	before := len(run.entries)
	if err := run.Feed(rec, ref); err != nil {
		r.opts.Fail(program, err)
		return
	}
	run.trim()
	if run.Done() {
		r.over[program] = true
	}
	if len(run.entries) > before {
		size := entrySize(&ref)
		run.held += size
		if r.buffered += size; r.buffered > r.opts.Buffer {
			r.shed()
		}
	}
}

// entrySize estimates the memory of an event that waits.
func entrySize(ref *Ref) int { return len(ref.Source) + len(ref.ID) + 300 }

// shed makes room: the run that holds most events lets the older half of them through.
func (r *SetRun) shed() {
	var most *Run
	for _, run := range r.runs {
		if run != nil && (most == nil || run.held > most.held) {
			most = run
		}
	}
	before := most.held
	most.shed()
	r.buffered -= before - most.held
}

// pendingEvery is the number of events between two looks at what is pending.
const pendingEvery = 1 << 14

// limitPending takes from the program that has most pending while all have too much.
func (r *SetRun) limitPending(index int) {
	total := r.pending()
	if total > r.opts.MaxPending {
		for _, run := range r.runs {
			run.sweep()
		}
		total = r.pending()
	}
	for total > r.opts.MaxPending {
		most, pending := -1, 0
		for i, run := range r.runs {
			if n := run.pending(); n > pending {
				most, pending = i, n
			}
		}
		if most < 0 {
			return
		}
		if given, waited := r.runs[most].giveUp(); given > 0 {
			total -= given
			r.opts.Fail(most, &LimitError{Index: index, Pending: pending, Waited: waited})
			continue
		}
		r.opts.Fail(most, &LimitError{Index: index, Pending: pending, Ended: true})
		total -= pending
		r.buffered -= r.runs[most].held
		r.over[most], r.runs[most] = true, nil
	}
}

func (r *SetRun) pending() int {
	total := 0
	for _, run := range r.runs {
		total += run.pending()
	}
	return total
}

// Close ends the search and delivers the results that are left. The run cannot be used any more.
func (r *SetRun) Close() {
	for i, run := range r.runs {
		if run == nil {
			continue
		}
		for _, x := range run.Finish() {
			r.opts.Match(i, x)
		}
		r.runs[i] = nil
	}
}
