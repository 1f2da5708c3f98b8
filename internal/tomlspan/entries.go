package tomlspan

import (
	"bytes"
	"strings"

	"github.com/rulevet/rulevet/source"
)

// Edits of keys, values and lists that keep every other byte. A nil result means that the edit cannot be made.

// File is a document whose entries are edited.
type File interface {
	Lookup(path ...any) *Node
	Index() *source.Lines
}

// SetString replaces the value of a string node.
func SetString(n *Node, value string) []Edit {
	t := n.Text()
	if t == nil {
		return nil
	}
	edits, err := t.Edits(source.ValueEdit{Start: 0, End: len(t.Value), New: value})
	if err != nil {
		return nil
	}
	return edits
}

// ReplaceText replaces a part of the value of a string node.
func ReplaceText(n *Node, start, end int, text string) []Edit {
	edits, err := n.Text().Edits(source.ValueEdit{Start: start, End: end, New: text})
	if err != nil {
		return nil
	}
	return edits
}

// SetKey sets a key of a top-level table to a TOML value: it replaces the value or inserts a line, before the first
// plain entry with a greater key or after the last plain entry.
func SetKey(f File, table, key, value string) []Edit {
	t := f.Lookup(table)
	if t == nil || t.Kind != source.TableNode || t.Inline {
		return nil
	}
	if n := t.Get(key); n != nil {
		return []Edit{{Span: n.Span, New: value}}
	}
	if rest := bytes.TrimLeft(f.Index().Src[t.KeySpan.End:], " \t"); len(rest) == 0 || rest[0] != ']' {
		return nil // the table has no header of its own: [[rule.threat]] or rule.name = … made it
	}
	eol := f.Index().LineBreak()
	var last *Node
	for _, c := range t.Children {
		if !PlainEntry(c) || c.Entry.Start < t.Entry.Start {
			continue
		}
		if c.Key > key && f.Index().LineSpan(c.Entry.Start).Start == c.Entry.Start {
			return []Edit{{Span: Span{Start: c.Entry.Start, End: c.Entry.Start}, New: key + " = " + value + eol}}
		}
		last = c
	}
	at := t.Span.End
	if last != nil {
		at = last.Entry.End
	}
	at = LineEnd(f.Index().Src, at)
	return []Edit{{Span: Span{Start: at, End: at}, New: eol + key + " = " + value}}
}

// PlainEntry reports whether a node is written "key = value" in its table.
func PlainEntry(n *Node) bool {
	return n.KeySpan != Span{} && n.Entry.Start == n.KeySpan.Start && n.Span.Start > n.KeySpan.End
}

// DeleteEntry removes "key = value" with its line, if nothing else stands there.
func DeleteEntry(f File, n *Node) []Edit {
	if n == nil || !PlainEntry(n) {
		return nil
	}
	return []Edit{{Span: WholeLines(f, n.Entry)}}
}

// WholeLines widens a span to its lines, line break included, if nothing but blanks stands beside it.
func WholeLines(f File, s Span) Span {
	start, end := f.Index().LineSpan(s.Start).Start, f.Index().LineSpan(s.End).End
	if end < s.End {
		return s // it ends within a line break
	}
	if len(bytes.TrimSpace(f.Index().Src[start:s.Start])) > 0 || len(bytes.TrimSpace(f.Index().Src[s.End:end])) > 0 {
		return s
	}
	if end < len(f.Index().Src) && f.Index().Src[end] == '\r' {
		end++
	}
	if end < len(f.Index().Src) && f.Index().Src[end] == '\n' {
		end++
	}
	return Span{Start: start, End: end}
}

// LineStart is where the line of an offset starts.
func LineStart(src []byte, at int) int { return bytes.LastIndexByte(src[:at], '\n') + 1 }

// LineEnd is the end of the line without its line break.
func LineEnd(src []byte, at int) int {
	i := bytes.IndexByte(src[at:], '\n')
	if i < 0 {
		return len(src)
	}
	if at += i; at > 0 && src[at-1] == '\r' {
		at--
	}
	return at
}

