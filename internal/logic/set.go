package logic

import (
	"math/big"
	"slices"

	"github.com/rulevet/rulevet/internal/lucene"
	"github.com/rulevet/rulevet/internal/predicate"
)

// set is the extent of a leaf in the form that questions are asked of.
type set struct {
	kind     string // sets of different kinds are not comparable: how the values of the field are read
	patterns []lucene.Pattern
	ranges   []span
	samples  []string // of the patterns that are wildcards, once asked for
}

// span is a range with normal bounds: of a discrete class whole numbers that belong to it.
type span struct {
	low, high         *big.Rat // nil: no bound
	lowOpen, highOpen bool
}

func newSet(e *predicate.Extent) set {
	s := set{kind: e.Field.ID(), patterns: e.Texts}
	for _, r := range e.Ranges {
		x := span{r.Low, r.High, r.LowOpen && r.Low != nil, r.HighOpen && r.High != nil}
		if e.Field.Class.Discrete() {
			x = x.whole()
			if e.Field.Class == predicate.BoolClass {
				x = x.within(big.NewRat(0, 1), big.NewRat(1, 1))
			}
		}
		if !x.empty() {
			s.ranges = append(s.ranges, x)
		}
	}
	s.ranges = merge(s.ranges, e.Field.Class.Discrete())
	return s
}

func (s *set) empty() bool { return len(s.patterns) == 0 && len(s.ranges) == 0 }

// compareRat is Rat.Cmp, which multiplies, and makes memory for it, where most bounds are whole numbers.
func compareRat(a, b *big.Rat) int {
	switch {
	case a == b:
		return 0
	case a.IsInt() && b.IsInt():
		return a.Num().Cmp(b.Num())
	}
	return a.Cmp(b)
}

// whole moves bounds to the whole numbers inside.
func (x span) whole() span {
	if x.low != nil && (x.lowOpen || !x.low.IsInt()) {
		n := floor(x.low)
		switch exact := x.low.IsInt(); {
		case !exact, x.lowOpen:
			n.Add(n, big.NewInt(1))
		}
		x.low, x.lowOpen = new(big.Rat).SetInt(n), false
	}
	if x.high != nil && (x.highOpen || !x.high.IsInt()) {
		n := floor(x.high)
		if x.high.IsInt() && x.highOpen {
			n.Sub(n, big.NewInt(1))
		}
		x.high, x.highOpen = new(big.Rat).SetInt(n), false
	}
	return x
}

// floor is the largest whole number up to x.
func floor(x *big.Rat) *big.Int {
	return new(big.Int).Div(x.Num(), x.Denom()) // Euclidean, and the denominator is positive
}

func (x span) within(low, high *big.Rat) span {
	if x.low == nil || compareRat(x.low, low) < 0 {
		x.low, x.lowOpen = low, false
	}
	if x.high == nil || compareRat(x.high, high) > 0 {
		x.high, x.highOpen = high, false
	}
	return x
}

func (x span) empty() bool {
	if x.low == nil || x.high == nil {
		return false
	}
	c := compareRat(x.low, x.high)
	return c > 0 || c == 0 && (x.lowOpen || x.highOpen)
}

// compareLow orders lower bounds: what lets more in comes first.
func compareLow(a, b span) int {
	switch {
	case a.low == nil || b.low == nil:
		return boolInt(a.low != nil) - boolInt(b.low != nil)
	}
	if c := compareRat(a.low, b.low); c != 0 {
		return c
	}
	return boolInt(a.lowOpen) - boolInt(b.lowOpen)
}

// compareHigh orders upper bounds: what lets less in comes first.
func compareHigh(a, b span) int {
	switch {
	case a.high == nil || b.high == nil:
		return boolInt(a.high == nil) - boolInt(b.high == nil)
	}
	if c := a.high.Cmp(b.high); c != 0 {
		return c
	}
	return boolInt(b.highOpen) - boolInt(a.highOpen)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// reaches reports whether a, which starts no later than b, leaves no number between the two.
func (x span) reaches(b span, discrete bool) bool {
	if x.high == nil || b.low == nil {
		return true
	}
	high := x.high
	if discrete && compareRat(high, b.low) >= 0 {
		return true
	}
	if discrete {
		high = new(big.Rat).Add(high, big.NewRat(1, 1))
	}
	c := compareRat(high, b.low)
	return c > 0 || c == 0 && !(x.highOpen && b.lowOpen)
}

// merge sorts ranges and joins those that touch.
func merge(list []span, discrete bool) []span {
	slices.SortFunc(list, compareLow)
	var out []span
	for _, x := range list {
		if len(out) == 0 || !out[len(out)-1].reaches(x, discrete) {
			out = append(out, x)
			continue
		}
		last := &out[len(out)-1]
		if last.high == nil {
			continue
		}
		if x.high == nil || compareRat(x.high, last.high) > 0 || compareRat(x.high, last.high) == 0 && !x.highOpen {
			last.high, last.highOpen = x.high, x.highOpen
		}
	}
	return out
}

// minus is what of a range no merged list covers.
func (x span) minus(list []span, discrete bool) []span {
	rest := []span{x}
	for _, cut := range list {
		var next []span
		for _, r := range rest {
			if cut.low != nil {
				next = append(next, r.and(span{high: cut.low, highOpen: !cut.lowOpen}))
			}
			if cut.high != nil {
				next = append(next, r.and(span{low: cut.high, lowOpen: !cut.highOpen}))
			}
		}
		rest = rest[:0]
		for _, r := range next {
			if discrete {
				r = r.whole()
			}
			if !r.empty() && !slices.ContainsFunc(rest, r.same) {
				rest = append(rest, r)
			}
		}
	}
	return rest
}

// and is what two ranges have in common; it may be empty.
func (x span) and(y span) span {
	z := x
	if compareLow(x, y) < 0 {
		z.low, z.lowOpen = y.low, y.lowOpen
	}
	if y.high != nil && (z.high == nil || compareRat(y.high, z.high) < 0 || compareRat(y.high, z.high) == 0 && y.highOpen) {
		z.high, z.highOpen = y.high, y.highOpen
	}
	return z
}

func (x span) same(y span) bool {
	equal := func(a, b *big.Rat) bool { return a == b || a != nil && b != nil && compareRat(a, b) == 0 }
	return equal(x.low, y.low) && equal(x.high, y.high) && x.lowOpen == y.lowOpen && x.highOpen == y.highOpen
}

// example is a number of a range: a bound, or one near it.
func (x span) example() *big.Rat {
	one := big.NewRat(1, 1)
	switch {
	case x.low == nil && x.high == nil:
		return one
	case x.low == nil:
		if !x.highOpen {
			return x.high
		}
		return new(big.Rat).Sub(x.high, one)
	case x.high == nil:
		if !x.lowOpen {
			return x.low
		}
		return new(big.Rat).Add(x.low, one)
	case !x.lowOpen:
		return x.low
	case !x.highOpen:
		return x.high
	}
	return new(big.Rat).Quo(new(big.Rat).Add(x.low, x.high), big.NewRat(2, 1))
}
