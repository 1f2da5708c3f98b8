package kql

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// kueryParser follows Kibana's grammar, a parsing expression grammar. In it the first alternative that fits is taken, and
// where all fail the error is at the place that was reached furthest. Every failure of a part is one of the whole: no
// other alternative can stand in its place.
type kueryParser struct {
	src   string
	pos   int
	depth int

	furthest int
	expected expectation
	tooDeep  bool
}

// expectation is a set of what could stand at a place.
type expectation uint16

const (
	wantOperator expectation = 1 << iota // and, or
	wantNot
	wantField
	wantValue
	wantColon
	wantCompare
	wantParen
	wantBrace
	wantCloseParen
	wantCloseBrace
	wantEnd
	wantBlank
)

// parseKuery reads the text from an offset to its end.
func parseKuery(src string, from int) (Node, *Issue) {
	p := &kueryParser{src: src, pos: from, furthest: from}
	p.space()
	if p.pos == len(src) {
		return nil, nil
	}
	n, ok := p.or(p.sub)
	if ok {
		if p.space(); p.pos == len(src) {
			return n, nil
		}
		p.fail(p.pos, wantEnd)
	}
	is := p.issue()
	return nil, &is
}

// fail notes that none of what is expected stands at a place.
func (p *kueryParser) fail(at int, want expectation) {
	switch {
	case p.tooDeep:
	case at > p.furthest:
		p.furthest, p.expected = at, want
	case at == p.furthest:
		p.expected |= want
	}
}

// blank is the length of the white space character at an offset, 0 if there is none. A no-break space is one.
func blank(s string, at int) int {
	switch {
	case at >= len(s):
	case isSpace(s[at]):
		return 1
	case s[at] == 0xC2 && at+1 < len(s) && s[at+1] == 0xA0:
		return 2
	}
	return 0
}

func skipBlanks(s string, at int) int {
	for {
		n := blank(s, at)
		if n == 0 {
			return at
		}
		at += n
	}
}

func (p *kueryParser) space() {
	p.pos = skipBlanks(p.src, p.pos)
	p.fail(p.pos, wantBlank)
}

func hasWord(s string, at int, word string) bool {
	return at+len(word) <= len(s) && strings.EqualFold(s[at:at+len(word)], word)
}

// keyword takes "and" or "or" between blanks.
func (p *kueryParser) keyword(word string) bool {
	at := skipBlanks(p.src, p.pos)
	if at > p.pos && hasWord(p.src, at, word) {
		if end := skipBlanks(p.src, at+len(word)); end > at+len(word) {
			p.pos = end
			return true
		}
	}
	p.fail(p.pos, wantOperator)
	return false
}

func (p *kueryParser) or(item func() (Node, bool)) (Node, bool) {
	list, ok := p.chain("or", func() (Node, bool) {
		list, ok := p.chain("and", func() (Node, bool) { return p.not(item) })
		if len(list) > 1 {
			return &And{outer(list), list}, ok
		}
		return first(list), ok
	})
	if len(list) > 1 {
		return &Or{outer(list), list}, ok
	}
	return first(list), ok
}

