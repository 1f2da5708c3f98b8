package querydsl

import (
	"math"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/mapping"
)

// number is a whole number of 65 bits or a double.
type number struct {
	whole bool
	neg   bool   // whole and below 0
	abs   uint64 // whole: its amount
	float float64
}

func wholeOf(i int64) number {
	if i < 0 {
		return number{whole: true, neg: true, abs: uint64(-(i + 1)) + 1}
	}
	return number{whole: true, abs: uint64(i)}
}

func (n number) double() float64 {
	switch {
	case !n.whole:
		return n.float
	case n.neg:
		return -float64(n.abs)
	}
	return float64(n.abs)
}

// compare orders two numbers by their exact values.
func (n number) compare(m number) int {
	switch {
	case n.whole && m.whole:
		switch {
		case n.neg != m.neg:
			if n.neg {
				return -1
			}
			return 1
		case n.abs == m.abs:
			return 0
		case (n.abs < m.abs) != n.neg:
			return -1
		}
		return 1
	case !n.whole && !m.whole:
		switch {
		case n.float < m.float:
			return -1
		case n.float > m.float:
			return 1
		}
		return 0
	case n.whole:
		return -m.compare(n)
	}
	if math.IsInf(n.float, 0) || math.Abs(n.float) > 1e20 {
		if n.float > 0 {
			return 1
		}
		return -1
	}
	t := math.Trunc(n.float)
	if t >= -math.MaxInt64 && t < math.MaxInt64 {
		if c := wholeOf(int64(t)).compare(m); c != 0 {
			return c
		}
	} else {
		whole := number{whole: true, neg: t < 0, abs: uint64(min(math.Abs(t), math.Nextafter(math.MaxUint64, 0)))}
		if c := whole.compare(m); c != 0 {
			return c
		}
	}
	switch {
	case n.float > t:
		return 1
	case n.float < t:
		return -1
	}
	return 0
}

// parseNumber reads a decimal number as Java's Double.parseDouble and Long.parseLong do; exact is false for one that is
// too long for either.
func parseNumber(s string) (number, bool) {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return wholeOf(i), true
	}
	if u, err := strconv.ParseUint(s, 10, 64); err == nil {
		return number{whole: true, abs: u}, true
	}
	t := strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	if len(t) > 1 && strings.IndexByte("dDfF", t[len(t)-1]) >= 0 && strings.IndexByte("0123456789.", t[len(t)-2]) >= 0 {
		t = t[:len(t)-1]
	}
	if strings.Trim(t, "0123456789+-.eE") != "" || t == "" {
		switch strings.TrimLeft(t, "+-") {
		case "NaN", "Infinity":
			sign := 1
			if strings.HasPrefix(t, "-I") {
				sign = -1
			}
			return number{float: math.Inf(sign)}, true
		}
		return number{}, false
	}
	f, err := strconv.ParseFloat(t, 64)
	if err != nil && !math.IsInf(f, 0) {
		return number{}, false
	}
	return number{float: f}, true
}

// parse reads a number of a query. Of the types of whole numbers those of 64 bits take decimal notation only, all others what Java
// reads as a double.
func (f *field) parse(v Value) (number, bool) {
	n, ok := parseNumber(v.Text)
	switch {
	case !ok || v.Kind == Boolean:
		return n, false
	case f.typ.Integral():
		return n, !math.IsInf(n.float, 0) && (!f.long() || decimal(v.Text))
	}
	if n.double() == 0 && strings.HasPrefix(strings.TrimLeft(v.Text, " "), "-") {
		n = number{float: math.Copysign(0, -1)}
	}
	return n, true
}

// long reports a type of whole numbers of 64 bits.
func (f *field) long() bool { return f.typ == mapping.Long || f.typ == mapping.UnsignedLong }

func decimal(s string) bool { return strings.Trim(s, "0123456789+-.eE") == "" }

// compare orders two numbers as the field does: in floating-point ones -0 comes before 0.
func (f *field) compare(a, b number) int {
	if c := a.compare(b); c != 0 || a.double() != 0 || !f.signed() {
		return c
	}
	return order(math.Signbit(b.double())) - order(math.Signbit(a.double()))
}

// signed reports a type that tells -0 from 0.
func (f *field) signed() bool {
	return f.typ == mapping.Double || f.typ == mapping.Float || f.typ == mapping.HalfFloat
}

// above is the whole number that follows.
func (n number) above() number {
	if !n.whole {
		n = wholeOf(int64(n.float))
	}
	if n.neg {
		return number{whole: true, neg: n.abs > 1, abs: n.abs - 1}
	}
	return number{whole: true, abs: n.abs + 1}
}

// below is the whole number before.
func (n number) below() number {
	if !n.whole {
		n = wholeOf(int64(n.float))
	}
	if n.neg || n.abs == 0 {
		return number{whole: true, neg: true, abs: n.abs + 1}
	}
	return number{whole: true, abs: n.abs - 1}
}

// limits are the least and the greatest value of a type of whole numbers.
func limits(t mapping.Type) (lo, hi number) {
	switch t {
	case mapping.Byte:
		return wholeOf(math.MinInt8), wholeOf(math.MaxInt8)
	case mapping.Short:
		return wholeOf(math.MinInt16), wholeOf(math.MaxInt16)
	case mapping.Integer:
		return wholeOf(math.MinInt32), wholeOf(math.MaxInt32)
	case mapping.UnsignedLong:
		return wholeOf(0), number{whole: true, abs: math.MaxUint64}
	}
	return wholeOf(math.MinInt64), wholeOf(math.MaxInt64)
}

// stored is a value of a document as the field stores it.
func (f *field) stored(v *event.Value) (number, bool) {
	var n number
	switch v.Kind {
	case event.Int:
		n = wholeOf(int64(v.Bits))
	case event.Uint:
		n = number{whole: true, abs: v.Bits}
	case event.Float:
		n = number{float: math.Float64frombits(v.Bits)}
	case event.String:
		var ok bool
		if n, ok = parseNumber(v.Text); !ok || f.info.NoCoerce && v.Text != f.info.NullValue || f.long() && !decimal(v.Text) {
			return n, false
		}
	default:
		return n, false
	}
	if f.typ.Integral() {
		if !n.whole { // coerced: a fraction is cut off
			t := math.Trunc(n.float)
			if math.Abs(t) >= math.MaxUint64 || f.info.NoCoerce && t != n.float {
				return n, false
			}
			n = number{whole: true, neg: t < 0, abs: uint64(math.Abs(t))}
		}
		lo, hi := limits(f.typ)
		return n, n.compare(lo) >= 0 && n.compare(hi) <= 0
	}
	n = f.rounded(n)
	return n, !math.IsInf(n.float, 0) || f.kind == open // what is not finite is malformed
}

// maxHalf is the largest half_float.
const maxHalf = 65504

// rounded is a number in the precision of a floating-point field.
func (f *field) rounded(n number) number {
	x := n.double()
	switch f.typ {
	case mapping.Float:
		x = float64(float32(x))
	case mapping.HalfFloat:
		if x = predicate.RoundHalf(x); math.Abs(x) > maxHalf {
			x = math.Inf(order(x > 0)*2 - 1)
		}
	case mapping.ScaledFloat:
		if s := f.info.Scale; s > 0 {
			x = math.Floor(x*s+0.5) / s
		}
	}
	return number{float: x}
}
