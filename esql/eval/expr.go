package eval

import (
	"slices"
	"strings"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval/internal/block"
	"github.com/rulevet/rulevet/esql/eval/internal/fn"
	"github.com/rulevet/rulevet/esql/eval/internal/moment"
)

// maxDepth is how deep expressions may nest.
const maxDepth = 500

// expr is a compiled expression.
type expr struct {
	typ      block.Type
	constant *block.Block // the value of a constant, one row
	span     *moment.Span // a time span has no column
	literal  bool         // a text of the query
	col      *column      // a column as it is
	run      func(r *Run, b *batch) *block.Block
}

func (e *expr) arg() fn.Arg {
	return fn.Arg{Type: e.typ, Const: e.constant, Literal: e.literal, Span: e.span}
}

func constant(b *block.Block) *expr {
	return &expr{typ: b.Type, constant: b, run: func(_ *Run, in *batch) *block.Block { return b.Resize(in.n) }}
}

// expr compiles an expression.
func (c *compiler) expr(x esql.Expr) *expr {
	c.depth++
	defer func() { c.depth-- }()
	if c.depth > maxDepth {
		c.fail(x, "more than %d expressions within one another", maxDepth)
	}
	switch x := x.(type) {
	case *esql.Paren:
		return c.expr(x.X)
	case *esql.Literal:
		return c.literal(x)
	case *esql.Column:
		return c.column(x)
	case *esql.Call:
		return c.call(x)
	case *esql.Unary:
		return c.unary(x)
	case *esql.Binary:
		return c.binary(x)
	case *esql.Cast:
		return c.cast(x)
	case *esql.IsNull:
		return c.isNull(x)
	case *esql.Like:
		return c.like(x)
	case *esql.In:
		return c.in(x)
	case *esql.Match:
		return c.match(x, c.field(x.Field), x.Value, nil)
	case *esql.Param:
		c.fail(x, "the parameter `%s` has no value here", c.text(x))
	}
	c.notRun(x, "`%s` is not run by this program", c.text(x))
	return nil
}

func (c *compiler) literal(x *esql.Literal) *expr {
	if x.Kind == esql.TimeSpanLiteral {
		span, err := moment.NewSpan(x.Int, x.Str)
		if err != nil {
			c.fail(x, "%s", err)
		}
		t := block.TimeDuration
		if span.Period {
			t = block.DatePeriod
		}
		return &expr{typ: t, span: &span, run: func(_ *Run, in *batch) *block.Block { return block.Nulls(block.Null, in.n) }}
	}
	e := constant(literalBlock(x))
	e.literal = x.Kind == esql.KeywordLiteral || x.Kind == esql.ListLiteral && len(x.List) > 0 && x.List[0].Kind == esql.KeywordLiteral
	return e
}

func literalBlock(x *esql.Literal) *block.Block {
	switch x.Kind {
	case esql.BoolLiteral:
		return block.Of(block.Boolean, 1, block.Bool(x.Bool))
	case esql.IntegerLiteral:
		return block.Of(block.Integer, 1, x.Int)
	case esql.LongLiteral:
		return block.Of(block.Long, 1, x.Int)
	case esql.UnsignedLongLiteral:
		return block.Of(block.UnsignedLong, 1, int64(x.Uint))
	case esql.DoubleLiteral:
		return block.Of(block.Double, 1, x.Float)
	case esql.KeywordLiteral:
		return block.Of(block.Keyword, 1, x.Str)
	case esql.ListLiteral:
		if len(x.List) == 0 {
			return block.Nulls(block.Null, 1)
		}
		w := block.NewBuilder(literalBlock(x.List[0]).Type, len(x.List))
		for _, item := range x.List {
			b := literalBlock(item)
			if b.Type.Storage() == w.Type().Storage() {
				w.AppendSlots(b, 0, 1)
			}
		}
		w.EndRow()
		b := w.Build()
		b.Const = true
		return b
	}
	return block.Nulls(block.Null, 1)
}

func (c *compiler) column(x *esql.Column) *expr {
	col := c.lookup(x.Name)
	if col == nil {
		c.fail(x, "unknown column `%s`", x.Name)
	}
	if col.typ == block.Unsupported {
		c.fail(x, "the column `%s` has a type that cannot be used, or different types in the indexes", x.Name)
	}
	return c.read(col)
}

func (c *compiler) read(col *column) *expr {
	c.use(col)
	col.touch(len(c.steps) + c.outer)
	at := c.index(col)
	return &expr{typ: col.typ, col: col, run: func(_ *Run, b *batch) *block.Block {
		if b.cols[at] == nil {
			return block.Nulls(col.typ, b.n)
		}
		return b.cols[at]
	}}
}

