package source

import (
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Kind is the type of a Node. The zero value is invalid: a value that could not be read.
type Kind uint8

// Kinds of nodes. ArrayNode covers arrays of tables too.
const (
	_ Kind = iota
	TableNode
	ArrayNode
	StringNode
	IntegerNode
	FloatNode
	BoolNode
	DateNode
	NullNode // JSON and YAML have it, TOML does not
)

// String names the type as TOML does.
func (k Kind) String() string {
	switch k {
	case TableNode:
		return "a table"
	case ArrayNode:
		return "an array"
	case StringNode:
		return "a string"
	case IntegerNode:
		return "an integer"
	case FloatNode:
		return "a float"
	case BoolNode:
		return "a boolean"
	case DateNode:
		return "a date"
	case NullNode:
		return "null"
	}
	return "invalid"
}

// Form tells how a node came to be, which decides what may extend it (TOML 1.0, "Table" and "Array of Tables"). Nodes of JSON and
// YAML are all FromValue.
type Form uint8

// Forms of nodes.
const (
	FromValue     Form = iota // a value, inline tables and arrays included: closed
	FromHeader                // [a.b]: b
	FromSubheader             // [a.b]: a, until it gets a header of its own
	FromDotted                // a.b = 1: a
	FromArrayHead             // [[a]]: the array
)

// Node is one value of the key tree of a document: of TOML, JSON or YAML.
type Node struct {
	Kind     Kind      // type of the value
	Key      string    // last part of its key; empty for array elements and the root
	KeySpan  Span      // that part of the key, quotes included; zero for array elements
	Span     Span      // the value, quotes and brackets included; of a [table] its header, of a dotted key's table that part of the key
	Entry    Span      // key to end of value ("key = value"); of a [table] from the header to the last byte of its last entry, sub-tables included
	Str      string    // StringNode: the decoded value; DateNode: the text
	Int      int64     // IntegerNode: the value
	Float    float64   // FloatNode: the value
	Bool     bool      // BoolNode: the value
	Inline   bool      // { … } or [ … ]
	Form     Form      // how the document makes it
	Children []*Node   // entries of a table in source order, elements of an array
	Spelling *Spelling // of its document; nil for a node that stands in none, which has no Text

	index atomic.Pointer[keyIndex]
}

// Comment is a comment of a document, "#" included.
type Comment struct {
	Text string // as written, with its sign
	Span Span   // place in the file
}

// Value is the node as Go values: map[string]any, []any, string (of a date its text), int64, float64, bool; nil for a value that is
// not valid.
func (n *Node) Value() any {
	switch n.Kind {
	case TableNode:
		m := make(map[string]any, len(n.Children))
		for _, c := range n.Children {
			m[c.Key] = c.Value()
		}
		return m
	case ArrayNode:
		list := make([]any, len(n.Children))
		for i, c := range n.Children {
			list[i] = c.Value()
		}
		return list
	case StringNode, DateNode:
		return n.Str
	case IntegerNode:
		return n.Int
	case FloatNode:
		return n.Float
	case BoolNode:
		return n.Bool
	}
	return nil
}

// Get returns the child of a table, or nil. It may be called on nil.
func (n *Node) Get(key string) *Node {
	if n == nil {
		return nil
	}
	if len(n.Children) > manyKeys {
		return n.find(key)
	}
	for _, c := range n.Children {
		if c.Key == key {
			return c
		}
	}
	return nil
}

// manyKeys is the number of keys from which on a table keeps an index of them.
const manyKeys = 64

// find looks a key up in a large table.
func (n *Node) find(key string) *Node {
	t := n.index.Load()
	if t == nil || t.keys != len(n.Children) {
		t = &keyIndex{len(n.Children), make(map[string]*Node, len(n.Children))}
		for _, c := range slices.Backward(n.Children) {
			t.byKey[c.Key] = c
		}
		n.index.Store(t)
	}
	return t.byKey[key]
}

// keyIndex holds the first child of each key.
type keyIndex struct {
	keys  int // children when it was made: the parser asks while it adds more
	byKey map[string]*Node
}

// At returns an element of an array, or nil. It may be called on nil.
func (n *Node) At(i int) *Node {
	if n == nil || n.Kind != ArrayNode || i < 0 || i >= len(n.Children) {
		return nil
	}
	return n.Children[i]
}

// Lookup follows keys (string) and indexes (int): n.Lookup("rule", "threat", 0, "tactic", "id"). It returns nil if the path
// leads nowhere, and may be called on nil.
func (n *Node) Lookup(path ...any) *Node {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			n = n.Get(p)
		case int:
			n = n.At(p)
		}
	}
	return n
}

// Strings returns the strings of an array, leaving out other elements; of a string, a list of that one.
func (n *Node) Strings() []string {
	if n == nil {
		return nil
	}
	if n.Kind == StringNode {
		return []string{n.Str}
	}
	if n.Kind != ArrayNode || len(n.Children) == 0 {
		return nil
	}
	out := make([]string, 0, len(n.Children))
	for _, c := range n.Children {
		if c.Kind == StringNode {
			out = append(out, c.Str)
		}
	}
	return out
}

// dateLayouts are the TOML date and time forms in Go's notation; fractions of a second are accepted by time.Parse.
var dateLayouts = [...]string{
	"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02", "15:04:05",
	"2006-01-02T15:04Z07:00", "2006-01-02T15:04", "15:04",
}

// Time returns the value of a DateNode, as far as its TOML form says: a local date or time is given in UTC.
func (n *Node) Time() (time.Time, bool) {
	if n == nil || n.Kind != DateNode {
		return time.Time{}, false
	}
	s := strings.ToUpper(strings.Replace(n.Str, " ", "T", 1))
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// Describe names the type of a node and the form that it has in the document: "an array of tables", "an inline table".
func (n *Node) Describe() string {
	switch {
	case n.Form == FromArrayHead:
		return "an array of tables"
	case n.Form == FromDotted:
		return "a table made by dotted keys"
	case n.Kind == TableNode && n.Inline:
		return "an inline table"
	case n.Kind == TableNode:
		return "a table"
	}
	return n.Kind.String()
}
