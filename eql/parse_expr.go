package eql

import (
	"fmt"
	"slices"
	"strings"
)

func (p *parser) binary(op Op, at Span, x, y Expr) Expr {
	b := p.nodes.binaries.new()
	*b = Binary{Op: op, OpRange: at, X: x, Y: y, Range: Span{x.Span().Start, y.Span().End}}
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

// oldOperator reports a symbol that EQL writes as a word, and consumes it.
func (p *parser) oldOperator(word string) {
	t := p.tok()
	text := word
	if int(t.start) > 0 && charClass[p.src[t.start-1]]&charSpace == 0 {
		text = " " + text
	}
	if int(t.end) < len(p.src) && charClass[p.src[t.end]]&charSpace == 0 {
		text += " "
	}
	p.add(Issue{Span: t.span(), Message: fmt.Sprintf("%s is not an operator of EQL", p.text(t)), Hint: "write " + word, Edits: []Edit{{t.span(), text}}})
	p.i++
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
	return &Unary{Op: Not, OpRange: t.span(), X: x, Range: Span{int(t.start), x.Span().End}}
}

// processRelation reports "child of [ … ]" and the like.
func (p *parser) processRelation() Expr {
	if !p.enter() {
		return p.bad()
	}
	word := p.next()
	p.i++
	open := p.next()
	p.add(Issue{ID: "process-relation", Span: Span{int(word.start), int(open.start)},
		Message: fmt.Sprintf("process relationships are not supported: %s of", p.text(word)),
		Hint:    "use a sequence by process.entity_id and process.parent.entity_id, or the process.parent fields"})
	p.filter(true)
	if !p.accept(tRBracket) {
		p.expected("]", "")
	}
	p.leave()
	return &BadExpr{Span{int(word.start), p.prevEnd()}}
}

// comparisonOp returns the comparison operator at the current token and the number of its tokens. It reports
// spellings of other languages.
func (p *parser) comparisonOp() (Op, int) {
	t, next := p.tok(), p.peek(1)
	adjacent := next.start == t.end
	wrong := func(n int, op Op, text string) (Op, int) {
		at := Span{int(t.start), int(p.peek(n - 1).end)}
		p.add(Issue{Span: at, Message: fmt.Sprintf("%s is not an operator of EQL", p.src[at.Start:at.End]), Hint: "write " + text,
			Edits: []Edit{{at, text}}})
		return op, n
	}
	switch {
	case t.kind == tLt && adjacent && next.kind == tGt:
		return wrong(2, Ne, "!=")
	case t.kind == tAssign && adjacent && next.kind == tLt:
		return wrong(2, Le, "<=")
	case t.kind == tAssign && adjacent && next.kind == tGt:
		return wrong(2, Ge, ">=")
	case t.kind == tNe && adjacent && next.kind == tAssign:
		return wrong(2, Ne, "!=")
	case t.kind == tEq && adjacent && next.kind == tAssign:
		return wrong(2, Eq, "==")
	case t.kind == tAssign:
		return p.assignAsComparison(), 1
	}
	switch t.kind {
	case tEq:
		return Eq, 1
	case tNe:
		return Ne, 1
	case tLt:
		return Lt, 1
	case tLe:
		return Le, 1
	case tGt:
		return Gt, 1
	case tGe:
		return Ge, 1
	}
	return 0, 0
}

// assignAsComparison reports "=": before a pattern the old dialect meant a wildcard match.
func (p *parser) assignAsComparison() Op {
	t, value := p.tok(), p.peek(1)
	is := Issue{Span: t.span(), Message: "= is not a comparison", Hint: "write == (exact) or : (any case, wildcards)", Edits: []Edit{{t.span(), "=="}}}
	switch value.kind {
	case tString, tRawString, tOldString:
		if strings.ContainsAny(stringValue(value.kind, p.text(value)), "*?") {
			is.Hint, is.Edits, is.Unsafe = "write : for a pattern with wildcards", []Edit{{t.span(), ":"}}, true
		}
	}
	p.add(is)
	return Eq
}

// comparison parses at most one comparison operator; a chain is reported.
func (p *parser) comparison() Expr {
	x := p.sum()
	op, n := p.comparisonOp()
	if n == 0 {
		return x
	}
	for chained := false; n > 0; chained = true {
		at := Span{int(p.tok().start), int(p.peek(n - 1).end)}
		if chained {
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
	return &Unary{Op: op, OpRange: t.span(), X: x, Range: Span{int(t.start), x.Span().End}}
}

// postfix parses a primary and the predicate that may follow it.
func (p *parser) postfix() Expr {
	x := p.primary()
	t := p.tok()
	switch t.kind {
	case tNot:
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
	case tIdent:
		return p.wordPredicate(x)
	}
	return x
}

// wordPredicate looks for upper-case IN, LIKE, REGEX, NOT IN, and for operators of other languages.
func (p *parser) wordPredicate(x Expr) Expr {
	next := p.peek(1)
	literal := next.kind == tLParen || next.kind == tString || next.kind == tRawString || next.kind == tOldString
	switch {
	case p.isWord("in") && next.kind == tLParen:
		p.lowerCase("in")
		t := p.next()
		return p.in(x, false, false, t.span())
	case p.isWord("like") && literal:
		p.lowerCase("like")
		return p.match(x, Like)
	case p.isWord("regex") && literal:
		p.lowerCase("regex")
		return p.match(x, Regex)
	case p.isWord("not") && !next.kind.startsExpr():
		p.lowerCase("not")
		return p.notPredicate(x)
	case p.isWord("is"):
		return p.isNull(x)
	}
	return x
}

// isNull reports SQL's "is null" and "is not null".
func (p *parser) isNull(x Expr) Expr {
	n, op := 1, Eq
	if p.peek(1).kind == tNot || strings.EqualFold(p.text(p.peek(1)), "not") {
		n, op = 2, Ne
	}
	null := p.peek(n)
	if !strings.EqualFold(p.text(null), "null") {
		return x
	}
	at := Span{int(p.tok().start), int(p.peek(n - 1).end)}
	text := map[Op]string{Eq: "==", Ne: "!="}[op]
	p.add(Issue{Span: at, Message: fmt.Sprintf("%s is not an operator of EQL", p.src[at.Start:at.End]), Hint: "write " + text + " null",
		Edits: []Edit{{Span{at.Start, int(null.end)}, text + " null"}}})
	p.i += n + 1
	lit := p.nodes.literals.new()
	*lit = Literal{Kind: NullLiteral, Range: null.span()}
	return p.binary(op, at, x, lit)
}

// notPredicate parses "x not in (…)"; other operators after "x not" are reported and read as "not x op …".
func (p *parser) notPredicate(x Expr) Expr {
	not, next := p.tok(), p.peek(1)
	switch next.kind {
	case tIn, tInFold:
		p.i += 2
		return p.in(x, next.kind == tInFold, true, Span{int(not.start), int(next.end)})
	case tIdent:
		if strings.EqualFold(p.text(next), "in") {
			p.i++
			p.lowerCase("in")
			p.i++
			return p.in(x, false, true, Span{int(not.start), int(next.end)})
		}
		return x
	case tColon, tLike, tLikeFold, tRegex, tRegexFold, tEq, tNe, tLt, tLe, tGt, tGe:
	default:
		return x
	}
	at := x.Span()
	p.add(Issue{Span: Span{int(not.start), int(next.end)}, Message: fmt.Sprintf("not cannot stand before %s", p.text(next)),
		Hint:  fmt.Sprintf("write not %s %s …", p.source(x), p.text(next)),
		Edits: []Edit{{Span{at.Start, at.Start}, "not "}, {Span{int(not.start), int(next.start)}, ""}}})
	p.i++
	var y Expr
	if op, ok := matchOp(next.kind); ok {
		y = p.match(x, op)
	} else {
		op, n := p.comparisonOp()
		p.i += n
		y = p.binary(op, next.span(), x, p.operand())
	}
	return &Unary{Op: Not, OpRange: Span{at.Start, at.Start}, X: y, Range: y.Span()}
}

func matchOp(k kind) (Op, bool) {
	switch k {
	case tColon:
		return Colon, true
	case tLike:
		return Like, true
	case tLikeFold:
		return LikeFold, true
	case tRegex:
		return Regex, true
	case tRegexFold:
		return RegexFold, true
	}
	return 0, false
}

// in parses the list of "in"; the operator is consumed.
func (p *parser) in(x Expr, fold, negated bool, op Span) Expr {
	n := &In{Fold: fold, Negated: negated, OpRange: op, X: x}
	open := p.tok()
	if !p.accept(tLParen) {
		p.expected("( after "+p.text(p.toks[p.i-1]), "the list stands in parentheses, also for one value")
		value := p.sum()
		n.List, n.Range = []Expr{value}, Span{x.Span().Start, value.Span().End}
		return n
	}
	if p.at(tRParen) {
		p.errorf(Span{int(open.start), int(p.tok().end)}, "write at least one value", "the list of in is empty")
	} else {
		n.List = p.exprList(tRParen)
	}
	p.closeParen(open)
	n.Range = Span{x.Span().Start, max(p.prevEnd(), op.End)}
	return n
}

// closeParen consumes ")", or reports the opening one.
func (p *parser) closeParen(open token) {
	if p.accept(tRParen) {
		return
	}
	if p.lastErr != p.i && !p.afterLexError() {
		p.add(Issue{Span: open.span(), Message: "parenthesis is not closed", Hint: "add )",
			Related: []Related{{p.tok().span(), "it should be closed before this"}}})
	}
	p.lastErr = p.i
}

// exprList parses "a, b, c" up to end, which is not consumed. A trailing comma and a missing one are reported.
func (p *parser) exprList(end kind) []Expr {
	base := len(p.exprs)
	for {
		p.exprs = append(p.exprs, p.expr())
		if p.at(tComma) {
			p.i++
			if p.at(end) {
				p.trailingComma()
				break
			}
			continue
		}
		if end != tRParen || p.afterLexError() || !p.missingComma() {
			break
		}
	}
	list := slices.Clone(p.exprs[base:])
	clear(p.exprs[base:])
	p.exprs = p.exprs[:base]
	return list
}

func (p *parser) trailingComma() {
	at := p.toks[p.i-1].span()
	p.add(Issue{Span: at, Message: "comma after the last item of a list", Hint: "remove it", Edits: []Edit{{at, ""}}})
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
		Edits: []Edit{{Span{end, end}, ","}}})
	return true
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
	case tLBracket:
		return "lists are written with parentheses"
	case tEq, tAssign:
		return "the value is compared with =="
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
		return &BadExpr{Span{end, end}}
	}
	if p.lastErr == from {
		p.lastErr = p.i
	}
	return &BadExpr{Span{start, p.prevEnd()}}
}

func (p *parser) paren() Expr {
	open := p.next()
	x := p.expr()
	if p.at(tComma) {
		p.errorf(p.tok().span(), "a list can stand only after in, :, like and regex", "unexpected comma in parentheses")
		p.i++
		if !p.at(tRParen) {
			p.exprList(tRParen)
		}
	}
	p.closeParen(open)
	return &Paren{X: x, Range: Span{int(open.start), max(p.prevEnd(), x.Span().End)}}
}

func (p *parser) call(t token) Expr {
	p.i++
	open := p.next()
	c := &Call{Name: p.text(t), NameRange: t.span()}
	if t.kind == tTildeIdent {
		c.Name, c.Fold = c.Name[:len(c.Name)-1], true
	}
	if !p.at(tRParen) {
		c.Args = p.exprList(tRParen)
	}
	p.closeParen(open)
	c.Range = Span{int(t.start), max(p.prevEnd(), int(open.end))}
	return c
}
