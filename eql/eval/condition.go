package eval

import (
	"fmt"
	"slices"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/source"
)

// origin is where a condition comes from.
type origin struct {
	c    *compiler
	expr eql.Expr
}

// Text implements predicate.Origin.
func (o origin) Text() string { return eql.FormatExpr(o.expr) }

// Members implements predicate.Origin.
func (o origin) Members() []*predicate.Cond {
	var out []*predicate.Cond
	for _, m := range membersOf(o.expr) {
		cond, err := o.c.cond(m.alone)
		if err != nil { // cannot be: the list as a whole compiled
			continue
		}
		out = append(out, &predicate.Cond{Span: source.Span(m.span), Node: cond.Node, Fields: cond.Fields, Origin: origin{o.c, m.alone}})
	}
	return out
}

// cond compiles a boolean expression.
func (c *compiler) cond(e eql.Expr) (*predicate.Cond, error) {
	e = eql.Unparen(e)
	out := &predicate.Cond{Span: source.Span(e.Span()), Origin: origin{c, e}}
	switch x := e.(type) {
	case *eql.Binary:
		if x.Op == eql.And || x.Op == eql.Or {
			return out, c.logic(out, x)
		}
	case *eql.Unary:
		if x.Op == eql.Not {
			kid, err := c.cond(x.X)
			if err != nil {
				return nil, err
			}
			out.Op, out.Node, out.Kids = predicate.OpNot, negate(kid.Node), []*predicate.Cond{kid}
			return out, nil
		}
	}
	if known := c.opts.Cache.known(e); known != nil {
		return known, nil
	}
	n, err := c.leaf(e)
	if err != nil {
		return nil, err
	}
	out.Node, out.Fields = n, c.fieldsOf(e)
	c.opts.Cache.add(e, out)
	return out, nil
}

// logic compiles a chain of one operator. Constants are combined first as the optimizer does, then the members are
// ordered: query leaves before scripts, cheap ones first (LANGUAGE.md 4.1).
func (c *compiler) logic(out *predicate.Cond, b *eql.Binary) error {
	out.Op = predicate.OpAnd
	if b.Op == eql.Or {
		out.Op = predicate.OpOr
	}
	var kids []predicate.Node
	var constant predicate.Node
	for _, e := range eql.Operands(b.Op, b) {
		kid, err := c.cond(e)
		if err != nil {
			return err
		}
		out.Kids = append(out.Kids, kid)
		if k, ok := kid.Node.(folded); ok {
			if constant == nil {
				constant = k
			} else {
				constant = combine(b.Op, constant, k)
			}
			continue
		}
		kids = append(kids, predicate.Members(out.Op, kid.Node)...)
	}
	out.Node = constant
	if len(kids) > 0 {
		out.Node = predicate.Link(out.Op, kids)
		if constant != nil {
			out.Node = combine(b.Op, out.Node, constant)
		}
	}
	return nil
}

func combine(op eql.Op, a, b predicate.Node) predicate.Node {
	if op == eql.And {
		return and2(a, b)
	}
	return or2(a, b)
}

// fold evaluates a constant expression.
func (c *compiler) fold(e eql.Expr) (v eqlfunc.Value, ok bool, err error) {
	v, ok, err = eql.Fold(e, c.foldInfo)
	if err != nil {
		return v, false, fmt.Errorf("%s: %w", eql.FormatExpr(e), err)
	}
	return v, ok, nil
}

func foldedValue(v eqlfunc.Value) folded { return foldedOf(v.True(), !v.IsNull()) }

// leaf compiles a condition that is no and, or, not.
func (c *compiler) leaf(e eql.Expr) (predicate.Node, error) {
	if v, ok, err := c.fold(e); err != nil {
		return nil, err
	} else if ok {
		return foldedValue(v), nil
	}
	switch e := e.(type) {
	case *eql.Field:
		f, err := c.Field(e.Name)
		if err != nil {
			return nil, err
		}
		return f.Equal(eqlfunc.OfBool(true))
	case *eql.Binary:
		return c.compare(e)
	case *eql.Match:
		return c.match(e)
	case *eql.In:
		return c.in(e)
	case *eql.Call:
		return c.call(e)
	}
	return nil, fmt.Errorf("%s is no condition", eql.FormatExpr(e))
}

// mirrored is the operator with its sides swapped.
func mirrored(op eql.Op) eql.Op {
	switch op {
	case eql.Lt:
		return eql.Gt
	case eql.Le:
		return eql.Ge
	case eql.Gt:
		return eql.Lt
	case eql.Ge:
		return eql.Le
	}
	return op
}

