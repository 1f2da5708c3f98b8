package mutation

import (
	"math"
	"net/netip"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/internal/eqlfunc"
)

// value changes an expression that is no logic, and what it is made of.
func (g *generator) value(slot *eql.Expr) {
	switch e := (*slot).(type) {
	case *eql.Paren:
		g.value(&e.X)
	case *eql.Unary:
		if e.Op == eql.Not {
			g.cond(slot, false)
			return
		}
		g.value(&e.X)
	case *eql.Binary:
		if e.Op == eql.And || e.Op == eql.Or {
			g.cond(slot, false)
			return
		}
		g.comparison(slot, e)
	case *eql.Literal:
		g.shift(slot, e, 1)
	case *eql.Match:
		g.match(slot, e)
		g.value(&e.X)
	case *eql.In:
		g.in(slot, e)
		g.value(&e.X)
	case *eql.Call:
		g.call(slot, e)
		for i := range e.Args {
			g.value(&e.Args[i])
		}
	}
}

// comparison changes a comparison or an arithmetic operation.
func (g *generator) comparison(slot *eql.Expr, b *eql.Binary) {
	other, step := eql.Op(0), int64(1)
	switch b.Op {
	case eql.Lt:
		other, step = eql.Le, -1
	case eql.Le:
		other = eql.Lt
	case eql.Gt:
		other = eql.Ge
	case eql.Ge:
		other, step = eql.Gt, -1
	case eql.Eq, eql.Ne:
		g.equalCase(slot, b)
	}
	if other != 0 {
		g.add(Number, b.OpRange, other.String(), slot, func() eql.Expr {
			c := *b
			c.Op = other
			return &c
		})
	}
	x, xIsLiteral := b.X.(*eql.Literal)
	y, yIsLiteral := b.Y.(*eql.Literal)
	if xIsLiteral && !yIsLiteral { // the sides are swapped: 5 < x is x > 5
		g.shift(&b.X, x, -step)
	} else {
		g.value(&b.X)
	}
	if yIsLiteral && !xIsLiteral {
		g.shift(&b.Y, y, step)
	} else {
		g.value(&b.Y)
	}
}

// shift moves an integer by step. With the boundary operator on the one side and the number on the other a test must
// come close from both.
func (g *generator) shift(slot *eql.Expr, l *eql.Literal, step int64) {
	if l.Kind != eql.IntLiteral || step > 0 && l.Int == math.MaxInt64 || step < 0 && l.Int == math.MinInt64 {
		return
	}
	c := &eql.Literal{Kind: eql.IntLiteral, Int: l.Int + step, Range: l.Range}
	g.add(Number, l.Range, eql.FormatExpr(c), slot, func() eql.Expr { return c })
}

// textual tells whether an expression may hold a text; fields of other types know no case.
func (g *generator) textual(e eql.Expr) bool {
	t := g.options.Info.Type(e)
	if f, ok := eql.Unparen(e).(*eql.Field); ok && t == eql.TypeUnknown {
		return g.options.Info.Use(f).Presence != eql.Present // several types, or one that is nested
	}
	return t == eql.TypeUnknown || t.StringFamily()
}

// equalCase makes == ignore case, by ":" or, if the text has wildcards, by in~.
func (g *generator) equalCase(slot *eql.Expr, b *eql.Binary) {
	l, ok := b.Y.(*eql.Literal)
	if !ok || l.Kind != eql.StringLiteral || !hasLetters(l.Str) || !g.textual(b.X) {
		return
	}
	x := b.X
	if isConstant(x) || !isOperand(x) {
		return
	}
	var fold eql.Expr = &eql.Match{Op: eql.Colon, X: x, List: []*eql.Literal{l}, Range: b.Range}
	if strings.ContainsAny(l.Str, "*?") {
		fold = &eql.In{Fold: true, X: x, List: []eql.Expr{l}, Range: b.Range}
	}
	if b.Op == eql.Ne {
		fold = &eql.Unary{Op: eql.Not, X: fold, Range: b.Range}
		g.add(Case, b.Range, eql.FormatExpr(fold), slot, func() eql.Expr { return fold })
		return
	}
	if _, isMatch := fold.(*eql.Match); isMatch {
		g.add(Case, b.OpRange, ":", slot, func() eql.Expr { return fold })
		return
	}
	g.add(Case, b.Range, eql.FormatExpr(fold), slot, func() eql.Expr { return fold })
}

