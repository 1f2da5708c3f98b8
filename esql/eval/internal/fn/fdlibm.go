package fn

import "math"

// Functions that Java computes with the algorithms of fdlibm, step by step the same.

// highWord is a number without the lower half of its bits.
func highWord(x float64) float64 { return math.Float64frombits(math.Float64bits(x) &^ (1<<32 - 1)) }

func hypot(x, y float64) float64 {
	a, b := math.Abs(x), math.Abs(y)
	if a < b {
		a, b = b, a
	}
	if math.IsInf(a, 0) || math.IsNaN(a) || math.IsNaN(b) || a > 0x1p500 || b < 0x1p-500 {
		return math.Hypot(x, y)
	}
	if a/b > 0x1p60 {
		return a + b
	}
	w := a - b
	if w > b {
		t1 := highWord(a)
		t2 := a - t1
		return math.Sqrt(t1*t1 - (b*(-b) - t2*(a+t1)))
	}
	a += a
	y1 := highWord(b)
	y2 := b - y1
	t1 := highWord(a)
	t2 := a - t1
	return math.Sqrt(t1*y1 - (w*(-w) - (t1*y2 + t2*b)))
}

// strictExp is StrictMath.exp, which sinh and cosh are made of; its last digit is not always that of exp.
func strictExp(x float64) float64 {
	high := uint32(math.Float64bits(x)>>32) & 0x7fffffff
	switch {
	case math.IsNaN(x) || x > 7.09782712893383973096e+02 || x < -7.45133219101941108420e+02:
		return math.Exp(x)
	case high <= 0x3fd62e42 && high < 0x3e300000:
		return 1 + x
	}
	var hi, lo float64
	k := 0
	if high > 0x3fd62e42 { // above half of ln 2
		if high < 0x3ff0a2b2 {
			k = int(math.Copysign(1, x))
		} else {
			k = int(1.44269504088896338700e+00*x + math.Copysign(0.5, x))
		}
		hi, lo = x-float64(k)*6.93147180369123816490e-01, float64(k)*1.90821492927058770002e-10
		x = hi - lo
	}
	t := x * x
	c := x - t*(1.66666666666666019037e-01+t*(-2.77777777770155933842e-03+t*(6.61375632143793436117e-05+t*(-1.65339022054652515390e-06+t*4.13813679705723846039e-08))))
	if k == 0 {
		return 1 - ((x*c)/(c-2) - x)
	}
	return math.Ldexp(1-((lo-(x*c)/(2-c))-hi), k)
}

// maxSinh is the largest number whose hyperbolic sine is one.
const maxSinh = 710.4758600739439

func sinh(x float64) float64 {
	a := math.Abs(x)
	h := math.Copysign(0.5, x)
	switch {
	case !(a >= 0x1p-28):
		return x
	case a < 22:
		t := math.Expm1(a)
		if a < 1 {
			return h * (2*t - t*t/(t+1))
		}
		return h * (t + t/(t+1))
	case a < 709.782712893384:
		return h * strictExp(a)
	case a <= maxSinh:
		w := strictExp(0.5 * a)
		return h * w * w
	}
	return x * math.Inf(1)
}

func cosh(x float64) float64 {
	a := math.Abs(x)
	switch {
	case a < 0.5*math.Ln2:
		t := math.Expm1(a)
		w := 1 + t
		if a < 0x1p-55 {
			return w
		}
		return 1 + t*t/(w+w)
	case a < 22:
		t := strictExp(a)
		return 0.5*t + 0.5/t
	case a < 709.782712893384:
		return 0.5 * strictExp(a)
	case a <= maxSinh:
		w := strictExp(0.5 * a)
		return 0.5 * w * w
	}
	return x * x * math.Inf(1)
}

const (
	pio2Hi = 1.57079632679489655800e+00
	pio2Lo = 6.12323399573676603587e-17
	pio4Hi = 7.85398163397448278999e-01
)

