package eval

import (
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"github.com/rulevet/rulevet/esql/eval/internal/block"
	"github.com/rulevet/rulevet/event"
)

// feed turns events into batches of a source's columns.
type feed struct {
	r        *Run
	s        *indexSource
	next     sink
	builders []*block.Builder // by column; nil for those that nothing reads
	docs     []*Doc
	byName   map[string]int
	lastName string // of the index of the last event, and its number
	lastIx   int
	loaders  [][]loader    // by index
	packed   [][]loader    // by index, of events of a Reader
	passes   [][]admission // by index, nil until an event of it comes
	arena    []byte
	full     bool // no more events are wanted
	reuse    bool // no step keeps a batch: its memory serves the next one
	arenas   [][]byte
	bytes    int // of texts that wait
	unions   []unionFeed
	tests    []testFeed
}

func newFeed(r *Run, s *indexSource, next sink, reuse bool) *feed {
	f := &feed{r: r, s: s, next: next, reuse: reuse, byName: map[string]int{}, loaders: make([][]loader, len(s.indexes)+1), packed: make([][]loader, len(s.indexes)+1)}
	if len(s.admit) > 0 && r.cover == nil {
		f.passes = make([][]admission, len(s.indexes)+1)
	}
	f.lastIx = f.indexOf("")
	f.reset()
	return f
}

// loader reads one column of events of one index.
type loader struct {
	w    *block.Builder
	at   int       // of the column
	col  *column   // metadata; nil for a field
	slot fieldSlot // without read if the index lacks the field
	// plain is set for a field without options whose values are texts or whole numbers as they are.
	plain block.Type
	one   int
}

func (f *feed) newLoaders(ix int) []loader {
	out := []loader{}
	for i, w := range f.builders {
		if w == nil {
			continue
		}
		col := f.s.scope[i]
		l := loader{at: i, w: w}
		switch r := col.field; {
		case r.byIndex == nil:
			l.col = col
		case ix < len(r.slots):
			l.slot = r.slots[ix]
			if one, ok := l.slot.single(); ok {
				fd := l.slot.field
				l.one = one
				if t, _ := typeOf(fd.Type, false); t == block.Keyword || t == block.Text || t == block.Long && fd.Type == "long" {
					l.plain = t
				}
			}
		}
		out = append(out, l)
	}
	return out
}

func (f *feed) reset() {
	f.bytes = 0
	if f.reuse && f.builders != nil {
		for _, w := range f.builders {
			if w != nil {
				w.Reset()
			}
		}
		clear(f.docs)
		f.docs, f.arenas, f.arena = f.docs[:0], f.arenas[:0], nil
		f.resetHidden()
		return
	}
	f.builders = make([]*block.Builder, len(f.s.scope)) // they grow when events come: of most programs none does
	for i, col := range f.s.scope {
		if col.field != nil && (col.field.used || col.field.tested && f.r.cover != nil) {
			f.builders[i] = block.NewBuilder(col.typ, 0)
		}
	}
	for _, list := range slices.Concat(f.loaders, f.packed) {
		for i := range list {
			list[i].w = f.builders[list[i].at]
		}
	}
	f.docs = nil
	f.arena, f.arenas = nil, nil
	f.resetHidden()
}

// maxNames is how many names of indexes are remembered: more than a cluster has, but an input may invent them.
const maxNames = 10_000

// indexOf is the number of the index that an event belongs to, -1 if FROM does not read it.
func (f *feed) indexOf(name string) int {
	if i, ok := f.byName[name]; ok {
		return i
	}
	found := -1
	if f.s.any || f.s.fits(name) {
		for i, ix := range f.s.indexes {
			if name == "" || ix.Name == name || globMatch(strings.Split(ix.Name, "*"), name) || fitsDataStream(ix.Name, name) {
				found = i
				break
			}
			if ix.Name == "" && found < 0 {
				found = i
			}
		}
		if found < 0 {
			found = len(f.s.indexes)
		}
	}
	if len(f.byName) == maxNames {
		clear(f.byName)
	}
	f.byName[strings.Clone(name)] = found
	return found
}

func (f *feed) add(rec *event.Record, meta *Meta, doc int) {
	ix, ok := f.admit(rec, meta.Index)
	if !ok {
		return
	}
	if f.loaders[ix] == nil {
		f.loaders[ix] = f.newLoaders(ix)
	}
	f.load(f.loaders[ix], ix, rec, meta, doc)
	f.addUnions(ix, rec)
	for _, t := range f.tests {
		t.w.Long(block.Bool(t.key.test.match(rec)))
		t.w.EndRow()
	}
	f.added(meta, doc)
}

// admit tells whether an event can count, and the number of its index.
func (f *feed) admit(rec *event.Record, index string) (ix int, ok bool) {
	if index != f.lastName {
		f.lastIx, f.lastName = f.indexOf(index), strings.Clone(index)
	}
	ix = f.lastIx
	if ix < 0 || f.passes == nil {
		return ix, ix >= 0
	}
	if f.passes[ix] == nil {
		f.passes[ix] = f.admissions(ix, f.s.admit)
	}
	return ix, f.admits(f.passes[ix], rec)
}

