package esql

import (
	"fmt"
	"math"
	"slices"
)

// What Elasticsearch takes and nobody means.

func (c *checker) style() {
	if len(c.q.Commands) == 0 || slices.ContainsFunc(c.q.Commands, func(x Command) bool { return broken(x) }) {
		return
	}
	c.unused()
	c.never()
	c.texts()
}

// warn reports what is no error.
func (c *checker) warn(code string, level Level, at Span, hint, format string, args ...any) *Issue {
	c.issues = append(c.issues, staged{Issue{Code: code, Level: level, Span: at, Message: fmt.Sprintf(format, args...), Hint: hint}, stageStyle, 0})
	return &c.issues[len(c.issues)-1].Issue
}

// unused reports columns of EVAL that nothing uses.
func (c *checker) unused() {
	if c.fork1 != nil || c.subqueries > 0 {
		return // their columns are made anew
	}
	for _, a := range c.info.Columns {
		c.use(a)
	}
	for _, cmd := range c.q.Commands {
		e, ok := cmd.(*Eval)
		if !ok {
			continue
		}
		for _, f := range e.Fields {
			if a := c.info.Defs[f]; a != nil && !c.used[a] {
				c.warn("query/esql-unused-column", Note, a.Span, "remove it, or keep it", "column %s is never used", quoted(a.Name))
			}
		}
	}
}

// use marks a column, and what it is a new name of, as used.
func (c *checker) use(a *Attr) {
	for ; a != nil && !c.used[a]; a = a.Renamed {
		c.used[a] = true
	}
}

// never reports conditions that cannot all hold. Conditions of WHERE commands that follow one another count together.
func (c *checker) never() {
	var seen bounds
	for _, cmd := range c.q.Commands {
		w, ok := cmd.(*Where)
		if !ok {
			switch cmd.(type) {
			case *Sort, *Limit, *Sample, *Keep, *Drop, *Eval:
			default:
				seen = bounds{}
			}
			continue
		}
		for _, x := range conjuncts(w.Cond) {
			c.narrow(&seen, x)
		}
	}
}

// conjuncts lists the conditions that AND joins.
func conjuncts(x Expr) []Expr {
	var out []Expr
	stack := []Expr{x}
	for len(stack) > 0 {
		x := Unparen(stack[len(stack)-1])
		stack = stack[:len(stack)-1]
		if b, ok := x.(*Binary); ok && b.Op == And {
			stack = append(stack, b.Y, b.X)
			continue
		}
		out = append(out, x)
	}
	return out
}

// bounds are what conditions leave of columns.
type bounds struct{ of map[*Attr]*bound }

// bound is what is left of one column.
type bound struct {
	set          map[string]bool // nil: any value
	setAt        Expr
	lo, hi       float64
	loOpen       bool
	hiOpen       bool
	loAt, hiAt   Expr
	null, exists Expr // the condition that demands it
	reported     bool
}

func (s *bounds) get(a *Attr) *bound {
	if s.of == nil {
		s.of = map[*Attr]*bound{}
	}
	b := s.of[a]
	if b == nil {
		b = &bound{lo: math.Inf(-1), hi: math.Inf(1)}
		s.of[a] = b
	}
	return b
}

// narrow adds a condition to the bounds, and reports one that leaves nothing.
func (c *checker) narrow(s *bounds, x Expr) {
	switch x := x.(type) {
	case *Literal:
		if x.Kind == BoolLiteral && !x.Bool || x.Kind == NullLiteral {
			c.warn("query/contradiction", Warning, x.Range, "", "the condition %s never holds", c.quote(x))
		}
	case *IsNull:
		if a := c.attrOf(x.X); a != nil {
			b := s.get(a)
			if x.Not {
				b.exists = x
			} else {
				b.null = x
			}
			c.empty(b, a, x)
		}
	case *Binary:
		c.narrowBinary(s, x)
	case *In:
		a := c.attrOf(x.X)
		if a == nil || x.Not || x.Query != nil {
			return
		}
		set := map[string]bool{}
		for _, item := range x.List {
			l, ok := Unparen(item).(*Literal)
			if !ok || l.Kind == ListLiteral || l.Kind == NullLiteral || c.info.Casts[item] != TypeUnknown {
				return
			}
			set[FormatExpr(l)] = true
		}
		c.only(s.get(a), a, set, x)
	}
}

