package eval

import (
	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval/internal/block"
)

// Condition is a part of a WHERE, or the condition of an arm of CASE, that cannot be split by AND, OR and NOT.
type Condition struct {
	Span esql.Span // place in the query
	Text string    // as the query has it
}

// Conditions lists the conditions whose coverage a run records.
func (p *Program) Conditions() []*Condition { return p.conds }

// condition compiles a condition whose parts are covered.
func (c *compiler) condition(x esql.Expr) *expr {
	c.depth++
	defer func() { c.depth-- }()
	if c.depth > maxDepth {
		c.fail(x, "more than %d expressions within one another", maxDepth)
	}
	switch x := x.(type) {
	case *esql.Paren:
		return c.condition(x.X)
	case *esql.Unary:
		if x.Op == esql.Not {
			return c.negated(x, c.boolean(x, c.condition(x.X)))
		}
	case *esql.Binary:
		if x.Op == esql.And || x.Op == esql.Or {
			return c.conditions(x)
		}
	}
	e := c.boolean(x, c.expr(x))
	if e.constant != nil {
		return e
	}
	n := len(c.p.conds)
	c.p.conds = append(c.p.conds, &Condition{x.Span(), c.text(x)})
	out := *e
	out.run = func(r *Run, b *batch) *block.Block {
		res := e.run(r, b)
		if r.cover != nil {
			r.cover.see(n, res)
		}
		return res
	}
	return &out
}

func (c *compiler) conditions(x *esql.Binary) *expr { return c.chain(x, c.condition) }

// Coverage says of each condition of a program whether it was seen true and not true.
type Coverage struct{ True, False []bool }

// NewCoverage returns a coverage of nothing.
func (p *Program) NewCoverage() *Coverage {
	return &Coverage{make([]bool, len(p.conds)), make([]bool, len(p.conds))}
}

func (v *Coverage) see(n int, b *block.Block) {
	if v.True[n] && v.False[n] {
		return
	}
	for i := range b.N {
		first, k := b.Range(i)
		if k == 1 && b.Type == block.Boolean && b.L[first] != 0 {
			v.True[n] = true
		} else {
			v.False[n] = true
		}
	}
}

// where compiles WHERE.
func (c *compiler) where(x *esql.Where) {
	c.indexed = c.pushable && c.reaches(x.Cond)
	step := &whereStep{scope: c.scope, at: len(c.steps) + c.outer}
	if c.pushable && !c.branch && len(c.p.sources) == 1 {
		step.cond, step.rest = c.split(x.Cond)
	} else {
		step.cond = c.condition(x.Cond)
		step.rest = step.cond
	}
	c.indexed = false
	c.filter(x.Cond)
	c.add(step)
}

// filter keeps the rows for which a condition holds.
func filter(b *batch, cond *block.Block) *batch {
	rows := trueRows(cond, b.n)
	if len(rows) == b.n {
		return b
	}
	if len(rows) == 0 {
		return nil
	}
	return b.take(rows)
}

func trueRows(cond *block.Block, n int) []int32 {
	rows := make([]int32, 0, n)
	if cond.Type == block.Null {
		return rows
	}
	if cond.Off == nil && !cond.Const {
		for i, v := range cond.L[:n] {
			if v != 0 && (cond.Null == nil || !cond.Null[i]) {
				rows = append(rows, int32(i))
			}
		}
		return rows
	}
	for i := range n {
		if first, k := cond.Range(i); k == 1 && cond.L[first] != 0 {
			rows = append(rows, int32(i))
		}
	}
	return rows
}

// reaches tells whether Elasticsearch gives a condition to the index: then it compares as the index does. All of it must be
// comparisons of fields with constants.
func (c *compiler) reaches(x esql.Expr) bool {
	for n := range esql.Preorder(x) {
		switch n := n.(type) {
		case *esql.Column:
			if col := c.lookup(n.Name); col == nil || col.field == nil {
				return false
			}
		case *esql.Binary:
			if n.Op.Arithmetic() && containsColumn(n) {
				return false
			}
			if n.Op.Comparison() && containsColumn(n.X) == containsColumn(n.Y) {
				return false
			}
		case *esql.Call:
			if containsColumn(n) {
				return false
			}
		case *esql.Cast:
			if containsColumn(n) {
				return false
			}
		}
	}
	return true
}

func containsColumn(x esql.Node) bool {
	for n := range esql.Preorder(x) {
		if _, ok := n.(*esql.Column); ok {
			return true
		}
	}
	return false
}
