package rule

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Text is a string value with the map from offsets in the value to offsets in the file.
type Text struct {
	Value string
	Span  Span // the literal, quotes included

	// segments tile the content: runs that stand in the file as they are (equal lengths), escapes, and line
	// continuations (no value). Values ascend.
	segments []segment
	file     *File
}

type segment struct{ value, file, valueLen, fileLen int }

// verbatim reports whether the segment stands in the file as it is: an escape is always longer than what it means.
func (s segment) verbatim() bool { return s.valueLen == s.fileLen }

// Text returns a string node's value with its offset map; nil for other nodes.
func (n *Node) Text() *Text {
	if n == nil || n.Kind != StringNode {
		return nil
	}
	t := &Text{Value: n.Str, Span: n.Span, file: n.file}
	if n.file.Format == YAML {
		t.segments, _ = alignYAML(n.file.text, n.Span.Start, n.Str)
		return t
	}
	raw := n.file.text[n.Span.Start:n.Span.End]
	_, t.segments = decodeLiteral(raw, n.Span.Start)
	return t
}

// delimiters returns the lengths of a string literal's opening (with the line break that TOML drops) and closing
// quotes.
func delimiters(raw string) (open, shut int) {
	if len(raw) < 6 || (raw[:3] != `"""` && raw[:3] != `'''`) {
		return 1, 1
	}
	switch {
	case strings.HasPrefix(raw[3:], "\r\n"):
		return 5, 3
	case raw[3] == '\n':
		return 4, 3
	}
	return 3, 3
}

