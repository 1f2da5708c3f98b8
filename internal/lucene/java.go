package lucene

import (
	"errors"
	"regexp"
	stdsyntax "regexp/syntax"
	"strings"
	"unicode/utf8"
)

// CompileJava compiles a java.util.regex pattern that must match a whole value, as "regex" does on a computed value
// (spec/eql.md 4.6). What the standard library's engine has in common with Java is translated; look-around,
// back-references, possessive and atomic parts, class intersection and a few rarer things are errors of type
// *SyntaxError. Folding is Unicode's simple folding, as for all other patterns.
func CompileJava(pattern string, fold bool) (*regexp.Regexp, error) {
	j := &javaParser{parser{in: pattern}, strings.Builder{}, -1}
	flags := ""
	if fold {
		flags = "(?i)"
	}
	err := catch(func() { j.translate() })
	if err != nil {
		return nil, err
	}
	re, err := regexp.Compile(`\A(?:` + flags + j.out.String() + `)\z`)
	if err != nil {
		se := &stdsyntax.Error{}
		if errors.As(err, &se) {
			return nil, &SyntaxError{Pattern: pattern, Message: se.Code.String()}
		}
		return nil, err
	}
	return re, nil
}

// javaParser walks over a Java pattern and writes the equivalent; only what differs is touched.
type javaParser struct {
	parser
	out   strings.Builder
	quant int // position behind the last quantifier, to see possessive ones
}

const (
	// Java's "." leaves out all line terminators.
	javaDot   = `[^\n\r\x{85}\x{2028}\x{2029}]`
	javaSpace = `\t\n\x0B\f\r `
)

func (p *javaParser) translate() {
	for p.more() {
		start := p.pos
		switch {
		case p.match('\\'):
			p.escape(start, false)
		case p.match('['):
			p.class(start)
		case p.match('('):
			p.group(start)
		case p.match('.'):
			p.out.WriteString(javaDot)
		case p.match('$'):
			p.out.WriteString(`(?:\n?\z)`)
		case p.match('^'):
			p.out.WriteString(`\A`)
		case p.peek("*+?}"):
			if p.in[p.pos] == '+' && p.quant == p.pos {
				p.fail(p.pos, "possessive quantifiers are not supported")
			}
			p.out.WriteByte(p.in[p.pos])
			p.pos++
			p.quant = p.pos
		default:
			p.out.WriteString(p.in[start : start+p.width()])
		}
	}
}

func (p *javaParser) width() int {
	start := p.pos
	p.next()
	return p.pos - start
}

func (p *javaParser) group(start int) {
	p.out.WriteByte('(')
	if !p.match('?') {
		return
	}
	switch rest := p.in[p.pos:]; {
	case strings.HasPrefix(rest, "="), strings.HasPrefix(rest, "!"), strings.HasPrefix(rest, "<="), strings.HasPrefix(rest, "<!"):
		p.fail(start, "look-around is not supported")
	case strings.HasPrefix(rest, ">"):
		p.fail(start, "atomic groups are not supported")
	case strings.HasPrefix(rest, "<"):
		p.out.WriteString("?P")
		return
	}
	end := p.pos
	for end < len(p.in) && strings.IndexByte(":)", p.in[end]) < 0 {
		switch p.in[end] {
		case 'i', '-':
		default:
			p.fail(end, "flag %q is not supported, only (?i)", p.in[end:end+1])
		}
		end++
	}
	p.out.WriteByte('?')
}

