package eql

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/mapping"
)

// Check finds what Elasticsearch rejects after parsing (LANGUAGE.md 3, 4.7), literals that a mapper rejects at run
// time (3.5), and surprising logic. Nil fields, and fields that the catalog cannot decide, have no type: nothing
// is reported that needs it. It does not change the query and never panics, also on queries with parse errors. Issues
// are in source order.
func Check(q *Query, fields Fields) (*Info, []Issue) {
	c := newChecker(q, fields)
	return c.in, c.check()
}

// Verify is Check for whoever only wants to run the query: of the issues that are no errors it may leave out some, which is faster.
func Verify(q *Query, fields Fields) (*Info, []Issue) {
	c := newChecker(q, fields)
	c.errorsOnly = true
	return c.in, c.check()
}

func newChecker(q *Query, fields Fields) *checker {
	return &checker{q: q, in: &Info{Fields: fields, uses: map[string]FieldUse{}, folded: map[*Call]folded{}}, seen: map[seenIssue]bool{}, inChain: map[*Binary]bool{}}
}

func (c *checker) check() []Issue {
	for n := range Preorder(c.q) {
		if f, ok := n.(*Field); ok {
			if _, seen := c.in.uses[f.Name]; !seen {
				c.in.uses[f.Name] = c.in.lookup(f.Name)
			}
		}
	}
	for _, f := range Filters(c.q) {
		c.condition(f.Cond)
	}
	c.body(c.q.Body)
	if !c.errorsOnly {
		c.logics(c.q.Body)
	}
	c.in.folded = nil
	slices.SortStableFunc(c.issues, func(a, b Issue) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	return c.issues
}

type checker struct {
	q          *Query
	in         *Info
	errorsOnly bool // see Verify
	issues     []Issue
	inChain    map[*Binary]bool // left operands of and-chains that are looked at already
	seen       map[seenIssue]bool
	errors     int              // so far, unknown fields aside
	divisions  int              // looked at so far
	zero       bool             // a division by zero is reported
	guards     map[string]guard // nil = not looked for yet
	fields     *predicate.Resolver
}

func (c *checker) report(id string, level Level, phase string, at Span, hint, format string, args ...any) {
	c.add(Issue{Code: id, Level: level, Phase: phase, Span: at, Message: fmt.Sprintf(format, args...), Hint: hint})
}

func (c *checker) add(is Issue) {
	key := seenIssue{is.Code, is.Message, is.Span}
	if c.seen[key] && is.Span != (Span{}) {
		return // found by two ways
	}
	c.seen[key] = true
	if is.Level == Error && !is.Missing {
		c.errors++
	}
	c.issues = append(c.issues, is)
}

type seenIssue struct {
	id, message string
	span        Span
}

// verify reports an error of the verification phase.
func (c *checker) verify(id string, at Span, hint, format string, args ...any) {
	c.report(id, Error, "verify", at, hint, format, args...)
}

// text is the source of a node, for messages; nodes built by hand are printed.
func (c *checker) text(n Expr) string { return asWritten(c.source(n)) }

// source is the text of an expression as the user wrote it.
func (c *checker) source(n Expr) string {
	if s := n.Span(); s.Start >= 0 && s.End <= len(c.q.Source) && s.Start < s.End {
		return c.q.Source[s.Start:s.End]
	}
	return FormatExpr(n)
}

// logics looks at the logic of each filter.
func (c *checker) logics(b Body) {
	if e, ok := b.(*EventQuery); ok {
		c.logic(e, nil)
		return
	}
	var shared []Expr
	switch b := b.(type) {
	case *Sequence:
		shared = b.By
	case *Sample:
		shared = b.By
	}
	for _, t := range Terms(b) {
		c.logic(t.Filter, append(shared[:len(shared):len(shared)], t.By...))
	}
}

func (c *checker) body(b Body) {
	switch b := b.(type) {
	case *Sequence:
		c.keys(b.By, b.Terms, b.Until)
		c.keyWidths(b)
		c.sequence(b)
	case *Sample:
		c.keys(b.By, b.Terms, nil)
	case *Join:
		c.verify("query/join", b.Keyword, "use sequence (ordered) or sample (unordered)", "join is not supported by Elasticsearch")
	}
}

// keys checks the join keys of all terms, position by position.
func (c *checker) keys(shared []Expr, terms []*Term, until *Term) {
	for _, k := range shared {
		c.operand(k)
	}
	c.mixedKeys(append(terms[:len(terms):len(terms)], untilTerms(until)...))
	var first []Expr // of each position the first key with a known type
	for _, t := range append(terms[:len(terms):len(terms)], untilTerms(until)...) {
		for j, k := range t.By {
			c.operand(k)
			if j == len(first) {
				first = append(first, k)
				continue
			}
			if a := c.in.Type(first[j]); a == TypeUnknown || a == TypeNull {
				first[j] = k
			} else if b := c.in.Type(k); !compatible(a, b) {
				c.verify("query/sequence-join", k.Span(), "join fields of the same type", "join key %s has type %s, but %s has type %s",
					c.text(k), b, c.text(first[j]), a)
			}
		}
	}
}

// compatible is DataTypes.areCompatible (LANGUAGE.md 3.4). Unknown types are compatible with everything.
func compatible(a, b Type) bool {
	return a == b || a == TypeUnknown || b == TypeUnknown || a == TypeNull || b == TypeNull ||
		a.StringFamily() && b.StringFamily() || a.Numeric() && b.Numeric() || a.DateFamily() && b.DateFamily()
}

// condition checks a filter and whether it folds.
func (c *checker) condition(e Expr) {
	found := c.errors
	c.boolean(e, "a condition")
	if !c.errorsOnly {
		c.contradictions(e)
	}
	v, ok, err := Fold(e, c.in)
	if c.errors == found {
		c.foldError(e, err)
	}
	if c.errorsOnly {
		return
	}
	if lit, isLit := Unparen(e).(*Literal); err != nil || isLit && lit.Kind == BoolLiteral && lit.Bool || ok && !logical(v) {
		return
	}
	before := len(c.issues)
	if c.constantParts(e); !ok {
		return
	}
	if len(c.issues) == before {
		c.report("query/const-condition", Warning, "", e.Span(), constHint(v), "the condition is always %s: %s", v.Text(), c.text(e))
		return
	}
	last := &c.issues[len(c.issues)-1]
	last.Message, last.Hint = "the whole condition is always "+v.Text()+": "+last.Message, constHint(v)
}

func constHint(v eqlfunc.Value) string {
	if v.True() {
		return "it matches every event of the category"
	}
	return "Elasticsearch never runs it, and reports nothing"
}

// constantParts names the sides of and/or that do not depend on the event. Optional fields are there to fold.
func (c *checker) constantParts(e Expr) {
	b, ok := Unparen(e).(*Binary)
	if !ok || b.Op != And && b.Op != Or {
		return
	}
	for _, side := range Operands(b.Op, b) {
		if hasOptional(side) {
			continue
		}
		if v, ok, err := Fold(side, c.in); ok && err == nil && logical(v) {
			if lit, isLit := Unparen(side).(*Literal); !isLit || !lit.Bool {
				c.report("query/const-condition", Warning, "", side.Span(), "remove it", "this part is always %s: %s", v.Text(), c.text(side))
			}
			continue
		}
		c.constantParts(side)
	}
}

// logical tells whether a value can stand as a condition; another one is reported as a wrong type.
func logical(v eqlfunc.Value) bool { return v.IsNull() || v.Kind == eqlfunc.Bool }

func hasOptional(e Expr) bool {
	for n := range Preorder(e) {
		if f, ok := n.(*Field); ok && f.Optional {
			return true
		}
	}
	return false
}

// boolean checks an expression that stands where a condition is needed.
func (c *checker) boolean(e Expr, what string) {
	c.expr(e)
	if t := c.in.Type(e); t != TypeBoolean && t != TypeNull && t != TypeUnknown {
		hint := "compare it with a value"
		switch Unparen(e).(type) {
		case *Field:
			hint = fmt.Sprintf("write %s != null to test that it is there", clip(c.source(Unparen(e))))
		case *Literal:
			hint = `several values of one field are a list: field : ("a", "b"), or field in ("a", "b")`
		}
		c.verify("query/type-mismatch", e.Span(), hint, "%s must be boolean, found %s of type %s", what, c.text(e), t)
	}
}

// operand checks an expression that stands for a value.
func (c *checker) operand(e Expr) { c.expr(e) }

// expr checks an expression and all below it. Chains of left operands are walked without recursion.
func (c *checker) expr(e Expr) {
	switch e := e.(type) {
	case *Paren:
		c.expr(e.X)
	case *Field:
		c.field(e)
	case *Unary:
		c.unary(e)
	case *Binary:
		c.chain(e)
	case *Match:
		c.expr(e.X)
		c.match(e)
	case *In:
		c.expr(e.X)
		c.inList(e)
	case *Call:
		c.call(e)
	}
}

func (c *checker) unary(e *Unary) {
	if e.Op == Not {
		c.boolean(e.X, "the operand of not")
		c.notField(e)
		return
	}
	c.expr(e.X)
	c.number(e.X, e.Op)
}

// notField reports a boolean field under not: Elasticsearch makes == true of one that is a whole condition or a side of and,
// or, and knows no translation for others.
func (c *checker) notField(e *Unary) {
	f, ok := Unparen(e.X).(*Field)
	if !ok || c.in.Type(f) != TypeBoolean {
		return
	}
	end := f.Range.End
	c.add(Issue{Code: "query/not-boolean", Level: Error, Phase: "plan", Span: e.Range, Edits: []Edit{{Span: Span{Start: end, End: end}, New: " == true"}},
		Message: fmt.Sprintf("a boolean field cannot stand alone after not: %s", c.text(f)),
		Hint:    fmt.Sprintf("write not %s == true, or %s == false, which is not true of events without the field", c.text(f), c.text(f))})
}

func (c *checker) number(e Expr, op Op) {
	if t := c.in.Type(e); t != TypeUnknown && t != TypeNull && !t.Numeric() {
		c.verify("query/type-mismatch", e.Span(), "number(…) turns a string into a number", "operand of `%s` must be a number, found %s of type %s", op, c.text(e), t)
	}
}

func (c *checker) chain(e *Binary) {
	var left Expr = e
	for b, ok := left.(*Binary); ok; b, ok = left.(*Binary) {
		switch {
		case b.Op == And || b.Op == Or:
			c.boolean(b.Y, "an operand of "+b.Op.String())
			if _, more := b.X.(*Binary); !more {
				c.boolean(b.X, "an operand of "+b.Op.String())
				return
			}
			c.leftBoolean(b)
		case b.Op.precedence() == precComparison:
			if x, chained := b.X.(*Binary); chained && x.Op.precedence() == precComparison {
				c.expr(b.Y) // the parser has reported the chain
				break
			}
			before := c.errors
			c.expr(b.X)
			c.expr(b.Y)
			if c.errors == before {
				c.comparison(b)
			}
			return
		default:
			c.expr(b.Y)
			c.number(b.Y, b.Op)
			if x, more := b.X.(*Binary); !more || x.Op.precedence() < precSum { // else it is a number, or reported
				c.number(b.X, b.Op)
			}
			c.division(b)
		}
		left = b.X
	}
	c.expr(left)
}

// leftBoolean checks the left operand of and/or where it is a chain itself, so that it is not walked twice.
func (c *checker) leftBoolean(b *Binary) {
	if x := b.X.(*Binary); x.Op.precedence() >= precSum {
		if t := c.in.Type(x); t != TypeUnknown && t != TypeNull {
			c.verify("query/type-mismatch", x.Span(), "compare it with a value", "an operand of `%s` must be boolean, found %s of type %s", b.Op, c.text(x), t)
		}
	}
}

func (c *checker) division(b *Binary) {
	if b.Op != Div && b.Op != Mod || c.zero {
		return
	}
	c.zeroDivisor(b, b.X, b.Y)
	v, ok, err := Fold(b.Y, c.in)
	if !ok || err != nil || !v.Integral() || v.Bits != 0 {
		return
	}
	if _, constant, err := Fold(b.X, c.in); !constant && err == nil && !rational(c.in.Type(b.X)) {
		c.zero = true // once: the work grows with the chain
		c.report("query/div-zero", Error, "runtime", b.Y.Span(), "", "division by zero: %s", c.text(b))
	}
}

// maxDivisions bounds the work: the type of a long chain costs as much as the chain is long.
const maxDivisions = 100

// zeroDivisor warns of a whole number divided by a field: the search fails at the first event in which it is 0.
func (c *checker) zeroDivisor(whole, x, y Expr) {
	f, ok := Unparen(y).(*Field)
	if c.divisions++; !ok || c.divisions > maxDivisions || !c.in.Type(f).Integral() {
		return
	}
	if c.in.Type(x).Integral() && !c.guarded(f.Name, valueGuard) {
		c.report("query/div-zero", Warning, "", y.Span(), "add a condition such as "+c.text(f)+" > 0, which is evaluated first",
			"the search fails at the first event in which %s is 0: %s", c.text(f), c.text(whole))
	}
}

func rational(t Type) bool { return t.Numeric() && !t.Integral() || t == TypeUnknown }

// comparison checks x op y: one side must be constant, and the mapper must accept it (LANGUAGE.md 3.5, 4.7).
func (c *checker) comparison(b *Binary) {
	x, xok, xerr := Fold(b.X, c.in)
	y, yok, yerr := Fold(b.Y, c.in)
	c.foldError(b.X, xerr)
	c.foldError(b.Y, yerr)
	_, badX := Unparen(b.X).(*BadExpr)
	_, badY := Unparen(b.Y).(*BadExpr)
	if xerr != nil || yerr != nil || badX || badY {
		return
	}
	switch {
	case !xok && !yok:
		c.twoFields(b)
	case xok && yok: // it folds
	case xok:
		c.value(b.Y, x, b.X, b.Op.flipped())
	default:
		c.value(b.X, y, b.Y, b.Op)
	}
}

// twoFields reports a comparison without a constant side. An optional field that may be missing from the mapping may
// turn into one.
func (c *checker) twoFields(b *Binary) {
	level, phase := Error, "plan"
	if c.mayBeNull(b.X) || c.mayBeNull(b.Y) {
		level, phase = Warning, ""
	}
	c.report("query/field-comparison", level, phase, b.Y.Span(), c.compareHint(b.X, b.Y), "the right side of `%s` must be a constant, found %s", b.Op, c.text(b.Y))
}

// mayBeNull tells whether e is an optional field of which nobody knows whether the mapping has it.
func (c *checker) mayBeNull(e Expr) bool {
	f, ok := Unparen(e).(*Field)
	return ok && f.Optional && c.in.Use(f).Presence == Undecidable
}

func (c *checker) compareHint(left, right Expr) string {
	x, y := c.in.Type(left), c.in.Type(right)
	f, isField := Unparen(right).(*Field)
	switch {
	case isField && isConstantWord(f.Name):
		return "write " + strings.ToLower(f.Name)
	case isField && !f.Optional && c.in.Use(f).Presence != Present:
		return "text stands in double quotes: " + quoteString(f.Name)
	case x.Numeric() && y.Numeric():
		return "write a - b == 0"
	case x.StringFamily() && y.StringFamily():
		return "a function such as startsWith(a, b) or stringContains(a, b) takes two fields"
	}
	return "Elasticsearch cannot compare two fields"
}

// foldError reports a constant expression that fails, at the part that does.
func (c *checker) foldError(e Expr, err error) {
	if err == nil {
		return
	}
	if at := (*FoldError)(nil); errors.As(err, &at) {
		e = at.Expr
	}
	switch {
	case errors.Is(err, eqlfunc.ErrDivisionByZero):
		c.report("query/div-zero", Error, "fold", e.Span(), "", "division by zero: %s", c.text(e))
	default:
		c.report("query/fold-error", Error, "fold", e.Span(), "", "%s fails: %s", c.text(e), err)
	}
}

// field checks that a field exists and can be used.
func (c *checker) field(f *Field) {
	u := c.in.Use(f)
	at := f.Range
	switch {
	case u.Presence == Absent && !f.Optional:
		c.unknownField(f)
	case u.Presence != Present:
	case u.Info.Nested || u.Info.Type == TypeNested:
		c.verify("query/unknown-field", at, "", "field %s is nested: nested fields are not supported", asWritten(f.Name))
	case u.Info.Type == TypeObject:
		c.verify("query/unknown-field", at, "name one of its fields", "field %s is an object: only the fields below it can be used", asWritten(f.Name))
	case u.Info.Type == TypeText || u.Info.Type == TypeMatchOnlyText:
		if u.Info.Exact == "" {
			c.verify("query/text-field", at, "use a keyword field", "field %s has type %s and no keyword sub-field", asWritten(f.Name), typeName(u.Info))
		}
	case u.Info.Type >= TypeFlattened:
		c.verify("query/unknown-field", at, "", "field %s has type %s, which EQL does not support", asWritten(f.Name), typeName(u.Info))
	case u.Info.Normalized:
		c.verify("query/unknown-field", at, "", "field %s has a normalizer: it cannot be compared exactly", asWritten(f.Name))
	case ambiguous(u.Info):
		c.report("query/type-conflict", Warning, "", at, "Elasticsearch rejects the query if both indexes are searched",
			"field %s has type %s in some indexes and %s in others", asWritten(f.Name), typeName(u.Info), strings.Join(u.Info.Also, ", "))
	}
}

func typeName(i FieldInfo) string {
	if i.Name != "" {
		return i.Name
	}
	return i.Type.String()
}

func ambiguous(i FieldInfo) bool {
	return slices.ContainsFunc(i.Also, func(name string) bool {
		t := mapping.TypeOf(name)
		return t != TypeUnknown && !compatible(i.Type, t)
	})
}

func isConstantWord(name string) bool {
	word := strings.ToLower(name)
	return word == "true" || word == "false" || word == "null"
}

func (c *checker) unknownField(f *Field) {
	near := c.in.Fields.Suggest(f.Name)
	hint := "write ?" + QuoteName(f.Name) + " if it may be missing from the mapping"
	switch {
	case isConstantWord(f.Name):
		hint = "write " + strings.ToLower(f.Name)
	case len(near) > 0:
		hint = "did you mean " + strings.Join(near[:min(5, len(near))], ", ") + "?"
	}
	c.add(Issue{Code: "query/unknown-field", Level: Error, Phase: "verify", Span: f.Range, Hint: hint, Missing: true,
		Message: "unknown field " + asWritten(f.Name)})
}
