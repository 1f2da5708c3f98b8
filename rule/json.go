package rule

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/source"
)

// maxExportSize is for files of many rules; Kibana itself takes 10,000 rules in one.
const maxExportSize = 128 << 20

// jsonReader turns JSON into the key tree that TOML files have, spans included. It reads strict JSON (RFC 8259): what a
// program wrote has no comments and no trailing commas, and what an editor broke is to be told.
type jsonReader struct {
	spelling *source.Spelling
	text     string
	pos      int
	slab     []Node
	fault    *Diagnostic  // of the value being read: the first
	diags    []Diagnostic // of all values
	out      []*Node
}

// JSONValues reads the JSON values of a file: one, several one after another on a line or over lines (NDJSON), each as a
// key tree with spans; null is a NullNode. The elements of an array at the top level count as values. A value with a
// fault is a node without Kind, its diagnostic (file/syntax, with Record) says where it breaks, and reading goes on behind it where that can be
// told: at the next line that begins with a brace or bracket, inside an array behind the closing brace of the element.
func JSONValues(name string, src []byte) (*File, []*Node, []Diagnostic) {
	f := &File{Path: cleanPath(name), Src: src, Rule: &Rule{}, Metadata: &Metadata{}, Format: JSON, index: source.NewLines(src)}
	diags, ok := f.decode(maxExportSize)
	if !ok {
		f.Truncated = true
		return f, nil, withPath(diags, f.Path)
	}
	r := &jsonReader{spelling: f.spelling(tomlspan.Segments), text: f.text}
	values := r.values()
	return f, values, withPath(append(diags, r.diags...), f.Path)
}

func withPath(diags []Diagnostic, path string) []Diagnostic {
	for i := range diags {
		diags[i].Path = path
	}
	return diags
}

// values reads to the end of the text.
func (r *jsonReader) values() []*Node {
	for {
		r.space()
		if r.pos >= len(r.text) || r.stopped() {
			return r.out
		}
		if r.text[r.pos] == '[' {
			r.elements()
			continue
		}
		start := r.pos
		n, ok := r.value(0)
		if ok && n.Kind != TableNode {
			r.fault = &Diagnostic{Span: n.Span, Message: "found " + n.Kind.String() + ", expected `{`"}
			ok = false
		}
		if !ok {
			if at := r.fault.Span.Start; at >= len(r.text) || at > start && r.text[at-1] == '\n' && strings.IndexByte("{[", r.text[at]) >= 0 {
				r.fault = &Diagnostic{Span: Span{Start: start, End: start + 1}, Message: "the object that starts here is not closed with `}`"}
			}
			r.failedValue(start)
			r.nextLine(start)
			continue
		}
		r.out = append(r.out, n)
	}
}

// elements reads an array at the top level.
func (r *jsonReader) elements() {
	open := r.pos
	r.pos++
	for first := true; ; first = false {
		r.space()
		switch {
		case r.pos >= len(r.text):
			r.fail(Span{Start: open, End: open + 1}, "the array that starts here is not closed with `]`")
			r.failed()
			return
		case r.text[r.pos] == ']':
			r.pos++
			return
		case !first && r.text[r.pos] == ',':
			r.pos++
			r.space()
		case !first:
			r.unexpected("`,` or `]`")
			r.failed()
			r.nextLine(r.pos)
			return
		}
		start := r.pos
		n, ok := r.value(1)
		if ok {
			r.out = append(r.out, n)
			continue
		}
		r.failedValue(start)
		if r.stopped() {
			return
		}
		if !r.skipElement(start) {
			r.fail(Span{Start: open, End: open + 1}, "the rest of the array that starts here was not read: it cannot be told where its next element starts")
			r.failed()
			r.pos = len(r.text)
			return
		}
	}
}

// failedValue files the fault of the value that starts at an offset, which keeps its place among the values.
func (r *jsonReader) failedValue(start int) {
	r.fault.Record = len(r.out) + 1
	r.failed()
	r.out = append(r.out, r.node(0, start))
}

