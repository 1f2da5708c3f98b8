package esql

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// Precedence from loose to tight: OR; AND; NOT; LIKE, IN, IS, ":" (one of them); one comparison; + -; * / %; sign; "::".

// expr reads a condition or value.
func (p *parser) expr() Expr {
	if p.enter() {
		defer p.leave()
		return p.or()
	}
	return p.badExpr()
}

func (p *parser) enter() bool {
	if p.depth++; p.depth <= maxDepth {
		return true
	}
	p.depth--
	if !p.bad && !p.tooDeep {
		p.tooDeep = true
		p.errorAt("size", p.tok().span(), "", "the expression is nested more than %d deep", maxDepth)
	}
	p.bad = true
	return false
}

func (p *parser) leave() { p.depth-- }

func (p *parser) badExpr() Expr { return &BadExpr{Range: Span{Start: p.end(), End: p.end()}} }

// chain joins operands with an operator, and reports a chain that is too long: Elasticsearch counts it as depth.
func (p *parser) chain(next func() Expr, op func() Op) Expr {
	x := next()
	for n := 1; ; n++ {
		o := op()
		if o == 0 {
			return x
		}
		t := p.take()
		if n == maxDepth && !p.tooDeep {
			p.tooDeep = true
			p.errorAt("size", t.span(), "use IN, or parentheses around halves", "the expression is more than %d operators deep", maxDepth)
		}
		y := next()
		x = &Binary{Op: o, OpRange: t.span(), X: x, Y: y, Range: Span{Start: x.Span().Start, End: max(y.Span().End, int(t.end))}}
	}
}

func (p *parser) or() Expr {
	return p.chain(p.and, func() Op {
		if p.at(tOr) {
			return Or
		}
		return 0
	})
}

func (p *parser) and() Expr {
	return p.chain(p.not, func() Op {
		if p.at(tAnd) {
			return And
		}
		return 0
	})
}

func (p *parser) not() Expr {
	if !p.at(tNot) {
		return p.predicate()
	}
	t := p.take()
	if !p.enter() {
		return p.badExpr()
	}
	defer p.leave()
	x := p.not()
	return &Unary{Op: Not, X: x, Range: Span{Start: int(t.start), End: max(x.Span().End, int(t.end))}}
}

// predicate reads a value with at most one of LIKE, IN, IS and ":" behind it.
func (p *parser) predicate() Expr {
	x := p.comparison()
	start := x.Span().Start
	switch p.kind() {
	case tIs:
		p.take()
		not := p.accept(tNot)
		p.expect(tNull, "NULL")
		return &IsNull{X: x, Not: not, Range: p.from(start)}
	case tColon:
		if isField(x) {
			p.take()
			v := p.constant("a constant")
			return &Match{Field: x, Value: v, Range: p.from(start)}
		}
		return x
	case tNot:
		switch p.peek(1) {
		case tLike, tRlike, tIn:
			p.take()
			return p.negatable(x, true)
		}
		return x
	}
	return p.negatable(x, false)
}

// isField tells whether ":" may follow: a column, or a cast of one.
func isField(x Expr) bool {
	if c, ok := x.(*Cast); ok {
		x = c.X
	}
	_, ok := x.(*Column)
	return ok
}

func (p *parser) negatable(x Expr, not bool) Expr {
	start := x.Span().Start
	switch p.kind() {
	case tLike, tRlike:
		l := &Like{X: x, Not: not, Regex: p.take().kind == tRlike}
		if p.accept(tLParen) {
			l.List = true
			p.list(func() { l.Patterns = append(l.Patterns, p.stringOrParam()) })
			p.expect(tRParen, "`)`")
		} else {
			l.Patterns = []Expr{p.stringOrParam()}
		}
		l.Range = p.from(start)
		return l
	case tIn:
		p.take()
		in := &In{X: x, Not: not}
		if p.at(tLSub) {
			in.Query = p.subquery(true)
		} else if _, ok := p.expect(tLParen, "`(`"); ok {
			p.list(func() { in.List = append(in.List, p.comparisonIn()) })
			p.expect(tRParen, "`)`")
		}
		in.Range = p.from(start)
		return in
	}
	return x
}

func (p *parser) comparisonIn() Expr {
	if p.enter() {
		defer p.leave()
		return p.comparison()
	}
	return p.badExpr()
}

