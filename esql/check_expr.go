package esql

import (
	"fmt"
	"strings"

	"github.com/rulevet/rulevet/internal/lucene"
)

// env is where an expression stands.
type env struct {
	scope *scope
	verb  string
	agg   bool // a target of STATS: aggregates may stand here
	inAgg bool // inside an aggregate
	group bool // a key of STATS or LIMIT: grouping functions may stand here
	// filter: WHERE behind an aggregate.
	filter bool
	// condition: full-text search may stand here.
	condition bool
	// score: inside SCORE(…).
	score bool
	// inside: within an expression that is no condition of its own; a subquery of IN cannot stand there.
	inside bool
	// ts: behind TS, where an aggregate takes the last value of a counter.
	ts bool
	// convert: the argument of a conversion, which may have any types in its indexes.
	convert bool
}

// expr gives an expression its type and reports what is wrong in it; TypeUnknown if it is not known or wrong.
func (c *checker) expr(x Expr, e env) Type {
	t := c.typeOf(x, e)
	if t != TypeUnknown {
		c.info.Types[x] = t
	}
	return t
}

func (c *checker) typeOf(x Expr, e env) Type {
	if _, ok := x.(*Column); !ok {
		if _, ok := x.(*Paren); !ok {
			e.convert = false
		}
	}
	e.inside = e.inside || !logicalNode(x)
	switch x := x.(type) {
	case *Literal:
		return x.Type()
	case *Column:
		a := c.column(x, e.scope)
		if a == nil || !e.convert && c.unusable(a, x.Range) {
			return TypeUnknown
		}
		return a.Type
	case *Paren:
		return c.expr(x.X, e)
	case *Call:
		return c.call(x, e)
	case *Unary:
		return c.unary(x, e)
	case *Binary:
		return c.binary(x, e)
	case *Cast:
		return c.cast(x, e)
	case *IsNull:
		e.condition = e.inAgg && e.condition
		c.expr(x.X, e)
		return TypeBoolean
	case *Like:
		return c.like(x, e)
	case *In:
		return c.in(x, e)
	case *Match:
		return c.matchOperator(x, e)
	}
	return TypeUnknown
}

// logicalNode tells whether an expression is a condition, or joins some.
func logicalNode(x Expr) bool {
	switch x := x.(type) {
	case *Paren, *In:
		return true
	case *Unary:
		return x.Op == Not
	case *Binary:
		return x.Op == And || x.Op == Or
	}
	return false
}

// Type is the type of the literal.
func (l *Literal) Type() Type {
	switch l.Kind {
	case NullLiteral:
		return TypeNull
	case BoolLiteral:
		return TypeBoolean
	case IntegerLiteral:
		return TypeInteger
	case LongLiteral:
		return TypeLong
	case UnsignedLongLiteral:
		return TypeUnsignedLong
	case DoubleLiteral:
		return TypeDouble
	case KeywordLiteral:
		return TypeKeyword
	case TimeSpanLiteral:
		switch l.Str {
		case "day", "week", "month", "quarter", "year":
			return TypeDatePeriod
		}
		return TypeTimeDuration
	case ListLiteral:
		if len(l.List) > 0 {
			return l.List[0].Type()
		}
		return TypeNull
	}
	return TypeUnknown
}

// article is a type for a message, with the source of what has it.
func (c *checker) typed(x Expr, t Type) string { return fmt.Sprintf("%s is %s", c.quote(x), t) }

func (c *checker) unary(x *Unary, e env) Type {
	t := c.expr(x.X, e)
	if t == TypeUnknown {
		if x.Op == Not {
			return TypeBoolean
		}
		return TypeUnknown
	}
	op := "NOT"
	if x.Op != Not {
		op = "neg"
	}
	if x.Op == Plus {
		return t
	}
	if r, ok := c.facts.operators[operatorKey{op, t, TypeNull}]; ok {
		return r
	}
	if op == "neg" && t.Span() {
		return t
	}
	c.untyped("type", x.Range, "", "%s cannot take %s: %s", x.Op, c.quote(x.X), c.typed(x.X, t))
	if x.Op == Not {
		return TypeBoolean
	}
	return TypeUnknown
}