func atan(x float64) float64 {
	hi := [4]float64{4.63647609000806093515e-01, pio4Hi, 9.82793723247329054082e-01, pio2Hi}
	lo := [4]float64{2.26987774529616870924e-17, 3.06161699786838301793e-17, 1.39033110312309984516e-17, pio2Lo}
	a := math.Abs(x)
	id := -1
	switch {
	case math.IsNaN(x) || a >= 0x1p66:
		return math.Atan(x)
	case a < 0.4375:
		if a < 0x1p-29 {
			return x
		}
		a = x
	case a < 0.6875:
		id, a = 0, (2*a-1)/(2+a)
	case a < 1.1875:
		id, a = 1, (a-1)/(a+1)
	case a < 2.4375:
		id, a = 2, (a-1.5)/(1+1.5*a)
	default:
		id, a = 3, -1/a
	}
	z := a * a
	w := z * z
	s1 := z * (3.33333333333329318027e-01 + w*(1.42857142725034663711e-01+w*(9.09088713343650656196e-02+w*(6.66107313738753120669e-02+w*(4.97687799461593236017e-02+w*1.62858201153657823623e-02)))))
	s2 := w * (-1.99999999998764832476e-01 + w*(-1.11111104054623557880e-01+w*(-7.69187620504482999495e-02+w*(-5.83357013379057348645e-02+w*-3.65315727442169155270e-02))))
	if id < 0 {
		return a - a*(s1+s2)
	}
	z = hi[id] - ((a*(s1+s2) - lo[id]) - a)
	return math.Copysign(z, x)
}

func atan2(y, x float64) float64 {
	if x == 0 || y == 0 || math.IsInf(x, 0) || math.IsInf(y, 0) || math.IsNaN(x) || math.IsNaN(y) {
		return math.Atan2(y, x)
	}
	_, ex := math.Frexp(x)
	_, ey := math.Frexp(y)
	var z float64
	switch k := ey - ex; {
	case k > 60:
		z = pio2Hi
	case x < 0 && k < -60:
		z = 0
	default:
		z = atan(math.Abs(y / x))
	}
	if x < 0 {
		z = math.Pi - (z - 1.2246467991473531772e-16)
	}
	return math.Copysign(z, y)
}

// asinRatio is the rational part of the arc sine.
func asinRatio(t float64) float64 {
	p := t * (1.66666666666666657415e-01 + t*(-3.25565818622400915405e-01+t*(2.01212532134862925881e-01+t*(-4.00555345006794114027e-02+t*(7.91534994289814532176e-04+t*3.47933107596021167570e-05)))))
	q := 1 + t*(-2.40339491173441421878e+00+t*(2.02094576023350569471e+00+t*(-6.88283971605453293030e-01+t*7.70381505559019352791e-02)))
	return p / q
}

func asin(x float64) float64 {
	a := math.Abs(x)
	switch {
	case a == 1:
		return x*pio2Hi + x*pio2Lo
	case !(a < 1):
		return math.NaN()
	case a < 0.5:
		if a < 0x1p-27 {
			return x
		}
		return x + x*asinRatio(x*x)
	}
	t := (1 - a) * 0.5
	r := asinRatio(t)
	s := math.Sqrt(t)
	if a >= 0.975 {
		t = pio2Hi - (2*(s+s*r) - pio2Lo)
	} else {
		w := highWord(s)
		c := (t - w*w) / (s + w)
		p := 2*s*r - (pio2Lo - 2*c)
		q := pio4Hi - 2*w
		t = pio4Hi - (p - q)
	}
	return math.Copysign(t, x)
}

func acos(x float64) float64 {
	a := math.Abs(x)
	switch {
	case a == 1:
		if x > 0 {
			return 0
		}
		return math.Pi
	case !(a < 1):
		return math.NaN()
	case a < 0.5:
		if a < 0x1p-57 {
			return pio2Hi + pio2Lo
		}
		return pio2Hi - (x - (pio2Lo - x*asinRatio(x*x)))
	case x < 0:
		z := (1 + x) * 0.5
		s := math.Sqrt(z)
		w := asinRatio(z)*s - pio2Lo
		return math.Pi - 2*(s+w)
	}
	z := (1 - x) * 0.5
	s := math.Sqrt(z)
	df := highWord(s)
	c := (z - df*df) / (s + df)
	w := asinRatio(z)*s + c
	return 2 * (df + w)
}