// stopped ends the reading of a file with very many faults, which has another fault than those.
func (r *jsonReader) stopped() bool {
	if len(r.diags) < tomlspan.MaxErrors {
		return false
	}
	r.fault = &Diagnostic{Span: Span{Start: r.pos, End: r.pos}, Message: fmt.Sprintf("%d values cannot be read; the rest of the file from here on was not tried", tomlspan.MaxErrors)}
	r.failed()
	r.pos = len(r.text)
	return true
}

// failed files a fault.
func (r *jsonReader) failed() {
	d := *r.fault
	r.fault = nil
	d.Code, d.Severity = "file/syntax", Error
	r.diags = append(r.diags, d)
}

// nextLine goes to the next line that starts like a value, behind where the value that was given up starts: where it breaks
// says little, for it may have swallowed the line below it. Values are nested tomlspan.MaxDepth deep at most, so no line is read
// more often than that.
func (r *jsonReader) nextLine(start int) {
	for r.pos = start; r.pos < len(r.text); {
		n := strings.IndexByte(r.text[r.pos:], '\n')
		if n < 0 {
			r.pos = len(r.text)
			return
		}
		r.pos += n + 1
		if r.pos < len(r.text) && (r.text[r.pos] == '{' || r.text[r.pos] == '[') {
			return
		}
	}
}

