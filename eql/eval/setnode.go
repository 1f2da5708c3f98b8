package eval

import "github.com/rulevet/rulevet/event"

// setContext is what the conditions of a set share while they look at one event.
type setContext struct {
	rec   *event.Record
	epoch uint32   // number of the event, from 1 up to maxEpoch
	memo  []uint32 // by common leaf: epoch and verdict of the last evaluation
}

const maxEpoch = 1<<30 - 1

// next begins another event. restart tells that epochs are used up and marks made with them are void.
func (c *setContext) next(rec *event.Record) (restart bool) {
	c.rec = rec
	if c.epoch < maxEpoch {
		c.epoch++
		return false
	}
	c.epoch = 1
	clear(c.memo)
	return true
}

// setNode is a condition of a set. Leaves that several conditions have are evaluated once an event.
type setNode interface {
	eval(c *setContext) verdict
}

// setLeaf is a leaf of one condition only, or anything that is cheaper to evaluate than to remember.
type setLeaf struct{ n node }

func (s setLeaf) eval(c *setContext) verdict { return s.n.eval(c.rec) }

// commonLeaf remembers its verdict while the event lasts.
type commonLeaf struct {
	n  node
	at int32
}

func (s *commonLeaf) eval(c *setContext) verdict {
	if m := c.memo[s.at]; m>>2 == c.epoch {
		return verdict(m & 3)
	}
	v := s.n.eval(c.rec)
	c.memo[s.at] = c.epoch<<2 | uint32(v)
	return v
}

type setAnd []setNode

func (s setAnd) eval(c *setContext) verdict {
	for _, k := range s {
		if v := k.eval(c); v != yes {
			return v
		}
	}
	return yes
}

type setOr []setNode

func (s setOr) eval(c *setContext) verdict {
	for _, k := range s {
		if v := k.eval(c); v != no {
			return v
		}
	}
	return no
}

type setNot struct{ x setNode }

func (s setNot) eval(c *setContext) verdict {
	switch s.x.eval(c) {
	case no:
		return yes
	case yes:
		return no
	}
	return failed
}

// nodeSharer rewrites conditions so that equal leaves become one.
type nodeSharer struct {
	uses   map[string]int
	shared map[string]*commonLeaf
}

// leafID names a leaf by what it computes; empty if it is not worth sharing.
func leafID(n node) string {
	switch n := n.(type) {
	case *leaf:
		return n.id
	case *scriptLeaf:
		return n.id
	}
	return "" // an exact comparison is as fast as a look at the memo
}

// count notes the leaves of a condition.
func (s *nodeSharer) count(n node) {
	switch n := n.(type) {
	case *withCategory:
		s.count(n.cond)
	case *andNode:
		for _, k := range n.kids {
			s.count(k)
		}
	case *orNode:
		for _, k := range n.kids {
			s.count(k)
		}
	case notNode:
		s.count(n.x)
	default:
		if id := leafID(n); id != "" {
			s.uses[id]++
		}
	}
}

// rewrite makes the form of a condition that the set evaluates.
func (s *nodeSharer) rewrite(n node) setNode {
	switch n := n.(type) {
	case *withCategory:
		rest, ok := s.rewrite(n.cond).(setAnd)
		if !ok {
			rest = setAnd{s.rewrite(n.cond)}
		}
		return append(setAnd{setLeaf{n.category}}, rest...)
	case *andNode:
		return setAnd(s.all(n.kids))
	case *orNode:
		return setOr(s.all(n.kids))
	case notNode:
		return setNot{s.rewrite(n.x)}
	}
	id := leafID(n)
	if s.uses[id] < 2 {
		return setLeaf{n}
	}
	if s.shared[id] == nil {
		s.shared[id] = &commonLeaf{n, int32(len(s.shared))}
	}
	return s.shared[id]
}

func (s *nodeSharer) all(kids []node) []setNode {
	out := make([]setNode, len(kids))
	for i, k := range kids {
		out[i] = s.rewrite(k)
	}
	return out
}
