package eql

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// path parses [ "?" ] name { "." name }. Array indexes and reserved words are reported (LANGUAGE.md 1.3).
func (p *parser) path() Expr {
	start, optional := p.tok().start, p.accept(tQuestion)
	first := p.tok()
	switch {
	case first.kind == tIdent, first.kind == tQuotedIdent:
		p.i++
	case first.kind.isKeyword():
		p.reservedPart()
	default:
		p.expected("a field after ?", "? marks a field that may be missing from the mapping")
		return p.bad()
	}
	plain := first.kind != tQuotedIdent
	for more := true; more; {
		t, next := p.tok(), p.peek(1)
		switch {
		case t.kind == tDot && (next.kind == tIdent || next.kind == tQuotedIdent):
			plain = plain && next.kind == tIdent && t.start == p.toks[p.i-1].end && next.start == t.end
			p.i += 2
		case t.kind == tDot && next.kind.isKeyword():
			p.i++
			p.reservedPart()
			plain = plain && t.start == p.toks[p.i-2].end && next.start == t.end
		case t.kind == tDot:
			p.i++
			p.expected("a field name after the dot", p.partHint())
			plain, more = false, p.skipDots()
		case t.kind == tDecimal && p.src[t.start] == '.' && t.start == p.toks[p.i-1].end:
			p.digitPart()
		case t.kind == tLBracket && next.kind == tInt:
			p.arrayIndex()
			plain = false
		default:
			more = false
		}
	}
	f := p.nodes.fields.new()
	f.Optional, f.Range = optional, Span{Start: int(start), End: p.prevEnd()}
	if plain {
		f.Name = strings.TrimSuffix(p.src[first.start:p.prevEnd()], ".")
	} else {
		f.Name = p.joinPath(first)
	}
	if f.Name == "" {
		p.errorf(f.Range, "", "field name is empty")
	}
	if optional && p.at(tLParen) {
		p.errorf(Span{Start: int(start), End: int(start) + 1}, "remove the question mark", "? can stand only before a field, not before a function")
	}
	return f
}

// joinPath builds the name from the tokens since first; blanks, back-quotes and indexes are left out.
func (p *parser) joinPath(first token) string {
	var sb strings.Builder
	inIndex := false
	for i := p.i - 1; ; i-- {
		if p.toks[i] != first {
			continue
		}
		for _, t := range p.toks[i:p.i] {
			switch {
			case t.kind == tLBracket:
				inIndex = true
			case t.kind == tRBracket:
				inIndex = false
			case inIndex:
			default:
				sb.WriteString(identValue(t.kind, p.text(t)))
			}
		}
		return strings.TrimSuffix(sb.String(), ".")
	}
}

// reservedPart reports a reserved word as a part of a name, and consumes it.
func (p *parser) reservedPart() {
	t := p.next()
	p.add(Issue{Span: t.span(), Message: fmt.Sprintf("%s is a reserved word", asWritten(p.text(t))),
		Hint: fmt.Sprintf("write `%s`", p.text(t)), Edits: []Edit{{Span: t.span(), New: "`" + p.text(t) + "`"}}})
}

// skipDots skips dots and stars within a name; true if a name follows them.
func (p *parser) skipDots() bool {
	for (p.at(tDot) || p.at(tStar)) && p.tok().start == p.toks[p.i-1].end {
		p.i++
	}
	if p.toks[p.i-1].kind == tDot && isName(p.kind()) && p.tok().start == p.toks[p.i-1].end {
		p.i++
		return true
	}
	p.lastErr = p.i // what follows is no error of its own
	return false
}

func (p *parser) partHint() string {
	switch p.kind() {
	case tStar:
		return "there are no wildcards in field names"
	case tDot:
		return "write one dot between two parts of a name"
	case tInt, tDecimal, tMinus:
		return "a name with other characters than A-Z a-z 0-9 _ needs back-quotes"
	}
	return ""
}

// digitPart reports a part that begins with a digit: ".0b" lexes as a number and a name.
func (p *parser) digitPart() {
	t := p.next()
	end := t.end
	for next := p.tok(); next.start == end && (next.kind == tIdent || next.kind == tInt); next = p.tok() {
		end = next.end
		p.i++
	}
	at := Span{Start: int(t.start) + 1, End: int(end)}
	p.add(Issue{Span: at, Message: fmt.Sprintf("part of a field name begins with a digit: %s", p.src[at.Start:at.End]), Hint: "put it in back-quotes",
		Edits: []Edit{{Span: at, New: "`" + p.src[at.Start:at.End] + "`"}}})
}

// arrayIndex reports "[1]" after a name, and consumes it.
func (p *parser) arrayIndex() {
	open := p.next()
	for p.at(tInt) {
		p.i++
	}
	p.accept(tRBracket)
	p.add(Issue{Span: Span{Start: int(open.start), End: p.prevEnd()}, Message: "array indexes are not supported",
		Hint: "remove it: a condition on an array is true if one of its values meets it"})
}

// literal makes the constant of a token, which is consumed.
func (p *parser) literal(t token) *Literal {
	lit := p.nodes.literals.new()
	lit.Range = t.span()
	text := p.text(t)
	switch t.kind {
	case tNull:
		lit.Kind = NullLiteral
	case tTrue, tFalse:
		lit.Kind, lit.Bool = BoolLiteral, t.kind == tTrue
	case tInt, tDecimal:
		p.number(lit, t.kind, text)
	default:
		lit.Kind, lit.Str, lit.Raw = StringLiteral, stringValue(t.kind, text), t.kind == tRawString
	}
	return lit
}

