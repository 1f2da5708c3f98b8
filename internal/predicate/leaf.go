package predicate

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/lucene"
)

// Test decides one value of a field.
type Test func(v *event.Value) bool

func never(*event.Value) bool { return false }

// exactLeaf is "field == text", the most frequent leaf.
type exactLeaf struct {
	slot  int
	text  string
	field *Field
}

func (l *exactLeaf) Eval(rec *event.Record) Verdict {
	vs := Values(rec, l.slot)
	for i := range vs {
		if vs[i].Text == l.text {
			return Yes
		}
	}
	return No
}

func (l *exactLeaf) Cost() int { return ExactCost }

// leaf is true if the test holds for some value of the field.
type leaf struct {
	slot  int
	test  Test
	price int
	id    string // leaves of equal ids in programs of one layout do the same
	needs []Need // what a value needs to pass: one of them; empty if not known
	hints Hints
}

// newLeaf makes the leaf of a field; id tells what the test does with the values of any field of that class.
func newLeaf(f *Field, id string, t Test, price int, needs []Need, hints Hints) *leaf {
	var room [256]byte
	return &leaf{f.Slot, t, price, string(append(append(f.appendID(room[:0]), ' '), id...)), needs, hints}
}

func (l *leaf) Eval(rec *event.Record) Verdict {
	vs := Values(rec, l.slot)
	for i := range vs {
		if l.test(&vs[i]) {
			return Yes
		}
	}
	return No
}

func (l *leaf) Cost() int { return l.price }

// Hints say what values a leaf is about, for whoever looks for an event that makes it true or false.
type Hints struct {
	// Values are the literals of the leaf: texts, numbers, booleans, dates and addresses as written.
	Values []Value
	// Shapes are wildcard patterns of which a value must match one; a text without wildcards is one too.
	Shapes []string
	// Regexps are regular expressions of which a value must match one.
	Regexps []string
	// Lists are arrays that the field may have to have.
	Lists [][]Value
	// Op is how a value compares with Values; Eq for a leaf that is no ordering.
	Op CompareOp

	// Family is set for a leaf that is true if a value is one of its Values or matches one of its Shapes, in the way that the family is called
	// by: of two leaves on one field and of one family, that with the fewer alternatives implies the other. Empty: nothing is known.
	Family string
	// Texts lists patterns of which exactly the values that the leaf is true for match one, as texts; nil: not known.
	Texts func() []lucene.Pattern
	// Ranges lists ranges of which exactly the values that the leaf is true for lie in one, of a field whose values have an order; nil: not known.
	Ranges func() []Range

	extent func() (Extent, bool) // see ExtentOf; nil: none
}

// Hinted is an Opaque that knows what values it is about.
type Hinted interface{ Hints() Hints }

// literalFamily is that of leaves which compare whole texts.
func literalFamily(letters lucene.Case) string { return "in " + strconv.Itoa(int(letters)) }

// HintsOf collects the hints of the leaves of a condition.
func HintsOf(n Node) []Hints {
	switch n := n.(type) {
	case *exactLeaf:
		return []Hints{{Values: []Value{eqlfunc.OfString(n.text)}, Family: literalFamily(lucene.Sensitive)}}
	case *leaf:
		return []Hints{n.hints}
	case Hinted:
		return []Hints{n.Hints()}
	case Not:
		return HintsOf(n.X)
	case *And:
		return hintsOf(n.Kids)
	case *Or:
		return hintsOf(n.Kids)
	}
	return nil
}

func hintsOf(nodes []Node) []Hints {
	var out []Hints
	for _, n := range nodes {
		out = append(out, HintsOf(n)...)
	}
	return out
}

// LeafID names a leaf by what it computes; empty for what is no leaf or equals no other.
func LeafID(n Node) string {
	switch n := n.(type) {
	case *exactLeaf:
		var room [128]byte
		return string(strconv.AppendQuote(append(strconv.AppendInt(room[:0], int64(n.field.Slot), 10), " == "...), n.text))
	case *leaf:
		return n.id
	case interface{ ID() string }:
		return n.ID()
	}
	return ""
}

// ID names a condition by what it computes: conditions of equal ids in programs of one layout do the same.
func ID(n Node) string { return string(appendID(nil, n)) }

func appendID(b []byte, n Node) []byte {
	switch n := n.(type) {
	case Not:
		return append(appendID(append(b, "!("...), n.X), ')')
	case *And:
		return appendIDs(append(b, "&("...), n.Kids)
	case *Or:
		return appendIDs(append(b, "|("...), n.Kids)
	case Constant:
		return fmt.Append(b, n.Value())
	case neverNode:
		return append(b, "never"...)
	}
	if id := LeafID(n); id != "" {
		return append(b, id...)
	}
	return fmt.Appendf(b, "%T %p", n, n) // unknown: the same as itself only
}

func appendIDs(b []byte, kids []Node) []byte {
	for _, k := range kids {
		b = append(appendID(b, k), ';')
	}
	return append(b, ')')
}

// Value is a scalar: a literal of a query, or what a field holds.
type Value = eqlfunc.Value

// ValueID writes a value so that equal texts are equal values.
func ValueID(v Value) string { return fmt.Sprintf("%d:%d:%d:%q", v.Kind, v.Bits, v.Nano, v.Str) }

// ValuesID writes a list of values.
func ValuesID(list []Value) string {
	var b strings.Builder
	for _, v := range list {
		b.WriteString(ValueID(v) + ",")
	}
	return b.String()
}
