package tomlspan

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unsafe"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/source"
)

// The parser of go-toml gives correct byte ranges for keys, scalars and whole "key = value" expressions, none for arrays, inline
// tables and table headers: those are worked out here from what surrounds them. It neither validates integers and dates nor
// detects duplicate keys: see builder.

// builder turns the parser's expressions into the key tree.
type builder struct {
	d        *Document
	spelling *source.Spelling
	parser   unstable.Parser
	table    *Node   // the table that entries go to
	path     []*Node // from the root to table, arrays included: their Entry grows with each entry
	merging  bool    // the table's header repeats an earlier one, so repeated keys were reported with it
	keys     []keyPart
	refused  []string                   // path of the last header, if it could not be what it says: those of its sub-tables repeat its mistake
	again    []string                   // path of the last table that is defined twice, as long as only its sub-tables follow
	echo     bool                       // this header is one of them
	repeated *Node                      // the repeated key before this entry, if it was one
	clashed  map[*Node]bool             // reported by conflict
	index    map[*Node]map[string]*Node // of tables with many keys
	slab     []Node
	stopped  bool
}

type keyPart struct {
	name string
	span Span
}

// read parses d.Text into d.Root and d.Comments.
func (d *Document) read() {
	b := &builder{d: d, spelling: d.Root.Spelling, table: d.Root, path: []*Node{d.Root}}
	src := unsafe.Slice(unsafe.StringData(d.Text), len(d.Text)) // the parser only reads it
	b.parser.KeepComments = true
	b.parser.Reset(src)
	end := 0 // of the last expression
	for !b.stopped && b.parser.NextExpression() {
		e := b.parser.Expression()
		end = b.expression(e, end)
	}
	if err := b.parser.Error(); err != nil && !b.stopped {
		b.syntaxError(err, end)
		d.Truncated = true
	}
	d.Truncated = d.Truncated || b.stopped
}

// expression handles one top-level expression that starts at or after from, and returns where it ends.
func (b *builder) expression(e *unstable.Node, from int) int {
	end := from
	switch e.Kind {
	case unstable.Comment:
		return b.comment(span(e.Raw))
	case unstable.KeyValue:
		end = b.keyValue(b.table, e)
		for _, n := range b.path {
			n.Entry.End = max(n.Entry.End, end)
		}
	case unstable.Table, unstable.ArrayTable:
		end = b.header(e)
	}
	if c := e.Next(); c != nil && c.Kind == unstable.Comment {
		end = b.comment(span(c.Raw))
	}
	return end
}

func (b *builder) comment(s Span) int {
	b.d.Comments = append(b.d.Comments, source.Comment{Text: b.d.Text[s.Start:s.End], Span: s})
	return s.End
}

func span(r unstable.Range) Span {
	return Span{Start: int(r.Offset), End: int(r.Offset) + int(r.Length)}
}

// newNode allocates a node of this file.
func (b *builder) newNode(k source.Kind, f source.Form) *Node {
	if len(b.slab) == 0 {
		b.slab = make([]Node, min(64, 8+len(b.d.Text)/128))
	}
	n := &b.slab[0]
	b.slab = b.slab[1:]
	n.Kind, n.Form, n.Spelling = k, f, b.spelling
	return n
}

// add appends a child to a table or array.
func (b *builder) add(parent, child *Node) {
	parent.Children = append(parent.Children, child)
	if m := b.index[parent]; m != nil {
		m[child.Key] = child
	}
}

// get is Node.Get, fast for large tables too.
func (b *builder) get(table *Node, key string) *Node {
	const many = 64
	if len(table.Children) < many {
		return table.Get(key)
	}
	m := b.index[table]
	if m == nil {
		m = make(map[string]*Node, 2*many)
		for _, c := range table.Children {
			if m[c.Key] == nil {
				m[c.Key] = c
			}
		}
		if b.index == nil {
			b.index = map[*Node]map[string]*Node{}
		}
		b.index[table] = m
	}
	return m[key]
}

// keyParts collects the parts of an expression's key in b.keys.
func (b *builder) keyParts(it unstable.Iterator) []keyPart {
	b.keys = b.keys[:0]
	for it.Next() {
		k := it.Node()
		b.keys = append(b.keys, keyPart{name: b.str(k), span: span(k.Raw)})
	}
	return b.keys
}

// str returns a key or string, sharing the file's text where it stands there verbatim.
func (b *builder) str(n *unstable.Node) string {
	s := span(n.Raw)
	raw := b.d.Text[s.Start:s.End]
	if len(n.Data) == len(raw) {
		return raw // bare key
	}
	if raw[0] == '\'' || strings.IndexByte(raw, '\\') < 0 {
		open, shut := delimiters(raw)
		return raw[open : len(raw)-shut]
	}
	return string(n.Data)
}

