package fn

import "math"

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
	if !plainRange(x, 700) {
		return math.Exp(x)
	}
	return expDD(dd{x, 0}).value()
}

// logOf is the natural logarithm, of subnormal numbers too.
func logOf(x float64) float64 {
	if x > 0 && x < 0x1p-1000 {
		return logDD(x * 0x1p64).add(ln2.times(-64)).value()
	}
	if x == 1 || !(x > 0) || math.IsInf(x, 0) {
		return math.Log(x)
	}
	return logDD(x).value()
}

func log10(x float64) float64 {
	if x == 1 || !(x > 0x1p-1000) || math.IsInf(x, 0) {
		return math.Log10(x)
	}
	return logDD(x).div(ln10).value()
}

func pow(x, y float64) float64 {
	r := math.Pow(x, y)
	a := math.Abs(x)
	if y == 0 || a == 1 || !plainRange(x, 1e300) || math.Abs(y) < 1e-290 || math.IsNaN(r) || math.IsInf(r, 0) || math.Abs(r) < 1e-290 {
		return r
	}
	return math.Copysign(expDD(logDD(a).times(y)).value(), r)
}

// expm1 is e^x - 1.
func expm1(x float64) float64 {
	if math.Abs(x) < 1e-3 || math.Abs(x) > 700 {
		return math.Expm1(x)
	}
	return expDD(dd{x, 0}).add(dd{-1, 0}).value()
}

// sinh and cosh go the ways of fdlibm.
func sinh(x float64) float64 {
	a := math.Abs(x)
	if !(a > 0x1p-28 && a < 700) {
		return math.Sinh(x)
	}
	h := math.Copysign(0.5, x)
	if a >= 22 {
		return h * exp(a)
	}
	t := expm1(a)
	if a < 1 {
		return h * (2*t - t*t/(t+1))
	}
	return h * (t + t/(t+1))
}

func cosh(x float64) float64 {
	a := math.Abs(x)
	switch {
	case !(a < 700):
		return math.Cosh(x)
	case a < 0.5*math.Ln2:
		t := expm1(a)
		if a < 0x1p-55 {
			return 1
		}
		return 1 + t*t/(2*(1+t))
	case a < 22:
		t := exp(a)
		return 0.5*t + 0.5/t
	}
	return 0.5 * exp(a)
}

func tanh(x float64) float64 {
	if math.Abs(x) < 1e-3 || math.Abs(x) > 22 {
		return math.Tanh(x)
	}
	e := expDD(dd{2 * x, 0})
	return e.add(dd{-1, 0}).div(e.add(dd{1, 0})).value()
}

// sinCos gives both of a number that is not huge.
func sinCos(x float64) (s, c dd) {
	k := math.Round(x / halfP[0])
	r := dd{x, 0}
	for _, part := range halfP {
		p, low := twoProduct(part, k)
		r = r.add(dd{-p, 0}).add(dd{-low, 0})
	}
	square := r.mul(r).neg()
	s, c = r, dd{1, 0}
	ts, tc := r, dd{1, 0}
	for n := 1.0; n < 28; n += 2 {
		tc = tc.mul(square).div(dd{n * (n + 1), 0})
		ts = ts.mul(square).div(dd{(n + 1) * (n + 2), 0})
		c, s = c.add(tc), s.add(ts)
	}
	switch int64(k) & 3 {
	case 1:
		return c, s.neg()
	case 2:
		return s.neg(), c.neg()
	case 3:
		return c.neg(), s
	}
	return s, c
}

// maxAngle is up to where the reduction of angles is good.
const maxAngle = 1e9

func sin(x float64) float64 {
	if !plainRange(x, maxAngle) {
		return math.Sin(x)
	}
	s, _ := sinCos(x)
	return s.value()
}

func cos(x float64) float64 {
	if !plainRange(x, maxAngle) {
		return math.Cos(x)
	}
	_, c := sinCos(x)
	return c.value()
}

func tan(x float64) float64 {
	if !plainRange(x, maxAngle) {
		return math.Tan(x)
	}
	s, c := sinCos(x)
	return s.div(c).value()
}
