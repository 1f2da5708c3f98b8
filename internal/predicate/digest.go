package predicate

import (
	"slices"

	"github.com/rulevet/rulevet/event"
)

// digest is what an index makes of values that come again.
type digest struct {
	index  *Index
	uses   int
	have   uint64  // frequent atoms
	leaves []int32 // that are true, once it is settled; before, that may be
	conds  []int32 // that may be true
}

// settleAfter is the number of uses of a digest after which its leaves are evaluated: not all of them are asked for at every event.
const settleAfter = 32

// digest returns that of a part.
func (c *Cursor) digest(p *event.Part) *digest {
	d, ok := p.Memo.(*digest)
	if !ok || d.index != c.index {
		d = c.digestOf(p.Values())
		p.Memo = d
	}
	if d.uses++; d.uses == settleAfter {
		c.settle(d, p.Values())
	}
	return d
}

// digestOf makes a digest.
func (c *Cursor) digestOf(values []event.PartValue) *digest {
	x := c.index
	d := &digest{index: x}
	atoms := c.gathered[:0]
	for i := range values {
		v := &values[i]
		if v.Slot >= len(x.bySlot) || x.bySlot[v.Slot] == nil {
			continue
		}
		s := x.bySlot[v.Slot]
		if s.any >= 0 {
			atoms = append(atoms, s.any)
		}
		atoms = append(atoms, c.atomsOf(s, v.Value.Text)...)
	}
	c.gathered = atoms
	leaves, conds := 0, 0
	for _, at := range distinct(atoms) {
		leaves, conds = leaves+len(x.atoms[at].leaves), conds+len(x.atoms[at].conds)
	}
	both := make([]int32, 0, leaves+conds)
	d.leaves, d.conds = both[:0:leaves], both[leaves:leaves]
	for _, at := range distinct(atoms) {
		a := &x.atoms[at]
		d.have |= a.bit
		d.leaves = append(d.leaves, a.leaves...)
		d.conds = append(d.conds, a.conds...)
	}
	d.leaves, d.conds = distinct(d.leaves), distinct(d.conds)
	return d
}

func distinct(list []int32) []int32 {
	slices.Sort(list)
	return slices.Compact(list)
}

// settle keeps those leaves that the values make true: they do so whatever else the event has.
func (c *Cursor) settle(d *digest, values []event.PartValue) {
	rec := &c.single
	rec.Slots = append(rec.Slots, make([][]event.Value, max(0, len(c.index.bySlot)-len(rec.Slots)))...)
	for _, v := range values {
		if v.Slot < len(rec.Slots) {
			rec.Slots[v.Slot] = append(rec.Slots[v.Slot], v.Value)
		}
	}
	d.leaves = slices.DeleteFunc(d.leaves, func(leaf int32) bool { return c.index.nodes[leaf].Eval(rec) != Yes })
	for _, v := range values {
		if v.Slot < len(rec.Slots) {
			rec.Slots[v.Slot] = rec.Slots[v.Slot][:0]
		}
	}
}

// take notes what is known of values of the event.
func (c *Cursor) take(d *digest) {
	c.have |= d.have
	if d.uses >= settleAfter {
		for _, leaf := range d.leaves {
			c.ctx.memo[leaf] = c.ctx.epoch<<2 | uint32(Yes)
		}
	} else {
		c.ask(d.leaves)
	}
	c.consider(d.conds)
}

// ask marks leaves that may be true.
func (c *Cursor) ask(leaves []int32) {
	for _, leaf := range leaves {
		if m := &c.ctx.memo[leaf]; *m>>2 != c.ctx.epoch {
			*m = c.ctx.epoch<<2 | maybe
		}
	}
}

// consider makes conditions candidates.
func (c *Cursor) consider(conds []int32) {
	for _, id := range conds {
		if c.marked[id] != c.ctx.epoch {
			c.marked[id] = c.ctx.epoch
			c.candidates = append(c.candidates, id)
		}
	}
}
