package eval

import (
	"bytes"
	"cmp"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/eqlfunc"
)

// test decides one value of a field.
type test func(v *event.Value) bool

func never(*event.Value) bool { return false }

// constant is the value of a literal.
func constant(l *eql.Literal) eqlfunc.Value {
	switch l.Kind {
	case eql.BoolLiteral:
		return eqlfunc.OfBool(l.Bool)
	case eql.IntLiteral:
		return eqlfunc.OfInt(l.Int)
	case eql.UintLiteral:
		return eqlfunc.OfUnsigned(l.Uint)
	case eql.FloatLiteral:
		return eqlfunc.OfDouble(l.Float)
	case eql.StringLiteral:
		return eqlfunc.OfString(l.Str)
	}
	return eqlfunc.Value{}
}

// parseNumber reads a decimal text as an integer or else a finite double.
func parseNumber(s string) (eqlfunc.Value, bool) {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return eqlfunc.OfLong(i), true
	}
	if u, err := strconv.ParseUint(s, 10, 64); err == nil {
		return eqlfunc.OfUnsigned(u), true
	}
	if strings.Trim(s, "0123456789+-.eE") != "" { // "3d" is a number to Java, but not to whoever wrote it into a list
		return eqlfunc.Value{}, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return eqlfunc.Value{}, false
	}
	return eqlfunc.OfDouble(f), true
}

// comparison makes the test of "field op literal" with op one of == < <= > >=. What the field's mapper cannot parse is
// an error: the search would fail.
func (c *compiler) comparison(f *field, op eql.Op, lit eqlfunc.Value) (test, error) {
	switch f.class {
	case anyClass:
		return anyComparison(op, lit), nil
	case stringClass:
		return stringComparison(f, op, lit.Text()), nil
	case boolClass:
		return boolComparison(f, op, lit)
	case dateClass, nanosClass:
		return c.dateComparison(f, op, lit)
	case ipClass:
		return ipComparison(f, op, lit)
	case versionClass:
		return versionComparison(op, lit)
	}
	return numberComparison(f, op, lit)
}

// holds reports whether a three-way result satisfies the operator.
func holds(op eql.Op, c int) bool {
	switch op {
	case eql.Eq:
		return c == 0
	case eql.Lt:
		return c < 0
	case eql.Le:
		return c <= 0
	case eql.Gt:
		return c > 0
	case eql.Ge:
		return c >= 0
	}
	return false
}

func unparsable(f *field, kind string, lit eqlfunc.Value) error {
	return fmt.Errorf("%q is no %s, which field %q needs", lit.Text(), kind, f.name)
}

// anyComparison compares by the JSON kind of the value (spec/eql.md 12.2.1).
func anyComparison(op eql.Op, lit eqlfunc.Value) test {
	l := newJSONLiteral(lit)
	if op == eql.Eq && !l.isNum && !l.isBool {
		return func(v *event.Value) bool { return v.Kind == event.String && v.Text == l.text }
	}
	return func(v *event.Value) bool {
		switch v.Kind {
		case event.String:
			return holds(op, strings.Compare(v.Text, l.text))
		case event.Bool:
			return l.isBool && holds(op, boolOrder(v.Bits != 0)-boolOrder(l.b))
		case event.Int, event.Uint, event.Float:
			n, ok := numberOf(v)
			return ok && l.isNum && holds(op, compareExact(n, l.num))
		}
		return false
	}
}

// jsonLiteral is a literal as values of each JSON kind see it.
type jsonLiteral struct {
	text   string
	num    eqlfunc.Value
	isNum  bool
	b      bool
	isBool bool
}

func newJSONLiteral(lit eqlfunc.Value) jsonLiteral {
	l := jsonLiteral{text: lit.Text(), num: lit, isNum: lit.Numeric(), b: lit.True(), isBool: lit.Kind == eqlfunc.Bool}
	if lit.Kind == eqlfunc.String {
		l.num, l.isNum = parseNumber(l.text)
		l.b, l.isBool = l.text == "true", l.text == "true" || l.text == "false"
	}
	return l
}

// compareJSON is the comparison of a value that a script has read; null if the kinds do not compare.
func compareJSON(op eql.Op, x, lit eqlfunc.Value) eqlfunc.Value {
	l := newJSONLiteral(lit)
	switch {
	case x.Kind == eqlfunc.String:
		return eqlfunc.OfBool(holds(op, strings.Compare(x.Str, l.text)))
	case x.Kind == eqlfunc.Bool && l.isBool:
		return eqlfunc.OfBool(holds(op, boolOrder(x.True())-boolOrder(l.b)))
	case x.Numeric() && l.isNum:
		return eqlfunc.OfBool(holds(op, compareExact(x, l.num)))
	}
	return eqlfunc.Value{}
}

func boolOrder(b bool) int {
	if b {
		return 1
	}
	return 0
}

func stringComparison(f *field, op eql.Op, text string) test {
	switch {
	case op == eql.Eq && !f.indexed(text):
		return never
	case op == eql.Eq:
		return func(v *event.Value) bool { return v.Text == text }
	}
	return func(v *event.Value) bool { return f.indexed(v.Text) && holds(op, strings.Compare(v.Text, text)) }
}

