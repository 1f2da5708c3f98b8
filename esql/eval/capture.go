package eval

import (
	"slices"
	"unsafe"

	"github.com/rulevet/rulevet/esql/eval/internal/block"
	"github.com/rulevet/rulevet/esql/eval/internal/fn"
	"github.com/rulevet/rulevet/event"
)

// Event is what a program reads of an event, in memory of its own.
type Event struct {
	rec   event.Record // slots as Program.slots has them
	tests []bool       // outcomes of the searches
	index int
	name  string // of the index, if the query asks for it
}

// Reader reads events for runs of a program: what of one need not wait for those before it. It is not safe for concurrent use, but readers
// may work beside one another and beside runs.
type Reader struct {
	p     *Program
	feed  *feed
	slots []int // of the layout, that the program reads
	blank []*Event
	named bool // the query asks for the _index of events
}

// NewReader returns a reader; nil if a run cannot do without the events themselves.
func (p *Program) NewReader() *Reader {
	s := p.root.source
	if s == nil || len(p.sources) != 1 || slices.Contains(s.metadata, "_ignored") || slices.ContainsFunc(s.fields, func(f *fieldRef) bool { return len(f.union) > 0 }) {
		return nil
	}
	r := &Run{p: p, Run: fn.Run{Now: p.opts.Now, Zone: p.env.Zone, Warn: func(*fn.Site, error) {}}}
	return &Reader{p: p, feed: newFeed(r, s, nil, true), slots: s.slots(), blank: make([]*Event, len(s.indexes)+1),
		named: slices.Contains(s.metadata, "_index")}
}

// slots lists where the fields of the source are decoded, in ascending order.
func (s *indexSource) slots() []int {
	var out []int
	for _, f := range s.fields {
		for i := range f.slots {
			out = append(out, f.slots[i].slots...)
			if f.slots[i].read != nil && f.slots[i].points[0] >= 0 {
				out = append(out, f.slots[i].points[:]...)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Read reads an event that was decoded with the program's layout; nil if it cannot count. index is the name of its index, empty if not
// known.
func (r *Reader) Read(rec *event.Record, index string) *Event {
	ix, ok := r.feed.admit(rec, index)
	if !ok {
		return nil
	}
	values, bytes := 0, 0
	for _, slot := range r.slots {
		vs := rec.Values(slot)
		values += len(vs)
		for i := range vs {
			bytes += len(vs[i].Text)
		}
	}
	tests := r.feed.s.tests
	if values == 0 && len(tests) == 0 && !r.named {
		return r.empty(ix)
	}
	e := &Event{index: ix, rec: event.Record{Slots: make([][]event.Value, len(r.slots))}}
	if r.named {
		e.name = r.feed.lastName // a copy that all events of the index share
	}
	list, texts := make([]event.Value, 0, values), make([]byte, 0, bytes)
	for at, slot := range r.slots {
		vs := rec.Values(slot)
		if len(vs) == 0 {
			continue
		}
		from := len(list)
		for i := range vs {
			v := vs[i]
			start := len(texts)
			texts = append(texts, v.Text...)
			v.Text = unsafe.String(unsafe.SliceData(texts[start:]), len(v.Text)) // these bytes are not written again
			list = append(list, v)
		}
		e.rec.Slots[at] = list[from:len(list):len(list)]
	}
	for _, t := range tests {
		e.tests = append(e.tests, t.match(rec))
	}
	return e
}

// empty is an event that has none of the fields.
func (r *Reader) empty(ix int) *Event {
	if r.blank[ix] == nil {
		r.blank[ix] = &Event{index: ix, rec: event.Record{Slots: make([][]event.Value, len(r.slots))}}
	}
	return r.blank[ix]
}

// addEvent is add for an event of a reader.
func (f *feed) addEvent(e *Event, meta *Meta, doc int) {
	if f.packed[e.index] == nil {
		f.packed[e.index] = f.newLoaders(e.index)
		f.pack(f.packed[e.index])
	}
	if e.name != "" {
		with := *meta
		with.Index = e.name
		meta = &with
	}
	f.load(f.packed[e.index], e.index, &e.rec, meta, doc)
	for i, t := range f.tests {
		t.w.Long(block.Bool(e.tests[i]))
		t.w.EndRow()
	}
	f.added(meta, doc)
}

// pack makes loaders read the slots of an Event.
func (f *feed) pack(loaders []loader) {
	slots := f.s.slots()
	place := func(slot int) int {
		at, _ := slices.BinarySearch(slots, slot)
		return at
	}
	for i := range loaders {
		l := &loaders[i]
		if l.slot.read == nil {
			continue
		}
		own := make([]int, len(l.slot.slots))
		for k, slot := range l.slot.slots {
			own[k] = place(slot)
		}
		l.slot.slots = own
		if l.slot.points[0] >= 0 {
			l.slot.points = [2]int{place(l.slot.points[0]), place(l.slot.points[1])}
		}
		if l.plain != block.Null {
			l.one = own[0]
		}
	}
}
