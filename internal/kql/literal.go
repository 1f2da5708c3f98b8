package kql

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// literal reads a field name or value; nil after a syntax error. want says what is expected.
func (p *parser) literal(want string) *Literal {
	if p.peek() == '"' {
		return p.quoted()
	}
	l := p.unquoted()
	if l == nil {
		p.missing(want)
	}
	return l
}

// missing reports that no operand stands here.
func (p *parser) missing(want string) {
	if p.failed {
		return
	}
	if p.pos == len(p.src) {
		last := strings.TrimRight(p.src, " \t\r\n")
		p.fail(Span{strings.LastIndexAny(last, " \t\r\n(") + 1, len(last)}, "", "expected %s, found the end of the query", want)
		return
	}
	end := p.pos + 1
	for _, word := range []string{"and", "or", "not"} {
		if p.wordAt(p.pos, word) {
			end = p.pos + len(word)
		}
	}
	p.fail(Span{p.pos, end}, "", "expected %s, found %s", want, p.src[p.pos:end])
}

// quoted reads a string. Kibana keeps a backslash that escapes nothing, so that many a path is written with single ones;
// then \t is hardly meant as a tab.
func (p *parser) quoted() *Literal {
	start := p.pos
	var b strings.Builder
	kept, blank := false, -1
	for i := start + 1; i < len(p.src); {
		switch c := p.src[i]; c {
		case '"':
			p.pos = i + 1
			if kept && blank >= 0 {
				p.problems = append(p.problems, Problem{Kind: Escape, Span: Span{blank, blank + 2}, Insert: `\`, At: blank,
					Message: p.src[blank:blank+2] + " is white space here, not a backslash and a letter", Hint: `write \\ for a backslash`})
			}
			return &Literal{At: Span{start, p.pos}, Text: b.String(), Quoted: true}
		case '\\':
			text, n := escape(p.src[i:], `\"`)
			switch {
			case n == 0:
				text, n, kept = `\`, 1, true
			case text == "\t" || text == "\r" || text == "\n":
				blank = i
			}
			b.WriteString(text)
			i += n
		default:
			b.WriteByte(c)
			i++
		}
	}
	p.fail(Span{start, lineEnd(p.src, start)}, "", "the quote is not closed")
	return nil
}

func lineEnd(s string, at int) int {
	if i := strings.IndexByte(s[at:], '\n'); i >= 0 {
		return at + i
	}
	return len(s)
}

// escape reads an escape sequence: white space, one of special, or a code point. n is 0 if it is none.
func escape(s, special string) (text string, n int) {
	if len(s) < 2 {
		return "", 0
	}
	switch c := s[1]; {
	case c == 't':
		return "\t", 2
	case c == 'r':
		return "\r", 2
	case c == 'n':
		return "\n", 2
	case strings.IndexByte(special, c) >= 0:
		return string(c), 2
	case c == 'u' && len(s) >= 6:
		if v, err := strconv.ParseUint(s[2:6], 16, 32); err == nil {
			return string(rune(v)), 6
		}
	}
	return "", 0
}

// unquoted reads a bare literal: up to a special character, a keyword or the end, blanks at its end left out. It is nil
// if nothing stands here.
func (p *parser) unquoted() *Literal {
	start, end := p.pos, p.pos
	l := &Literal{}
	var b, blanks strings.Builder
	for i := start; i < len(p.src); {
		c := p.src[i]
		if isSpace(c) {
			blanks.WriteByte(c)
			if i++; p.keywordAt(i) {
				break
			}
			continue
		}
		if strings.IndexByte(`():<>"{}`, c) >= 0 || i == start && p.keywordAt(i) {
			break
		}
		text, n := p.character(i, l)
		if n == 0 {
			return nil
		}
		b.WriteString(blanks.String() + text)
		blanks.Reset()
		i += n
		end = i
	}
	p.pos = end
	if end == start {
		return nil
	}
	l.At, l.Text = Span{start, end}, b.String()
	return l
}

// character reads one character of a bare literal; n is 0 after a syntax error.
func (p *parser) character(i int, l *Literal) (text string, n int) {
	switch c := p.src[i]; {
	case c == '*':
		l.Wild = true
		return "*", 1
	case c != '\\':
		r, n := utf8.DecodeRuneInString(p.src[i:])
		if r == utf8.RuneError {
			return p.src[i : i+n], n
		}
		return string(r), n
	}
	if text, n = escape(p.src[i:], `\():<>"*{}`); n > 0 {
		return text, n
	}
	for _, word := range []string{"and", "or", "not"} {
		if p.wordAt(i+1, word) {
			return p.src[i+1 : i+1+len(word)], 1 + len(word)
		}
	}
	_, size := utf8.DecodeRuneInString(p.src[i+1:])
	p.pos = i
	p.fail(Span{i, i + 1 + size}, `write \\ for a backslash`, "unknown escape %s", p.src[i:i+1+size])
	return "", 0
}

// keywordAt reports whether and, or or not stands here as a word of its own.
func (p *parser) keywordAt(at int) bool {
	return p.wordAt(at, "and") || p.wordAt(at, "or") || p.wordAt(at, "not")
}
