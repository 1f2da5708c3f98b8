package predicate

import (
	"math"
	"math/big"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/lucene"
)

// Extent says exactly which values make a leaf true, so that leaves can be compared for all events. Of a field of texts it is
// Texts, of a field whose values have an order Ranges; the other is empty.
type Extent struct {
	Field  *Field
	Texts  []lucene.Pattern // one of them matches the value's text
	Ranges []Range          // the value lies in one of them
}

// Range is a set of neighbouring numbers: the values of a numeric field, milliseconds or nanoseconds of a date (the class
// tells), 128-bit addresses, 0 and 1 of a boolean. Bounds belong to it; nil is none.
type Range struct {
	Low, High         *big.Rat
	LowOpen, HighOpen bool // the bound itself does not belong to it
}

// ExtentOf returns the extent of a leaf; ok is false for a leaf that is about more than one value of one field, or in a way that
// has no extent.
func ExtentOf(n Node) (e Extent, ok bool) {
	switch n := n.(type) {
	case *exactLeaf:
		if n.field.Class.Ordered() {
			return Extent{}, false
		}
		return Extent{Field: n.field, Texts: []lucene.Pattern{lucene.NewLiteral(n.text, lucene.Sensitive)}}, true
	case *leaf:
		if n.hints.extent == nil {
			return Extent{}, false
		}
		e, ok = n.hints.extent()
		return e, ok
	}
	return Extent{}, false
}

// Ordered tells classes whose values are numbers of a Range.
func (c Class) Ordered() bool {
	switch c {
	case BoolClass, LongClass, UnsignedClass, DoubleClass, FloatClass, HalfClass, DateClass, NanosClass, IPClass:
		return true
	}
	return false
}

// Discrete tells ordered classes that have no value between two whole numbers.
func (c Class) Discrete() bool {
	return c.Ordered() && c != DoubleClass && c != FloatClass && c != HalfClass
}

// texts is the extent of a leaf on texts.
func (f *Field) texts(language func() []lucene.Pattern) func() (Extent, bool) {
	if language == nil {
		return nil
	}
	return func() (Extent, bool) {
		if f.Class.Ordered() {
			return Extent{}, false
		}
		return Extent{Field: f, Texts: language()}, true
	}
}

// everything is the extent of the values that the mapping indexes.
func (f *Field) everything() (Extent, bool) {
	if f.Class.Ordered() {
		return Extent{Field: f, Ranges: []Range{{}}}, true
	}
	return Extent{Field: f, Texts: []lucene.Pattern{lucene.NewWildcard("*", lucene.Sensitive)}}, true
}

// compared is the extent of a comparison with literals, of which one must hold.
func (f *Field) compared(op CompareOp, literals ...Value) func() (Extent, bool) {
	return func() (Extent, bool) {
		e := Extent{Field: f}
		for _, v := range literals {
			if op == Eq && (f.Class == StringClass || f.Class == VersionClass || f.Class == AnyClass && v.Kind == eqlfunc.String && plainText(v.Str)) {
				if text := v.Text(); f.Indexed(text) {
					e.Texts = append(e.Texts, lucene.NewLiteral(text, lucene.Sensitive))
				}
				continue
			}
			low, high, ok := f.unit(op, v)
			if !ok {
				return Extent{}, false
			}
			e.Ranges = append(e.Ranges, rangeOf(op, low, high))
		}
		return e, true
	}
}

// within is the extent of a range with two bounds.
func (f *Field) within(low CompareOp, from Value, high CompareOp, to Value) func() (Extent, bool) {
	return func() (Extent, bool) {
		a, aHigh, ok := f.unit(low, from)
		b, bHigh, ok2 := f.unit(high, to)
		if !ok || !ok2 {
			return Extent{}, false
		}
		above, below := rangeOf(low, a, aHigh), rangeOf(high, b, bHigh)
		return Extent{Field: f, Ranges: []Range{{Low: above.Low, LowOpen: above.LowOpen, High: below.High, HighOpen: below.HighOpen}}}, true
	}
}

// rangeOf is what compares with a literal that covers the unit from low to high.
func rangeOf(op CompareOp, low, high *big.Rat) Range {
	switch op {
	case Lt:
		return Range{High: low, HighOpen: true}
	case Le:
		return Range{High: high}
	case Gt:
		return Range{Low: high, LowOpen: true}
	case Ge:
		return Range{Low: low}
	}
	return Range{Low: low, High: high}
}

// unit is the first and the last value that a literal stands for, in a comparison of the kind.
func (f *Field) unit(op CompareOp, lit Value) (low, high *big.Rat, ok bool) {
	switch f.Class {
	case BoolClass:
		b, known := lit.True(), lit.Kind == eqlfunc.Bool
		if lit.Kind == eqlfunc.String {
			b, known = ParseBool(lit.Str)
		}
		low = new(big.Rat).SetInt64(int64(boolOrder(b)))
		return low, low, known
	case IPClass:
		return f.addresses(op, lit)
	case LongClass, UnsignedClass, DoubleClass, FloatClass, HalfClass:
		low, ok = f.number(op, lit)
		return low, low, ok
	case DateClass:
		if strings.Contains(lit.Text(), "now") {
			return nil, nil, false // the answer would not last
		}
		from, to, err := f.dateLiteral(lit)
		return big.NewRat(from.Milli, 1), big.NewRat(to.Milli, 1), err == nil
	}
	return nil, nil, false
}

// number is a literal in the precision in which a field of numbers compares it. Zero is left out where it has a sign.
func (f *Field) number(op CompareOp, lit Value) (*big.Rat, bool) {
	switch {
	case f.Scale > 0:
		return nil, false // the stored value is a multiple of a fraction
	case f.Class == HalfClass && op == Eq:
		lit = eqlfunc.OfDouble(RoundHalf(float64(float32(lit.Float()))))
	case f.Class == HalfClass || f.Class == FloatClass:
		if lit.Kind == eqlfunc.String {
			return nil, false
		}
		lit = eqlfunc.OfDouble(float64(float32(lit.Float())))
	}
	if x := lit.Float(); lit.Kind == eqlfunc.Double && x == 0 && math.Signbit(x) {
		return nil, false
	}
	return ratOf(lit)
}

// ratOf is a numeric literal as an exact number.
func ratOf(lit Value) (*big.Rat, bool) {
	if lit.Kind == eqlfunc.String {
		n, ok := ParseNumber(lit.Str)
		if !ok {
			return nil, false
		}
		lit = n
	}
	r := new(big.Rat)
	switch {
	case !lit.Numeric():
		return nil, false
	case lit.Kind == eqlfunc.Unsigned:
		r.SetInt(new(big.Int).SetUint64(lit.Bits))
	case lit.Kind == eqlfunc.Double:
		if r.SetFloat64(lit.Float()) == nil {
			return nil, false
		}
	default:
		r.SetInt64(lit.Int())
	}
	return r, true
}

// addresses is what an address or block stands for.
func (f *Field) addresses(op CompareOp, lit Value) (low, high *big.Rat, ok bool) {
	block, err := eqlfunc.ParseBlock(lit.Text())
	if err != nil {
		return nil, nil, false
	}
	first, last := block.Bounds()
	if op != Eq && first != last {
		return nil, nil, false
	}
	return AddressNumber(first), AddressNumber(last), true
}

// AddressNumber is an address as a number of a Range.
func AddressNumber(a [16]byte) *big.Rat {
	return new(big.Rat).SetInt(new(big.Int).SetBytes(slices.Clone(a[:])))
}
