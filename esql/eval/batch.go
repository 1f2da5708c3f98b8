package eval

import (
	"slices"

	"github.com/rulevet/rulevet/esql/eval/internal/block"
)

// batchSize is how many rows go through the steps at a time.
const batchSize = 1024

// batch is a part of a table: one block for each column in scope; nil for a column that nothing reads.
type batch struct {
	n    int
	cols []*block.Block
	// docs are the events that the rows come from; nil after an aggregation.
	docs []*Doc
	// hidden are columns without a name: conversions of fields with different types in the indexes, and searches on events.
	hidden map[hiddenKey]*block.Block
}

// with copies what a batch has beside its columns.
func (b *batch) with(src *batch, f func(*block.Block) *block.Block) *batch {
	if src.hidden != nil {
		b.hidden = make(map[hiddenKey]*block.Block, len(src.hidden))
		for k, u := range src.hidden {
			b.hidden[k] = f(u)
		}
	}
	return b
}

// take returns some rows.
func (b *batch) take(rows []int32) *batch {
	out := &batch{n: len(rows), cols: make([]*block.Block, len(b.cols))}
	for i, c := range b.cols {
		out.cols[i] = c.Take(rows)
	}
	if b.docs != nil {
		out.docs = make([]*Doc, len(rows))
		for i, r := range rows {
			out.docs[i] = b.docs[r]
		}
	}
	return out.with(b, func(u *block.Block) *block.Block { return u.Take(rows) })
}

// own copies a batch, whose memory serves the next one, without the columns that no step from at on reads. It estimates what the copy takes,
// in bytes.
func (b *batch) own(scope []*column, at int) (*batch, int) {
	bytes := 48 * len(b.docs)
	out := &batch{n: b.n, cols: make([]*block.Block, len(b.cols)), docs: slices.Clone(b.docs)}
	copied := func(c *block.Block) *block.Block {
		c, n := c.Own()
		bytes += n
		return c
	}
	for i, c := range b.cols {
		if scope[i].lastRead >= at {
			out.cols[i] = copied(c)
		}
	}
	return out.with(b, copied), bytes
}

func (b *batch) head(n int) *batch {
	if n >= b.n {
		return b
	}
	out := &batch{n: n, cols: make([]*block.Block, len(b.cols))}
	for i, c := range b.cols {
		out.cols[i] = c.Head(n)
	}
	if b.docs != nil {
		out.docs = b.docs[:n]
	}
	return out.with(b, func(u *block.Block) *block.Block { return u.Head(n) })
}

// step is a command, ready to run.
type step interface {
	// open starts the command for one run; what it gives goes to next.
	open(r *Run, next sink) sink
}

// sink takes batches.
type sink interface {
	push(b *batch)
	finish()
	// full reports that no more rows are wanted.
	full() bool
}

// passing is what most sinks have in common.
type passing struct{ next sink }

func (p *passing) finish()    { p.next.finish() }
func (p *passing) full() bool { return p.next.full() }

// mapStep changes batch by batch.
type mapStep func(r *Run, b *batch) *batch

func (m mapStep) open(r *Run, next sink) sink { return &mapSink{passing{next}, r, m} }

type mapSink struct {
	passing
	r *Run
	f mapStep
}

func (s *mapSink) push(b *batch) {
	if b = s.f(s.r, b); b != nil && b.n > 0 {
		s.next.push(b)
	}
}

// limitStep is LIMIT.
type limitStep struct {
	n   int
	cut string // what to say if rows are left out
}

func (l *limitStep) open(r *Run, next sink) sink { return &limitSink{passing{next}, r, l, l.n} }

type limitSink struct {
	passing
	r    *Run
	step *limitStep
	left int
}

func (s *limitSink) push(b *batch) {
	if b.n > s.left && s.step.cut != "" && !slices.Contains(s.r.warnings, s.step.cut) {
		s.r.warnings = append(s.r.warnings, s.step.cut)
	}
	if s.left <= 0 {
		return
	}
	b = b.head(s.left)
	s.left -= b.n
	s.next.push(b)
}

func (s *limitSink) full() bool { return s.left <= 0 && s.step.cut == "" || s.next.full() }
