package kql

import (
	"fmt"
	"strings"
)

// serverParser follows the grammar of Elasticsearch's kql query. In it words may stand where operators do, and of the
// ways to read a text the first one counts that reads all of it. Brackets and quotes bind what they hold, so a query is a
// sequence of tokens in which a bracket is one item; what each token means is decided from right to left, since only the
// rest of the sequence tells whether "and" is an operator or a word.
type serverParser struct {
	src     string
	tokens  []token
	pair    []int // of a bracket the number of the other one
	plans   map[region]*plan
	tooDeep bool
}

// parseServer reads the text from an offset to its end.
func parseServer(src string, from int) (Node, *Issue) {
	p := &serverParser{src: src, plans: map[region]*plan{}}
	bad := p.lex(from)
	if at, want, deep := p.accept(); at >= 0 {
		place := len(src)
		if at < len(p.tokens) {
			place = p.tokens[at].at.Start
		}
		if bad == nil || bad.Span.Start > place {
			if deep {
				return nil, &Issue{Code: "query/syntax", Level: Error, Span: Span{Start: place, End: place + 1}, Message: fmt.Sprintf("brackets are nested more than %d deep", maxDepth)}
			}
			is := syntaxIssue(src, place, want)
			return nil, &is
		}
	}
	if bad != nil {
		return nil, bad
	}
	if len(p.tokens) == 0 {
		return nil, nil
	}
	n := p.query(region{0, len(p.tokens), queryRegion})
	if p.tooDeep {
		return nil, &Issue{Code: "query/syntax", Level: Error, Span: n.Span(), Message: fmt.Sprintf("operators are nested more than %d deep", maxDepth)}
	}
	return n, nil
}

// tokenKind is a token's kind; a set of them is a bit mask.
type tokenKind uint8

const (
	wordToken tokenKind = iota
	starToken
	quoteToken
	andToken
	orToken
	notToken
	colonToken
	compareToken
	openToken
	closeToken
	braceToken
	unbraceToken
)

type token struct {
	kind tokenKind
	at   Span
}

func (t token) operator() bool { return t.kind == andToken || t.kind == orToken }

// word reports whether a token can stand inside a value of several words.
func (t token) word() bool { return t.kind == wordToken || t.kind == starToken }

// serverBlank is the length of a white space character: U+3000 is one, a no-break space is not.
func serverBlank(s string, at int) int {
	switch {
	case isSpace(s[at]):
		return 1
	case strings.HasPrefix(s[at:], "\u3000"):
		return 3
	}
	return 0
}

// lex reads tokens up to the end or to what is none, which it returns.
func (p *serverParser) lex(at int) *Issue {
	for at < len(p.src) {
		if n := serverBlank(p.src, at); n > 0 {
			at += n
			continue
		}
		t := token{at: Span{Start: at, End: at + 1}}
		switch c := p.src[at]; c {
		case ':':
			t.kind = colonToken
		case '(':
			t.kind = openToken
		case ')':
			t.kind = closeToken
		case '{':
			t.kind = braceToken
		case '}':
			t.kind = unbraceToken
		case '<', '>':
			t.kind = compareToken
			if at+1 < len(p.src) && p.src[at+1] == '=' {
				t.at.End++
			}
		case '"':
			t.kind, t.at.End = quoteToken, quoteEnd(p.src, at)
			if t.at.End < 0 {
				return &Issue{Code: "query/syntax", Level: Error, Span: Span{Start: at, End: lineEnd(p.src, at)}, Message: "the quote is not closed"}
			}
			if is := badUnicode(p.src, t.at); is != nil {
				return is
			}
		default:
			if is := p.lexWord(&t); is != nil {
				return is
			}
		}
		p.tokens = append(p.tokens, t)
		at = t.at.End
	}
	return nil
}

// quoteEnd is the place behind a quoted string; -1 if it is not closed.
func quoteEnd(s string, at int) int {
	for i := at + 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return i + 1
		case '\\':
			if i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\') {
				i++
			}
		}
	}
	return -1
}

