package eval

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/rulevet/rulevet/esql/eval/internal/block"
)

// groups number the combinations of the values of keys, in the order in which they come.
type groups struct {
	types  []block.Type
	n      int
	null   int32 // group of null with one key, -1 if none yet
	longs  map[int64]int32
	texts  map[string]int32
	values []*block.Builder
	buf    []byte
	bytes  int // estimated memory of the groups
}

// groupSize is what a group takes beside its key.
const groupSize = 48

func newGroups(keys []*expr) *groups {
	g := &groups{null: -1, longs: map[int64]int32{}, texts: map[string]int32{}}
	for _, k := range keys {
		g.types = append(g.types, k.typ)
		g.values = append(g.values, block.NewBuilder(k.typ, 16))
	}
	return g
}

// assign adds to rows and ids, for each row, the groups it belongs to: one for each value of a key.
func (g *groups) assign(keys []*block.Block, n int, rows, ids []int32) ([]int32, []int32) {
	switch {
	case len(keys) == 0:
		g.n = 1
		for i := range n {
			rows, ids = append(rows, int32(i)), append(ids, 0)
		}
		return rows, ids
	case len(keys) == 1:
		return g.single(keys[0], n, rows, ids)
	}
	slots := make([]int, len(keys))
	for i := range n {
		rows, ids = g.product(keys, i, 0, slots, rows, ids)
	}
	return rows, ids
}

func (g *groups) single(key *block.Block, n int, rows, ids []int32) ([]int32, []int32) {
	strings := key.Type.Storage() == block.Strings
	for i := range n {
		first, k := key.Range(i)
		if k == 0 || key.Type == block.Null {
			if g.null < 0 {
				g.null = int32(g.n)
				g.n++
				g.values[0].EndRow()
			}
			rows, ids = append(rows, int32(i)), append(ids, g.null)
			continue
		}
		start := len(ids)
		for s := first; s < first+k; s++ {
			var id int32
			if strings {
				id = g.text(key, s)
			} else {
				id = g.long(key, s)
			}
			if k == 1 || !contains(ids[start:], id) {
				rows, ids = append(rows, int32(i)), append(ids, id)
			}
		}
	}
	return rows, ids
}

func contains(ids []int32, id int32) bool {
	for _, v := range ids {
		if v == id {
			return true
		}
	}
	return false
}

func (g *groups) text(key *block.Block, slot int) int32 {
	v := key.S[slot]
	if id, ok := g.texts[v]; ok {
		return id
	}
	id := int32(g.n)
	g.n++
	v = strings.Clone(v)
	g.bytes += groupSize + 16 + len(v)
	g.texts[v] = id
	g.values[0].String(v)
	g.values[0].EndRow()
	return id
}

func (g *groups) long(key *block.Block, slot int) int32 {
	v := bitsOf(key, slot)
	if id, ok := g.longs[v]; ok {
		return id
	}
	id := int32(g.n)
	g.n++
	g.bytes += groupSize
	g.longs[v] = id
	g.values[0].AppendSlots(key, slot, 1)
	g.values[0].EndRow()
	return id
}

func bitsOf(b *block.Block, slot int) int64 {
	if b.Type == block.Double {
		return int64(math.Float64bits(b.D[slot]))
	}
	return b.L[slot]
}

// product goes through the combinations of the values of several keys.
func (g *groups) product(keys []*block.Block, row, k int, slots []int, rows, ids []int32) ([]int32, []int32) {
	if k == len(keys) {
		id := g.combination(keys, slots)
		for j := len(rows) - 1; j >= 0 && rows[j] == int32(row); j-- {
			if ids[j] == id {
				return rows, ids
			}
		}
		return append(rows, int32(row)), append(ids, id)
	}
	first, n := 0, 0
	if keys[k].Type != block.Null {
		first, n = keys[k].Range(row)
	}
	if n == 0 {
		slots[k] = -1
		return g.product(keys, row, k+1, slots, rows, ids)
	}
	for s := first; s < first+n; s++ {
		if n > 1 && repeated(keys[k], first, s) {
			continue
		}
		slots[k] = s
		rows, ids = g.product(keys, row, k+1, slots, rows, ids)
	}
	return rows, ids
}

// repeated tells whether a value stands before it in its row.
func repeated(b *block.Block, first, slot int) bool {
	for s := first; s < slot; s++ {
		if b.Type.Storage() == block.Strings && b.S[s] == b.S[slot] || b.Type.Storage() != block.Strings && bitsOf(b, s) == bitsOf(b, slot) {
			return true
		}
	}
	return false
}

func (g *groups) combination(keys []*block.Block, slots []int) int32 {
	buf := g.buf[:0]
	for k, s := range slots {
		switch {
		case s < 0:
			buf = append(buf, 0)
		case keys[k].Type.Storage() == block.Strings:
			v := keys[k].S[s]
			buf = append(buf, 1)
			buf = binary.AppendUvarint(buf, uint64(len(v)))
			buf = append(buf, v...)
		default:
			buf = append(buf, 2)
			buf = binary.BigEndian.AppendUint64(buf, uint64(bitsOf(keys[k], s)))
		}
	}
	g.buf = buf
	if id, ok := g.texts[string(buf)]; ok {
		return id
	}
	id := int32(g.n)
	g.n++
	g.texts[string(buf)] = id
	g.bytes += groupSize + 16*len(slots) + 2*len(buf)
	for k, s := range slots {
		w := g.values[k]
		switch {
		case s < 0:
		case keys[k].Type.Storage() == block.Strings:
			w.String(strings.Clone(keys[k].S[s]))
		default:
			w.AppendSlots(keys[k], s, 1)
		}
		w.EndRow()
	}
	return id
}

// keys are the values of the keys by group.
func (g *groups) keys() []*block.Block {
	out := make([]*block.Block, len(g.values))
	for i, w := range g.values {
		out[i] = w.Build()
	}
	return out
}
