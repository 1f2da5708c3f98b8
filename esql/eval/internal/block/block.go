package block

import (
	"cmp"
	"slices"
	"strings"
	"unsafe"
)

// Block is a column of N rows. Without offsets row i has slot i, or is null; with offsets it has the slots Off[i] to
// Off[i+1], and none is null. In a constant block the first row stands for all.
type Block struct {
	Type  Type
	N     int
	Const bool
	Off   []int32
	Null  []bool // nil: no row without a value; used without offsets only
	L     []int64
	D     []float64
	S     []string
}

// Slot is a Go type in which values are kept.
type Slot interface{ int64 | float64 | string }

// Slots returns the values of a block that keeps them as A.
func Slots[A Slot](b *Block) []A {
	var p *[]A
	switch q := any(&p).(type) {
	case **[]int64:
		*q = &b.L
	case **[]float64:
		*q = &b.D
	case **[]string:
		*q = &b.S
	}
	return *p
}

// SetSlots sets the values of a block.
func SetSlots[A Slot](b *Block, v []A) {
	switch v := any(v).(type) {
	case []int64:
		b.L = v
	case []float64:
		b.D = v
	case []string:
		b.S = v
	}
}

// Nulls is a constant block of nulls.
func Nulls(t Type, n int) *Block {
	b := &Block{Type: t, N: n, Const: true, Null: []bool{true}}
	b.grow(1)
	return b
}

// Of is a constant block of the given values: none is null, several are a multi-value.
func Of[A Slot](t Type, n int, vs ...A) *Block {
	if len(vs) == 0 {
		return Nulls(t, n)
	}
	b := &Block{Type: t, N: n, Const: true}
	if len(vs) > 1 {
		b.Off = []int32{0, int32(len(vs))}
	}
	SetSlots(b, vs)
	return b
}

// Bool is 1 for true.
func Bool(v bool) int64 {
	if v {
		return 1
	}
	return 0
}

func (b *Block) grow(n int) {
	switch b.Type.Storage() {
	case Longs:
		b.L = append(b.L, make([]int64, n)...)
	case Doubles:
		b.D = append(b.D, make([]float64, n)...)
	default:
		b.S = append(b.S, make([]string, n)...)
	}
}

// Range returns the slots of a row: the first, and how many; none is null.
func (b *Block) Range(i int) (first, n int) {
	if b.Const {
		i = 0
	}
	if b.Off != nil {
		return int(b.Off[i]), int(b.Off[i+1] - b.Off[i])
	}
	if b.Null != nil && b.Null[i] {
		return i, 0
	}
	return i, 1
}

// IsNull reports whether a row has no value.
func (b *Block) IsNull(i int) bool {
	_, n := b.Range(i)
	return n == 0
}

// AllNull reports a block known to hold nothing.
func (b *Block) AllNull() bool {
	return b.Type == Null || b.Const && b.N > 0 && b.IsNull(0)
}

// Single reports whether every row has at most one value.
func (b *Block) Single() bool { return b.Off == nil }

// Resize returns a constant block with another number of rows.
func (b *Block) Resize(n int) *Block {
	if b.N == n {
		return b
	}
	c := *b
	c.N = n
	return &c
}

// As returns the block with another type of the same storage.
func (b *Block) As(t Type) *Block {
	if b.Type == t {
		return b
	}
	c := *b
	c.Type = t
	if b.Type == Null {
		return Nulls(t, b.N)
	}
	return &c
}

// Compare orders two slots of blocks of one type.
func Compare(t Type, a *Block, i int, b *Block, j int) int {
	switch t.Storage() {
	case Doubles:
		return CompareDoubles(a.D[i], b.D[j])
	case Strings:
		return strings.Compare(a.S[i], b.S[j])
	}
	if t == UnsignedLong {
		return cmp.Compare(uint64(a.L[i]), uint64(b.L[j]))
	}
	return cmp.Compare(a.L[i], b.L[j])
}

// CompareDoubles is the total order of Java's Double.compare: -0.0 before 0.0, NaN last.
func CompareDoubles(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case a == b:
		if a == 0 {
			return cmp.Compare(sign(a), sign(b))
		}
		return 0
	}
	return cmp.Compare(Bool(a != a), Bool(b != b))
}

func sign(v float64) int {
	if 1/v < 0 {
		return -1
	}
	return 1
}

// Take returns the rows with the given numbers, in that order.
func (b *Block) Take(rows []int32) *Block {
	if b == nil {
		return nil
	}
	if b.Const {
		return b.Resize(len(rows))
	}
	out := &Block{Type: b.Type, N: len(rows)}
	if b.Off == nil {
		if b.Null != nil {
			out.Null = take(b.Null, rows)
		}
		switch b.Type.Storage() {
		case Longs:
			out.L = take(b.L, rows)
		case Doubles:
			out.D = take(b.D, rows)
		default:
			out.S = take(b.S, rows)
		}
		return out
	}
	out.Off = make([]int32, len(rows)+1)
	for i, r := range rows {
		out.Off[i+1] = out.Off[i] + b.Off[r+1] - b.Off[r]
	}
	switch b.Type.Storage() {
	case Longs:
		out.L = takeRanges(b.L, b.Off, rows)
	case Doubles:
		out.D = takeRanges(b.D, b.Off, rows)
	default:
		out.S = takeRanges(b.S, b.Off, rows)
	}
	return out
}

func take[A any](v []A, rows []int32) []A {
	out := make([]A, len(rows))
	for i, r := range rows {
		out[i] = v[r]
	}
	return out
}

func takeRanges[A any](v []A, off, rows []int32) []A {
	var out []A
	for _, r := range rows {
		out = append(out, v[off[r]:off[r+1]]...)
	}
	return out
}

// Head returns the first n rows.
func (b *Block) Head(n int) *Block {
	if b == nil || n >= b.N {
		return b
	}
	c := *b
	c.N = n
	return &c
}

// Own copies a block, texts too, and estimates the memory of the copy, in bytes.
func (b *Block) Own() (*Block, int) {
	if b == nil {
		return nil, 0
	}
	c := *b
	c.Off, c.Null, c.L, c.D, c.S = slices.Clone(b.Off), slices.Clone(b.Null), slices.Clone(b.L), slices.Clone(b.D), slices.Clone(b.S)
	bytes := 0
	for _, s := range c.S {
		bytes += len(s)
	}
	texts := make([]byte, 0, bytes)
	for i, s := range c.S {
		texts = append(texts, s...)
		c.S[i] = unsafe.String(unsafe.SliceData(texts[len(texts)-len(s):]), len(s)) // these bytes are not written again
	}
	return &c, bytes + 4*len(c.Off) + len(c.Null) + 8*(len(c.L)+len(c.D)) + 16*len(c.S)
}