// isOperand tells whether an expression can stand in front of ":" without parentheses.
func isOperand(e eql.Expr) bool {
	switch e.(type) {
	case *eql.Field, *eql.Call, *eql.Paren:
		return true
	}
	return false
}

func isConstant(e eql.Expr) bool {
	_, ok, err := eql.Fold(e, nil)
	return ok && err == nil
}

var otherCase = map[eql.Op]eql.Op{eql.Colon: eql.Like, eql.Like: eql.LikeFold, eql.LikeFold: eql.Like, eql.Regex: eql.RegexFold, eql.RegexFold: eql.Regex}

func (g *generator) match(slot *eql.Expr, m *eql.Match) {
	g.matchCase(slot, m)
	items := make([]eql.Expr, len(m.List))
	for i, l := range m.List {
		items[i] = l
	}
	list := matchPatterns(m)
	for i, l := range m.List {
		if len(m.List) > 1 {
			g.unless(sameWithout(list, i)).add(DropMember, memberSpan(items, i), "", slot, func() eql.Expr {
				c := *m
				c.List = append(m.List[:i:i], m.List[i+1:]...)
				return &c
			})
		}
		if m.Op != eql.Regex && m.Op != eql.RegexFold && l.Kind == eql.StringLiteral {
			g.patterns(slot, m, i, list)
		}
	}
}

// matchCase lets a match of patterns respect or ignore case.
func (g *generator) matchCase(slot *eql.Expr, m *eql.Match) {
	letters := false
	for _, l := range m.List {
		if l.Kind != eql.StringLiteral {
			return
		}
		letters = letters || patternHasLetters(m.Op, l.Str)
	}
	other := otherCase[m.Op]
	text := other.String()
	if m.Op == eql.Colon && m.X.Span().End == m.OpRange.Start { // "name:" needs a blank in front of a word
		text = " " + text
	}
	if m.OpRange.End == m.List[0].Range.Start || m.Parens && m.OpRange.End < len(g.src) && g.src[m.OpRange.End] == '(' {
		text += " "
	}
	g.unless(!letters).add(Case, m.OpRange, text, slot, func() eql.Expr {
		c := *m
		c.Op = other
		return &c
	})
}

// patterns widens and narrows one member of a list of wildcard patterns.
func (g *generator) patterns(slot *eql.Expr, m *eql.Match, i int, list []pattern) {
	l := m.List[i]
	for _, p := range otherPatterns(l.Str) {
		c := &eql.Literal{Kind: eql.StringLiteral, Str: p, Raw: l.Raw, Range: l.Range}
		g.unless(sameWith(list, i, p)).add(Wildcard, l.Range, eql.FormatExpr(c), slot, func() eql.Expr {
			changed := *m
			changed.List = slices.Clone(m.List)
			changed.List[i] = c
			return &changed
		})
	}
}

// otherPatterns narrows a pattern at each "*" and widens it at each "?" and at both ends. A pattern without wildcards stays
// as it is.
func otherPatterns(p string) []string {
	if !strings.ContainsAny(p, "*?") {
		return nil
	}
	var out []string
	if p[0] != '*' && p[0] != '?' {
		out = append(out, "*"+p)
	}
	for i := range len(p) {
		switch {
		case p[i] == '*' && (i == 0 || p[i-1] != '*'):
			out = append(out, p[:i]+p[i+1:])
		case p[i] == '?':
			out = append(out, p[:i]+"*"+p[i+1:])
		}
	}
	if last := p[len(p)-1]; last != '*' && last != '?' {
		out = append(out, p+"*")
	}
	return out
}

