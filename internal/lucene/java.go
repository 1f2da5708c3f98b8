package lucene

import (
	"errors"
	"fmt"
	"regexp"
	stdsyntax "regexp/syntax"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// CompileJava compiles a java.util.regex pattern that must match a whole value, as "regex" does on a computed value
// (eql/LANGUAGE.md 4.6). What the standard library's engine has in common with Java is translated; look-around,
// back-references, possessive and atomic parts, class intersection and a few rarer things are errors of type
// *SyntaxError. Folding is that of ASCII letters, Java's without UNICODE_CASE.
func CompileJava(pattern string, fold bool) (*regexp.Regexp, error) {
	j := &javaParser{parser: parser{source: pattern, in: pattern}, quant: -1, folds: []bool{fold}}
	err := catch(func() { j.translate() })
	if err != nil {
		return nil, err
	}
	re, err := regexp.Compile(`\A(?:` + j.out.String() + `)\z`)
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
	quant int    // position behind the last quantifier, to see possessive ones
	folds []bool // whether case folds, for each open group; the last is the innermost
}

// JavaWildcard is the pattern of ":" and "like" on a computed value as Java sees it: "*" and "?" do not match line breaks.
type JavaWildcard struct {
	fast *Wildcard // the same over values without line breaks
	slow func() *regexp.Regexp
}

// NewJavaWildcard compiles a pattern.
func NewJavaWildcard(pattern string, fold bool) *JavaWildcard {
	letters := Sensitive
	if fold {
		letters = FoldASCII
	}
	return &JavaWildcard{NewWildcard(pattern, letters), sync.OnceValue(func() *regexp.Regexp {
		j := &javaParser{folds: []bool{fold}}
		for _, r := range pattern {
			switch r {
			case '*':
				j.out.WriteString(javaDot + "*")
			case '?':
				j.out.WriteString(javaDot)
			default:
				j.literal(r)
			}
		}
		return regexp.MustCompile(`\A(?:` + j.out.String() + `)\z`)
	})}
}

// Match reports whether the whole value matches.
func (w *JavaWildcard) Match(s string) bool {
	return w.fast.Match(s) && (!strings.ContainsAny(s, "\n\r\u0085\u2028\u2029") || w.slow().MatchString(s))
}

func (p *javaParser) fold() bool { return p.folds[len(p.folds)-1] }

// literal writes one character.
func (p *javaParser) literal(r rune) {
	if p.fold() && r < utf8.RuneSelf && letter(byte(r)) {
		p.out.WriteString("[" + string(r) + string(r^0x20) + "]")
		return
	}
	p.out.WriteString(quote(r))
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
		case p.match(')'):
			if len(p.folds) > 1 {
				p.folds = p.folds[:len(p.folds)-1]
			}
			p.out.WriteByte(')')
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
		case p.match('|'):
			p.out.WriteByte('|')
		case p.match('{'):
			body, _, _ := strings.Cut(p.in[p.pos:], "}")
			if strings.Trim(body, "0123456789,") != "" || p.pos+len(body) == len(p.in) {
				p.fail(start, "expected a repetition such as {2,3}")
			}
			p.pos += len(body) + 1
			p.out.WriteString(p.in[start:p.pos])
			p.quant = p.pos
		default:
			p.literal(p.next())
		}
	}
}

func (p *javaParser) group(start int) {
	p.enter()
	fold := p.fold()
	if !p.match('?') {
		p.folds = append(p.folds, fold)
		p.out.WriteByte('(')
		return
	}
	switch rest := p.in[p.pos:]; {
	case strings.HasPrefix(rest, "="), strings.HasPrefix(rest, "!"), strings.HasPrefix(rest, "<="), strings.HasPrefix(rest, "<!"):
		p.fail(start, "look-around is not supported")
	case strings.HasPrefix(rest, ">"):
		p.fail(start, "atomic groups are not supported")
	case strings.HasPrefix(rest, "<"):
		name, _, ok := strings.Cut(rest[1:], ">")
		if !ok {
			p.fail(start, "missing > for (?<")
		}
		p.folds = append(p.folds, fold)
		p.out.WriteString("(?P<" + name + ">")
		p.pos += len(name) + 2
		return
	}
	p.flags(start, fold)
}

