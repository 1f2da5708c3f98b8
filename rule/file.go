// Package rule reads one detection rule file: TOML bytes to a File with the byte span of every key and value, a typed
// Rule, and a map from query offsets to file offsets. It knows nothing of EQL, schemas, ATT&CK or checks.
package rule

import (
	"slices"
	"sync"
	"sync/atomic"
)

// File is a rule file. A file that is not valid TOML still has Src and positions; Root then holds what was read before
// the error.
type File struct {
	Path     string // as given
	Src      []byte
	Root     *Node // the document, a table
	Rule     *Rule // never nil; zero members where the file lacks them or has another type
	Metadata *Metadata
	Comments []Comment
	Query    *Text // the text of rule.query; nil without one
	// Truncated says that a syntax error ended reading before the end of the file: keys may be missing from Root that
	// stand in Src.
	Truncated bool
	Format    Format // how the file is written
	// Record is the 1-based number of the rule's record in a file that may hold several, as an export; 0 for a file of
	// one rule. Src, Path and all spans are those of the whole file.
	Record int

	whole     *File  // of a record: the file it stands in, which has the line starts
	text      string // Src with a byte order mark and invalid bytes blanked, same length: what was parsed
	lineOnce  sync.Once
	lineStart []int // see lineStarts
	runesOnce sync.Once
	runes     []int // see runesBefore
}

// Format tells how a rule file is written.
type Format uint8

// Formats of rule files. Only TOML files are repaired and laid out; the others are read.
const (
	TOML Format = iota
	JSON        // one rule, several as Kibana's export has them, or an answer of its API
	YAML
)

// String is the name of the format.
func (f Format) String() string { return [...]string{"TOML", "JSON", "YAML"}[f] }

// Comment is a TOML comment, "#" included.
type Comment struct {
	Text string
	Span Span
}

// NodeKind is the TOML type of a Node. The zero value is invalid.
type NodeKind uint8

// Kinds of nodes. Array covers arrays of tables too.
const (
	_ NodeKind = iota
	TableNode
	ArrayNode
	StringNode
	IntegerNode
	FloatNode
	BoolNode
	DateNode
	NullNode // JSON and YAML; left out of the tables of a rule
)

// Node is one value of the file's key tree.
type Node struct {
	Kind     NodeKind
	Key      string // last part of its key; empty for array elements and the root
	KeySpan  Span   // that part of the key, quotes included; zero for array elements
	Span     Span   // the value, quotes and brackets included; of a [table] its header, of a dotted key's table that part of the key
	Entry    Span   // key to end of value ("key = value"); of a [table] from the header to the last byte of its last entry, sub-tables included
	Str      string // StringNode: the decoded value; DateNode: the text
	Int      int64
	Float    float64
	Bool     bool
	Inline   bool    // { … } or [ … ]
	Children []*Node // entries of a table in source order, elements of an array

	origin origin
	file   *File
	index  atomic.Pointer[keyIndex]
}

// Value is the node as Go values: map[string]any, []any, string (of a date its text), int64, float64, bool; nil for a value that is
// not valid TOML.
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

// Lookup follows keys (string) and indexes (int) from the root: f.Lookup("rule", "threat", 0, "tactic", "id").
// It returns nil if the path leads nowhere.
func (f *File) Lookup(path ...any) *Node {
	n := f.Root
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

// String names the type as TOML does.
func (k NodeKind) String() string {
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
