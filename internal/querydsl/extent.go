package querydsl

import (
	"math"
	"math/big"
	"strings"

	"github.com/rulevet/rulevet/internal/esdate"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/mapping"
)

// What leaves on fields of ordered values are true for, as ranges of numbers.

// rat is a number as a fraction; nil if it is none that can be compared so: infinite, or a zero with a sign.
func (n number) rat() *big.Rat {
	switch {
	case n.whole:
		x := new(big.Int).SetUint64(n.abs)
		if n.neg {
			x.Neg(x)
		}
		return new(big.Rat).SetInt(x)
	case n.float == 0 && math.Signbit(n.float):
		return nil
	}
	return new(big.Rat).SetFloat64(n.float)
}

// binary is a boolean as a number.
func binary(b bool) *big.Rat { return big.NewRat(int64(order(b)), 1) }

// between is the range from lo to hi, as far as there are bounds; nil if one of them is no number.
func between(lo, hi *big.Rat, b bounds) func() []predicate.Range {
	r := predicate.Range{}
	if b.lo != nil {
		if lo == nil {
			return nil
		}
		r.Low, r.LowOpen = lo, b.openLo
	}
	if b.hi != nil {
		if hi == nil {
			return nil
		}
		r.High, r.HighOpen = hi, b.openHi
	}
	return func() []predicate.Range { return []predicate.Range{r} }
}

// within are the hints of a leaf that is true between two numbers.
func (b bounds) within(lo, hi *big.Rat) predicate.Hints {
	h := b.hints()
	h.Ranges = between(lo, hi, b)
	return h
}

// moments are the hints of a leaf that is true between two instants. What depends on the clock has no lasting answer.
func (b bounds) moments(f *field, at [2]esdate.Instant) predicate.Hints {
	for _, v := range []*Value{b.lo, b.hi} {
		if f.typ != mapping.Date || v != nil && strings.Contains(v.Text, "now") {
			return b.hints()
		}
	}
	return b.within(big.NewRat(at[0].Milli, 1), big.NewRat(at[1].Milli, 1))
}
