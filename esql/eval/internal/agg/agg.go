//lint:file-ignore ST1005 the messages are Elasticsearch's, to the letter

// Package agg holds the aggregates of STATS. A state keeps one accumulator for each group.
package agg

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/rulevet/rulevet/esql/eval/internal/block"
	"github.com/rulevet/rulevet/esql/eval/internal/fn"
)

// State accumulates.
type State interface {
	// Add adds the rows to the groups beside them; there are n groups so far.
	Add(c *fn.Call, rows, groups []int32, n int, args []*block.Block)
	// Result is a column with a row for each of n groups.
	Result(c *fn.Call, n int) *block.Block
	// Held estimates the memory of the values, in bytes.
	Held() int
}

// Func is a chosen aggregate.
type Func struct {
	Type block.Type
	Want []block.Type // casts of the arguments; Null leaves one as it is
	New  func() State
}

func want(n int, t block.Type) []block.Type {
	w := make([]block.Type, n)
	if n > 0 {
		w[0] = t
	}
	return w
}

// Resolve chooses an aggregate by its name, in lower case, and arguments.
func Resolve(name string, args []fn.Arg) (Func, error) {
	t := block.Null
	if len(args) > 0 {
		t = args[0].Type
	}
	kept := t
	if t == block.Text {
		kept = block.Keyword
	}
	f := Func{Type: kept, Want: want(len(args), block.Null)}
	number := func(arg int) (float64, error) {
		c := args[arg].Const
		if c == nil || c.IsNull(0) || !c.Type.IsNumeric() {
			return 0, fmt.Errorf("%s: expected a constant number as argument %d", strings.ToUpper(name), arg+1)
		}
		if c.Type == block.Double {
			return c.D[0], nil
		}
		return float64(c.L[0]), nil
	}
	switch name {
	case "count":
		f.Type, f.New = block.Long, func() State { return &count{} }
	case "present", "absent":
		f.Type, f.New = block.Boolean, func() State { return &present{absent: name == "absent"} }
	case "count_distinct":
		f.Type, f.New = block.Long, func() State { return &countDistinct{} }
	case "sum":
		switch t {
		case block.Double:
			f.New = func() State { return &sumDouble{} }
		case block.UnsignedLong:
			f.New = func() State { return &sumLong{t: t} }
		default:
			zero := args[0].Const != nil && !args[0].Const.IsNull(0) // SUM of a constant is COUNT times the constant
			f.Type, f.New = block.Long, func() State { return &sumLong{t: block.Long, zero: zero} }
		}
	case "avg":
		f.Type, f.New = block.Double, func() State { return &avg{whole: t == block.Integer || t == block.Long} }
	case "min", "max":
		f.New = func() State { return newExtreme(kept, name == "max") }
	case "values":
		f.New = func() State { return &values{t: kept} }
	case "top":
		limit, err := number(1)
		if err != nil {
			return f, err
		}
		if limit < 1 {
			return f, fmt.Errorf("Limit must be greater than 0, found [%g]", limit)
		}
		desc := false
		if len(args) > 2 {
			order, _ := args[2].Text()
			desc = strings.EqualFold(order, "desc")
		}
		out := kept
		if len(args) == 4 {
			out = args[3].Type
		}
		f.Type, f.New = out, func() State {
			return &top{t: kept, out: out, limit: int(limit), desc: desc, other: len(args) == 4}
		}
	case "first", "last":
		f.New = func() State { return &firstLast{t: kept, by: args[1].Type, last: name == "last"} }
	case "median", "percentile", "median_absolute_deviation", "std_dev", "variance", "std_var":
		p := 50.0
		if name == "percentile" {
			v, err := number(1)
			if err != nil {
				return f, err
			}
			p = v
		}
		f.Type, f.Want = block.Double, want(len(args), block.Double)
		f.New = func() State { return &sample{name: name, p: p} }
	case "weighted_avg":
		f.Type, f.Want = block.Double, []block.Type{block.Double, block.Double}
		f.New = func() State { return &weighted{} }
	default:
		return f, fmt.Errorf("the aggregate %s %w", strings.ToUpper(name), fn.ErrNotRun)
	}
	return f, nil
}

// extend grows a slice to n elements.
func extend[A any](s []A, n int) []A {
	if len(s) < n {
		s = append(s, make([]A, n-len(s))...)
	}
	return s
}

type count struct{ n []int64 }

func (a *count) Add(_ *fn.Call, rows, groups []int32, n int, args []*block.Block) {
	a.n = extend(a.n, n)
	if len(args) == 0 {
		for _, g := range groups {
			a.n[g]++
		}
		return
	}
	b := args[0]
	if b.Type == block.Null {
		return
	}
	for i, r := range rows {
		_, k := b.Range(int(r))
		a.n[groups[i]] += int64(k)
	}
}