// compare compiles == != < <= > >=: constants stand on the right, null is a test of existence.
func (c *compiler) compare(b *eql.Binary) (predicate.Node, error) {
	x, y, op := eql.Unparen(b.X), eql.Unparen(b.Y), b.Op
	v, ok, err := c.fold(y)
	if err != nil {
		return nil, err
	}
	if !ok {
		x, y, op = y, x, mirrored(op)
		if v, ok, err = c.fold(y); err != nil {
			return nil, err
		}
	}
	if !ok {
		return nil, fmt.Errorf("%s: Elasticsearch compares a field only with a constant", eql.FormatExpr(b))
	}
	if v.IsNull() {
		return c.compareNull(x, op)
	}
	if v.Kind == eqlfunc.Bool && truthValued(x) && (op == eql.Eq || op == eql.Ne) {
		inner, err := c.cond(x)
		switch {
		case err != nil:
			return nil, err
		case v.True() != (op == eql.Eq):
			return negate(inner.Node), nil
		}
		return inner.Node, nil
	}
	if f, isField := x.(*eql.Field); isField {
		resolved, err := c.Field(f.Name)
		if err != nil {
			return nil, err
		}
		return compareField(resolved, op, v)
	}
	if op == eql.Ne {
		n, err := c.scriptCompare(x, eql.Eq, v)
		if err != nil {
			return nil, err
		}
		return negate(n), nil
	}
	return c.scriptCompare(x, op, v)
}

// truthValued reports expressions that are true or false by their form (LANGUAGE.md 4.3).
func truthValued(e eql.Expr) bool {
	switch e := eql.Unparen(e).(type) {
	case *eql.Match, *eql.In:
		return true
	case *eql.Unary:
		return e.Op == eql.Not
	case *eql.Binary:
		switch e.Op {
		case eql.And, eql.Or, eql.Eq, eql.Ne, eql.Lt, eql.Le, eql.Gt, eql.Ge:
			return true
		}
	case *eql.Call:
		f, ok := eqlfunc.Lookup(e.Name)
		return ok && f.Result == eqlfunc.Bool
	}
	return false
}

// compareNull compiles x == null and x != null; the orderings with null are null.
func (c *compiler) compareNull(x eql.Expr, op eql.Op) (predicate.Node, error) {
	if op != eql.Eq && op != eql.Ne {
		return foldedNull, nil
	}
	if f, ok := x.(*eql.Field); ok {
		resolved, err := c.Field(f.Name)
		if err != nil {
			return nil, err
		}
		exists := resolved.Exists()
		if op == eql.Eq {
			return negate(exists), nil
		}
		return exists, nil
	}
	return c.scriptNode(func(s *scriptCompiler) (script, error) {
		inner, err := s.expr(x)
		return &nullScript{inner, op == eql.Eq}, err
	})
}

// compareField compiles field op constant, a query leaf.
func compareField(f *predicate.Field, op eql.Op, v eqlfunc.Value) (predicate.Node, error) {
	if op != eql.Ne {
		return f.Compare(compareOps[op], v)
	}
	n, err := f.Equal(v)
	if err != nil {
		return nil, err
	}
	return negate(n), nil
}

// compareOps are the comparisons that leaves know; != is the negation of ==.
var compareOps = map[eql.Op]predicate.CompareOp{
	eql.Eq: predicate.Eq, eql.Lt: predicate.Lt, eql.Le: predicate.Le, eql.Gt: predicate.Gt, eql.Ge: predicate.Ge,
}

// scriptCompare compiles computed op constant.
func (c *compiler) scriptCompare(x eql.Expr, op eql.Op, v eqlfunc.Value) (predicate.Node, error) {
	return c.scriptNode(func(s *scriptCompiler) (script, error) {
		inner, err := s.expr(x)
		return &compareScript{compareOps[op], inner, constScript{v}}, err
	})
}

// scriptNode makes a leaf of a computed condition. Without a field there is nothing to
// wait for: it is a constant.
func (c *compiler) scriptNode(build func(*scriptCompiler) (script, error)) (predicate.Node, error) {
	s := &scriptCompiler{compiler: c}
	body, err := build(s)
	if err != nil {
		return nil, err
	}
	if len(s.occurs) == 0 {
		v, err := body.value(nil)
		return foldedValue(v), err
	}
	return newScriptLeaf(body, s.occurs), nil
}

// fieldsOf resolves the fields of a leaf for explanations.
func (c *compiler) fieldsOf(e eql.Expr) []*predicate.Field {
	var out []*predicate.Field
	eql.Inspect(e, func(n eql.Node, enter bool) bool {
		if f, ok := n.(*eql.Field); ok && enter {
			if r := c.Known(f.Name); r != nil && !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
		return true
	})
	return out
}
