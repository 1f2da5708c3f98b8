package eql

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/predicate"
)

// value checks a constant that an expression is compared with: will the field mapper accept it (LANGUAGE.md 3.5)?
func (c *checker) value(x Expr, v eqlfunc.Value, lit Expr, op Op) {
	if v.IsNull() {
		return
	}
	c.indexOf(x, v, lit, op)
	c.intDivision(x, v)
	c.rawValue(lit)
	if v.Kind == eqlfunc.String && (op == Eq || op == Ne) {
		c.literalWildcard(x, v.Str, lit, op.String())
	}
	f, isField := Unparen(x).(*Field)
	if !isField {
		c.computed(x, v, lit)
		return
	}
	c.mapped(f, v, lit, op)
}

// mapped asks what the mapper of a field says about a literal.
func (c *checker) mapped(f *Field, v eqlfunc.Value, lit Expr, op Op) {
	t := c.in.Type(f)
	if t == TypeUnknown || t == TypeNull {
		return
	}
	field, err := c.resolver().Field(f.Name)
	if err != nil {
		return // a date format this tool does not know: the literal is not checked
	}
	if compare, ok := compareOps[op]; ok {
		_, err = field.Compare(compare, v)
	} else if op == 0 {
		_, err = field.In([]eqlfunc.Value{v})
	}
	switch {
	case err != nil:
		c.mapper(f, t, lit, literalHint(t, v, err))
	case (op == Eq || op == Ne) && field.EqualsNothing(v):
		c.report("query/type-mismatch", Warning, "", lit.Span(), "write a number that the field can hold", "field %s has type %s, and no value of it equals %s", f.Name, t, c.text(lit))
	}
}

