// Package format lays rule files out: indentation, blank lines, spaces around "=", trailing blanks, line ends. It works on
// the bytes of the file, so that values, the order of keys and comments stay as they are; multi-line strings are copied
// byte by byte. Formatting twice changes nothing.
//
// The layout: no indentation but inside arrays (four blanks a level), "key = value", a comma behind the last element of an array
// that ends on a line of its own, at most one blank line in a row, exactly one before a table of up to two parts
// ([rule], [[rule.threat]]) and before the comment that belongs to it, none after a table's header and at the ends of the file,
// one final line break. Line ends become LF, unless a multi-line string holds CRLF: then the whole file is CRLF.
package format

import (
	"bytes"
	"fmt"

	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
)

// Options choose what is not done unless asked for. The zero value keeps the order of keys.
type Options struct {
	// SortMetadata sorts the keys of [metadata], comments above and beside a key moving with it.
	SortMetadata bool
}

// indent is what one level of an array is moved in.
const indent = "    "

// SyntaxError is what Format returns for a file that is not TOML: the first finding of rule.Parse.
type SyntaxError struct {
	Diagnostic rule.Diagnostic // the finding, as lint has it
	Line       int             // of its start, from 1
	Column     int             // of its start, from 1, in characters
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Diagnostic.Message)
}

// Format returns the file in the layout of the package. It fails for a file that is not TOML (*SyntaxError), and rather
// than return a text whose values or comments differ from those of src.
func Format(src []byte, opts Options) ([]byte, error) {
	before, ds := rule.Parse("", src)
	if len(ds) > 0 {
		at := before.Position(ds[0].Span.Start)
		return nil, &SyntaxError{ds[0], at.Line, at.Column}
	}
	out := layOut(src)
	if opts.SortMetadata {
		out = sortMetadata(out)
	}
	after := tomlspan.Parse(out)
	if len(after.Errors) > 0 || !sameTree(before.Root, after.Root, opts.SortMetadata) || !sameComments(before.Comments, after.Comments, opts.SortMetadata) {
		return nil, fmt.Errorf("formatting would change the file's meaning, so nothing was changed; please report this file")
	}
	return out, nil
}

// printer writes the new layout.
type printer struct {
	in       []byte
	pos      int
	out      bytes.Buffer
	eol      string
	depth    int      // of arrays
	blank    bool     // a blank line stood before what comes next
	header   bool     // the last line written is a table's header
	comments [][]byte // own-line comments at top level, not written yet: they may belong to a header
	gap      bool     // a blank line stood before the first of comments
	last     int      // where in out the last element of an array ends; -1 after a comma or bracket
}

func layOut(src []byte) []byte {
	p := printer{in: bytes.TrimPrefix(src, []byte("\xef\xbb\xbf")), eol: "\n", last: -1}
	if crlfInString(p.in) {
		p.eol = "\r\n"
	}
	for p.pos < len(p.in) {
		p.line()
	}
	p.flushComments()
	return p.out.Bytes()
}

// line handles one line that starts outside strings, with the lines of the multi-line strings that begin on it.
func (p *printer) line() {
	p.skipBlanks()
	switch c := p.peek(); {
	case c == 0 && p.pos >= len(p.in):
	case c == '\n' || c == '\r':
		p.newline()
		if len(p.comments) > 0 {
			p.flushComments()
		}
		p.blank = true
	case c == '#' && p.depth == 0:
		if len(p.comments) == 0 {
			p.gap = p.blank
		}
		p.blank = false
		p.comments = append(p.comments, p.comment())
		p.newline()
	case p.depth > 0:
		p.arrayLine()
	case c == '[':
		p.headerLine()
	default:
		p.flushComments()
		p.gapBefore(p.blank && !p.header)
		p.header = false
		p.key()
		p.content()
	}
}

// headerLine writes a [table] or [[table]] line with the comments that belong to it.
func (p *printer) headerLine() {
	if len(p.comments) > 0 {
		p.blank = p.gap
	}
	parts := headerParts(p.in[p.pos:])
	p.gapBefore(parts <= 2 || p.blank)
	p.writeComments()
	p.header = true
	for c := p.peek(); c != '\n' && c != '\r' && p.pos < len(p.in); c = p.peek() {
		switch c {
		case '"', '\'':
			p.out.Write(p.str())
		case '#':
			p.trim()
			p.out.WriteByte(' ')
			p.out.Write(p.comment())
		default:
			p.out.WriteByte(c)
			p.pos++
		}
	}
	p.endLine()
}

