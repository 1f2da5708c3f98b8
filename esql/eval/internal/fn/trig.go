package fn

import "math"

// Sine and cosine as fdlibm computes them: the argument is brought below pi/4 with the rest of the reduction kept, then
// polynomials. Package math's differ in the last bit now and then.

const pio4 = 7.85398163397448278999e-01

func kernelSin(x, y float64, tail bool) float64 {
	const (
		s1 = -1.66666666666666324348e-01
		s2 = 8.33333333332248946124e-03
		s3 = -1.98412698298579493134e-04
		s4 = 2.75573137070700676789e-06
		s5 = -2.50507602534068634195e-08
		s6 = 1.58969099521155010221e-10
	)
	if math.Abs(x) < 0x1p-27 {
		return x
	}
	z := x * x
	v := z * x
	r := s2 + z*(s3+z*(s4+z*(s5+z*s6)))
	if !tail {
		return x + v*(s1+z*r)
	}
	return x - ((z*(0.5*y-v*r) - y) - v*s1)
}

func kernelCos(x, y float64) float64 {
	const (
		c1 = 4.16666666666666019037e-02
		c2 = -1.38888888888741095749e-03
		c3 = 2.48015872894767294178e-05
		c4 = -2.75573143513906633035e-07
		c5 = 2.08757232129817482790e-09
		c6 = -1.13596475577881948265e-11
	)
	if math.Abs(x) < 0x1p-27 {
		return 1
	}
	z := x * x
	r := z * (c1 + z*(c2+z*(c3+z*(c4+z*(c5+z*c6)))))
	if math.Abs(x) < 0.3 {
		return 1 - (0.5*z - (z*r - x*y))
	}
	qx := 0.28125
	if math.Abs(x) <= 0.78125 {
		qx = math.Float64frombits(uint64(uint32(math.Float64bits(math.Abs(x))>>32)-0x00200000) << 32)
	}
	hz := 0.5*z - qx
	a := 1 - qx
	return a - (hz - (z*r - x*y))
}

// reduce returns x - n*pi/2 as a sum, and n modulo 4.
func reduce(x float64) (hi, lo float64, n int) {
	const (
		invpio2 = 6.36619772367581382433e-01
		pio2_1  = 1.57079632673412561417e+00
		pio2_1t = 6.07710050650619224932e-11
		pio2_2  = 6.07710050630396597660e-11
		pio2_2t = 2.02226624879595063154e-21
		pio2_3  = 2.02226624871116645580e-21
		pio2_3t = 8.47842766036889956997e-32
	)
	fn := math.Floor(math.Abs(x)*invpio2 + 0.5)
	r := math.Abs(x) - fn*pio2_1
	w := fn * pio2_1t
	hi = r - w
	exponent := func(v float64) int { return int(math.Float64bits(v) >> 52 & 0x7ff) }
	if e := exponent(x); e-exponent(hi) > 16 {
		t := r
		w = fn * pio2_2
		r = t - w
		w = fn*pio2_2t - ((t - r) - w)
		hi = r - w
		if e-exponent(hi) > 49 {
			t = r
			w = fn * pio2_3
			r = t - w
			w = fn*pio2_3t - ((t - r) - w)
			hi = r - w
		}
	}
	lo = (r - hi) - w
	n = int(fn) & 3
	if x < 0 {
		return -hi, -lo, -n & 3
	}
	return hi, lo, n
}

// tooLarge is where this reduction ends.
const tooLarge = 0x1p20 * math.Pi / 2

func sin(x float64) float64 {
	switch a := math.Abs(x); {
	case a <= pio4:
		return kernelSin(x, 0, false)
	case !(a < tooLarge):
		return math.Sin(x)
	}
	hi, lo, n := reduce(x)
	switch n {
	case 0:
		return kernelSin(hi, lo, true)
	case 1:
		return kernelCos(hi, lo)
	case 2:
		return -kernelSin(hi, lo, true)
	}
	return -kernelCos(hi, lo)
}

func cos(x float64) float64 {
	switch a := math.Abs(x); {
	case a <= pio4:
		return kernelCos(x, 0)
	case !(a < tooLarge):
		return math.Cos(x)
	}
	hi, lo, n := reduce(x)
	switch n {
	case 0:
		return kernelCos(hi, lo)
	case 1:
		return -kernelSin(hi, lo, true)
	case 2:
		return -kernelCos(hi, lo)
	}
	return kernelSin(hi, lo, true)
}

func tan(x float64) float64 { return math.Tan(x) }
