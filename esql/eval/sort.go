package eval

import (
	"slices"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval/internal/block"
)

type sortKey struct {
	e          *expr
	desc       bool
	nullsFirst bool
}

// sort compiles SORT; with a LIMIT right behind it only as many rows are kept.
func (c *compiler) sort(x *esql.Sort) {
	s := &sortStep{limit: -1, scope: c.scope, at: len(c.steps) + c.outer}
	for _, k := range x.Keys {
		s.keys = append(s.keys, sortKey{c.expr(k.X), k.Desc, k.NullsFirst})
	}
	c.add(s)
}

type sortStep struct {
	keys  []sortKey
	limit int // of the rows that count; negative: all do
	scope []*column
	at    int
}

func (s *sortStep) open(r *Run, next sink) sink {
	return &sortSink{r: r, step: s, next: next}
}

// ref is a row of a kept batch.
type ref struct{ batch, row int32 }

type sortSink struct {
	r       *Run
	step    *sortStep
	next    sink
	batches []*batch
	keys    [][]*block.Block // by batch
	rows    []ref
	held    int // as the run knows
}

func (s *sortSink) full() bool { return false }

func (s *sortSink) push(b *batch) {
	n := int32(len(s.batches))
	s.keep(b)
	for i := range b.n {
		s.rows = append(s.rows, ref{n, int32(i)})
	}
	if s.step.limit >= 0 && len(s.rows) > 4*(s.step.limit+batchSize) {
		s.shrink()
	}
}

// keep adds a copy of a batch.
func (s *sortSink) keep(b *batch) {
	b, bytes := b.own(s.step.scope, s.step.at)
	keys := make([]*block.Block, len(s.step.keys))
	for i, k := range s.step.keys {
		keys[i] = k.e.run(s.r, b)
	}
	s.batches = append(s.batches, b)
	s.keys = append(s.keys, keys)
	bytes += (8 + 16*len(keys)) * b.n
	s.held += bytes
	s.r.held += bytes
}

// shrink keeps the rows that can still be among the first.
func (s *sortSink) shrink() {
	s.order()
	s.rows = s.rows[:min(len(s.rows), s.step.limit)]
	merged := s.merge(s.rows)
	s.r.held -= s.held
	s.batches, s.keys, s.held = nil, nil, 0
	s.keep(merged)
	for i := range s.rows {
		s.rows[i] = ref{0, int32(i)}
	}
}

func (s *sortSink) order() { slices.SortStableFunc(s.rows, s.compare) }

func (s *sortSink) compare(x, y ref) int {
	for i := range s.step.keys {
		k := &s.step.keys[i]
		a, b := s.keys[x.batch][i], s.keys[y.batch][i]
		p, okP := extremeSlot(a, int(x.row), k.desc)
		q, okQ := extremeSlot(b, int(y.row), k.desc)
		switch {
		case !okP && !okQ:
			continue
		case !okP:
			return nullOrder(k.nullsFirst)
		case !okQ:
			return -nullOrder(k.nullsFirst)
		}
		c := block.Compare(k.e.typ, a, p, b, q)
		if k.desc {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

func nullOrder(first bool) int {
	if first {
		return -1
	}
	return 1
}

// extremeSlot is the value of a row that counts when sorting: the least, or the greatest in descending order.
func extremeSlot(b *block.Block, i int, desc bool) (int, bool) {
	if b.Type == block.Null {
		return 0, false
	}
	first, n := b.Range(i)
	best := first
	for s := first + 1; s < first+n; s++ {
		if c := block.Compare(b.Type, b, s, b, best); desc && c > 0 || !desc && c < 0 {
			best = s
		}
	}
	return best, n > 0
}

// merge makes one batch of rows of several.
func (s *sortSink) merge(rows []ref) *batch { return gather(s.batches, rows) }

func gather(batches []*batch, rows []ref) *batch {
	if len(batches) == 0 {
		return &batch{}
	}
	out := &batch{n: len(rows), cols: make([]*block.Block, len(batches[0].cols))}
	for c := range out.cols {
		t, read := widest(batches, c)
		if !read {
			continue
		}
		w := block.NewBuilder(t, len(rows))
		for _, r := range rows {
			w.AppendRow(batches[r.batch].cols[c], int(r.row))
		}
		out.cols[c] = w.Build()
	}
	for i, r := range rows {
		b := batches[r.batch]
		if b.docs != nil {
			if out.docs == nil {
				out.docs = make([]*Doc, len(rows))
			}
			out.docs[i] = b.docs[r.row]
		}
	}
	for key, u := range batches[0].hidden {
		w := block.NewBuilder(u.Type, len(rows))
		for _, r := range rows {
			w.AppendRow(batches[r.batch].hidden[key], int(r.row))
		}
		if out.hidden == nil {
			out.hidden = map[hiddenKey]*block.Block{}
		}
		out.hidden[key] = w.Build()
	}
	return out
}

// widest is the type of a column over all batches: a constant null may stand in some. read is false if nothing reads it.
func widest(batches []*batch, c int) (t block.Type, read bool) {
	for _, b := range batches {
		if b.cols[c] != nil {
			read = true
			if b.cols[c].Type != block.Null {
				return b.cols[c].Type, true
			}
		}
	}
	return block.Null, read
}

func (s *sortSink) finish() {
	s.order()
	rows := s.rows
	if s.step.limit >= 0 {
		rows = rows[:min(len(rows), s.step.limit)]
	}
	for len(rows) > 0 && !s.next.full() && s.r.Err == nil {
		n := min(len(rows), batchSize)
		s.next.push(s.merge(rows[:n]))
		rows = rows[n:]
	}
	s.next.finish()
}

// limitBy compiles LIMIT n BY keys.
func (c *compiler) limitBy(x *esql.Limit, n int) {
	keys := make([]*expr, len(x.By))
	for i, f := range x.By {
		keys[i] = c.expr(f)
	}
	c.add(&limitByStep{n, keys})
}

type limitByStep struct {
	n    int
	keys []*expr
}

func (l *limitByStep) open(r *Run, next sink) sink {
	return &limitBySink{passing{next}, r, l, map[string]int{}}
}

type limitBySink struct {
	passing
	r    *Run
	step *limitByStep
	seen map[string]int
}

func (s *limitBySink) push(b *batch) {
	keys := make([]*block.Block, len(s.step.keys))
	for i, k := range s.step.keys {
		keys[i] = k.run(s.r, b)
	}
	var rows []int32
	var key []byte
	for i := range b.n {
		key = key[:0]
		for _, k := range keys {
			key = k.AppendRow(append(key, 0), i)
		}
		seen, known := s.seen[string(key)]
		if !known {
			s.r.held += groupSize + len(key)
		}
		if seen < s.step.n {
			s.seen[string(key)]++
			rows = append(rows, int32(i))
		}
	}
	if len(rows) > 0 {
		s.next.push(b.take(rows))
	}
}
