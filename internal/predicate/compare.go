package predicate

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/esdate"
)

// CompareOp is how a value is compared with a literal. "Not equal" is the negation of Eq.
type CompareOp uint8

// Comparisons.
const (
	Eq CompareOp = iota
	Lt
	Le
	Gt
	Ge
)

// String is the operator as EQL writes it.
func (op CompareOp) String() string { return [...]string{"==", "<", "<=", ">", ">="}[op] }

// Mirrored is the comparison with its sides swapped.
func (op CompareOp) Mirrored() CompareOp { return [...]CompareOp{Eq, Gt, Ge, Lt, Le}[op] }

// ParseNumber reads a decimal text as an integer or else a finite double.
func ParseNumber(s string) (Value, bool) {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return eqlfunc.OfLong(i), true
	}
	if u, err := strconv.ParseUint(s, 10, 64); err == nil {
		return eqlfunc.OfUnsigned(u), true
	}
	if strings.Trim(s, "0123456789+-.eE") != "" { // "3d" is a number to Java, but not to whoever wrote it into a list
		return Value{}, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return Value{}, false
	}
	return eqlfunc.OfDouble(f), true
}

// comparison makes the test of "field op literal" with op one of == < <= > >=. What the field's mapper cannot parse is
// an error: the search would fail.
func (f *Field) comparison(op CompareOp, lit Value) (Test, error) {
	switch f.Class {
	case AnyClass:
		return anyComparison(op, lit), nil
	case StringClass:
		return stringComparison(f, op, lit.Text()), nil
	case BoolClass:
		return boolComparison(f, op, lit)
	case DateClass, NanosClass:
		return dateComparison(f, op, lit)
	case IPClass:
		return ipComparison(f, op, lit)
	case VersionClass:
		return versionComparison(op, lit)
	}
	return numberComparison(f, op, lit)
}

// Holds reports whether a three-way result satisfies the operator.
func Holds(op CompareOp, c int) bool {
	switch op {
	case Eq:
		return c == 0
	case Lt:
		return c < 0
	case Le:
		return c <= 0
	case Gt:
		return c > 0
	case Ge:
		return c >= 0
	}
	return false
}

func unparsable(f *Field, kind string, lit Value) error {
	return fmt.Errorf("%q is no %s, which field %q needs", lit.Text(), kind, f.Name)
}

// anyComparison compares by the JSON kind of the value (eql/LANGUAGE.md 9).
func anyComparison(op CompareOp, lit Value) Test {
	l := newJSONLiteral(lit)
	if op == Eq && !l.isNum && !l.isBool {
		return func(v *event.Value) bool { return v.Kind == event.String && v.Text == l.text }
	}
	return func(v *event.Value) bool {
		switch v.Kind {
		case event.String:
			return Holds(op, strings.Compare(v.Text, l.text))
		case event.Bool:
			return l.isBool && Holds(op, boolOrder(v.Bits != 0)-boolOrder(l.b))
		case event.Int, event.Uint, event.Float:
			n, ok := NumberOf(v)
			return ok && l.isNum && Holds(op, CompareExact(n, l.num))
		}
		return false
	}
}

// jsonLiteral is a literal as values of each JSON kind see it.
type jsonLiteral struct {
	text   string
	num    Value
	isNum  bool
	b      bool
	isBool bool
}

func newJSONLiteral(lit Value) jsonLiteral {
	l := jsonLiteral{text: lit.Text(), num: lit, isNum: lit.Numeric(), b: lit.True(), isBool: lit.Kind == eqlfunc.Bool}
	if lit.Kind == eqlfunc.String {
		l.num, l.isNum = ParseNumber(l.text)
		l.b, l.isBool = l.text == "true", l.text == "true" || l.text == "false"
	}
	return l
}

// CompareJSON is the comparison of a value that a script has read; null if the kinds do not compare.
func CompareJSON(op CompareOp, x, lit Value) Value {
	l := newJSONLiteral(lit)
	switch {
	case x.Kind == eqlfunc.String:
		return eqlfunc.OfBool(Holds(op, strings.Compare(x.Str, l.text)))
	case x.Kind == eqlfunc.Bool && l.isBool:
		return eqlfunc.OfBool(Holds(op, boolOrder(x.True())-boolOrder(l.b)))
	case x.Numeric() && l.isNum:
		return eqlfunc.OfBool(Holds(op, CompareExact(x, l.num)))
	}
	return Value{}
}

func boolOrder(b bool) int {
	if b {
		return 1
	}
	return 0
}

func stringComparison(f *Field, op CompareOp, text string) Test {
	switch {
	case op == Eq && !f.Indexed(text):
		return never
	case op == Eq:
		return func(v *event.Value) bool { return v.Text == text }
	}
	return func(v *event.Value) bool { return f.Indexed(v.Text) && Holds(op, strings.Compare(v.Text, text)) }
}