func (a *count) Result(_ *fn.Call, n int) *block.Block {
	return &block.Block{Type: block.Long, N: n, L: extend(a.n, n)}
}

func (a *count) Held() int { return 8 * len(a.n) }

type present struct {
	absent bool
	count
}

func (a *present) Result(_ *fn.Call, n int) *block.Block {
	out := &block.Block{Type: block.Boolean, N: n, L: make([]int64, n)}
	for g, k := range extend(a.n, n) {
		out.L[g] = block.Bool((k > 0) != a.absent)
	}
	return out
}

// each calls f for every value of the rows.
func each(b *block.Block, rows, groups []int32, f func(slot int, g int32)) {
	if b.Type == block.Null {
		return
	}
	for i, r := range rows {
		first, k := b.Range(int(r))
		for s := first; s < first+k; s++ {
			f(s, groups[i])
		}
	}
}

type sumLong struct {
	zero bool // no rows give 0
	t    block.Type
	sum  []int64
	has  []bool
}

func (a *sumLong) Add(c *fn.Call, rows, groups []int32, n int, args []*block.Block) {
	a.sum, a.has = extend(a.sum, n), extend(a.has, n)
	b := args[0]
	each(b, rows, groups, func(s int, g int32) {
		v, sum := b.L[s], a.sum[g]
		r := sum + v
		if a.t == block.UnsignedLong && uint64(r) < uint64(v) || a.t != block.UnsignedLong && (sum^r)&(v^r) < 0 {
			c.Fail(&fn.SiteError{Site: c.Site, Err: fmt.Errorf("%s overflow", a.t)})
		}
		a.sum[g], a.has[g] = r, true
	})
}

func (a *sumLong) Result(_ *fn.Call, n int) *block.Block {
	out := &block.Block{Type: a.t, N: n, L: extend(a.sum, n)}
	if !a.zero {
		out.Null = absent(a.has, n)
	}
	return out
}

func (a *sumLong) Held() int { return 9 * len(a.sum) }

func absent(has []bool, n int) []bool {
	null := make([]bool, n)
	for i := range null {
		null[i] = i >= len(has) || !has[i]
	}
	return null
}

type sumDouble struct {
	sum []fn.SumDoubles
	has []bool
}

func (a *sumDouble) Add(_ *fn.Call, rows, groups []int32, n int, args []*block.Block) {
	a.sum, a.has = extend(a.sum, n), extend(a.has, n)
	each(args[0], rows, groups, func(s int, g int32) {
		a.sum[g].Add(args[0].D[s])
		a.has[g] = true
	})
}

func (a *sumDouble) Result(_ *fn.Call, n int) *block.Block {
	out := &block.Block{Type: block.Double, N: n, D: make([]float64, n), Null: absent(a.has, n)}
	for g := range a.sum {
		out.D[g] = a.sum[g].Value()
	}
	return out
}

func (a *sumDouble) Held() int { return 17 * len(a.sum) }

// avg is SUM divided by COUNT, with the sum of whole numbers in 64 bits.
type avg struct {
	whole bool
	sumLong
	double sumDouble
	n      []int64
}

func (a *avg) Add(c *fn.Call, rows, groups []int32, n int, args []*block.Block) {
	a.n = extend(a.n, n)
	each(args[0], rows, groups, func(_ int, g int32) { a.n[g]++ })
	b := args[0]
	switch {
	case a.whole:
		a.sumLong.Add(c, rows, groups, n, args)
	case b.Type == block.UnsignedLong:
		a.double.sum, a.double.has = extend(a.double.sum, n), extend(a.double.has, n)
		each(b, rows, groups, func(s int, g int32) {
			a.double.sum[g].Add(float64(uint64(b.L[s])))
			a.double.has[g] = true
		})
	default:
		a.double.Add(c, rows, groups, n, args)
	}
}

func (a *avg) Result(_ *fn.Call, n int) *block.Block {
	out := &block.Block{Type: block.Double, N: n, D: make([]float64, n), Null: make([]bool, n)}
	for g := range n {
		switch {
		case g >= len(a.n) || a.n[g] == 0:
			out.Null[g] = true
		case a.whole:
			out.D[g] = float64(a.sum[g]) / float64(a.n[g])
		default:
			out.D[g] = a.double.sum[g].Value() / float64(a.n[g])
		}
		if math.IsInf(out.D[g], 0) || math.IsNaN(out.D[g]) {
			out.D[g], out.Null[g] = 0, true
		}
	}
	return out
}

