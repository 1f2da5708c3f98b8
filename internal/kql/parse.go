package kql

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	maxDepth = 200     // brackets inside one another
	maxQuery = 1 << 20 // bytes; the longest public query has 10 KB
)

// Parse reads a query. The tree is nil for a blank query and after a problem of kind Syntax, of which there is at most
// one; the other problems do not stop it. Problems are sorted by place.
func Parse(query string) (Node, []Problem) {
	if len(query) > maxQuery {
		return nil, []Problem{{Kind: Syntax, Message: fmt.Sprintf("the query has %d bytes, more than the limit of %d", len(query), maxQuery)}}
	}
	p := &parser{src: query}
	p.space()
	if p.pos == len(p.src) {
		return nil, nil
	}
	n := p.or(p.sub)
	if p.space(); !p.failed && p.pos < len(p.src) {
		p.unexpected()
	}
	if p.failed {
		n = nil
	}
	return n, p.problems
}

type parser struct {
	src      string
	pos      int
	depth    int
	failed   bool
	problems []Problem
}

func (p *parser) report(k Kind, s Span, hint, format string, args ...any) {
	p.problems = append(p.problems, Problem{Kind: k, Span: s, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// fail reports the syntax error that ends parsing.
func (p *parser) fail(s Span, hint, format string, args ...any) {
	if !p.failed {
		p.failed = true
		p.report(Syntax, s, hint, format, args...)
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func (p *parser) space() {
	for p.pos < len(p.src) {
		switch {
		case isSpace(p.src[p.pos]):
			p.pos++
		case strings.HasPrefix(p.src[p.pos:], "\u00a0"):
			p.pos += 2
		default:
			return
		}
	}
}

func (p *parser) peek() byte {
	if p.pos < len(p.src) {
		return p.src[p.pos]
	}
	return 0
}

// wordAt reports whether a keyword, in any case, stands at an offset and ends there as a word. Upper case is the business
// of a check.
func (p *parser) wordAt(at int, word string) bool {
	end := at + len(word)
	if end > len(p.src) || !strings.EqualFold(p.src[at:end], word) {
		return false
	}
	return end == len(p.src) || isSpace(p.src[end]) || p.src[end] == '(' || p.src[end] == '"'
}

// operator takes "and" or "or" between two operands. Blanks must stand on both sides; where they lack, the operator is
// taken all the same and the problem reported.
func (p *parser) operator(word string) bool {
	start := p.pos
	p.space()
	at := p.pos
	if !p.wordAt(at, word) || at+len(word) == len(p.src) {
		p.pos = start
		return false
	}
	p.pos += len(word)
	s := Span{at, p.pos}
	if start == at {
		p.gap(s, at)
	} else if !isSpace(p.peek()) {
		p.gap(s, p.pos)
	}
	p.space()
	return true
}

func (p *parser) gap(word Span, at int) {
	p.problems = append(p.problems, Problem{Kind: KeywordSpace, Span: word, Insert: " ", At: at,
		Message: fmt.Sprintf("no blank beside %s", p.src[word.Start:word.End]), Hint: "KQL takes the word for text otherwise"})
}

func (p *parser) or(item func() Node) Node {
	return p.chain("or", func() Node {
		return p.chain("and", func() Node { return p.not(item) }, func(s Span, list []Node) Node { return &And{s, list} })
	}, func(s Span, list []Node) Node { return &Or{s, list} })
}

func (p *parser) chain(word string, item func() Node, build func(Span, []Node) Node) Node {
	first := item()
	if p.failed {
		return nil
	}
	list := []Node{first}
	for p.operator(word) {
		next := item()
		if p.failed {
			return nil
		}
		list = append(list, next)
	}
	if len(list) == 1 {
		return first
	}
	return build(Span{list[0].Span().Start, list[len(list)-1].Span().End}, list)
}

func (p *parser) not(item func() Node) Node {
	start := p.pos
	if !p.wordAt(p.pos, "not") || p.pos+3 == len(p.src) {
		return item()
	}
	p.pos += 3
	if !isSpace(p.peek()) {
		p.gap(Span{start, start + 3}, p.pos)
	}
	p.space()
	n := item()
	if p.failed {
		return nil
	}
	return &Not{Span{start, n.Span().End}, n}
}

// group reads what stands in brackets.
func (p *parser) group(open, shut byte, item func() Node) Node {
	start := p.pos
	p.pos++
	if p.depth++; p.depth > maxDepth {
		p.fail(Span{start, p.pos}, "", "brackets are nested more than %d deep", maxDepth)
		return nil
	}
	defer func() { p.depth-- }()
	p.space()
	n := p.or(item)
	if p.failed {
		return nil
	}
	if p.space(); p.peek() != shut {
		if p.pos == len(p.src) || p.peek() == ':' { // a field can stand in no list of values
			p.fail(Span{start, start + 1}, "", "%c is not closed", open)
		} else {
			p.unexpected()
		}
		return nil
	}
	p.pos++
	return n
}

// sub is an operand of the query: brackets, field:value, field < value, field:{…} or free text.
func (p *parser) sub() Node {
	if p.peek() == '(' {
		return p.group('(', ')', p.sub)
	}
	field := p.literal("a field or a value")
	if field == nil {
		return nil
	}
	end := p.pos
	p.space()
	switch c := p.peek(); c {
	case ':':
		return p.value(field)
	case '<', '>':
		return p.ranged(field)
	}
	p.pos = end
	p.blanks(field, true)
	return &Text{field}
}

func (p *parser) value(field *Literal) Node {
	if !p.wholeField(field) {
		return nil
	}
	p.pos++
	p.space()
	if p.peek() == '{' {
		n := p.group('{', '}', p.sub)
		if p.failed {
			return nil
		}
		return &Nested{Span{field.At.Start, p.pos}, field, n}
	}
	v := p.list()
	if p.failed {
		return nil
	}
	return &Is{Span{field.At.Start, p.pos}, field, v}
}

// list is a value or a bracket of values behind a field.
func (p *parser) list() Node {
	if p.peek() == '(' {
		return p.group('(', ')', p.list)
	}
	l := p.literal("a value")
	if l == nil {
		return nil
	}
	p.blanks(l, false)
	return &Value{l}
}

func (p *parser) ranged(field *Literal) Node {
	if !p.wholeField(field) {
		return nil
	}
	start := p.pos
	p.pos++
	if p.peek() == '=' {
		p.pos++
	}
	op := p.src[start:p.pos]
	p.space()
	v := p.literal("a value")
	if v == nil {
		return nil
	}
	return &Range{Span{field.At.Start, p.pos}, field, op, v}
}

// wholeField refuses a field name of several words: an operator is missing in front of the last one.
func (p *parser) wholeField(field *Literal) bool {
	i := strings.LastIndexAny(p.src[field.At.Start:field.At.End], " \t\r\n")
	if field.Quoted || i < 0 {
		return true
	}
	at := field.At.Start + i + 1
	p.fail(Span{at, field.At.End}, "", "expected and, or, or the end of the query, found %s", p.src[at:field.At.End])
	return false
}

// blanks reports an unquoted value of several words without wildcard. Kibana takes it as one text; more likely quotes
// or an operator are missing.
func (p *parser) blanks(l *Literal, free bool) {
	if l.Quoted || l.Wild || !strings.ContainsAny(l.Text, " \t\r\n") {
		return
	}
	text := p.src[l.At.Start:l.At.End]
	rest := strings.TrimLeft(p.src[p.pos:], " \t\r\n")
	switch {
	case rest != "" && strings.IndexByte(":<>", rest[0]) >= 0:
		p.wholeField(l)
	case free && strings.Contains(text, "="):
		p.fail(l.At, "KQL compares with a colon: field : value", "= is not an operator of KQL")
	default:
		p.report(Strict, l.At, "write it in quotes, or put and or or between the words", "text of several words without quotes: %s", clip(text))
	}
}

// unexpected reports what stands where and, or, or the end is expected.
func (p *parser) unexpected() {
	start := p.pos
	end := start
	for end < len(p.src) && !isSpace(p.src[end]) && !strings.ContainsRune("():{}<>\"", rune(p.src[end])) {
		end++
	}
	if end == start {
		_, n := utf8.DecodeRuneInString(p.src[start:])
		end += n
	}
	word := p.src[start:end]
	switch {
	case word == ")" || word == "}":
		p.fail(Span{start, end}, "", "%s without an opening bracket", word)
	default:
		p.fail(Span{start, end}, "", "expected and, or, or the end of the query, found %s", clip(word))
	}
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
