package eql

import (
	"fmt"
	"slices"
)

// Lists and parentheses.

// in parses the list of "in"; the operator is consumed.
func (p *parser) in(x Expr, fold, negated bool, op Span) Expr {
	n := &In{Fold: fold, Negated: negated, OpRange: op, X: x}
	open, at := p.tok(), p.i
	if !p.accept(tLParen) {
		n.List = p.bareList()
		n.Range = Span{Start: x.Span().Start, End: max(p.prevEnd(), op.End)}
		return n
	}
	if p.at(tRParen) && p.strayInList() {
		p.i++
	}
	if p.at(tRParen) {
		p.errorf(Span{Start: int(open.start), End: int(p.tok().end)}, "write at least one value", "the list of in is empty")
	} else {
		n.List = p.exprList(tRParen)
	}
	p.closeParen(at)
	n.Range = Span{Start: x.Span().Start, End: max(p.prevEnd(), op.End)}
	return n
}

// bareList reports a list that does not stand in parentheses, and reads it: "a", "b" or ["a", "b"].
func (p *parser) bareList() []Expr {
	bracket := p.at(tLBracket) && !p.clauseAhead()
	p.expected("( after "+p.text(p.toks[p.i-1]), "the list stands in parentheses, also for one value")
	end := tRParen
	if bracket {
		p.i++
		end = tRBracket
	}
	list := []Expr{p.sum()}
	for p.at(tComma) {
		p.i++
		if p.at(end) {
			break
		}
		list = append(list, p.sum())
	}
	if bracket {
		p.accept(tRBracket)
	} else if p.at(tRParen) && p.pair(p.i) < 0 {
		p.i++
	}
	return list
}

// closeParen consumes the ")" of the parenthesis at index open, with what stands in front of it. If there is none, the
// opening one is reported.
func (p *parser) closeParen(open int) {
	if p.accept(tRParen) {
		return
	}
	if end := p.pair(open); end > p.i {
		p.expected(")", "")
		p.i = end + 1
		return
	}
	if p.lastErr != p.i && !p.afterLexError() && (p.confused < 0 || p.pair(open) < 0) {
		p.unbalanced = append(p.unbalanced, len(p.issues))
		p.add(Issue{Span: p.toks[open].span(), Message: "parenthesis is not closed", Hint: "add )",
			Related: []Related{{Span: p.tok().span(), Message: "it should be closed before this"}}})
	}
	p.lastErr = p.i
}

// exprList parses "a, b, c" up to end, which is not consumed. A trailing comma and a missing one are reported.
func (p *parser) exprList(end kind) []Expr {
	base, open := len(p.exprs), p.i-1
	for {
		p.exprs = append(p.exprs, p.expr())
		if !p.nextItem(end, open) {
			break
		}
	}
	list := slices.Clone(p.exprs[base:])
	clear(p.exprs[base:])
	p.exprs = p.exprs[:base]
	return list
}

// nextItem goes on to the next item of a list; false at the end of the list. open is the index of its "(".
func (p *parser) nextItem(end kind, open int) bool {
	if end == tRParen && !p.at(tComma) && !p.at(tRParen) {
		if !p.afterLexError() && p.missingComma() {
			return true
		}
		p.skipInList(open)
	}
	if !p.accept(tComma) {
		return false
	}
	if end == tRParen && p.at(tRParen) && p.strayInList() {
		p.i++
		return true
	}
	if k := p.kind(); k == end || end == tLBracket && (k == tMissing || k == tWith || k == tUntil) {
		p.trailingComma()
		return false
	}
	return true
}

// skipInList reports what stands behind an item of a list and skips it, if the list is closed further on.
func (p *parser) skipInList(open int) {
	end := p.pair(open)
	if end < p.i {
		return
	}
	p.expected(", or )", "")
	for depth := 0; p.i < end; p.i++ {
		switch p.kind() {
		case tLParen:
			depth++
		case tRParen:
			depth--
		case tComma:
			if depth == 0 {
				return
			}
		}
	}
}

// strayInList reports a ")" between the beginning of a list or a comma and another constant.
func (p *parser) strayInList() bool {
	switch p.peek(1).kind {
	case tString, tRawString, tOldString, tInt, tDecimal:
		p.expected("another item of the list", "remove it")
		return true
	}
	return false
}

func (p *parser) trailingComma() {
	at := p.toks[p.i-1].span()
	p.add(Issue{Span: at, Message: "comma after the last item of a list", Hint: "remove it", Edits: []Edit{{Span: at, New: ""}}})
}

// missingComma reports two values of a list without a comma between them.
func (p *parser) missingComma() bool {
	switch p.kind() {
	case tString, tRawString, tOldString, tInt, tDecimal, tTrue, tFalse, tNull:
	default:
		return false
	}
	if p.lastErr == p.i {
		return true
	}
	end := p.prevEnd()
	p.add(Issue{Span: p.tok().span(), Message: fmt.Sprintf("no comma in front of %s", p.describe(p.tok())), Hint: "put a comma between two items",
		Edits: []Edit{{Span: Span{Start: end, End: end}, New: ","}}})
	return true
}

// pair returns the index of the parenthesis that belongs to the one at index i, or -1. Pairs do not reach over the
// ends of clauses and pipes.
func (p *parser) pair(i int) int {
	if p.pairs == nil {
		p.pairUp()
	}
	return int(p.pairs[i])
}

func (p *parser) pairUp() {
	p.pairs = make([]int32, len(p.toks))
	var open []int32 // "(" that wait for their partner
	for i, t := range p.toks {
		p.pairs[i] = -1
		switch t.kind {
		case tPipe, tUntil, tWhere, tEOF:
			open = open[:0]
		case tLParen:
			open = append(open, int32(i))
		case tRParen:
			if n := len(open); n > 0 {
				p.pairs[i], p.pairs[open[n-1]] = open[n-1], int32(i)
				open = open[:n-1]
			}
		}
	}
}

func (p *parser) paren() Expr {
	at := p.i
	open := p.next()
	x := p.expr()
	if end := p.i; !p.at(tRParen) && !p.at(tComma) && p.pair(at) > end {
		x = p.stragglers(x, func() bool { return p.i >= p.pair(at) })
	}
	if p.at(tComma) {
		p.errorf(p.tok().span(), "a list can stand only after in, :, like and regex", "unexpected comma in parentheses")
		p.i++
		if !p.at(tRParen) {
			p.exprList(tRParen)
		}
	}
	p.closeParen(at)
	return &Paren{X: x, Range: Span{Start: int(open.start), End: max(p.prevEnd(), x.Span().End)}}
}

func (p *parser) call(t token) Expr {
	p.i++
	at := p.i
	open := p.next()
	c := &Call{Name: p.text(t), NameRange: t.span()}
	if t.kind == tTildeIdent {
		c.Name, c.Fold = c.Name[:len(c.Name)-1], true
	}
	if !p.at(tRParen) {
		c.Args = p.exprList(tRParen)
	}
	p.closeParen(at)
	c.Range = Span{Start: int(t.start), End: max(p.prevEnd(), int(open.end))}
	return c
}
