package lucene

import (
	"encoding/binary"
	"slices"
)

// A regular language over classes of code points, as hash-consed nodes that are simplified as they are made. A
// language's derivative by a class is what may follow one code point of it (Brzozowski); union, intersection,
// complement and counted repetition are derived directly, without building an automaton for each first.
type node struct {
	op       op
	nullable bool
	id       int
	min, max int     // opRepeat
	kids     []*node // opCat: two; opAlt, opAnd: sorted by id; opNot, opRepeat: one
	classes  []uint64
	round    int // memo of the derivation in progress
	memo     *node
}

type op uint8

const (
	opNone  op = iota // no string at all
	opEmpty           // the empty string
	opChars           // one code point of some classes
	opCat
	opAlt
	opAnd
	opNot
	opRepeat
)

// algebra makes nodes and guarantees that equal nodes are identical.
type algebra struct {
	nodes   map[string]*node
	key     []byte
	words   int
	none    *node
	empty   *node
	all     *node // any string
	anyChar *node
	size    int // words held by all nodes, about
	round   int
	work    int // nodes derived so far
}

func newAlgebra(classes int) *algebra {
	a := &algebra{nodes: map[string]*node{}, words: (classes + 63) / 64}
	a.none = a.intern(node{op: opNone})
	a.empty = a.intern(node{op: opEmpty, nullable: true})
	full := make([]uint64, a.words)
	for c := range classes {
		full[c/64] |= 1 << (c % 64)
	}
	a.anyChar = a.intern(node{op: opChars, classes: full})
	a.all = a.intern(node{op: opRepeat, nullable: true, max: -1, kids: []*node{a.anyChar}})
	return a
}

func (a *algebra) intern(n node) *node {
	k := append(a.key[:0], byte(n.op))
	k = binary.AppendVarint(k, int64(n.min))
	k = binary.AppendVarint(k, int64(n.max))
	for _, kid := range n.kids {
		k = binary.AppendUvarint(k, uint64(kid.id))
	}
	for _, w := range n.classes {
		k = binary.LittleEndian.AppendUint64(k, w)
	}
	a.key = k
	if have := a.nodes[string(k)]; have != nil {
		return have
	}
	n.id = len(a.nodes)
	a.nodes[string(k)] = &n
	a.size += 20 + 3*len(n.kids) + 2*len(n.classes)
	return &n
}

func (a *algebra) chars(classes []uint64) *node {
	for _, w := range classes {
		if w != 0 {
			return a.intern(node{op: opChars, classes: classes})
		}
	}
	return a.none
}

func (a *algebra) cat(x, y *node) *node {
	switch {
	case x == a.none || y == a.none:
		return a.none
	case x == a.empty:
		return y
	case y == a.empty:
		return x
	case x == a.all && (y == a.all || y.op == opCat && y.kids[0] == a.all):
		return y
	case x.op == opCat: // lean to the right, so that equal tails are shared
		return a.cat(x.kids[0], a.cat(x.kids[1], y))
	}
	return a.intern(node{op: opCat, nullable: x.nullable && y.nullable, kids: []*node{x, y}})
}

func (a *algebra) not(x *node) *node {
	switch {
	case x == a.none:
		return a.all
	case x == a.all:
		return a.none
	case x.op == opNot:
		return x.kids[0]
	}
	return a.intern(node{op: opNot, nullable: !x.nullable, kids: []*node{x}})
}

// alt and and share their normal form: flat, sorted, without duplicates; one element absorbs, one is neutral.
func (a *algebra) alt(list ...*node) *node { return a.bag(opAlt, a.all, a.none, list) }
func (a *algebra) and(list ...*node) *node { return a.bag(opAnd, a.none, a.all, list) }

func (a *algebra) bag(o op, absorbs, neutral *node, list []*node) *node {
	flat := make([]*node, 0, len(list))
	for _, x := range list {
		switch {
		case x == absorbs:
			return absorbs
		case x == neutral:
		case x.op == o:
			flat = append(flat, x.kids...)
		default:
			flat = append(flat, x)
		}
	}
	slices.SortFunc(flat, func(x, y *node) int { return x.id - y.id })
	flat = slices.Compact(flat)
	switch len(flat) {
	case 0:
		return neutral
	case 1:
		return flat[0]
	}
	nullable := o == opAnd
	for _, x := range flat {
		if o == opAlt {
			nullable = nullable || x.nullable
		} else {
			nullable = nullable && x.nullable
		}
	}
	return a.intern(node{op: o, nullable: nullable, kids: flat})
}

func (a *algebra) repeat(x *node, lo, hi int) *node {
	switch {
	case hi == 0 || x == a.empty:
		return a.empty
	case lo == 1 && hi == 1:
		return x
	case x == a.none: // Lucene repeats nothing to nothing, unless a bound says that it may be left out
		if lo == 0 && hi > 0 {
			return a.empty
		}
		return a.none
	case x == a.all, x.op == opRepeat && x.min == 0 && x.max < 0 && hi != 0 && hi < 0:
		return x
	}
	return a.intern(node{op: opRepeat, nullable: lo == 0 || x.nullable, min: lo, max: hi, kids: []*node{x}})
}

// derivative returns what may follow a code point of the class in x.
func (a *algebra) derivative(x *node, class int) *node {
	a.round++
	return a.derive(x, class)
}

func (a *algebra) derive(x *node, class int) *node {
	if x.round != a.round {
		a.work++
		d := a.deriveOnce(x, class)
		x.round, x.memo = a.round, d
	}
	return x.memo
}

func (a *algebra) deriveOnce(x *node, class int) *node {
	switch x.op {
	case opChars:
		if x.classes[class/64]>>(class%64)&1 != 0 {
			return a.empty
		}
		return a.none
	case opCat:
		d := a.cat(a.derive(x.kids[0], class), x.kids[1])
		if x.kids[0].nullable {
			d = a.alt(d, a.derive(x.kids[1], class))
		}
		return d
	case opAlt, opAnd:
		list := make([]*node, len(x.kids))
		for i, kid := range x.kids {
			list[i] = a.derive(kid, class)
		}
		if x.op == opAlt {
			return a.alt(list...)
		}
		return a.and(list...)
	case opNot:
		return a.not(a.derive(x.kids[0], class))
	case opRepeat:
		hi := x.max
		if hi > 0 {
			hi--
		}
		return a.cat(a.derive(x.kids[0], class), a.repeat(x.kids[0], max(x.min-1, 0), hi))
	}
	return a.none
}