// badUnicode finds a \u without four digits in a quoted string, which the server refuses.
func badUnicode(s string, at Span) *Issue {
	for i := at.Start; i+1 < at.End; i++ {
		if s[i] != '\\' {
			continue
		}
		if s[i+1] == 'u' {
			if _, ok := hex4(s[i:at.End]); !ok {
				end := min(i+6, at.End-1)
				return &Issue{Code: "query/syntax", Level: Error, Span: Span{Start: i, End: end}, Message: fmt.Sprintf("expected four hexadecimal digits behind `\\u`, found `%s`", clip(s[i+2:end])),
					Hint: "write \\\\ for a backslash"}
			}
		}
		i++
	}
	return nil
}

// lexWord reads a word, a keyword or a lone star.
func (p *serverParser) lexWord(t *token) *Issue {
	s, i := p.src, t.at.Start
	for i < len(s) {
		if s[i] == '\\' {
			n := serverEscape(s[i:])
			if n == 0 {
				is := Issue{Code: "query/syntax", Level: Error, Span: Span{Start: i, End: i}}
				slip(&is, s, i, wantOperator)
				return &is
			}
			i += n
			continue
		}
		if s[i] != '*' && strings.IndexByte(specialChars, s[i]) >= 0 || serverBlank(s, i) > 0 {
			break
		}
		i++
	}
	t.at.End = i
	switch text := s[t.at.Start:i]; {
	case text == "*":
		t.kind = starToken
	case strings.EqualFold(text, "and"):
		t.kind = andToken
	case strings.EqualFold(text, "or"):
		t.kind = orToken
	case strings.EqualFold(text, "not"):
		t.kind = notToken
	}
	return nil
}

// serverEscape is the length of an escape sequence outside of quotes, 0 if it is none.
func serverEscape(s string) int {
	if len(s) < 2 {
		return 0
	}
	switch c := s[1]; {
	case c == 't' || c == 'r', strings.IndexByte(specialChars+" ", c) >= 0:
		return 2
	case c == 'u':
		if _, ok := hex4(s); ok {
			return 6
		}
		return 0
	}
	for _, word := range []string{"and", "or", "not"} {
		if hasWord(s, 1, word) {
			return 1 + len(word)
		}
	}
	if s[1] == 'n' {
		return 2
	}
	return 0
}

// serverUnescape resolves the escapes of a word. One before a blank is none: the backslash stays.
func serverUnescape(s string, special string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			i++
			continue
		}
		if i+1 < len(s) && special == specialChars {
			if word := keywordEscape(s[i+1:]); word != "" {
				b.WriteString(word)
				i += 1 + len(word)
				continue
			}
		}
		text, n := escape(s[i:], special)
		if n == 0 {
			text, n = `\`, 1
		}
		b.WriteString(text)
		i += n
	}
	return b.String()
}

func keywordEscape(s string) string {
	for _, word := range []string{"and", "or", "not"} {
		if hasWord(s, 0, word) {
			return s[:len(word)]
		}
	}
	return ""
}

// literal makes the literal of the tokens from i to j. Words are joined by one blank. It is a pattern if one of the words
// has a star before any backslash; then an escaped star is a wildcard too.
func (p *serverParser) literal(i, j int) *Literal {
	l := &Literal{At: Span{Start: p.tokens[i].at.Start, End: p.tokens[j-1].at.End}}
	if p.tokens[i].kind == quoteToken {
		l.Kind = Quoted
		l.Text = serverUnescape(p.src[l.At.Start+1:l.At.End-1], `\"`)
		return l
	}
	var parts []string
	for _, t := range p.tokens[i:j] {
		raw := p.src[t.at.Start:t.at.End]
		if star := strings.IndexByte(raw, '*'); star >= 0 && strings.IndexByte(raw[:star], '\\') < 0 {
			l.Kind = Pattern
		}
		parts = append(parts, serverUnescape(raw, specialChars))
	}
	l.Text = strings.Join(parts, " ")
	if l.Kind == Pattern {
		l.stars()
	}
	return l
}

// stars makes every star of the text a wildcard.
func (l *Literal) stars() {
	l.Kind, l.Wild = Pattern, nil
	for i := range len(l.Text) {
		if l.Text[i] == '*' {
			l.Wild = append(l.Wild, i)
		}
	}
}

// fieldName is a token as the name of a field: there any star is a wildcard, unless it is quoted.
func (p *serverParser) fieldName(i int) *Literal {
	l := p.literal(i, i+1)
	if l.Kind == Plain && strings.Contains(l.Text, "*") {
		l.stars()
	}
	return l
}