// flags reads the "i", "-i" of (?i) or (?i:…); Java's case folding is written out here, so nothing is left of them.
func (p *javaParser) flags(start int, fold bool) {
	set := true
	for ; p.more(); p.pos++ {
		switch p.in[p.pos] {
		case 'i':
			fold = set
		case '-':
			set = false
		case ')': // for the rest of the group that is open
			p.pos++
			p.folds[len(p.folds)-1] = fold
			p.out.WriteString("(?:)")
			return
		case ':':
			p.pos++
			p.folds = append(p.folds, fold)
			p.out.WriteString("(?:")
			return
		default:
			p.fail(p.pos, "flag %q is not supported, only (?i)", p.in[p.pos:p.pos+1])
		}
	}
	p.fail(start, "missing ) for (")
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
		p.literal(p.hex(start, c))
	case c == 'p' || c == 'P':
		p.property(start, c)
	case c == 'Q':
		body, rest, _ := strings.Cut(p.in[p.pos:], `\E`)
		p.pos = len(p.in) - len(rest)
		for _, r := range body {
			p.literal(r)
		}
	case !class && strings.ContainsRune("bBAz", c):
		put(`\` + string(c))
	case !class && c == 'Z':
		put(`(?:\n?\z)`)
	case !class && '1' <= c && c <= '9', c == 'k':
		p.fail(start, "back-references are not supported")
	case c < utf8.RuneSelf && isWordByte(byte(c)):
		p.fail(start, "\\%c is not supported", c)
	default:
		p.literal(c)
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

// hex reads \xhh, \x{h…} or \uhhhh and writes the character, or leaves it to a class.
func (p *javaParser) hex(start int, kind rune) rune {
	rest, digits := p.in[p.pos:], 2
	if kind == 'u' {
		digits = 4
	}
	body := rest[:min(digits, len(rest))]
	skip := len(body)
	if kind == 'x' && strings.HasPrefix(rest, "{") {
		inner, _, ok := strings.Cut(rest[1:], "}")
		if !ok {
			p.fail(start, "incomplete \\x{...}")
		}
		body, skip, digits = inner, len(inner)+2, len(inner)
	}
	v, err := strconv.ParseUint(body, 16, 32)
	if err != nil || len(body) != digits || v > utf8.MaxRune {
		p.fail(start, "\\%c needs hexadecimal digits of a character", kind)
	}
	p.pos += skip
	return rune(v)
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
	if p.fold() && (name == "Lower" || name == "Upper") {
		name = "Alpha"
	}
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
		default:
			p.classItem(at)
		}
	}
}

// classItem writes a character, a range or a predefined class between brackets.
func (p *javaParser) classItem(at int) {
	lo, ok := p.classChar(at)
	if !ok {
		return
	}
	hi := lo
	if rest := p.in[p.pos:]; strings.HasPrefix(rest, "-") && len(rest) > 1 && rest[1] != ']' {
		before := p.pos
		p.pos++
		at := p.pos
		if p.peek("[") {
			p.pos = before
		} else if hi, ok = p.classChar(at); !ok {
			p.fail(at, "a class cannot end a range")
		}
	}
	if lo > hi {
		p.fail(at, "invalid range in a class")
	}
	p.span(lo, hi)
	if p.fold() { // the letters of the range in the other case
		p.spanFold(lo, hi, 'a', 'z')
		p.spanFold(lo, hi, 'A', 'Z')
	}
}

func (p *javaParser) span(lo, hi rune) { fmt.Fprintf(&p.out, `\x{%X}-\x{%X}`, lo, hi) }

func (p *javaParser) spanFold(lo, hi, first, last rune) {
	if lo, hi = max(lo, first), min(hi, last); lo <= hi {
		p.span(lo^0x20, hi^0x20)
	}
}

// classChar reads one character of a class; a predefined class is written, and ok is false.
func (p *javaParser) classChar(at int) (r rune, ok bool) {
	if !p.match('\\') {
		return p.next(), true
	}
	if !p.more() {
		p.fail(at, "unexpected end")
	}
	switch c := p.in[p.pos]; {
	case c == 'p' || c == 'P':
		p.classProperty(at)
		return 0, false
	case c == 'x' || c == 'u':
		p.pos++
		return p.hex(at, rune(c)), true
	case strings.IndexByte("nrtfae", c) >= 0:
		p.pos++
		return rune("\n\r\t\f\a\x1b"[strings.IndexByte("nrtfae", c)]), true
	case isWordByte(c):
		p.escape(at, true)
		return 0, false
	}
	return p.next(), true
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
