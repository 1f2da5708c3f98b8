package eql

import (
	"fmt"
	"strings"

	"github.com/rulevet/rulevet/internal/near"
)

// The body of a query: the choice of its kind, and "category where condition".

func (p *parser) body() Body {
	p.conditionBeforeSequence()
	if p.keywordMissing() {
		return p.sequence(0)
	}
	switch t := p.tok(); t.kind {
	case tEOF:
		p.expected("a query", `write: any where true, or process where process.name == "…"`)
		return &BadBody{Span{Start: 0, End: len(p.src)}}
	case tSequence, tSample, tJoin:
		if p.peek(1).kind != tWhere {
			return p.multi(t.kind)
		}
	case tIdent:
		for word, k := range map[string]kind{"sequence": tSequence, "sample": tSample, "join": tJoin} {
			if !p.isWord(word) {
				continue
			}
			if p.clausesBehind() {
				p.lowerCase(word)
				return p.multi(k)
			}
		}
	}
	return p.filter(false)
}

// conditionBeforeSequence reports and skips "any where" in front of a sequence or sample, which converters write.
func (p *parser) conditionBeforeSequence() {
	where, keyword := p.peek(1), p.peek(2)
	if !p.at(tAny) && !p.at(tIdent) && !p.at(tString) || where.kind != tWhere || keyword.kind != tSequence && keyword.kind != tSample {
		return
	}
	if k := p.peek(3).kind; k != tBy && k != tWith && k != tLBracket && k != tMissing && k != tMaxspan {
		return // a field of that name
	}
	at := Span{Start: int(p.tok().start), End: int(where.end)}
	p.add(Issue{Span: at, Message: fmt.Sprintf("a %s stands alone, without %s in front of it", asWritten(p.text(keyword)), asWritten(p.src[at.Start:at.End])),
		Hint: fmt.Sprintf("take %s away", p.src[at.Start:at.End]), Edits: []Edit{{Span: Span{Start: at.Start, End: int(keyword.start)}}}})
	p.i += 2
}

// keywordMissing reports a query that begins like a sequence, but without the keyword or with a misspelt one, which is
// consumed.
func (p *parser) keywordMissing() bool {
	t, hint := p.tok(), "write sequence or sample in front of it"
	switch {
	case t.kind == tLBracket || t.kind == tMissing:
		p.errorf(t.span(), hint, "a clause in brackets needs sequence or sample")
	case (t.kind == tBy || t.kind == tWith || t.kind == tMaxspan) && p.peek(1).kind != tWhere:
		p.errorf(t.span(), hint, "%s needs sequence or sample in front of it", asWritten(p.text(t)))
	case t.kind == tIdent && !p.isWord("sequence") && !p.isWord("sample") && !p.isWord("join") && p.clausesBehind():
		is := Issue{Span: t.span(), Message: fmt.Sprintf("expected sequence or sample, found %s", p.describe(t)), Hint: "only they have clauses in brackets"}
		if names := near.Names(p.text(t), []string{"sequence", "sample"}); len(names) > 0 {
			is.Hint, is.Edits = "did you mean "+names[0]+"?", []Edit{{Span: t.span(), New: names[0]}}
		}
		p.add(is)
		p.i++
	default:
		return false
	}
	p.skipped = true
	return true
}

// clausesBehind tells whether keys, options or a clause follow the current word.
func (p *parser) clausesBehind() bool {
	switch next := p.peek(1); next.kind {
	case tBy, tMissing:
		return true
	case tWith:
		return p.peek(2).kind == tMaxspan
	case tLBracket:
		return strings.EqualFold(p.text(p.peek(3)), "where")
	case tIdent:
		word := strings.ToLower(p.text(next))
		return word == "by" || word == "with"
	}
	return false
}

func (p *parser) multi(k kind) Body {
	switch k {
	case tSample:
		return p.sample()
	case tJoin:
		return p.join()
	}
	return p.sequence(1)
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
	e.Range = Span{Start: min(start, e.Category.Range.Start, e.Cond.Span().Start), End: max(p.prevEnd(), e.Cond.Span().End)}
	return e
}