func (c *checker) binary(x *Binary, e env) Type {
	if x.Op == And || x.Op == Or {
		return c.logical(x, e)
	}
	l, r := c.expr(x.X, e), c.expr(x.Y, e)
	boolean := x.Op.Comparison()
	result := func(t Type) Type {
		if boolean {
			return TypeBoolean
		}
		return t
	}
	if l == TypeUnknown || r == TypeUnknown {
		return result(TypeUnknown)
	}
	var ok bool
	if l, r, ok = c.castOperands(x, l, r); !ok {
		return result(TypeUnknown)
	}
	if t, ok := c.operator(x.Op, l, r); ok {
		return t
	}
	c.mismatch(x, l, r)
	return result(TypeUnknown)
}

// logical checks a chain of AND or OR without deep recursion on its left.
func (c *checker) logical(x *Binary, e env) Type {
	var chain []*Binary
	var left Expr = x
	for {
		b, ok := left.(*Binary)
		if !ok || b.Op != And && b.Op != Or {
			break
		}
		chain = append(chain, b)
		left = b.X
	}
	l := c.expr(left, e)
	for i := len(chain) - 1; i >= 0; i-- {
		b := chain[i]
		r := c.expr(b.Y, e)
		for _, side := range []struct {
			x Expr
			t Type
		}{{b.X, l}, {b.Y, r}} {
			if side.t != TypeBoolean && side.t != TypeNull && side.t != TypeUnknown {
				c.untyped("type", b.Range, "", "%s joins conditions: %s", b.Op, c.typed(side.x, side.t))
				break
			}
		}
		l = TypeBoolean
		c.info.Types[b] = TypeBoolean
	}
	return TypeBoolean
}

// operator is the type of a result; false if the operator does not take the types.
func (c *checker) operator(op Op, l, r Type) (Type, bool) {
	if t, ok := c.facts.operators[operatorKey{op.String(), l, r}]; ok {
		return t, true
	}
	if (op == Add || op == Subtract) && (l.Span() || r.Span()) {
		switch {
		case l == r, r == TypeNull:
			return l, true
		case l == TypeNull:
			return r, true
		}
	}
	return TypeUnknown, false
}

func (c *checker) mismatch(x *Binary, l, r Type) {
	hint := ""
	switch {
	case l.Numeric() && r.Text():
		hint = conversion(x.Y, l)
	case r.Numeric() && l.Text():
		hint = conversion(x.X, r)
	case l == TypeBoolean && r.Numeric() || r == TypeBoolean && l.Numeric():
		hint = "compare with true or false"
	case l.Date() && r.Date() && x.Op == Subtract:
		hint = "DATE_DIFF gives the time between two dates"
	case l == TypeUnsignedLong || r == TypeUnsignedLong:
		hint = "an unsigned_long goes only with another: convert one side with TO_LONG or TO_UNSIGNED_LONG"
	case x.Op == Add && l.Text() && r.Text():
		hint = "join strings with CONCAT"
	}
	c.untyped("type", x.Range, hint, "%s cannot go with these types: %s, %s", x.Op, c.typed(x.X, l), c.typed(x.Y, r))
}

// conversion says how to make a string a number.
func conversion(x Expr, want Type) string {
	if l, ok := x.(*Literal); ok && l.Kind == KeywordLiteral {
		return "write the number without quotes"
	}
	return fmt.Sprintf("convert with TO_%s", strings.ToUpper(want.String()))
}

