package eval

import (
	"slices"
	"strings"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval/internal/block"
)

// pipeline compiles the commands of a query or of a subquery.
func (c *compiler) pipeline(q *esql.Pipeline) *pipeline {
	p := &pipeline{}
	for _, cmd := range q.Commands {
		switch cmd := cmd.(type) {
		case *esql.From:
			p.source = c.from(cmd)
			c.pushable = true
		case *esql.Row:
			p.row = c.row(cmd)
		case *esql.Show:
			p.row = c.show()
		default:
			c.command(cmd)
		}
	}
	return p
}

// command compiles a command that is no source.
func (c *compiler) command(cmd esql.Command) {
	c.mixed = c.mixed || mixes(cmd)
	switch cmd := cmd.(type) {
	case *esql.Where:
		c.inWhere = true
		c.where(cmd)
		c.inWhere = false
	case *esql.Eval:
		c.bare = true
		c.eval(cmd.Fields)
		c.bare = false
	case *esql.Keep:
		c.keep(cmd)
	case *esql.Drop:
		c.drop(cmd)
	case *esql.Rename:
		c.rename(cmd)
	case *esql.Limit:
		c.limit(cmd)
	case *esql.Sort:
		c.sort(cmd)
	case *esql.Stats:
		c.bare = true
		c.stats(cmd)
		c.bare = false
		c.pushable = false
	case *esql.MvExpand:
		c.expand(cmd)
		c.pushable = false
	case *esql.Dissect:
		c.dissect(cmd)
	case *esql.Grok:
		c.grok(cmd)
	case *esql.LookupJoin:
		c.lookupJoin(cmd)
	case *esql.Enrich:
		c.enrich(cmd)
	case *esql.Fork:
		c.fork(cmd)
		c.pushable = false
	case *esql.Completion:
		c.completion(cmd)
	case *esql.Sample:
		c.notRun(cmd, "SAMPLE takes rows at random: it is not run by this program")
	default:
		c.notRun(cmd, "%s is not run by this program", cmd.Word())
	}
}

// projection lays out a batch anew: column i of the new scope is column from[i] of the old one.
func (c *compiler) project(scope []*column) {
	from := make([]int, len(scope))
	for i, col := range scope {
		from[i] = c.index(col)
	}
	c.scope = scope
	c.add(mapStep(func(_ *Run, b *batch) *batch { return b.project(from) }))
}

func (b *batch) project(from []int) *batch {
	cols := make([]*block.Block, len(from))
	for i, f := range from {
		cols[i] = b.cols[f]
	}
	return &batch{n: b.n, cols: cols, docs: b.docs, hidden: b.hidden}
}

// matched are the columns that a name or pattern of KEEP and DROP means.
func (c *compiler) matched(n *esql.Name) []*column {
	if n.Glob == nil {
		if col := c.lookup(n.Text); col != nil {
			return []*column{col}
		}
		c.fail(n, "unknown column `%s`", n.Text)
	}
	var out []*column
	for _, col := range c.scope {
		if globMatch(n.Glob, col.name) {
			out = append(out, col)
		}
	}
	if len(out) == 0 && !c.p.opts.Open {
		c.fail(n, "no column matches `%s`", n.Text)
	}
	return out
}

// globMatch matches a name against the literal parts between wildcards.
func globMatch(parts []string, s string) bool {
	if len(parts) == 1 {
		return s == parts[0]
	}
	if !strings.HasPrefix(s, parts[0]) {
		return false
	}
	s = s[len(parts[0]):]
	last := len(parts) - 1
	for _, p := range parts[1:last] {
		i := strings.Index(s, p)
		if i < 0 {
			return false
		}
		s = s[i+len(p):]
	}
	return strings.HasSuffix(s, parts[last])
}

// keep orders columns by the item that names them most exactly: a full name goes before a pattern, a pattern before "*";
// of two alike the later one counts.
func (c *compiler) keep(x *esql.Keep) {
	type place struct {
		item, rank int
	}
	places := map[*column]place{}
	for i, item := range x.Items {
		rank := 0
		switch {
		case item.Glob == nil:
			rank = 2
		case strings.Trim(item.Text, "*") != "":
			rank = 1
		}
		for _, col := range c.matched(item) {
			if p, ok := places[col]; !ok || rank >= p.rank {
				places[col] = place{i, rank}
			}
		}
	}
	var scope []*column
	for i := range x.Items {
		for _, col := range c.scope {
			if p, ok := places[col]; ok && p.item == i {
				scope = append(scope, col)
			}
		}
	}
	c.project(scope)
}

func (c *compiler) drop(x *esql.Drop) {
	gone := map[*column]bool{}
	for _, item := range x.Items {
		for _, col := range c.matched(item) {
			gone[col] = true
		}
	}
	c.project(slices.DeleteFunc(slices.Clone(c.scope), func(col *column) bool { return gone[col] }))
}