// resolver resolves fields as the evaluation does; nothing is read with it.
func (c *checker) resolver() *predicate.Resolver {
	if c.fields == nil {
		c.fields = &predicate.Resolver{Fields: c.in.Fields, Layout: &event.Layout{}, Open: true, Now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	}
	return c.fields
}

var compareOps = map[Op]predicate.CompareOp{Eq: predicate.Eq, Ne: predicate.Eq, Lt: predicate.Lt, Le: predicate.Le, Gt: predicate.Gt, Ge: predicate.Ge}

func literalHint(t Type, v eqlfunc.Value, err error) string {
	switch {
	case errors.Is(err, predicate.ErrRange):
		return "write a number that the field can hold"
	case t.Numeric():
		return "write a number"
	case t == TypeBoolean:
		return "write true or false"
	case t == TypeIP && v.Kind == eqlfunc.String && strings.ContainsAny(v.Str, "*?"):
		return "wildcards do not work on addresses: use cidrMatch"
	case t == TypeIP:
		return "write an address, a block such as 10.0.0.0/8, or use cidrMatch"
	case t.DateFamily() && v.Numeric():
		return "write a whole number of milliseconds, or a date such as 2024-01-31T12:00:00Z"
	case t.DateFamily():
		return "write a date such as 2024-01-31T12:00:00Z, or date math such as now-1d"
	}
	return ""
}

// computed checks a constant that a computed value is compared with. Elasticsearch accepts all types, but values of
// different kinds are never equal.
func (c *checker) computed(x Expr, v eqlfunc.Value, lit Expr) {
	what, hint := "", "write a constant of that kind"
	switch t := c.in.Type(x); {
	case t.Numeric() && !v.Numeric():
		what, hint = "a number", "write a number without quotes"
	case t.StringFamily() && v.Kind != eqlfunc.String:
		what, hint = "a string", "write the text in double quotes"
	case t == TypeBoolean && v.Kind != eqlfunc.Bool:
		what, hint = "true or false", "write true or false"
	default:
		return
	}
	level := Warning
	if _, number := eqlfunc.ParseDouble(v.Str); what == "a number" && v.Kind == eqlfunc.String && !number {
		level = Error
	}
	c.report("query/type-mismatch", level, "", lit.Span(), hint, "%s is %s and never equals %s", c.text(x), what, c.text(lit))
}

// mapper reports a literal that the mapper of a field rejects.
func (c *checker) mapper(f *Field, t Type, lit Expr, hint string) {
	c.report("query/type-mismatch", Error, "runtime", lit.Span(), hint, "field %s has type %s and cannot be compared with %s", asWritten(f.Name), t, c.text(lit))
}

// literalWildcard warns of * and ? where they are ordinary characters.
func (c *checker) literalWildcard(x Expr, s string, lit Expr, op string) {
	if !strings.ContainsAny(s, "*?") {
		return
	}
	if t := c.in.Type(x); t != TypeUnknown && !t.StringFamily() {
		return
	}
	hint := "write : or like for a pattern"
	if strings.Contains(s, "?") && !strings.Contains(s, "*") && strings.Contains(s, "://") {
		return // the query string of a URL
	}
	c.report("query/wildcard-in-equality", Warning, "", lit.Span(), hint, "`%s` compares exactly: the wildcard in %s is an ordinary character", op, c.text(lit))
}

// indexOf warns of comparisons with a negative number: where nothing is found the result is null.
func (c *checker) indexOf(x Expr, v eqlfunc.Value, lit Expr, op Op) {
	call, ok := Unparen(x).(*Call)
	if ok && strings.EqualFold(call.Name, "indexOf") && v.Numeric() && (v.Float() == -1 || v.Float() == 0 && op == Lt) {
		c.report("query/indexof-negative", Warning, "", lit.Span(), "compare with null", "indexOf is null where nothing is found, never -1")
	}
}

// match checks : like like~ regex regex~.
func (c *checker) match(m *Match) {
	if t := c.in.Type(m.X); t != TypeUnknown && t != TypeNull && !t.StringFamily() {
		hint := "use == or in"
		if t == TypeIP {
			hint = "use cidrMatch or =="
		}
		c.verify("query/type-mismatch", m.X.Span(), hint, "left side of `%s` must be a string, found %s of type %s", m.Op, c.text(m.X), t)
	}
	for _, lit := range m.List {
		if lit.Kind == StringLiteral || lit.Kind == NullLiteral {
			continue // null is an error of the parser, but for :
		}
		if m.Op == Like || m.Op == LikeFold {
			c.report("query/like-number", Warning, "", lit.Range, "write == for a number, or the pattern in quotes", "%s is taken as text: %s", c.text(lit), m.Op)
			continue
		}
		c.verify("query/type-mismatch", lit.Range, "write a string, or use ==", "right side of `%s` must be a string, found %s", m.Op, c.text(lit))
	}
	if m.Op == Regex || m.Op == RegexFold {
		c.regex(m)
		return
	}
	c.patterns(m)
}

// inList checks x in (…): elements are constants of a compatible type.
func (c *checker) inList(e *In) {
	op, t := "in", c.in.Type(e.X)
	if e.Fold {
		op = "in~"
		if t != TypeUnknown && t != TypeNull && !t.StringFamily() {
			c.verify("query/type-mismatch", e.X.Span(), "use in", "left side of in~ must be a string, found %s of type %s", c.text(e.X), t)
			return
		}
	}
	for _, item := range e.List {
		before := c.errors
		if c.expr(item); c.errors > before {
			continue
		}
		v, ok, err := Fold(item, c.in)
		c.foldError(item, err)
		switch {
		case err != nil:
		case ok && e.Fold && !v.IsNull() && v.Kind != eqlfunc.String:
			c.verify("query/type-mismatch", item.Span(), "use in", "item of in~ must be a string, found %s", c.text(item))
		case !ok:
			if _, bad := Unparen(item).(*BadExpr); !bad {
				c.report("query/field-comparison", Error, "plan", item.Span(), "", "items of `%s` must be constants, found %s", op, c.text(item))
			}
		case v.IsNull():
		case !inCompatible(t, v):
			c.verify("query/type-mismatch", item.Span(), inHint(t, c.text(e.X)), "item of %s must have type %s, found %s", op, t, c.text(item))
		default:
			c.inValue(e, v, item, op)
		}
	}
}

func (c *checker) inValue(e *In, v eqlfunc.Value, item Expr, op string) {
	if f, ok := Unparen(e.X).(*Field); ok && c.in.Type(f).Numeric() {
		c.mapped(f, v, item, 0)
	}
	if v.Kind == eqlfunc.String {
		c.rawValue(item)
		c.literalWildcard(e.X, v.Str, item, op)
	}
}

// inHint tells what to write for a list of literals that in does not take, though == does.
func inHint(t Type, field string) string {
	switch {
	case t == TypeIP:
		return fmt.Sprintf(`write cidrMatch(%s, "…", "…"), or == joined by or`, field)
	case t.DateFamily(), t == TypeVersion:
		return fmt.Sprintf(`write %s == "…" or %s == "…"`, field, field)
	}
	return ""
}

// inCompatible tells whether a constant may stand in an in list: a text goes with strings only, unlike in comparisons.
func inCompatible(t Type, v eqlfunc.Value) bool {
	switch {
	case t == TypeUnknown || t == TypeNull || t == TypeBinary:
		return true
	case t.Numeric():
		return v.Numeric()
	case t == TypeBoolean:
		return v.Kind == eqlfunc.Bool
	case t.StringFamily():
		return v.Kind == eqlfunc.String
	case t.DateFamily():
		return v.Kind == eqlfunc.Date
	case t == TypeIP, t == TypeVersion:
		return false
	}
	return true
}
