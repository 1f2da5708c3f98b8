package eval

import (
	"fmt"
	"slices"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/predicate"
)

// scriptCompiler compiles the computed values of one leaf and collects the occurrences of fields in it.
type scriptCompiler struct {
	compiler *compiler
	occurs   []*predicate.Field
	inCall   int // depth of functions around the expression
}

// negation rejects a not within a function: Elasticsearch cannot run it (LANGUAGE.md 4.4).
func (s *scriptCompiler) negation(x script) (script, error) {
	if s.inCall > 0 {
		return nil, fmt.Errorf("a negation within the argument of a function is not supported by Elasticsearch")
	}
	return &notScript{x}, nil
}

// expr compiles an expression to a value.
func (s *scriptCompiler) expr(e eql.Expr) (script, error) {
	e = eql.Unparen(e)
	if v, ok, err := s.compiler.fold(e); err != nil {
		return nil, err
	} else if ok {
		return constScript{v}, nil
	}
	switch e := e.(type) {
	case *eql.Field:
		f, err := s.compiler.Field(e.Name)
		if err != nil {
			return nil, err
		}
		s.occurs = append(s.occurs, f)
		return &fieldScript{f, len(s.occurs) - 1}, nil
	case *eql.Call:
		return s.call(e)
	case *eql.Unary:
		x, err := s.expr(e.X)
		if err != nil {
			return nil, err
		}
		switch e.Op {
		case eql.Not:
			return s.negation(conditional(x))
		case eql.Neg:
			return &negScript{x}, nil
		}
		return x, nil
	case *eql.Binary:
		return s.binary(e)
	case *eql.Match:
		return s.match(e)
	case *eql.In:
		return s.in(e)
	}
	return nil, fmt.Errorf("%s cannot be computed", eql.FormatExpr(e))
}

func (s *scriptCompiler) call(e *eql.Call) (script, error) {
	fn, ok := eqlfunc.Lookup(e.Name)
	if !ok {
		return nil, fmt.Errorf("unknown function %q", e.Name)
	}
	if len(e.Args) < fn.Min || fn.Max >= 0 && len(e.Args) > fn.Max {
		return nil, fmt.Errorf("%s: wrong number of arguments", fn.Name)
	}
	out := &callScript{fn: fn, fold: e.Fold}
	s.inCall++
	for _, a := range e.Args {
		x, err := s.expr(a)
		if err != nil {
			return nil, err
		}
		out.args = append(out.args, x)
	}
	s.inCall--
	return out, out.checkBlocks()
}

// checkBlocks reports a constant address block that is none, rather than on the first event.
func (s *callScript) checkBlocks() error {
	for i, a := range s.args {
		if c, ok := a.(constScript); ok && !c.v.IsNull() && s.fn.Arg(i) == eqlfunc.ConstStringArg {
			if _, err := eqlfunc.ParseBlock(c.v.Text()); err != nil {
				return fmt.Errorf("%s: %w", s.fn.Name, err)
			}
		}
	}
	return nil
}

var arithmetic = map[eql.Op]byte{eql.Add: '+', eql.Sub: '-', eql.Mul: '*', eql.Div: '/', eql.Mod: '%'}

// arith compiles a chain of arithmetic from left to right.
func (s *scriptCompiler) arith(e *eql.Binary) (script, error) {
	var chain []*eql.Binary
	var left eql.Expr = e
	for b, ok := e, true; ok && arithmetic[b.Op] != 0; b, ok = left.(*eql.Binary) {
		chain = append(chain, b)
		left = eql.Unparen(b.X)
	}
	x, err := s.expr(left)
	if err != nil {
		return nil, err
	}
	out := &arithScript{x: x}
	for _, b := range slices.Backward(chain) {
		y, err := s.expr(b.Y)
		if err != nil {
			return nil, err
		}
		out.rest = append(out.rest, operation{arithmetic[b.Op], y})
		if len(out.rest) == 1 && isConst(out.x) && isConst(y) {
			v, err := out.value(nil)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", eql.FormatExpr(b), err)
			}
			out = &arithScript{x: constScript{v}}
		}
	}
	return out, nil
}

func isConst(s script) bool { _, ok := s.(constScript); return ok }

func (s *scriptCompiler) binary(e *eql.Binary) (script, error) {
	if arithmetic[e.Op] != 0 {
		return s.arith(e)
	}
	x, err := s.expr(e.X)
	if err != nil {
		return nil, err
	}
	y, err := s.expr(e.Y)
	if err != nil {
		return nil, err
	}
	switch e.Op {
	case eql.And, eql.Or:
		return &logicScript{e.Op == eql.And, conditional(x), conditional(y)}, nil
	case eql.Eq, eql.Ne:
		if isNull(y) || isNull(x) {
			if isNull(x) {
				x = y
			}
			return &nullScript{x, e.Op == eql.Eq}, nil
		}
		if e.Op == eql.Ne {
			return s.negation(comparing(predicate.Eq, x, y))
		}
	}
	return comparing(compareOps[e.Op], x, y), nil
}

// comparing compares two values. A field without a mapping compares with a constant by its JSON kind, as it does outside
// of a computed value (LANGUAGE.md 9).
func comparing(op predicate.CompareOp, x, y script) script {
	if jsonField(y) {
		x, y, op = y, x, op.Mirrored()
	}
	lit, ok := y.(constScript)
	if !ok || !jsonField(x) || lit.v.IsNull() {
		return &compareScript{op, x, y}
	}
	return &jsonScript{op, x, lit.v}
}

// conditional is a value as a condition: a field without a mapping is one if it is true, or the text of that.
func conditional(x script) script {
	if jsonField(x) {
		return comparing(predicate.Eq, x, constScript{eqlfunc.OfBool(true)})
	}
	return x
}

func jsonField(s script) bool {
	f, ok := s.(*fieldScript)
	return ok && f.f.Class == predicate.AnyClass
}

func isNull(s script) bool {
	c, ok := s.(constScript)
	return ok && c.v.IsNull()
}

func (s *scriptCompiler) match(m *eql.Match) (script, error) {
	x, err := s.expr(m.X)
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, l := range m.List {
		if l.Kind != eql.NullLiteral {
			texts = append(texts, constant(l).Text())
		}
	}
	test, err := computedMatch(m.Op, texts)
	return &testScript{x, test}, err
}

func (s *scriptCompiler) in(e *eql.In) (script, error) {
	x, err := s.expr(e.X)
	if err != nil {
		return nil, err
	}
	var out script
	var texts []string
	var items []eqlfunc.Value
	for _, item := range e.List {
		v, ok, err := s.compiler.fold(item)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fmt.Errorf("%s: the list may hold constants only", eql.FormatExpr(e))
		}
		if !v.IsNull() {
			items = append(items, v)
			texts = append(texts, v.Text())
		}
	}
	out = &inScript{x: x, items: items, json: jsonField(x)}
	if e.Fold {
		out = &testScript{x, computedEqual(texts)}
	}
	if e.Negated {
		return s.negation(out)
	}
	return out, nil
}
