package kql

import (
	"strings"

	"github.com/rulevet/rulevet/source"
)

// Flavor says whose KQL a text is.
type Flavor uint8

// Kuery is KQL as Kibana translates it, for rules; Server is the kql query of Elasticsearch.
const (
	Kuery Flavor = iota
	Server
)

// String is the name of the language on the command line: "kuery" or "kql".
func (f Flavor) String() string {
	if f == Server {
		return "kql"
	}
	return "kuery"
}

// Span is a half-open range of byte offsets into the query.
type Span = source.Span

// Query is a parsed text.
type Query struct {
	Source string // the text that was parsed, as given
	Flavor Flavor // whose KQL it was read as
	Root   Node   // nil for a blank query, and where nothing could be read
}

// Node is an And, Or, Not, Nested, Range, Is, Value, Text or Bad.
type Node interface{ Span() Span }

// LiteralKind says what a literal stands for.
type LiteralKind uint8

// A Plain literal is text without quotes, a Pattern one with a wildcard. Kibana takes unquoted null, true and false as
// the values of JSON.
const (
	Plain LiteralKind = iota
	Quoted
	Pattern
	Null
	True
	False
)

// Literal is a field name or a value.
type Literal struct {
	At   Span        // quotes included
	Kind LiteralKind // how it is written, and so what it stands for
	Text string      // escapes resolved; a wildcard is "*"
	Wild []int       // byte offsets into Text of the wildcards of a Pattern, ascending
}

// Any reports whether the literal is a lone wildcard, which asks for existence.
func (l *Literal) Any() bool { return l.Kind == Pattern && l.Text == "*" }

// Parts are the texts between the wildcards, one more than there are wildcards.
func (l *Literal) Parts() []string {
	var parts []string
	at := 0
	for _, w := range l.Wild {
		parts = append(parts, l.Text[at:w])
		at = w + 1
	}
	return append(parts, l.Text[at:])
}

// Matches reports whether a name fits the literal as a pattern.
func (l *Literal) Matches(name string) bool {
	parts := l.Parts()
	if len(parts) == 1 {
		return name == l.Text
	}
	last := len(parts) - 1
	if !strings.HasPrefix(name, parts[0]) {
		return false
	}
	name = name[len(parts[0]):]
	for _, p := range parts[1:last] {
		i := strings.Index(name, p)
		if i < 0 {
			return false
		}
		name = name[i+len(p):]
	}
	return strings.HasSuffix(name, parts[last])
}

// And and Or hold two or more operands, Not one. Below a field (Is.Value) their leaves are of type Value.
type (
	// And is true if all operands are.
	And struct {
		At    Span   // place in the query
		Items []Node // operands in order, two at least
	}
	// Or is true if one operand is.
	Or struct {
		At    Span   // place in the query
		Items []Node // operands in order, two at least
	}
	// Not is true if its operand is not.
	Not struct {
		At   Span // place in the query
		Item Node // what must not hold
	}
)

// Nested is field:{ query }; the names in the query are relative to the field.
type Nested struct {
	At    Span     // place in the query, braces included
	Field *Literal // what stands before the braces
	Item  Node     // what one of its objects must fulfil
}

// Range is field < value, with <, <=, > or >=.
type Range struct {
	At    Span     // place in the query
	Field *Literal // left side
	Op    string   // "<", "<=", ">" or ">="
	Value *Literal // the bound
}

// Is is field:value or field:(list).
type Is struct {
	At    Span     // place in the query
	Field *Literal // left side
	Value Node     // a Value, a list of And, Or and Not over Values, or Bad
	List  bool     // the value stands in brackets
}

// Value is what a field is compared with, below an Is.
type Value struct{ Literal *Literal }

// Text is a value without a field: it is searched in all of them. In the Server flavor it may be a list, in Item.
type Text struct {
	Literal *Literal // nil for a list
	Item    Node     // nil for a single value
	At      Span     // of a list
}

// Bad is a part that could not be read.
type Bad struct{ At Span }

// Span is the place in the query.
func (n *And) Span() Span { return n.At }

// Span is the place in the query.
func (n *Or) Span() Span { return n.At }

// Span is the place in the query.
func (n *Not) Span() Span { return n.At }

// Span is the place in the query.
func (n *Nested) Span() Span { return n.At }

// Span is the place in the query.
func (n *Range) Span() Span { return n.At }

// Span is the place in the query.
func (n *Is) Span() Span { return n.At }

// Span is the place in the query.
func (n *Value) Span() Span { return n.Literal.At }

// Span is the place in the query.
func (n *Text) Span() Span {
	if n.Literal != nil {
		return n.Literal.At
	}
	return n.At
}

// Span is the place in the query.
func (n *Bad) Span() Span { return n.At }

// Walk calls f for n and all that is below it, parents first.
func Walk(n Node, f func(Node)) {
	if n == nil {
		return
	}
	f(n)
	switch n := n.(type) {
	case *And:
		for _, i := range n.Items {
			Walk(i, f)
		}
	case *Or:
		for _, i := range n.Items {
			Walk(i, f)
		}
	case *Not:
		Walk(n.Item, f)
	case *Nested:
		Walk(n.Item, f)
	case *Is:
		Walk(n.Value, f)
	case *Text:
		Walk(n.Item, f)
	}
}