func (a *avg) Held() int { return a.sumLong.Held() + a.double.Held() + 8*len(a.n) }

type extreme struct {
	t    block.Type
	sign int
	b    *block.Block // one slot for each group
	// texts is the length of all of them.
	texts int
}

func newExtreme(t block.Type, greatest bool) *extreme {
	e := &extreme{t: t, sign: -1, b: &block.Block{Type: t}}
	if greatest {
		e.sign = 1
	}
	return e
}

func (a *extreme) Add(_ *fn.Call, rows, groups []int32, n int, args []*block.Block) {
	for a.b.N < n {
		a.b.N++
		a.b.Null = append(a.b.Null, true)
		switch a.t.Storage() {
		case block.Longs:
			a.b.L = append(a.b.L, 0)
		case block.Doubles:
			a.b.D = append(a.b.D, 0)
		default:
			a.b.S = append(a.b.S, "")
		}
	}
	b := args[0]
	each(b, rows, groups, func(s int, g int32) {
		if !a.b.Null[g] && a.sign*block.Compare(a.t, b, s, a.b, int(g)) <= 0 {
			return
		}
		a.b.Null[g] = false
		switch a.t.Storage() {
		case block.Longs:
			a.b.L[g] = b.L[s]
		case block.Doubles:
			a.b.D[g] = b.D[s]
		default:
			a.texts += len(b.S[s]) - len(a.b.S[g])
			a.b.S[g] = strings.Clone(b.S[s])
		}
	})
}

func (a *extreme) Result(c *fn.Call, n int) *block.Block {
	a.Add(c, nil, nil, n, []*block.Block{block.Nulls(a.t, 0)})
	return a.b
}

func (a *extreme) Held() int { return 17*a.b.N + a.texts }

type top struct {
	t, out block.Type
	limit  int
	desc   bool
	other  bool // a further argument is the value
	keys   []list
	vals   []list
	bytes  int // of keys and vals
}

func (a *top) Add(c *fn.Call, rows, groups []int32, n int, args []*block.Block) {
	a.keys, a.vals = extend(a.keys, n), extend(a.vals, n)
	b := args[0]
	if !a.other {
		each(b, rows, groups, func(s int, g int32) {
			a.bytes += a.keys[g].add(b, s)
			if k := a.keys[g].len(); k > 2*a.limit+1024 {
				a.prune(int(g))
			}
		})
		return
	}
	v := args[3]
	for i, r := range rows {
		first, k := b.Range(int(r))
		vf, vk := v.Range(int(r))
		if k == 1 && vk == 1 {
			g := groups[i]
			a.bytes += a.keys[g].add(b, first) + a.vals[g].add(v, vf)
			if k := a.keys[g].len(); k > 2*a.limit+1024 {
				a.prune(int(g))
			}
		}
	}
}

func (a *top) order(g int) []int {
	b := a.keys[g].block(a.t)
	order := make([]int, b.N)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int {
		c := block.Compare(a.t, b, x, b, y)
		if a.desc {
			return -c
		}
		return c
	})
	return order[:min(len(order), a.limit)]
}

// prune keeps the rows of a group that can be in the result, in the order that they have there.
func (a *top) prune(g int) {
	b := a.keys[g].block(a.t)
	var keys, vals list
	for _, i := range a.order(g) {
		a.bytes += keys.add(b, i)
		if a.other {
			a.bytes += vals.add(a.vals[g].block(a.out), i)
		}
	}
	a.bytes -= a.keys[g].bytes() + a.vals[g].bytes()
	a.keys[g], a.vals[g] = keys, vals
}

func (a *top) Result(_ *fn.Call, n int) *block.Block {
	w := block.NewBuilder(a.out, n)
	for g := range n {
		if g < len(a.keys) {
			b := a.keys[g].block(a.t)
			if a.other {
				b = a.vals[g].block(a.out)
			}
			for _, i := range a.order(g) {
				w.AppendSlots(b, i, 1)
			}
		}
		w.EndRow()
	}
	return w.Build()
}

func (a *top) Held() int { return 2*listSize*len(a.keys) + a.bytes }

// firstLast keeps the value beside the least or greatest sort key.
type firstLast struct {
	t, by block.Type
	last  bool
	keys  []list
	vals  []list
	bytes int // of keys and vals
}

