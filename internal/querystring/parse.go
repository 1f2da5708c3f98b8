// Package querystring reads Lucene's query syntax as Elasticsearch's query_string takes it. It knows nothing of fields.
package querystring

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/source"
)

// Span is a place in the text.
type Span = source.Span

// Occur says how a clause counts among its neighbours.
type Occur uint8

// Occurrences of a clause.
const (
	Should Occur = iota
	Must
	MustNot
)

// Node is a *Group, *Words, *Phrase, *Wild, *Prefix, *Regexp, *Fuzzy or *Range.
type Node interface {
	At() Span
	On() Field // of a clause; none of a group
}

// Place is the span of a node.
type Place struct{ Span Span }

// At is the span.
func (p Place) At() Span { return p.Span }

// Field is the name before the colon; empty: the fields of the request.
type Field struct {
	Name string
	Span Span
}

// On is the field of a clause.
func (f Field) On() Field { return f }

// On is no field: the clauses of a group have theirs.
func (*Group) On() Field { return Field{} }

// Exists is the field that a clause asks for ("_exists_:name").
func Exists(n Node) (name string, ok bool) {
	if n.On().Name != "_exists_" {
		return "", false
	}
	switch n := n.(type) {
	case *Words:
		return n.Text, true
	case *Phrase:
		return n.Text, true
	}
	return "", false
}

type (
	// Group is the clauses of a bracket, or of the whole text.
	Group struct {
		Place
		Clauses []Clause
	}
	// Words is a text without quotes, in one piece for the analyzer.
	Words struct {
		Place
		Field
		Text string
	}
	// Phrase is a text in quotes.
	Phrase struct {
		Place
		Field
		Text string
		Slop int
	}
	// Wild is a pattern as written, escapes included.
	Wild struct {
		Place
		Field
		Pattern string
	}
	// Prefix is the beginning of a value.
	Prefix struct {
		Place
		Field
		Text string
	}
	// Regexp is a regular expression.
	Regexp struct {
		Place
		Field
		Pattern string
	}
	// Fuzzy is a term that may differ by some edits; -1: by its length.
	Fuzzy struct {
		Place
		Field
		Text  string
		Edits int
	}
	// Range is an interval; an empty bound is open.
	Range struct {
		Place
		Field
		Low, High    string
		Open         [2]bool // no bound
		WithLow      bool    // the bound itself belongs to it
		WithHigh     bool
		QuotedBounds [2]bool
	}
)

// Clause is a member of a group.
type Clause struct {
	Occur Occur
	Node  Node
	Span  Span // with its field and brackets, without Sign
	Sign  Span // "+", "-", "!" or "NOT" in front; empty, at the start of Span, if there is none
}

// Query is a parsed text.
type Query struct {
	Source string
	Root   *Group // nil for a blank text
	// Boosts are the places of boosts (^2), which change the order of results only.
	Boosts []Span
}

// Error is why a text cannot be read.
type Error struct {
	Span    Span
	Message string
	Hint    string
}

func (e *Error) Error() string { return e.Message }

const maxDepth = 200

// Parse reads a text. and is the operator between words that have none, "and" instead of "or". The error is an *Error.
func Parse(text string, and bool) (*Query, error) {
	p := &parser{src: text, and: and, q: &Query{Source: text}}
	if len(text) > 1<<20 {
		return nil, &Error{Message: fmt.Sprintf("the query has %d bytes, more than the limit of %d", len(text), 1<<20)}
	}
	if strings.TrimSpace(text) == "" {
		return p.q, nil
	}
	if err := p.lex(); err != nil {
		return nil, err
	}
	g, err := p.group(Field{}, 0)
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != end {
		return nil, p.unexpected(t)
	}
	p.q.Root = g
	return p.q, nil
}

type kind uint8

const (
	end kind = iota
	and
	or
	not
	plus
	minus
	bareOperator
	open
	shut
	colon
	star
	caret
	number
	quoted
	term
	fuzzy
	prefix
	wild
	regex
	rangeText
)

type token struct {
	kind kind
	at   Span
	text string // of a range: what stands in the brackets
}

type parser struct {
	src    string
	and    bool
	tokens []token
	pos    int
	q      *Query
}

func (p *parser) fail(at Span, hint, format string, args ...any) error {
	return &Error{Span: at, Message: fmt.Sprintf(format, args...), Hint: hint}
}

func blank(s string, at int) int {
	switch {
	case at >= len(s):
	case s[at] == ' ' || s[at] == '\t' || s[at] == '\n' || s[at] == '\r':
		return 1
	case strings.HasPrefix(s[at:], "\u3000"):
		return 3
	}
	return 0
}

