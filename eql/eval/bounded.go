package eval

import (
	"slices"
	"time"

	"github.com/rulevet/rulevet/internal/esdate"
)

// What keeps the memory of a run in bounds when it is one of many.

// entrySize estimates the memory of an event that waits.
func entrySize(ref *Ref) int { return len(ref.Source) + len(ref.ID) + 300 }

// Held implements search.Bounded.
func (r *Run) Held() int { return r.held }

// Shed implements search.Bounded: it lets the older half of the waiting events through, before all events are known.
func (r *Run) Shed() {
	if len(r.entries) == 0 {
		return
	}
	r.sortEntries()
	n := (len(r.entries) + 1) / 2
	last := r.entries[n-1].ord
	for _, e := range r.entries[:n] {
		r.held -= entrySize(&e.ref)
	}
	r.through(n)
	r.passed = &last
}

// trim drops results that the first limit will not keep, whatever is still to come.
func (r *Run) trim() {
	if len(r.p.limits) == 0 {
		return
	}
	l := r.p.limits[0]
	if n := int64(len(r.results)); n < 1024 || n/2 < l.n {
		return
	}
	r.sort()
	kept := r.results[:l.n]
	if l.tail {
		kept = r.results[int64(len(r.results))-l.n:]
	}
	r.results = append([]ranked(nil), kept...)
}

// Pending implements search.Bounded: it counts the keys that the run remembers.
func (r *Run) Pending() int {
	switch {
	case r.samples != nil:
		return len(r.samples.keys)
	case r.machine == nil:
		return 0
	}
	n := len(r.machine.pending.keys) + len(r.machine.waiting)
	for _, hits := range r.machine.missing {
		for _, list := range hits {
			n += len(list)
		}
	}
	return n
}

// Sweep implements search.Bounded: it drops what can no longer become a result.
func (r *Run) Sweep() {
	if r.machine != nil && r.p.maxspan > 0 && r.machine.steps > 0 {
		r.machine.steps = 0
		r.machine.sweep(r.machine.now)
	}
}

// GiveUp implements search.Bounded: it forgets the half of the pending sequences, or of the keys of a sample, that have waited longest for another event: at least
// all over the time it returns. Missing events are not forgotten: that would make results.
func (r *Run) GiveUp() (given int, waited time.Duration) {
	switch {
	case r.samples != nil:
		now := r.samples.now
		age := func(b *bucket) int64 { return now.Sub(b.newest).Nanoseconds() }
		return forgetOldest(r.samples.keys, age, func(b *bucket) { delete(r.samples.keys, string(b.key)) })
	case r.machine != nil:
		now := r.machine.now
		return forgetOldest(r.machine.pending.keys, func(st *state) int64 { return st.age(now) }, r.machine.pending.drop)
	}
	return 0, 0
}

func forgetOldest[T any](keys map[string]T, age func(T) int64, forget func(T)) (given int, waited time.Duration) {
	if len(keys) == 0 {
		return 0, 0
	}
	var ages []int64
	for _, k := range keys {
		ages = append(ages, age(k))
	}
	slices.Sort(ages)
	limit := ages[len(ages)/2]
	for _, k := range keys {
		if age(k) >= limit {
			forget(k)
			given++
		}
	}
	return given, time.Duration(limit)
}

// age is how long a key has waited for its next event, in nanoseconds.
func (st *state) age(now esdate.Instant) int64 {
	least := int64(1<<63 - 1)
	for _, events := range st.slots {
		if len(events) > 0 {
			least = min(least, now.Sub(events[len(events)-1].ord.at).Nanoseconds())
		}
	}
	return least
}
