package eval

import (
	"slices"

	"github.com/rulevet/rulevet/internal/esdate"
)

// machine is the one-pass form of the sequence algorithm (spec/eql.md 6.2): for each key one slot a stage but the last.
// An event goes through the stages it matches from last to first, so it never follows itself; a stage takes what the
// stage before holds, whether or not it may then be extended.
type machine struct {
	p        *Program
	emit     func(ranked)
	position []int // of each stage among the positive ones; -1 for a missing stage
	positive []int // the positive stages
	keys     map[string][]*pending
	missing  []map[string][]int64 // by stage: timestamps (ms) of the hits of a missing stage, by key
	waiting  []*candidate         // complete, but a trailing missing event may still come
	steps    int
}

// pending is a sequence that is not complete.
type pending struct {
	events []*entry
}

func (q *pending) first() esdate.Instant { return q.events[0].ord.at }

// candidate is a complete run of positive events, to be checked for missing ones.
type candidate struct {
	events []*entry
	key    tuple
}

func newMachine(p *Program, emit func(ranked)) *machine {
	m := &machine{p: p, emit: emit, keys: map[string][]*pending{}, missing: make([]map[string][]int64, len(p.stages))}
	for i, s := range p.stages {
		if s.missing {
			m.position = append(m.position, -1)
			m.missing[i] = map[string][]int64{}
			continue
		}
		m.position = append(m.position, len(m.positive))
		m.positive = append(m.positive, i)
	}
	return m
}

// sweepEvery is the number of events between two searches for state that maxspan has made useless.
const sweepEvery = 1 << 16

// step takes the next event in order.
func (m *machine) step(e *entry) {
	m.release(e.ord.at.Milli)
	for i := len(e.stages) - 1; i >= 0; i-- {
		hit := &e.stages[i]
		for k := range hit.keys {
			if at := m.position[hit.stage]; at < 0 {
				m.recordMissing(hit.stage, hit.keys[k].canon, e.ord.at.Milli)
			} else {
				m.advance(e, at, hit.keys[k])
			}
		}
	}
	for _, t := range e.until {
		delete(m.keys, t.canon)
	}
	if m.steps++; m.steps%sweepEvery == 0 && m.p.maxspan > 0 {
		m.sweep(e.ord.at)
	}
}

// advance lets an event that matches the positive stage at extend what is pending for the key.
func (m *machine) advance(e *entry, at int, key tuple) {
	slots := m.keys[key.canon]
	if at == 0 {
		if slots == nil {
			slots = make([]*pending, len(m.positive)-1)
			if len(slots) > 0 {
				m.keys[key.canon] = slots
			}
		}
		m.store(slots, 0, &pending{append(make([]*entry, 0, len(m.positive)), e)}, key)
		return
	}
	if slots == nil || slots[at-1] == nil || slots[at-1].events[at-1].ord.compare(&e.ord) >= 0 {
		return
	}
	q := slots[at-1]
	slots[at-1] = nil // consumed, also if the event turns out to be too late
	if m.p.maxspan > 0 && e.ord.at.Sub(q.first()).Nanoseconds() > m.p.maxspan {
		return
	}
	q.events = append(q.events, e)
	m.store(slots, at, q, key)
}

// store keeps a sequence that ends at a stage, or completes it.
func (m *machine) store(slots []*pending, at int, q *pending, key tuple) {
	if at < len(slots) {
		slots[at] = q
		return
	}
	c := &candidate{q.events, key}
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
func (m *machine) recordMissing(stage int, key string, at int64) {
	hits := m.missing[stage][key]
	old := 0
	for m.p.maxspan > 0 && old < len(hits) && at-hits[old] > 2*(m.p.maxspan/1e6+1) {
		old++
	}
	m.missing[stage][key] = append(hits[old:], at)
}

// decide applies the missing events to a candidate (spec/eql.md 6.6, 12.1.2) and emits it if it stands.
func (m *machine) decide(c *candidate) {
	first, last := c.events[0].ord.at.Milli, c.events[len(c.events)-1].ord.at.Milli
	lead, hasLead := int64(0), false
	trail, hasTrail := int64(0), false
	for i, hits := range m.missing {
		if hits == nil {
			continue
		}
		list := hits[c.key.canon]
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
				return
			}
		}
	}
	if m.room(first, last, lead, hasLead, trail, hasTrail) {
		m.emit(m.result(c))
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
	out.Keys = c.key.strings()
	for _, at := range m.position {
		if at < 0 {
			out.Events = append(out.Events, nil)
			continue
		}
		out.Events = append(out.Events, c.events[at].ref)
	}
	return out
}

// sweep drops the keys whose pending sequences are all too old to be completed.
func (m *machine) sweep(now esdate.Instant) {
	for key, slots := range m.keys {
		live := false
		for i, q := range slots {
			if q == nil {
				continue
			}
			if now.Sub(q.first()).Nanoseconds() > m.p.maxspan {
				slots[i] = nil
				continue
			}
			live = true
		}
		if !live {
			delete(m.keys, key)
		}
	}
	reach := 2 * (m.p.maxspan/1e6 + 1)
	for _, hits := range m.missing {
		for key, list := range hits {
			if now.Milli-list[len(list)-1] > reach {
				delete(hits, key)
			}
		}
	}
}