// keyValue adds one entry to a table and returns where it ends.
func (b *builder) keyValue(table *Node, e *unstable.Node) int {
	entry := span(e.Raw)
	parts := b.keyParts(e.Key())
	if len(b.path)+len(parts) > MaxDepth {
		b.tooDeep(entry)
		return entry.End
	}
	parent, clash := b.dottedParent(table, parts, entry)
	last := parts[len(parts)-1]
	// parts is reused by inline tables: nothing below may read it.
	n, _ := b.value(e.Value(), b.skipBlank(b.skipBlank(last.span.End)+1), 1)
	n.Key, n.KeySpan, n.Entry = last.name, last.span, entry
	switch first := b.get(parent, last.name); {
	case clash:
	case first == nil:
		b.add(parent, n)
		b.repeated = nil
	case !b.merging:
		b.repeat(n, first)
	}
	return entry.End
}

// dottedParent finds or makes the tables of a dotted key; clash if one of them is something else already.
func (b *builder) dottedParent(table *Node, parts []keyPart, entry Span) (parent *Node, clash bool) {
	parent = table
	for _, p := range parts[:len(parts)-1] {
		n := b.get(parent, p.name)
		switch {
		case n == nil:
			n = b.newNode(source.TableNode, source.FromDotted)
			n.Key, n.KeySpan, n.Span, n.Entry = p.name, p.span, p.span, entry
			b.add(parent, n)
		case n.Form != source.FromDotted:
			if !b.merging {
				b.conflict(p, n, "a table that dotted keys may extend")
			}
			return parent, true
		}
		n.Entry.End = max(n.Entry.End, entry.End)
		parent = n
	}
	return parent, false
}

// value builds the node of a value that starts at offset start, and returns its end.
func (b *builder) value(v *unstable.Node, start, depth int) (*Node, int) {
	if len(b.path)+depth > MaxDepth {
		b.tooDeep(Span{Start: start, End: start + 1})
		n := b.newNode(source.ArrayNode, source.FromValue)
		n.Span = Span{Start: start, End: start + 1}
		return n, start + 1
	}
	switch v.Kind {
	case unstable.Array:
		n := b.newNode(source.ArrayNode, source.FromValue)
		return n, b.container(n, v, start, depth)
	case unstable.InlineTable:
		n := b.newNode(source.TableNode, source.FromValue)
		return n, b.container(n, v, start, depth)
	}
	n := b.scalar(v)
	n.Span = span(v.Raw)
	n.Entry = n.Span
	return n, n.Span.End
}

// container fills an inline array or table and returns its end.
func (b *builder) container(n *Node, v *unstable.Node, start, depth int) int {
	n.Inline = true
	at := start + 1
	for it := v.Children(); it.Next() && !b.stopped; {
		c := it.Node()
		switch c.Kind {
		case unstable.Comment: // found by skipTrivia
		case unstable.KeyValue:
			b.skipTrivia(at)
			at = b.inlineEntry(n, c, depth)
		default:
			at = b.skipTrivia(at)
			var child *Node
			child, at = b.value(c, at, depth+1)
			b.add(n, child)
		}
	}
	end := min(b.skipTrivia(at)+1, len(b.d.Text))
	n.Span = Span{Start: start, End: end}
	n.Entry = n.Span
	return end
}

// inlineEntry adds one entry to an inline table and returns its end.
func (b *builder) inlineEntry(table *Node, e *unstable.Node, depth int) int {
	entry := span(e.Raw)
	parts := b.keyParts(e.Key())
	if len(b.path)+depth+len(parts) > MaxDepth {
		b.tooDeep(entry)
		return entry.End
	}
	merging := b.merging
	b.merging = false
	parent, clash := b.dottedParent(table, parts, entry)
	last := parts[len(parts)-1]
	n, _ := b.value(e.Value(), b.skipBlank(b.skipBlank(last.span.End)+1), depth+len(parts))
	n.Key, n.KeySpan, n.Entry = last.name, last.span, entry
	if old := b.get(parent, last.name); clash {
	} else if old == nil {
		b.add(parent, n)
	} else {
		b.duplicate(n, old)
	}
	b.merging = merging
	return entry.End
}

// skipBlank skips spaces and tabs.
func (b *builder) skipBlank(i int) int {
	for i < len(b.d.Text) && (b.d.Text[i] == ' ' || b.d.Text[i] == '\t') {
		i++
	}
	return i
}