func (p *parser) stringOrParam() Expr {
	switch p.kind() {
	case tString, tParam:
		return p.constant("a string")
	}
	p.unexpected("a string", "a pattern is a constant, never a column")
	return p.badExpr()
}

func (p *parser) comparison() Expr {
	x := p.additive()
	op := Op(0)
	switch p.kind() {
	case tEq:
		op = Equal
	case tNe:
		op = NotEqual
	case tLt:
		op = Less
	case tLe:
		op = LessEqual
	case tGt:
		op = Greater
	case tGe:
		op = GreaterEqual
	default:
		return x
	}
	t := p.take()
	if p.at(tGt) && t.kind == tLt {
		p.unexpected("a value", "write `!=`")
	}
	y := p.additive()
	return &Binary{Op: op, OpRange: t.span(), X: x, Y: y, Range: Span{Start: x.Span().Start, End: max(y.Span().End, int(t.end))}}
}

func (p *parser) additive() Expr {
	return p.chain(p.multiplicative, func() Op {
		switch p.kind() {
		case tPlus:
			return Add
		case tMinus:
			return Subtract
		}
		return 0
	})
}

func (p *parser) multiplicative() Expr {
	return p.chain(p.unary, func() Op {
		switch p.kind() {
		case tStar:
			return Multiply
		case tSlash:
			return Divide
		case tPercent:
			return Modulo
		}
		return 0
	})
}

func (p *parser) unary() Expr {
	k := p.kind()
	if k != tMinus && k != tPlus {
		return p.primary()
	}
	if n := p.peek(1); n == tInt || n == tDecimal {
		return p.primary()
	}
	t := p.take()
	if !p.enter() {
		return p.badExpr()
	}
	defer p.leave()
	x := p.unary()
	op := Negate
	if k == tPlus {
		op = Plus
	}
	return &Unary{Op: op, X: x, Range: Span{Start: int(t.start), End: max(x.Span().End, int(t.end))}}
}

// primary reads a constant, column, call or group, with casts behind it.
func (p *parser) primary() Expr {
	x := p.operand()
	for n := 0; p.at(tCast); n++ {
		p.take()
		c := &Cast{X: x}
		switch p.kind() {
		case tIdent, tQuotedIdent:
			t := p.take()
			c.Type, c.TypeRange = p.identifier(t), t.span()
		default:
			p.unexpected("the name of a type", "")
		}
		c.Range = p.from(x.Span().Start)
		x = c
		if n == maxDepth && !p.tooDeep {
			p.tooDeep = true
			p.errorAt("size", c.TypeRange, "", "more than %d casts of one value", maxDepth)
			p.bad = true
		}
	}
	return x
}

func (p *parser) operand() Expr {
	start := p.start()
	switch p.kind() {
	case tLParen:
		p.take()
		x := p.expr()
		p.expect(tRParen, "`)`")
		return &Paren{X: x, Range: p.from(start)}
	case tFirst, tLast:
		t := p.take()
		if p.at(tLParen) {
			return p.call(strings.ToLower(p.text(t)), t.span())
		}
		p.unexpected("`(`", "a column of this name stands in back-quotes")
		return p.badExpr()
	case tIdent, tQuotedIdent:
		if p.peek(1) == tLParen {
			t := p.take()
			return p.call(strings.ToLower(p.identifier(t)), t.span())
		}
		return p.column("a value")
	case tParam, tParam2:
		return p.paramOperand()
	case tString, tInt, tDecimal, tTrue, tFalse, tNull, tMinus, tPlus, tLBracket:
		return p.constant("a value")
	}
	hint := ""
	if p.kind().isKeyword() {
		hint = "a column of this name stands in back-quotes"
	}
	p.unexpected("a value", hint)
	return &BadExpr{Range: Span{Start: p.end(), End: p.end()}}
}

// paramOperand reads a parameter in the place of a value, a column or a function.
func (p *parser) paramOperand() Expr {
	t := p.tok()
	if p.peek(1) == tLParen {
		p.take()
		name, ok := p.paramName(t)
		if !ok {
			name = "?"
		}
		return p.call(strings.ToLower(name), t.span())
	}
	if t.kind == tParam2 || p.peek(1) == tDot {
		return p.column("a value")
	}
	saved := p.positional
	v, ok := p.paramAt(t)
	if ok && v.Kind != ValueParam {
		p.positional = saved
		return p.column("a value")
	}
	p.take()
	if !ok {
		return &Param{Name: p.text(t)[1:], Range: t.span()}
	}
	return literalOf(v.Value, t.span())
}