func (c *checker) like(x *Like, e env) Type {
	t := c.expr(x.X, e)
	if _, ok := c.facts.operators[operatorKey{"LIKE", t, TypeNull}]; !ok && t != TypeUnknown {
		hint := ""
		if t == TypeIP {
			hint = "use CIDR_MATCH, or convert with TO_STRING"
		}
		name := "LIKE"
		if x.Regex {
			name = "RLIKE"
		}
		c.untyped("type", x.Range, hint, "%s takes strings: %s", name, c.typed(x.X, t))
	}
	for _, p := range x.Patterns {
		l, ok := p.(*Literal)
		if !ok {
			continue
		}
		if l.Kind != KeywordLiteral {
			c.fail(stageBuild, "type", l.Range, "", "a pattern is a string, found %s", c.quote(l))
			continue
		}
		if !x.Regex {
			c.likePattern(x, l)
		} else if err := c.regexp(l.Str); err != nil {
			if c.invalid == nil {
				c.invalid = map[*Literal]bool{}
			}
			c.invalid[l] = true
			c.fail(stageFold, "bad-literal", x.Range, "", "invalid regular expression %s: %v", c.quote(l), err)
		}
	}
	return TypeBoolean
}

// regexp tells what is wrong with a regular expression. To find that out may take long, and some stand in a query several times.
func (c *checker) regexp(text string) error {
	err, done := c.regexps[text]
	if !done {
		err = lucene.CheckRegexp(text)
		if c.regexps == nil {
			c.regexps = map[string]error{}
		}
		c.regexps[text] = err
	}
	return err
}

// likePattern reports an escape that LIKE does not know.
func (c *checker) likePattern(x *Like, l *Literal) {
	s := l.Str
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			continue
		}
		if i++; i >= len(s) || s[i] != '*' && s[i] != '?' && s[i] != '\\' {
			found := "the end of the pattern"
			if i < len(s) {
				found = quoted(s[i : i+1])
			}
			c.fail(stageBuild, "bad-literal", x.Range, `a backslash stands before *, ? or another backslash`,
				"pattern %s has a backslash before %s", c.quote(l), found)
			return
		}
	}
}

func (c *checker) in(x *In, e env) Type {
	inner := e
	inner.inside = true
	l := c.expr(x.X, inner)
	if x.Query != nil {
		c.inQuery(x, l, e)
		return TypeBoolean
	}
	e = inner
	reported := false
	for _, item := range x.List {
		r := c.expr(item, e)
		if l == TypeUnknown || r == TypeUnknown {
			continue
		}
		var ok bool
		if r, ok = c.castString(item, r, l); !ok {
			continue
		}
		if _, ok := c.facts.operators[operatorKey{"IN", l, r}]; !ok && !reported {
			reported = true // Elasticsearch names the first
			hint := ""
			if l.Numeric() && r.Text() {
				hint = conversion(item, l)
			}
			c.untyped("type", x.Range, hint, "IN compares with %s: %s", l, c.typed(item, r))
		}
	}
	return TypeBoolean
}

// inQuery checks "x IN (FROM …)".
func (c *checker) inQuery(x *In, left Type, e env) {
	switch Unparen(x.X).(type) {
	case *Column, *Literal:
	default:
		c.fail(stageResolve, "subquery", x.Range, "calculate it with EVAL in front", "IN with a subquery takes a column, found %s", c.quote(x.X))
	}
	switch {
	case e.verb != "WHERE":
		c.fail(stageResolve, "subquery", x.Range, "it stands in WHERE only", "a subquery cannot stand in %s", e.verb)
	case e.inside:
		c.fail(stageResolve, "subquery", x.Range, "it stands under AND, OR and NOT only", "a subquery cannot stand inside an expression")
	}
	saved := c.command
	c.subs++
	c.subqueries++
	out := c.pipeline(&x.Query.Pipeline, nil)
	c.subs--
	c.command = saved
	if out == nil || out.open != nil {
		return
	}
	if len(out.cols) != 1 {
		c.fail(stageResolve, "subquery", x.Range, "choose one with KEEP", "a subquery of IN has one column, found %d", len(out.cols))
		return
	}
	if r := out.cols[0].Type; left != r && !(left.Text() && r.Text()) && left != TypeUnknown && r != TypeUnknown {
		c.verify("type", x.Range, "convert one of them", "IN compares %s with %s, which the subquery gives", left, r)
	}
}