// decodeLiteral returns the value of a valid TOML string literal that stands at offset base, and its segments.
func decodeLiteral(raw string, base int) (string, []segment) {
	open, shut := delimiters(raw)
	content := raw[open : len(raw)-shut]
	base += open
	if raw[0] == '\'' || strings.IndexByte(content, '\\') < 0 {
		return content, []segment{{0, base, len(content), len(content)}}
	}
	var value strings.Builder
	segs := make([]segment, 0, 1+2*strings.Count(content, `\`))
	for i := 0; i < len(content); {
		n, out := strings.IndexByte(content[i:], '\\'), ""
		switch {
		case n < 0:
			n = len(content) - i
			out = content[i:]
		case n > 0:
			out = content[i : i+n]
		default:
			n, out = decodeEscape(content[i:])
		}
		segs = append(segs, segment{value.Len(), base + i, len(out), n})
		value.WriteString(out)
		i += n
	}
	if len(segs) == 0 {
		segs = append(segs, segment{0, base, 0, 0})
	}
	return value.String(), segs
}

// decodeEscape returns the length of the escape or line continuation at the start of s and what it stands for. An
// escape that TOML does not know, which the parser has refused before, stands for itself.
func decodeEscape(s string) (length int, value string) {
	if len(s) < 2 {
		return len(s), s
	}
	digits := 0
	switch s[1] {
	case 'b':
		return 2, "\b"
	case 'f':
		return 2, "\f"
	case 'n':
		return 2, "\n"
	case 'r':
		return 2, "\r"
	case 't':
		return 2, "\t"
	case 'e':
		return 2, "\x1b"
	case '"', '\\', '/': // the last is JSON's
		return 2, s[1:2]
	case 'x':
		digits = 2
	case 'u':
		if high, ok := hex4(s); ok && utf16.IsSurrogate(high) { // JSON: two escapes make one character
			if low, ok := hex4(s[6:]); ok {
				return 12, string(utf16.DecodeRune(high, low))
			}
		}
		digits = 4
	case 'U':
		digits = 8
	case ' ', '\t', '\n', '\r':
		return len(s) - len(strings.TrimLeft(s[1:], " \t\r\n")), ""
	}
	if digits > 0 && len(s) >= 2+digits {
		if code, err := strconv.ParseUint(s[2:2+digits], 16, 32); err == nil {
			return 2 + digits, string(rune(code))
		}
	}
	return 2, s[:2]
}

// FileSpan converts a range of the value to a range of the file. Escapes that the range touches are covered whole.
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

// fileStart is where the byte at a value offset starts in the file; the end of the content for the value's length.
func (t *Text) fileStart(at int) int {
	i := sort.Search(len(t.segments), func(i int) bool { return t.segments[i].value+t.segments[i].valueLen > at })
	if i == len(t.segments) {
		if i == 0 {
			return t.Span.Start
		}
		last := t.segments[i-1]
		return last.file + last.fileLen
	}
	if s := t.segments[i]; s.verbatim() {
		return s.file + at - s.value
	}
	return t.segments[i].file
}

// fileEnd is where the byte before a value offset ends in the file.
func (t *Text) fileEnd(at int) int {
	i := sort.Search(len(t.segments), func(i int) bool { return t.segments[i].value+t.segments[i].valueLen >= at })
	s := t.segments[i]
	if s.verbatim() {
		return s.file + at - s.value
	}
	return s.file + s.fileLen
}

// ValueOffset is the inverse of FileSpan: the offset in the value of the byte at a file offset. Inside an escape it is
// the offset of what the escape stands for; inside a line continuation the offset of what follows. It reports false
// for offsets outside the content; the end of the content counts as inside.
func (t *Text) ValueOffset(file int) (int, bool) {
	i := sort.Search(len(t.segments), func(i int) bool { return t.segments[i].file+t.segments[i].fileLen > file })
	if i == len(t.segments) {
		if i > 0 && file == t.segments[i-1].file+t.segments[i-1].fileLen {
			return len(t.Value), true
		}
		return 0, false
	}
	s := t.segments[i]
	switch {
	case file < s.file:
		return 0, false
	case s.verbatim():
		return s.value + file - s.file, true
	default:
		return s.value, true
	}
}

// ValueEdit replaces the bytes Start to End of a string's value by New.
type ValueEdit struct {
	Start, End int
	New        string
}

// Edits turns edits of the value into edits of the file, escaped as this string's form needs. It is an error if the
// form cannot express the new text (a quote in '…', say), or if edits overlap or split a character. Line breaks in
// New take the form of the file's.
func (t *Text) Edits(edits ...ValueEdit) ([]Edit, error) {
	if t.file.Format != TOML {
		return nil, fmt.Errorf("only TOML files are edited, this one is %s", t.file.Format)
	}
	raw := t.file.text[t.Span.Start:t.Span.End]
	asEdits := make([]Edit, len(edits))
	out := make([]Edit, len(edits))
	for i, e := range edits {
		if e.Start < 0 || e.End < e.Start || e.End > len(t.Value) {
			return nil, fmt.Errorf("edit %d:%d is outside the value of %d bytes", e.Start, e.End, len(t.Value))
		}
		if !t.boundary(e.Start) || !t.boundary(e.End) {
			return nil, fmt.Errorf("edit %d:%d splits a character", e.Start, e.End)
		}
		if strings.Contains(raw, "\r\n") {
			e.New = strings.ReplaceAll(strings.ReplaceAll(e.New, "\r\n", "\n"), "\n", "\r\n")
		}
		asEdits[i] = Edit{Span{Start: e.Start, End: e.End}, e.New}
		out[i] = Edit{t.FileSpan(e.Start, e.End), escapeFor(raw, e.New)}
	}
	return out, t.verify(raw, asEdits, out)
}

// boundary reports whether a value offset lies between two characters.
func (t *Text) boundary(at int) bool {
	return at == len(t.Value) || utf8.RuneStart(t.Value[at])
}

// verify makes the edits and reads the literal again: what it says must be the value with the edits made.
func (t *Text) verify(raw string, asEdits, out []Edit) error {
	want, err := Apply([]byte(t.Value), asEdits)
	if err != nil {
		return err
	}
	local := make([]Edit, len(out))
	for i, e := range out {
		local[i] = Edit{Span{Start: e.Span.Start - t.Span.Start, End: e.Span.End - t.Span.Start}, e.New}
	}
	literal, err := Apply([]byte(raw), local)
	if err != nil {
		return err
	}
	f, diags := Parse("", append([]byte("k = "), literal...))
	if n := f.Lookup("k"); len(diags) > 0 || len(f.Root.Children) != 1 || n == nil || n.Str != string(want) {
		return fmt.Errorf("a string in %s cannot hold the new text", quotesOf(raw))
	}
	return nil
}

func quotesOf(raw string) string {
	if open, _ := delimiters(raw); open >= 3 {
		return raw[:3] + "…" + raw[:3]
	}
	return raw[:1] + "…" + raw[:1]
}

// escapeFor writes text as the content of a literal of the same form as raw. Literal strings know no escapes.
func escapeFor(raw, text string) string {
	if raw[0] == '\'' {
		return text
	}
	_, shut := delimiters(raw)
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '"' && shut == 1 || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '"':
			b.WriteString(`\"`)
		case r == '\n' && shut == 3, r == '\r' && shut == 3, r == '\t' && shut == 3:
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
