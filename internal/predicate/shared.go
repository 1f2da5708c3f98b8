package predicate

import "github.com/rulevet/rulevet/event"

// context is what the conditions of an index share while they look at one event.
type context struct {
	rec   *event.Record
	epoch uint32   // number of the event, from 1 up to maxEpoch
	memo  []uint32 // by leaf: epoch and verdict of the last evaluation, or maybe
}

// maybe marks in the memo a leaf that has to be evaluated: the event has one of its atoms.
const maybe = 3

const maxEpoch = 1<<30 - 1

// next begins another event. restart tells that epochs are used up and marks made with them are void.
func (c *context) next(rec *event.Record) (restart bool) {
	c.rec = rec
	if c.epoch < maxEpoch {
		c.epoch++
		return false
	}
	c.epoch = 1
	clear(c.memo)
	return true
}

// sharedNode is a condition of an index. Leaves that several conditions have are evaluated once an event.
type sharedNode interface {
	Eval(c *context) Verdict
}

// ownLeaf is a leaf that equals no other, or anything that is cheaper to evaluate than to remember.
type ownLeaf struct{ n Node }

func (s ownLeaf) Eval(c *context) Verdict { return s.n.Eval(c.rec) }

// commonLeaf remembers its verdict while the event lasts.
type commonLeaf struct {
	n  Node
	at int32
}

func (s *commonLeaf) Eval(c *context) Verdict {
	if m := c.memo[s.at]; m>>2 == c.epoch {
		return Verdict(m & 3)
	}
	return c.eval(s.n, s.at)
}

// atomLeaf is a common leaf that the index reaches by its atoms: without one of them it is not true.
type atomLeaf struct {
	n  Node
	at int32
}

func (s *atomLeaf) Eval(c *context) Verdict {
	switch m := c.memo[s.at]; {
	case m>>2 != c.epoch:
		return No
	case m&3 != maybe:
		return Verdict(m & 3)
	}
	return c.eval(s.n, s.at)
}

func (c *context) eval(n Node, at int32) Verdict {
	v := n.Eval(c.rec)
	c.memo[at] = c.epoch<<2 | uint32(v)
	return v
}

type sharedAnd []sharedNode

func (s sharedAnd) Eval(c *context) Verdict {
	for _, k := range s {
		if v := k.Eval(c); v != Yes {
			return v
		}
	}
	return Yes
}

type sharedOr []sharedNode

func (s sharedOr) Eval(c *context) Verdict {
	for _, k := range s {
		if v := k.Eval(c); v != No {
			return v
		}
	}
	return No
}

type sharedNot struct{ x sharedNode }

func (s sharedNot) Eval(c *context) Verdict {
	switch s.x.Eval(c) {
	case No:
		return Yes
	case Yes:
		return No
	}
	return Failed
}

// sharer rewrites conditions so that equal leaves become one.
type sharer struct {
	shared   map[leafKey]sharedNode
	leaves   []Node                         // by entry of the memo
	searched map[int]bool                   // slots in which every event is searched for atoms
	reach    func(leaf int32, atoms []atom) // is told by which atoms a leaf can be reached
}

// leafKey names a leaf by what it computes.
type leafKey struct {
	slot int
	text string
	id   string // of a leaf that is not exact
}

// rewrite makes the form of a condition that the index evaluates.
func (s *sharer) rewrite(n Node) sharedNode {
	key := leafKey{}
	switch n := n.(type) {
	case *And:
		return sharedAnd(s.all(n.Kids))
	case *Or:
		return sharedOr(s.all(n.Kids))
	case Not:
		return sharedNot{s.rewrite(n.X)}
	case *exactLeaf:
		key = leafKey{slot: n.slot, text: n.text}
	default:
		if key.id = LeafID(n); key.id == "" {
			return ownLeaf{n}
		}
	}
	known := s.shared[key]
	if known == nil {
		known = s.leaf(n)
		s.shared[key] = known
	}
	return known
}

// leaf makes a leaf that there has not been yet.
func (s *sharer) leaf(n Node) sharedNode {
	at := int32(len(s.leaves))
	s.leaves = append(s.leaves, n)
	if slot, ok := slotOf(n); ok && s.searched[slot] {
		atoms, _ := guardOf(n)
		s.reach(at, atoms)
		return &atomLeaf{n, at}
	}
	return &commonLeaf{n, at}
}

// slotOf is the slot of a leaf that is about the values of one.
func slotOf(n Node) (slot int, ok bool) {
	switch n := n.(type) {
	case *exactLeaf:
		return n.slot, true
	case *leaf:
		return n.slot, true
	}
	return 0, false
}

func (s *sharer) all(kids []Node) []sharedNode {
	out := make([]sharedNode, len(kids))
	for i, k := range kids {
		out[i] = s.rewrite(k)
	}
	return out
}