// special are the bytes that a term does not begin with, unless escaped; "+" and "-" may stand inside.
const special = `+-!():^[]"{}~*?\/`

func (p *parser) lex() error {
	for i := 0; i < len(p.src); {
		if n := blank(p.src, i); n > 0 {
			i += n
			continue
		}
		t, err := p.next(i)
		if err != nil {
			return err
		}
		p.tokens = append(p.tokens, t)
		i = t.at.End
		if t.kind == caret {
			for blank(p.src, i) > 0 {
				i += blank(p.src, i)
			}
			n := digits(p.src, i)
			if n == 0 {
				return p.fail(t.at, `write \^ for the character`, "expected a number behind `^`")
			}
			p.tokens = append(p.tokens, token{number, Span{Start: i, End: i + n}, p.src[i : i+n]})
			i += n
		}
	}
	return nil
}

// digits is the length of a number with an optional fraction.
func digits(s string, at int) int {
	i := at
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	if i > at && i+1 < len(s) && s[i] == '.' && s[i+1] >= '0' && s[i+1] <= '9' {
		for i++; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		}
	}
	return i - at
}

func (p *parser) next(i int) (token, error) {
	s := p.src
	one := func(k kind) (token, error) { return token{k, Span{Start: i, End: i + 1}, s[i : i+1]}, nil }
	switch c := s[i]; c {
	case '+', '-', '!':
		if blank(s, i+1) > 0 {
			return one(bareOperator)
		}
		switch c {
		case '+':
			return one(plus)
		case '-':
			return one(minus)
		}
		return one(not)
	case '(':
		return one(open)
	case ')':
		return one(shut)
	case ':':
		return one(colon)
	case '^':
		return one(caret)
	case '~':
		j := i + 1
		for j < len(s) && blank(s, j) == 0 && (strings.IndexByte(special, s[j]) < 0 || s[j] == '+' || s[j] == '-') {
			j++
		}
		return token{fuzzy, Span{Start: i, End: j}, s[i+1 : j]}, nil
	case '"':
		for j := i + 1; j < len(s); j++ {
			switch s[j] {
			case '\\':
				j++
			case '"':
				return token{quoted, Span{Start: i, End: j + 1}, s[i+1 : j]}, nil
			}
		}
		return token{}, p.fail(Span{Start: i, End: len(s)}, `write \" for the character`, "the quote is not closed")
	case '/':
		for j := i + 1; j < len(s); j++ {
			switch s[j] {
			case '\\':
				j++
			case '/':
				return token{regex, Span{Start: i, End: j + 1}, s[i+1 : j]}, nil
			}
		}
		return token{}, p.fail(Span{Start: i, End: i + 1}, `write \/ for the character`, "a regular expression begins here that no `/` ends")
	case '[', '{':
		j := strings.IndexAny(s[i:], "]}")
		for j >= 0 && oddQuotes(s[i:i+j]) {
			next := strings.IndexAny(s[i+j+1:], "]}")
			if next < 0 {
				j = -1
				break
			}
			j += 1 + next
		}
		if j < 0 {
			return token{}, p.fail(Span{Start: i, End: i + 1}, fmt.Sprintf(`write \%c for the character`, c), "a range begins here that no bracket ends")
		}
		return token{rangeText, Span{Start: i, End: i + j + 1}, s[i : i+j+1]}, nil
	case ']', '}':
		return token{}, p.fail(Span{Start: i, End: i + 1}, fmt.Sprintf(`write \%c for the character`, c), "`%c` closes nothing", c)
	}
	return p.term(i)
}

func oddQuotes(s string) bool { return strings.Count(s, `"`)%2 == 1 }

// term reads a word, with or without wildcards.
func (p *parser) term(i int) (token, error) {
	s, j := p.src, i
	stars, holes := 0, 0
	for j < len(s) && blank(s, j) == 0 {
		c := s[j]
		if c == '\\' {
			if j+1 >= len(s) {
				return token{}, p.fail(Span{Start: j, End: j + 1}, `write \\ for a backslash`, "nothing stands behind the last backslash")
			}
			j += 2
			for j < len(s) && s[j]&0xC0 == 0x80 {
				j++
			}
			continue
		}
		if c == '*' {
			stars++
		} else if c == '?' {
			holes++
		} else if strings.IndexByte(special, c) >= 0 && c != '+' && c != '-' {
			break
		}
		j++
	}
	t := token{term, Span{Start: i, End: j}, s[i:j]}
	switch {
	case stars == 1 && holes == 0 && t.text == "*":
		t.kind = star
	case stars == 1 && holes == 0 && strings.HasSuffix(t.text, "*"):
		t.kind = prefix
	case stars+holes > 0:
		t.kind = wild
	case t.text == "AND" || t.text == "&&":
		t.kind = and
	case t.text == "OR" || t.text == "||":
		t.kind = or
	case t.text == "NOT":
		t.kind = not
	}
	return t, nil
}

