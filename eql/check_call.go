package eql

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/near"
)

// call checks name, number and types of the arguments of a function (LANGUAGE.md 5).
func (c *checker) call(e *Call) {
	sound := make([]bool, len(e.Args))
	for i, a := range e.Args {
		before := c.errors
		c.expr(a)
		sound[i] = c.errors == before
	}
	f, ok := eqlfunc.Lookup(e.Name)
	if !ok {
		c.unknownFunction(e)
		return
	}
	if e.Fold && !f.CaseAware {
		c.report("query/function-case", Error, "verify", e.NameRange, "remove the ~", "%s has no case-insensitive form", asWritten(f.Name))
	}
	if !argumentCount(&f, len(e.Args)) {
		c.verify("query/function-arguments", e.Range, "write "+signature(&f), "%s expects %s, found %d", asWritten(f.Name), countText(&f), len(e.Args))
		return
	}
	for i, a := range e.Args {
		sound[i] = sound[i] && c.argument(&f, i, a)
	}
	if slices.Contains(sound, false) {
		return
	}
	if f.Name == "between" && !c.delimiters(e) {
		return
	}
	_, constant, err := Fold(e, c.in)
	c.foldError(e, err)
	if !constant && err == nil && (f.Name == "divide" || f.Name == "modulo") {
		c.divisor(e)
	}
	c.needle(&f, e)
	c.numberThrows(e)
}

// delimiters reports a null argument of between other than the text, unless that is null as well.
func (c *checker) delimiters(e *Call) bool {
	if v, ok, err := Fold(e.Args[0], c.in); err != nil || ok && v.IsNull() {
		return true
	}
	for _, a := range e.Args[1:] {
		if v, ok, err := Fold(a, c.in); ok && err == nil && v.IsNull() && !hasOptional(a) {
			c.report("query/function-arguments", Error, "runtime", a.Span(), "write a string", "between fails where its text has a value: %s is null", c.text(a))
			return false
		}
	}
	return true
}

// divisor looks at the second argument of divide and modulo as division does at that of / and %.
func (c *checker) divisor(e *Call) {
	x, y := e.Args[0], e.Args[1]
	c.zeroDivisor(e, x, y)
	if v, ok, err := Fold(y, c.in); ok && err == nil && v.Integral() && v.Bits == 0 && !rational(c.in.Type(x)) {
		c.report("query/div-zero", Error, "runtime", y.Span(), "", "division by zero: %s", c.text(e))
	}
}

func countText(f *eqlfunc.Func) string {
	switch {
	case f.Max < 0:
		return fmt.Sprintf("at least %d arguments", f.Min)
	case f.Min != f.Max:
		return fmt.Sprintf("%d or %d arguments", f.Min, f.Max)
	case f.Min == 1:
		return "one argument"
	}
	return fmt.Sprintf("%d arguments", f.Min)
}

// argument checks one argument; null is accepted everywhere.
func (c *checker) argument(f *eqlfunc.Func, i int, a Expr) bool {
	t := c.in.Type(a)
	if f.Arg(i) == eqlfunc.ConstStringArg {
		return c.block(a)
	}
	if t == TypeUnknown || t == TypeNull {
		return true
	}
	want, ok, id := "", true, "query/function-arguments"
	switch f.Arg(i) {
	case eqlfunc.StringArg:
		want, ok = "a string", t.StringFamily()
	case eqlfunc.NumberArg:
		want, ok = "a number", t.Numeric()
	case eqlfunc.IntegerArg:
		want, ok = "an integer", t.Integral()
	case eqlfunc.BoolArg:
		want, ok = "true or false", t == TypeBoolean
	case eqlfunc.IPArg:
		want, ok, id = "an ip", t == TypeIP || isStringLiteral(a), "query/function-arguments"
	}
	if !ok {
		c.verify(id, a.Span(), "", "argument %d of %s must be %s, found %s of type %s", i+1, asWritten(f.Name), want, c.text(a), t)
	}
	return ok
}

func isStringLiteral(e Expr) bool {
	l, ok := Unparen(e).(*Literal)
	return ok && l.Kind == StringLiteral
}

