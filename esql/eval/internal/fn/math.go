//lint:file-ignore ST1005 the messages are Elasticsearch's, to the letter

package fn

import (
	"errors"
	"fmt"
	"math"

	"github.com/rulevet/rulevet/esql/eval/internal/block"
)

func mathFunction(name string) builder {
	if f := doubleFunction(name); f != nil {
		return func(*resolver) (Func, error) {
			call := func(_ *Call, v float64) (float64, error) { return f(v) }
			out := Func{Type: block.Double, Want: []block.Type{block.Double}, Kernel: f1(block.Double, call)}
			if name == "to_degrees" || name == "to_radians" { // convert value by value
				out.Kernel = each(block.Double, call)
			}
			return out, nil
		}
	}
	switch name {
	case "pi":
		return constant(math.Pi)
	case "e":
		return constant(math.E)
	case "tau":
		return constant(2 * math.Pi)
	case "abs":
		return absFunction
	case "ceil":
		return wholeOr(math.Ceil)
	case "floor":
		return wholeOr(math.Floor)
	case "signum":
		return doubles1(func(v float64) (float64, error) {
			if v == 0 {
				return v, nil
			}
			return math.Copysign(1, v), nil
		})
	case "round":
		return roundFunction
	case "round_to":
		return roundToFunction
	case "log":
		return logFunction
	case "pow":
		return doubles2(func(x, y float64) (float64, error) { return finite(pow(x, y)) })
	case "atan2":
		return doubles2(func(x, y float64) (float64, error) { return atan2(x, y), nil })
	case "hypot":
		return doubles2(func(x, y float64) (float64, error) { return hypot(x, y), nil })
	case "copy_sign":
		return copySignFunction
	case "scalb":
		return scalbFunction
	case "greatest":
		return extremeFunction(1)
	case "least":
		return extremeFunction(-1)
	case "clamp", "clamp_min", "clamp_max":
		return clampFunction(name)
	}
	return nil
}

// doubleFunction is a function from one number to another; nil for other names.
func doubleFunction(name string) func(float64) (float64, error) {
	plain := func(f func(float64) float64) func(float64) (float64, error) {
		return func(v float64) (float64, error) { return f(v), nil }
	}
	ranged := func(f func(float64) float64, ok func(float64) bool, message string) func(float64) (float64, error) {
		return func(v float64) (float64, error) {
			if !ok(v) {
				return 0, errors.New(message)
			}
			return f(v), nil
		}
	}
	unit := func(v float64) bool { return math.Abs(v) <= 1 }
	switch name {
	case "sin":
		return plain(sin)
	case "cos":
		return plain(cos)
	case "tan":
		return plain(tan)
	case "tanh":
		return plain(tanh)
	case "atan":
		return plain(atan)
	case "cbrt":
		return plain(cbrt)
	case "asinh":
		return plain(math.Asinh)
	case "acosh":
		return ranged(math.Acosh, func(v float64) bool { return v >= 1 }, "Acosh input out of range")
	case "atanh":
		return ranged(math.Atanh, func(v float64) bool { return math.Abs(v) < 1 }, "Atanh input out of range")
	case "asin":
		return ranged(asin, unit, "Asin input out of range")
	case "acos":
		return ranged(acos, unit, "Acos input out of range")
	case "sinh":
		return func(v float64) (float64, error) { return noOverflow(sinh(v), "sinh") }
	case "cosh":
		return func(v float64) (float64, error) { return noOverflow(cosh(v), "cosh") }
	case "exp":
		return plain(exp)
	case "sqrt":
		return ranged(math.Sqrt, func(v float64) bool { return v >= 0 }, "Square root of negative")
	case "log10":
		return ranged(log10, func(v float64) bool { return v > 0 }, "Log of non-positive number")
	case "to_degrees":
		return func(v float64) (float64, error) { return finite(v * (180 / math.Pi)) }
	case "to_radians":
		return plain(func(v float64) float64 { return v * (math.Pi / 180) })
	}
	return nil
}

// cbrt is rounded correctly but for rare ties.
func cbrt(x float64) float64 {
	r := math.Cbrt(x)
	if r == 0 || math.IsInf(r, 0) || math.IsNaN(r) {
		return r
	}
	if a := math.Abs(x); a > 1e300 {
		return cbrt(x*0x1p-300) * 0x1p100
	} else if a < 1e-290 {
		return cbrt(x*0x1p300) * 0x1p-100
	}
	sq, sqLow := twoProduct(r, r)
	cube, cubeLow := twoProduct(sq, r)
	return r + (x-cube-cubeLow-sqLow*r)/(3*sq)
}

// twoProduct is a product and what its rounding lost.
func twoProduct(a, b float64) (p, low float64) {
	p = a * b
	return p, math.FMA(a, b, -p)
}

func noOverflow(v float64, name string) (float64, error) {
	if math.IsInf(v, 0) {
		return 0, fmt.Errorf("%s overflow", name)
	}
	return v, nil
}