// apply makes an expression of a chosen overload: it casts the arguments, and computes at once what is constant.
func (c *compiler) apply(x esql.Node, f fn.Func, args ...*expr) *expr {
	for i, want := range f.Want {
		if i < len(args) && want != block.Null && args[i].typ != want && args[i].span == nil {
			args[i] = c.implicit(x, args[i], want)
		}
	}
	site := c.site(x)
	e := &expr{typ: f.Type}
	e.run = func(r *Run, b *batch) *block.Block {
		in := make([]*block.Block, len(args))
		for i, a := range args {
			in[i] = a.run(r, b)
		}
		return f.Kernel(&fn.Call{Run: &r.Run, Site: site}, b.n, in)
	}
	for _, a := range args {
		if a.constant == nil && a.span == nil {
			return e
		}
	}
	c.fold(e)
	return e
}

// fold computes a constant. One that warns or fails is computed again in each run, to say so there.
func (c *compiler) fold(e *expr) {
	r := &Run{p: c.p}
	clean := true
	r.Run = fn.Run{Now: c.p.opts.Now, Zone: c.p.env.Zone, Warn: func(*fn.Site, error) { clean = false }}
	b := e.run(r, &batch{n: 1})
	if b.N != 1 || !b.Const && b.Off != nil && len(b.Off) > 2 {
		return
	}
	if !b.Const {
		k := *b
		k.Const = true
		b = &k
	}
	if r.Err != nil {
		return
	}
	e.constant = b
	if clean {
		e.run = func(_ *Run, in *batch) *block.Block { return b.Resize(in.n) }
	}
}

// implicit casts an argument to the type that a function wants.
func (c *compiler) implicit(x esql.Node, a *expr, want block.Type) *expr {
	if a.typ == want || a.typ.Storage() == want.Storage() && (a.typ.IsString() && want.IsString() || a.typ == block.Integer && want == block.Long) {
		inner := a.run
		out := *a
		out.typ = want
		out.run = func(r *Run, b *batch) *block.Block { return inner(r, b).As(want) }
		if a.constant != nil {
			out.constant = a.constant.As(want)
		}
		return &out
	}
	f, err := fn.Convert(c.p.env, a.typ, want)
	if err != nil {
		c.fail(x, "%s in `%s`", err, c.text(x))
	}
	f.Want = nil
	return c.apply(x, f, a)
}

func (c *compiler) unary(x *esql.Unary) *expr {
	a := c.expr(x.X)
	switch x.Op {
	case esql.Not:
		return c.negated(x, c.boolean(x, a))
	case esql.Negate:
		if a.span != nil {
			s := a.span.Neg()
			return &expr{typ: a.typ, span: &s, run: a.run}
		}
		f, err := fn.Negate(a.typ)
		if err != nil {
			c.fail(x, "%s", err)
		}
		return c.apply(x, f, a)
	}
	return a
}

// boolean is an operand of a logical operator.
func (c *compiler) boolean(x esql.Node, a *expr) *expr {
	if a.typ != block.Boolean && a.typ != block.Null {
		c.fail(x, "expected a boolean, found %s in `%s`", a.typ, c.text(x))
	}
	return a
}

func (c *compiler) binary(x *esql.Binary) *expr {
	if x.Op == esql.And || x.Op == esql.Or {
		return c.logic(x)
	}
	a, b := c.expr(x.X), c.expr(x.Y)
	if x.Op.Comparison() {
		return c.comparison(x, relation(x.Op), a, b)
	}
	if a.span != nil && b.span != nil {
		s := a.span.Plus(*b.span)
		if x.Op == esql.Subtract {
			s = a.span.Plus(b.span.Neg())
		}
		return &expr{typ: a.typ, span: &s, run: a.run}
	}
	if a.span != nil && b.literal {
		b = c.implicit(x, b, block.Date)
	}
	if b.span != nil && a.literal {
		a = c.implicit(x, a, block.Date)
	}
	f, err := fn.Arithmetic(operator(x.Op), []fn.Arg{a.arg(), b.arg()}, c.p.env.Zone)
	if err != nil {
		c.fail(x, "%s", err)
	}
	return c.strict(f.Type, c.apply(x, f, a, b), a, b)
}

