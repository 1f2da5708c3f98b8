package eval

// state is what is pending for one key: by positive stage but the last, the events of the sequence that ends there. Its
// memory is used again for another key once nothing is pending.
type state struct {
	key    string
	slots  [][]*kept
	filled int  // slots that are not empty
	queued bool // for expiry
}

// pending are the states of all keys that have one.
type pending struct {
	keys  map[string]*state
	free  []*state
	slots int // of a state
	queue []check
	done  int // entries of the queue that are behind
}

// check is due once maxspan has passed since at (ms): what began before that is too old to be completed.
type check struct {
	at int64
	st *state
}

func newPending(slots int) pending { return pending{keys: map[string]*state{}, slots: slots} }

// get returns the state of a key, or nil.
func (p *pending) get(key []byte) *state { return p.keys[string(key)] }

// make returns the state of a key, a new one if it has none.
func (p *pending) make(key []byte) *state {
	if st := p.keys[string(key)]; st != nil {
		return st
	}
	var st *state
	if n := len(p.free); n > 0 {
		st, p.free = p.free[n-1], p.free[:n-1]
	} else {
		st = &state{slots: make([][]*kept, p.slots)}
	}
	st.key = string(key)
	p.keys[st.key] = st
	return st
}

// put lets a sequence wait in a slot, in the place of another one.
func (st *state) put(slot int, events []*kept) {
	if len(st.slots[slot]) == 0 {
		st.filled++
	}
	st.slots[slot] = events
}

// take empties a slot. The sequence may be lengthened in place; clear forgets its events but keeps the memory.
func (st *state) take(slot int) []*kept {
	events := st.slots[slot]
	st.slots[slot] = nil
	st.filled--
	return events
}

// clear empties a slot for use by another sequence.
func (st *state) clear(slot int, events []*kept) {
	clear(events)
	st.slots[slot] = events[:0]
}

// drop forgets a key, all that is pending included.
func (p *pending) drop(st *state) {
	delete(p.keys, st.key)
	for i, events := range st.slots {
		st.clear(i, events)
	}
	st.key, st.filled = "", 0
	p.free = append(p.free, st)
}

// enqueue makes sure that the state is looked at when maxspan has passed.
func (p *pending) enqueue(st *state, at int64) {
	if st.queued {
		return
	}
	if p.done > len(p.queue)/2 && p.done > 1024 {
		p.queue = p.queue[:copy(p.queue, p.queue[p.done:])]
		p.done = 0
	}
	st.queued = true
	p.queue = append(p.queue, check{at, st})
}

// expire drops the sequences that began more than span milliseconds ago. A state that has younger ones is looked at
// again a span later, so that no sequence outlives two spans, at a constant cost for each.
func (p *pending) expire(now, span int64) {
	for p.done < len(p.queue) && now-p.queue[p.done].at > span {
		st := p.queue[p.done].st
		p.queue[p.done].st = nil
		p.done++
		st.queued = false
		if st.filled == 0 {
			continue // in the free list
		}
		for i, events := range st.slots {
			if len(events) > 0 && now-events[0].ord.at.Milli > span {
				st.clear(i, events)
				st.filled--
			}
		}
		if st.filled == 0 {
			p.drop(st)
			continue
		}
		p.enqueue(st, now)
	}
}