func constant(v float64) builder {
	return func(*resolver) (Func, error) {
		return Func{Type: block.Double, Kernel: func(_ *Call, n int, _ []*block.Block) *block.Block { return block.Of(block.Double, n, v) }}, nil
	}
}

func doubles1(f func(x float64) (float64, error)) builder {
	return func(*resolver) (Func, error) {
		return Func{Type: block.Double, Want: []block.Type{block.Double},
			Kernel: f1(block.Double, func(_ *Call, x float64) (float64, error) { return f(x) })}, nil
	}
}

func doubles2(f func(x, y float64) (float64, error)) builder {
	return func(*resolver) (Func, error) {
		return Func{Type: block.Double, Want: []block.Type{block.Double, block.Double},
			Kernel: f2(block.Double, func(_ *Call, x, y float64) (float64, error) { return f(x, y) })}, nil
	}
}

func absFunction(r *resolver) (Func, error) {
	t := r.typ(0)
	f := Func{Type: t}
	bad := func(name string) error {
		err := fmt.Errorf("Overflow to represent absolute value of %s.MIN_VALUE", name)
		if r.V8 {
			return &FatalError{err}
		}
		return err
	}
	switch t {
	case block.Double:
		f.Kernel = f1(t, func(_ *Call, v float64) (float64, error) { return math.Abs(v), nil })
	case block.UnsignedLong:
		f.Kernel = same(t) // several values as well
	case block.Integer:
		f.Kernel = f1(t, func(_ *Call, v int64) (int64, error) {
			if v == math.MinInt32 {
				return 0, bad("Integer")
			}
			return max(v, -v), nil
		})
	default:
		f.Kernel = f1(t, func(_ *Call, v int64) (int64, error) {
			if v == math.MinInt64 {
				return 0, bad("Long")
			}
			return max(v, -v), nil
		})
	}
	return f, nil
}

func wholeOr(f func(float64) float64) builder {
	return func(r *resolver) (Func, error) {
		t := r.typ(0)
		if t != block.Double {
			return Func{Type: t, Kernel: same(t)}, nil // whole numbers stay as they are, several as well
		}
		return Func{Type: t, Kernel: f1(t, func(_ *Call, v float64) (float64, error) { return f(v), nil })}, nil
	}
}

func roundFunction(r *resolver) (Func, error) {
	t := r.typ(0)
	if len(r.args) == 1 {
		if t == block.Double {
			return Func{Type: t, Kernel: f1(t, func(_ *Call, v float64) (float64, error) { return roundDouble(v, 0), nil })}, nil
		}
		return Func{Type: t, Kernel: same(t)}, nil
	}
	f := Func{Type: t, Want: []block.Type{t, block.Long}}
	switch t {
	case block.Double:
		f.Kernel = f2(t, func(_ *Call, v float64, p int64) (float64, error) { return roundDouble(v, p), nil })
	case block.UnsignedLong:
		f.Kernel = f2(t, func(_ *Call, v, p int64) (int64, error) { return roundUnsigned(uint64(v), p) })
	case block.Integer:
		f.Kernel = f2(t, func(_ *Call, v, p int64) (int64, error) {
			w, err := roundLong(v, p)
			return int64(int32(w)), err
		})
	default:
		f.Kernel = f2(t, func(_ *Call, v, p int64) (int64, error) { return roundLong(v, p) })
	}
	return f, nil
}

func roundDouble(v float64, places int64) float64 {
	scale := pow(10, float64(places))
	if scale == 0 || v == 0 {
		return 0
	}
	middle := math.Abs(v * scale)
	switch {
	case math.IsInf(middle, 0) || math.IsNaN(middle):
		return v
	case middle >= 1<<63: // is whole, and may lose a bit on the way
		return math.Copysign(middle/scale, v)
	}
	rounded := math.Floor(middle)
	if middle-rounded >= 0.5 {
		rounded++
	}
	return math.Copysign(rounded/scale, v)
}

func roundLong(v, places int64) (int64, error) {
	if places >= 0 || v == 0 {
		return v, nil
	}
	if places < -18 || int64(math.Log10(math.Abs(float64(v)))+1) <= -places {
		return 0, nil
	}
	ten := int64(1)
	for range -places {
		ten *= 10
	}
	rest := v % ten
	w := v - rest
	switch {
	case rest >= ten/2:
		w += ten
	case rest <= -ten/2:
		w -= ten
	}
	if w != 0 && (w < 0) != (v < 0) {
		return 0, &FatalError{errLongOverflow}
	}
	return w, nil
}

func roundUnsigned(v uint64, places int64) (int64, error) {
	if v <= math.MaxInt64 { // goes the way of longs
		w, err := roundLong(int64(v), places)
		if err != nil {
			err = errors.Unwrap(err) // but an overflow makes null
		}
		return w, err
	}
	switch {
	case places == 0:
		return 0, errULOverflow // a fault of Elasticsearch, in 9.5 too
	case places > 0:
		return int64(v), nil
	}
	if places < -19 {
		return 0, nil
	}
	ten := uint64(1)
	for range -places {
		ten *= 10
	}
	rest := v % ten
	w := v - rest
	if rest >= ten/2 {
		if w+ten < w {
			return 0, errULOverflow
		}
		w += ten
	}
	return int64(w), nil
}

