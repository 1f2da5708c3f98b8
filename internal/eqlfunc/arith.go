package eqlfunc

import (
	"errors"
	"fmt"
	"math"
	"math/big"
)

// ErrDivisionByZero is the error of an integer division or remainder by zero.
var ErrDivisionByZero = errors.New("/ by zero")

// ErrOverflow is the error of an integer result that does not fit its type.
var ErrOverflow = errors.New("integer overflow")

// Arith computes a op b with op one of + - * / %. Null operands give null. An error is what makes Elasticsearch fail the
// search: integer division by zero, integer overflow, an operand that is no number.
func Arith(op byte, a, b Value) (Value, error) {
	switch {
	case a.IsNull() || b.IsNull():
		return Value{}, nil
	case !a.Numeric() || !b.Numeric():
		bad := a
		if a.Numeric() {
			bad = b
		}
		return Value{}, fmt.Errorf("a number is required for %q, found %q", string(op), bad.Text())
	case a.Kind == Double || b.Kind == Double:
		return OfDouble(arithDouble(op, a.Float(), b.Float())), nil
	case a.Kind == Unsigned || b.Kind == Unsigned:
		return arithUnsigned(op, a, b)
	}
	r, err := arithLong(op, a.Int(), b.Int())
	if err != nil {
		return Value{}, err
	}
	if a.Kind == Long || b.Kind == Long {
		return OfLong(r), nil
	}
	if r != int64(int32(r)) {
		return Value{}, ErrOverflow
	}
	return OfInteger(int32(r)), nil
}

func arithDouble(op byte, a, b float64) float64 {
	switch op {
	case '+':
		return a + b
	case '-':
		return a - b
	case '*':
		return a * b
	case '/':
		return a / b
	}
	return math.Mod(a, b)
}

func arithLong(op byte, a, b int64) (int64, error) {
	switch op {
	case '+':
		if r := a + b; (r > a) == (b > 0) {
			return r, nil
		}
	case '-':
		if r := a - b; (r < a) == (b > 0) {
			return r, nil
		}
	case '*':
		if a == 0 || b == 0 {
			return 0, nil
		}
		if r := a * b; r/b == a && !(a == -1 && b == math.MinInt64) && !(b == -1 && a == math.MinInt64) {
			return r, nil
		}
	default:
		if b == 0 {
			return 0, ErrDivisionByZero
		}
		if op == '/' {
			return a / b, nil
		}
		return a % b, nil
	}
	return 0, ErrOverflow
}

func arithUnsigned(op byte, a, b Value) (Value, error) {
	x, y, r := a.big(), b.big(), new(big.Int)
	switch op {
	case '+':
		r.Add(x, y)
	case '-':
		r.Sub(x, y)
	case '*':
		r.Mul(x, y)
	default:
		if y.Sign() == 0 {
			return Value{}, ErrDivisionByZero
		}
		if op == '/' {
			r.Quo(x, y)
		} else {
			r.Rem(x, y)
		}
	}
	if !r.IsUint64() {
		return Value{}, ErrOverflow
	}
	return OfUnsigned(r.Uint64()), nil
}

// Neg is unary minus.
func Neg(a Value) (Value, error) {
	switch a.Kind {
	case Null:
		return a, nil
	case Integer:
		if a.Int() == math.MinInt32 {
			return Value{}, ErrOverflow
		}
		return OfInteger(int32(-a.Int())), nil
	case Long:
		if a.Int() == math.MinInt64 {
			return Value{}, ErrOverflow
		}
		return OfLong(-a.Int()), nil
	case Unsigned:
		return negUnsigned(a.Bits)
	case Double:
		return OfDouble(-a.Float()), nil
	}
	return Value{}, fmt.Errorf("a number is required for %q, found %q", "-", a.Text())
}

// negUnsigned keeps -9223372036854775808 writable: its digits alone are an unsigned literal.
func negUnsigned(u uint64) (Value, error) {
	switch {
	case u == 0:
		return OfUnsigned(0), nil
	case u <= 1<<63:
		return OfLong(int64(-u)), nil
	}
	return Value{}, ErrOverflow
}
