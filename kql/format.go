package kql

import "strings"

// maxLine is the width from which Format breaks a query at its outermost operators.
const maxLine = 110

// Format writes a query in canonical form: keywords in lower case, one blank around what separates, brackets where they are
// needed. It means what the query means; parts that could not be read stay as they are.
func Format(q *Query) string {
	if q.Root == nil {
		return ""
	}
	f := &formatter{q: q}
	f.node(q.Root, topLevel)
	if f.b.Len() <= maxLine {
		return f.b.String()
	}
	f = &formatter{q: q, broken: true}
	f.node(q.Root, topLevel)
	return f.b.String()
}

// place says what stands around a part.
type place uint8

const (
	topLevel place = iota
	inAnd
	inOr
	inNot
	inList // the values of a field
)

type formatter struct {
	q      *Query
	b      strings.Builder
	broken bool // at the outermost operators
}

// node writes a part of the query.
func (f *formatter) node(n Node, at place) {
	switch n := n.(type) {
	case *And:
		f.chain(n.Items, "and", inAnd, at)
	case *Or:
		f.chain(n.Items, "or", inOr, at)
	case *Not:
		f.b.WriteString("not ")
		f.node(n.Item, inNot)
	case *Nested:
		f.field(n.Field)
		f.b.WriteString(": { ")
		inner := &formatter{q: f.q}
		inner.node(n.Item, topLevel)
		f.b.WriteString(inner.b.String() + " }")
	case *Range:
		f.field(n.Field)
		f.b.WriteString(n.Op + " ")
		f.literal(n.Value)
	case *Is:
		f.field(n.Field)
		f.b.WriteString(": ")
		f.value(n)
	case *Value:
		f.literal(n.Literal)
	case *Text:
		if n.Literal != nil {
			f.literal(n.Literal)
		} else {
			f.node(n.Item, at)
		}
	case *Bad:
		f.b.WriteString(f.q.Source[n.At.Start:n.At.End])
	}
}

// value writes the value of a field, in brackets if it is more than a literal. The brackets of a single value matter in the
// Server flavor, where a lone wildcard in them is a pattern.
func (f *formatter) value(n *Is) {
	_, one := n.Value.(*Value)
	_, not := n.Value.(*Not)
	if one && (!n.List || f.q.Flavor == Kuery) || not && !n.List {
		f.node(n.Value, inList)
		return
	}
	f.b.WriteByte('(')
	f.node(n.Value, inList)
	f.b.WriteByte(')')
}

// chain writes operands with their operator. In the Server flavor brackets alone say how mixed operators group.
func (f *formatter) chain(items []Node, word string, inside, at place) {
	brackets := at == inNot || inside == inOr && at == inAnd || f.q.Flavor == Server && (at == inAnd || at == inOr)
	if brackets {
		f.b.WriteByte('(')
	}
	for i, n := range items {
		switch {
		case i == 0:
		case f.broken && at == topLevel:
			f.b.WriteString(" " + word + "\n  ")
		default:
			f.b.WriteString(" " + word + " ")
		}
		f.node(n, inside)
	}
	if brackets {
		f.b.WriteByte(')')
	}
}

// field writes a name and a blank, unless the blank would make its end a keyword.
func (f *formatter) field(l *Literal) {
	f.literal(l)
	raw := strings.ToLower(f.q.Source[l.At.Start:l.At.End])
	if l.Kind == Quoted || !strings.HasSuffix(raw, "not") && !strings.HasSuffix(raw, "and") && !strings.HasSuffix(raw, "or") {
		f.b.WriteByte(' ')
	}
}

// literal writes a literal as the source has it.
func (f *formatter) literal(l *Literal) { f.b.WriteString(f.q.Source[l.At.Start:l.At.End]) }
