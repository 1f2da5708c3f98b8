package fn

import (
	"math"
	"sync"
)

// Lucene's cosine and arc sine by tables, of which it makes distances.

const (
	cosSteps  = 1 << 11 // of a full turn
	asinSteps = 1 << 13 // up to the arc sine of 73 degrees
	halfPiHi  = 1.57079632673412561417e+00
	halfPiLo  = 6.07710050650619224932e-11
)

type sloppyTables struct {
	sin, cos                    [cosSteps + 1]float64
	asin                        [asinSteps + 1][5]float64 // Taylor's coefficients
	asinMax, asinStep, asinRate float64
	stepHi, stepLo, rate        float64
}

var sloppy = sync.OnceValue(func() *sloppyTables {
	t := &sloppyTables{stepHi: 4 * halfPiHi / cosSteps, stepLo: 4 * halfPiLo / cosSteps}
	t.rate = 1 / (t.stepHi + t.stepLo)
	for i := range t.sin {
		angle := float64(float64(i)*t.stepHi) + float64(float64(i)*t.stepLo)
		t.sin[i], t.cos[i] = sin(angle), cos(angle)
		switch i {
		case cosSteps / 2, cosSteps:
			t.sin[i] = 0
		case cosSteps / 4, 3 * cosSteps / 4:
			t.cos[i] = 0
		}
	}
	t.asinMax = sin(73.0 / 180 * math.Pi)
	t.asinStep = t.asinMax / asinSteps
	t.asinRate = 1 / t.asinStep
	for i := range t.asin {
		x := float64(i) * t.asinStep
		inv := 1 / (1 - float64(x*x))
		inv05 := math.Sqrt(inv)
		inv15 := inv05 * inv
		inv25 := inv15 * inv
		inv35 := inv25 * inv
		t.asin[i] = [5]float64{asin(x), inv05, x * inv15 * (1.0 / 2), (1 + 2*x*x) * inv25 * (1.0 / 6), (5 + 2*x*(2+x*(5-2*x))) * inv35 * (1.0 / 24)}
	}
	return t
})

func sloppyCos(a float64) float64 {
	t := sloppy()
	a = math.Abs(a)
	index := int(float64(a*t.rate) + 0.5)
	delta := (a - float64(float64(index)*t.stepHi)) - float64(float64(index)*t.stepLo)
	index &= cosSteps - 1
	c, s := t.cos[index], t.sin[index]
	return c + float64(delta*(-s+float64(delta*(-c*(1.0/2)+float64(delta*(s*(1.0/6)+float64(delta*c*(1.0/24))))))))
}

// sloppyAsin is that of a number from 0 to 1.
func sloppyAsin(a float64) float64 {
	t := sloppy()
	if a > t.asinMax {
		return asin(a)
	}
	index := int(float64(a*t.asinRate) + 0.5)
	delta := a - float64(float64(index)*t.asinStep)
	c := &t.asin[index]
	return c[0] + float64(delta*(c[1]+float64(delta*(c[2]+float64(delta*(c[3]+float64(delta*c[4])))))))
}

// haversine is the distance of two points in metres.
func haversine(lon1, lat1, lon2, lat2 float64) float64 {
	const rad = math.Pi / 180
	const earth = 6371008.7714
	y1, y2 := lat1*rad, lat2*rad
	h1, h2 := 1-sloppyCos(y1-y2), 1-sloppyCos((lon1-lon2)*rad)
	h := h1 + float64(sloppyCos(y1)*sloppyCos(y2))*h2
	h = math.Float64frombits(math.Float64bits(h) &^ 7) // so that what is next to equal is equal
	return 2 * earth * sloppyAsin(math.Min(1, math.Sqrt(0.5*h)))
}
