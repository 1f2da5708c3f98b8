package eval

import (
	"bytes"
	"fmt"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
)

// kept is what stays of an event that may become part of a result.
type kept struct {
	ref Ref
	ord ordinal
}

// entry is an event that matches a step. The keys belong to the finder and are valid until the next event, unless the entry
// is detached.
type entry struct {
	kept              // the source of the event is the caller's until keep
	hits   []stageHit // stages ascending
	until  [][]byte
	copied *kept
	copy   *[]byte // see Run.shared
}

// stageHit is a stage that the event matches, with the tuples it has there.
type stageHit struct {
	stage int
	keys  [][]byte
}

// keep copies the event on first use.
func (e *entry) keep() *kept {
	if e.copied == nil {
		e.copied = &kept{e.ref, e.ord}
		e.copied.ref.Source = e.source()
	}
	return e.copied
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

// detached is an entry that owns its memory. Most have room in it for all that they point to.
type detached struct {
	entry
	hitRoom [2]stageHit
	keyRoom [2][]byte
}

// detach makes a copy that owns its memory, but for the source of the event.
func (e *entry) detach() *detached {
	out := &detached{entry: entry{kept: e.kept, copy: e.copy}}
	lists, size := len(e.until), lengths(e.until)
	for i, h := range e.hits {
		if !e.sharesKeys(i) {
			lists, size = lists+len(h.keys), size+lengths(h.keys)
		}
	}
	keys, text := out.keyRoom[:0], make([]byte, 0, size)
	if lists > len(out.keyRoom) {
		keys = make([][]byte, 0, lists)
	}
	own := func(list [][]byte) [][]byte {
		from := len(keys)
		for _, k := range list {
			at := len(text)
			text = append(text, k...)
			keys = append(keys, text[at:len(text):len(text)])
		}
		return keys[from:len(keys):len(keys)]
	}
	if out.hits = out.hitRoom[:0]; len(e.hits) > len(out.hitRoom) {
		out.hits = make([]stageHit, 0, len(e.hits))
	}
	for i, h := range e.hits {
		if e.sharesKeys(i) {
			h.keys = out.hits[i-1].keys
		} else {
			h.keys = own(h.keys)
		}
		out.hits = append(out.hits, h)
	}
	out.until = own(e.until)
	return out
}

// settle gives a detached entry its event, whose source is copied.
func (d *detached) settle(ref Ref, copy *[]byte) *entry {
	d.ref, d.copy = ref, copy
	d.ord.index = ref.Index
	d.ref.Source = d.source()
	d.copied = &d.kept
	return &d.entry
}

// sharesKeys tells that a hit has the keys of the one before, as those of runs do.
func (e *entry) sharesKeys(i int) bool {
	return i > 0 && len(e.hits[i].keys) == len(e.hits[i-1].keys) && len(e.hits[i].keys) > 0 && &e.hits[i].keys[0] == &e.hits[i-1].keys[0]
}

func lengths(list [][]byte) (n int) {
	for _, b := range list {
		n += len(b)
	}
	return n
}

// finder finds the steps of a query that an event matches. Its memory is used again for the next event.
type finder struct {
	program *Program            // of the search
	given   []predicate.Verdict // of the steps on the event, until last; nil: evaluate them
	trace   *tracer             // nil unless the run explains
	keyers  []keyer             // by step, until last
	scratch entry
}

func newFinder(p *Program) finder { return finder{program: p, keyers: make([]keyer, len(p.stages)+1)} }

// find takes an event as p has it, which is the program of the search or the same query for another mapping. The entry is nil if the event
// changes nothing, and lacks its source.
func (f *finder) find(p *Program, rec *event.Record, index int) (*entry, error) {
	if p.unsent && f.program.unsent && f.trace == nil {
		return nil, nil
	}
	found, err := f.match(p, rec, index)
	if err != nil || !found {
		return nil, err
	}
	e := &f.scratch
	e.copied = nil
	e.ord, err = p.ordinal(rec, index)
	return e, err
}

// match finds the steps that an event matches and leaves them in the scratch entry.
func (f *finder) match(p *Program, rec *event.Record, index int) (found bool, err error) {
	e := &f.scratch
	e.hits, e.until = e.hits[:0], nil
	for i, s := range p.stages {
		if i > 0 && s == p.stages[i-1] { // runs: the same step again
			if n := len(e.hits); n > 0 && e.hits[n-1].stage == i-1 {
				e.hits = append(e.hits, stageHit{i, e.hits[n-1].keys})
			}
			continue
		}
		keys, err := f.keysAt(p, i, rec, index)
		if err != nil {
			return false, err
		}
		if len(keys) > 0 {
			e.hits = append(e.hits, stageHit{i, keys})
		}
	}
	if p.until != nil {
		if e.until, err = f.keysAt(p, len(p.stages), rec, index); err != nil {
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
func (f *finder) keysAt(p *Program, at int, rec *event.Record, index int) ([][]byte, error) {
	s := p.stageAt(at)
	var v predicate.Verdict
	if f.given != nil {
		v = f.given[s.term]
	} else {
		v = s.cond.Eval(rec)
	}
	switch v {
	case predicate.Failed:
		return nil, predicate.Err(s.cond, rec)
	case predicate.No:
		return nil, nil
	}
	keys, ok := f.keyers[at].tuples(s.keys, rec, at == len(p.stages))
	if !ok {
		return nil, fmt.Errorf("more than %d combinations of join key values", maxKeyTuples)
	}
	if f.trace != nil {
		f.trace.matched(f.program.stageAt(at), index, keys)
	}
	return keys, nil
}