// load adds the fields of an event to the columns.
func (f *feed) load(loaders []loader, ix int, rec *event.Record, meta *Meta, doc int) {
	for i := range loaders {
		l := &loaders[i]
		w := l.w
		if l.plain != block.Null {
			if vs := rec.Slots[l.one]; len(vs) == 1 {
				switch {
				case l.plain != block.Long:
					w.OneString(f.keep(vs[0].Text))
					continue
				case vs[0].Kind == event.Int:
					w.OneLong(int64(vs[0].Bits))
					continue
				}
			}
		}
		f.column(w, l, ix, rec, meta, doc)
	}
}

// added ends the row of an event.
func (f *feed) added(meta *Meta, doc int) {
	var d *Doc
	if !f.r.p.aggregates {
		d = &Doc{doc, meta.Note}
	}
	f.docs = append(f.docs, d)
	if len(f.docs) == batchSize || f.bytes > batchBytes {
		f.flush()
	}
}

func (f *feed) column(w *block.Builder, l *loader, ix int, rec *event.Record, meta *Meta, doc int) {
	switch {
	case l.col != nil:
		f.meta(w, l.col.name, ix, rec, meta, doc)
		return
	case l.slot.read != nil:
		readInto(&l.slot, rec, w)
		f.own(w)
	}
	w.EndRow()
}

func readInto(s *fieldSlot, rec *event.Record, w *block.Builder) {
	for _, slot := range s.slots {
		s.read(rec.Values(slot), w)
	}
	if s.points[0] >= 0 {
		lats, lons := rec.Values(s.points[0]), rec.Values(s.points[1])
		for i := range min(len(lats), len(lons)) {
			y, err1 := strconv.ParseFloat(lats[i].Text, 64)
			x, err2 := strconv.ParseFloat(lons[i].Text, 64)
			if err1 == nil && err2 == nil {
				w.String(block.Point(x, y))
			}
		}
	}
	if (s.sorted || s.unique) && w.Pending() > 1 {
		w.SortPending(s.unique)
	}
}

// own copies the texts of the row, which belong to the event, into memory of the batch.
func (f *feed) own(w *block.Builder) {
	texts := w.PendingStrings()
	for i, s := range texts {
		texts[i] = f.keep(s)
	}
}

const (
	arenaSize = 16 << 10
	// batchBytes is how many bytes of texts go through the steps at a time: each program keeps memory for as many.
	batchBytes = 128 << 10
)

func (f *feed) keep(s string) string {
	f.bytes += len(s)
	if len(s) > arenaSize/4 {
		return strings.Clone(s)
	}
	if len(f.arena)+len(s) > cap(f.arena) {
		f.arena = f.newArena()
	}
	start := len(f.arena)
	f.arena = append(f.arena, s...)
	if len(s) == 0 {
		return ""
	}
	return unsafe.String(&f.arena[start], len(s)) // these bytes are not written again
}

// newArena is a piece of memory for texts. While batches are not kept the pieces serve again and again.
func (f *feed) newArena() []byte {
	if n := len(f.arenas); n < cap(f.arenas) && f.arenas[:n+1][n] != nil {
		f.arenas = f.arenas[:n+1]
	} else {
		f.arenas = append(f.arenas, make([]byte, 0, arenaSize))
	}
	return f.arenas[len(f.arenas)-1][:0]
}

func (f *feed) meta(w *block.Builder, name string, ix int, rec *event.Record, meta *Meta, doc int) {
	switch name {
	case "_id":
		if meta.ID != "" {
			w.String(f.keep(meta.ID))
		} else {
			w.String(strconv.Itoa(doc + 1))
		}
	case "_index":
		if meta.Index != "" {
			w.String(f.keep(meta.Index))
		} else if ix < len(f.s.indexes) && f.s.indexes[ix].Name != "" {
			w.String(f.s.indexes[ix].Name)
		} else {
			w.String(f.s.patterns[0])
		}
	case "_version":
		w.Long(1)
	case "_index_mode":
		w.String("standard")
	case "_score":
		w.Double(0)
	case "_source":
		f.bytes += len(meta.Source)
		w.String(string(meta.Source))
	case "_ignored":
		f.ignored(w, ix, rec)
	}
	w.EndRow()
}

// ignored lists the fields that leave out a text for its length.
func (f *feed) ignored(w *block.Builder, ix int, rec *event.Record) {
	for _, r := range f.s.fields {
		if ix >= len(r.slots) || r.slots[ix].read == nil || r.byIndex[ix].IgnoreAbove <= 0 {
			continue
		}
		for _, slot := range r.slots[ix].slots {
			for _, v := range rec.Values(slot) {
				if len([]rune(v.Text)) > r.byIndex[ix].IgnoreAbove {
					w.String(r.name)
				}
			}
		}
	}
}

// flush sends what has come in so far.
func (f *feed) flush() {
	if len(f.docs) == 0 {
		return
	}
	b := &batch{n: len(f.docs), cols: make([]*block.Block, len(f.builders)), docs: f.docs}
	for i, w := range f.builders {
		if w != nil {
			b.cols[i] = w.Build()
		}
	}
	f.buildHidden(b)
	f.next.push(b)
	f.full = f.next.full()
	f.reset()
}
