package fn

import (
	"math"
	"math/big"
	"sync"
)

// Sine, logarithm and the like in double-double arithmetic, rounded once at the end: what Java gives, whose last digit package
// math misses now and then.

// dd is the sum of two numbers, the second far smaller.
type dd struct{ hi, lo float64 }

func sum2(a, b float64) dd {
	s := a + b
	v := s - a
	return dd{s, (a - (s - v)) + (b - v)}
}

func (a dd) add(b dd) dd {
	s, t := sum2(a.hi, b.hi), sum2(a.lo, b.lo)
	s = sum2(s.hi, s.lo+t.hi)
	return sum2(s.hi, s.lo+t.lo)
}

func (a dd) neg() dd { return dd{-a.hi, -a.lo} }

func (a dd) mul(b dd) dd {
	p, low := twoProduct(a.hi, b.hi)
	return sum2(p, low+a.hi*b.lo+a.lo*b.hi)
}

func (a dd) times(b float64) dd { return a.mul(dd{b, 0}) }

func (a dd) div(b dd) dd {
	q := a.hi / b.hi
	r := a.add(b.times(q).neg())
	q2 := r.hi / b.hi
	r = r.add(b.times(q2).neg())
	return sum2(q, q2).add(dd{r.hi / b.hi, 0})
}

func (a dd) value() float64 { return a.hi + a.lo }

var (
	ln2   = dd{0.6931471805599453, 2.3190468138462996e-17}
	ln10  = dd{2.302585092994046, -2.1707562233822494e-16}
	halfP = [3]float64{1.5707963267948966, 6.123233995736766e-17, -1.4973849048591833e-33} // pi/2
)

// expDD is e to the power of a number below 710.
func expDD(x dd) dd {
	k := math.Round(x.hi / ln2.hi)
	r := x.add(ln2.times(k).neg())
	const halvings = 6
	r = dd{math.Ldexp(r.hi, -halvings), math.Ldexp(r.lo, -halvings)}
	sum, term := dd{1, 0}, dd{1, 0}
	for n := 1.0; n < 20; n++ {
		term = term.mul(r).div(dd{n, 0})
		sum = sum.add(term)
	}
	for range halvings {
		sum = sum.mul(sum)
	}
	return dd{math.Ldexp(sum.hi, int(k)), math.Ldexp(sum.lo, int(k))}
}

// logDD is the natural logarithm of a normal number above zero.
func logDD(x float64) dd {
	frac, exp := math.Frexp(x)
	l := math.Log(frac)
	t := expDD(dd{-l, 0}).times(frac).add(dd{-1, 0}) // frac is e^l * (1+t)
	return dd{l, 0}.add(t).add(t.mul(t).times(-0.5)).add(ln2.times(float64(exp)))
}

func plainRange(x, most float64) bool { return math.Abs(x) < most && math.Abs(x) > 1e-290 }

func exp(x float64) float64 {
	if !plainRange(x, 709.79) {
		return math.Exp(x)
	}
	return expDD(dd{x, 0}).value()
}

// logAny is logDD of subnormal numbers too.
func logAny(x float64) dd {
	if x < 0x1p-1000 {
		return logDD(x * 0x1p64).add(ln2.times(-64))
	}
	return logDD(x)
}

// logOf is the natural logarithm.
func logOf(x float64) float64 {
	if x == 1 || !(x > 0) || math.IsInf(x, 0) {
		return math.Log(x)
	}
	return logAny(x).value()
}

func log10(x float64) float64 {
	if x == 1 || !(x > 0) || math.IsInf(x, 0) {
		return math.Log10(x)
	}
	return logAny(x).div(ln10).value()
}

func pow(x, y float64) float64 {
	r := math.Pow(x, y)
	a := math.Abs(x)
	if y == 0 || y == 1 || a == 0 || a == 1 || math.IsInf(a, 0) || math.Abs(y) < 1e-290 || math.IsNaN(r) || math.IsInf(r, 0) || math.Abs(r) < 0x1p-1021 {
		return r
	}
	return math.Copysign(expDD(logAny(a).times(y)).value(), r)
}

