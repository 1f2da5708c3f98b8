package predicate

import (
	"cmp"
	"slices"

	"github.com/rulevet/rulevet/source"
)

// Op is what a condition is made with.
type Op uint8

// Operators; Leaf is a condition without logic.
const (
	Leaf Op = iota
	OpAnd
	OpOr
	OpNot
)

// Cond is a compiled condition tied to its place in the query. Node is what decides; the rest says where each part of it
// comes from, in source order, for coverage, explanations and the search for events.
type Cond struct {
	Span   source.Span // in the query
	Op     Op
	Node   Node
	Kids   []*Cond  // of And, Or, Not
	Fields []*Field // that a leaf reads
	Origin Origin   // what the language knows of it; nil: nothing
	Member bool     // one of several alternatives of a list, standing alone
	// Aside is set for what is no condition of the query's own: an event category, what the filters of a rule add. It is
	// explained, but coverage does not count it.
	Aside bool
}

// Origin is what a language knows of a part of its query.
type Origin interface {
	// Text is the part in canonical form.
	Text() string
	// Members splits a leaf that is a list of alternatives, such as "name in (a, b)": each member as the condition that it is by
	// itself, with its own span; nil for what is no list of several.
	Members() []*Cond
}

// NewLeaf is the condition of a leaf.
func NewLeaf(span source.Span, n Node, origin Origin, fields ...*Field) *Cond {
	return &Cond{Span: span, Node: n, Fields: fields, Origin: origin}
}

// NewNot is the negation of a condition.
func NewNot(span source.Span, origin Origin, kid *Cond) *Cond {
	return &Cond{Span: span, Op: OpNot, Node: Negate(kid.Node), Kids: []*Cond{kid}, Origin: origin}
}

// NewAnd links conditions. Members run cheap ones first, and those that may fail last.
func NewAnd(span source.Span, origin Origin, kids ...*Cond) *Cond {
	return &Cond{Span: span, Op: OpAnd, Node: Chain(OpAnd, nodesOf(kids)), Kids: kids, Origin: origin}
}

// NewOr links alternatives; see NewAnd.
func NewOr(span source.Span, origin Origin, kids ...*Cond) *Cond {
	return &Cond{Span: span, Op: OpOr, Node: Chain(OpOr, nodesOf(kids)), Kids: kids, Origin: origin}
}

func nodesOf(conds []*Cond) []Node {
	out := make([]Node, len(conds))
	for i, c := range conds {
		out[i] = c.Node
	}
	return out
}

// Chain is and/or over nodes: constants are resolved, nested chains of the same operator flattened, members ordered by
// cost. An empty "and" is true, an empty "or" false.
func Chain(op Op, nodes []Node) Node {
	neutral := True
	if op == OpOr {
		neutral = False
	}
	var kids []Node
	for _, n := range nodes {
		if c, ok := n.(Constant); ok {
			if c.Value() == bool(neutral) {
				continue
			}
			return c
		}
		kids = append(kids, Members(op, n)...)
	}
	if len(kids) == 0 {
		return neutral
	}
	return Link(op, kids)
}

// Link is Chain of nodes of which none is a constant or a chain of the operator: at least one.
func Link(op Op, kids []Node) Node {
	slices.SortStableFunc(kids, func(x, y Node) int { return cmp.Compare(x.Cost(), y.Cost()) })
	switch {
	case len(kids) == 1:
		return kids[0]
	case op == OpAnd:
		return &And{kids}
	}
	return &Or{kids}
}

// Text is the condition in canonical form.
func (c *Cond) Text() string {
	if c.Origin == nil {
		return ""
	}
	return c.Origin.Text()
}

// Leaves lists the leaves of a condition that are no constants, in source order; of a list its members.
func (c *Cond) Leaves() []*Cond { return c.appendLeaves(nil) }

func (c *Cond) appendLeaves(out []*Cond) []*Cond {
	for _, kid := range c.Kids {
		out = kid.appendLeaves(out)
	}
	if len(c.Kids) > 0 || c.Origin == nil || c.Aside {
		return out
	}
	if _, constant := c.Node.(Constant); constant {
		return out
	}
	members := c.Origin.Members()
	if len(members) == 0 {
		return append(out, c)
	}
	for _, m := range members {
		if _, constant := m.Node.(Constant); !constant {
			m.Member = true
			out = append(out, m)
		}
	}
	return out
}
