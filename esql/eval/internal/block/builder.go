package block

import (
	"cmp"
	"slices"
)

// Builder collects rows of one type.
type Builder struct {
	b     *Block
	multi bool
	start int // slots before the row that is being added
}

// NewBuilder returns a builder with room for n rows.
func NewBuilder(t Type, n int) *Builder {
	b := &Block{Type: t}
	switch t.Storage() {
	case Longs:
		b.L = make([]int64, 0, n)
	case Doubles:
		b.D = make([]float64, 0, n)
	default:
		b.S = make([]string, 0, n)
	}
	return &Builder{b: b}
}

// Reset empties a builder and takes back the memory of the block that it built, which must not be used any more.
func (w *Builder) Reset() {
	b := w.b
	*b = Block{Type: b.Type, L: b.L[:0], D: b.D[:0], S: b.S[:0]}
	w.multi, w.start = false, 0
}

// Len is the number of rows so far.
func (w *Builder) Len() int { return w.b.N }

// Type is the type of the column.
func (w *Builder) Type() Type { return w.b.Type }

// Long adds a value to the current row.
func (w *Builder) Long(v int64) { w.b.L = append(w.b.L, v) }

// Double adds a value to the current row.
func (w *Builder) Double(v float64) { w.b.D = append(w.b.D, v) }

// String adds a value to the current row.
func (w *Builder) String(v string) { w.b.S = append(w.b.S, v) }

// Add adds a value to the current row.
func Add[A Slot](w *Builder, v A) {
	switch v := any(v).(type) {
	case int64:
		w.b.L = append(w.b.L, v)
	case float64:
		w.b.D = append(w.b.D, v)
	case string:
		w.b.S = append(w.b.S, v)
	}
}

// Slots is the number of values so far.
func (w *Builder) Slots() int {
	switch w.b.Type.Storage() {
	case Longs:
		return len(w.b.L)
	case Doubles:
		return len(w.b.D)
	}
	return len(w.b.S)
}

// Truncate drops the values of the current row after the first n.
func (w *Builder) Truncate(n int) {
	switch w.b.Type.Storage() {
	case Longs:
		w.b.L = w.b.L[:w.start+n]
	case Doubles:
		w.b.D = w.b.D[:w.start+n]
	default:
		w.b.S = w.b.S[:w.start+n]
	}
}

// Pending is the number of values in the current row.
func (w *Builder) Pending() int { return w.Slots() - w.start }

// OneString adds a row of one value.
func (w *Builder) OneString(v string) {
	w.b.S = append(w.b.S, v)
	w.endOne(len(w.b.S))
}

// OneLong adds a row of one value.
func (w *Builder) OneLong(v int64) {
	w.b.L = append(w.b.L, v)
	w.endOne(len(w.b.L))
}

func (w *Builder) endOne(n int) {
	b := w.b
	switch {
	case w.multi:
		b.Off = append(b.Off, int32(n))
	case b.Null != nil:
		b.Null = append(b.Null, false)
	}
	b.N++
	w.start = n
}

// EndRow ends the current row: null if no value was added.
func (w *Builder) EndRow() {
	b := w.b
	n := w.Slots()
	switch {
	case w.multi:
		b.Off = append(b.Off, int32(n))
	case n == w.start:
		b.grow(1)
		for len(b.Null) < b.N {
			b.Null = append(b.Null, false)
		}
		b.Null = append(b.Null, true)
	case n == w.start+1:
		if b.Null != nil {
			b.Null = append(b.Null, false)
		}
	default:
		w.toMulti(n)
	}
	b.N++
	w.start = w.Slots()
}

// toMulti switches to offsets; n is the number of slots with the current row.
func (w *Builder) toMulti(n int) {
	b := w.b
	w.multi = true
	b.Off = make([]int32, 1, cap(b.L)+cap(b.D)+cap(b.S)+2)
	if b.Null == nil {
		for i := range b.N {
			b.Off = append(b.Off, int32(i+1))
		}
		b.Off = append(b.Off, int32(n))
		return
	}
	at := int32(0)
	for i := range b.N {
		if !b.Null[i] {
			w.move(int(at), i, 1)
			at++
		}
		b.Off = append(b.Off, at)
	}
	count := n - b.N
	w.move(int(at), b.N, count)
	b.Off = append(b.Off, at+int32(count))
	b.Null = nil
	w.start = 0
	w.Truncate(int(at) + count)
}

func (w *Builder) move(to, from, n int) {
	switch w.b.Type.Storage() {
	case Longs:
		copy(w.b.L[to:], w.b.L[from:from+n])
	case Doubles:
		copy(w.b.D[to:], w.b.D[from:from+n])
	default:
		copy(w.b.S[to:], w.b.S[from:from+n])
	}
}

// AppendRow adds a row of another block of the same storage.
func (w *Builder) AppendRow(b *Block, i int) {
	if b != nil && b.Type != Null {
		first, n := b.Range(i)
		w.AppendSlots(b, first, n)
	}
	w.EndRow()
}

// AppendSlots adds values of another block to the current row.
func (w *Builder) AppendSlots(b *Block, first, n int) {
	switch w.b.Type.Storage() {
	case Longs:
		w.b.L = append(w.b.L, b.L[first:first+n]...)
	case Doubles:
		w.b.D = append(w.b.D, b.D[first:first+n]...)
	default:
		w.b.S = append(w.b.S, b.S[first:first+n]...)
	}
}

// Build returns the block. The builder must not be used after.
func (w *Builder) Build() *Block {
	if w.b.N == 0 {
		w.b.Off, w.b.Null = nil, nil
	}
	return w.b
}

// SortPending sorts the values of the current row, as doc values are; without duplicates if unique.
func (w *Builder) SortPending(unique bool) {
	switch w.b.Type.Storage() {
	case Longs:
		row := w.b.L[w.start:]
		if w.b.Type == UnsignedLong {
			slices.SortFunc(row, func(x, y int64) int { return cmp.Compare(uint64(x), uint64(y)) })
		} else {
			slices.Sort(row)
		}
		if unique {
			w.Truncate(len(slices.Compact(row)))
		}
	case Doubles:
		slices.SortFunc(w.b.D[w.start:], CompareDoubles)
	default:
		row := w.b.S[w.start:]
		slices.Sort(row)
		if unique {
			w.Truncate(len(slices.Compact(row)))
		}
	}
}

// PendingLongs are the numbers of the current row.
func (w *Builder) PendingLongs() []int64 { return w.b.L[min(w.start, len(w.b.L)):] }

// PendingStrings are the texts of the current row, to be replaced.
func (w *Builder) PendingStrings() []string { return w.b.S[min(w.start, len(w.b.S)):] }
