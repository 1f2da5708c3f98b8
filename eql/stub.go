package eql

import "github.com/rulevet/rulevet/internal/eqlfunc"

// Check: placeholder until the type check lands.
func Check(q *Query, f Fields) (*Info, []Issue) { return &Info{Fields: f}, nil }

func (p *parser) constantInt(e Expr) (int64, bool) {
	v, ok := constant(e)
	if !ok || v.Kind != eqlfunc.Integer && v.Kind != eqlfunc.Long {
		return 0, false
	}
	return int64(v.Bits), true
}

func constant(e Expr) (eqlfunc.Value, bool) {
	switch e := Unparen(e).(type) {
	case *Literal:
		if e.Kind == IntLiteral {
			return eqlfunc.OfInt(e.Int), true
		}
	case *Unary:
		if v, ok := constant(e.X); ok && e.Op == Neg {
			n, err := eqlfunc.Neg(v)
			return n, err == nil
		}
	}
	return eqlfunc.Value{}, false
}