func boolComparison(f *field, op eql.Op, lit eqlfunc.Value) (test, error) {
	want := lit.True()
	if lit.Kind == eqlfunc.String {
		var ok bool
		if want, ok = parseBool(lit.Str); !ok {
			return nil, unparsable(f, "boolean", lit)
		}
	} else if lit.Kind != eqlfunc.Bool {
		return nil, unparsable(f, "boolean", lit)
	}
	return func(v *event.Value) bool {
		b, ok := f.boolean(v)
		return ok && holds(op, boolOrder(b)-boolOrder(want))
	}, nil
}

func numberComparison(f *field, op eql.Op, lit eqlfunc.Value) (test, error) {
	num := lit
	if lit.Kind == eqlfunc.String {
		var ok bool
		if num, ok = parseNumber(lit.Str); !ok {
			return nil, unparsable(f, "number", lit)
		}
	} else if !lit.Numeric() {
		return nil, unparsable(f, "number", lit)
	}
	if f.scale > 0 {
		return scaledComparison(f, op, num), nil
	}
	switch f.class {
	case floatClass:
		num = eqlfunc.OfDouble(float64(float32(num.Float())))
	case halfClass:
		num = eqlfunc.OfDouble(roundHalf(num.Float()))
	}
	slow := func(v *event.Value) bool {
		n, ok := f.number(v)
		return ok && holds(op, compareExact(n, num))
	}
	if f.class != longClass || op != eql.Eq || num.Kind == eqlfunc.Double || num.Kind == eqlfunc.Unsigned {
		return slow, nil
	}
	want := num.Bits
	return func(v *event.Value) bool {
		if v.Kind == event.Int {
			return v.Bits == want
		}
		return slow(v)
	}, nil
}

// scaledComparison compares what a scaled_float stores, its value times the factor as a whole number: with the literal
// times the factor, which == rounds likewise. The literal is multiplied as the decimal that it is.
func scaledComparison(f *field, op eql.Op, lit eqlfunc.Value) test {
	want := lit.Float() * f.scale
	if x, y := decimal(lit.Float()), decimal(f.scale); x != nil && y != nil {
		want, _ = x.Mul(x, y).Float64()
	}
	if op == eql.Eq {
		want = roundHalfUp(want)
	}
	return func(v *event.Value) bool {
		n, ok := numberOf(v)
		return ok && holds(op, cmp.Compare(roundHalfUp(n.Float()*f.scale), want))
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

// dateComparison compares with the whole unit that the literal gives: below its start, up to or after its end.
func (c *compiler) dateComparison(f *field, op eql.Op, lit eqlfunc.Value) (test, error) {
	if lit.Kind == eqlfunc.Bool {
		return nil, unparsable(f, "date", lit)
	}
	text := lit.Text()
	if lit.Kind == eqlfunc.Double {
		text = strconv.FormatFloat(lit.Float(), 'f', -1, 64)
	}
	lo, hi, err := f.format.Literal(text, c.now)
	if err != nil && lit.Numeric() { // an integer is epoch milliseconds where the format has no say
		if v, ok := f.instant(&event.Value{Kind: event.Int, Bits: lit.Bits}); ok && lit.Kind != eqlfunc.Double {
			lo, hi, err = v, v, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("field %q: %w", f.name, err)
	}
	if f.class == dateClass {
		lo, hi = lo.Floor(), hi.Floor()
	}
	return func(v *event.Value) bool {
		at, ok := f.instant(v)
		if !ok {
			return false
		}
		switch op {
		case eql.Lt, eql.Ge:
			return holds(op, at.Compare(lo))
		case eql.Le, eql.Gt:
			return holds(op, at.Compare(hi))
		}
		return at.Compare(lo) >= 0 && at.Compare(hi) <= 0
	}, nil
}

func ipComparison(f *field, op eql.Op, lit eqlfunc.Value) (test, error) {
	if lit.Kind != eqlfunc.String {
		return nil, unparsable(f, "address", lit)
	}
	if op == eql.Eq {
		block, err := eqlfunc.ParseBlock(lit.Str)
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", f.name, err)
		}
		return func(v *event.Value) bool {
			a, ok := f.address(v)
			return ok && block.Contains(a)
		}, nil
	}
	want, ok := eqlfunc.ParseIP(lit.Str)
	if !ok {
		return nil, unparsable(f, "address", lit)
	}
	return func(v *event.Value) bool {
		a, ok := f.address(v)
		return ok && holds(op, bytes.Compare(a[:], want[:]))
	}, nil
}

func versionComparison(op eql.Op, lit eqlfunc.Value) (test, error) {
	text := lit.Text()
	if op == eql.Eq {
		return func(v *event.Value) bool { return v.Text == text && text != "" }, nil
	}
	want := versionKey(text)
	return func(v *event.Value) bool {
		return v.Text != "" && holds(op, strings.Compare(versionKey(v.Text), want))
	}, nil
}
