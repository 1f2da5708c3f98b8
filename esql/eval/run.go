package eval

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval/internal/block"
	"github.com/rulevet/rulevet/esql/eval/internal/fn"
	"github.com/rulevet/rulevet/event"
)

// Run is one run of a program over events. It is not safe for concurrent use.
type Run struct {
	fn.Run
	// Answer is the model of this run, in the place of Options.Answer; nil: that. It may be set until the first event is added.
	Answer func(prompt string) (answer string, ok bool)
	p      *Program
	cover  *Coverage
	feeds  []*feed
	rows   []sink // of ROW
	// Each takes the rows of the result, in order, in the place of Result.Rows and Result.Docs; nil: these do. Of rows that stand for
	// events the row itself is left out. It may be set until the first event is added. If the run fails, what was taken is no result.
	Each     func(row string, doc *Doc)
	out      *collector
	warnings []string
	warned   map[*fn.Site]int
	docs     int
	made     int // rows that commands made of others
	held     int // estimated bytes of what the commands keep
}

// Doc is an event that a row comes from.
type Doc struct {
	Number int // of the events that were added, from 0
	Note   any // as Meta has it
}

// maxMade is how many rows commands may make of others in one run, and maxMadeEach how many more for each event: those that MV_EXPAND and
// joins multiply. The circuit breakers and time limits of Elasticsearch, which end such a query, do not exist here.
const (
	maxMade     = 1 << 22
	maxMadeEach = 256
)

// multiply fails the run if a command makes too many rows.
func (r *Run) multiply(rows int, by esql.Node) bool {
	if r.made += rows; r.made > maxMade+maxMadeEach*r.docs {
		r.Fail(&Error{Span: by.Span(), Message: fmt.Sprintf("more than [%d] rows that are made of others are not supported", maxMade+maxMadeEach*r.docs)})
	}
	return r.Err == nil
}

// Start begins a run. Coverage may be nil; it is added to.
func (p *Program) Start(cover *Coverage) *Run {
	r := &Run{p: p, cover: cover, warned: map[*fn.Site]int{}}
	r.Run = fn.Run{Now: p.opts.Now, Zone: p.env.Zone, Warn: r.warn}
	r.out = &collector{r: r, columns: p.columns}
	r.open(p.root, r.out)
	return r
}

// open starts a pipeline whose result goes to last.
func (r *Run) open(p *pipeline, last sink) {
	for _, s := range slices.Backward(p.steps) {
		last = s.open(r, last)
	}
	switch {
	case p.source != nil:
		r.feeds = append(r.feeds, newFeed(r, p.source, last, true))
	default:
		r.rows = append(r.rows, last)
	}
}

// maxFailures is how many failures of one expression are told.
const maxFailures = 20

func (r *Run) warn(site *fn.Site, err error) {
	n := r.warned[site]
	if n == 0 {
		r.warnings = append(r.warnings, fmt.Sprintf("Line %d:%d: evaluation of [%s] failed, treating result as null. Only first %d failures recorded.", site.Line, site.Column, site.Text, maxFailures))
	}
	r.warned[site] = n + 1
	if n >= maxFailures {
		return
	}
	text := fmt.Sprintf("Line %d:%d: %s", site.Line, site.Column, err)
	if !slices.Contains(r.warnings, text) {
		r.warnings = append(r.warnings, text)
	}
}

// Meta is what is known of an event beside its fields.
type Meta struct {
	ID, Index string // _id and _index of the event; may be empty
	// Source is the document; it is needed for queries on documents and for _source, and may change after the call.
	Source []byte
	// Note is the caller's own note on the event, for Doc. It is held as long as a row comes from the event.
	Note any
}

// Add gives the run the next event, decoded with the program's layout. It returns false when no more events can change the
// result.
func (r *Run) Add(rec *event.Record, meta *Meta) (more bool) {
	return r.feed(func(f *feed, doc int) { f.add(rec, meta, doc) })
}

// AddEvent is Add for an event that a Reader of the program has read.
func (r *Run) AddEvent(e *Event, meta *Meta) (more bool) {
	return r.feed(func(f *feed, doc int) { f.addEvent(e, meta, doc) })
}

func (r *Run) feed(add func(f *feed, doc int)) (more bool) {
	defer r.guard()
	doc := r.docs
	r.docs++
	want := false
	for _, f := range r.feeds {
		if !f.full {
			add(f, doc)
			want = true
		}
	}
	return want && r.Err == nil
}