func (p *parser) ahead(n int) token {
	if p.pos+n < len(p.tokens) {
		return p.tokens[p.pos+n]
	}
	return token{kind: end, at: Span{Start: len(p.src), End: len(p.src)}}
}

func (p *parser) peek() token { return p.ahead(0) }

func (p *parser) unexpected(t token) error {
	if t.kind == end {
		return p.fail(t.at, "", "expected a term, found the end of the query")
	}
	return p.fail(t.at, `write \ before a character that is meant as such`, "expected a term, found `%s`", p.src[t.at.Start:t.at.End])
}

// group reads clauses up to a closing bracket or the end.
func (p *parser) group(f Field, depth int) (*Group, error) {
	if depth > maxDepth {
		return nil, p.fail(p.peek().at, "", "brackets are nested more than %d deep", maxDepth)
	}
	g := &Group{}
	start := p.peek().at.Start
	for first := true; first || p.peek().kind != end && p.peek().kind != shut; first = false {
		if words := p.multiTerm(f); words != nil {
			p.add(g, end, Clause{Should, words, words.At(), Span{Start: words.At().Start, End: words.At().Start}})
			continue
		}
		conj := end
		if k := p.peek().kind; !first && (k == and || k == or) {
			conj = k
			p.pos++
		}
		c := Clause{Sign: Span{Start: p.peek().at.Start, End: p.peek().at.Start}}
		switch p.peek().kind {
		case plus:
			c.Occur, c.Sign = Must, p.peek().at
			p.pos++
		case minus, not:
			c.Occur, c.Sign = MustNot, p.peek().at
			p.pos++
		}
		c.Span.Start = p.peek().at.Start
		n, err := p.clause(f, depth)
		if err != nil {
			return nil, err
		}
		c.Node, c.Span.End = n, p.tokens[p.pos-1].at.End
		p.add(g, conj, c)
	}
	g.Span = Span{Start: start, End: p.tokens[p.pos-1].at.End}
	return g, nil
}

// add gives a clause its occurrence, as Lucene's parser does: AND makes the clause before it a must too.
func (p *parser) add(g *Group, conj kind, c Clause) {
	last := len(g.Clauses) - 1
	if last >= 0 && conj == and && g.Clauses[last].Occur != MustNot {
		g.Clauses[last].Occur = Must
	}
	if last >= 0 && p.and && conj == or && g.Clauses[last].Occur != MustNot {
		g.Clauses[last].Occur = Should
	}
	switch {
	case c.Occur == MustNot:
	case p.and && conj != or, conj == and:
		c.Occur = Must
	case p.and:
		c.Occur = Should
	}
	g.Clauses = append(g.Clauses, c)
}

// multiTerm joins plain words that follow one another: the analyzer gets them as one text.
func (p *parser) multiTerm(f Field) Node {
	joins := func(n int) bool {
		switch p.ahead(n + 1).kind {
		case colon, star, caret, fuzzy, and, or:
			return false
		}
		return p.ahead(n).kind == term
	}
	if p.peek().kind != term || !joins(1) {
		return nil
	}
	w := &Words{Field: f, Place: Place{p.peek().at}}
	var text strings.Builder
	text.WriteString(unescape(p.peek().text))
	for p.pos++; joins(0); p.pos++ {
		text.WriteByte(' ')
		text.WriteString(unescape(p.peek().text))
		w.Place.Span.End = p.peek().at.End
	}
	w.Text = text.String()
	return w
}

// clause reads a term or a bracket, with a field or without.
func (p *parser) clause(f Field, depth int) (Node, error) {
	if t := p.peek(); p.ahead(1).kind == colon && (t.kind == term || t.kind == star) {
		f = Field{unescape(t.text), t.at}
		p.pos += 2
	}
	t := p.peek()
	if t.kind != open {
		return p.single(f)
	}
	p.pos++
	g, err := p.group(f, depth+1)
	if err != nil {
		return nil, err
	}
	if p.peek().kind != shut {
		return nil, p.fail(t.at, "", "`(` is not closed")
	}
	p.pos++
	p.boost()
	return g, nil
}

