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
		return math.Copysign(pio2Hi+0.5*1.2246467991473531772e-16, y)
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
		return math.Pi + 2*pio2Lo
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
