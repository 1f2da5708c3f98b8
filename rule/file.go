// Package rule reads one detection rule file: TOML bytes to a File with the byte span of every key and value, a typed
// Rule, and a map from query offsets to file offsets. It knows nothing of EQL, schemas, ATT&CK or checks.
package rule

import (
	"sync"

	"github.com/rulevet/rulevet/source"
)

// File is a rule file. A file that is not valid TOML still has Src and positions; Root then holds what was read before
// the error.
type File struct {
	Path     string    // as given
	Src      []byte    // as given: its bytes may not change as long as the File is used
	Root     *Node     // the document, a table
	Rule     *Rule     // never nil; zero members where the file lacks them or has another type
	Metadata *Metadata // the [metadata] table; nil if the file has none
	Comments []Comment // in file order
	Query    *Text     // the text of rule.query; nil without one
	// Truncated says that a syntax error ended reading before the end of the file: keys may be missing from Root that
	// stand in Src.
	Truncated bool
	Format    Format // how the file is written
	// Record is the 1-based number of the rule's record in a file that may hold several, as an export; 0 for a file of
	// one rule. Src, Path and all spans are those of the whole file.
	Record int

	text  string // Src with a byte order mark and invalid bytes blanked, same length: what was parsed
	once  sync.Once
	index *source.Lines // of Src; one for all records of a file
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

// The key tree of a file, and the texts in it, are those of package source.
type (
	Node      = source.Node      // one value of the file's key tree
	NodeKind  = source.Kind      // the type of a Node
	Comment   = source.Comment   // a TOML comment, "#" included
	Text      = source.Text      // a string value with the map from offsets in the value to offsets in the file
	ValueEdit = source.ValueEdit // a change of a part of such a value
)

// Kinds of nodes.
const (
	TableNode   = source.TableNode
	ArrayNode   = source.ArrayNode // arrays of tables too
	StringNode  = source.StringNode
	IntegerNode = source.IntegerNode
	FloatNode   = source.FloatNode
	BoolNode    = source.BoolNode
	DateNode    = source.DateNode
	NullNode    = source.NullNode // JSON and YAML; left out of the tables of a rule
)

// Lookup follows keys (string) and indexes (int) from the root: f.Lookup("rule", "threat", 0, "tactic", "id").
// It returns nil if the path leads nowhere.
func (f *File) Lookup(path ...any) *Node { return f.Root.Lookup(path...) }

// Index is the index of the file's lines. A file of several rules has one for all.
func (f *File) Index() *source.Lines {
	f.once.Do(func() {
		if f.index == nil { // of a File that nothing was read into
			f.index = source.NewLines(f.Src)
		}
	})
	return f.index
}

// LineBreak is the line break that the file uses, as its first line tells.
func (f *File) LineBreak() string { return f.Index().LineBreak() }

// LineSpan is the line of an offset, without its line ending.
func (f *File) LineSpan(offset int) Span { return f.Index().LineSpan(offset) }

// Position converts a byte offset. Offsets outside the file are moved to its ends. A byte order mark has no column.
func (f *File) Position(offset int) Position { return f.Index().Position(offset) }

// Offset is the inverse of Position: the byte offset of a line and column, both from 1. A column beyond the line's end
// gives its end. It reports false for a line that does not exist or a column below 1.
func (f *File) Offset(line, column int) (int, bool) { return f.Index().Offset(line, column) }

// Lines returns the number of lines; an empty file has one.
func (f *File) Lines() int { return f.Index().Count() }

// Line returns the text of a line (from 1) without its line ending, or "".
func (f *File) Line(line int) string { return f.Index().Line(line) }

// Slice returns the text of a span; parts outside the file are left out.
func (f *File) Slice(s Span) string { return f.Index().Slice(s) }
