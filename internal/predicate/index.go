package predicate

import (
	"cmp"
	"maps"
	"slices"

	"github.com/rulevet/rulevet/event"
)

// Index is many conditions that look at the same events. Common leaves are evaluated once an event, and a condition or a leaf is
// only evaluated if the event has what it cannot be true without: for every condition the index knows a guard, a few
// values or pieces of text (atoms) of which one must be there, for every leaf all its atoms, and it finds the atoms of an event
// with a look-up for each of its values. Slots in which no guard looks are not searched. What it finds is what the single conditions say.
//
// An Index is immutable and safe for concurrent use; the state of a search is in a Cursor.
type Index struct {
	conds  []indexed
	slots  []*slotIndex
	bySlot []*slotIndex // nil for slots that no atom is about
	atoms  []indexAtom
	always []int32 // conditions without a guard
	nodes  []Node  // by entry of the memo: the leaf
}

// indexed is a condition.
type indexed struct {
	needs uint64 // bits of frequent atoms without which it is false
	node  sharedNode
}

// indexAtom is what an atom leads to.
type indexAtom struct {
	bit    uint64  // 0 unless it is one of the most frequent
	conds  []int32 // that have it in their guard
	leaves []int32 // that it may make true
}

// NewIndex makes the index of conditions on the records of one layout. They are known by their position.
func NewIndex(conds []Node) *Index {
	b := indexBuilder{index: &Index{conds: make([]indexed, len(conds))}, conds: conds, stats: newStatistics(),
		sharer: sharer{shared: map[leafKey]sharedNode{}}, atoms: map[atom]int32{}}
	b.sharer.reach = b.reach
	for _, c := range conds {
		b.stats.count(c)
	}
	b.build()
	return b.index
}

// indexBuilder makes an index: first it counts, then it chooses.
type indexBuilder struct {
	index  *Index
	conds  []Node
	stats  *statistics
	sharer sharer
	atoms  map[atom]int32
}

func (b *indexBuilder) build() {
	x := b.index
	for bit, a := range b.frequent() {
		x.atoms[b.atom(a)].bit = 1 << bit
	}
	for i, n := range b.conds {
		c := &x.conds[i]
		for _, a := range singles(n) {
			if at, ok := b.atoms[a]; ok {
				c.needs |= x.atoms[at].bit
			}
		}
	}
	for i, g := range b.guards() {
		if g == nil {
			x.always = append(x.always, int32(i))
			continue
		}
		for _, a := range g.atoms {
			at := b.atom(a)
			x.atoms[at].conds = append(x.atoms[at].conds, int32(i))
		}
	}
	searched := map[int]bool{}
	for a := range b.atoms {
		searched[a.slot] = true
	}
	b.sharer.searched = searched
	for i, n := range b.conds {
		x.conds[i].node = b.sharer.rewrite(n)
	}
	x.nodes = b.sharer.leaves
	b.sortAtoms()
}

// guards chooses the guards of the conditions; nil for one that has none. A slot whose texts would be searched for the sake of few conditions is
// left alone if these have other guards that are not much worse: it is not searched at all then.
func (b *indexBuilder) guards() []*guard {
	const few, worse = 2, 0.2
	list := make([]*guard, len(b.conds))
	used := map[int]int{}
	for i, n := range b.conds {
		if g, ok := b.stats.guard(n); ok {
			list[i] = &g
			for _, slot := range g.searched() {
				used[slot]++
			}
		}
	}
	for i, g := range list {
		if g == nil {
			continue
		}
		rare := slices.IndexFunc(g.searched(), func(slot int) bool { return used[slot] <= few })
		if rare < 0 {
			continue
		}
		b.stats.avoided = g.searched()[rare]
		if other, ok := b.stats.guard(b.conds[i]); ok && other.chance < g.chance+worse {
			list[i] = &other
		}
		b.stats.avoided = nowhere
	}
	return list
}

// reach notes by which atoms a leaf can be reached.
func (b *indexBuilder) reach(leaf int32, atoms []atom) {
	for _, a := range atoms {
		x := &b.index.atoms[b.atom(a)]
		x.leaves = append(x.leaves, leaf)
	}
}

// atom returns the number of an atom.
func (b *indexBuilder) atom(a atom) int32 {
	at, ok := b.atoms[a]
	if !ok {
		at = int32(len(b.index.atoms))
		b.atoms[a] = at
		b.index.atoms = append(b.index.atoms, indexAtom{})
	}
	return at
}