// block checks a block of cidrMatch: a constant string that parses.
func (c *checker) block(a Expr) bool {
	v, ok, err := Fold(a, c.in)
	switch {
	case err != nil:
		c.foldError(a, err)
	case !ok:
		if _, bad := Unparen(a).(*BadExpr); !bad {
			c.verify("query/function-arguments", a.Span(), "", "a block of cidrMatch must be a constant, found %s", c.text(a))
		}
	case v.IsNull():
		return true
	case v.Kind != eqlfunc.String:
		c.verify("query/function-arguments", a.Span(), "", "a block of cidrMatch must be a string, found %s", c.text(a))
	default:
		b, err := eqlfunc.ParseBlock(v.Str)
		if err != nil {
			c.report("query/function-arguments", Error, "runtime", a.Span(), `write a block such as "10.0.0.0/8"`, "invalid block %s", c.text(a))
			return false
		}
		if network := b.Network(); network != "" {
			c.report("query/function-arguments", Warning, "", a.Span(), fmt.Sprintf("write %q, which is the same", network), "block %s has host bits", c.text(a))
		}
		return true
	}
	return false
}

// needle warns of wildcards in the constant needles of string functions on a field (LANGUAGE.md 5.2).
func (c *checker) needle(f *eqlfunc.Func, e *Call) {
	if len(e.Args) < 2 {
		return
	}
	_, isField := Unparen(e.Args[0]).(*Field)
	lit, isLit := Unparen(e.Args[1]).(*Literal)
	if !isField || !isLit || lit.Kind != StringLiteral {
		return
	}
	switch {
	case f.Name == "startsWith" && strings.ContainsAny(lit.Str, "*?"):
		c.report("query/prefix-wildcard", Warning, "", lit.Range, "use : with a pattern", "the wildcard in %s is an ordinary character in startsWith", c.text(lit))
	case (f.Name == "endsWith" || f.Name == "stringContains") && strings.ContainsAny(lit.Str, `*?\`):
		c.report("query/needle-wildcard", Warning, "", lit.Range, "use : or like with a pattern, which have no escapes",
			"* and ? in %s work as wildcards and \\ as an escape in %s on a field", c.text(lit), f.Name)
	}
}

// unknownFunction names the replacement of functions of the old dialect.
func (c *checker) unknownFunction(e *Call) {
	is := Issue{Code: "query/unknown-function", Level: Error, Phase: "verify", Span: e.NameRange, Message: fmt.Sprintf("unknown function %s", asWritten(e.Name))}
	op := ""
	switch strings.ToLower(e.Name) {
	case "wildcard":
		op, is.Hint = ":", `write field : ("pattern", …), or like for case-sensitive patterns`
	case "match", "matchlite":
		op, is.Hint = "regex~", `write field regex~ ("…"): the expression always covers the whole value`
	case "arraycontains":
		op, is.Hint = "in~", "write field == value or field in (…): a condition on an array is true if one value meets it"
	case "arraysearch", "arraycount":
		is.Hint = "there is no replacement: conditions on arrays are true if one value meets them"
	case "safe":
		is.Hint = "remove it: a missing value makes a condition false"
	default:
		is.Hint, is.Edits, is.Unsafe = suggestFunction(e)
	}
	if op != "" && len(e.Args) > 1 && e.Range.End <= len(c.q.Source) {
		list := c.q.Source[e.Args[1].Span().Start:e.Args[len(e.Args)-1].Span().End]
		x := c.q.Source[e.Args[0].Span().Start:e.Args[0].Span().End]
		is.Edits, is.Unsafe = []Edit{{Span: e.Range, New: x + " " + op + " (" + list + ")"}}, true
	}
	c.add(is)
}

func suggestFunction(e *Call) (hint string, edits []Edit, unsafe bool) {
	var names []string
	for _, f := range eqlfunc.Funcs() {
		names = append(names, f.Name)
	}
	found := near.Names(e.Name, names)
	if len(found) == 0 {
		return "", nil, false
	}
	name := found[0]
	if e.Fold {
		name += "~"
	}
	return "did you mean " + strings.Join(found, ", ") + "?", []Edit{{Span: e.NameRange, New: name}}, true
}
