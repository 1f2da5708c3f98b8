package eval

import (
	"github.com/rulevet/rulevet/event"
)

// verdict is the outcome of a condition. There is no unknown: a leaf matches an event or it does not (spec/eql.md 4.1).
type verdict uint8

const (
	no verdict = iota
	yes
	failed // a script raised an error, which ends the search
)

func verdictOf(b bool) verdict {
	if b {
		return yes
	}
	return no
}

// node is a compiled condition. It is immutable and safe for concurrent use.
type node interface {
	eval(rec *event.Record) verdict
	// cost orders the members of and/or: cheap query leaves first, scripts last.
	cost() int
}

// Costs of the leaves. Everything from scriptCost on may fail.
const (
	constCost  = 0
	exactCost  = 1
	setCost    = 2
	typedCost  = 3
	patterns   = 4
	regexCost  = 50
	scriptCost = 1000
)

// folded is a condition without a field: true, false, or null, which matches nothing and prevails over its
// neighbours as spec/eql.md 4.3 has it.
type folded uint8

const (
	foldedNull folded = iota
	foldedFalse
	foldedTrue
)

func (k folded) eval(*event.Record) verdict { return verdictOf(k == foldedTrue) }
func (k folded) cost() int                  { return constCost }

// neverNode is a leaf that matches no event, but is not folded: its negation matches every event.
type neverNode struct{}

func (neverNode) eval(*event.Record) verdict { return no }
func (neverNode) cost() int                  { return constCost }

type andNode struct{ kids []node }

func (n *andNode) eval(rec *event.Record) verdict {
	for _, k := range n.kids {
		if v := k.eval(rec); v != yes {
			return v
		}
	}
	return yes
}

func (n *andNode) cost() int { return sum(n.kids) }

type orNode struct{ kids []node }

func (n *orNode) eval(rec *event.Record) verdict {
	for _, k := range n.kids {
		if v := k.eval(rec); v != no {
			return v
		}
	}
	return no
}

func (n *orNode) cost() int { return sum(n.kids) }

func sum(kids []node) int {
	total := 0
	for _, k := range kids {
		total += k.cost()
	}
	return total
}

type notNode struct{ x node }

func (n notNode) eval(rec *event.Record) verdict {
	switch n.x.eval(rec) {
	case no:
		return yes
	case yes:
		return no
	}
	return failed
}

func (n notNode) cost() int { return n.x.cost() }

// values returns what a record has in a slot.
func values(rec *event.Record, slot int) []event.Value {
	if slot >= len(rec.Slots) {
		return nil
	}
	return rec.Slots[slot]
}

// exactLeaf is "field == text", the most frequent leaf.
type exactLeaf struct {
	slot int
	text string
}

func (l *exactLeaf) eval(rec *event.Record) verdict {
	vs := values(rec, l.slot)
	for i := range vs {
		if vs[i].Text == l.text {
			return yes
		}
	}
	return no
}

func (l *exactLeaf) cost() int { return exactCost }

// leaf is true if the test holds for some value of the field.
type leaf struct {
	slot  int
	test  test
	price int
	id    string // leaves of equal ids in programs of one layout do the same
	needs []need // what a value needs to pass: one of them; empty if not known
}

// newLeaf makes the leaf of a field; id tells what the test does with the values of any field of that class.
func newLeaf(f *field, id string, t test, price int, needs []need) *leaf {
	return &leaf{f.slot, t, price, f.id() + " " + id, needs}
}

func (l *leaf) eval(rec *event.Record) verdict {
	vs := values(rec, l.slot)
	for i := range vs {
		if l.test(&vs[i]) {
			return yes
		}
	}
	return no
}

func (l *leaf) cost() int { return l.price }

// negate is the plain complement, except that not null is null.
func negate(n node) node {
	switch n := n.(type) {
	case folded:
		switch n {
		case foldedTrue:
			return foldedFalse
		case foldedFalse:
			return foldedTrue
		}
		return n
	case notNode:
		return n.x
	}
	return notNode{n}
}

// foldedOf is the folded form of a boolean; null stays null.
func foldedOf(b, known bool) folded {
	switch {
	case !known:
		return foldedNull
	case b:
		return foldedTrue
	}
	return foldedFalse
}

// and2 combines as Elasticsearch's optimizer does: three-valued among constants; next to a real condition true vanishes,
// false and null prevail (spec/eql.md 4.3).
func and2(a, b node) node {
	ka, aConst := a.(folded)
	kb, bConst := b.(folded)
	switch {
	case aConst && bConst:
		return foldedAnd(ka, kb)
	case aConst:
		if ka == foldedTrue {
			return b
		}
		return a
	case bConst:
		if kb == foldedTrue {
			return a
		}
		return b
	}
	return &andNode{[]node{a, b}}
}

func foldedAnd(a, b folded) folded {
	switch {
	case a == foldedFalse || b == foldedFalse:
		return foldedFalse
	case a == foldedNull || b == foldedNull:
		return foldedNull
	}
	return foldedTrue
}

func foldedOr(a, b folded) folded {
	switch {
	case a == foldedTrue || b == foldedTrue:
		return foldedTrue
	case a == foldedNull || b == foldedNull:
		return foldedNull
	}
	return foldedFalse
}

// or2 is the counterpart of and2: next to a real condition false and null vanish.
func or2(a, b node) node {
	ka, aConst := a.(folded)
	kb, bConst := b.(folded)
	switch {
	case aConst && bConst:
		return foldedOr(ka, kb)
	case aConst:
		if ka == foldedTrue {
			return a
		}
		return b
	case bConst:
		if kb == foldedTrue {
			return b
		}
		return a
	}
	return &orNode{[]node{a, b}}
}