// singles lists the values that a condition cannot do without.
func singles(n Node) []atom {
	var out []atom
	for _, m := range required(n) {
		if atoms, ok := guardOf(m); ok && len(atoms) == 1 && atoms[0].need.kind == NeedWhole {
			out = append(out, atoms[0])
		}
	}
	return out
}

// frequent lists the atoms, at most 64, that the most conditions cannot do without: a condition that lacks one of an
// event's is ruled out with a single comparison.
func (b *indexBuilder) frequent() []atom {
	uses := map[atom]int{}
	for _, c := range b.conds {
		for _, a := range singles(c) {
			uses[a]++
		}
	}
	list := slices.SortedFunc(maps.Keys(uses), func(x, y atom) int { return cmp.Or(uses[y]-uses[x], x.compare(y)) })
	return list[:min(len(list), 64)]
}

// sortAtoms puts the atoms into the indexes of their slots.
func (b *indexBuilder) sortAtoms() {
	bySlot := map[int][]needAtom{}
	for _, a := range slices.SortedFunc(maps.Keys(b.atoms), atom.compare) {
		bySlot[a.slot] = append(bySlot[a.slot], needAtom{a.need, b.atoms[a]})
	}
	for _, slot := range slices.Sorted(maps.Keys(bySlot)) {
		x := newSlotIndex(slot, bySlot[slot])
		x.number = len(b.index.slots)
		b.index.slots = append(b.index.slots, x)
		if slot != NoSlot {
			b.index.bySlot = append(b.index.bySlot, make([]*slotIndex, slot+1-len(b.index.bySlot))...)
			b.index.bySlot[slot] = x
		}
	}
}

// Cursor looks at one event after another for the conditions of an index. It is not safe for concurrent use.
type Cursor struct {
	index      *Index
	ctx        context
	have       uint64   // frequent atoms of the event
	seen       []uint32 // by atom: epoch
	marked     []uint32 // by condition: epoch
	candidates []int32
	fold       []byte
	recent     []valueCache // by slotIndex
	single     event.Record // of the values of a part
	gathered   []int32      // its atoms
}

// NewCursor starts a search.
func (x *Index) NewCursor() *Cursor {
	return &Cursor{index: x, recent: make([]valueCache, len(x.slots)), seen: make([]uint32, len(x.atoms)), marked: make([]uint32, len(x.conds)), ctx: context{memo: make([]uint32, len(x.nodes))}}
}

// Next takes the next event and returns the conditions that may be true, or fail, on it, in no order. The list is valid until the
// next call; the record must not change before.
func (c *Cursor) Next(rec *event.Record) []int32 {
	if c.ctx.next(rec) {
		clear(c.seen)
		clear(c.marked)
	}
	c.candidates = append(c.candidates[:0], c.index.always...)
	c.have = 0
	if slots, parts, ok := rec.Filled(); ok {
		for _, p := range parts {
			c.take(c.digest(p))
		}
		for _, slot := range slots {
			if slot < len(c.index.bySlot) && c.index.bySlot[slot] != nil {
				c.look(c.index.bySlot[slot], rec.Slots[slot])
			}
		}
	} else {
		for _, x := range c.index.slots {
			c.look(x, Values(rec, x.slot))
		}
	}
	kept := c.candidates[:0]
	for _, id := range c.candidates {
		if c.index.conds[id].needs&^c.have == 0 {
			kept = append(kept, id)
		}
	}
	return kept
}

// look finds the atoms of the values in a slot.
func (c *Cursor) look(x *slotIndex, vs []event.Value) {
	if len(vs) == 0 {
		return
	}
	if x.any >= 0 {
		c.found(x.any)
	}
	for i := range vs {
		for _, at := range c.atomsOf(x, vs[i].Text) {
			c.found(at)
		}
	}
}

// atomsOf returns the atoms of a value in a slot, some perhaps more than once. The list is valid until the next call for the slot.
func (c *Cursor) atomsOf(x *slotIndex, text string) []int32 {
	atoms, to := c.recent[x.number].get(text)
	if to == nil {
		return atoms
	}
	var folded string
	folded, c.fold = foldInto(c.fold, text)
	*to = x.find(folded, (*to)[:0])
	return *to
}

// found notes an atom of the event.
func (c *Cursor) found(at int32) {
	if c.seen[at] == c.ctx.epoch {
		return
	}
	c.seen[at] = c.ctx.epoch
	a := &c.index.atoms[at]
	c.have |= a.bit
	c.ask(a.leaves)
	c.consider(a.conds)
}

// Eval decides a condition for the event.
func (c *Cursor) Eval(cond int32) Verdict { return c.index.conds[cond].node.Eval(&c.ctx) }
