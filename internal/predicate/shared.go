package predicate

import "github.com/rulevet/rulevet/event"

// context is what the conditions of an index share while they look at one event.
type context struct {
	rec   *event.Record
	epoch uint32   // number of the event, from 1 up to maxEpoch
	memo  []uint32 // by common leaf: epoch and verdict of the last evaluation
}

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

// ownLeaf is a leaf of one condition only, or anything that is cheaper to evaluate than to remember.
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
	v := s.n.Eval(c.rec)
	c.memo[s.at] = c.epoch<<2 | uint32(v)
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
	uses   map[string]int
	shared map[string]*commonLeaf
}

// shareable names a leaf by what it computes; empty if it is not worth sharing.
func shareable(n Node) string {
	if _, exact := n.(*exactLeaf); exact {
		return "" // it is as fast as a look at the memo
	}
	return LeafID(n)
}

// count notes the leaves of a condition.
func (s *sharer) count(n Node) {
	switch n := n.(type) {
	case *And:
		for _, k := range n.Kids {
			s.count(k)
		}
	case *Or:
		for _, k := range n.Kids {
			s.count(k)
		}
	case Not:
		s.count(n.X)
	default:
		if id := shareable(n); id != "" {
			s.uses[id]++
		}
	}
}

// rewrite makes the form of a condition that the index evaluates.
func (s *sharer) rewrite(n Node) sharedNode {
	switch n := n.(type) {
	case *And:
		return sharedAnd(s.all(n.Kids))
	case *Or:
		return sharedOr(s.all(n.Kids))
	case Not:
		return sharedNot{s.rewrite(n.X)}
	}
	id := shareable(n)
	if s.uses[id] < 2 {
		return ownLeaf{n}
	}
	if s.shared[id] == nil {
		s.shared[id] = &commonLeaf{n, int32(len(s.shared))}
	}
	return s.shared[id]
}

func (s *sharer) all(kids []Node) []sharedNode {
	out := make([]sharedNode, len(kids))
	for i, k := range kids {
		out[i] = s.rewrite(k)
	}
	return out
}
