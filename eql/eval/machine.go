package eval

import (
	"slices"

	"github.com/rulevet/rulevet/internal/esdate"
)

// machine is the one-pass form of the sequence algorithm (LANGUAGE.md 6.2): for each key one slot a stage but the last.
// An event goes through the stages it matches from last to first, so it never follows itself; a stage takes what the
// stage before holds, whether or not it may then be extended.
type machine struct {
	p        *Program
	emit     func(ranked)
	position []int // of each stage among the positive ones; -1 for a missing stage
	positive []int // the positive stages
	pending  pending
	missing  []map[string][]int64 // by stage: timestamps (ms) of the hits of a missing stage, by key
	waiting  []*candidate         // complete, but a trailing missing event may still come
	steps    int                  // since the last sweep
	now      esdate.Instant       // of the last event
	trace    *tracer              // nil unless the run explains
}

// candidate is a complete run of positive events, to be checked for missing ones.
type candidate struct {
	events []*kept
	key    tuple
}

func newMachine(p *Program, emit func(ranked)) *machine {
	m := &machine{p: p, emit: emit, missing: make([]map[string][]int64, len(p.stages))}
	for i, s := range p.stages {
		if s.missing {
			m.position = append(m.position, -1)
			m.missing[i] = map[string][]int64{}
			continue
		}
		m.position = append(m.position, len(m.positive))
		m.positive = append(m.positive, i)
	}
	m.pending = newPending(len(m.positive) - 1)
	return m
}

// sweepEvery is the number of events between two searches for hits of missing stages that maxspan has made useless.
const sweepEvery = 1 << 16

// step takes the next event in order.
func (m *machine) step(e *entry) {
	m.now = e.ord.at
	m.release(e.ord.at.Milli)
	if m.p.maxspan > 0 {
		m.pending.expire(e.ord.at.Milli, m.p.maxspan/1e6)
	}
	for i := len(e.hits) - 1; i >= 0; i-- {
		hit := &e.hits[i]
		for _, key := range hit.keys {
			if at := m.position[hit.stage]; at < 0 {
				m.recordMissing(hit.stage, key, e.ord.at.Milli)
				if m.trace != nil {
					m.trace.unwanted(hit.stage, key, e)
				}
			} else {
				m.advance(e, at, key)
			}
		}
	}
	for _, key := range e.until {
		m.stop(e, key)
	}
	if m.steps++; m.steps >= sweepEvery && m.p.maxspan > 0 {
		m.steps = 0
		m.sweep(e.ord.at)
	}
}

// stop ends what is pending for a key of an until event.
func (m *machine) stop(e *entry, key []byte) {
	st := m.pending.get(key)
	if st == nil {
		return
	}
	if m.trace != nil {
		m.trace.until(st, key, e)
	}
	m.pending.drop(st)
}

// advance lets an event that matches the positive stage at extend what is pending for the key.
func (m *machine) advance(e *entry, at int, key []byte) {
	if at == 0 {
		m.begin(e, key)
		return
	}
	st := m.pending.get(key)
	if st == nil || len(st.slots[at-1]) == 0 || st.slots[at-1][at-1].ord.compare(&e.ord) >= 0 {
		return
	}
	events := st.take(at - 1) // consumed, also if the event turns out to be too late
	over := e.ord.at.Sub(events[0].ord.at).Nanoseconds() - m.p.maxspan
	late := m.p.maxspan > 0 && over > 0
	if late && m.trace != nil {
		m.trace.late(events, key, e, over)
	}
	if !late {
		events = append(events, e.keep())
		if at < len(st.slots) {
			st.put(at, events)
			if m.trace != nil {
				m.trace.grew(events, key)
			}
			return
		}
		m.complete(events, key)
	}
	if late || !m.trailing() {
		st.clear(at-1, events)
	}
	if st.filled == 0 {
		m.pending.drop(st)
	}
}

// begin starts a sequence; it takes the place of one that waits for its second event.
func (m *machine) begin(e *entry, key []byte) {
	if len(m.positive) == 1 {
		m.complete([]*kept{e.keep()}, key)
		return
	}
	st := m.pending.make(key)
	events := st.slots[0]
	if events == nil {
		events = make([]*kept, 0, min(len(m.positive), 4))
	}
	st.put(0, append(events[:0], e.keep()))
	if m.p.maxspan > 0 && m.trace == nil {
		m.pending.enqueue(st, e.ord.at.Milli)
	}
	if m.trace != nil {
		m.trace.grew(st.slots[0], key)
	}
}

