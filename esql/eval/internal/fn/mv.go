//lint:file-ignore ST1005 the messages are Elasticsearch's, to the letter

package fn

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"slices"
	"sort"
	"strings"

	"github.com/rulevet/rulevet/esql/eval/internal/block"
)

func mvFunction(name string) builder {
	switch name {
	case "mv_count":
		return func(r *resolver) (Func, error) {
			return Func{Type: block.Integer, Kernel: fRows(block.Integer, func(_ *Call, args []*block.Block, i int, w *block.Builder) error {
				if _, n := args[0].Range(i); n > 0 {
					w.Long(int64(n))
				}
				return nil
			})}, nil
		}
	case "mv_first", "mv_last", "mv_min", "mv_max":
		return pickFunction(name)
	case "mv_dedupe":
		return mvDedupe
	case "mv_sort":
		return mvSort
	case "mv_concat":
		return mvConcat
	case "mv_append":
		return mvAppend
	case "mv_slice":
		return mvSlice
	case "mv_zip":
		return mvZip
	case "mv_contains", "mv_intersects", "mv_intersection", "mv_union", "mv_difference":
		return mvSets(name)
	case "mv_sum", "mv_avg", "mv_median", "mv_median_absolute_deviation", "mv_percentile", "mv_pseries_weighted_sum":
		return mvNumbers(name)
	}
	return nil
}

// keep is the type of a function that passes values through: text becomes keyword.
func keep(t block.Type) block.Type {
	if t == block.Text {
		return block.Keyword
	}
	return t
}

func pickFunction(name string) builder {
	return func(r *resolver) (Func, error) {
		t := keep(r.typ(0))
		return Func{Type: t, Kernel: fRows(t, func(_ *Call, args []*block.Block, i int, w *block.Builder) error {
			a := args[0]
			first, n := a.Range(i)
			if n == 0 {
				return nil
			}
			best := first
			switch name {
			case "mv_last":
				best = first + n - 1
			case "mv_min", "mv_max":
				for s := first + 1; s < first+n; s++ {
					if c := block.Compare(t, a, s, a, best); name == "mv_min" && c < 0 || name == "mv_max" && c > 0 {
						best = s
					}
				}
			}
			w.AppendSlots(a, best, 1)
			return nil
		})}, nil
	}
}

// equalSlots is equality of values; 0.0 and -0.0 are equal.
func equalSlots(a *block.Block, i int, b *block.Block, j int) bool {
	switch a.Type.Storage() {
	case block.Longs:
		return a.L[i] == b.L[j]
	case block.Doubles:
		return a.D[i] == b.D[j]
	}
	return a.S[i] == b.S[j]
}

// hasSlot tells whether one of n values is that of slot j.
func hasSlot(a *block.Block, first, n int, b *block.Block, j int) bool {
	for s := first; s < first+n; s++ {
		if equalSlots(a, s, b, j) {
			return true
		}
	}
	return false
}

// distinct adds the values that the set has not seen.
type distinct struct {
	l map[int64]struct{}
	d map[float64]struct{}
	s map[string]struct{}
}

func add[A comparable](m *map[A]struct{}, v A) bool {
	if *m == nil {
		*m = map[A]struct{}{}
	}
	_, seen := (*m)[v]
	(*m)[v] = struct{}{}
	return !seen
}

func (x *distinct) add(b *block.Block, slot int) bool {
	switch b.Type.Storage() {
	case block.Longs:
		return add(&x.l, b.L[slot])
	case block.Doubles:
		v := b.D[slot]
		if v == 0 {
			v = 0
		}
		return add(&x.d, v)
	}
	return add(&x.s, b.S[slot])
}

func mvDedupe(r *resolver) (Func, error) {
	t := keep(r.typ(0))
	return Func{Type: t, Kernel: fRows(t, func(_ *Call, args []*block.Block, i int, w *block.Builder) error {
		a := args[0]
		first, n := a.Range(i)
		if n == 1 {
			w.AppendSlots(a, first, 1)
			return nil
		}
		var seen distinct
		for s := first; s < first+n; s++ {
			if seen.add(a, s) {
				w.AppendSlots(a, s, 1)
			}
		}
		return nil
	})}, nil
}

