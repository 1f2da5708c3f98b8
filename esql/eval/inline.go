package eval

import (
	"slices"

	"github.com/rulevet/rulevet/esql/eval/internal/block"
)

// inlineStep is INLINE STATS: the rows stay, each gets the aggregates of its group.
type inlineStep struct {
	stats *statsStep
	from  []int // columns of the rows that stay
	outs  []int // outputs of the groups that are added
	scope []*column
	at    int
}

// inline makes the columns of INLINE STATS: what the rows had, then the targets, then the keys.
func (c *compiler) inline(s *statsStep, targets []*column, keys int) {
	before := c.scope
	step := &inlineStep{stats: s, scope: before, at: len(c.steps) + c.outer}
	names := map[string]bool{}
	for _, t := range targets {
		names[t.name] = true
	}
	var scope []*column
	for i, col := range before {
		if !names[col.name] {
			scope = append(scope, col)
			step.from = append(step.from, i)
		}
	}
	for i, t := range targets {
		if slices.ContainsFunc(targets[i+1:], func(o *column) bool { return o.name == t.name }) {
			continue
		}
		scope = append(scope, t)
		step.outs = append(step.outs, i)
	}
	c.scope = scope
	c.add(step)
}

func (s *inlineStep) open(r *Run, next sink) sink {
	inner := s.stats.open(r, nil).(*statsSink)
	return &inlineSink{r: r, step: s, next: next, stats: inner}
}

type inlineSink struct {
	r       *Run
	step    *inlineStep
	next    sink
	stats   *statsSink
	batches []*batch
	rows    [][]int32 // of each batch, as the groups were assigned
	ids     [][]int32
}

func (s *inlineSink) full() bool { return false }

func (s *inlineSink) push(b *batch) {
	s.stats.push(b)
	b, bytes := b.own(s.step.scope, s.step.at)
	s.r.held += bytes + 4*len(s.stats.rows) + 4*len(s.stats.ids)
	s.batches = append(s.batches, b)
	s.rows = append(s.rows, slices.Clone(s.stats.rows))
	s.ids = append(s.ids, slices.Clone(s.stats.ids))
}

func (s *inlineSink) finish() {
	table := s.stats.table()
	outs := make([]*block.Block, len(s.step.outs))
	for i, o := range s.step.outs {
		outs[i] = s.step.stats.outs[o].run(s.r, table)
	}
	for i, b := range s.batches {
		if s.r.Err != nil || s.next.full() {
			break
		}
		// A row with several values of a key belongs to several groups: it finds none, as in a join.
		group := make([]int32, b.n)
		for j := range group {
			group[j] = -1
		}
		for k, row := range s.rows[i] {
			if group[row] == -1 {
				group[row] = s.ids[i][k]
			} else {
				group[row] = -2
			}
		}
		out := b.project(s.step.from)
		for _, col := range outs {
			w := block.NewBuilder(col.Type, b.n)
			for _, g := range group {
				if g < 0 {
					w.EndRow()
				} else {
					w.AppendRow(col, int(g))
				}
			}
			out.cols = append(out.cols, w.Build())
		}
		s.next.push(out)
	}
	s.next.finish()
}