func (p *parser) call(name string, at Span) Expr {
	c := &Call{Name: name, NameRange: at}
	p.take() // (
	switch {
	case p.at(tRParen):
	case p.at(tStar):
		p.take()
		c.Star = true
	default:
		p.list(func() {
			if p.at(tLBrace) && len(c.Args) > 0 && c.Options == nil {
				c.Options = p.mapLiteral()
				return
			}
			if c.Options != nil {
				p.unexpected("`)`", "the options stand last")
				return
			}
			c.Args = append(c.Args, p.expr())
		})
	}
	if !p.accept(tRParen) {
		p.unexpected("`,` or `)`", "")
	}
	c.Range = p.from(at.Start)
	return c
}

// column reads a name with its dots.
func (p *parser) column(what string) *Column {
	start := p.start()
	var name strings.Builder
	for {
		switch t := p.tok(); p.kind() {
		case tIdent, tQuotedIdent:
			name.WriteString(p.identifier(p.take()))
		case tParam, tParam2:
			p.take()
			s, _ := p.paramName(t)
			name.WriteString(s)
		default:
			hint := ""
			if p.kind().isKeyword() {
				hint = "a name that is a keyword stands in back-quotes"
			}
			p.unexpected(what, hint)
		}
		if !p.at(tDot) {
			break
		}
		p.take()
		what = "the next part of the name"
		name.WriteByte('.')
	}
	return &Column{Name: name.String(), Range: p.from(start)}
}

// identifier is the text of a name without its back-quotes.
func (p *parser) identifier(t token) string {
	s := p.text(t)
	if t.kind == tQuotedIdent {
		s = strings.ReplaceAll(s[1:len(s)-1], "``", "`")
	}
	return s
}

// constant reads a literal, list or parameter.
func (p *parser) constant(what string) Expr {
	t := p.tok()
	switch p.kind() {
	case tString:
		p.take()
		return &Literal{Kind: KeywordLiteral, Str: stringValue(p.text(t)), Range: t.span()}
	case tTrue, tFalse:
		p.take()
		return &Literal{Kind: BoolLiteral, Bool: t.kind == tTrue, Range: t.span()}
	case tNull:
		p.take()
		return &Literal{Kind: NullLiteral, Range: t.span()}
	case tInt, tDecimal, tMinus, tPlus:
		return p.numeric(what)
	case tLBracket:
		return p.listLiteral()
	case tParam, tParam2:
		p.take()
		v, ok := p.paramAt(t)
		if !ok {
			return &Param{Name: strings.TrimLeft(p.text(t), "?"), Double: t.kind == tParam2, Range: t.span()}
		}
		return literalOf(v.Value, t.span())
	}
	p.unexpected(what, "")
	return p.badExpr()
}

// numeric reads a number with its sign, or a time span.
func (p *parser) numeric(what string) Expr {
	start := p.start()
	sign := ""
	if p.at(tMinus) || p.at(tPlus) {
		sign = p.text(p.take())
	}
	t := p.tok()
	if !p.at(tInt) && !p.at(tDecimal) {
		p.unexpected(what, "")
		return p.badExpr()
	}
	p.take()
	l := &Literal{Range: p.from(start)}
	l.setNumber(sign, p.text(t), t.kind == tDecimal)
	if t.kind == tInt && p.at(tIdent) {
		p.timeSpan(l, p.take())
	}
	if l.Kind == DoubleLiteral && math.IsInf(l.Float, 0) {
		p.errorAt("number", l.Range, "", "number %s is too large", quoted(p.src[l.Range.Start:l.Range.End]))
	}
	return l
}

