package eql

import (
	"fmt"
)

func (p *parser) binary(op Op, at Span, x, y Expr) Expr {
	b := p.nodes.binaries.new()
	*b = Binary{Op: op, OpRange: at, X: x, Y: y, Range: Span{Start: x.Span().Start, End: y.Span().End}}
	return b
}

// expr parses an expression: the chain of "or". Chains are loops, so only real nesting costs stack.
func (p *parser) expr() Expr {
	if !p.enter() {
		return p.bad()
	}
	x := p.and()
	for p.acceptOr() {
		at := p.toks[p.i-1].span()
		x = p.binary(Or, at, x, p.and())
	}
	p.leave()
	return x
}

func (p *parser) acceptOr() bool {
	switch p.kind() {
	case tOr:
		p.i++
		return true
	case tOrOr:
		p.oldOperator("or")
		return true
	case tIdent:
		return p.acceptKeyword(tOr, "or")
	}
	return false
}

func (p *parser) acceptAnd() bool {
	switch p.kind() {
	case tAnd:
		p.i++
		return true
	case tAndAnd:
		p.oldOperator("and")
		return true
	case tIdent:
		return p.acceptKeyword(tAnd, "and")
	}
	return false
}

func (p *parser) and() Expr {
	x := p.not()
	for p.acceptAnd() {
		at := p.toks[p.i-1].span()
		x = p.binary(And, at, x, p.not())
	}
	return x
}

func (p *parser) not() Expr {
	t := p.tok()
	switch t.kind {
	case tNot:
		p.i++
	case tBang:
		p.oldOperator("not")
	case tIdent:
		if p.peek(1).kind == tOf && (p.peek(2).kind == tLBracket || p.peek(2).kind == tMissing) {
			return p.processRelation()
		}
		if !p.isWord("not") || !p.peek(1).kind.startsExpr() {
			return p.comparison()
		}
		p.lowerCase("not")
		p.i++
	default:
		return p.comparison()
	}
	if !p.enter() {
		return p.bad()
	}
	x := p.not()
	p.leave()
	return &Unary{Op: Not, OpRange: t.span(), X: x, Range: Span{Start: int(t.start), End: x.Span().End}}
}

// processRelation reports "child of [ … ]" and the like.
func (p *parser) processRelation() Expr {
	if !p.enter() {
		return p.bad()
	}
	word := p.next()
	p.i++
	open := p.next()
	p.add(Issue{Span: Span{Start: int(word.start), End: int(open.start)},
		Message: fmt.Sprintf("process relationships are not supported: %s of", asWritten(p.text(word))),
		Hint:    "use a sequence by process.entity_id and process.parent.entity_id, or the process.parent fields"})
	p.filter(true)
	if !p.accept(tRBracket) {
		p.expected("]", "")
	}
	p.leave()
	return &BadExpr{Span{Start: int(word.start), End: p.prevEnd()}}
}

// comparison parses at most one comparison operator; a chain is reported.
func (p *parser) comparison() Expr {
	x := p.sum()
	op, n := p.comparisonOp()
	if n == 0 {
		return x
	}
	for chained := false; n > 0; chained = true {
		at := Span{Start: int(p.tok().start), End: int(p.peek(n - 1).end)}
		if chained && p.lastErr != p.i {
			p.add(Issue{Span: at, Message: "comparisons cannot be chained", Hint: "write a < b and b < c, or use parentheses"})
		}
		p.i += n
		x = p.binary(op, at, x, p.operand())
		op, n = p.comparisonOp()
	}
	return x
}

// operand parses the right side of a comparison. A "not" there is an error with a plain repair.
func (p *parser) operand() Expr {
	if t := p.tok(); t.kind == tNot {
		p.errorf(t.span(), "write not in front of the comparison", "not cannot stand after a comparison operator")
		p.i++
	}
	return p.sum()
}

func (p *parser) sum() Expr {
	x := p.product()
	for {
		t := p.tok()
		op := Add
		switch t.kind {
		case tPlus:
		case tMinus:
			op = Sub
		default:
			return x
		}
		p.i++
		x = p.binary(op, t.span(), x, p.product())
	}
}

func (p *parser) product() Expr {
	x := p.unary()
	for {
		t := p.tok()
		var op Op
		switch t.kind {
		case tStar:
			op = Mul
		case tSlash:
			op = Div
		case tPercent:
			op = Mod
		default:
			return x
		}
		p.i++
		x = p.binary(op, t.span(), x, p.unary())
	}
}