// number reads an integer into the narrowest kind that holds it (LANGUAGE.md 1.5).
func (p *parser) number(lit *Literal, k kind, text string) {
	if k == tInt {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			lit.Kind, lit.Int = IntLiteral, n
			return
		}
		if n, err := strconv.ParseUint(text, 10, 64); err == nil {
			lit.Kind, lit.Uint = UintLiteral, n
			return
		}
	}
	lit.Kind = FloatLiteral
	lit.Float, _ = strconv.ParseFloat(text, 64)
	if math.IsInf(lit.Float, 0) {
		p.errorf(lit.Range, "", "number is too large: %s", asWritten(text))
		lit.Float = math.MaxFloat64
	}
}

// match parses the patterns of : like like~ regex regex~; the current token is the operator.
func (p *parser) match(x Expr, op Op) Expr {
	t := p.next()
	m := &Match{Op: op, OpRange: t.span(), X: x}
	if op == Colon && p.at(tIdent) && p.peek(1).kind == tLParen {
		return p.method(x)
	}
	open, at := p.tok(), p.i
	ok := true
	if !p.accept(tLParen) {
		m.List = append(m.List, p.pattern(t, &ok))
	} else {
		m.Parens = true
		if p.at(tRParen) && p.strayInList() {
			p.i++
		}
		if p.at(tRParen) {
			p.errorf(Span{Start: int(open.start), End: int(p.tok().end)}, "write at least one value", "the list of %s is empty", asWritten(p.text(t)))
			ok = false
		} else {
			m.List = p.patterns(t, at, &ok)
		}
		p.closeParen(at)
	}
	m.Range = Span{Start: x.Span().Start, End: max(p.prevEnd(), int(t.end))}
	if !ok {
		return &BadExpr{m.Range}
	}
	return m
}

func (p *parser) patterns(op token, open int, ok *bool) []*Literal {
	var list []*Literal
	for {
		list = append(list, p.pattern(op, ok))
		if !p.nextItem(tRParen, open) {
			return list
		}
	}
}

// pattern parses one constant; anything else is reported, read as an expression and dropped.
func (p *parser) pattern(op token, ok *bool) *Literal {
	t := p.tok()
	switch t.kind {
	case tString, tRawString, tOldString, tInt, tDecimal, tTrue, tFalse, tNull:
		p.i++
		if t.kind == tNull && op.kind != tColon {
			p.errorf(t.span(), "write == null", "expected a string after %s, found null", p.text(op))
		}
		return p.literal(t)
	}
	*ok = false
	if p.bareWord(op) {
		return nil
	}
	if t.kind == tLParen && p.toks[p.i-1].kind != op.kind { // in a list
		p.expected("a constant after "+p.text(op), "remove it")
		p.i++
		return p.pattern(op, ok)
	}
	if !t.kind.startsExpr() {
		p.expected("a constant after "+p.text(op), "")
		p.bad()
		return nil
	}
	at, reported := p.i, p.lastErr
	y := p.sum()
	if p.lastErr > reported && p.lastErr >= at {
		return nil
	}
	hint := "only constants can stand there; fields are compared with =="
	switch y.(type) {
	case *Unary:
		hint = "write == for numbers"
	case *Call:
		hint = "only constants can stand there; compute on the left side, or use =="
	}
	p.errorf(y.Span(), hint, "expected a constant after %s, found %s", asWritten(p.text(op)), p.source(y))
	return nil
}

// bareWord reports text without quotes after : like regex, up to the next blank, and consumes it.
func (p *parser) bareWord(op token) bool {
	n := 0
	for n == 0 || p.peek(n).start == p.peek(n-1).end {
		switch k := p.peek(n).kind; k {
		case tIdent, tDot, tStar, tInt, tDecimal, tMinus, tSlash, tPercent, tQuestion:
			n++
			continue
		}
		break
	}
	if n == 0 || !p.at(tIdent) && !p.at(tStar) && !p.at(tDot) && !p.at(tQuestion) && n < 2 || p.peek(n).kind == tLParen || p.at(tMinus) {
		return false
	}
	at := Span{Start: int(p.tok().start), End: int(p.peek(n - 1).end)}
	text := p.src[at.Start:at.End]
	hint := "text stands in double quotes: " + quoteString(text) + "; fields are compared with =="
	p.add(Issue{Span: at, Message: fmt.Sprintf("expected a constant after %s, found %s", asWritten(p.text(op)), asWritten(text)), Hint: hint,
		Edits: []Edit{{Span: at, New: quoteString(text)}}, Unsafe: true})
	p.i += n
	return true
}

// method reports "x:name(args)" of the old dialect; the repair makes x the first argument.
func (p *parser) method(x Expr) Expr {
	name := p.tok()
	y := p.call(name)
	c, isCall := y.(*Call)
	if !isCall {
		return &BadExpr{Span{Start: x.Span().Start, End: p.prevEnd()}}
	}
	c.Args = append([]Expr{x}, c.Args...)
	c.Range = Span{Start: x.Span().Start, End: p.prevEnd()}
	is := Issue{Span: c.NameRange, Message: fmt.Sprintf("functions are not called as methods: %s", p.source(c)),
		Hint: fmt.Sprintf("write %s(%s, …)", c.Name, clip(p.src[x.Span().Start:x.Span().End]))}
	text := c.Name + "(" + p.src[x.Span().Start:x.Span().End]
	if len(c.Args) > 1 {
		text += ", " + p.src[c.Args[1].Span().Start:c.Range.End]
	} else {
		text += ")"
		is.Hint = fmt.Sprintf("write %s(%s)", c.Name, clip(p.src[x.Span().Start:x.Span().End]))
	}
	is.Edits = []Edit{{Span: c.Range, New: text}}
	p.add(is)
	return c
}
