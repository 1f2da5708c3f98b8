package predicate

import "github.com/rulevet/rulevet/event"

// Verdict is the outcome of a condition for one event. There is no unknown: a leaf matches an event or it does not.
type Verdict uint8

// Outcomes. Failed is that of a leaf of a language that raised an error, which ends a search.
const (
	No Verdict = iota
	Yes
	Failed
)

// VerdictOf is Yes or No.
func VerdictOf(b bool) Verdict {
	if b {
		return Yes
	}
	return No
}

// Node is a compiled condition. It is immutable and safe for concurrent use.
type Node interface {
	Eval(rec *event.Record) Verdict
	// Cost orders the members of and/or: cheap leaves first, those that may fail last.
	Cost() int
}

// Opaque is a leaf that a language brings: it does what no query on one field does, and may fail. Its Cost is FailCost or
// more if it may.
type Opaque interface {
	Node
	// ID says what the leaf computes: leaves of equal ids in programs of one layout do the same. Empty: it equals no other.
	ID() string
	// Err is the error behind a Failed Verdict.
	Err(rec *event.Record) error
}

// Costs of the leaves. Everything from FailCost on may fail.
const (
	ConstCost   = 0
	ExactCost   = 1
	SetCost     = 2
	TypedCost   = 3
	PatternCost = 4
	RegexCost   = 50
	FailCost    = 1000
)

// Constant is a condition that no event can change. A language with a logic of its own among constants (null) brings its own
// constants; Note tells in an explanation what is special about one.
type Constant interface {
	Node
	Value() bool
	Note() string
}

type constant bool

// True and False are the conditions that every event satisfies, and none.
const (
	True  constant = true
	False constant = false
)

func (c constant) Eval(*event.Record) Verdict { return VerdictOf(bool(c)) }
func (c constant) Cost() int                  { return ConstCost }
func (c constant) Value() bool                { return bool(c) }
func (c constant) Note() string               { return "the same for every event" }

// neverNode is a leaf that matches no event, but is no constant of the query.
type neverNode struct{}

func (neverNode) Eval(*event.Record) Verdict { return No }
func (neverNode) Cost() int                  { return ConstCost }

// Never is a leaf that matches no event, but is not folded: its negation matches every event.
func Never() Node { return neverNode{} }

// And is true if all members are. They are tried in order.
type And struct{ Kids []Node }

// Eval implements Node.
func (n *And) Eval(rec *event.Record) Verdict {
	for _, k := range n.Kids {
		if v := k.Eval(rec); v != Yes {
			return v
		}
	}
	return Yes
}

// Cost implements Node.
func (n *And) Cost() int { return sum(n.Kids) }

// Or is true if a member is. They are tried in order.
type Or struct{ Kids []Node }

// Eval implements Node.
func (n *Or) Eval(rec *event.Record) Verdict {
	for _, k := range n.Kids {
		if v := k.Eval(rec); v != No {
			return v
		}
	}
	return No
}

// Cost implements Node.
func (n *Or) Cost() int { return sum(n.Kids) }

func sum(kids []Node) int {
	total := 0
	for _, k := range kids {
		total += k.Cost()
	}
	return total
}

// Not is the complement of a condition.
type Not struct{ X Node }

// Eval implements Node.
func (n Not) Eval(rec *event.Record) Verdict {
	switch n.X.Eval(rec) {
	case No:
		return Yes
	case Yes:
		return No
	}
	return Failed
}

// Cost implements Node.
func (n Not) Cost() int { return n.X.Cost() }

// Negate is the complement; a double negation and the constants True and False are resolved.
func Negate(n Node) Node {
	switch n := n.(type) {
	case constant:
		return !n
	case Not:
		return n.X
	}
	return Not{n}
}

// Members are the parts of a condition in a chain of an operator: parentheses within the chain do not change which parts
// run first.
func Members(op Op, n Node) []Node {
	switch n := n.(type) {
	case *And:
		if op == OpAnd {
			return n.Kids
		}
	case *Or:
		if op == OpOr {
			return n.Kids
		}
	}
	return []Node{n}
}

// MayFail tells whether a condition has a leaf that may raise an error.
func MayFail(n Node) bool { return n.Cost() >= FailCost }

// Err finds the error behind a Failed Verdict of a condition: nil if the condition does not fail on the event.
func Err(n Node, rec *event.Record) error {
	switch n := n.(type) {
	case *And:
		return firstErr(n.Kids, rec, Yes)
	case *Or:
		return firstErr(n.Kids, rec, No)
	case Not:
		return Err(n.X, rec)
	case Opaque:
		return n.Err(rec)
	}
	return nil
}

// firstErr is the error of the first member that fails, if evaluation gets there: as long as the members before are as said.
func firstErr(kids []Node, rec *event.Record, as Verdict) error {
	for _, k := range kids {
		if err := Err(k, rec); err != nil {
			return err
		}
		if k.Eval(rec) != as {
			return nil
		}
	}
	return nil
}

// Values returns what a record has in a slot: nothing for one that it does not have.
func Values(rec *event.Record, slot int) []event.Value {
	if slot >= len(rec.Slots) {
		return nil
	}
	return rec.Slots[slot]
}