// strict is an expression that is null if one of its operands is: beside a constant null the other operand is not computed, so that
// it cannot fail.
func (c *compiler) strict(t block.Type, e *expr, operands ...*expr) *expr {
	for _, o := range operands {
		if e.constant == nil && o.constant != nil && o.constant.IsNull(0) {
			return &expr{typ: t, constant: block.Nulls(t, 1), run: func(r *Run, b *batch) *block.Block {
				o.run(r, b) // may warn
				return block.Nulls(t, b.n)
			}}
		}
	}
	return e
}

// logic is AND and OR.
func (c *compiler) logic(x *esql.Binary) *expr {
	return c.chain(x, func(operand esql.Expr) *expr { return c.boolean(operand, c.expr(operand)) })
}

// chain compiles AND or OR over operands; a long chain of the same is gone through without recursion.
func (c *compiler) chain(x *esql.Binary, compile func(operand esql.Expr) *expr) *expr {
	var links []*esql.Binary
	var left esql.Expr = x
	for {
		b, ok := left.(*esql.Binary)
		if !ok || b.Op != x.Op {
			break
		}
		links = append(links, b)
		left = b.X
	}
	e := compile(left)
	for i := len(links) - 1; i >= 0; i-- {
		e = c.both(links[i], e, compile(links[i].Y))
	}
	return e
}

// both joins two operands as Elasticsearch's planner does: a constant decides or leaves the other side, of two alike one is
// left; beside a constant null OR of a WHERE keeps the other side, AND nothing. It matters for columns with several values.
func (c *compiler) both(x *esql.Binary, a, b *expr) *expr {
	isNull := func(e *expr) bool { return e.constant != nil && (e.typ == block.Null || e.constant.IsNull(0)) }
	if c.inWhere && (isNull(a) || isNull(b)) {
		switch {
		case x.Op == esql.And:
			return constant(block.Nulls(block.Boolean, 1))
		case isNull(a):
			return b
		}
		return a
	}
	for _, side := range [][2]*expr{{a, b}, {b, a}} {
		if k := side[0].constant; k != nil && k.Off == nil && !isNull(side[0]) {
			if decides := (k.L[0] != 0) == (x.Op == esql.Or); decides {
				return side[0]
			}
			if isNull(side[1]) {
				return constant(block.Nulls(block.Boolean, 1))
			}
			return side[1]
		}
	}
	if a.col != nil && a.col == b.col {
		return a
	}
	return c.apply(x, fn.Func{Type: block.Boolean, Kernel: fn.Logic(x.Op == esql.And)}, a, b)
}

func relation(op esql.Op) fn.Relation {
	return [...]fn.Relation{fn.Equal, fn.NotEqual, fn.Less, fn.LessEqual, fn.Greater, fn.GreaterEqual}[op-esql.Equal]
}

func operator(op esql.Op) fn.Operator {
	return [...]fn.Operator{fn.Add, fn.Subtract, fn.Multiply, fn.Divide, fn.Modulo}[op-esql.Add]
}

// comparable brings two sides to one type: a literal takes that of the other side.
func (c *compiler) comparable(x esql.Node, a, b *expr) (t block.Type, l, r *expr) {
	switch {
	case a.typ == block.Null || b.typ == block.Null:
		return block.Null, a, b
	case a.typ == b.typ:
		return a.typ, a, b
	case a.typ.IsString() && b.typ.IsString():
		return block.Keyword, a, b
	case a.typ.IsNumeric() && b.typ.IsNumeric():
		t = block.Double
		if a.typ != block.Double && b.typ != block.Double {
			t = block.Long
		}
		if a.typ == block.UnsignedLong || b.typ == block.UnsignedLong {
			t = block.UnsignedLong
		}
		return t, c.implicit(x, a, t), c.implicit(x, b, t)
	case b.literal && b.typ.IsString() && !a.typ.IsString():
		return a.typ, a, c.implicit(x, b, a.typ)
	case a.literal && a.typ.IsString() && !b.typ.IsString():
		return b.typ, c.implicit(x, a, b.typ), b
	case a.typ == block.Date && b.typ == block.DateNanos, a.typ == block.DateNanos && b.typ == block.Date:
		return block.DateNanos, a, b
	}
	c.fail(x, "%s cannot be compared with %s in `%s`", a.typ, b.typ, c.text(x))
	return
}