func first(list []Node) Node {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

func outer(list []Node) Span {
	return Span{Start: list[0].Span().Start, End: list[len(list)-1].Span().End}
}

func (p *kueryParser) chain(word string, item func() (Node, bool)) ([]Node, bool) {
	var list []Node
	for {
		n, ok := item()
		if !ok {
			return nil, false
		}
		list = append(list, n)
		if !p.keyword(word) {
			return list, true
		}
	}
}

func (p *kueryParser) not(item func() (Node, bool)) (Node, bool) {
	start := p.pos
	if hasWord(p.src, start, "not") {
		if end := skipBlanks(p.src, start+3); end > start+3 {
			p.pos = end
			n, ok := item()
			if !ok {
				return nil, false
			}
			return &Not{Span{Start: start, End: n.Span().End}, n}, true
		}
	}
	p.fail(start, wantNot)
	return item()
}

// group reads what stands in brackets, whose opening one is at the cursor.
func (p *kueryParser) group(closing byte, want expectation, item func() (Node, bool)) (Node, bool) {
	if p.depth++; p.depth > maxDepth {
		p.furthest, p.tooDeep = p.pos, true
		return nil, false
	}
	defer func() { p.depth-- }()
	p.pos++
	p.space()
	n, ok := p.or(item)
	if !ok {
		return nil, false
	}
	if p.space(); p.peek() != closing {
		p.fail(p.pos, want)
		return nil, false
	}
	p.pos++
	return n, true
}

func (p *kueryParser) peek() byte {
	if p.pos < len(p.src) {
		return p.src[p.pos]
	}
	return 0
}

// sub is an operand of the query: brackets, field:{…}, field < value, field:value, or a value without field.
func (p *kueryParser) sub() (Node, bool) {
	if p.peek() == '(' {
		return p.group(')', wantCloseParen, p.sub)
	}
	start := p.pos
	field := p.literal()
	if field == nil {
		p.fail(start, wantParen|wantField|wantValue)
		return nil, false
	}
	end := p.pos
	p.space()
	switch c := p.peek(); c {
	case ':':
		return p.value(field)
	case '<', '>':
		return p.ranged(field)
	}
	p.fail(p.pos, wantColon|wantCompare)
	p.pos = end
	return &Text{Literal: field}, true
}

// value reads what stands behind the colon.
func (p *kueryParser) value(field *Literal) (Node, bool) {
	p.pos++
	p.space()
	if p.peek() == '{' {
		n, ok := p.group('}', wantCloseBrace, p.sub)
		if !ok {
			return nil, false
		}
		return &Nested{Span{Start: field.At.Start, End: p.pos}, field, n}, true
	}
	at, list := p.pos, p.peek() == '('
	v, ok := p.list()
	if !ok {
		p.fail(at, wantBrace)
		return nil, false
	}
	return &Is{Span{Start: field.At.Start, End: p.pos}, field, v, list}, true
}

// list is a value or a bracket of values behind a field.
func (p *kueryParser) list() (Node, bool) {
	if p.peek() == '(' {
		return p.group(')', wantCloseParen, p.list)
	}
	start := p.pos
	l := p.literal()
	if l == nil {
		p.fail(start, wantParen|wantValue)
		return nil, false
	}
	return &Value{l}, true
}

func (p *kueryParser) ranged(field *Literal) (Node, bool) {
	start := p.pos
	p.pos++
	if p.peek() == '=' {
		p.pos++
	}
	op := p.src[start:p.pos]
	p.space()
	at := p.pos
	v := p.literal()
	if v == nil {
		p.fail(at, wantValue)
		return nil, false
	}
	return &Range{Span{Start: field.At.Start, End: p.pos}, field, op, v}, true
}

// literal reads a field name or a value; nil, with the cursor where it was, if none stands here.
func (p *kueryParser) literal() *Literal {
	if p.peek() == '"' {
		return p.quoted()
	}
	return p.unquoted()
}

// quoted reads a string. A backslash that escapes nothing stays.
func (p *kueryParser) quoted() *Literal {
	start := p.pos
	var b strings.Builder
	for i := start + 1; i < len(p.src); {
		switch p.src[i] {
		case '"':
			p.pos = i + 1
			return &Literal{At: Span{Start: start, End: p.pos}, Kind: Quoted, Text: b.String()}
		case '\\':
			if text, n := escape(p.src[i:], `\"`); n > 0 {
				b.WriteString(text)
				i += n
				continue
			}
			b.WriteByte('\\')
			i++
		default:
			n := strings.IndexAny(p.src[i:], `"\`)
			if n < 0 {
				return nil
			}
			b.WriteString(p.src[i : i+n])
			i += n
		}
	}
	return nil
}

// escape reads an escape sequence: white space, one of special, or a code unit. n is 0 if it is none.
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
	case c == 'u':
		return unicodeEscape(s)
	}
	return "", 0
}

// unicodeEscape reads \uXXXX, or two of them that are a pair of surrogates. A lone surrogate is no character and becomes
// U+FFFD.
func unicodeEscape(s string) (text string, n int) {
	v, ok := hex4(s)
	if !ok {
		return "", 0
	}
	if v >= 0xD800 && v < 0xDC00 {
		if low, ok := hex4(s[6:]); ok && low >= 0xDC00 && low < 0xE000 {
			return string((v-0xD800)<<10 + (low - 0xDC00) + 0x10000), 12
		}
	}
	return string(v), 6
}

// hex4 reads the four digits of \uXXXX.
func hex4(s string) (v rune, ok bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	for _, c := range []byte(s[2:6]) {
		switch {
		case c >= '0' && c <= '9':
			v = v<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			v = v<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return v, true
}

const specialChars = `\():<>"*{}`

// unquoted reads a bare literal: up to a special character or a keyword. Blanks belong to it; those at its ends, escaped
// ones too, are cut off.
func (p *kueryParser) unquoted() *Literal {
	start := p.pos
	var b builder
	i := start
	for i < len(p.src) {
		if blank(p.src, i) > 0 { // one look at a run of blanks decides for all of it
			end := skipBlanks(p.src, i)
			if keywordAt(p.src, end, "and") || keywordAt(p.src, end, "or") {
				break
			}
			b.text(p.src[i:end])
			i = end
			continue
		}
		n := p.character(i, &b)
		if n == 0 {
			break
		}
		i += n
	}
	if i == start {
		return nil
	}
	p.pos = i
	at := Span{Start: start, End: start + len(strings.TrimRightFunc(p.src[start:i], jsSpace))}
	at.Start = at.End - len(strings.TrimLeftFunc(p.src[at.Start:at.End], jsSpace))
	if at.Start == at.End { // only blanks that are none of the grammar's
		at = Span{Start: start, End: start + len(strings.TrimRight(p.src[start:i], " \t\r\n\u00a0"))}
	}
	return b.literal(at)
}

// keywordAt reports whether a word stands at an offset with a blank behind it.
func keywordAt(s string, at int, word string) bool {
	return hasWord(s, at, word) && blank(s, at+len(word)) > 0
}

// character takes one character of a bare literal; 0 if the literal ends here.
func (p *kueryParser) character(i int, b *builder) int {
	switch c := p.src[i]; {
	case c == '*':
		b.wildcard()
		return 1
	case c == '\\':
		text, n := escape(p.src[i:], specialChars)
		for _, word := range []string{"or", "and", "not"} {
			if n == 0 && hasWord(p.src, i+1, word) {
				text, n = p.src[i+1:i+1+len(word)], 1+len(word)
			}
		}
		b.text(text)
		return n
	case strings.IndexByte(specialChars, c) >= 0, (c == 'n' || c == 'N') && keywordAt(p.src, i, "not"):
		return 0
	}
	_, n := utf8.DecodeRuneInString(p.src[i:])
	b.text(p.src[i : i+n])
	return n
}

// builder collects the characters of a bare literal.
type builder struct {
	b    strings.Builder
	wild []int
}

func (b *builder) text(s string) { b.b.WriteString(s) }

func (b *builder) wildcard() {
	b.wild = append(b.wild, b.b.Len())
	b.b.WriteByte('*')
}

func (b *builder) literal(at Span) *Literal {
	text := b.b.String()
	cut := strings.TrimLeftFunc(text, jsSpace)
	shift := len(text) - len(cut)
	l := &Literal{At: at, Text: strings.TrimRightFunc(cut, jsSpace)}
	for i := range b.wild {
		b.wild[i] -= shift
	}
	switch {
	case l.Text == "null" && b.wild == nil:
		l.Kind = Null
	case l.Text == "true":
		l.Kind = True
	case l.Text == "false":
		l.Kind = False
	case b.wild != nil:
		l.Kind, l.Wild = Pattern, b.wild
	}
	return l
}

// jsSpace is what String.trim of JavaScript cuts off.
func jsSpace(r rune) bool {
	switch {
	case r >= '\t' && r <= '\r', r == ' ', r == 0xA0, r == 0x1680, r >= 0x2000 && r <= 0x200A, r == 0x2028, r == 0x2029, r == 0x202F,
		r == 0x205F, r == 0x3000, r == 0xFEFF:
		return true
	}
	return false
}

// issue makes the syntax error of the furthest failure.
func (p *kueryParser) issue() Issue {
	if p.tooDeep {
		return Issue{Code: "query/syntax", Level: Error, Span: Span{Start: p.furthest, End: p.furthest + 1}, Message: fmt.Sprintf("brackets are nested more than %d deep", maxDepth)}
	}
	return syntaxIssue(p.src, p.furthest, p.expected)
}