func (g *generator) in(slot *eql.Expr, e *eql.In) {
	strs, letters := true, false
	for _, x := range e.List {
		l, ok := x.(*eql.Literal)
		strs = strs && ok && l.Kind == eql.StringLiteral
		letters = letters || ok && hasLetters(l.Str)
	}
	if strs && g.textual(e.X) {
		g.unless(!letters)
		span, text := eql.Span{Start: e.OpRange.End, End: e.OpRange.End}, "~"
		if e.Fold {
			span, text = eql.Span{Start: e.OpRange.End - 1, End: e.OpRange.End}, ""
		}
		g.add(Case, span, text, slot, func() eql.Expr {
			c := *e
			c.Fold = !e.Fold
			return &c
		})
	}
	if len(e.List) == 1 {
		return
	}
	for i := range e.List {
		g.unless(sameIn(e, i)).add(DropMember, memberSpan(e.List, i), "", slot, func() eql.Expr {
			c := *e
			c.List = append(e.List[:i:i], e.List[i+1:]...)
			return &c
		})
	}
}

// memberSpan is a member of a list with the comma that goes with it.
func memberSpan(list []eql.Expr, i int) eql.Span {
	if i == 0 {
		return eql.Span{Start: list[0].Span().Start, End: list[1].Span().Start}
	}
	return eql.Span{Start: list[i-1].Span().End, End: list[i].Span().End}
}

// otherFunctions admit more or less than the one they replace.
var otherFunctions = map[string][]string{
	"startswith": {"stringContains"}, "endswith": {"stringContains"}, "stringcontains": {"startsWith", "endsWith"},
}

func (g *generator) call(slot *eql.Expr, e *eql.Call) {
	f, ok := eqlfunc.Lookup(e.Name)
	if !ok || len(e.Args) == 0 {
		return // eql.Check has an error for it
	}
	if f.CaseAware {
		g.unless(caseless(e.Args))
		name := e.NameRange
		if strings.HasSuffix(g.src[name.Start:name.End], "~") {
			name.End--
		}
		span, text := eql.Span{Start: name.End, End: name.End}, "~"
		if e.Fold {
			span, text = eql.Span{Start: name.End, End: name.End + 1}, ""
		}
		g.add(Case, span, text, slot, func() eql.Expr {
			c := *e
			c.Fold = !e.Fold
			return &c
		})
	}
	if f.Max < 0 && f.Result == eqlfunc.Bool {
		g.blocks(slot, e)
	}
	if len(e.Args) != 2 {
		return
	}
	l, ok := e.Args[1].(*eql.Literal)
	if !ok || l.Kind != eql.StringLiteral || l.Str == "" || strings.ContainsAny(l.Str, `*?\`) {
		return
	}
	for _, other := range otherFunctions[strings.ToLower(e.Name)] {
		span := eql.Span{Start: e.NameRange.Start, End: e.NameRange.Start + len(e.Name)}
		g.add(Wildcard, span, other, slot, func() eql.Expr {
			c := *e
			c.Name = other
			return &c
		})
	}
}

// blocks drops the blocks of cidrMatch one by one.
func (g *generator) blocks(slot *eql.Expr, e *eql.Call) {
	for i := 1; i < len(e.Args) && len(e.Args) > 2; i++ {
		g.unless(coveredBlock(e.Args, i)).add(DropMember, memberSpan(e.Args[1:], i-1), "", slot, func() eql.Expr {
			c := *e
			c.Args = append(e.Args[:i:i], e.Args[i+1:]...)
			return &c
		})
	}
}

// coveredBlock tells whether another block has all addresses of argument i.
func coveredBlock(args []eql.Expr, i int) bool {
	block := func(e eql.Expr) netip.Prefix {
		l, ok := e.(*eql.Literal)
		if !ok {
			return netip.Prefix{}
		}
		p, _ := netip.ParsePrefix(l.Str)
		return p
	}
	own := block(args[i])
	for n, a := range args[1:] {
		if p := block(a); n+1 != i && own.IsValid() && p.IsValid() && p.Bits() <= own.Bits() && p.Contains(own.Addr()) {
			return true
		}
	}
	return false
}

// caseless tells whether the arguments behind the first are texts without letters.
func caseless(args []eql.Expr) bool {
	for _, a := range args[1:] {
		l, ok := a.(*eql.Literal)
		if !ok || hasLetters(l.Str) {
			return false
		}
	}
	return true
}
