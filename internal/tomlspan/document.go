// Package tomlspan knows TOML as text: it reads a document to a key tree with the byte span of every key and value, says what is
// wrong in terms of what a person did, and makes edits that keep every other byte. Rule files, cases.toml and the configuration
// are read and repaired by it. It is the only package that knows go-toml's unstable parser.
package tomlspan

import (
	"github.com/rulevet/rulevet/source"
)

// Limits of a document. Beyond each there is an Error, and what stands before it is read.
const (
	MaxSize   = 8 << 20 // bytes; the largest real rule has 54 KB
	MaxDepth  = 100     // tables and arrays inside one another; real rules need 8
	MaxErrors = 100     // of one document
)

// Document is a text that was read as TOML. Of one that is not valid, Root holds what was read before the error.
type Document struct {
	*source.Lines // of the text as it was given

	Text     string // the text with a byte order mark and invalid bytes blanked, same length: what was parsed
	Root     *Node  // the document, a table
	Comments []source.Comment
	Errors   []Error // in the order of their places
	// Truncated says that an error ended reading before the end of the text: keys may be missing from Root that stand in it.
	Truncated bool
}

// Kind is what is wrong with a document.
type Kind uint8

// Kinds of errors. Those of the grammar end reading.
const (
	TooLarge    Kind = iota // more bytes than MaxSize, or nested deeper than MaxDepth
	Encoding                // not UTF-8
	Mark                    // a byte order mark
	Duplicate               // a key or table that is there already
	Conflicting             // a key that is something else already
	BadValue                // a number out of range, a date that is none

	Syntax           // of the grammar, and nothing below
	UnclosedString   // no closing quotes, or too many
	BadEscape        // a backslash and what TOML does not know
	ControlCharacter // that must not stand here
	WrongQuote       // a typographic one
	StrayQuotes      // three where a key should be
	Unclosed         // array or inline table
	NoValue          // behind an equals sign
	NotAValue        // a word
	MissingComma     // between elements
	BadHeader        // of a table
	BehindValue      // text where the line should end
	NotAnEntry       // no key with an equals sign
)

// Grammar reports whether the text is no TOML where the error is.
func (k Kind) Grammar() bool { return k >= Syntax }

// Error is something wrong with a document, at a place of it.
type Error struct {
	Kind    Kind
	Span    Span
	Message string // one line, lower case
	Hint    string // what to do; may be empty
	Related []source.Related
	Fix     *Fix // nil if no repair is certain
}

// Fix is a repair: a verb phrase and its edits.
type Fix struct {
	Message string
	Safe    bool // nothing else is meant by the text
	Edits   []Edit
}

// Parse reads a document, and keeps src, whose bytes may not change afterwards. It never fails: problems are in Errors. Keys and tables that are defined twice keep their first value.
func Parse(src []byte) *Document {
	d := &Document{Lines: source.NewLines(src)}
	d.Root = &Node{Kind: source.TableNode, Form: source.FromHeader, Span: Span{Start: 0, End: len(src)}, Entry: Span{Start: 0, End: len(src)}}
	text, errs, ok := Decode(src, MaxSize, true)
	d.Text, d.Errors = text, errs
	if !ok {
		d.Truncated = true
		return d
	}
	d.Root.Spelling = &source.Spelling{Doc: d.Text, Segments: Segments, Edits: editValue}
	d.read()
	return d
}

// Segments is how a string of TOML or JSON lies in its document: see source.Spelling.
func Segments(doc string, at Span, _ string) []source.Segment {
	_, segs := DecodeLiteral(doc[at.Start:at.End], at.Start)
	return segs
}

// Index is the index of the document's lines.
func (d *Document) Index() *source.Lines { return d.Lines }

// Lookup follows keys (string) and indexes (int) from the root; see Node.Lookup.
func (d *Document) Lookup(path ...any) *Node { return d.Root.Lookup(path...) }