// escape translates what follows a backslash; class tells that it stands between brackets.
func (p *javaParser) escape(start int, class bool) {
	if !p.more() {
		p.fail(start, "unexpected end")
	}
	c := p.next()
	put := p.out.WriteString
	brackets := func(items string) {
		if !class {
			items = "[" + items + "]"
		}
		put(items)
	}
	switch {
	case strings.ContainsRune("dDwWnrtfa", c):
		put(`\` + string(c))
	case c == 's':
		brackets(javaSpace)
	case c == 'S' && !class:
		put("[^" + javaSpace + "]")
	case c == 'h' && !class:
		put(`[ \t\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}]`)
	case c == 'v':
		brackets(`\n\x0B\f\r\x{85}\x{2028}\x{2029}`)
	case c == 'e':
		put(`\x1B`)
	case c == 'x' || c == 'u':
		p.hex(start, c)
	case c == 'p' || c == 'P':
		p.property(start, c)
	case c == 'Q':
		body, rest, _ := strings.Cut(p.in[p.pos:], `\E`)
		p.pos = len(p.in) - len(rest)
		put(regexp.QuoteMeta(body))
	case !class && strings.ContainsRune("bBAz", c):
		put(`\` + string(c))
	case !class && c == 'Z':
		put(`(?:\n?\z)`)
	case !class && '1' <= c && c <= '9', c == 'k':
		p.fail(start, "back-references are not supported")
	case c < utf8.RuneSelf && isWordByte(byte(c)):
		p.fail(start, "\\%c is not supported", c)
	default:
		put(quote(c))
	}
}

func isWordByte(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
}

func quote(r rune) string {
	if r < utf8.RuneSelf && !isWordByte(byte(r)) && r > ' ' && r != '_' && r != 0x7f {
		return `\` + string(r)
	}
	return string(r)
}

func (p *javaParser) hex(start int, kind rune) {
	rest, digits := p.in[p.pos:], 2
	if kind == 'u' {
		digits = 4
	}
	if kind == 'x' && strings.HasPrefix(rest, "{") {
		body, _, ok := strings.Cut(rest[1:], "}")
		if !ok || body == "" {
			p.fail(start, "incomplete \\x{...}")
		}
		p.out.WriteString(`\x{` + body + "}")
		p.pos += len(body) + 2
		return
	}
	if len(rest) < digits {
		p.fail(start, "\\%c needs %d hexadecimal digits", kind, digits)
	}
	p.out.WriteString(`\x{` + rest[:digits] + "}")
	p.pos += digits
}

// property translates \p{...}: the POSIX names, the general categories and scripts that both know.
func (p *javaParser) property(start int, kind rune) {
	name := p.in[p.pos:min(p.pos+1, len(p.in))]
	if name == "{" {
		body, _, ok := strings.Cut(p.in[p.pos+1:], "}")
		if !ok {
			p.fail(start, "incomplete \\%c{...}", kind)
		}
		name = body
		p.pos += 2
	}
	p.pos += len(name)
	switch name {
	case "Lower", "Upper", "ASCII", "Alpha", "Digit", "Alnum", "Punct", "Graph", "Print", "Blank", "Cntrl", "XDigit", "Space":
		caret := ""
		if kind == 'P' {
			caret = "^"
		}
		p.out.WriteString(`[[:` + caret + strings.ToLower(name) + `:]]`)
	default:
		name = strings.TrimPrefix(strings.TrimPrefix(name, "script="), "Is")
		p.out.WriteString(`\` + string(kind) + "{" + name + "}")
	}
}

func (p *javaParser) class(start int) {
	p.out.WriteByte('[')
	if p.match('^') {
		p.out.WriteByte('^')
	}
	for n := 0; ; n++ {
		at := p.pos
		switch {
		case !p.more():
			p.fail(start, "missing ] for [")
		case n > 0 && p.match(']'):
			p.out.WriteByte(']')
			return
		case strings.HasPrefix(p.in[at:], "&&"):
			p.fail(at, "class intersection && is not supported")
		case p.match('['):
			p.fail(at, "a class inside a class is not supported")
		case p.match('\\'):
			if p.peek("pP") && strings.Contains(p.in[p.pos:], "}") {
				p.classProperty(at)
				continue
			}
			p.escape(at, true)
		case p.match('-'):
			p.out.WriteByte('-')
		default:
			p.out.WriteString(quote(p.next()))
		}
	}
}

// classProperty writes a property inside brackets, where POSIX names lose theirs.
func (p *javaParser) classProperty(at int) {
	before := p.out.String()
	p.out.Reset()
	kind := p.next()
	p.property(at, kind)
	item := p.out.String()
	p.out.Reset()
	p.out.WriteString(before)
	if strings.HasPrefix(item, "[[:") {
		item = item[1 : len(item)-1]
	}
	p.out.WriteString(item)
}