func mvSort(r *resolver) (Func, error) {
	t := keep(r.typ(0))
	desc := false
	if len(r.args) == 2 {
		order, ok := r.args[1].Text()
		switch {
		case ok && strings.EqualFold(order, "desc"):
			desc = true
		case !ok || !strings.EqualFold(order, "asc"):
			return Func{}, fmt.Errorf("Invalid order value, expected one of [ASC, DESC] but got [%s]", order)
		}
	}
	return Func{Type: t, Kernel: fRows(t, func(_ *Call, args []*block.Block, i int, w *block.Builder) error {
		a := args[0]
		first, n := a.Range(i)
		order := make([]int, n)
		for k := range order {
			order[k] = first + k
		}
		slices.SortStableFunc(order, func(x, y int) int {
			c := block.Compare(t, a, x, a, y)
			if desc {
				return -c
			}
			return c
		})
		for _, s := range order {
			w.AppendSlots(a, s, 1)
		}
		return nil
	})}, nil
}

func mvConcat(*resolver) (Func, error) {
	return Func{Type: block.Keyword, Want: keywords(2), Kernel: fRows(block.Keyword, func(c *Call, args []*block.Block, i int, w *block.Builder) error {
		first, n := args[0].Range(i)
		d, k := args[1].Range(i)
		if n == 0 || k != 1 {
			return nil
		}
		w.String(strings.Join(args[0].S[first:first+n], args[1].S[d]))
		return nil
	})}, nil
}

func mvAppend(r *resolver) (Func, error) {
	t, err := r.alike()
	if err != nil {
		return Func{}, err
	}
	return Func{Type: t, Kernel: fRows(t, func(_ *Call, args []*block.Block, i int, w *block.Builder) error {
		a, n := args[0].Range(i)
		b, k := args[1].Range(i)
		if n > 0 && k > 0 {
			w.AppendSlots(args[0], a, n)
			w.AppendSlots(args[1], b, k)
		}
		return nil
	})}, nil
}

func mvSlice(r *resolver) (Func, error) {
	t := keep(r.typ(0))
	fixed := r.args[1].Const != nil && (len(r.args) == 2 || r.args[2].Const != nil)
	bad := func(message string) error {
		if fixed {
			return fatal("%s", message)
		}
		return errors.New(message)
	}
	return Func{Type: t, Want: []block.Type{block.Null, block.Integer, block.Integer}[:len(r.args)], Kernel: fRows(t, func(c *Call, args []*block.Block, i int, w *block.Builder) error {
		first, n := args[0].Range(i)
		if n == 0 && !fixed { // constants are looked at even if there is nothing to slice
			return nil
		}
		s, ok := c.one(args[1], i)
		if !ok {
			return nil
		}
		from := int(args[1].L[s])
		to := from
		if len(args) == 3 {
			e, ok := c.one(args[2], i)
			if !ok {
				return nil
			}
			to = int(args[2].L[e])
		}
		switch {
		case from > to:
			return bad("Start offset is greater than end offset")
		case from < 0 && to >= 0:
			return bad("Start and end offset have different signs")
		case n == 0:
			return nil
		}
		if from < 0 {
			from, to = from+n, to+n
		}
		from, to = max(from, 0), min(to, n-1)
		if from <= to {
			w.AppendSlots(args[0], first+from, to-from+1)
		}
		return nil
	})}, nil
}

func mvZip(r *resolver) (Func, error) {
	return Func{Type: block.Keyword, Want: keywords(len(r.args)), Nulls: true, Kernel: fRows(block.Keyword, func(c *Call, args []*block.Block, i int, w *block.Builder) error {
		sep := ","
		if len(args) == 3 {
			s, ok := c.one(args[2], i)
			if !ok || args[2].Type == block.Null {
				return nil
			}
			sep = args[2].S[s]
		}
		a, n := valueRange(args[0], i)
		b, k := valueRange(args[1], i)
		for j := range max(n, k) {
			switch {
			case j >= k:
				w.String(args[0].S[a+j])
			case j >= n:
				w.String(args[1].S[b+j])
			default:
				w.String(args[0].S[a+j] + sep + args[1].S[b+j])
			}
		}
		return nil
	})}, nil
}

// valueRange is Range for a block that may be of type null.
func valueRange(b *block.Block, i int) (int, int) {
	if b.Type == block.Null {
		return 0, 0
	}
	return b.Range(i)
}

