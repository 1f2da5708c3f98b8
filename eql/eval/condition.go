package eval

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/internal/eqlfunc"
)

// trace ties a compiled condition to its place in the query, for explanations and coverage.
type trace struct {
	span   eql.Span
	op     eql.Op // And, Or, Not; 0 for a leaf
	node   node
	fields []*field // of a leaf
	kids   []*trace
	expr   eql.Expr
}

// cond compiles a boolean expression.
func (c *compiler) cond(e eql.Expr) (node, *trace, error) {
	e = eql.Unparen(e)
	switch x := e.(type) {
	case *eql.Binary:
		if x.Op == eql.And || x.Op == eql.Or {
			return c.logic(x)
		}
	case *eql.Unary:
		if x.Op == eql.Not {
			n, tr, err := c.cond(x.X)
			if err != nil {
				return nil, nil, err
			}
			neg := negate(n)
			return neg, &trace{span: x.Range, op: eql.Not, node: neg, expr: x, kids: []*trace{tr}}, nil
		}
	}
	n, err := c.leaf(e)
	if err != nil {
		return nil, nil, err
	}
	return n, &trace{span: e.Span(), node: n, fields: c.fieldsOf(e), expr: e}, nil
}

// logic compiles a chain of one operator. Constants are combined first as the optimizer does, then the members are
// ordered: query leaves before scripts, cheap ones first (spec/eql.md 12.3.9).
func (c *compiler) logic(b *eql.Binary) (node, *trace, error) {
	tr := &trace{span: b.Range, op: b.Op, expr: b}
	var kids []node
	var constant node
	for _, e := range eql.Operands(b.Op, b) {
		n, kid, err := c.cond(e)
		if err != nil {
			return nil, nil, err
		}
		tr.kids = append(tr.kids, kid)
		if k, ok := n.(folded); ok {
			if constant == nil {
				constant = k
			} else {
				constant = combine(b.Op, constant, k)
			}
			continue
		}
		kids = append(kids, members(b.Op, n)...)
	}
	var n node
	if len(kids) > 0 {
		slices.SortStableFunc(kids, func(x, y node) int { return cmp.Compare(x.cost(), y.cost()) })
		switch {
		case len(kids) == 1:
			n = kids[0]
		case b.Op == eql.And:
			n = &andNode{kids}
		default:
			n = &orNode{kids}
		}
	}
	switch {
	case n == nil:
		n = constant
	case constant != nil:
		n = combine(b.Op, n, constant)
	}
	tr.node = n
	return n, tr, nil
}

// members are the parts of a condition in a chain of the operator: parentheses within the chain do not change which parts
// run first.
func members(op eql.Op, n node) []node {
	switch n := n.(type) {
	case *andNode:
		if op == eql.And {
			return n.kids
		}
	case *orNode:
		if op == eql.Or {
			return n.kids
		}
	}
	return []node{n}
}

func combine(op eql.Op, a, b node) node {
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
func (c *compiler) leaf(e eql.Expr) (node, error) {
	if v, ok, err := c.fold(e); err != nil {
		return nil, err
	} else if ok {
		return foldedValue(v), nil
	}
	switch e := e.(type) {
	case *eql.Field:
		f, err := c.field(e.Name)
		if err != nil {
			return nil, err
		}
		return c.compareField(f, eql.Eq, eqlfunc.OfBool(true))
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
func (c *compiler) compare(b *eql.Binary) (node, error) {
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
	if v.Kind == eqlfunc.Bool && predicate(x) && (op == eql.Eq || op == eql.Ne) {
		n, _, err := c.cond(x)
		if err == nil && v.True() != (op == eql.Eq) {
			n = negate(n)
		}
		return n, err
	}
	if f, isField := x.(*eql.Field); isField {
		resolved, err := c.field(f.Name)
		if err != nil {
			return nil, err
		}
		return c.compareField(resolved, op, v)
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

// predicate reports expressions that are true or false by their form (spec/eql.md 12.3.4).
func predicate(e eql.Expr) bool {
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
func (c *compiler) compareNull(x eql.Expr, op eql.Op) (node, error) {
	if op != eql.Eq && op != eql.Ne {
		return foldedNull, nil
	}
	if f, ok := x.(*eql.Field); ok {
		resolved, err := c.field(f.Name)
		if err != nil {
			return nil, err
		}
		exists := newLeaf(resolved, "exists", resolved.has, exactCost, nil)
		if op == eql.Eq {
			return negate(exists), nil
		}
		return exists, nil
	}
	return c.scriptNode(func(s *scripts) (script, error) {
		inner, err := s.expr(x)
		return &nullScript{inner, op == eql.Eq}, err
	})
}

// compareField compiles field op constant, a query leaf.
func (c *compiler) compareField(f *field, op eql.Op, v eqlfunc.Value) (node, error) {
	if op == eql.Ne {
		n, err := c.compareField(f, eql.Eq, v)
		if err != nil {
			return nil, err
		}
		return negate(n), nil
	}
	if op == eql.Eq && v.Kind == eqlfunc.String && (f.class == stringClass && f.indexed(v.Str) || f.class == anyClass && plainText(v.Str)) {
		return &exactLeaf{f.slot, v.Str}, nil
	}
	t, err := c.comparison(f, op, v)
	if err != nil {
		return nil, err
	}
	id := op.String() + " " + valueID(v)
	if (f.class == dateClass || f.class == nanosClass) && strings.Contains(v.Str, "now") {
		id += " at " + c.now.String()
	}
	return newLeaf(f, id, t, typedCost, nil), nil
}

// plainText reports a text that only a string can equal, not a number or boolean.
func plainText(s string) bool {
	_, number := parseNumber(s)
	_, boolean := parseBool(s)
	return !number && !boolean
}

// scriptCompare compiles computed op constant.
func (c *compiler) scriptCompare(x eql.Expr, op eql.Op, v eqlfunc.Value) (node, error) {
	return c.scriptNode(func(s *scripts) (script, error) {
		inner, err := s.expr(x)
		return &compareScript{op, inner, constScript{v}}, err
	})
}

// scriptNode makes a leaf of a computed condition and remembers it for error messages. Without a field there is nothing to
// wait for: it is a constant.
func (c *compiler) scriptNode(build func(*scripts) (script, error)) (node, error) {
	s := &scripts{compiler: c}
	body, err := build(s)
	if err != nil {
		return nil, err
	}
	if len(s.occurs) == 0 {
		v, err := body.value(nil)
		return foldedValue(v), err
	}
	l := newScriptLeaf(body, s.occurs)
	c.program.scripts = append(c.program.scripts, l)
	return l, nil
}

// fieldsOf resolves the fields of a leaf for explanations.
func (c *compiler) fieldsOf(e eql.Expr) []*field {
	var out []*field
	eql.Inspect(e, func(n eql.Node, enter bool) bool {
		if f, ok := n.(*eql.Field); ok && enter {
			if r := c.fields[f.Name]; r != nil && !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
		return true
	})
	return out
}
