package rule

import (
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/source"
)

// maxYAMLNodes bounds what aliases may multiply a document to.
const maxYAMLNodes = 200_000

// yamlReader turns the nodes of a YAML document into the key tree.
type yamlReader struct {
	f        *File
	spelling *source.Spelling
	nodes    int
	fault    *Diagnostic
	// starts are the offsets of nodes met; line, column and at the last of them: counting from there keeps a long line linear.
	starts           map[*yaml.Node]int
	line, column, at int
}

// yamlValues reads the documents of a YAML file; a list at the top counts as its elements.
func yamlValues(name string, src []byte) (*File, []*Node, []Diagnostic) {
	f := &File{Path: cleanPath(name), Src: src, Rule: &Rule{}, Metadata: &Metadata{}, Format: YAML, index: source.NewLines(src)}
	diags, ok := f.decode(tomlspan.MaxSize)
	if !ok {
		f.Truncated = true
		return f, nil, withPath(diags, f.Path)
	}
	report := func(d Diagnostic) {
		d.Code, d.Severity = "file/syntax", Error
		diags = append(diags, d)
	}
	spelling := f.spelling(yamlSegments)
	var values []*Node
	dec := yaml.NewDecoder(strings.NewReader(f.text))
	for len(diags) < tomlspan.MaxErrors {
		var doc yaml.Node
		if err := dec.Decode(&doc); err != nil {
			if !errors.Is(err, io.EOF) {
				report(f.yamlError(err))
			}
			break
		}
		for _, n := range topLevel(&doc) {
			r := &yamlReader{f: f, spelling: spelling, starts: map[*yaml.Node]int{}}
			v := r.value(n, 0)
			if r.fault == nil && v.Kind != TableNode {
				r.fault = &Diagnostic{Span: v.Span, Message: "found " + v.Kind.String() + ", expected the keys of a rule"}
			}
			if r.fault != nil {
				report(*r.fault)
				continue
			}
			values = append(values, v)
		}
	}
	return f, values, withPath(diags, f.Path)
}

func topLevel(doc *yaml.Node) []*yaml.Node {
	if len(doc.Content) == 1 && doc.Content[0].Kind == yaml.SequenceNode {
		return doc.Content[0].Content
	}
	return doc.Content
}

