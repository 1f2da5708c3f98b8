package tomlspan

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/rulevet/rulevet/source"
)

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

// DecodeLiteral returns the value of a valid string literal of TOML or JSON that stands at offset base, and its segments.
func DecodeLiteral(raw string, base int) (string, []source.Segment) {
	open, shut := delimiters(raw)
	content := raw[open : len(raw)-shut]
	base += open
	if raw[0] == '\'' || strings.IndexByte(content, '\\') < 0 {
		return content, []source.Segment{{Value: 0, At: base, ValueLen: len(content), Len: len(content)}}
	}
	var value strings.Builder
	segs := make([]source.Segment, 0, 1+2*strings.Count(content, `\`))
	for i := 0; i < len(content); {
		n, out := strings.IndexByte(content[i:], '\\'), ""
		switch {
		case n < 0:
			n = len(content) - i
			out = content[i:]
		case n > 0:
			out = content[i : i+n]
		default:
			n, out = DecodeEscape(content[i:])
		}
		segs = append(segs, source.Segment{Value: value.Len(), At: base + i, ValueLen: len(out), Len: n})
		value.WriteString(out)
		i += n
	}
	if len(segs) == 0 {
		segs = append(segs, source.Segment{At: base})
	}
	return value.String(), segs
}

// DecodeEscape returns the length of the escape or line continuation at the start of s and what it stands for. An
// escape that TOML does not know, which the parser has refused before, stands for itself.
func DecodeEscape(s string) (length int, value string) {
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
		if high, ok := Hex4(s); ok && utf16.IsSurrogate(high) { // JSON: two escapes make one character
			if low, ok := Hex4(s[6:]); ok {
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

// editValue turns edits of a value into edits of the document: see source.Spelling.
func editValue(t *source.Text, edits []source.ValueEdit) ([]Edit, error) {
	raw := t.Literal()
	out := make([]Edit, len(edits))
	sorted := slices.Clone(edits)
	for i, e := range edits {
		if strings.Contains(e.New, "\n") && strings.HasSuffix(firstLine(raw), "\r\n") {
			e.New = strings.ReplaceAll(strings.ReplaceAll(e.New, "\r\n", "\n"), "\n", "\r\n")
		}
		sorted[i] = e
		out[i] = Edit{Span: t.FileSpan(e.Start, e.End), New: escapeFor(raw, e.New)}
	}
	order := make([]int, len(edits))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Or(edits[a].Start-edits[b].Start, edits[a].End-edits[b].End) })
	for i := 1; i < len(order); i++ {
		if a, b := edits[order[i-1]], edits[order[i]]; b.Start < a.End {
			return nil, fmt.Errorf("edit %d:%d overlaps edit %d:%d", b.Start, b.End, a.Start, a.End)
		}
	}
	v := verifier{t: t, raw: raw, edits: sorted, out: out}
	for len(order) > 0 {
		n := 1
		for n < len(order) && edits[order[n]].Start-edits[order[n-1]].End <= 2*around {
			n++
		}
		if !v.holds(order[:n]) {
			return nil, fmt.Errorf("a string in %s cannot hold the new text", quotesOf(raw))
		}
		order = order[n:]
	}
	return out, nil
}

// firstLine is the first line of a text with its line break, which tells the form of all.
func firstLine(s string) string {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return s[:i+1]
	}
	return s
}

// verifier makes edits and reads the literal again: what it says must be the value with the edits made. Of a long literal it reads
// what is around the edits: what stands further off cannot change its meaning by them.
type verifier struct {
	t     *source.Text
	raw   string
	edits []source.ValueEdit
	out   []Edit
}

// around is the length of the text on either side that an edit is read again with: more than the quotes that could meet there.
const around = 16

// holds verifies edits that stand close together, given by their numbers, in order.
func (v *verifier) holds(group []int) bool {
	first, last := v.edits[group[0]], v.edits[group[len(group)-1]]
	from, to := v.whole(first.Start-around, -1), v.whole(last.End+around, 1)
	_, shut := delimiters(v.raw)
	base := v.t.Span.Start
	start, end := 0, len(v.raw)
	var want, literal strings.Builder
	if from > 0 { // not the quotes and the line break behind them, but something as good
		start = v.t.FileSpan(from, from).Start - base
		literal.WriteString(v.raw[:shut] + "x")
		want.WriteByte('x')
	}
	if to < len(v.t.Value) {
		end = v.t.FileSpan(to, to).Start - base
	}
	at := from
	for _, i := range group {
		e, o := v.edits[i], v.out[i]
		want.WriteString(v.t.Value[at:e.Start] + e.New)
		literal.WriteString(v.raw[start:o.Span.Start-base] + o.New)
		at, start = e.End, o.Span.End-base
	}
	want.WriteString(v.t.Value[at:to])
	literal.WriteString(v.raw[start:end])
	if to < len(v.t.Value) {
		literal.WriteString("x" + v.raw[:shut])
		want.WriteByte('x')
	}
	doc := Parse([]byte("k = " + literal.String()))
	n := doc.Root.Get("k")
	return len(doc.Errors) == 0 && len(doc.Root.Children) == 1 && n != nil && n.Str == want.String()
}

// whole moves an offset of the value in a direction to one between two characters; the ends of the value hold it.
func (v *verifier) whole(at, step int) int {
	for at > 0 && at < len(v.t.Value) && !utf8.RuneStart(v.t.Value[at]) {
		at += step
	}
	return max(0, min(at, len(v.t.Value)))
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

// Hex4 reads an escape \uXXXX.
func Hex4(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	code, err := strconv.ParseUint(s[2:6], 16, 32)
	return rune(code), err == nil && s[2] != '+' && s[2] != '-' && s[2] != '_'
}