func tanh(x float64) float64 {
	if math.Abs(x) < 1e-3 || math.Abs(x) > 22 {
		return math.Tanh(x)
	}
	e := expDD(dd{2 * x, 0})
	return e.add(dd{-1, 0}).div(e.add(dd{1, 0})).value()
}

// sinCos gives both.
func sinCos(x float64) (s, c dd) {
	k, r := quarterTurns(x)
	square := r.mul(r).neg()
	s, c = r, dd{1, 0}
	ts, tc := r, dd{1, 0}
	for n := 1.0; n < 28; n += 2 {
		tc = tc.mul(square).div(dd{n * (n + 1), 0})
		ts = ts.mul(square).div(dd{(n + 1) * (n + 2), 0})
		c, s = c.add(tc), s.add(ts)
	}
	switch k & 3 {
	case 1:
		return c, s.neg()
	case 2:
		return s.neg(), c.neg()
	case 3:
		return c.neg(), s
	}
	return s, c
}

// maxAngle is up to where angles are reduced by three parts of pi/2.
const maxAngle = 1e9

// quarterTurns is how often pi/2 goes into an angle, to the nearest, modulo four, and what is left.
func quarterTurns(x float64) (int64, dd) {
	if math.Abs(x) < maxAngle {
		k := math.Round(x / halfP[0])
		r := dd{x, 0}
		for _, part := range halfP {
			p, low := twoProduct(part, k)
			r = r.add(dd{-p, 0}).add(dd{-low, 0})
		}
		return int64(k), r
	}
	half := longHalfPi()
	frac, e := math.Frexp(x) // x is m * 2^(e-53)
	m := big.NewInt(int64(frac * (1 << 53)))
	m.Lsh(m, uint(e-53+piBits))
	// What is nearest: the remainder lies within half of pi/2 on either side.
	k, rest := new(big.Int).DivMod(m, half, new(big.Int))
	if new(big.Int).Lsh(rest, 1).Cmp(half) > 0 {
		rest.Sub(rest, half)
		k.Add(k, big.NewInt(1))
	}
	f := new(big.Float).SetPrec(120).SetInt(rest)
	f.SetMantExp(f, -piBits)
	hi, _ := f.Float64()
	lo, _ := f.Sub(f, new(big.Float).SetFloat64(hi)).Float64()
	return k.And(k, big.NewInt(3)).Int64(), dd{hi, lo}
}

// piBits is how many binary places of pi the largest angles need: those of the angle, and enough behind them.
const piBits = 1200

// longHalfPi is pi/2 in units of 2^-piBits, by Machin's formula.
var longHalfPi = sync.OnceValue(func() *big.Int {
	const guard = 32
	arctan := func(n int64) *big.Int { // of 1/n
		term := new(big.Int).Lsh(big.NewInt(1), piBits+guard)
		term.Quo(term, big.NewInt(n))
		sum := new(big.Int).Set(term)
		for i := int64(3); term.Sign() != 0; i += 2 {
			term.Quo(term, big.NewInt(-n*n))
			sum.Add(sum, new(big.Int).Quo(term, big.NewInt(i)))
		}
		return sum
	}
	pi := new(big.Int).Mul(arctan(5), big.NewInt(16))
	pi.Sub(pi, new(big.Int).Mul(arctan(239), big.NewInt(4)))
	return pi.Rsh(pi, guard+1)
})

func sin(x float64) float64 {
	if !plainRange(x, math.Inf(1)) {
		return math.Sin(x)
	}
	s, _ := sinCos(x)
	return s.value()
}

func cos(x float64) float64 {
	if !plainRange(x, math.Inf(1)) {
		return math.Cos(x)
	}
	_, c := sinCos(x)
	return c.value()
}

func tan(x float64) float64 {
	if !plainRange(x, math.Inf(1)) {
		return math.Tan(x)
	}
	s, c := sinCos(x)
	return s.div(c).value()
}
