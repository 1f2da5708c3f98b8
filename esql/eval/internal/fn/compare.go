package fn

import (
	"cmp"
	"strings"

	"github.com/rulevet/rulevet/esql/eval/internal/block"
)

// Relation is a comparison.
type Relation uint8

// Relations.
const (
	Equal Relation = iota
	NotEqual
	Less
	LessEqual
	Greater
	GreaterEqual
)

// holds tells whether the relation holds for a comparison's result.
func (r Relation) Holds(c int) bool {
	switch r {
	case Equal:
		return c == 0
	case NotEqual:
		return c != 0
	case Less:
		return c < 0
	case LessEqual:
		return c <= 0
	case Greater:
		return c > 0
	}
	return c >= 0
}

// Compare is the comparison of two columns of one type. indexed compares doubles as the index of a field does, where -0.0 is
// below 0.0: what Elasticsearch's filters on fields do.
func Compare(r Relation, t block.Type, indexed bool) Kernel {
	switch t.Storage() {
	case block.Doubles:
		if indexed {
			return compareKernel(r, block.CompareDoubles)
		}
		return compareKernel(r, compareNumbers)
	case block.Strings:
		return compareKernel(r, strings.Compare)
	}
	if t == block.UnsignedLong {
		return compareKernel(r, func(a, b int64) int { return cmp.Compare(uint64(a), uint64(b)) })
	}
	return compareKernel(r, cmp.Compare[int64])
}

func compareNumbers(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a == b:
		return 0
	}
	return 1
}

func compareKernel[A block.Slot](r Relation, compare func(a, b A) int) Kernel {
	slow := f2(block.Boolean, func(_ *Call, a, b A) (int64, error) { return block.Bool(r.Holds(compare(a, b))), nil })
	return func(c *Call, n int, args []*block.Block) *block.Block {
		a, b := args[0], args[1]
		if a.Off != nil || b.Off != nil || a.Const || !b.Const || b.AllNull() || a.Type == block.Null {
			return slow(c, n, args)
		}
		// a column beside a constant
		want := block.Slots[A](b)[0]
		out := &block.Block{Type: block.Boolean, N: n, Null: a.Null, L: make([]int64, n)}
		values := block.Slots[A](a)[:n]
		switch r {
		case Equal:
			for i, v := range values {
				if v == want {
					out.L[i] = 1
				}
			}
		case NotEqual:
			for i, v := range values {
				if v != want {
					out.L[i] = 1
				}
			}
		default:
			for i, v := range values {
				if r.Holds(compare(v, want)) {
					out.L[i] = 1
				}
			}
		}
		return out
	}
}

// Dates compares a date with a date_nanos; swapped says that the date_nanos is on the left.
func Dates(r Relation, swapped bool) Kernel {
	const million = 1000000
	return f2(block.Boolean, func(_ *Call, a, b int64) (int64, error) {
		ms, ns := a, b
		if swapped {
			ms, ns = b, a
		}
		whole := ns / million
		if ns%million < 0 {
			whole--
		}
		c := cmp.Compare(ms, whole)
		if c == 0 && ns != whole*million {
			c = -1
		}
		if swapped {
			c = -c
		}
		return block.Bool(r.Holds(c)), nil
	})
}

// Logic is AND or OR in three values. A row with several values fails.
func Logic(and bool) Kernel {
	decides := block.Bool(!and)
	return func(c *Call, n int, args []*block.Block) *block.Block {
		a, b := args[0], args[1]
		count, constant := rows(n, args)
		if !constant && a.Off == nil && b.Off == nil && !a.Const && !b.Const && a.Null == nil && b.Null == nil && a.Type == block.Boolean && b.Type == block.Boolean {
			out := &block.Block{Type: block.Boolean, N: n, L: make([]int64, n)}
			for i := range n {
				if and {
					out.L[i] = a.L[i] & b.L[i]
				} else {
					out.L[i] = a.L[i] | b.L[i]
				}
			}
			return out
		}
		out := &block.Block{Type: block.Boolean, N: count, L: make([]int64, count), Null: make([]bool, count)}
		for i := range count {
			x, okX := c.truth(a, i)
			y, okY := c.truth(b, i)
			switch {
			case several(a, i) || several(b, i): // even beside a value that decides
				out.Null[i] = true
			case okX && x == decides, okY && y == decides:
				out.L[i] = decides
			case okX && okY:
				out.L[i] = 1 - decides
			default:
				out.Null[i] = true
			}
		}
		if constant && count == 1 {
			out.Const, out.N = true, n
		}
		return out
	}
}

func several(b *block.Block, i int) bool {
	if b.Off == nil {
		return false
	}
	_, n := b.Range(i)
	return n > 1
}