// Held estimates the memory of what the run keeps until its end: groups, rows that are to be sorted, rows of the result. In bytes.
func (r *Run) Held() int { return r.held }

// guard makes an error of a panic, which is a fault of this package.
func (r *Run) guard() {
	if v := recover(); v != nil {
		r.Fail(recovered(v))
	}
}

// end lets what is left through all steps.
func (r *Run) end() {
	defer r.guard()
	for _, f := range r.feeds {
		f.flush()
		f.next.finish()
	}
	for _, s := range r.rows {
		s.push(&batch{n: 1})
		s.finish()
	}
}

// Result is the table that a query gives.
type Result struct {
	Columns []Column // in order
	// Rows are the rows as a response of Elasticsearch has them: a JSON array each.
	Rows []string
	// Docs are the events that the rows come from; nil if rows do not stand for events.
	Docs     []*Doc
	Warnings []string // texts as a response has them in its headers, without doubles
}

// Finish ends the run. The error is that of the query: what Elasticsearch refuses while it runs.
func (r *Run) Finish() (*Result, error) {
	r.end()
	if r.Err != nil {
		var at *fn.SiteError
		if errors.As(r.Err, &at) {
			return nil, &Error{Span: esql.Span{Start: at.Site.Start, End: at.Site.End}, Message: at.Err.Error()}
		}
		return nil, r.Err
	}
	return r.out.result(r), nil
}

// ColumnsJSON is the member "columns" of a response.
func (r *Result) ColumnsJSON() string {
	out := []byte(`"columns":[`)
	for i, c := range r.Columns {
		if i > 0 {
			out = append(out, ',')
		}
		out = block.AppendString(append(out, `{"name":`...), c.Name)
		out = append(block.AppendString(append(out, `,"type":`...), c.Type), '}')
	}
	return string(append(out, ']'))
}

// cells parts a row into its values, as JSON.
func cells(row string) []string {
	var list []json.RawMessage
	if json.Unmarshal([]byte(row), &list) != nil {
		return nil
	}
	out := make([]string, len(list))
	for k, v := range list {
		out[k] = string(v)
	}
	return out
}

// Object is a row as a JSON object: columns by name.
func (r *Result) Object(i int) string {
	out := []byte{'{'}
	for k, v := range cells(r.Rows[i]) {
		if k > 0 {
			out = append(out, ',')
		}
		out = append(append(block.AppendString(out, r.Columns[k].Name), ':'), v...)
	}
	return string(append(out, '}'))
}

// Cells are the values of a row for a reader: texts without quotes, nil for null.
func Cells(row string) []*string {
	list := cells(row)
	out := make([]*string, len(list))
	for k, v := range list {
		var s string
		switch {
		case v == "null":
		case json.Unmarshal([]byte(v), &s) == nil:
			out[k] = &s
		default:
			out[k] = &list[k]
		}
	}
	return out
}

// collector is the end of a pipeline.
type collector struct {
	r       *Run
	columns []*column
	rows    []string
	docs    []*Doc
	lost    bool
	buf     []byte
}

func (c *collector) full() bool { return false }
func (c *collector) finish()    {}

func (c *collector) push(b *batch) {
	if len(c.columns) == 0 {
		return
	}
	for i := range b.n {
		if each := c.r.Each; each != nil {
			if b.docs != nil {
				each("", b.docs[i])
			} else {
				each(c.row(b, i), nil)
			}
			continue
		}
		c.rows = append(c.rows, c.row(b, i))
		c.r.held += 16 + len(c.rows[len(c.rows)-1])
		if b.docs != nil {
			c.docs = append(c.docs, b.docs[i])
		} else {
			c.lost = true
		}
	}
}

// row is a row as JSON.
func (c *collector) row(b *batch, i int) string {
	buf := append(c.buf[:0], '[')
	for k, col := range c.columns {
		if k > 0 {
			buf = append(buf, ',')
		}
		if col.typ.Opaque() {
			buf = append(buf, "null"...)
		} else {
			buf = b.cols[k].AppendRow(buf, i)
		}
	}
	c.buf = append(buf, ']')
	return string(c.buf)
}

func (c *collector) result(r *Run) *Result {
	res := &Result{Columns: r.p.Columns(), Rows: c.rows, Warnings: r.warnings}
	if !c.lost {
		res.Docs = c.docs
	}
	return res
}

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

// indexOf is the number of the index that an event belongs to, -1 if FROM does not read it.
func (f *feed) indexOf(name string) int {
	if i, ok := f.byName[name]; ok {
		return i
	}
	found := -1
	if f.s.fits(name) {
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
