// Package kql reads queries of the Kibana Query Language: text to a tree with byte spans. It knows nothing of fields,
// types and rule files, and does not evaluate.
//
// The grammar is Kibana's. Where the parser of elastic/detection-rules is stricter, a Problem says so with Strict: Kibana
// takes the text, but hardly in the way that its author meant.
package kql

// Span is a half-open range of byte offsets into the query.
type Span struct{ Start, End int }

// Node is an And, Or, Not, Nested, Range, Is or Text.
type Node interface{ Span() Span }

// Literal is a field name or a value.
type Literal struct {
	At     Span   // quotes included
	Text   string // escapes resolved
	Quoted bool
	Wild   bool // holds a * that is a wildcard
}

// Any reports whether the literal is a lone *, which asks for existence.
func (l *Literal) Any() bool { return l.Wild && l.Text == "*" }

// And and Or hold two or more operands, Not one. Below a field (Is.Value) their leaves are of type Value.
type (
	And struct {
		At    Span
		Items []Node
	}
	Or struct {
		At    Span
		Items []Node
	}
	Not struct {
		At   Span
		Item Node
	}
)

// Nested is field:{ query }; the names in the query are relative to the field.
type Nested struct {
	At    Span
	Field *Literal
	Item  Node
}

// Range is field < value, with <, <=, > or >=.
type Range struct {
	At    Span
	Field *Literal
	Op    string
	Value *Literal
}

// Is is field:value or field:(list).
type Is struct {
	At    Span
	Field *Literal
	Value Node
}

// Value is a value below a field.
type Value struct{ Literal *Literal }

// Text is a value without field: free text.
type Text struct{ Literal *Literal }

// Span of the nodes.
func (n *And) Span() Span    { return n.At }
func (n *Or) Span() Span     { return n.At }
func (n *Not) Span() Span    { return n.At }
func (n *Nested) Span() Span { return n.At }
func (n *Range) Span() Span  { return n.At }
func (n *Is) Span() Span     { return n.At }
func (n *Value) Span() Span  { return n.Literal.At }
func (n *Text) Span() Span   { return n.Literal.At }

// Kind tells what is wrong.
type Kind uint8

// Kinds of problems.
const (
	_            Kind = iota
	Syntax            // not KQL: the tree ends here
	KeywordSpace      // no blank beside and, or, not
	Strict            // Kibana takes it, but hardly as it was meant
	Escape            // \t, \r or \n in what looks like a path
)

// Problem is something wrong with a query. Edit is text to insert at Span.Start, if that repairs it for certain.
type Problem struct {
	Kind    Kind
	Span    Span
	Message string // one line, lower case
	Hint    string
	Insert  string
	At      int // where Insert goes
}

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
	}
}