func (p *parser) unary() Expr {
	t := p.tok()
	op := Neg
	switch t.kind {
	case tMinus:
	case tPlus:
		op = Pos
	default:
		return p.postfix()
	}
	if !p.enter() {
		return p.bad()
	}
	p.i++
	x := p.unary()
	p.leave()
	return &Unary{Op: op, OpRange: t.span(), X: x, Range: Span{Start: int(t.start), End: x.Span().End}}
}

// postfix parses a primary and the predicate that may follow it.
func (p *parser) postfix() Expr {
	x := p.primary()
	t := p.tok()
	switch t.kind {
	case tNot, tBang:
		return p.notPredicate(x)
	case tIn, tInFold:
		p.i++
		return p.in(x, t.kind == tInFold, false, t.span())
	case tColon:
		return p.match(x, Colon)
	case tLike:
		return p.match(x, Like)
	case tLikeFold:
		return p.match(x, LikeFold)
	case tRegex:
		return p.match(x, Regex)
	case tRegexFold:
		return p.match(x, RegexFold)
	case tIdent, tTildeIdent:
		return p.wordPredicate(x)
	}
	return x
}

// primary parses a literal, a call, a field or a parenthesised expression.
func (p *parser) primary() Expr {
	t := p.tok()
	switch t.kind {
	case tString, tRawString, tOldString, tInt, tDecimal, tTrue, tFalse, tNull:
		p.i++
		return p.literal(t)
	case tIdent:
		if p.peek(1).kind == tLParen {
			return p.call(t)
		}
		return p.path()
	case tTildeIdent:
		if p.peek(1).kind == tLParen {
			return p.call(t)
		}
		p.i++
		p.expected("( after "+p.text(t), "~ belongs to in, like, regex and function names")
		return &BadExpr{t.span()}
	case tQuotedIdent, tQuestion:
		return p.path()
	case tLParen:
		return p.paren()
	}
	if t.kind.isKeyword() && p.keywordAsField() {
		return p.path()
	}
	p.expected("a field, value or function", p.primaryHint())
	return p.bad()
}

func (p *parser) primaryHint() string {
	switch p.kind() {
	case tNot, tBang:
		return "not stands in front of a whole comparison; elsewhere put it in parentheses"
	case tLBracket, tMissing:
		if p.clauseAhead() {
			return "name a field, or remove by"
		}
		return "lists are written with parentheses"
	case tEq, tAssign:
		return "one operator stands between two values"
	case tAnd, tOr, tAndAnd, tOrOr:
		return fmt.Sprintf("%s stands between two conditions", p.text(p.tok()))
	case tIn, tInFold, tLike, tLikeFold, tRegex, tRegexFold, tColon, tNe, tLt, tLe, tGt, tGe:
		return fmt.Sprintf("write the field in front of %s", p.text(p.tok()))
	case tString, tRawString:
		return ""
	}
	if p.kind().isKeyword() {
		return fmt.Sprintf("%s is a reserved word; as a field name it needs back-quotes", p.text(p.tok()))
	}
	return ""
}

// keywordAsField tells whether a reserved word is meant as a field: an operator or a dot follows.
func (p *parser) keywordAsField() bool {
	switch p.peek(1).kind {
	case tDot, tEq, tNe, tLt, tLe, tGt, tGe, tAssign, tColon:
		return true
	case tIn, tInFold, tLike, tLikeFold, tRegex, tRegexFold:
		return !p.at(tNot)
	}
	return false
}

// bad skips to the next place where an expression can end, and stands for what was skipped.
func (p *parser) bad() *BadExpr {
	start := int(p.tok().start)
	from := p.i
	for depth := 0; ; p.i++ {
		switch k := p.kind(); k {
		case tEOF, tPipe, tRBracket, tUntil:
		case tAnd, tOr, tAndAnd, tOrOr, tComma:
			if depth > 0 {
				continue
			}
		case tLParen:
			depth++
			continue
		case tRParen:
			if depth > 0 {
				depth--
				continue
			}
		case tLBracket, tMissing:
			if !p.clauseAhead() {
				continue
			}
		default:
			continue
		}
		break
	}
	if p.i == from {
		end := p.prevEnd() // before the blanks, so that it lies inside the parent
		return &BadExpr{Span{Start: end, End: end}}
	}
	if p.lastErr == from {
		p.lastErr = p.i
	}
	return &BadExpr{Span{Start: start, End: p.prevEnd()}}
}
