package predicate

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/mapping"
)

// ErrRange is the error of a literal that a numeric field cannot hold, in a range or a list. In an equality it is none: the
// literal equals no value.
var ErrRange = errors.New("out of range")

// numberComparison compares with a literal as the mapper of the type reads it. Elasticsearch's integer, short and byte read
// texts as doubles, long as decimals; floating-point types order zeros and NaN as Java does.
func numberComparison(f *Field, op CompareOp, lit Value) (Test, error) {
	if lit.Kind != eqlfunc.String && !lit.Numeric() {
		return nil, unparsable(f, "number", lit)
	}
	switch {
	case f.Class == UnsignedClass:
		return unsignedComparison(f, op, lit)
	case f.Class == LongClass && f.Type == mapping.Long:
		return longComparison(f, op, lit)
	case f.Class == LongClass:
		return integerComparison(f, op, lit)
	}
	x, ok := double(lit)
	if !ok {
		return nil, unparsable(f, "number", lit)
	}
	if f.Scale > 0 {
		return scaledComparison(f, op, eqlfunc.OfDouble(x)), nil
	}
	return doubleComparison(f, op, x), nil
}

// double reads a literal as Java's Double.parseDouble.
func double(lit Value) (float64, bool) {
	if lit.Kind == eqlfunc.String {
		return eqlfunc.ParseDouble(lit.Str)
	}
	return lit.Float(), true
}

func outOfRange(f *Field, lit Value) error {
	return fmt.Errorf("field %q of type %s cannot hold %s: %w", f.Name, f.Type, lit.Text(), ErrRange)
}

// fractional is a number with a fraction; NaN and infinities count as one, as in Java's x % 1 != 0.
func fractional(x float64) bool { return math.IsInf(x, 0) || x != math.Trunc(x) }

// integerComparison is that of byte, short and integer: all have the bounds of 32 bits.
func integerComparison(f *Field, op CompareOp, lit Value) (Test, error) {
	x, ok := double(lit)
	switch {
	case !ok:
		return nil, unparsable(f, "number", lit)
	case op == Eq && (fractional(x) || x < math.MinInt32 || x > math.MaxInt32):
		return never, nil
	case x < math.MinInt32 || x > math.MaxInt32:
		return nil, outOfRange(f, lit)
	case math.IsNaN(x):
		return f.wholes(inclusive(op), eqlfunc.OfLong(0)), nil
	}
	return f.wholes(op, eqlfunc.OfDouble(x)), nil
}

// inclusive is the comparison with NaN, which a whole number reads as 0 with a fraction that is neither above nor below.
func inclusive(op CompareOp) CompareOp {
	switch op {
	case Lt:
		return Le
	case Gt:
		return Ge
	}
	return op
}

func longComparison(f *Field, op CompareOp, lit Value) (Test, error) {
	num := lit
	if lit.Kind == eqlfunc.String {
		x, isDouble := eqlfunc.ParseDouble(lit.Str)
		if op == Eq && isDouble && fractional(x) {
			return never, nil
		}
		var ok bool
		if num, ok = ParseNumber(lit.Str); !ok {
			return nil, unparsable(f, "number", lit)
		}
	}
	x := num.Float()
	switch out := num.Kind == eqlfunc.Unsigned && num.Bits > math.MaxInt64 || num.Kind == eqlfunc.Double && (x < math.MinInt64 || x > math.MaxInt64); {
	case op == Eq && (out || num.Kind == eqlfunc.Double && fractional(x)):
		return never, nil
	case out:
		return nil, outOfRange(f, lit)
	case math.IsNaN(x):
		return f.wholes(inclusive(op), eqlfunc.OfLong(0)), nil
	}
	return f.wholes(op, num), nil
}

// unsignedComparison reads the literal of an equality as a whole number, or it equals nothing; that of a range as a decimal.
func unsignedComparison(f *Field, op CompareOp, lit Value) (Test, error) {
	num := lit
	if lit.Kind == eqlfunc.String {
		var ok bool
		if num, ok = ParseNumber(lit.Str); !ok && op != Eq {
			return nil, unparsable(f, "number", lit)
		} else if !ok {
			return never, nil
		}
	}
	if op == Eq && num.Kind == eqlfunc.Double {
		return never, nil
	}
	return f.wholes(op, num), nil
}

