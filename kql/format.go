package kql

import (
	"slices"
	"strings"
	"unicode/utf8"
)

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
	if f.b.Len() > maxLine {
		f = &formatter{q: q, broken: true}
		f.node(q.Root, topLevel)
	}
	// A blank makes keywords of the ends of bare literals ("0 and" before a brace): such a text is left as it is.
	text := f.b.String()
	if again, _ := Parse(text, q.Flavor); !sameNode(q.Root, again.Root) {
		return strings.Trim(q.Source, " \t\r\n") // other blanks may be names
	}
	return text
}

// sameNode reports whether two parts are the same but for where they stand, and for the brackets around one value.
func sameNode(a, b Node) bool {
	switch a := a.(type) {
	case *And:
		b, ok := b.(*And)
		return ok && slices.EqualFunc(a.Items, b.Items, sameNode)
	case *Or:
		b, ok := b.(*Or)
		return ok && slices.EqualFunc(a.Items, b.Items, sameNode)
	case *Not:
		b, ok := b.(*Not)
		return ok && sameNode(a.Item, b.Item)
	case *Nested:
		b, ok := b.(*Nested)
		return ok && sameLiteral(a.Field, b.Field) && sameNode(a.Item, b.Item)
	case *Range:
		b, ok := b.(*Range)
		return ok && a.Op == b.Op && sameLiteral(a.Field, b.Field) && sameLiteral(a.Value, b.Value)
	case *Is:
		b, ok := b.(*Is)
		return ok && sameLiteral(a.Field, b.Field) && sameNode(a.Value, b.Value)
	case *Value:
		b, ok := b.(*Value)
		return ok && sameLiteral(a.Literal, b.Literal)
	case *Text:
		b, ok := b.(*Text)
		return ok && sameLiteral(a.Literal, b.Literal) && sameNode(a.Item, b.Item)
	case *Bad:
		b, ok := b.(*Bad)
		return ok && a.At.End-a.At.Start == b.At.End-b.At.Start
	}
	return a == b
}

func sameLiteral(a, b *Literal) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Kind == b.Kind && a.Text == b.Text && slices.Equal(a.Wild, b.Wild)
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

// chain writes operands with their operator. Brackets around the same operator stay: they are in the tree, and in the Query DSL.
// In the Server flavor they alone say how mixed operators group.
func (f *formatter) chain(items []Node, word string, inside, at place) {
	brackets := at == inNot || at == inAnd || at == inOr && (inside == inOr || f.q.Flavor == Server)
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
	if !f.endsInKeyword(l) {
		f.b.WriteByte(' ')
	}
}

// endsInKeyword reports whether a blank behind a bare literal would make its end a keyword: "not" even as the end of a word, the
// others as a word behind another.
func (f *formatter) endsInKeyword(l *Literal) bool {
	raw := strings.ToLower(f.q.Source[l.At.Start:l.At.End])
	if l.Kind == Quoted || strings.HasSuffix(raw, "not") {
		return l.Kind != Quoted
	}
	for _, word := range []string{"and", "or"} {
		if before, ok := strings.CutSuffix(raw, word); ok {
			_, size := utf8.DecodeLastRuneInString(before)
			return blank(before, len(before)-size) > 0
		}
	}
	return false
}

// literal writes a literal as the source has it.
func (f *formatter) literal(l *Literal) { f.b.WriteString(f.q.Source[l.At.Start:l.At.End]) }