// attrOf is the column that an expression is; nil if it is another.
func (c *checker) attrOf(x Expr) *Attr {
	if col, ok := Unparen(x).(*Column); ok {
		return c.info.Refs[col]
	}
	return nil
}

func (c *checker) narrowBinary(s *bounds, x *Binary) {
	if !x.Op.Comparison() || x.Op == NotEqual {
		return
	}
	a, l, op := c.attrOf(x.X), constantOf(x.Y), x.Op
	if a == nil {
		a, l, op = c.attrOf(x.Y), constantOf(x.X), mirror(x.Op)
	}
	if a == nil || l == nil || c.info.Casts[x.Y] != TypeUnknown || c.info.Casts[x.X] != TypeUnknown {
		return
	}
	b := s.get(a)
	b.exists = x
	if l.Kind >= IntegerLiteral && l.Kind <= DoubleLiteral {
		v := number(l)
		if (op == Equal || op == Greater || op == GreaterEqual) && (v > b.lo || v == b.lo && op == Greater) {
			b.lo, b.loOpen, b.loAt = v, op == Greater, x
		}
		if (op == Equal || op == Less || op == LessEqual) && (v < b.hi || v == b.hi && op == Less) {
			b.hi, b.hiOpen, b.hiAt = v, op == Less, x
		}
	} else if op == Equal {
		c.only(b, a, map[string]bool{FormatExpr(l): true}, x)
		return
	}
	c.empty(b, a, x)
}

func constantOf(x Expr) *Literal {
	l, ok := Unparen(x).(*Literal)
	if !ok || l.Kind == NullLiteral || l.Kind == ListLiteral || l.Kind == TimeSpanLiteral {
		return nil
	}
	return l
}

// mirror is the operator with its sides exchanged.
func mirror(op Op) Op {
	switch op {
	case Less:
		return Greater
	case LessEqual:
		return GreaterEqual
	case Greater:
		return Less
	case GreaterEqual:
		return LessEqual
	}
	return op
}

// only leaves the values of a set.
func (c *checker) only(b *bound, a *Attr, set map[string]bool, x Expr) {
	b.exists = x
	if b.set == nil {
		b.set, b.setAt = set, x
		c.empty(b, a, x)
		return
	}
	left := map[string]bool{}
	for v := range set {
		if b.set[v] {
			left[v] = true
		}
	}
	if len(left) == 0 && !b.reported {
		b.reported = true
		i := c.warn("query/contradiction", Warning, x.Span(), "join alternatives with OR, or use IN", "%s cannot hold together with %s", c.quote(x), c.quote(b.setAt))
		i.Related = []Related{{Span: b.setAt.Span(), Message: "the other condition"}}
	}
	b.set, b.setAt = left, x
}

// empty reports bounds that no value meets.
func (c *checker) empty(b *bound, a *Attr, x Expr) {
	var other Expr
	switch {
	case b.reported:
		return
	case b.null != nil && b.exists != nil:
		if other = b.null; other == x {
			other = b.exists
		}
	case b.lo > b.hi || b.lo == b.hi && (b.loOpen || b.hiOpen):
		if other = b.loAt; other == x {
			other = b.hiAt
		}
	}
	if other == nil || other == x {
		return
	}
	b.reported = true
	i := c.warn("query/contradiction", Warning, x.Span(), "", "%s cannot hold together with %s", c.quote(x), c.quote(other))
	i.Related = []Related{{Span: other.Span(), Message: "the other condition"}}
}
