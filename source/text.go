package source

import (
	"fmt"
	"sort"
	"unicode/utf8"
)

// Spelling is how a document writes its strings.
type Spelling struct {
	// Doc is the text of the document as it was parsed: offsets in it are those of the document.
	Doc string
	// Segments tells how the value of the string that stands at a span lies in the document. They tile the content, values ascending.
	Segments func(doc string, at Span, value string) []Segment
	// Edits turns edits of a value, which lie within it between whole characters, into edits of the document, or says why they cannot
	// be made.
	Edits func(t *Text, edits []ValueEdit) ([]Edit, error)
}

// Segment is a piece of a string: a run that stands in the document as it is (equal lengths), an escape, or a continuation of the
// line, which has no value.
type Segment struct{ Value, At, ValueLen, Len int }

// Verbatim reports whether the segment stands in the document as it is: an escape is always longer than what it means.
func (s Segment) Verbatim() bool { return s.ValueLen == s.Len }

// Text is a string value with the map from offsets in the value to offsets in the document.
type Text struct {
	Value string // what the string stands for, escapes resolved
	Span  Span   // the literal, quotes included

	segments []Segment
	spelling *Spelling
}

// ValueEdit replaces the bytes Start to End of a string's value by New.
type ValueEdit struct {
	Start, End int    // bytes of the value that are replaced, half open
	New        string // text that comes there, without escapes
}

// Text returns a string node's value with its offset map; nil for other nodes.
func (n *Node) Text() *Text {
	if n == nil || n.Kind != StringNode || n.Spelling == nil {
		return nil
	}
	return &Text{Value: n.Str, Span: n.Span, segments: n.Spelling.Segments(n.Spelling.Doc, n.Span, n.Str), spelling: n.Spelling}
}

// Literal is the string as the document writes it, quotes included.
func (t *Text) Literal() string { return t.spelling.Doc[t.Span.Start:t.Span.End] }

// Edits turns edits of the value into edits of the document, escaped as this string's form needs. It is an error if the
// form cannot express the new text (a quote in '…', say), or if edits overlap or split a character. Line breaks in
// New take the form of the document's.
func (t *Text) Edits(edits ...ValueEdit) ([]Edit, error) {
	for _, e := range edits {
		if e.Start < 0 || e.End < e.Start || e.End > len(t.Value) {
			return nil, fmt.Errorf("edit %d:%d is outside the value of %d bytes", e.Start, e.End, len(t.Value))
		}
		if !t.boundary(e.Start) || !t.boundary(e.End) {
			return nil, fmt.Errorf("edit %d:%d splits a character", e.Start, e.End)
		}
	}
	return t.spelling.Edits(t, edits)
}

// boundary reports whether a value offset lies between two characters.
func (t *Text) boundary(at int) bool {
	return at == len(t.Value) || utf8.RuneStart(t.Value[at])
}

// FileSpan converts a range of the value to a range of the document. Escapes that the range touches are covered whole.
// Ranges outside the value are moved to its ends.
func (t *Text) FileSpan(start, end int) Span {
	start = max(0, min(start, len(t.Value)))
	end = max(start, min(end, len(t.Value)))
	s := Span{Start: t.fileStart(start)}
	s.End = s.Start
	if end > start {
		s.End = t.fileEnd(end)
	}
	return s
}

// fileStart is where the byte at a value offset starts in the document; the end of the content for the value's length.
func (t *Text) fileStart(at int) int {
	i := sort.Search(len(t.segments), func(i int) bool { return t.segments[i].Value+t.segments[i].ValueLen > at })
	if i == len(t.segments) {
		if i == 0 {
			return t.Span.Start
		}
		last := t.segments[i-1]
		return last.At + last.Len
	}
	if s := t.segments[i]; s.Verbatim() {
		return s.At + at - s.Value
	}
	return t.segments[i].At
}

// fileEnd is where the byte before a value offset ends in the document.
func (t *Text) fileEnd(at int) int {
	i := sort.Search(len(t.segments), func(i int) bool { return t.segments[i].Value+t.segments[i].ValueLen >= at })
	s := t.segments[i]
	if s.Verbatim() {
		return s.At + at - s.Value
	}
	return s.At + s.Len
}

// ValueOffset is the inverse of FileSpan: the offset in the value of the byte at a file offset. Inside an escape it is
// the offset of what the escape stands for; inside a line continuation the offset of what follows. It reports false
// for offsets outside the content; the end of the content counts as inside.
func (t *Text) ValueOffset(file int) (int, bool) {
	i := sort.Search(len(t.segments), func(i int) bool { return t.segments[i].At+t.segments[i].Len > file })
	if i == len(t.segments) {
		if i > 0 && file == t.segments[i-1].At+t.segments[i-1].Len {
			return len(t.Value), true
		}
		return 0, false
	}
	s := t.segments[i]
	switch {
	case file < s.At:
		return 0, false
	case s.Verbatim():
		return s.Value + file - s.At, true
	default:
		return s.Value, true
	}
}