// AppendStrings adds strings to an array, in the layout of its last element.
func AppendStrings(f File, n *Node, values ...string) []Edit {
	if n == nil || n.Kind != source.ArrayNode || len(values) == 0 {
		return nil
	}
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = QuoteString(v)
	}
	if len(n.Children) == 0 {
		if string(f.Index().Src[n.Span.Start:n.Span.End]) != "[]" {
			return nil
		}
		return []Edit{{Span: n.Span, New: List(quoted)}}
	}
	last := n.Children[len(n.Children)-1]
	comma := CommaAfter(f, last.Span.End, n.Span.End)
	start := f.Index().LineSpan(last.Span.Start).Start
	if indent := f.Index().Src[start:last.Span.Start]; len(bytes.TrimSpace(indent)) == 0 {
		return appendLines(f, last, comma, string(indent), quoted)
	}
	text := ", " + strings.Join(quoted, ", ")
	return []Edit{{Span: Span{Start: last.Span.End, End: last.Span.End}, New: text}}
}

// appendLines adds elements on lines of their own behind the line of the last one.
func appendLines(f File, last *Node, comma int, indent string, quoted []string) []Edit {
	var edits []Edit
	eol, end := f.Index().LineBreak(), ","
	at := last.Span.End
	if comma < 0 {
		edits = append(edits, Edit{Span: Span{Start: at, End: at}, New: ","})
		end = ""
	} else {
		at = comma
	}
	at = LineEnd(f.Index().Src, at)
	if i := bytes.IndexByte(f.Index().Src[last.Span.End:at], ']'); i >= 0 && comma < 0 {
		at = last.Span.End // the bracket closes on this line
	}
	text := eol + indent + strings.Join(quoted, ","+eol+indent) + end
	return append(edits, Edit{Span: Span{Start: at, End: at}, New: text})
}

// CommaAfter finds the comma between an element and the next or the closing bracket, -1 if there is none.
func CommaAfter(f File, from, to int) int {
	for i := from; i < to; i++ {
		switch f.Index().Src[i] {
		case ',':
			return i
		case '#':
			i = LineEnd(f.Index().Src, i)
		case ' ', '\t', '\r', '\n':
		default:
			return -1
		}
	}
	return -1
}

// RemoveElement deletes an element of an array with its comma, and its line if it stands alone.
func RemoveElement(f File, n *Node, i int) []Edit {
	e := n.At(i)
	if e == nil {
		return nil
	}
	s := e.Span
	if comma := CommaAfter(f, s.End, n.Span.End); comma >= 0 {
		s.End = comma + 1
	} else if i > 0 {
		if prev := CommaAfter(f, n.Children[i-1].Span.End, s.Start); prev >= 0 {
			if strings.Trim(string(f.Index().Src[prev+1:s.Start]), " \t") == "" {
				return []Edit{{Span: Span{Start: prev, End: s.End}}}
			}
			return []Edit{{Span: Span{Start: prev, End: prev + 1}}, {Span: WholeLines(f, s)}}
		}
	}
	if w := WholeLines(f, s); w != s {
		return []Edit{{Span: w}}
	}
	for s.End < len(f.Index().Src) && f.Index().Src[s.End] == ' ' {
		s.End++
	}
	return []Edit{{Span: s}}
}

// InsertAfter adds a string behind an element of an array, on a line of its own if the element stands on one.
func InsertAfter(f File, element *Node, value string) []Edit {
	sep := ", "
	start := f.Index().LineSpan(element.Span.Start).Start
	if indent := f.Index().Src[start:element.Span.Start]; len(bytes.TrimSpace(indent)) == 0 {
		sep = "," + f.Index().LineBreak() + string(indent)
	}
	return []Edit{{Span: Span{Start: element.Span.End, End: element.Span.End}, New: sep + QuoteString(value)}}
}