// skipElement goes behind the element that starts at an offset, by its brackets; it reports false if they do not close.
func (r *jsonReader) skipElement(start int) bool {
	depth := 0
	for i := start; i < len(r.text); i++ {
		switch r.text[i] {
		case '"':
			for i++; i < len(r.text) && r.text[i] != '"' && r.text[i] != '\n'; i++ {
				if r.text[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth <= 0 {
				r.pos = i + 1
				if depth < 0 {
					r.pos = i
				}
				return true
			}
		case ',':
			if depth == 0 {
				r.pos = i
				return true
			}
		}
	}
	return false
}

// fail keeps the first fault of a value.
func (r *jsonReader) fail(s Span, msg string) bool {
	if r.fault == nil {
		r.fault = &Diagnostic{Span: s, Message: msg}
	}
	return false
}

// unexpected reports what stands at the cursor.
func (r *jsonReader) unexpected(want string) bool {
	if r.pos >= len(r.text) {
		return r.fail(Span{Start: len(r.text), End: len(r.text)}, "the text ends here, expected "+want)
	}
	c, n := utf8.DecodeRuneInString(r.text[r.pos:])
	found := Quote(string(c))
	switch c {
	case '\n', '\r':
		found = "the end of the line"
	default:
		if end := r.word(); end > r.pos {
			n = end - r.pos
			found = Quote(r.text[r.pos:end])
		}
	}
	return r.fail(Span{Start: r.pos, End: r.pos + n}, fmt.Sprintf("found %s, expected %s", found, want))
}

// word is the end of the run of letters and digits at the cursor.
func (r *jsonReader) word() int {
	i := r.pos
	for i < len(r.text) && i < r.pos+60 && (isAlnum(r.text[i]) || r.text[i] == '_' || r.text[i] == '-' || r.text[i] == '+' || r.text[i] == '.') {
		i++
	}
	return i
}

func isAlnum(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

func (r *jsonReader) space() {
	for r.pos < len(r.text) {
		switch r.text[r.pos] {
		case ' ', '\t', '\n', '\r':
			r.pos++
		default:
			return
		}
	}
}

func (r *jsonReader) node(k NodeKind, start int) *Node {
	if len(r.slab) == 0 {
		r.slab = make([]Node, 64)
	}
	n := &r.slab[0]
	r.slab = r.slab[1:]
	n.Kind, n.Spelling = k, r.spelling
	n.Span = Span{Start: start, End: start}
	return n
}

// value reads the value at the cursor.
func (r *jsonReader) value(depth int) (*Node, bool) {
	if depth > tomlspan.MaxDepth {
		return nil, r.fail(Span{Start: r.pos, End: r.pos + 1}, fmt.Sprintf("nested deeper than %d levels", tomlspan.MaxDepth))
	}
	if r.pos >= len(r.text) {
		return nil, r.unexpected("a value")
	}
	var n *Node
	ok := true
	start := r.pos
	switch c := r.text[r.pos]; {
	case c == '{':
		n = r.node(TableNode, start)
		ok = r.object(n, depth)
	case c == '[':
		n = r.node(ArrayNode, start)
		ok = r.array(n, depth)
	case c == '"':
		n = r.node(StringNode, start)
		n.Str, ok = r.str()
	case c == '-' || '0' <= c && c <= '9':
		n, ok = r.number()
	default:
		n, ok = r.literal()
	}
	if !ok {
		return nil, false
	}
	n.Span.End = r.pos
	n.Entry = n.Span
	return n, true
}

func (r *jsonReader) object(n *Node, depth int) bool {
	n.Inline = true
	r.pos++
	seen := map[string]*Node{}
	for first := true; ; first = false {
		r.space()
		if r.pos < len(r.text) && r.text[r.pos] == '}' {
			r.pos++
			return true
		}
		if !first {
			if r.pos >= len(r.text) || r.text[r.pos] != ',' {
				return r.unexpected("`,` or `}`")
			}
			r.pos++
			r.space()
		}
		if r.pos >= len(r.text) || r.text[r.pos] != '"' {
			return r.unexpected("a key in double quotes")
		}
		child, ok := r.member(depth)
		if !ok {
			return false
		}
		if old := seen[child.Key]; old != nil {
			r.fail(child.KeySpan, fmt.Sprintf("key %s stands twice in this object", Quote(child.Key)))
			r.fault.Related = []Related{{Span: old.KeySpan, Message: "first here"}}
			return false
		}
		seen[child.Key] = child
		n.Children = append(n.Children, child)
	}
}

// member reads a key and its value.
func (r *jsonReader) member(depth int) (*Node, bool) {
	start := r.pos
	key, ok := r.str()
	if !ok {
		return nil, false
	}
	keyEnd := r.pos
	r.space()
	if r.pos >= len(r.text) || r.text[r.pos] != ':' {
		return nil, r.unexpected("`:`")
	}
	r.pos++
	r.space()
	n, ok := r.value(depth + 1)
	if !ok {
		return nil, false
	}
	n.Key, n.KeySpan, n.Entry = key, Span{Start: start, End: keyEnd}, Span{Start: start, End: r.pos}
	return n, true
}

func (r *jsonReader) array(n *Node, depth int) bool {
	n.Inline = true
	r.pos++
	for first := true; ; first = false {
		r.space()
		if r.pos < len(r.text) && r.text[r.pos] == ']' && (first || r.text[r.pos-1] != ',') {
			r.pos++
			return true
		}
		if !first {
			if r.pos >= len(r.text) || r.text[r.pos] != ',' {
				return r.unexpected("`,` or `]`")
			}
			r.pos++
			r.space()
		}
		c, ok := r.value(depth + 1)
		if !ok {
			return false
		}
		n.Children = append(n.Children, c)
	}
}

// str reads a string and returns its value, which shares the text unless there are escapes.
func (r *jsonReader) str() (string, bool) {
	open := r.pos
	escapes := false
	for i := open + 1; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '"':
			r.pos = i + 1
			if !escapes {
				return r.text[open+1 : i], true
			}
			value, _ := tomlspan.DecodeLiteral(r.text[open:r.pos], open)
			return value, true
		case c == '\\':
			n, ok := r.escape(i)
			if !ok {
				return "", false
			}
			escapes = true
			i += n - 1
		case c == '\n':
			return "", r.fail(Span{Start: open, End: i}, "the string that starts here is not closed on its line")
		case c < 0x20:
			return "", r.fail(Span{Start: i, End: i + 1}, fmt.Sprintf("control character U+%04X in a string, expected an escape", c))
		}
	}
	return "", r.fail(Span{Start: open, End: len(r.text)}, "the string that starts here is not closed")
}

// escape checks the escape at an offset and returns its length.
func (r *jsonReader) escape(at int) (int, bool) {
	rest := r.text[at:]
	if len(rest) < 2 {
		return 0, r.fail(Span{Start: at, End: len(r.text)}, "the text ends within a string")
	}
	if strings.IndexByte(`"\/bfnrt`, rest[1]) >= 0 {
		return 2, true
	}
	if rest[1] != 'u' {
		_, n := utf8.DecodeRuneInString(rest[1:])
		return 0, r.fail(Span{Start: at, End: at + 1 + n}, fmt.Sprintf("JSON knows no escape %s", Quote(rest[:1+n])))
	}
	code, ok := tomlspan.Hex4(rest)
	if !ok {
		return 0, r.fail(Span{Start: at, End: min(at+6, len(r.text))}, `expected four hexadecimal digits after `+"`\\u`")
	}
	switch {
	case 0xDC00 <= code && code <= 0xDFFF:
		return 0, r.fail(Span{Start: at, End: at + 6}, fmt.Sprintf("%s is the second half of a character without the first", Quote(rest[:6])))
	case 0xD800 <= code && code <= 0xDBFF:
		if low, ok := tomlspan.Hex4(rest[6:]); ok && 0xDC00 <= low && low <= 0xDFFF {
			return 12, true
		}
		return 0, r.fail(Span{Start: at, End: at + 6}, fmt.Sprintf("%s is the first half of a character without the second", Quote(rest[:6])))
	}
	return 6, true
}

// number reads a number: an integer if it has neither fraction nor exponent.
func (r *jsonReader) number() (*Node, bool) {
	start := r.pos
	n := r.node(IntegerNode, start)
	end := r.word()
	text := r.text[start:end]
	if end == start+60 || !jsonNumber(text) {
		return nil, r.fail(Span{Start: start, End: end}, fmt.Sprintf("%s is not a number", Quote(text)))
	}
	r.pos = end
	if strings.ContainsAny(text, ".eE") {
		n.Kind = FloatNode
		x, err := strconv.ParseFloat(text, 64)
		if err != nil && math.IsInf(x, 0) {
			return nil, r.fail(Span{Start: start, End: end}, fmt.Sprintf("float %s is out of the range of 64 bits", Quote(text)))
		}
		n.Float = x
		return n, true
	}
	i, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, r.fail(Span{Start: start, End: end}, fmt.Sprintf("integer %s is out of the range of 64 bits", Quote(text)))
	}
	n.Int = i
	return n, true
}

// jsonNumber reports whether s is a number as JSON writes it.
func jsonNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	digits := func() int {
		n := 0
		for n < len(s) && '0' <= s[n] && s[n] <= '9' {
			n++
		}
		return n
	}
	n := digits()
	if n == 0 || n > 1 && s[0] == '0' {
		return false
	}
	s = s[n:]
	if strings.HasPrefix(s, ".") {
		s = s[1:]
		if n = digits(); n == 0 {
			return false
		}
		s = s[n:]
	}
	if strings.HasPrefix(s, "e") || strings.HasPrefix(s, "E") {
		s = s[1:]
		if strings.HasPrefix(s, "+") || strings.HasPrefix(s, "-") {
			s = s[1:]
		}
		if n = digits(); n == 0 {
			return false
		}
		s = s[n:]
	}
	return s == ""
}

// literal reads true, false or null.
func (r *jsonReader) literal() (*Node, bool) {
	start, end := r.pos, r.word()
	n := r.node(BoolNode, start)
	switch r.text[start:end] {
	case "true":
		n.Bool = true
	case "false":
	case "null":
		n.Kind = NullNode
	default:
		return nil, r.unexpected("a value")
	}
	r.pos = end
	return n, true
}
