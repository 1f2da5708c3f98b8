package mutation

import (
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/internal/eqlfunc"
)

// Filter recognises the mutants of a query that equal it or an earlier mutant in normal form. It is to be asked while
// a mutant is applied.
type Filter struct {
	seen  map[string]bool // normal forms of the filters of the terms, with the number of the term in front
	terms []*eql.EventQuery
	forms normalizer
}

// NewFilter prepares for the mutants of a query, none of which is applied.
func NewFilter(q *eql.Query) *Filter {
	f := &Filter{seen: map[string]bool{}, terms: eql.Filters(q), forms: normalizer{}}
	for i := range f.terms {
		f.seen[f.form(i)] = true
	}
	return f
}

func (f *Filter) form(term int) string {
	var b strings.Builder
	b.WriteByte(byte(term))
	b.WriteByte(byte(term >> 8))
	if c := f.terms[term].Category; !c.Any {
		b.WriteString(c.Name)
	}
	b.WriteByte(0)
	b.WriteString(f.forms.normal(f.terms[term].Cond))
	return b.String()
}

// Redundant tells whether the mutant, which must be applied, makes no difference to the query or to a mutant asked for
// before.
func (f *Filter) Redundant(m *Mutant) bool {
	switch m.Kind {
	case MaxSpan, Runs, JoinKey, DropStep, Until:
		return false
	}
	delete(f.forms, m.inside)
	form := f.form(m.Term)
	delete(f.forms, m.inside)
	if f.seen[form] {
		return true
	}
	f.seen[form] = true
	return false
}

// normalizer remembers the forms of leaves, which mutants share.
type normalizer map[eql.Expr]string

// normal writes a condition in a form that does not change with the order and number of its operands, with
// parentheses and with constants.
func (z normalizer) normal(e eql.Expr) string {
	e = eql.Unparen(e)
	switch x := e.(type) {
	case *eql.Binary:
		if x.Op == eql.And || x.Op == eql.Or {
			return z.chain(x)
		}
	case *eql.Unary:
		if x.Op == eql.Not {
			return z.not(x)
		}
	}
	form, ok := z[e]
	if !ok {
		form = eql.FormatExpr(e)
		if v, constant, err := eql.Fold(e, nil); constant && err == nil {
			form = constantText(v)
		}
		z[e] = form
	}
	return form
}

// constantText is a folded condition: anything but true and null is false.
func constantText(v eqlfunc.Value) string {
	switch {
	case v.IsNull():
		return "null"
	case v.True():
		return "true"
	}
	return "false"
}

func (z normalizer) not(x *eql.Unary) string {
	switch s := z.normal(x.X); s {
	case "true":
		return "false"
	case "false":
		return "true"
	case "null":
		return s
	default:
		if inner, ok := strings.CutPrefix(s, "(not "); ok {
			return strings.TrimSuffix(inner, ")")
		}
		return "(not " + s + ")"
	}
}

// chain flattens nested chains of one operator. The order counts where an operand may fail or be a constant: an
// error ends the search, and constants have rules of their own.
func (z normalizer) chain(b *eql.Binary) string {
	var texts []string
	free := z.flatten(b.Op, b, &texts)
	if slices.ContainsFunc(texts, func(s string) bool { return s == "true" || s == "false" || s == "null" }) {
		if v, ok, err := eql.Fold(b, nil); ok && err == nil {
			return constantText(v)
		}
		free = false
	}
	if free {
		slices.Sort(texts)
		texts = slices.Compact(texts)
		if len(texts) == 1 {
			return texts[0]
		}
	}
	return "(" + strings.Join(texts, " "+b.Op.String()+" ") + ")"
}

// flatten appends the normal forms of the operands; free tells whether their order is free.
func (z normalizer) flatten(op eql.Op, e eql.Expr, texts *[]string) (free bool) {
	free = true
	for _, x := range eql.Operands(op, e) {
		inner := eql.Unparen(x)
		if b, ok := inner.(*eql.Binary); ok && b.Op == op {
			free = z.flatten(op, b, texts) && free
			continue
		}
		free = free && cannotFail(inner)
		*texts = append(*texts, z.normal(inner))
	}
	return free
}

