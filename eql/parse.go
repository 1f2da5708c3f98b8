package eql

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/near"
)

// Limits of Parse. Elasticsearch has none of its own, but its parser overflows its stack on deep nesting and answers
// "EQL statement is too large" (LANGUAGE.md 2.1).
const (
	MaxSource = 64 << 20 // bytes of a query
	MaxDepth  = 1000     // parentheses, calls, "not" and signs inside one another
	maxIssues = 50       // syntax errors reported for one query
)

// syntaxCode is the code of what is no EQL at all; what is wrong with the shape of a query has codes of its own.
const syntaxCode = "query/syntax"

// Parse parses a query. It never returns nil and never panics: what cannot be parsed becomes a BadExpr or BadBody, and
// the issues say why. The query is sound if no issue has Level Error. Issues are in source order.
func Parse(src string) (*Query, []Issue) {
	if len(src) > MaxSource {
		all := Span{Start: 0, End: len(src)}
		q := &Query{Source: src, Body: &BadBody{all}, Range: all}
		return q, []Issue{{Code: syntaxCode, Level: Error, Phase: "parse", Span: Span{Start: 0, End: 0},
			Message: fmt.Sprintf("query is too large: %d bytes, at most %d", len(src), MaxSource)}}
	}
	l := lexer{src: src}
	l.run()
	p := parser{src: src, toks: l.toks, issues: l.issues, lexed: len(l.issues), lastErr: -1, confused: -1}
	q := p.query()
	p.expressionDepth()
	q.Comments = l.comments
	p.dropConsequences(l.open)
	slices.SortStableFunc(p.issues, func(a, b Issue) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	return q, p.issues
}

type parser struct {
	src     string
	toks    []token
	i       int // index of the current token
	issues  []Issue
	lexed   int // issues[:lexed] come from the lexer
	lastErr int // index of the token at which the last error was reported
	// confused is the index of the last token that had no place in the grammar. What follows closely is a consequence.
	confused   int
	unbalanced []int // issues about brackets without a partner
	depth      int
	pairs      []int32 // of each parenthesis its partner, or -1; made when it is first needed
	skipped    bool    // part of a sequence could not be parsed: its terms are not counted
	nodes      arena
	exprs      []Expr // scratch for lists
}

func (p *parser) tok() token          { return p.toks[p.i] }
func (p *parser) kind() kind          { return p.toks[p.i].kind }
func (p *parser) at(k kind) bool      { return p.toks[p.i].kind == k }
func (p *parser) text(t token) string { return p.src[t.start:t.end] }

// peek returns the token n places ahead; beyond the end it is the end.
func (p *parser) peek(n int) token {
	if p.i+n < len(p.toks) {
		return p.toks[p.i+n]
	}
	return p.toks[len(p.toks)-1]
}

// next consumes the current token; the end stays.
func (p *parser) next() token {
	t := p.toks[p.i]
	if t.kind != tEOF {
		p.i++
	}
	return t
}

// prevEnd is the end of the last consumed token.
func (p *parser) prevEnd() int {
	if p.i == 0 {
		return 0
	}
	return int(p.toks[p.i-1].end)
}

func (p *parser) accept(k kind) bool {
	if p.at(k) {
		p.i++
		return true
	}
	return false
}

// isWord tells whether the current token is the word in another case, where an identifier makes no sense.
func (p *parser) isWord(word string) bool {
	t := p.tok()
	return t.kind == tIdent && int(t.end-t.start) == len(word) && strings.EqualFold(p.text(t), word)
}

// acceptKeyword consumes a keyword; one in upper case is reported and taken.
func (p *parser) acceptKeyword(k kind, word string) bool {
	if p.at(k) {
		p.i++
		return true
	}
	if !p.isWord(word) {
		return false
	}
	p.lowerCase(word)
	p.i++
	return true
}

// lowerCase reports that the current token should be the word.
func (p *parser) lowerCase(word string) {
	t := p.tok()
	p.add(Issue{Span: t.span(), Message: fmt.Sprintf("keywords are lower case: found %s, expected `%s`", asWritten(p.text(t)), word),
		Hint: "write " + word, Edits: []Edit{{Span: t.span(), New: word}}})
}

// add reports a syntax error; Code, Level and Phase are filled in if empty.
func (p *parser) add(is Issue) {
	if len(p.issues)-p.lexed >= maxIssues {
		return
	}
	if is.Code == "" {
		is.Code = syntaxCode
	}
	if is.Level == 0 {
		is.Level = Error
	}
	if is.Level == Error && is.Phase == "" {
		is.Phase = "parse"
	}
	p.lastErr = p.i
	p.issues = append(p.issues, is)
}

func (p *parser) errorf(span Span, hint, format string, args ...any) {
	p.add(Issue{Span: span, Hint: hint, Message: fmt.Sprintf(format, args...)})
}

// expected reports that the current token is not what the grammar wants. It says nothing if the token was reported
// already or stands at a place the lexer reported: that would be a consequence.
func (p *parser) expected(what, hint string) {
	if p.consequence() || p.afterLexError() {
		p.lastErr = p.i
		return
	}
	p.confused = p.i
	if k := p.kind(); k == tRParen || k == tRBracket {
		p.unbalanced = append(p.unbalanced, len(p.issues))
	}
	if p.behindQuote() {
		p.errorf(Span{Start: p.prevEnd() - 1, End: p.prevEnd()}, innerQuoteHint, innerQuote)
		return
	}
	p.errorf(p.tok().span(), hint, "expected %s, found %s", what, p.describe(p.tok()))
}

// behindQuote reports whether the current token is a word directly behind the closing quote of a string.
func (p *parser) behindQuote() bool {
	return p.i > 0 && p.toks[p.i-1].kind == tString && p.prevEnd() == int(p.tok().start) && p.kind() != tEOF && p.tok().kind != tMinus && goesOn(p.src, p.prevEnd())
}

func (p *parser) describe(t token) string {
	if t.kind == tEOF {
		return "the end of the query"
	}
	return asWritten(p.text(t))
}

// enter counts a level of nesting. Too deep a query is given up: the rest is not looked at.
func (p *parser) enter() bool {
	if p.depth < MaxDepth {
		p.depth++
		return true
	}
	if !p.at(tEOF) {
		p.errorf(p.tok().span(), "", "query is nested deeper than %d levels", MaxDepth)
		p.i = len(p.toks) - 1
		p.lastErr = p.i
		p.skipped = true
	}
	return false
}

func (p *parser) leave() { p.depth-- }

// warnDepth is the nesting from which on a query may be refused: Elasticsearch has had a limit since 8.19, 9.3 and 9.4.
const warnDepth = 200

// expressionDepth warns of deep nesting as Elasticsearch counts it before it parses: parentheses that are open, and not, -
// and + in a row.
func (p *parser) expressionDepth() {
	open, run, depth, at := 0, 0, 0, 0
	for i, t := range p.toks {
		switch t.kind {
		case tLParen:
			open++
		case tRParen:
			open = max(0, open-1)
			run = 0
		case tNot, tMinus, tPlus:
			run++
		default:
			run = 0
		}
		if open+run > depth {
			depth, at = open+run, i
		}
	}
	if depth > warnDepth {
		p.add(Issue{Code: "query/expression-depth", Level: Warning, Span: p.toks[at].span(), Hint: "write lists: field in (…), field : (…)",
			Message: fmt.Sprintf("the expression is nested %d deep; Elasticsearch 8.19, 9.3 and later have a limit", depth)})
	}
}

func (p *parser) query() *Query {
	q := &Query{Source: p.src, Range: Span{Start: 0, End: len(p.src)}}
	q.Body = p.body()
	for p.at(tPipe) {
		pipe := p.pipe()
		if _, ok := q.Body.(*Sample); ok && len(q.Pipes) == 0 {
			p.add(Issue{Code: "query/pipe", Span: pipe.Range, Message: "a sample has no pipes", Hint: "remove it; the size of the request limits samples"})
		}
		q.Pipes = append(q.Pipes, pipe)
	}
	if !p.at(tEOF) {
		p.expected("the end of the query", p.strayHint())
	}
	if p.sound() {
		p.checkTerms(q.Body)
	}
	return q
}

// sound tells whether all of the query could be read, so that clauses and keys may be counted.
func (p *parser) sound() bool {
	return !p.skipped && p.confused < 0 && len(p.unbalanced) == 0 &&
		!slices.ContainsFunc(p.issues[:p.lexed], func(is Issue) bool { return is.Level == Error && len(is.Edits) == 0 })
}

// strayHint explains a token that follows a complete body.
func (p *parser) strayHint() string {
	switch p.kind() {
	case tLBracket, tMissing:
		return "several clauses need sequence or sample in front of the first one"
	case tRBracket, tRParen:
		return "remove it, or add the opening bracket"
	case tUntil:
		return "until belongs to sequence"
	}
	return ""
}

func (p *parser) pipe() *Pipe {
	bar := p.next()
	pipe := &Pipe{}
	t := p.tok()
	if t.kind != tIdent {
		p.expected("head or tail after |", "only head and tail exist in Elasticsearch EQL")
		p.skipPipe()
		pipe.Range = Span{Start: int(bar.start), End: p.prevEnd()}
		pipe.NameRange = Span{Start: int(bar.end), End: int(bar.end)}
		return pipe
	}
	p.i++
	pipe.Name, pipe.NameRange = p.text(t), t.span()
	if pipe.Name != "head" && pipe.Name != "tail" {
		p.badPipe(pipe)
		p.skipPipe()
		pipe.Range = Span{Start: int(bar.start), End: p.prevEnd()}
		return pipe
	}
	if p.kind().startsExpr() {
		pipe.Args = p.exprList(tPipe)
	}
	if !p.at(tPipe) && !p.at(tEOF) {
		p.expected("| or the end of the query", "")
		p.skipPipe()
	}
	pipe.Range = Span{Start: int(bar.start), End: p.prevEnd()}
	p.pipeArgument(pipe)
	return pipe
}

func (p *parser) skipPipe() {
	for !p.at(tPipe) && !p.at(tEOF) {
		p.i++
	}
}

func (p *parser) badPipe(pipe *Pipe) {
	is := Issue{Code: "query/pipe", Span: pipe.NameRange, Hint: "only head and tail exist in Elasticsearch EQL"}
	switch pipe.Name {
	case "count", "filter", "sort", "unique", "unique_count":
		is.Message = fmt.Sprintf("pipe %s is not supported", pipe.Name)
	default:
		is.Message = fmt.Sprintf("unknown pipe %s", pipe.Name)
		if names := near.Names(pipe.Name, []string{"head", "tail"}); len(names) > 0 {
			is.Hint, is.Edits = "did you mean "+names[0]+"?", []Edit{{Span: pipe.NameRange, New: names[0]}}
			is.Unsafe = !strings.EqualFold(names[0], pipe.Name)
		}
	}
	p.add(is)
}

// pipeArgument checks and folds the argument of head and tail (LANGUAGE.md 2.4).
func (p *parser) pipeArgument(pipe *Pipe) {
	hint := fmt.Sprintf("write | %s 10", pipe.Name)
	if len(pipe.Args) != 1 {
		at := pipe.NameRange
		if len(pipe.Args) > 1 {
			at = Span{Start: pipe.Args[0].Span().Start, End: pipe.Args[len(pipe.Args)-1].Span().End}
		}
		p.add(Issue{Code: "query/pipe", Span: at, Hint: hint,
			Message: fmt.Sprintf("pipe %s expects exactly one argument, found %d", asWritten(pipe.Name), len(pipe.Args))})
		return
	}
	arg := pipe.Args[0]
	if n, ok := p.constantInt(arg); ok && n >= 0 {
		pipe.Count = n
		if n > math.MaxInt32 {
			p.add(Issue{Code: "query/pipe", Span: arg.Span(), Hint: hint, Message: fmt.Sprintf("pipe %s takes at most %d, found %s", pipe.Name, math.MaxInt32, p.source(arg))})
		}
		return
	}
	if _, bad := Unparen(arg).(*BadExpr); bad {
		return
	}
	p.add(Issue{Code: "query/pipe", Span: arg.Span(), Hint: hint,
		Message: fmt.Sprintf("pipe %s expects a constant integer of 0 or more, found %s", asWritten(pipe.Name), p.source(arg))})
}

func (p *parser) source(n Node) string {
	s := n.Span()
	return asWritten(p.src[s.Start:s.End])
}