func (r *resolver) commonNumber() (block.Type, []block.Type) {
	t := r.typ(0)
	for _, a := range r.args[1:] {
		if a.Type.IsNumeric() && t.IsNumeric() || t == block.Null {
			t = common(t, a.Type)
		}
	}
	want := make([]block.Type, len(r.args))
	for i := range want {
		want[i] = t
	}
	return t, want
}

// roundToFunction rounds down to the greatest of the points, or to the least if all are greater.
func roundToFunction(r *resolver) (Func, error) {
	t, want := r.commonNumber()
	return Func{Type: t, Want: want, Kernel: fRows(t, func(c *Call, args []*block.Block, i int, w *block.Builder) error {
		v, ok := c.one(args[0], i)
		if !ok {
			return nil
		}
		best, least := -1, -1
		for k := 1; k < len(args); k++ {
			p, ok := c.one(args[k], i)
			if !ok {
				return nil
			}
			if least < 0 || block.Compare(t, args[k], p, args[least], slot0(args[least], i)) < 0 {
				least = k
			}
			if block.Compare(t, args[k], p, args[0], v) <= 0 && (best < 0 || block.Compare(t, args[k], p, args[best], slot0(args[best], i)) > 0) {
				best = k
			}
		}
		if best < 0 {
			best = least
		}
		w.AppendSlots(args[best], slot0(args[best], i), 1)
		return nil
	})}, nil
}

func slot0(b *block.Block, i int) int {
	s, _ := b.Range(i)
	return s
}

func logFunction(r *resolver) (Func, error) {
	nonPositive := errors.New("Log of non-positive number")
	if len(r.args) == 1 {
		return Func{Type: block.Double, Want: []block.Type{block.Double}, Kernel: f1(block.Double, func(_ *Call, v float64) (float64, error) {
			if v <= 0 {
				return 0, nonPositive
			}
			return logOf(v), nil
		})}, nil
	}
	return doubles2(func(base, v float64) (float64, error) {
		switch {
		case v <= 0 || base <= 0:
			return 0, nonPositive
		case base == 1:
			return 0, errors.New("Log of base 1")
		}
		return finite(log10(v) / log10(base))
	})(r)
}

func copySignFunction(r *resolver) (Func, error) {
	t := r.typ(0)
	if t == block.Double {
		return Func{Type: t, Want: []block.Type{t, block.Double}, Kernel: f2(t, func(_ *Call, x, y float64) (float64, error) { return math.Copysign(x, y), nil })}, nil
	}
	return Func{Type: t, Want: []block.Type{t, block.Double}, Kernel: f2(t, func(_ *Call, x int64, y float64) (int64, error) {
		if (x < 0) != math.Signbit(y) {
			return -x, nil
		}
		return x, nil
	})}, nil
}

func scalbFunction(r *resolver) (Func, error) {
	return Func{Type: block.Double, Want: []block.Type{block.Double, block.Long}, Kernel: f2(block.Double, func(_ *Call, x float64, n int64) (float64, error) {
		if int64(int32(n)) != n {
			return 0, errIntOverflow
		}
		return finite(math.Ldexp(x, int(n)))
	})}, nil
}

// extremeFunction is GREATEST (sign 1) or LEAST over all values of the arguments; a null argument gives null.
func extremeFunction(sign int) builder {
	return func(r *resolver) (Func, error) {
		t, want := r.commonNumber()
		if t == block.Text {
			t = block.Keyword
		}
		return Func{Type: t, Want: want, Kernel: fRows(t, func(_ *Call, args []*block.Block, i int, w *block.Builder) error {
			best, at := -1, 0
			for k, a := range args {
				first, n := a.Range(i)
				if n == 0 {
					return nil
				}
				for s := first; s < first+n; s++ {
					if best < 0 || sign*block.Compare(t, a, s, args[best], at) > 0 {
						best, at = k, s
					}
				}
			}
			w.AppendSlots(args[best], at, 1)
			return nil
		})}, nil
	}
}

func clampFunction(name string) builder {
	return func(r *resolver) (Func, error) {
		t, want := r.commonNumber()
		if t == block.Text {
			t = block.Keyword
		}
		return Func{Type: t, Want: want, Kernel: fRows(t, func(c *Call, args []*block.Block, i int, w *block.Builder) error {
			best := args[0]
			at, ok := c.one(best, i)
			if !ok {
				return nil
			}
			for k := 1; k < len(args); k++ {
				s, ok := c.one(args[k], i)
				if !ok {
					return nil
				}
				least := name == "clamp_min" || name == "clamp" && k == 1
				if d := block.Compare(t, best, at, args[k], s); least && d < 0 || !least && d > 0 {
					best, at = args[k], s
				}
			}
			w.AppendSlots(best, at, 1)
			return nil
		})}, nil
	}
}

// Numbers lifts a function of one number.
func Numbers(f func(float64) (float64, error)) Kernel {
	return f1(block.Double, func(_ *Call, v float64) (float64, error) { return f(v) })
}