func (c *compiler) comparison(x esql.Node, rel fn.Relation, a, b *expr) *expr {
	f := fn.Func{Type: block.Boolean}
	t, a, b := c.comparable(x, a, b)
	switch {
	case t == block.Null:
		f.Kernel = func(_ *fn.Call, n int, _ []*block.Block) *block.Block { return block.Nulls(block.Boolean, n) }
	case a.typ != b.typ && t == block.DateNanos:
		f.Kernel = fn.Dates(rel, a.typ == block.DateNanos)
	default:
		f.Kernel = fn.Compare(rel, t, c.indexed && (a.col != nil && a.col.field != nil && b.constant != nil || b.col != nil && b.col.field != nil && a.constant != nil))
	}
	return c.strict(block.Boolean, c.apply(x, f, a, b), a, b)
}

func (c *compiler) cast(x *esql.Cast) *expr {
	t, ok := block.ParseType(strings.ToLower(x.Type))
	if !ok {
		if strings.ToLower(x.Type) == "date_period" || strings.ToLower(x.Type) == "time_duration" {
			ok = true
		} else {
			c.fail(x, "unknown type `%s`", x.Type)
		}
	}
	if t.IsPeriod() {
		return c.spanOf(x, c.expr(x.X))
	}
	return c.convert(x, x.X, t, nil)
}

// spanOf makes a time span of a constant text.
func (c *compiler) spanOf(x esql.Node, a *expr) *expr {
	if a.span != nil {
		return a
	}
	arg := a.arg()
	text, ok := arg.Text()
	if !ok {
		c.fail(x, "expected a constant text such as \"2 hours\" in `%s`", c.text(x))
	}
	span, err := fn.SpanFrom(text)
	if err != nil {
		c.fail(x, "%s", err)
	}
	t := block.TimeDuration
	if span.Period {
		t = block.DatePeriod
	}
	return &expr{typ: t, span: &span, run: func(_ *Run, in *batch) *block.Block { return block.Nulls(block.Null, in.n) }}
}

// convert is a conversion; a field with different types in the indexes is converted from each.
func (c *compiler) convert(x esql.Node, inner esql.Expr, t block.Type, options map[string]string) *expr {
	if col, ok := esql.Unparen(inner).(*esql.Column); ok {
		if found := c.lookup(col.Name); found != nil && found.typ == block.Unsupported && found.field != nil && len(found.field.byIndex) > 0 {
			return c.union(x, found, t)
		}
	}
	env := *c.p.env
	env.Options = options
	a := c.expr(inner)
	f, err := fn.Convert(&env, a.typ, t)
	if err != nil {
		c.fail(x, "%s in `%s`", err, c.text(x))
	}
	return c.apply(x, f, a)
}

func (c *compiler) isNull(x *esql.IsNull) *expr {
	e := c.apply(x, fn.Func{Type: block.Boolean, Kernel: fn.IsNull(x.Not)}, c.expr(x.X))
	if !x.Not || e.constant != nil {
		return e
	}
	// Elasticsearch's planner adds that no column behind the expression is null, although some functions have values of nulls.
	for _, root := range c.roots(x.X) {
		if !slices.Contains(c.scope, root) || root.typ.Opaque() {
			continue // it is gone, and so is the value
		}
		if col, ok := esql.Unparen(x.X).(*esql.Column); ok && c.lookup(col.Name) == root {
			continue
		}
		f := fn.Func{Type: block.Boolean, Kernel: fn.IsNull(true)}
		e = c.apply(x, fn.Func{Type: block.Boolean, Kernel: fn.Logic(true)}, c.apply(x, f, c.read(root)), e)
	}
	return e
}

// roots are the columns that an expression is made of, seen through EVAL. CASE and COALESCE are not looked into.
func (c *compiler) roots(x esql.Expr) []*column {
	out := []*column{}
	if call, ok := esql.Unparen(x).(*esql.Call); ok && (call.Name == "case" || call.Name == "coalesce") {
		return out
	}
	for n := range esql.Preorder(x) {
		name, ok := n.(*esql.Column)
		if !ok {
			continue
		}
		col := c.lookup(name.Name)
		if col == nil {
			continue
		}
		for _, root := range col.rooted() {
			if !slices.Contains(out, root) {
				out = append(out, root)
			}
		}
	}
	return out
}