func (c *Call) truth(b *block.Block, i int) (int64, bool) {
	if b.Type == block.Null {
		return 0, false
	}
	s, ok := c.one(b, i)
	if !ok {
		return 0, false
	}
	return b.L[s], true
}

// Not is NOT in three values.
func Not() Kernel {
	return f1(block.Boolean, func(_ *Call, v int64) (int64, error) { return 1 - v, nil })
}

// IsNull tells which rows have no value; not turns it round.
func IsNull(not bool) Kernel {
	return func(_ *Call, n int, args []*block.Block) *block.Block {
		a := args[0]
		if a.Type == block.Null || a.Const {
			return block.Of(block.Boolean, n, block.Bool((a.Type == block.Null || n > 0 && a.IsNull(0)) != not))
		}
		out := &block.Block{Type: block.Boolean, N: n, L: make([]int64, n)}
		for i := range n {
			out.L[i] = block.Bool(a.IsNull(i) != not)
		}
		return out
	}
}

// In is IN over a list of constants of the left side's type; with a null in the list what does not match is null.
func In[A block.Slot](list []A, hasNull, indexed bool) Kernel {
	set := make(map[A]struct{}, len(list))
	for _, v := range list {
		set[v] = struct{}{}
	}
	has := func(v A) bool { _, ok := set[v]; return ok }
	if fs, ok := any(list).([]float64); ok && indexed {
		has = func(v A) bool {
			d := any(v).(float64)
			for _, f := range fs {
				if block.CompareDoubles(d, f) == 0 {
					return true
				}
			}
			return false
		}
	}
	slow := func(c *Call, n int, args []*block.Block) *block.Block {
		a := args[0]
		if a.AllNull() {
			return block.Nulls(block.Boolean, n)
		}
		count, constant := rows(n, args)
		w := block.NewBuilder(block.Boolean, count)
		av := block.Slots[A](a)
		for i := range count {
			if s, ok := c.one(a, i); ok {
				if has(av[s]) {
					w.Long(1)
				} else if !hasNull {
					w.Long(0)
				}
			}
			w.EndRow()
		}
		return finish(w, constant, n)
	}
	return func(c *Call, n int, args []*block.Block) *block.Block {
		a := args[0]
		if a.Const || a.Off != nil || hasNull {
			return slow(c, n, args)
		}
		out := &block.Block{Type: block.Boolean, N: n, L: make([]int64, n), Null: a.Null}
		for i, v := range block.Slots[A](a)[:n] {
			if has(v) {
				out.L[i] = 1
			}
		}
		return out
	}
}

// InList is IN over columns of one type. A row whose item has several values skips it; a null item makes what does not
// match null.
func InList(t block.Type) Kernel {
	return fRows(block.Boolean, func(c *Call, args []*block.Block, i int, w *block.Builder) error {
		s, ok := c.one(args[0], i)
		if !ok || args[0].Type == block.Null {
			return nil
		}
		nulls, multis := 0, 0
		for _, a := range args[1:] {
			first, n := 0, 0
			if a.Type != block.Null {
				first, n = a.Range(i)
			}
			switch {
			case n == 0:
				nulls++
			case n > 1:
				multis++
				c.warn(ErrMulti)
			case block.Compare(t, args[0], s, a, first) == 0 || t == block.Double && args[0].D[s] == a.D[first]:
				w.Long(1)
				return nil
			}
		}
		if nulls == 0 && multis < len(args)-1 {
			w.Long(0)
		}
		return nil
	})
}

// Matches is LIKE and RLIKE: a test of one text.
func Matches(test func(string) bool) Kernel {
	slow := f1(block.Boolean, func(_ *Call, s string) (int64, error) { return block.Bool(test(s)), nil })
	return func(c *Call, n int, args []*block.Block) *block.Block {
		a := args[0]
		if a.Const || a.Off != nil || a.Type == block.Null {
			return slow(c, n, args)
		}
		out := &block.Block{Type: block.Boolean, N: n, L: make([]int64, n), Null: a.Null}
		for i, v := range a.S[:n] {
			if test(v) && (a.Null == nil || !a.Null[i]) {
				out.L[i] = 1
			}
		}
		return out
	}
}

// AnyMatches is the match operator on a field: true if one of the values passes, never null.
func AnyMatches(test func(b *block.Block, slot int) bool) Kernel {
	return func(_ *Call, n int, args []*block.Block) *block.Block {
		a := args[0]
		out := &block.Block{Type: block.Boolean, N: n, L: make([]int64, n)}
		if a.Type == block.Null {
			return out
		}
		for i := range n {
			first, k := a.Range(i)
			for s := first; s < first+k; s++ {
				if test(a, s) {
					out.L[i] = 1
					break
				}
			}
		}
		return out
	}
}