// complete decides a sequence, or lets it wait if a missing event may still come.
func (m *machine) complete(events []*kept, key []byte) {
	c := &candidate{events, tuple(key)}
	if m.trailing() {
		m.waiting = append(m.waiting, c)
		return
	}
	m.decide(c)
}

func (m *machine) leading() bool  { return m.p.stages[0].missing }
func (m *machine) trailing() bool { return m.p.stages[len(m.p.stages)-1].missing }

// release decides the candidates that no later event can spoil any more.
func (m *machine) release(now int64) {
	n := 0
	for n < len(m.waiting) && m.p.maxspan > 0 && now-m.waiting[n].events[0].ord.at.Milli > m.p.maxspan/1e6+1 {
		m.decide(m.waiting[n])
		n++
	}
	m.waiting = m.waiting[n:]
}

func (m *machine) finish() {
	for _, c := range m.waiting {
		m.decide(c)
	}
	m.waiting = nil
}

// recordMissing notes a hit of a missing stage and forgets those out of reach of any sequence to come.
func (m *machine) recordMissing(stage int, key []byte, at int64) {
	hits := m.missing[stage][string(key)]
	old := 0
	for m.p.maxspan > 0 && old < len(hits) && at-hits[old] > 2*(m.p.maxspan/1e6+1) {
		old++
	}
	m.missing[stage][string(key)] = append(hits[old:], at)
}

// decide applies the missing events to a candidate (LANGUAGE.md 6.6, 12.1.2) and emits it if it stands.
func (m *machine) decide(c *candidate) {
	first, last := c.events[0].ord.at.Milli, c.events[len(c.events)-1].ord.at.Milli
	lead, hasLead := int64(0), false
	trail, hasTrail := int64(0), false
	for i, hits := range m.missing {
		if hits == nil {
			continue
		}
		list := hits[string(c.key)]
		switch {
		case i < m.positive[0]:
			// The latest hit before the first event, over all leading stages.
			if n, _ := slices.BinarySearch(list, first); n > 0 && (!hasLead || list[n-1] > lead) {
				lead, hasLead = list[n-1], true
			}
		case i > m.positive[len(m.positive)-1]:
			if n, _ := slices.BinarySearch(list, last+1); n < len(list) && (!hasTrail || list[n] < trail) {
				trail, hasTrail = list[n], true
			}
		default:
			if m.between(i, list, c) {
				m.reject(c, i)
				return
			}
		}
	}
	if !m.room(first, last, lead, hasLead, trail, hasTrail) {
		stage := 0
		if !m.leading() {
			stage = len(m.position) - 1
		}
		m.reject(c, stage)
		return
	}
	if m.trace != nil {
		m.trace.completed(c)
	}
	m.emit(m.result(c))
}

func (m *machine) reject(c *candidate, stage int) {
	if m.trace != nil {
		m.trace.rejected(c, stage)
	}
}

// between reports whether a middle missing stage has a hit strictly between its positive neighbours.
func (m *machine) between(stage int, list []int64, c *candidate) bool {
	next, _ := slices.BinarySearch(m.positive, stage)
	from, to := c.events[next-1].ord.at.Milli, c.events[next].ord.at.Milli
	n, _ := slices.BinarySearch(list, from+1)
	return n < len(list) && list[n] < to
}

// room reports whether a window of length maxspan around the events is free of leading and trailing hits.
func (m *machine) room(first, last, lead int64, hasLead bool, trail int64, hasTrail bool) bool {
	span := m.p.maxspan / 1e6
	switch {
	case !hasLead && !hasTrail, m.leading() && !hasLead, m.trailing() && !hasTrail:
		return true
	case m.leading() && m.trailing():
		return trail-lead > span
	case m.leading():
		return last-lead > span
	}
	return trail-first > span
}

func (m *machine) result(c *candidate) ranked {
	out := ranked{ord: c.events[len(c.events)-1].ord, key: c.key}
	out.Keys = c.key.strings(m.p.stages[0].keys, false)
	for _, at := range m.position {
		if at < 0 {
			out.Events = append(out.Events, nil)
			continue
		}
		out.Events = append(out.Events, &c.events[at].ref)
	}
	return out
}

// sweep drops the hits of missing stages that are too old to matter.
func (m *machine) sweep(now esdate.Instant) {
	reach := 2 * (m.p.maxspan/1e6 + 1)
	for _, hits := range m.missing {
		for key, list := range hits {
			if now.Milli-list[len(list)-1] > reach {
				delete(hits, key)
			}
		}
	}
}