func (l *Literal) setNumber(sign, digits string, decimal bool) {
	text := digits
	if sign == "-" {
		text = "-" + digits
	}
	if !decimal {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			l.setInt(n)
			return
		}
		if n, err := strconv.ParseUint(text, 10, 64); err == nil {
			l.Kind, l.Uint = UnsignedLongLiteral, n
			return
		}
	}
	l.Kind = DoubleLiteral
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && !math.IsInf(f, 0) {
		b, _, _ := big.ParseFloat(text, 10, 64, big.ToNearestEven)
		f, _ = b.Float64()
	}
	l.Float = f
}

// timeSpan makes "5" and "minutes" a time span.
func (p *parser) timeSpan(l *Literal, unit token) {
	l.Range.End = int(unit.end)
	name := TimeUnit(p.text(unit))
	if name == "" {
		p.errorAt("time-unit", l.Range, "units are millisecond, second, minute, hour, day, week, month, quarter and year",
			"unknown unit of time %s", quoted(p.text(unit)))
		name = "day"
	}
	if l.Kind > LongLiteral {
		p.errorAt("number", l.Range, "", "number %s is too large", quoted(p.src[l.Range.Start:l.Range.End]))
	}
	l.Kind, l.Str = TimeSpanLiteral, name
}

// TimeUnit is the singular name of a unit of time ("day" for "d" and "Days"); empty if there is no such unit.
func TimeUnit(s string) string {
	switch strings.ToLower(s) {
	case "millisecond", "milliseconds", "ms":
		return "millisecond"
	case "second", "seconds", "sec", "s":
		return "second"
	case "minute", "minutes", "min", "m":
		return "minute"
	case "hour", "hours", "h":
		return "hour"
	case "day", "days", "d":
		return "day"
	case "week", "weeks", "w":
		return "week"
	case "month", "months", "mo":
		return "month"
	case "quarter", "quarters", "q":
		return "quarter"
	case "year", "years", "yr", "y":
		return "year"
	}
	return ""
}

// listLiteral reads [1, 2]: numbers, booleans or strings, of one kind.
func (p *parser) listLiteral() Expr {
	start := p.start()
	p.take()
	l := &Literal{Kind: ListLiteral}
	class := kind(tEOF)
	p.list(func() {
		k := p.kind()
		switch k {
		case tMinus, tPlus, tDecimal:
			k = tInt
		case tFalse:
			k = tTrue
		}
		if k != tInt && k != tTrue && k != tString && k != tParam || class != tEOF && k != class {
			p.unexpected("a constant of the same kind", "a list holds numbers, strings or booleans, all of one kind")
			return
		}
		class = k
		at := p.i
		x, ok := p.constant("a constant").(*Literal)
		if !ok {
			return
		}
		if x.Kind == TimeSpanLiteral {
			p.i = at + 1
			p.unexpected("`,` or `]`", "")
			return
		}
		l.List = append(l.List, x)
	})
	if !p.accept(tRBracket) {
		p.unexpected("`,` or `]`", "")
	}
	l.widen()
	l.Range = p.from(start)
	return l
}

// mapLiteral reads {"key": value, …}.
func (p *parser) mapLiteral() *Map {
	m := &Map{}
	start := p.start()
	if !p.enter() {
		return m
	}
	defer p.leave()
	if _, ok := p.expect(tLBrace, "`{`"); ok && !p.at(tRBrace) {
		p.list(func() {
			e := &Entry{}
			t, ok := p.expect(tString, "a key in quotes")
			if !ok {
				return
			}
			e.Key, e.KeyRange = stringValue(p.text(t)), t.span()
			p.expect(tColon, "`:`")
			if p.at(tLBrace) {
				e.Value = p.mapLiteral()
			} else {
				e.Value = p.constant("a value")
			}
			e.Range = p.from(int(t.start))
			m.Entries = append(m.Entries, e)
		})
	}
	if !p.accept(tRBrace) {
		p.unexpected("`,` or `}`", "")
	}
	m.Range = p.from(start)
	return m
}

// stringValue is the value of a string in the source: escapes undone, raw strings as they stand.
func stringValue(s string) string {
	if strings.HasPrefix(s, `"""`) && len(s) >= 6 {
		return s[3 : len(s)-3]
	}
	s = s[1 : len(s)-1]
	if !strings.Contains(s, `\`) {
		return s
	}
	return unescaper.Replace(s)
}

var unescaper = strings.NewReplacer(`\t`, "\t", `\n`, "\n", `\r`, "\r", `\"`, `"`, `\\`, `\`)