// skipTrivia skips what may stand between the elements of an array, and collects the comments there. The parser has
// accepted the text already.
func (b *builder) skipTrivia(i int) int {
	for i < len(b.d.Text) {
		switch b.d.Text[i] {
		case ' ', '\t', '\n', '\r', ',':
			i++
		case '#':
			end := strings.IndexByte(b.d.Text[i:], '\n')
			if end < 0 {
				end = len(b.d.Text) - i
			}
			i = b.comment(Span{Start: i, End: i + len(strings.TrimSuffix(b.d.Text[i:i+end], "\r"))})
		default:
			return i
		}
	}
	return i
}

// scalar builds the node of a string, number, boolean or date.
func (b *builder) scalar(v *unstable.Node) *Node {
	switch v.Kind {
	case unstable.String:
		n := b.newNode(source.StringNode, source.FromValue)
		n.Str = b.str(v)
		return n
	case unstable.Bool:
		n := b.newNode(source.BoolNode, source.FromValue)
		n.Bool = len(v.Data) == len("true")
		return n
	case unstable.Integer:
		n := b.newNode(source.IntegerNode, source.FromValue)
		i, err := strconv.ParseInt(string(v.Data), 0, 64)
		if err != nil {
			b.report(Error{Kind: BadValue, Span: span(v.Raw), Message: fmt.Sprintf("integer %s is out of the range of 64 bits", b.quote(span(v.Raw)))})
		}
		n.Int = i
		return n
	case unstable.Float:
		n := b.newNode(source.FloatNode, source.FromValue)
		n.Float = b.float(v)
		return n
	default:
		n := b.newNode(source.DateNode, source.FromValue)
		n.Str = b.d.Text[span(v.Raw).Start:span(v.Raw).End]
		if _, ok := n.Time(); !ok {
			b.report(Error{Kind: BadValue, Span: span(v.Raw), Message: fmt.Sprintf("%s is not a date or time", b.quote(span(v.Raw))),
				Hint: `a text that looks like a date has to be quoted: "2026/11/24"`})
		}
		return n
	}
}

func (b *builder) float(v *unstable.Node) float64 {
	x, err := strconv.ParseFloat(string(bytes.ReplaceAll(v.Data, []byte("_"), nil)), 64)
	if err != nil && math.IsInf(x, 0) {
		b.report(Error{Kind: BadValue, Span: span(v.Raw), Message: fmt.Sprintf("float %s is out of the range of 64 bits", b.quote(span(v.Raw)))})
	}
	return x
}

// quote is the text of a span as messages show it, shortened.
func (b *builder) quote(s Span) string {
	return wording.Quote(b.d.Text[s.Start:s.End])
}

// report adds a finding of reading the file.
func (b *builder) report(e Error) {
	if len(b.d.Errors) >= MaxErrors {
		b.stopped = true
		return
	}
	b.d.Errors = append(b.d.Errors, e)
}

func (b *builder) tooDeep(s Span) {
	b.report(tooDeep(s))
	b.stopped = true
}

// duplicate reports a key that its table has already.
func (b *builder) duplicate(n, first *Node) {
	b.report(Error{Kind: Duplicate, Span: n.KeySpan, Message: fmt.Sprintf("key %s is defined twice", b.quote(n.KeySpan)),
		Hint:    "delete one of the two",
		Related: []source.Related{{Span: first.KeySpan, Message: "first defined here"}}})
}

// repeat reports an entry whose key its table has already. Several in a row are one mistake: a header is missing in front of them.
func (b *builder) repeat(n, first *Node) {
	before := b.repeated
	if before == nil {
		b.repeated = n
	} else if e := &b.d.Errors[len(b.d.Errors)-1]; e.Kind == Duplicate && e.Span == before.KeySpan {
		e.Hint = "the header of a table is missing in front of it, or this entry and those below it stand here twice"
		return
	}
	b.duplicate(n, first)
}

// conflict reports a key that cannot become what this place needs.
func (b *builder) conflict(key keyPart, n *Node, want string) {
	if b.clashed[n] {
		return // one finding for each key that is in the way
	}
	if b.clashed == nil {
		b.clashed = map[*Node]bool{}
	}
	b.clashed[n] = true
	b.report(Error{Kind: Conflicting, Span: key.span,
		Message: fmt.Sprintf("%s is %s already and cannot be %s", b.quote(key.span), n.Describe(), want),
		Hint:    "rename one of the two, or write all of it in one form",
		Related: []source.Related{{Span: n.KeySpan, Message: "defined here"}}})
}

// syntaxError reports the error at which the parser stopped; from is where the failed expression may start.
func (b *builder) syntaxError(err error, from int) {
	at := Span{Start: from, End: from}
	var perr *unstable.ParserError
	if errors.As(err, &perr) {
		if start := cap(b.parser.Data()) - cap(perr.Highlight); start >= 0 && start+len(perr.Highlight) <= len(b.d.Text) {
			at = Span{Start: start, End: start + len(perr.Highlight)}
		}
	}
	b.report(b.d.diagnose(at, from))
}
