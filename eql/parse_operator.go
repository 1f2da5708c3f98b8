package eql

import (
	"fmt"
	"strings"
)

// Operators, and what other dialects and languages write in their place.

// comparisonOp returns the comparison operator at the current token and the number of its tokens. It reports
// spellings of other languages.
func (p *parser) comparisonOp() (Op, int) {
	t, next := p.tok(), p.peek(1)
	adjacent := next.start == t.end
	wrong := func(n int, op Op, text string) (Op, int) {
		at := Span{Start: int(t.start), End: int(p.peek(n - 1).end)}
		if p.lastErr == p.i {
			return op, n
		}
		p.add(Issue{Span: at, Message: fmt.Sprintf("%s is not an operator of EQL", asWritten(p.src[at.Start:at.End])), Hint: "write " + text,
			Edits: []Edit{{Span: at, New: text}}})
		return op, n
	}
	switch {
	case t.kind == tLt && adjacent && next.kind == tGt, t.kind == tAssign && adjacent && next.kind == tBang,
		t.kind == tBang && next.kind == tAssign, t.kind == tBang && next.kind == tEq:
		return wrong(2, Ne, "!=")
	case t.kind == tLt && next.kind == tAssign:
		return wrong(2, Le, "<=")
	case t.kind == tGt && next.kind == tAssign:
		return wrong(2, Ge, ">=")
	case t.kind == tAssign && next.kind == tAssign:
		return wrong(2, Eq, "==")
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
	if p.lastErr == p.i {
		return Eq
	}
	if !value.kind.startsExpr() && !value.kind.isKeyword() {
		p.confused = p.i
	}
	is := Issue{Span: t.span(), Message: "= is not a comparison", Hint: "write == (exact) or : (any case, wildcards)", Edits: []Edit{{Span: t.span(), New: "=="}}}
	switch value.kind {
	case tString, tRawString, tOldString:
		if strings.ContainsAny(stringValue(value.kind, p.text(value)), "*?") {
			is.Hint, is.Edits, is.Unsafe = "write : for a pattern with wildcards", []Edit{{Span: t.span(), New: ":"}}, true
		}
	}
	p.add(is)
	return Eq
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
	p.add(Issue{Span: t.span(), Message: fmt.Sprintf("%s is not an operator of EQL", asWritten(p.text(t))), Hint: "write " + word, Edits: []Edit{{Span: t.span(), New: text}}})
	p.i++
}

// wordPredicate looks for upper-case IN, LIKE, REGEX, NOT IN, and for operators of other languages.
func (p *parser) wordPredicate(x Expr) Expr {
	next := p.peek(1)
	literal := next.kind == tLParen || next.kind == tString || next.kind == tRawString || next.kind == tOldString
	switch {
	case p.at(tTildeIdent):
		return p.tildePredicate(x, literal)
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
	case p.isWord("not") && (!next.kind.startsExpr() || p.operatorWord(next)):
		p.lowerCase("not")
		return p.notPredicate(x)
	case p.isWord("is"):
		return p.isNull(x)
	}
	return x
}

// operatorWord tells whether a token is one of in, like and regex in another case.
func (p *parser) operatorWord(t token) bool {
	word := strings.ToLower(p.text(t))
	return word == "in" || word == "like" || word == "regex"
}

// tildePredicate takes IN~, LIKE~ and REGEX~.
func (p *parser) tildePredicate(x Expr, literal bool) Expr {
	t := p.tok()
	word := strings.ToLower(p.text(t))
	op, ok := map[string]Op{"in~": 0, "like~": LikeFold, "regex~": RegexFold}[word]
	if !ok || !literal {
		return x
	}
	p.lowerCase(word)
	if op != 0 {
		return p.match(x, op)
	}
	p.i++
	return p.in(x, true, false, t.span())
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
	at := Span{Start: int(p.tok().start), End: int(p.peek(n - 1).end)}
	text := map[Op]string{Eq: "==", Ne: "!="}[op]
	p.add(Issue{Span: at, Message: fmt.Sprintf("%s is not an operator of EQL", asWritten(p.src[at.Start:at.End])), Hint: "write " + text + " null",
		Edits: []Edit{{Span: Span{Start: at.Start, End: int(null.end)}, New: text + " null"}}})
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
		if not.kind == tBang {
			p.oldOperator("not")
			p.i--
		}
		p.i += 2
		return p.in(x, next.kind == tInFold, true, Span{Start: int(not.start), End: int(next.end)})
	case tIdent:
		if strings.EqualFold(p.text(next), "in") {
			p.i++
			p.lowerCase("in")
			p.i++
			return p.in(x, false, true, Span{Start: int(not.start), End: int(next.end)})
		}
		return x
	case tColon, tLike, tLikeFold, tRegex, tRegexFold:
	case tEq, tNe, tLt, tLe, tGt, tGe:
		if not.kind == tBang {
			return x
		}
	default:
		return x
	}
	at := x.Span()
	p.add(Issue{Span: Span{Start: int(not.start), End: int(next.end)}, Message: fmt.Sprintf("%s cannot stand before %s", asWritten(p.text(not)), asWritten(p.text(next))),
		Hint:  fmt.Sprintf("write not %s %s …", clip(p.src[x.Span().Start:x.Span().End]), p.text(next)),
		Edits: []Edit{{Span: Span{Start: at.Start, End: at.Start}, New: "not "}, {Span: Span{Start: int(not.start), End: int(next.start)}, New: ""}}})
	p.i++
	var y Expr
	if op, ok := matchOp(next.kind); ok {
		y = p.match(x, op)
	} else {
		op, n := p.comparisonOp()
		p.i += n
		y = p.binary(op, next.span(), x, p.operand())
	}
	return &Unary{Op: Not, OpRange: Span{Start: at.Start, End: at.Start}, X: y, Range: y.Span()}
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