// wholes compares the values of an integral field by their exact value.
func (f *Field) wholes(op CompareOp, num Value) Test {
	slow := func(v *event.Value) bool {
		n, ok := f.Number(v)
		return ok && Holds(op, CompareExact(n, num))
	}
	if x := num.Float(); num.Kind == eqlfunc.Double && x == math.Trunc(x) && math.Abs(x) < 1<<53 {
		num = eqlfunc.OfLong(int64(x))
	}
	if op != Eq || num.Kind == eqlfunc.Double || num.Kind == eqlfunc.Unsigned {
		return slow
	}
	want := num.Bits
	return func(v *event.Value) bool {
		if v.Kind == event.Int {
			return v.Bits == want
		}
		return slow(v)
	}
}

// doubleComparison compares in the precision that the type has: a float rounds the literal, a half_float does so in
// equalities only. Minus zero is below zero and NaN above all.
func doubleComparison(f *Field, op CompareOp, want float64) Test {
	switch {
	case f.Class == FloatClass:
		want = float64(float32(want))
	case f.Class == HalfClass && op == Eq:
		want = RoundHalf(float64(float32(want)))
		if math.Abs(want) > maxHalf {
			want = math.NaN()
		}
	case f.Class == HalfClass:
		want = float64(float32(want))
	}
	if op == Eq && (math.IsNaN(want) || math.IsInf(want, 0)) {
		return never
	}
	return func(v *event.Value) bool {
		n, ok := f.Number(v)
		return ok && Holds(op, totalOrder(n.Float(), want))
	}
}

// maxHalf is the largest number of a half_float.
const maxHalf = 65504

// totalOrder is Java's order of doubles.
func totalOrder(a, b float64) int {
	switch {
	case math.IsNaN(a) || math.IsNaN(b):
		return cmp.Compare(boolOrder(math.IsNaN(a)), boolOrder(math.IsNaN(b)))
	case a == 0 && b == 0:
		return boolOrder(math.Signbit(b)) - boolOrder(math.Signbit(a))
	}
	return cmp.Compare(a, b)
}

// listable tells whether a terms query takes a number: there what no value can be is an error.
func (f *Field) listable(lit Value) error {
	if !lit.Numeric() {
		return nil
	}
	x := lit.Float()
	switch f.Class {
	case LongClass:
		if !fractional(x) || math.IsInf(x, 0) {
			_, err := f.comparison(Le, lit)
			return err
		}
	case FloatClass:
		if math.IsInf(float64(float32(x)), 0) {
			return outOfRange(f, lit)
		}
	case HalfClass:
		if math.Abs(RoundHalf(float64(float32(x)))) > maxHalf {
			return outOfRange(f, lit)
		}
	}
	return nil
}

// EqualsNothing reports a literal that no value of a numeric field can equal: it has a fraction, or is too large.
func (f *Field) EqualsNothing(lit Value) bool {
	x, ok := double(lit)
	switch {
	case f.Class == UnsignedClass && lit.Kind == eqlfunc.String && !ok:
		return true
	case !ok || !lit.Numeric() && lit.Kind != eqlfunc.String:
		return false
	case f.Class == LongClass && fractional(x):
		return true
	case f.Class == UnsignedClass:
		return fractional(x) || lit.Kind == eqlfunc.Double || x < 0 || x >= 1<<64
	case f.Class == LongClass || f.Class == FloatClass || f.Class == HalfClass:
		return math.IsNaN(x) || f.listable(eqlfunc.OfDouble(x)) != nil
	}
	return false
}

// numberText reads a text in a document as a number of the field's type.
func (f *Field) numberText(s string) (Value, bool) {
	if f.Class == UnsignedClass || f.Class == LongClass && f.Type == mapping.Long {
		return ParseNumber(s)
	}
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return eqlfunc.OfLong(i), true
	}
	x, ok := eqlfunc.ParseDouble(s)
	if ok && f.Class == LongClass && math.IsNaN(x) {
		x = 0
	}
	return eqlfunc.OfDouble(x), ok && !math.IsNaN(x) && !math.IsInf(x, 0)
}