func (c *compiler) in(x *esql.In) *expr {
	if x.Query != nil {
		c.notRun(x, "IN with a query is not run by this program")
	}
	a := c.expr(x.X)
	if a.typ == block.Null {
		return constant(block.Nulls(block.Boolean, 1))
	}
	var e *expr
	list := make([]*expr, len(x.List))
	constants := a.typ != block.Null
	hasNull := false
	for i, item := range x.List {
		list[i] = c.expr(item)
		constants = constants && list[i].constant != nil && (list[i].typ == block.Null || a.typ != block.Double || a.constant == nil) && list[i].constant.Off == nil
	}
	if constants {
		t := a.typ
		for _, item := range list {
			if item.typ.IsNumeric() && t.IsNumeric() && item.typ != t {
				if t = block.Long; item.typ == block.Double || a.typ == block.Double || t == block.Double {
					t = block.Double
				}
			}
		}
		for _, item := range list {
			if t == block.Long && item.typ == block.Double {
				t = block.Double
			}
		}
		if (t == block.Date || t == block.DateNanos) && anyOther(list, t) {
			constants = false
		} else {
			vals := &block.Block{Type: t}
			for i, item := range list {
				if item.typ == block.Null || item.constant.IsNull(0) {
					hasNull = true
					continue
				}
				if !(item.typ.IsString() && t.IsString()) {
					item = c.implicit(x.List[i], item, t)
				}
				if item.constant == nil || item.constant.IsNull(0) {
					hasNull = true
					continue
				}
				vals.L, vals.D, vals.S = append(vals.L, item.constant.L...), append(vals.D, item.constant.D...), append(vals.S, item.constant.S...)
			}
			if !t.IsString() && a.typ != t {
				a = c.implicit(x, a, t)
			}
			indexed := c.indexed && a.col != nil && a.col.field != nil
			f := fn.Func{Type: block.Boolean}
			switch t.Storage() {
			case block.Longs:
				f.Kernel = fn.In(vals.L, hasNull, indexed)
			case block.Doubles:
				f.Kernel = fn.In(vals.D, hasNull, indexed)
			default:
				f.Kernel = fn.In(vals.S, hasNull, indexed)
			}
			e = c.apply(x, f, a)
		}
	}
	if !constants {
		t := a.typ
		for _, item := range list {
			if item.typ == block.Null || t == block.Null {
				continue
			}
			t, _, _ = c.comparable(x, &expr{typ: t, literal: a.literal}, &expr{typ: item.typ, literal: item.literal, run: item.run, constant: item.constant})
		}
		args := []*expr{a}
		args = append(args, list...)
		for i, item := range args {
			if item.typ != t && item.typ != block.Null && !(item.typ.IsString() && t.IsString()) {
				args[i] = c.implicit(x, item, t)
			}
		}
		e = c.apply(x, fn.Func{Type: block.Boolean, Kernel: fn.InList(t)}, args...)
	}
	if x.Not {
		if nullInList(x) {
			return constant(block.Nulls(block.Boolean, 1))
		}
		e = c.apply(x, fn.Func{Type: block.Boolean, Kernel: fn.Not()}, e)
	}
	return e
}

// negated is NOT. That of an IN with null in its list is always null.
func (c *compiler) negated(x *esql.Unary, e *expr) *expr {
	if in, ok := esql.Unparen(x.X).(*esql.In); ok && nullInList(in) {
		return constant(block.Nulls(block.Boolean, 1))
	}
	return c.apply(x, fn.Func{Type: block.Boolean, Kernel: fn.Not()}, e)
}

func nullInList(x *esql.In) bool {
	return slices.ContainsFunc(x.List, func(item esql.Expr) bool {
		lit, ok := esql.Unparen(item).(*esql.Literal)
		return ok && lit.Kind == esql.NullLiteral
	})
}

func anyOther(list []*expr, t block.Type) bool {
	for _, item := range list {
		if item.typ != t && item.typ.IsDate() {
			return true
		}
	}
	return false
}

func (c *compiler) like(x *esql.Like) *expr {
	a := c.expr(x.X)
	var patterns []string
	for _, p := range x.Patterns {
		lit, ok := p.(*esql.Literal)
		if !ok {
			c.fail(p, "the parameter `%s` has no value here", c.text(p))
		}
		patterns = append(patterns, lit.Str)
	}
	f := fn.Func{Type: block.Boolean}
	if len(patterns) == 1 && matchesAll(patterns[0], x.Regex) { // as Elasticsearch's planner has it
		f.Kernel = fn.IsNull(true)
		if x.Not {
			f.Kernel = fn.IsNull(false)
		}
		return c.apply(x, f, a)
	}
	pushed := c.indexed && a.col != nil && a.col.field != nil && a.typ == block.Keyword
	test, err := c.patternTest(patterns, x.Regex, pushed)
	if err != nil {
		c.fail(x, "%s", err)
	}
	f.Kernel = fn.Matches(test)
	e := c.apply(x, f, a)
	if x.Not {
		e = c.apply(x, fn.Func{Type: block.Boolean, Kernel: fn.Not()}, e)
	}
	return e
}
