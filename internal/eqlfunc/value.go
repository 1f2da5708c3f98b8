// Package eqlfunc is the meaning of EQL's functions and arithmetic on plain values, as Elasticsearch computes them
// (eql/LANGUAGE.md 4.8, 5). The folding of constants and the evaluation of scripts share it, so they cannot disagree.
package eqlfunc

import (
	"cmp"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"

	"github.com/rulevet/rulevet/internal/esdate"
)

// Kind is the kind of a Value. The zero value is Null.
type Kind uint8

// Kinds of values. Integer is Java's 32-bit int (small literals, length, indexOf), Long its 64-bit one (doc values);
// they differ in where arithmetic overflows.
const (
	Null Kind = iota
	Bool
	Integer
	Long
	Unsigned
	Double
	String
	Date
)

// Value is a constant or an intermediate result. Make one with the functions below.
type Value struct {
	Kind Kind
	Bits uint64 // Bool: 0 or 1; Integer, Long: int64; Unsigned: uint64; Double: math.Float64bits; Date: milliseconds
	Nano int32  // Date: nanoseconds within the millisecond
	Str  string // String
}

// OfBool makes a boolean.
func OfBool(b bool) Value {
	if b {
		return Value{Kind: Bool, Bits: 1}
	}
	return Value{Kind: Bool}
}

// OfInteger makes a 32-bit integer.
func OfInteger(i int32) Value { return Value{Kind: Integer, Bits: uint64(int64(i))} }

// OfLong makes a 64-bit integer.
func OfLong(i int64) Value { return Value{Kind: Long, Bits: uint64(i)} }

// OfInt makes an Integer if i fits 32 bits, else a Long: the type of an integer literal.
func OfInt(i int64) Value {
	if i >= math.MinInt32 && i <= math.MaxInt32 {
		return OfInteger(int32(i))
	}
	return OfLong(i)
}

// OfUnsigned makes an unsigned 64-bit integer.
func OfUnsigned(u uint64) Value { return Value{Kind: Unsigned, Bits: u} }

// OfDouble makes a floating point number.
func OfDouble(f float64) Value { return Value{Kind: Double, Bits: math.Float64bits(f)} }

// OfString makes a string.
func OfString(s string) Value { return Value{Kind: String, Str: s} }

// OfDate makes a date.
func OfDate(at esdate.Instant) Value { return Value{Kind: Date, Bits: uint64(at.Milli), Nano: at.Nano} }

// IsNull reports whether v is null.
func (v Value) IsNull() bool { return v.Kind == Null }

// True reports whether v is the boolean true.
func (v Value) True() bool { return v.Kind == Bool && v.Bits != 0 }

// Int is the value of an Integer or Long.
func (v Value) Int() int64 { return int64(v.Bits) }

// Instant is the value of a Date.
func (v Value) Instant() esdate.Instant { return esdate.Instant{Milli: int64(v.Bits), Nano: v.Nano} }

// Numeric reports whether v is a number.
func (v Value) Numeric() bool { return v.Kind >= Integer && v.Kind <= Double }

// Integral reports whether v is a whole number by type.
func (v Value) Integral() bool { return v.Kind >= Integer && v.Kind <= Unsigned }

// Float is the value of a number as a double.
func (v Value) Float() float64 {
	switch v.Kind {
	case Integer, Long:
		return float64(int64(v.Bits))
	case Unsigned:
		return float64(v.Bits)
	}
	return math.Float64frombits(v.Bits)
}

func (v Value) big() *big.Int {
	if v.Kind == Unsigned {
		return new(big.Int).SetUint64(v.Bits)
	}
	return big.NewInt(int64(v.Bits))
}

// Text is the value as Java prints it, the form that string() and concat() use; "null" for null.
func (v Value) Text() string {
	switch v.Kind {
	case Bool:
		return strconv.FormatBool(v.Bits != 0)
	case Integer, Long:
		return strconv.FormatInt(int64(v.Bits), 10)
	case Unsigned:
		return strconv.FormatUint(v.Bits, 10)
	case Double:
		return FormatDouble(v.Float())
	case String:
		return v.Str
	case Date:
		return formatDate(v.Instant())
	}
	return "null"
}

// FormatDouble prints a double as Java's Double.toString does.
func FormatDouble(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	if a := math.Abs(f); a != 0 && (a < 1e-3 || a >= 1e7) {
		mant, exp, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
		if !strings.Contains(mant, ".") {
			mant += ".0"
		}
		n, _ := strconv.Atoi(exp)
		return mant + "E" + strconv.Itoa(n)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// formatDate prints what java.time's ZonedDateTime prints in UTC: seconds and fraction only where they are not zero.
func formatDate(at esdate.Instant) string {
	t := at.Time()
	s := t.Format("2006-01-02T15:04")
	if t.Second() != 0 || t.Nanosecond() != 0 {
		s += t.Format(":05")
	}
	switch n := t.Nanosecond(); {
	case n == 0:
	case n%1e6 == 0:
		s += t.Format(".000")
	case n%1e3 == 0:
		s += t.Format(".000000")
	default:
		s += t.Format(".000000000")
	}
	return s + "Z"
}

// Compare orders two values of one family (numbers, strings by code point, booleans, dates). ok is false for null and
// for different families: the comparison is null.
func Compare(a, b Value) (c int, ok bool) {
	switch {
	case a.Kind == Null || b.Kind == Null:
		return 0, false
	case a.Numeric() && b.Numeric():
		return compareNumbers(a, b), true
	case a.Kind != b.Kind:
		return 0, false
	case a.Kind == String:
		return strings.Compare(a.Str, b.Str), true
	case a.Kind == Bool:
		return cmp.Compare(a.Bits, b.Bits), true
	}
	return a.Instant().Compare(b.Instant()), true
}

// compareDoubles is Java's order, in which NaN equals itself and comes after everything else. Zeros are equal, whatever
// their sign.
func compareDoubles(a, b float64) int {
	if math.IsNaN(a) || math.IsNaN(b) {
		return cmp.Compare(b, a) // Go has NaN before everything else
	}
	return cmp.Compare(a, b)
}

func compareNumbers(a, b Value) int {
	if a.Kind == Double || b.Kind == Double {
		return compareDoubles(a.Float(), b.Float())
	}
	if a.Kind != Unsigned && b.Kind != Unsigned {
		return cmp.Compare(a.Int(), b.Int())
	}
	if a.Kind != Unsigned && a.Int() < 0 {
		return -1
	}
	if b.Kind != Unsigned && b.Int() < 0 {
		return 1
	}
	return cmp.Compare(a.Bits, b.Bits)
}

// EqualFold is Java's compareToIgnoreCase(…) == 0: characters are compared after upper-casing and lower-casing each.
func EqualFold(a, b string) bool {
	for a != "" && b != "" {
		ra, na := decode(a)
		rb, nb := decode(b)
		if ra != rb && foldRune(ra) != foldRune(rb) {
			return false
		}
		a, b = a[na:], b[nb:]
	}
	return a == b
}

func foldRune(r rune) rune {
	if r < 0x80 {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	return unicode.ToLower(unicode.ToUpper(r))
}
