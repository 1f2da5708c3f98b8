package predicate

import (
	"cmp"
	"math"
	"net/netip"
	"unicode/utf16"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/esdate"
)

// Indexed reports whether a text is short enough for the mapping to index it.
func (f *Field) Indexed(s string) bool {
	if f.IgnoreAbove <= 0 || len(s) <= f.IgnoreAbove {
		return true
	}
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n <= f.IgnoreAbove
}

// Number reads a value of a numeric field, in the precision the mapping stores.
func (f *Field) Number(v *event.Value) (Value, bool) {
	n, ok := NumberOf(v)
	if v.Kind == event.String {
		n, ok = f.numberText(v.Text)
	}
	if !ok {
		return n, false
	}
	switch f.Class {
	case LongClass, UnsignedClass:
		if n.Kind == eqlfunc.Double { // coerced: a fraction is cut off
			t := math.Trunc(n.Float())
			switch {
			case t >= math.MinInt64 && t < math.MaxInt64:
				return eqlfunc.OfLong(int64(t)), true
			case t > 0 && t < math.MaxUint64:
				return eqlfunc.OfUnsigned(uint64(t)), true
			}
			return n, false
		}
		if f.Class == LongClass {
			return n, n.Kind != eqlfunc.Unsigned
		}
		return n, n.Kind == eqlfunc.Unsigned || n.Int() >= 0
	case FloatClass:
		return eqlfunc.OfDouble(float64(float32(n.Float()))), true
	case HalfClass:
		return eqlfunc.OfDouble(RoundHalf(n.Float())), true
	}
	if f.Scale > 0 {
		return eqlfunc.OfDouble(roundHalfUp(n.Float()*f.Scale) / f.Scale), true
	}
	return eqlfunc.OfDouble(n.Float()), true
}

// roundHalfUp is Java's Math.round, of a value that stays a double.
func roundHalfUp(x float64) float64 {
	if whole := math.Floor(x); x-whole < 0.5 {
		return whole
	}
	return math.Ceil(x)
}

// NumberOf reads a number, or a text that is one.
func NumberOf(v *event.Value) (Value, bool) {
	switch v.Kind {
	case event.Int:
		return eqlfunc.OfLong(int64(v.Bits)), true
	case event.Uint:
		return eqlfunc.OfUnsigned(v.Bits), true
	case event.Float:
		return eqlfunc.OfDouble(math.Float64frombits(v.Bits)), true
	case event.String:
		return ParseNumber(v.Text)
	}
	return Value{}, false
}

// Fractional reports whether values of the field are floating-point numbers, whole ones too.
func (f *Field) Fractional() bool {
	return f.Class == DoubleClass || f.Class == FloatClass || f.Class == HalfClass
}

// RoundHalf rounds to the eleven significant bits of a half_float.
func RoundHalf(x float64) float64 {
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return x
	}
	frac, exp := math.Frexp(x)
	bits := 11
	if exp < -13 { // subnormal
		bits = max(bits+exp+13, 0)
	}
	scale := math.Ldexp(1, bits)
	return math.Ldexp(math.RoundToEven(frac*scale)/scale, exp)
}

func (f *Field) Boolean(v *event.Value) (b, ok bool) {
	switch {
	case v.Kind == event.Bool:
		return v.Bits != 0, true
	case v.Kind != event.String:
		return false, false
	}
	return ParseBool(v.Text)
}

// ParseBool reads a text as a field of type boolean does: the empty text is false.
func ParseBool(s string) (b, ok bool) {
	switch s {
	case "true":
		return true, true
	case "false", "":
		return false, true
	}
	return false, false
}

// Instant reads a value of a date field, in the resolution of the mapping.
func (f *Field) Instant(v *event.Value) (at esdate.Instant, ok bool) {
	switch v.Kind {
	case event.Int:
		if year := v.Bits-1000 < 9000; year || !f.Format.Millis() { // four digits are a year
			at, ok = f.Format.Value(v.Text)
		}
		if !ok && f.Format.Millis() { // no other format is for it
			at, ok = esdate.Instant{Milli: int64(v.Bits)}, true
		}
	case event.Float, event.String:
		at, ok = f.Format.Value(v.Text)
		if !ok && v.Kind == event.Float && f.Format.Millis() {
			x := math.Float64frombits(v.Bits)
			at, ok = esdate.Instant{Milli: int64(x)}, math.Abs(x) < 9e15
		}
	}
	if f.Class == DateClass {
		at = at.Floor()
	} else if !nanosHold(at) {
		ok = false
	}
	return at, ok && at.Milli < 9e15 && at.Milli > -9e15
}

// AddressText is the canonical form of an address, the one that Elasticsearch stores.
func AddressText(a [16]byte) string { return netip.AddrFrom16(a).Unmap().String() }

func (f *Field) Address(v *event.Value) ([16]byte, bool) {
	if v.Kind != event.String {
		return [16]byte{}, false
	}
	return eqlfunc.ParseIP(v.Text)
}

// Has reports whether the mapping indexes the value at all. What it cannot read counts as missing.
func (f *Field) Has(v *event.Value) bool {
	ok := true
	switch f.Class {
	case StringClass:
		ok = f.Indexed(v.Text)
	case BoolClass:
		_, ok = f.Boolean(v)
	case LongClass, UnsignedClass, DoubleClass, FloatClass, HalfClass:
		_, ok = f.Number(v)
	case DateClass, NanosClass:
		_, ok = f.Instant(v)
	case IPClass:
		_, ok = f.Address(v)
	}
	return ok
}

// Scalar is the value as a script sees it; ok is false if the field does not index it.
func (f *Field) Scalar(v *event.Value) (val Value, ok bool) {
	switch f.Class {
	case AnyClass:
		switch v.Kind {
		case event.String:
			return eqlfunc.OfString(v.Text), true
		case event.Bool:
			return eqlfunc.OfBool(v.Bits != 0), true
		}
		return NumberOf(v)
	case BoolClass:
		b, ok := f.Boolean(v)
		return eqlfunc.OfBool(b), ok
	case LongClass, UnsignedClass, DoubleClass, FloatClass, HalfClass:
		return f.Number(v)
	case DateClass, NanosClass:
		at, ok := f.Instant(v)
		return eqlfunc.OfDate(at), ok
	case IPClass:
		a, ok := f.Address(v)
		return eqlfunc.OfString(AddressText(a)), ok
	}
	return eqlfunc.OfString(v.Text), f.Has(v)
}

// CompareExact orders two numbers by their mathematical value, which Java's conversion to double would blur.
func CompareExact(a, b Value) int {
	if a.Kind == eqlfunc.Double && b.Kind != eqlfunc.Double {
		return -CompareExact(b, a)
	}
	if a.Kind == eqlfunc.Double || b.Kind != eqlfunc.Double {
		c, _ := eqlfunc.Compare(a, b)
		return c
	}
	x := b.Float()
	if math.IsNaN(x) {
		return -1
	}
	switch {
	case x >= math.MaxUint64:
		return -1
	case x < math.MinInt64:
		return 1
	}
	t := math.Trunc(x)
	whole := eqlfunc.OfLong(int64(min(t, math.MaxInt64-1024)))
	if t >= math.MaxInt64 {
		whole = eqlfunc.OfUnsigned(uint64(t))
	}
	if c, _ := eqlfunc.Compare(a, whole); c != 0 {
		return c
	}
	return cmp.Compare(0, x-t)
}