func (p *parser) category() Category {
	t := p.tok()
	here := Span{Start: int(t.start), End: int(t.start)}
	afterWhere := p.peek(1).kind == tWhere
	switch {
	case t.kind == tAny:
		p.i++
		return Category{Any: true, Range: t.span()}
	case t.kind == tIdent && (p.categoryList() || p.peek(2).kind == tWhere && p.peek(1).kind != tDot):
		p.i++
		return Category{Name: p.text(t), Range: t.span()}
	case t.kind == tIdent && !p.bareCondition():
		p.i++
		return Category{Name: p.text(t), Range: t.span()}
	case t.kind == tString, t.kind == tRawString, t.kind == tOldString:
		p.i++
		return Category{Name: stringValue(t.kind, p.text(t)), Quoted: true, Range: t.span()}
	case t.kind == tQuotedIdent && afterWhere:
		name := identValue(t.kind, p.text(t))
		p.add(Issue{Span: t.span(), Message: fmt.Sprintf("an event category cannot stand in back-quotes: %s", asWritten(p.text(t))),
			Hint: "write it in double quotes", Edits: []Edit{{Span: t.span(), New: quoteString(name)}}})
		p.i++
		return Category{Name: name, Quoted: true, Range: t.span()}
	case t.kind.isKeyword() && afterWhere:
		p.add(Issue{Span: t.span(), Message: fmt.Sprintf("%s is a reserved word and no event category", asWritten(p.text(t))),
			Hint: "write it in double quotes", Edits: []Edit{{Span: t.span(), New: quoteString(p.text(t))}}})
		p.i++
		return Category{Name: p.text(t), Quoted: true, Range: t.span()}
	case t.kind == tQuestion && p.peek(2).kind == tWhere:
		p.add(Issue{Span: t.span(), Message: "an event category cannot be optional", Hint: "remove the question mark",
			Edits: []Edit{{Span: t.span(), New: ""}}})
		p.i += 2
		return Category{Name: identValue(p.toks[p.i-1].kind, p.text(p.toks[p.i-1])), Range: Span{Start: int(t.start), End: p.prevEnd()}}
	case t.kind == tStar && afterWhere:
		p.add(Issue{Span: t.span(), Message: "expected an event category, found *", Hint: "write any", Edits: []Edit{{Span: t.span(), New: "any"}}})
		p.i++
		return Category{Any: true, Range: t.span()}
	case t.kind == tWhere || p.isWord("where"):
		p.add(Issue{Span: t.span(), Message: "no event category in front of where", Hint: "write any where, or a category such as process where",
			Edits: []Edit{{Span: here, New: "any "}}, Unsafe: true})
	case p.bareCondition():
		p.add(Issue{Span: t.span(), Message: "a query begins with an event category and where",
			Hint: "write any where in front of the condition", Edits: []Edit{{Span: here, New: "any where "}}, Unsafe: true})
	default:
		p.expected("an event category", "write any where, or a category such as process where")
	}
	return Category{Any: true, Range: here}
}

// categoryList tells whether several categories stand in front of "where".
func (p *parser) categoryList() bool {
	n := 1
	for {
		switch k := p.peek(n).kind; {
		case (k == tOr || k == tAnd || k == tComma) && p.peek(n+1).kind == tIdent:
			n += 2
			continue
		default:
			return n > 1 && k == tWhere
		}
	}
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
	here := Span{Start: int(p.tok().start), End: int(p.tok().start)}
	if p.lastErr == p.i {
		return here // the missing category was reported here
	}
	if names := p.nearWords("where"); len(names) > 0 && p.peek(1).kind != tDot {
		p.misspelt("where", names[0])
		return p.next().span()
	}
	hint := ""
	switch p.kind() {
	case tComma, tOr, tAnd:
		hint = `one category, or: any where event.category in ("a", "b")`
	}
	if first := p.toks[0]; first.kind == tIdent && strings.EqualFold(p.text(first), "select") {
		p.errorf(first.span(), "a query is a category, where, and a condition: process where process.name : \"a\"", "%s begins a query in SQL, not in EQL", asWritten(p.text(first)))
		p.i = len(p.toks) - 1
		p.lastErr = p.i
		return here
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

// condition parses the expression after "where" up to the end of the filter.
func (p *parser) condition(inside bool) Expr {
	return p.stragglers(p.expr(), func() bool { return p.filterEnds(inside) })
}

func (p *parser) filterEnds(inside bool) bool {
	switch p.kind() {
	case tEOF, tPipe:
		return true
	case tRBracket:
		return inside
	case tUntil, tBy:
		return inside
	case tWith:
		return inside && p.peek(1).kind == tIdent && p.peek(2).kind == tAssign
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