// arrayLine writes a line inside an array.
func (p *printer) arrayLine() {
	closing := p.peek() == ']'
	level := p.depth
	if closing {
		level--
		p.trailingComma()
	}
	if p.blank && !closing && p.last != -1 {
		p.out.WriteString(p.eol)
	}
	p.blank = false
	for range level {
		p.out.WriteString(indent)
	}
	p.content()
}

// trailingComma puts a comma behind the last element if there is none.
func (p *printer) trailingComma() {
	if p.last < 0 {
		return
	}
	rest := bytes.Clone(p.out.Bytes()[p.last:])
	p.out.Truncate(p.last)
	p.out.WriteByte(',')
	p.out.Write(rest)
}

// key writes a key up to and with the equals sign, one blank on each side.
func (p *printer) key() {
	for p.pos < len(p.in) && p.peek() != '=' {
		switch p.peek() {
		case '"', '\'':
			p.out.Write(p.str())
		default:
			p.out.WriteByte(p.peek())
			p.pos++
		}
	}
	p.trim()
	p.out.WriteString(" = ")
	p.pos++
	p.skipBlanks()
}

// content copies values and punctuation to the end of the line.
func (p *printer) content() {
	for p.pos < len(p.in) {
		switch c := p.peek(); c {
		case '\n', '\r':
			p.endLine()
			return
		case '#':
			p.commentBehind()
		case '"', '\'':
			p.out.Write(p.str())
			p.last = p.out.Len()
		case '[':
			p.depth++
			p.put(c, false)
		case ']':
			p.depth--
			p.put(c, true)
		case ',':
			p.put(c, false)
		case ' ', '\t':
			p.out.WriteByte(c)
			p.pos++
		default:
			p.put(c, true)
		}
	}
	p.endLine()
}

// put copies a byte; value tells that an array's element ends with it.
func (p *printer) put(c byte, value bool) {
	p.out.WriteByte(c)
	p.pos++
	p.last = -1
	if value {
		p.last = p.out.Len()
	}
}

func (p *printer) commentBehind() {
	text := p.comment()
	if b := p.out.Bytes(); len(b) > 0 && b[len(b)-1] != ' ' && b[len(b)-1] != '\t' && b[len(b)-1] != '\n' {
		p.out.WriteByte(' ')
	}
	p.out.Write(text)
}

// flushComments writes comments that belong to no header.
func (p *printer) flushComments() {
	if len(p.comments) == 0 {
		return
	}
	p.gapBefore(p.gap && !p.header)
	p.header = false
	p.writeComments()
}

func (p *printer) writeComments() {
	for _, c := range p.comments {
		p.out.Write(c)
		p.out.WriteString(p.eol)
	}
	p.comments = p.comments[:0]
}

// gapBefore writes a blank line unless the file has just begun.
func (p *printer) gapBefore(want bool) {
	if want && p.out.Len() > 0 {
		p.out.WriteString(p.eol)
	}
	p.blank, p.gap = false, false
}

func (p *printer) endLine() {
	p.trim()
	p.out.WriteString(p.eol)
	p.newline()
}

// trim takes blanks off the end of what is written. Strings end in a quote, so theirs are safe.
func (p *printer) trim() {
	b := p.out.Bytes()
	p.out.Truncate(len(bytes.TrimRight(b, " \t")))
}

func (p *printer) peek() byte {
	if p.pos < len(p.in) {
		return p.in[p.pos]
	}
	return 0
}

func (p *printer) skipBlanks() {
	for p.pos < len(p.in) && (p.in[p.pos] == ' ' || p.in[p.pos] == '\t') {
		p.pos++
	}
}

func (p *printer) newline() {
	if p.peek() == '\r' {
		p.pos++
	}
	if p.peek() == '\n' {
		p.pos++
	}
}

// comment takes a comment, without blanks at its end.
func (p *printer) comment() []byte {
	rest := p.in[p.pos:]
	if i := bytes.IndexByte(rest, '\n'); i >= 0 {
		rest = rest[:i]
	}
	p.pos += len(bytes.TrimSuffix(rest, []byte{'\r'}))
	return bytes.TrimRight(rest, " \t\r")
}

// str takes the string at the cursor, quotes included.
func (p *printer) str() []byte {
	n := stringLength(p.in[p.pos:])
	s := p.in[p.pos : p.pos+n]
	p.pos += n
	return s
}
