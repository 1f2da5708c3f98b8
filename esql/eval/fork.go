package eval

import (
	"slices"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval/internal/block"
)

// forkStep sends each batch through several branches. The column _fork says which one a row comes from.
type forkStep struct {
	branches [][]step
	// from has, for each branch, where the common columns stand among its own; -1: it lacks the column.
	from  [][]int
	types []block.Type
}

func (c *compiler) fork(x *esql.Fork) {
	if len(c.p.sources) == 0 && len(x.Branches) == 0 {
		c.fail(x, "FORK without branches")
	}
	before, steps, pushable := c.scope, c.steps, c.pushable
	for _, col := range before { // the branches share their batches
		col.touch(forever)
	}
	defer func(outer int, branch bool) { c.outer, c.branch = outer, branch }(c.outer, c.branch)
	c.outer += len(steps)
	c.branch = true
	f := &forkStep{}
	var scopes [][]*column
	for _, b := range x.Branches {
		c.scope, c.steps, c.pushable = before, nil, pushable
		for _, cmd := range b.Commands {
			c.command(cmd)
		}
		for _, col := range c.scope {
			c.use(col)
			col.touch(forever)
		}
		f.branches = append(f.branches, c.steps)
		scopes = append(scopes, c.scope)
	}
	var scope []*column
	for _, s := range scopes {
		for _, col := range s {
			if !slices.ContainsFunc(scope, func(o *column) bool { return o.name == col.name }) {
				scope = append(scope, &column{name: col.name, typ: col.typ})
			}
		}
	}
	for _, s := range scopes {
		from := make([]int, len(scope))
		for i, col := range scope {
			from[i] = slices.IndexFunc(s, func(o *column) bool { return o.name == col.name })
		}
		f.from = append(f.from, from)
	}
	for _, col := range scope {
		f.types = append(f.types, col.typ)
	}
	c.steps = append(steps, f)
	c.scope = append(scope, &column{name: "_fork", typ: block.Keyword})
}

func (f *forkStep) open(r *Run, next sink) sink {
	s := &forkSink{next: next}
	for i, steps := range f.branches {
		var last sink = &branchEnd{f: f, i: i, out: s}
		for _, st := range slices.Backward(steps) {
			last = st.open(r, last)
		}
		s.branches = append(s.branches, last)
	}
	return s
}

type forkSink struct {
	next     sink
	branches []sink
}

func (s *forkSink) push(b *batch) {
	for _, branch := range s.branches {
		if !branch.full() {
			branch.push(b)
		}
	}
}

func (s *forkSink) full() bool {
	return !slices.ContainsFunc(s.branches, func(b sink) bool { return !b.full() })
}

func (s *forkSink) finish() {
	for _, b := range s.branches {
		b.finish()
	}
	s.next.finish()
}

type branchEnd struct {
	f   *forkStep
	i   int
	out *forkSink
}

func (e *branchEnd) push(b *batch) {
	out := &batch{n: b.n, docs: b.docs, hidden: b.hidden}
	for k, from := range e.f.from[e.i] {
		if from < 0 {
			out.cols = append(out.cols, block.Nulls(e.f.types[k], b.n))
		} else {
			out.cols = append(out.cols, b.cols[from])
		}
	}
	name := "fork" + string(rune('1'+e.i))
	out.cols = append(out.cols, block.Of(block.Keyword, b.n, name))
	e.out.next.push(out)
}

func (e *branchEnd) finish()    {}
func (e *branchEnd) full() bool { return e.out.next.full() }