// cast checks "x::type".
func (c *checker) cast(x *Cast, e env) Type {
	inner := e
	inner.convert = true
	t := c.expr(x.X, inner)
	name := strings.ToLower(x.Type)
	target := c.facts.casts[name]
	switch {
	case target == nil:
		c.fail(stageBuild, "unknown-type", x.TypeRange, nearType(name, c.facts), "unknown type %s", quoted(x.Type))
		return TypeUnknown
	case target.from == 0 && !target.result.Span():
		c.fail(stageBuild, "unknown-type", x.Range, "", "no value can be cast to %s", quoted(x.Type))
		return TypeUnknown
	case t == TypeUnsupported:
		return c.convertField(x.X, target.from, target.result)
	}
	if target.result.Span() {
		return c.castSpan(x, t, target.result)
	}
	if t == TypeUnknown || target.from.has(t) || t == target.result || t == TypeNull {
		return target.result
	}
	if target.result == TypeInteger && t == TypeCounterInteger || target.result == TypeDouble && t.Counter() || target.result == TypeLong && t.Counter() && t != TypeCounterDouble {
		return target.result
	}
	c.untyped("type", x.X.Span(), "", "cannot cast to %s: %s", target.result, c.typed(x.X, t))
	return target.result
}

// castSpan checks a cast to a span of time, which takes constants.
func (c *checker) castSpan(x *Cast, t, want Type) Type {
	l, ok := Unparen(x.X).(*Literal)
	switch {
	case t == want || t == TypeUnknown:
	case !ok || !t.Text():
		c.untyped("type", x.X.Span(), "", "cannot cast to %s: %s", want, c.typed(x.X, t))
	default:
		if _, got := parseSpan(l.Str); got != want {
			c.fail(stageResolve, "bad-literal", l.Range, `expected a span such as "1 day"`, "%s is no %s", c.quote(l), want)
		}
	}
	return want
}

// convertField checks a conversion of a field that has several types, or one that ES|QL can't handle.
func (c *checker) convertField(x Expr, from typeSet, result Type) Type {
	col, ok := Unparen(x).(*Column)
	if !ok {
		return TypeUnknown
	}
	a := c.info.Refs[col]
	if a == nil {
		return TypeUnknown
	}
	if len(a.Mapping) < 2 {
		c.unusable(a, col.Range)
		return TypeUnknown
	}
	for _, m := range a.Mapping {
		if t := mappingType(m); !from.has(t) {
			c.unusable(a, col.Range)
			return TypeUnknown
		}
	}
	return result
}

func nearType(name string, f *facts) string {
	best := ""
	for n := range f.casts {
		if strings.HasPrefix(n, name) || strings.HasPrefix(name, n) {
			if best == "" || len(n) < len(best) || len(n) == len(best) && n < best {
				best = n
			}
		}
	}
	if best == "" {
		return ""
	}
	return "did you mean " + best + "?"
}

// foldable tells whether an expression is a constant.
func (c *checker) foldable(x Expr) bool {
	switch x := x.(type) {
	case *Literal:
		return true
	case *Column, *Match, *BadExpr, *Param:
		return false
	case *Call:
		f := c.facts.funcs[x.Name]
		if f == nil || f.Kind != Scalar || x.Star || fullText(x.Name) {
			return false
		}
		for _, a := range x.Args {
			if !c.foldable(a) {
				return false
			}
		}
		return true
	case *In:
		if x.Query != nil {
			return false
		}
	}
	ok := true
	x.children(func(n Node) {
		if e, isExpr := n.(Expr); isExpr && ok {
			ok = c.foldable(e)
		}
	})
	return ok
}

func fullText(name string) bool {
	switch name {
	case "match", "match_phrase", "kql", "qstr", "knn":
		return true
	}
	return false
}