func (c *compiler) rename(x *esql.Rename) {
	scope := slices.Clone(c.scope)
	origin := map[*column]*column{}
	for _, r := range x.Items {
		if r.Old.Text == r.New.Text {
			continue
		}
		i := slices.IndexFunc(scope, func(col *column) bool { return col.name == r.Old.Text })
		if i < 0 {
			c.fail(r.Old, "unknown column `%s`", r.Old.Text)
		}
		renamed := *scope[i]
		renamed.name, renamed.origin = r.New.Text, scope[i]
		from := scope[i]
		if o := origin[from]; o != nil {
			from = o
		}
		origin[&renamed] = from
		scope[i] = &renamed
		scope = slices.DeleteFunc(scope, func(col *column) bool { return col.name == r.New.Text && col != &renamed })
	}
	from := make([]int, len(scope))
	for i, col := range scope {
		if o := origin[col]; o != nil {
			from[i] = c.index(o)
		} else {
			from[i] = c.index(col)
		}
	}
	c.scope = scope
	c.add(mapStep(func(_ *Run, b *batch) *batch { return b.project(from) }))
}

// define adds a column, in place of one of its name: behind all others.
func (c *compiler) define(name string, t block.Type) *column {
	col := &column{name: name, typ: t}
	scope := slices.DeleteFunc(slices.Clone(c.scope), func(o *column) bool { return o.name == name })
	c.scope = append(scope, col)
	return col
}

// fieldName is the name of a target: as written, or the text of the expression.
func (c *compiler) fieldName(f *esql.Field) string {
	if f.Target != nil {
		return f.Target.Name
	}
	if col, ok := esql.Unparen(f.X).(*esql.Column); ok {
		return col.Name
	}
	return strings.TrimSpace(c.text(f.X))
}

// eval compiles EVAL: each target sees those before it.
func (c *compiler) eval(fields []*esql.Field) {
	for _, f := range fields {
		e := c.expr(f.X)
		if e.span != nil {
			c.fail(f.X, "a time span cannot be a column")
		}
		roots, scope := c.roots(f.X), c.scope
		col := c.assign(c.fieldName(f), e)
		col.roots, col.def = roots, &scoped{f.X, scope}
	}
}

// assign adds a column with the value of an expression. It is not computed if nothing reads it.
func (c *compiler) assign(name string, e *expr) *column {
	before, at := c.scope, len(c.steps)+c.outer
	col := c.define(name, e.typ)
	from := make([]int, len(c.scope)-1)
	for i, o := range c.scope[:len(from)] {
		from[i] = slices.Index(before, o)
	}
	c.add(mapStep(func(r *Run, b *batch) *batch {
		out := b.project(from)
		if col.lastRead <= at && r.cover == nil {
			out.cols = append(out.cols, nil)
		} else {
			out.cols = append(out.cols, e.run(r, b))
		}
		return out
	}))
	return col
}

func (c *compiler) limit(x *esql.Limit) {
	lit, ok := x.Count.(*esql.Literal)
	if !ok || lit.Kind != esql.IntegerLiteral && lit.Kind != esql.LongLiteral || lit.Int < 0 {
		c.fail(x, "LIMIT: expected a whole number that is not negative, found `%s`", c.text(x.Count))
	}
	c.pushable = false
	if len(x.By) > 0 {
		c.limitBy(x, int(lit.Int))
		return
	}
	c.cut(&limitStep{n: int(min(lit.Int, 1<<31-1))})
}

// cut adds a limit. A SORT right in front of it need not keep more rows: one more where it matters whether there are more.
func (c *compiler) cut(l *limitStep) {
	if n := len(c.steps); n > 0 {
		if s, ok := c.steps[n-1].(*sortStep); ok {
			s.limit = l.n
			if l.cut != "" {
				s.limit++
			}
		}
	}
	c.add(l)
}

func (c *compiler) row(x *esql.Row) *rowSource {
	for _, f := range x.Fields {
		e := c.expr(f.X)
		if e.span != nil {
			c.fail(f.X, "a time span cannot be a column")
		}
		c.assign(c.fieldName(f), e)
	}
	return &rowSource{}
}

func (c *compiler) show() *rowSource {
	version := "9.5.3"
	if c.p.opts.V8 {
		version = "8.19.21"
	}
	for _, v := range [][2]string{{"version", version}, {"date", "unknown"}, {"hash", "unknown"}} {
		c.assign(v[0], constant(block.Of(block.Keyword, 1, v[1])))
	}
	return &rowSource{}
}

// rowSource gives one row without columns; the steps behind it add them.
type rowSource struct{}

// expand compiles MV_EXPAND.
func (c *compiler) expand(x *esql.MvExpand) {
	e := c.column(x.Field)
	at := c.index(e.col)
	col := *e.col
	col.field, col.origin = nil, e.col
	col.roots = []*column{&col}
	c.scope = slices.Clone(c.scope)
	c.scope[at] = &col
	c.add(mapStep(func(r *Run, b *batch) *batch {
		in := e.run(r, b)
		if in.Type == block.Null || in.Single() {
			return b
		}
		var rows []int32
		w := block.NewBuilder(in.Type, b.n)
		for i := range b.n {
			first, n := in.Range(i)
			if n > 1 && !r.multiply(n, x) {
				return nil
			}
			for s := first; s < first+n; s++ {
				w.AppendSlots(in, s, 1)
				w.EndRow()
				rows = append(rows, int32(i))
			}
			if n == 0 {
				w.EndRow()
				rows = append(rows, int32(i))
			}
		}
		out := b.take(rows)
		out.cols[at] = w.Build()
		return out
	}))
}