func mvSets(name string) builder {
	return func(r *resolver) (Func, error) {
		t, err := r.alike()
		if err != nil {
			return Func{}, err
		}
		if name == "mv_contains" || name == "mv_intersects" {
			return Func{Type: block.Boolean, Nulls: true, Want: make([]block.Type, 2), Kernel: fRows(block.Boolean, func(_ *Call, args []*block.Block, i int, w *block.Builder) error {
				a, n := valueRange(args[0], i)
				b, k := valueRange(args[1], i)
				hits := 0
				for s := b; s < b+k; s++ {
					if n > 0 && hasSlot(args[0], a, n, args[1], s) {
						hits++
					}
				}
				w.Long(block.Bool(name == "mv_contains" && hits == k || name == "mv_intersects" && hits > 0))
				return nil
			})}, nil
		}
		return Func{Type: t, Nulls: true, Want: make([]block.Type, 2), Kernel: fRows(t, func(_ *Call, args []*block.Block, i int, w *block.Builder) error {
			a, n := valueRange(args[0], i)
			b, k := valueRange(args[1], i)
			var seen distinct
			for s := a; s < a+n; s++ {
				in := k > 0 && hasSlot(args[1], b, k, args[0], s)
				if (name == "mv_union" || in == (name == "mv_intersection")) && seen.add(args[0], s) {
					w.AppendSlots(args[0], s, 1)
				}
			}
			for s := b; name == "mv_union" && s < b+k; s++ {
				if seen.add(args[1], s) {
					w.AppendSlots(args[1], s, 1)
				}
			}
			return nil
		})}, nil
	}
}

// mvNumbers are the functions that reduce numbers.
func mvNumbers(name string) builder {
	return func(r *resolver) (Func, error) {
		t := r.typ(0)
		f := Func{Type: t}
		switch name {
		case "mv_avg":
			f.Type = block.Double
		case "mv_percentile":
			f.Want = []block.Type{block.Null, block.Double}
		case "mv_pseries_weighted_sum":
			f.Type, f.Want = block.Double, []block.Type{block.Double, block.Double}
		}
		rowOf := func(c *Call, args []*block.Block, i int, w *block.Builder, several bool) error {
			a := args[0]
			first, n := a.Range(i)
			if n == 0 {
				return nil
			}
			p := 50.0
			if len(args) == 2 {
				s, ok := c.one(args[1], i)
				if !ok {
					return nil
				}
				p = args[1].D[s]
			}
			if a.Type == block.Double {
				v, err := reduceDoubles(name, a.D[first:first+n], p)
				if v == 0 && several {
					v = 0 // a sum begins with zero; it is none if no row has several values
				}
				w.Double(v)
				return err
			}
			if name == "mv_avg" {
				w.Double(meanOf(a.L[first:first+n], a.Type))
				return nil
			}
			v, err := reduceLongs(name, a.Type, a.L[first:first+n], p)
			w.Long(v)
			return err
		}
		f.Kernel = func(c *Call, n int, args []*block.Block) *block.Block {
			several := name == "mv_sum" || name == "mv_avg"
			several = several && severalIn(args[0])
			return fRows(f.Type, func(c *Call, args []*block.Block, i int, w *block.Builder) error {
				return rowOf(c, args, i, w, several)
			})(c, n, args)
		}
		return f, nil
	}
}

// severalIn tells whether a row of a column has more than one value.
func severalIn(b *block.Block) bool {
	count, _ := rows(b.N, []*block.Block{b})
	for i := range count {
		if _, n := b.Range(i); n > 1 {
			return true
		}
	}
	return false
}

// SumDoubles adds with Kahan's compensation, as Elasticsearch does.
type SumDoubles struct{ Sum, Delta float64 }

// Add adds a value.
func (s *SumDoubles) Add(v float64) {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		s.Sum += v
	}
	if !math.IsInf(s.Sum, 0) && !math.IsNaN(s.Sum) {
		corrected := v + s.Delta
		updated := s.Sum + corrected
		s.Delta = corrected - (updated - s.Sum)
		s.Sum = updated
	}
}

// Value is the sum.
func (s *SumDoubles) Value() float64 { return s.Sum }

func meanOf(vs []int64, t block.Type) float64 {
	var s SumDoubles
	for _, v := range vs {
		if t == block.UnsignedLong {
			s.Add(float64(uint64(v)))
		} else {
			s.Add(float64(v))
		}
	}
	return s.Value() / float64(len(vs))
}

func reduceDoubles(name string, vs []float64, p float64) (float64, error) {
	switch name {
	case "mv_sum", "mv_avg":
		if len(vs) == 1 { // also a zero below zero
			return vs[0], nil
		}
		var s SumDoubles
		for _, v := range vs {
			s.Add(v)
		}
		if name == "mv_avg" {
			return s.Value() / float64(len(vs)), nil
		}
		return s.Value(), nil
	case "mv_pseries_weighted_sum":
		var s SumDoubles
		for i, v := range vs {
			s.Add(v / pow(float64(i+1), p))
		}
		return finite(s.Value())
	case "mv_median_absolute_deviation":
		m := medianDoubles(slices.Clone(vs))
		diffs := make([]float64, len(vs))
		for i, v := range vs {
			diffs[i] = math.Abs(v - m)
		}
		return finite(medianDoubles(diffs))
	case "mv_percentile":
		if !(p >= 0 && p <= 100) {
			return 0, percentileError(p)
		}
		s := slices.Clone(vs)
		sort.Float64s(s)
		i, frac := rank(len(s), p)
		if frac == 0 {
			return s[i], nil
		}
		return interpolate(s[i], s[i+1], frac), nil
	}
	return medianDoubles(slices.Clone(vs)), nil
}