func (p *parser) boost() {
	if p.peek().kind == caret {
		p.q.Boosts = append(p.q.Boosts, Span{Start: p.peek().at.Start, End: p.ahead(1).at.End})
		p.pos += 2
	}
}

func (p *parser) single(f Field) (Node, error) {
	t := p.peek()
	at := Place{t.at}
	p.pos++
	var n Node
	switch t.kind {
	case term, bareOperator:
		n = &Words{at, f, unescape(t.text)}
	case star, wild:
		n = &Wild{at, f, t.text}
	case prefix:
		n = &Prefix{at, f, unescape(t.text[:len(t.text)-1])}
	case regex:
		n = &Regexp{at, f, t.text}
	case quoted:
		n = &Phrase{Place: at, Field: f, Text: unescape(t.text)}
	case rangeText:
		r, err := p.interval(t, f)
		if err != nil {
			return nil, err
		}
		n = r
	default:
		p.pos--
		return nil, p.unexpected(t)
	}
	p.boost()
	if p.peek().kind == fuzzy && t.kind != rangeText {
		var err error
		if n, err = p.fuzz(n); err != nil {
			return nil, err
		}
		p.boost()
	}
	return n, nil
}

// fuzz applies ~ to what stands before it: the slop of a phrase, where what is no number counts as none, or the edits of a word.
func (p *parser) fuzz(n Node) (Node, error) {
	t := p.peek()
	p.pos++
	x, err := strconv.ParseFloat(t.text, 64)
	if err == nil && digits(strings.TrimPrefix(t.text, "-"), 0) == 0 { // "inf", "0x1"
		err = strconv.ErrSyntax
	}
	switch n := n.(type) {
	case *Phrase:
		if err == nil {
			n.Slop = int(max(-1, min(x, 1000))) // a negative one finds nothing
		}
	case *Words:
		switch {
		case t.text == "" || strings.EqualFold(t.text, "auto"):
			return &Fuzzy{n.Place, n.Field, n.Text, -1}, nil
		case err == nil && (x == 0 || x == 1 || x == 2):
			return &Fuzzy{n.Place, n.Field, n.Text, int(x)}, nil
		}
		return nil, p.fail(t.at, `write \~ for the character`, "expected 0, 1, 2 or nothing behind `~`, found `%s`", t.text)
	}
	return n, nil
}

// interval reads [a TO b] and its like.
func (p *parser) interval(t token, f Field) (*Range, error) {
	r := &Range{Place: Place{t.at}, Field: f, WithLow: t.text[0] == '[', WithHigh: strings.HasSuffix(t.text, "]")}
	body := t.text[1 : len(t.text)-1]
	var parts []string
	var quotes []bool
	for i := 0; i < len(body); {
		switch {
		case body[i] == ' ':
			i++
		case body[i] == '"':
			j := i + 1
			for j < len(body) && body[j] != '"' {
				if body[j] == '\\' {
					j++
				}
				j++
			}
			if j >= len(body) {
				return nil, p.fail(t.at, "", "the quote is not closed")
			}
			parts, quotes = append(parts, unescape(body[i+1:j])), append(quotes, true)
			i = j + 1
		default:
			j := strings.IndexByte(body[i:], ' ')
			if j < 0 {
				j = len(body) - i
			}
			parts, quotes = append(parts, unescape(body[i:i+j])), append(quotes, false)
			i += j
		}
	}
	if len(parts) != 3 || parts[1] != "TO" || quotes[1] {
		return nil, p.fail(t.at, "write it as [low TO high], with * for no bound", "`%s` is no range", t.text)
	}
	r.Low, r.High = parts[0], parts[2]
	r.Open = [2]bool{r.Low == "*" && !quotes[0], r.High == "*" && !quotes[2]}
	r.QuotedBounds = [2]bool{quotes[0], quotes[2]}
	return r, nil
}

// unescape drops backslashes; \uXXXX is a character.
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		if s[i] == 'u' && i+4 < len(s) {
			if v, err := strconv.ParseUint(s[i+1:i+5], 16, 32); err == nil {
				b.WriteRune(rune(v))
				i += 4
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// Fields calls f for each field that a query names, in source order.
func (q *Query) Fields(f func(Field)) {
	if q.Root != nil {
		fields(q.Root, f)
	}
}

func fields(n Node, f func(Field)) {
	if g, ok := n.(*Group); ok {
		for _, c := range g.Clauses {
			fields(c.Node, f)
		}
	}
	if name, ok := Exists(n); ok {
		f(Field{Name: name, Span: n.At()})
	} else if n.On().Name != "" {
		f(n.On())
	}
}