func boolComparison(f *Field, op CompareOp, lit Value) (Test, error) {
	want, ok := lit.True(), lit.Kind == eqlfunc.Bool
	if lit.Kind == eqlfunc.String {
		want, ok = lit.Str == "true", lit.Str == "true" || lit.Str == "false"
	}
	if !ok {
		return nil, unparsable(f, "boolean", lit)
	}
	return func(v *event.Value) bool {
		b, ok := f.Boolean(v)
		return ok && Holds(op, boolOrder(b)-boolOrder(want))
	}, nil
}

// scaledComparison compares what a scaled_float stores, its value times the factor as a whole number: with the literal
// times the factor, which == rounds likewise. The literal is multiplied as the decimal that it is.
func scaledComparison(f *Field, op CompareOp, lit Value) Test {
	want := lit.Float() * f.Scale
	if x, y := decimal(lit.Float()), decimal(f.Scale); x != nil && y != nil {
		want, _ = x.Mul(x, y).Float64()
	}
	if op == Eq {
		want = roundHalfUp(want)
	}
	return func(v *event.Value) bool {
		n, ok := NumberOf(v)
		return ok && Holds(op, cmp.Compare(roundHalfUp(n.Float()*f.Scale), want))
	}
}

// decimal is the shortest decimal that denotes x; nil if x is not finite.
func decimal(x float64) *big.Rat {
	r, ok := new(big.Rat).SetString(strconv.FormatFloat(x, 'g', -1, 64))
	if !ok {
		return nil
	}
	return r
}

// dateComparison compares with what the literal stands for: below its start, up to or after its end. A number is epoch
// milliseconds whatever the format, and whole.
func dateComparison(f *Field, op CompareOp, lit Value) (Test, error) {
	lo, hi, err := f.dateLiteral(lit)
	if err != nil {
		return nil, err
	}
	return func(v *event.Value) bool {
		at, ok := f.Instant(v)
		if !ok {
			return false
		}
		switch op {
		case Lt, Ge:
			return Holds(op, at.Compare(lo))
		case Le, Gt:
			return Holds(op, at.Compare(hi))
		}
		return at.Compare(lo) >= 0 && at.Compare(hi) <= 0
	}, nil
}

func (f *Field) dateLiteral(lit Value) (lo, hi esdate.Instant, err error) {
	switch lit.Kind {
	case eqlfunc.Integer, eqlfunc.Long:
		lo = esdate.Instant{Milli: lit.Int()}
		hi = esdate.Instant{Milli: lo.Milli, Nano: 999_999}
	case eqlfunc.String:
		if lo, hi, err = f.Format.Literal(lit.Str, f.now); err != nil {
			return lo, hi, fmt.Errorf("field %q: %w", f.Name, err)
		}
	default:
		return lo, hi, unparsable(f, "date", lit)
	}
	if f.Class == DateClass {
		return lo.Floor(), hi.Floor(), nil
	}
	for _, at := range []esdate.Instant{lo, hi} {
		if !nanosHold(at) {
			return lo, hi, fmt.Errorf("field %q: %q is not between 1970 and 2262-04-11, as a date_nanos is", f.Name, lit.Text())
		}
	}
	return lo, hi, nil
}

// nanosHold tells whether a date_nanos, 63 bits of nanoseconds, can hold an instant.
func nanosHold(at esdate.Instant) bool {
	last := esdate.Instant{Milli: math.MaxInt64 / 1_000_000, Nano: math.MaxInt64 % 1_000_000}
	return at.Milli >= 0 && at.Compare(last) <= 0
}

func ipComparison(f *Field, op CompareOp, lit Value) (Test, error) {
	if lit.Kind != eqlfunc.String {
		return nil, unparsable(f, "address", lit)
	}
	if op == Eq {
		block, err := eqlfunc.ParseBlock(lit.Str)
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", f.Name, err)
		}
		return func(v *event.Value) bool {
			a, ok := f.Address(v)
			return ok && block.Contains(a)
		}, nil
	}
	want, ok := eqlfunc.ParseIP(lit.Str)
	if !ok {
		return nil, unparsable(f, "address", lit)
	}
	return func(v *event.Value) bool {
		a, ok := f.Address(v)
		return ok && Holds(op, bytes.Compare(a[:], want[:]))
	}, nil
}

func versionComparison(op CompareOp, lit Value) (Test, error) {
	text := lit.Text()
	if op == Eq {
		return func(v *event.Value) bool { return v.Text == text }, nil
	}
	want := VersionKey(text)
	return func(v *event.Value) bool {
		return Holds(op, strings.Compare(VersionKey(v.Text), want))
	}, nil
}
