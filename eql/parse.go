package eql

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Limits of Parse. Elasticsearch has none of its own, but its parser overflows its stack on deep nesting and answers
// "EQL statement is too large" (spec/eql.md 2.1).
const (
	MaxSource = 64 << 20 // bytes of a query
	MaxDepth  = 1000     // parentheses, calls, "not" and signs inside one another
	maxIssues = 50       // syntax errors reported for one query
)

// Parse parses a query. It never returns nil and never panics: what cannot be parsed becomes a BadExpr or BadBody, and
// the issues say why. The query is sound if no issue has Level Error. Issues are in source order.
func Parse(src string) (*Query, []Issue) {
	if len(src) > MaxSource {
		all := Span{0, len(src)}
		q := &Query{Source: src, Body: &BadBody{all}, Range: all}
		return q, []Issue{{ID: "syntax", Level: Error, Phase: "parse", Span: Span{0, 0},
			Message: fmt.Sprintf("query is too large: %d bytes, at most %d", len(src), MaxSource)}}
	}
	l := lexer{src: src}
	l.run()
	p := parser{src: src, toks: l.toks, issues: l.issues, lexed: len(l.issues), lastErr: -1}
	q := p.query()
	q.Comments = l.comments
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
	depth   int
	skipped bool // part of a sequence could not be parsed: its terms are not counted
	nodes   arena
	exprs   []Expr // scratch for lists
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

func (p *parser) lowerCase(word string) {
	t := p.tok()
	p.add(Issue{Span: t.span(), Message: fmt.Sprintf("keywords are lower case: found %s, expected %s", p.text(t), word),
		Hint: "write " + word, Edits: []Edit{{t.span(), word}}})
}

// add reports a syntax error; ID, Level and Phase are filled in if empty.
func (p *parser) add(is Issue) {
	if len(p.issues)-p.lexed >= maxIssues {
		return
	}
	if is.ID == "" {
		is.ID = "syntax"
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
	if p.lastErr == p.i || p.afterLexError() {
		p.lastErr = p.i
		return
	}
	p.errorf(p.tok().span(), hint, "expected %s, found %s", what, p.describe(p.tok()))
}

func (p *parser) afterLexError() bool {
	from := 0
	if p.i > 0 {
		from = int(p.toks[p.i-1].start)
	}
	to := int(p.tok().end)
	for i := range p.issues[:p.lexed] {
		is := &p.issues[i]
		if is.Level == Error && is.Span.Start >= from && is.Span.Start < to+1 && len(is.Edits) == 0 {
			return true
		}
	}
	return false
}

func (p *parser) describe(t token) string {
	if t.kind == tEOF {
		return "the end of the query"
	}
	return clip(p.text(t))
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

func (p *parser) query() *Query {
	q := &Query{Source: p.src, Range: Span{0, len(p.src)}}
	q.Body = p.body()
	for p.at(tPipe) {
		q.Pipes = append(q.Pipes, p.pipe())
	}
	if !p.at(tEOF) {
		p.expected("the end of the query", p.strayHint())
	}
	return q
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

func (p *parser) body() Body {
	switch t := p.tok(); t.kind {
	case tEOF:
		p.expected("a query", `write: any where true, or process where process.name == "…"`)
		return &BadBody{Span{0, len(p.src)}}
	case tSequence, tSample, tJoin:
		if p.peek(1).kind != tWhere {
			return p.multi(t.kind)
		}
	case tIdent:
		for word, k := range map[string]kind{"sequence": tSequence, "sample": tSample, "join": tJoin} {
			if !p.isWord(word) {
				continue
			}
			switch p.peek(1).kind {
			case tBy, tWith, tLBracket, tMissing:
				p.lowerCase(word)
				return p.multi(k)
			}
		}
	case tLBracket, tMissing:
		p.errorf(t.span(), "write sequence or sample in front of it", "a clause in brackets needs sequence or sample")
		return p.badBody()
	}
	return p.filter(false)
}

func (p *parser) multi(k kind) Body {
	switch k {
	case tSample:
		return p.sample()
	case tJoin:
		return p.join()
	}
	return p.sequence()
}

// badBody skips to the pipes.
func (p *parser) badBody() *BadBody {
	start := int(p.tok().start)
	for !p.at(tEOF) && !p.at(tPipe) {
		p.i++
	}
	return &BadBody{Span{start, p.prevEnd()}}
}

// filter parses "category where condition"; inside tells whether it stands in brackets.
func (p *parser) filter(inside bool) *EventQuery {
	e := p.nodes.events.new()
	start := int(p.tok().start)
	e.Category = p.category()
	if p.at(tWhere) || p.isWord("where") {
		e.Where = p.tok().span()
		p.acceptKeyword(tWhere, "where")
	} else {
		e.Where = p.missingWhere()
	}
	e.Cond = p.condition(inside)
	e.Range = Span{min(start, e.Category.Range.Start, e.Cond.Span().Start), max(p.prevEnd(), e.Cond.Span().End)}
	return e
}

func (p *parser) category() Category {
	t := p.tok()
	here := Span{int(t.start), int(t.start)}
	afterWhere := p.peek(1).kind == tWhere
	switch {
	case t.kind == tAny:
		p.i++
		return Category{Any: true, Range: t.span()}
	case t.kind == tIdent && !p.bareCondition():
		p.i++
		return Category{Name: p.text(t), Range: t.span()}
	case t.kind == tString, t.kind == tRawString, t.kind == tOldString:
		p.i++
		return Category{Name: stringValue(t.kind, p.text(t)), Quoted: true, Range: t.span()}
	case t.kind == tQuotedIdent && afterWhere:
		name := identValue(t.kind, p.text(t))
		p.add(Issue{Span: t.span(), Message: fmt.Sprintf("an event category cannot stand in back-quotes: %s", clip(p.text(t))),
			Hint: "write it in double quotes", Edits: []Edit{{t.span(), quoteString(name)}}})
		p.i++
		return Category{Name: name, Quoted: true, Range: t.span()}
	case t.kind.isKeyword() && afterWhere:
		p.add(Issue{ID: "keyword-path", Span: t.span(), Message: fmt.Sprintf("%s is a reserved word and no event category", p.text(t)),
			Hint: "write it in double quotes", Edits: []Edit{{t.span(), quoteString(p.text(t))}}})
		p.i++
		return Category{Name: p.text(t), Quoted: true, Range: t.span()}
	case t.kind == tQuestion && p.peek(2).kind == tWhere:
		p.add(Issue{Span: t.span(), Message: "an event category cannot be optional", Hint: "remove the question mark",
			Edits: []Edit{{t.span(), ""}}})
		p.i += 2
		return Category{Name: identValue(p.toks[p.i-1].kind, p.text(p.toks[p.i-1])), Range: Span{int(t.start), p.prevEnd()}}
	case t.kind == tStar && afterWhere:
		p.add(Issue{Span: t.span(), Message: "expected an event category, found *", Hint: "write any", Edits: []Edit{{t.span(), "any"}}})
		p.i++
		return Category{Any: true, Range: t.span()}
	case t.kind == tWhere || p.isWord("where"):
		p.add(Issue{Span: t.span(), Message: "no event category in front of where", Hint: "write any where, or a category such as process where",
			Edits: []Edit{{here, "any "}}, Unsafe: true})
	case p.bareCondition():
		p.add(Issue{Span: t.span(), Message: "a query begins with an event category and where",
			Hint: "write any where in front of the condition", Edits: []Edit{{here, "any where "}}, Unsafe: true})
	default:
		p.expected("an event category", "write any where, or a category such as process where")
	}
	return Category{Any: true, Range: here}
}

// bareCondition tells whether the query begins with a condition instead of "category where".
func (p *parser) bareCondition() bool {
	if k := p.kind(); k != tIdent && k != tQuotedIdent && k != tTildeIdent {
		return p.at(tNot) || p.at(tLParen) || p.at(tQuestion) && p.peek(2).kind != tWhere
	}
	switch p.peek(1).kind {
	case tDot, tEq, tNe, tLt, tLe, tGt, tGe, tAssign, tColon, tIn, tInFold, tLike, tLikeFold, tRegex, tRegexFold, tLParen, tAnd, tOr:
		return true
	}
	return false
}

// missingWhere reports that "where" is missing and finds the place where the condition begins.
func (p *parser) missingWhere() Span {
	here := Span{int(p.tok().start), int(p.tok().start)}
	if p.lastErr == p.i {
		return here // the missing category was reported here
	}
	hint := ""
	switch p.kind() {
	case tComma, tOr:
		hint = `one category, or: any where event.category in ("a", "b")`
	}
	p.expected("where", hint)
	for n := range 8 {
		switch p.peek(n).kind {
		case tWhere:
			p.i += n + 1
			return p.toks[p.i-1].span()
		case tLBracket, tRBracket, tMissing, tPipe, tEOF:
			return here
		}
	}
	return here
}

// condition parses the expression after "where" up to the end of the filter. Whatever stands there besides is
// reported, and parsed too, so that later errors are found.
func (p *parser) condition(inside bool) Expr {
	x := p.expr()
	for !p.filterEnds(inside) {
		p.straggler()
		from := p.i
		if !p.kind().startsExpr() {
			p.i++
			continue
		}
		y := p.expr()
		if p.i == from {
			p.i++
		}
		at := y.Span().Start
		x = p.binary(And, Span{at, at}, x, y)
	}
	return x
}

// straggler reports a token that cannot follow a complete condition.
func (p *parser) straggler() {
	t, hint := p.tok(), ""
	switch t.kind {
	case tIdent:
		if word := strings.ToLower(p.text(t)); word == "contains" || word == "startswith" || word == "endswith" || word == "matches" || word == "rlike" {
			hint = "EQL has no such operator: use :, like or a function such as stringContains(field, \"…\")"
		} else {
			hint = "two conditions need and or or between them"
		}
	case tColon, tLike, tLikeFold, tRegex, tRegexFold, tIn, tInFold:
		hint = "one condition can have only one such operator"
	case tAssign, tEq:
		hint = "comparisons cannot be chained"
	case tLBracket:
		hint = "array indexes and lists in brackets do not exist"
	case tComma:
		hint = "conditions are combined with and or or"
	case tRParen, tRBracket:
		hint = "remove it, or add the opening one"
	case tString, tRawString, tOldString, tInt, tDecimal:
		hint = "an operator is missing in front of it"
	}
	p.expected("and, or, or the end of the condition", hint)
}

func (p *parser) filterEnds(inside bool) bool {
	switch p.kind() {
	case tEOF, tPipe:
		return true
	case tRBracket:
		return inside
	case tUntil:
		return inside
	case tLBracket, tMissing:
		return inside && p.clauseAhead()
	}
	return false
}

// clauseAhead tells whether the current bracket opens a clause.
func (p *parser) clauseAhead() bool {
	if !p.at(tLBracket) && !p.at(tMissing) {
		return false
	}
	return p.peek(2).kind == tWhere || strings.EqualFold(p.text(p.peek(2)), "where")
}

func (p *parser) pipe() *Pipe {
	bar := p.next()
	pipe := &Pipe{}
	t := p.tok()
	if t.kind != tIdent {
		p.expected("head or tail after |", "only head and tail exist in Elasticsearch EQL")
		p.skipPipe()
		pipe.Range = Span{int(bar.start), p.prevEnd()}
		pipe.NameRange = Span{int(bar.end), int(bar.end)}
		return pipe
	}
	p.i++
	pipe.Name, pipe.NameRange = p.text(t), t.span()
	if pipe.Name != "head" && pipe.Name != "tail" {
		p.badPipe(pipe)
		p.skipPipe()
		pipe.Range = Span{int(bar.start), p.prevEnd()}
		return pipe
	}
	if p.kind().startsExpr() {
		pipe.Args = p.exprList(tPipe)
	}
	if !p.at(tPipe) && !p.at(tEOF) {
		p.expected("| or the end of the query", "")
		p.skipPipe()
	}
	pipe.Range = Span{int(bar.start), p.prevEnd()}
	p.pipeArgument(pipe)
	return pipe
}

func (p *parser) skipPipe() {
	for !p.at(tPipe) && !p.at(tEOF) {
		p.i++
	}
}

func (p *parser) badPipe(pipe *Pipe) {
	is := Issue{ID: "pipe", Span: pipe.NameRange, Hint: "only head and tail exist in Elasticsearch EQL"}
	switch pipe.Name {
	case "count", "filter", "sort", "unique", "unique_count":
		is.Message = fmt.Sprintf("pipe %s is not supported", pipe.Name)
	default:
		is.Message = fmt.Sprintf("unknown pipe %s", pipe.Name)
		for _, name := range []string{"head", "tail"} {
			if strings.EqualFold(name, pipe.Name) {
				is.Hint, is.Edits = "write "+name, []Edit{{pipe.NameRange, name}}
			}
		}
	}
	p.add(is)
}

// pipeArgument checks and folds the argument of head and tail (spec/eql.md 2.4).
func (p *parser) pipeArgument(pipe *Pipe) {
	hint := fmt.Sprintf("write | %s 10", pipe.Name)
	if len(pipe.Args) != 1 {
		at := pipe.NameRange
		if len(pipe.Args) > 1 {
			at = Span{pipe.Args[0].Span().Start, pipe.Args[len(pipe.Args)-1].Span().End}
		}
		p.add(Issue{ID: "pipe", Span: at, Hint: hint,
			Message: fmt.Sprintf("pipe %s expects exactly one argument, found %d", pipe.Name, len(pipe.Args))})
		return
	}
	arg := pipe.Args[0]
	if n, ok := p.constantInt(arg); ok && n >= 0 {
		pipe.Count = n
		return
	}
	if _, bad := Unparen(arg).(*BadExpr); bad {
		return
	}
	p.add(Issue{ID: "pipe", Span: arg.Span(), Hint: hint,
		Message: fmt.Sprintf("pipe %s expects a constant integer of 0 or more, found %s", pipe.Name, p.source(arg))})
}

func (p *parser) source(n Node) string {
	s := n.Span()
	return clip(p.src[s.Start:s.End])
}