func interpolate(lo, hi, frac float64) float64 {
	if lo < 0 && hi > 0 { // their distance may be too large
		return lo + float64(frac*hi) - float64(frac*lo)
	}
	return lo + float64(frac*(hi-lo))
}

func percentileError(p float64) error {
	return fmt.Errorf("Percentile parameter must be a number between 0 and 100, found [%s]", block.FormatDouble(p))
}

// rank is where a percentile lies among n sorted values.
func rank(n int, p float64) (int, float64) {
	index := p / 100 * float64(n-1)
	i := int(index)
	if i >= n-1 {
		return n - 1, 0
	}
	return i, index - float64(i)
}

func medianDoubles(vs []float64) float64 {
	sort.Float64s(vs)
	n := len(vs)
	if n%2 == 1 {
		return vs[n/2]
	}
	return (vs[n/2-1] + vs[n/2]) / 2
}

func reduceLongs(name string, t block.Type, vs []int64, p float64) (int64, error) {
	switch name {
	case "mv_sum":
		return sumLongs(t, vs)
	case "mv_median_absolute_deviation":
		m := medianLongs(t, slices.Clone(vs))
		if s := vs; t != block.UnsignedLong && len(s)%2 == 0 && m < 0 && oddMiddle(s) { // here the inner median is rounded towards zero
			m++
		}
		diffs := make([]int64, len(vs)) // without a sign: they can be larger than any long
		for i, v := range vs {
			if t == block.UnsignedLong {
				diffs[i] = int64(max(uint64(v), uint64(m)) - min(uint64(v), uint64(m)))
			} else {
				diffs[i] = int64(uint64(max(v, m)) - uint64(min(v, m)))
			}
		}
		return medianLongs(block.UnsignedLong, diffs), nil
	case "mv_percentile":
		if !(p >= 0 && p <= 100) {
			return 0, percentileError(p)
		}
		s := slices.Clone(vs)
		slices.Sort(s)
		i, frac := rank(len(s), p)
		if frac == 0 {
			return s[i], nil
		}
		if s[i] >= -1<<52 && s[i+1] <= 1<<52 {
			return s[i] + int64(frac*float64(s[i+1]-s[i])), nil
		}
		return wideStep(s[i], s[i+1], frac), nil
	}
	return medianLongs(t, slices.Clone(vs)), nil
}

// wideStep is lo + frac*(hi-lo), cut towards zero, of numbers with more bits than a double.
func wideStep(lo, hi int64, frac float64) int64 {
	low, f := new(big.Rat).SetInt64(lo), new(big.Rat)
	f.SetFloat64(frac)
	d := new(big.Rat).SetInt64(hi)
	low.Add(low, d.Sub(d, new(big.Rat).SetInt64(lo)).Mul(d, f))
	return new(big.Int).Quo(low.Num(), low.Denom()).Int64()
}

// oddMiddle tells whether the two middle values have an odd sum.
func oddMiddle(vs []int64) bool {
	s := slices.Sorted(slices.Values(vs))
	return (s[len(s)/2-1]^s[len(s)/2])&1 != 0
}

func sumLongs(t block.Type, vs []int64) (int64, error) {
	var sum int64
	for _, v := range vs {
		var err error
		switch t {
		case block.Integer:
			sum, err = intOp(Add, sum, v)
		case block.UnsignedLong:
			sum, err = unsignedOp(Add, uint64(sum), uint64(v))
		default:
			sum, err = longOp(Add, sum, v)
		}
		if err != nil {
			return 0, err
		}
	}
	return sum, nil
}

// medianLongs is the middle value; of two the mean, rounded down.
func medianLongs(t block.Type, vs []int64) int64 {
	n := len(vs)
	if t == block.UnsignedLong {
		slices.SortFunc(vs, func(a, b int64) int {
			if uint64(a) < uint64(b) {
				return -1
			}
			return int(block.Bool(a != b))
		})
		if n%2 == 1 {
			return vs[n/2]
		}
		sum, carry := bits.Add64(uint64(vs[n/2-1]), uint64(vs[n/2]), 0)
		return int64(sum>>1 | carry<<63)
	}
	slices.Sort(vs)
	if n%2 == 1 {
		return vs[n/2]
	}
	a, b := vs[n/2-1], vs[n/2]
	return a>>1 + b>>1 + a&b&1
}
