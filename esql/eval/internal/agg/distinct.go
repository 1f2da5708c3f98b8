package agg

import (
	"math"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/esql/eval/internal/block"
	"github.com/rulevet/rulevet/esql/eval/internal/fn"
)

// list keeps values of a group.
type list struct {
	l []int64
	d []float64
	s []string
}

// listSize is the memory of an empty list.
const listSize = 72

// add adds a value and returns the memory that it takes.
func (v *list) add(b *block.Block, slot int) int {
	switch b.Type.Storage() {
	case block.Longs:
		v.l = append(v.l, b.L[slot])
	case block.Doubles:
		v.d = append(v.d, b.D[slot])
	default:
		v.s = append(v.s, strings.Clone(b.S[slot]))
		return 16 + len(b.S[slot])
	}
	return 8
}

func (v *list) len() int { return len(v.l) + len(v.d) + len(v.s) }

// bytes is the memory of the values.
func (v *list) bytes() int {
	n := 8*(len(v.l)+len(v.d)) + 16*len(v.s)
	for _, s := range v.s {
		n += len(s)
	}
	return n
}

// has tells whether a value is in the list.
func (v *list) has(b *block.Block, slot int) bool {
	switch b.Type.Storage() {
	case block.Longs:
		return slices.Contains(v.l, b.L[slot])
	case block.Doubles:
		bits := math.Float64bits(b.D[slot])
		return slices.ContainsFunc(v.d, func(d float64) bool { return math.Float64bits(d) == bits })
	}
	return slices.Contains(v.s, b.S[slot])
}

// block shows the values as one row after another.
func (v *list) block(t block.Type) *block.Block {
	return &block.Block{Type: t, N: v.len(), L: v.l, D: v.d, S: v.s}
}

// distinct holds the different values of a group, in the order in which they come.
type distinct struct {
	list
	known *set // once there are many
}

const (
	distinctSize = listSize + 8
	// fewValues is how many values are compared one by one.
	fewValues = 8
	// knownSize is what a value takes in a set.
	knownSize = 40
)

// set finds values.
type set struct {
	l map[int64]struct{}
	d map[uint64]struct{}
	s map[string]struct{}
}

// add adds a value, if it is new, and returns the memory that it takes.
func (x *distinct) add(b *block.Block, slot int) int {
	if x.known == nil {
		if x.has(b, slot) {
			return 0
		}
		n := x.list.add(b, slot)
		if x.len() > fewValues {
			x.known = &set{}
			for i := range x.len() {
				x.known.add(&x.list, i)
			}
			n += x.len() * knownSize
		}
		return n
	}
	if x.known.has(b, slot) {
		return 0
	}
	n := x.list.add(b, slot)
	x.known.add(&x.list, x.len()-1)
	return n + knownSize
}

func (x *set) has(b *block.Block, slot int) (ok bool) {
	switch b.Type.Storage() {
	case block.Longs:
		_, ok = x.l[b.L[slot]]
	case block.Doubles:
		_, ok = x.d[math.Float64bits(b.D[slot])]
	default:
		_, ok = x.s[b.S[slot]]
	}
	return ok
}

// add notes a value of a list, with whose text it shares memory.
func (x *set) add(v *list, i int) {
	switch {
	case v.l != nil:
		if x.l == nil {
			x.l = map[int64]struct{}{}
		}
		x.l[v.l[i]] = struct{}{}
	case v.d != nil:
		if x.d == nil {
			x.d = map[uint64]struct{}{}
		}
		x.d[math.Float64bits(v.d[i])] = struct{}{}
	default:
		if x.s == nil {
			x.s = map[string]struct{}{}
		}
		x.s[v.s[i]] = struct{}{}
	}
}

// distincts holds the different values of all groups.
type distincts struct {
	groups []distinct
	bytes  int
}

func (a *distincts) Add(_ *fn.Call, rows, groups []int32, n int, args []*block.Block) {
	a.groups = extend(a.groups, n)
	each(args[0], rows, groups, func(s int, g int32) { a.bytes += a.groups[g].add(args[0], s) })
}

func (a *distincts) Held() int { return distinctSize*len(a.groups) + a.bytes }

// countDistinct is COUNT_DISTINCT.
type countDistinct struct{ distincts }

func (a *countDistinct) Result(_ *fn.Call, n int) *block.Block {
	out := &block.Block{Type: block.Long, N: n, L: make([]int64, n)}
	for g := range a.groups {
		out.L[g] = int64(a.groups[g].len())
	}
	return out
}

// values is VALUES.
type values struct {
	t block.Type
	distincts
}

func (a *values) Result(_ *fn.Call, n int) *block.Block {
	w := block.NewBuilder(a.t, n)
	for g := range n {
		if g < len(a.groups) {
			l := &a.groups[g].list
			if a.t == block.Boolean {
				slices.Sort(l.l)
			}
			w.AppendSlots(l.block(a.t), 0, l.len())
		}
		w.EndRow()
	}
	return w.Build()
}