var yamlLine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^yaml: (?:line (\d+): )?`) })

// yamlError places an error of the library, which names lines at most.
func (f *File) yamlError(err error) Diagnostic {
	d := Diagnostic{Message: "not valid YAML: " + yamlLine().ReplaceAllString(err.Error(), "")}
	if m := yamlLine().FindStringSubmatch(err.Error()); m != nil && m[1] != "" {
		line, _ := strconv.Atoi(m[1])
		if at, ok := f.Offset(min(line, f.Lines()), 1); ok {
			d.Span = Span{Start: at, End: at + len(f.Line(min(line, f.Lines())))}
		}
	}
	return d
}

func (r *yamlReader) fail(n *yaml.Node, msg string) {
	if r.fault == nil {
		at := r.start(n)
		r.fault = &Diagnostic{Span: Span{Start: at, End: min(at+1, len(r.f.text))}, Message: msg}
	}
}

// start is the offset of a node.
func (r *yamlReader) start(n *yaml.Node) int {
	if at, ok := r.starts[n]; ok {
		return at
	}
	if n.Line != r.line || n.Column < r.column {
		at, ok := r.f.Offset(n.Line, 1)
		if !ok {
			return len(r.f.text)
		}
		r.line, r.column, r.at = n.Line, 1, at
	}
	for r.column < n.Column && r.at < len(r.f.text) && r.f.text[r.at] != '\n' {
		_, size := utf8.DecodeRuneInString(r.f.text[r.at:])
		r.at += size
		r.column++
	}
	r.starts[n] = r.at
	return r.at
}

func (r *yamlReader) value(n *yaml.Node, depth int) *Node {
	out := &Node{Kind: NullNode, Spelling: r.spelling}
	if r.nodes++; r.nodes > maxYAMLNodes || depth > tomlspan.MaxDepth {
		r.fail(n, fmt.Sprintf("more than %d values, aliases counted, or nested deeper than %d levels", maxYAMLNodes, tomlspan.MaxDepth))
		return out
	}
	out.Span.Start = r.start(n)
	out.Span.End = out.Span.Start
	switch n.Kind {
	case yaml.AliasNode:
		out = r.value(n.Alias, depth+1)
		out.Span = Span{Start: r.start(n), End: min(r.start(n)+1+len(n.Value), len(r.f.text))}
	case yaml.MappingNode:
		out.Kind, out.Inline = TableNode, true
		r.mapping(out, n, depth)
	case yaml.SequenceNode:
		out.Kind, out.Inline = ArrayNode, true
		for _, c := range n.Content {
			child := r.value(c, depth+1)
			out.Children = append(out.Children, child)
			out.Span.End = max(out.Span.End, child.Span.End)
		}
	default:
		r.scalar(out, n)
	}
	out.Entry = out.Span
	return out
}

func (r *yamlReader) mapping(out *Node, n *yaml.Node, depth int) {
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case key.Kind != yaml.ScalarNode:
			r.fail(key, "a key is not a plain text")
			return
		case key.Tag == "!!merge":
			r.fail(key, "the merge key `<<` is not read: write the keys out")
			return
		case seen[key.Value]:
			r.fail(key, fmt.Sprintf("key %s stands twice in this table", Quote(key.Value)))
			return
		}
		seen[key.Value] = true
		child := r.value(n.Content[i+1], depth+1)
		start := r.start(key)
		child.Key, child.KeySpan = key.Value, Span{Start: start, End: r.scalarEnd(key, start)}
		child.Entry = Span{Start: start, End: max(child.Span.End, child.KeySpan.End)}
		out.Children = append(out.Children, child)
		out.Span.End = max(out.Span.End, child.Entry.End)
	}
}

// scalar fills a string, number, boolean or null.
func (r *yamlReader) scalar(out *Node, n *yaml.Node) {
	out.Span.End = r.scalarEnd(n, out.Span.Start)
	switch n.ShortTag() {
	case "!!null":
	case "!!bool":
		out.Kind, out.Bool = BoolNode, strings.EqualFold(n.Value, "true")
	case "!!int":
		out.Kind = IntegerNode
		i, err := strconv.ParseInt(n.Value, 0, 64)
		if err != nil {
			r.fail(n, fmt.Sprintf("integer %s is out of the range of 64 bits", Quote(n.Value)))
		}
		out.Int = i
	case "!!float":
		out.Kind = FloatNode
		x, err := strconv.ParseFloat(strings.ReplaceAll(n.Value, "_", ""), 64)
		if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
			r.fail(n, fmt.Sprintf("%s is not a number that JSON knows", Quote(n.Value)))
		}
		out.Float = x
	default: // strings; a date stays the text it is, as everywhere in rules
		out.Kind, out.Str = StringNode, n.Value
	}
}

// scalarEnd is the offset behind a scalar, which the library does not tell.
func (r *yamlReader) scalarEnd(n *yaml.Node, start int) int {
	_, end := alignYAML(r.f.text, start, n.Value)
	return end
}

// yamlSegments is how a string of YAML lies in its document: see source.Spelling.
func yamlSegments(doc string, at Span, value string) []source.Segment {
	segs, _ := alignYAML(doc, at.Start, value)
	return segs
}

// alignYAML finds the text of a scalar's value in the file, whatever its style: what stands there verbatim, what stands for
// a character, and what is layout. It returns the segments and where the scalar ends.
func alignYAML(text string, start int, value string) ([]source.Segment, int) {
	if start >= len(text) {
		return nil, len(text)
	}
	quote := byte(0)
	at := start
	switch c := text[at]; c {
	case '"', '\'':
		quote = c
		at++
	case '|', '>':
		quote = c
		if n := strings.IndexByte(text[at:], '\n'); n >= 0 {
			at += n + 1
		} else {
			at = len(text)
		}
	}
	a := yamlAligner{text: text, at: at, quote: quote}
	for i := 0; i < len(value); {
		n, ok := a.next(value, i)
		if !ok {
			return []source.Segment{{At: start, ValueLen: len(value), Len: a.at - start}}, a.at
		}
		i += n
	}
	if quote == '"' || quote == '\'' {
		for a.at < len(text) && text[a.at] != quote {
			a.at++
		}
		a.at = min(a.at+1, len(text))
	}
	return a.segs, a.at
}

type yamlAligner struct {
	text  string
	at    int
	quote byte
	segs  []source.Segment
}

// next aligns the character of value at i and returns its length.
func (a *yamlAligner) next(value string, i int) (int, bool) {
	if a.at >= len(a.text) {
		return 0, false
	}
	_, n := utf8.DecodeRuneInString(value[i:])
	same := strings.HasPrefix(a.text[a.at:], value[i:i+n])
	switch c := a.text[a.at]; {
	case c == '\\' && a.quote == '"':
		length, out := tomlspan.DecodeEscape(a.text[a.at:])
		if out == "" && length > 1 { // a continuation of the line
			a.at += length
			return 0, true
		}
		n = max(1, len(out))
		if !strings.HasPrefix(value[i:], out) {
			_, n = utf8.DecodeRuneInString(value[i:]) // an escape of YAML's own, as \_
		}
		a.add(i, n, length)
		return n, true
	case c == '\'' && a.quote == '\'':
		a.add(i, 1, 2)
		return 1, true
	case value[i] == '\n' && a.quote == '|' && strings.HasPrefix(a.text[a.at:], "\r\n"):
		a.add(i, 1, 2)
		a.indent(value, i+1)
		return 1, true
	case value[i] == '\n' && a.quote != 0 && same || same && c != ' ' && c != '\t' && c != '\n' && c != '\r':
		a.verbatim(i, n)
		if value[i] == '\n' {
			a.indent(value, i+1)
		}
		return n, true
	case same && c == ' ' && a.blanksGoOn(value[i:]):
		a.verbatim(i, n)
		return n, true
	case c == ' ' || c == '\t' || c == '\n' || c == '\r': // a folded line break, or layout
		end := a.at
		for end < len(a.text) && strings.IndexByte(" \t\r\n", a.text[end]) >= 0 {
			end++
		}
		if strings.IndexByte(" \n", value[i]) >= 0 {
			k := i
			for k < len(value) && value[k] == '\n' && value[i] == '\n' {
				k++
			}
			k = max(k, i+1)
			a.add(i, k-i, end-a.at)
			return k - i, true
		}
		a.at = end
		return 0, end > i || end > 0
	}
	return 0, false
}

// blanksGoOn reports whether the blanks at the cursor lead to more of the same line.
func (a *yamlAligner) blanksGoOn(string) bool {
	rest := strings.TrimLeft(a.text[a.at:], " \t")
	return rest != "" && rest[0] != '\n' && rest[0] != '\r'
}

// indent skips the indentation of a block's line: what the value does not have at that place.
func (a *yamlAligner) indent(value string, i int) {
	line := value[i:]
	blanks := len(line) - len(strings.TrimLeft(line, " "))
	n := 0
	for a.at+n < len(a.text) && a.text[a.at+n] == ' ' {
		n++
	}
	if a.quote == '|' || a.quote == '>' {
		a.at += max(0, n-blanks)
	}
}

func (a *yamlAligner) add(value, valueLen, fileLen int) {
	a.segs = append(a.segs, source.Segment{Value: value, At: a.at, ValueLen: valueLen, Len: fileLen})
	a.at += fileLen
}

// verbatim extends the last segment if it can.
func (a *yamlAligner) verbatim(value, n int) {
	if k := len(a.segs) - 1; k >= 0 && a.segs[k].Verbatim() && a.segs[k].At+a.segs[k].Len == a.at {
		a.segs[k].ValueLen += n
		a.segs[k].Len += n
		a.at += n
		return
	}
	a.add(value, n, n)
}
