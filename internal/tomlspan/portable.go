package tomlspan

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/source"
)

// Foreign is a piece of valid TOML that some reader refuses.
type Foreign struct {
	Span   Span
	What   string // what it is, for a message: "a hexadecimal integer"
	Python bool   // Python's tomllib refuses it too, as it is newer than TOML 1.0; else pytoml alone
	Fix    *Fix   // nil if there is no plain way to write it otherwise
}

// Unportable lists what pytoml, with which the Python tool of detection-rules reads rules, or tomllib of Python's standard library
// cannot read: pytoml stopped at TOML 0.4, tomllib at 1.0. text is what the tree was read from, valid TOML.
func Unportable(text string, root *Node) []Foreign {
	p := &portability{doc: text}
	p.walk(root)
	return p.out
}

type portability struct {
	doc string
	out []Foreign
}

func (p *portability) add(s Span, what string, python bool, replacement string) {
	u := Foreign{Span: s, What: what, Python: python}
	if replacement != "" {
		u.Fix = &Fix{Message: "write " + wording.Quote(replacement), Safe: true, Edits: []Edit{{Span: s, New: replacement}}}
	}
	p.out = append(p.out, u)
}

func (p *portability) walk(n *Node) {
	raw := ""
	if n.Span.Start >= 0 && n.Span.End <= len(p.doc) && n.Span.Start < n.Span.End {
		raw = p.doc[n.Span.Start:n.Span.End]
	}
	switch n.Kind {
	case source.IntegerNode:
		if digits := strings.TrimLeft(raw, "+-"); len(digits) > 1 && digits[0] == '0' {
			p.add(n.Span, "an integer that is not decimal", false, strconv.FormatInt(n.Int, 10))
		}
	case source.FloatNode:
		if strings.HasSuffix(raw, "inf") || strings.HasSuffix(raw, "nan") {
			p.add(n.Span, "a float without digits", false, "")
		}
	case source.DateNode:
		if !fullDate.MatchString(raw) {
			p.add(n.Span, "a date or time that is not written with T, seconds and time zone", shortTime.MatchString(raw), "")
		}
	case source.StringNode:
		p.text(n.Span, raw)
	case source.ArrayNode:
		for _, c := range n.Children {
			if n.Inline && c.Kind != n.Children[0].Kind {
				p.add(c.Span, "an array of values of several types", false, "")
				break
			}
		}
	case source.TableNode:
		if n.Form == source.FromDotted {
			p.add(n.Span, "a dotted key", false, "")
		}
		if n.Inline && raw != "" {
			p.inline(n)
		}
	}
	for _, c := range n.Children {
		p.walk(c)
	}
}

var (
	fullDate  = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$`)
	shortTime = regexp.MustCompile(`(^|[T ])\d\d:\d\d($|[Z+-])`)
)

// text looks at a string as it is written.
func (p *portability) text(s Span, raw string) {
	if len(raw) < 2 {
		return
	}
	quotes := raw[:1]
	multi := len(raw) >= 6 && (strings.HasPrefix(raw, `"""`) || strings.HasPrefix(raw, `'''`))
	if multi && strings.HasSuffix(raw, quotes+quotes+quotes+quotes) && len(raw) > 6 {
		p.add(Span{Start: s.End - 4, End: s.End}, "a quote in front of the quotes that close a block", false, "")
	}
	if quotes == "'" {
		return
	}
	for i := 0; i < len(raw); i++ {
		at := Span{Start: s.Start + i, End: s.Start + i + 1}
		switch raw[i] {
		case '\t':
			p.add(at, "a tab in a string with double quotes", false, `\t`)
		case '\\':
			at.End++
			i++
			switch {
			case i == len(raw):
			case raw[i] == 'e':
				p.add(at, `the escape \e`, true, `\u001b`)
			case raw[i] == 'x' && i+2 < len(raw):
				at.End += 2
				p.add(at, `an escape \x`, true, `\u00`+raw[i+1:i+3])
			case (raw[i] == ' ' || raw[i] == '\t') && multi:
				blanks := len(raw[i:]) - len(strings.TrimLeft(raw[i:], " \t"))
				at.End = s.Start + i + blanks
				p.add(at, "a line that ends in a backslash and blanks", false, `\`)
				i += blanks - 1
			}
		}
	}
}

// inline looks at what stands between the entries of an inline table.
func (p *portability) inline(n *Node) {
	at := n.Span.Start + 1
	gap := func(end int) (text string) {
		if at < end {
			text = p.doc[at:end]
		}
		return text
	}
	for _, c := range n.Children {
		if strings.ContainsAny(gap(c.Entry.Start), "\n#") {
			p.add(Span{Start: n.Span.Start, End: n.Span.Start + 1}, "an inline table over several lines", true, "")
			return
		}
		at = max(at, c.Entry.End)
	}
	switch rest := gap(n.Span.End - 1); {
	case strings.ContainsAny(rest, "\n#"):
		p.add(Span{Start: n.Span.Start, End: n.Span.Start + 1}, "an inline table over several lines", true, "")
	case strings.Contains(rest, ","):
		p.add(Span{Start: at, End: n.Span.End}, "a comma behind the last entry of an inline table", true, "}")
	}
}