func (a *firstLast) Add(_ *fn.Call, rows, groups []int32, n int, args []*block.Block) {
	a.keys, a.vals = extend(a.keys, n), extend(a.vals, n)
	v, by := args[0], args[1]
	if v.Type == block.Null || by.Type == block.Null {
		return
	}
	for i, r := range rows {
		g := groups[i]
		vf, vk := v.Range(int(r))
		first, k := by.Range(int(r))
		for s := first; s < first+k && vk > 0; s++ {
			cur := a.keys[g].block(a.by)
			if cur.N > 0 {
				c := block.Compare(a.by, by, s, cur, 0)
				if !a.last && c >= 0 || a.last && c <= 0 {
					continue
				}
			}
			a.bytes -= a.keys[g].bytes() + a.vals[g].bytes()
			a.keys[g], a.vals[g] = list{}, list{}
			a.bytes += a.keys[g].add(by, s)
			for x := vf; x < vf+vk; x++ {
				a.bytes += a.vals[g].add(v, x)
			}
		}
	}
}

func (a *firstLast) Result(_ *fn.Call, n int) *block.Block {
	w := block.NewBuilder(a.t, n)
	for g := range n {
		if g < len(a.vals) {
			w.AppendSlots(a.vals[g].block(a.t), 0, a.vals[g].len())
		}
		w.EndRow()
	}
	return w.Build()
}

func (a *firstLast) Held() int { return 2*listSize*len(a.keys) + a.bytes }

// sample keeps all numbers: quantiles and deviations.
type sample struct {
	name string
	p    float64
	vs   [][]float64
	// count is the number of all values.
	count int
}

func (a *sample) Add(_ *fn.Call, rows, groups []int32, n int, args []*block.Block) {
	a.vs = extend(a.vs, n)
	each(args[0], rows, groups, func(s int, g int32) {
		a.vs[g] = append(a.vs[g], args[0].D[s])
		a.count++
	})
}

func (a *sample) Result(_ *fn.Call, n int) *block.Block {
	out := &block.Block{Type: block.Double, N: n, D: make([]float64, n), Null: make([]bool, n)}
	for g := range n {
		if g >= len(a.vs) || len(a.vs[g]) == 0 || !(a.p >= 0 && a.p <= 100) {
			out.Null[g] = true
			continue
		}
		v := a.of(a.vs[g])
		if math.IsNaN(v) || math.IsInf(v, 0) {
			out.Null[g] = true
			continue
		}
		out.D[g] = v
	}
	return out
}

func (a *sample) Held() int { return 24*len(a.vs) + 8*a.count }

func (a *sample) of(vs []float64) float64 {
	switch a.name {
	case "median_absolute_deviation":
		m := quantile(vs, 0.5)
		diffs := make([]float64, len(vs))
		for i, v := range vs {
			diffs[i] = math.Abs(v - m)
		}
		return quantile(diffs, 0.5)
	case "std_dev":
		return math.Sqrt(variance(vs))
	case "variance", "std_var":
		return variance(vs)
	}
	return quantile(vs, a.p/100)
}

func variance(vs []float64) float64 {
	mean, m2 := 0.0, 0.0
	for i, v := range vs {
		d := v - mean
		mean += d / float64(i+1)
		m2 += d * (v - mean)
	}
	return m2 / float64(len(vs))
}

func quantile(vs []float64, q float64) float64 {
	sort.Float64s(vs)
	index := q * float64(len(vs)-1)
	i := int(index)
	if i >= len(vs)-1 {
		return vs[len(vs)-1] + 0
	}
	frac := index - float64(i)
	return vs[i] + frac*(vs[i+1]-vs[i])
}

// weighted is the sum of products by the sum of weights.
type weighted struct {
	sum, weight []fn.SumDoubles
	has         []bool
}

func (a *weighted) Add(c *fn.Call, rows, groups []int32, n int, args []*block.Block) {
	a.sum, a.weight, a.has = extend(a.sum, n), extend(a.weight, n), extend(a.has, n)
	v, w := args[0], args[1]
	if v.Type == block.Null || w.Type == block.Null {
		return
	}
	each(v, rows, groups, func(s int, g int32) {
		a.sum[g].Add(v.D[s])
		a.has[g] = true
	})
	each(w, rows, groups, func(s int, g int32) { a.weight[g].Add(w.D[s]) })
}

func (a *weighted) Result(_ *fn.Call, n int) *block.Block {
	out := &block.Block{Type: block.Double, N: n, D: make([]float64, n), Null: absent(a.has, n)}
	for g := range a.sum {
		v := a.sum[g].Value() / a.weight[g].Value()
		if math.IsNaN(v) || math.IsInf(v, 0) {
			out.Null[g] = true
		} else {
			out.D[g] = v
		}
	}
	return out
}

func (a *weighted) Held() int { return 33 * len(a.sum) }