// cannotFail tells whether an expression has neither functions nor arithmetic.
func cannotFail(e eql.Expr) bool {
	for n := range eql.Preorder(e) {
		switch n := n.(type) {
		case *eql.Call:
			return false
		case *eql.Binary:
			if n.Op >= eql.Add && n.Op <= eql.Mod {
				return false
			}
		case *eql.Unary:
			if n.Op != eql.Not {
				return false
			}
		}
	}
	return true
}

// textTest is a condition on the texts of one field.
type textTest struct {
	field   string // empty: no such test
	negated bool
	admits  []pattern
}

// implies tells whether a condition can only be true if another one is: of two negated tests the reverse must hold of
// what they negate.
func (a textTest) implies(b textTest) bool {
	if a.field == "" || a.field != b.field || a.negated != b.negated {
		return false
	}
	if a.negated {
		a, b = b, a
	}
	return !slices.ContainsFunc(a.admits, func(p pattern) bool { return !covered(p, b.admits) })
}

// spare tells of each operand of a chain whether the chain means the same without it: in an "and" because it follows from
// another one, in an "or" because another one follows from it.
func (g *generator) spare(op eql.Op, operands []eql.Expr) []bool {
	out := make([]bool, len(operands))
	if len(operands) > maxCompared {
		return out
	}
	tests := make([]textTest, len(operands))
	for i, x := range operands {
		tests[i] = g.textTest(x)
	}
	for i, t := range tests {
		for n, o := range tests {
			if n != i && (op == eql.And && o.implies(t) || op == eql.Or && t.implies(o)) {
				out[i] = true
				break
			}
		}
	}
	return out
}

// positive strips negations.
func positive(e eql.Expr) (inner eql.Expr, negated bool) {
	for {
		e = eql.Unparen(e)
		switch x := e.(type) {
		case *eql.Unary:
			if x.Op != eql.Not {
				return e, negated
			}
			e, negated = x.X, !negated
			continue
		case *eql.Binary:
			if x.Op == eql.Ne {
				c := *x
				c.Op = eql.Eq
				return &c, !negated
			}
		case *eql.In:
			if x.Negated {
				c := *x
				c.Negated = false
				return &c, !negated
			}
		}
		return e, negated
	}
}

// textTest reads a condition. A number without a mapping equals a text by its value and not by its letters, so only texts
// that are clearly texts count.
func (g *generator) textTest(e eql.Expr) textTest {
	e, negated := positive(e)
	var x eql.Expr
	var admits []pattern
	switch e := e.(type) {
	case *eql.Match:
		x, admits = e.X, matchPatterns(e)
	case *eql.In:
		x, admits = e.X, texts(e.List, e.Fold)
	case *eql.Binary:
		if e.Op == eql.Eq {
			x, admits = e.X, texts([]eql.Expr{e.Y}, false)
		}
	}
	f, ok := x.(*eql.Field)
	if !ok || len(admits) == 0 || !g.textual(f) {
		return textTest{}
	}
	return textTest{f.Name, negated, admits}
}

func texts(list []eql.Expr, fold bool) []pattern {
	if len(list) > maxCompared {
		return nil
	}
	var out []pattern
	for _, x := range list {
		l, ok := eql.Unparen(x).(*eql.Literal)
		if !ok || l.Kind != eql.StringLiteral || !clearlyText(l.Str) {
			return nil
		}
		out = append(out, newPattern(l.Str, false, fold))
	}
	return out
}

// clearlyText tells whether a text cannot be read as a number or boolean: those have a digit or begin with t, f, n, i.
func clearlyText(s string) bool {
	return s != "" && !strings.ContainsAny(s, "0123456789") && !slices.Contains([]string{"true", "false", "nan", "inf", "infinity"}, strings.ToLower(strings.Trim(s, "+- ")))
}
