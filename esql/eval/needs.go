package eval

import (
	"slices"
	"strings"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval/internal/block"
	"github.com/rulevet/rulevet/esql/eval/internal/fn"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/lucene"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/search"
)

// Needs is a step that every event satisfies which can count for the result: what the filters in front want of it, also of what an EVAL
// makes of fields. It lets through too many events rather than too few, and reads fields that it adds to the layout. Its condition has no
// parts.
func (p *Program) Needs() *search.Step {
	n := &needs{p: p, steps: maxNeedSteps}
	var out []predicate.Node
	for _, w := range p.filters {
		out = append(out, n.holds(w.x, w.scope, true))
	}
	cond := predicate.NewAnd(esql.Span{End: len(p.query.Source)}, nil)
	cond.Node = predicate.Chain(predicate.OpAnd, out)
	return search.NewStep(search.Whole, cond, cond.Node, nil)
}

// scoped is an expression and the columns that it sees.
type scoped struct {
	x     esql.Expr
	scope []*column
}

// filter notes a WHERE that nothing but rows of single events comes to.
func (c *compiler) filter(x esql.Expr) {
	if !c.mixed && !c.branch && len(c.p.sources) == 1 {
		c.p.filters = append(c.p.filters, scoped{x, c.scope})
	}
}

// mixes tells whether the rows behind a command depend on more than one event.
func mixes(cmd esql.Command) bool {
	switch cmd.(type) {
	case *esql.From, *esql.Where, *esql.Eval, *esql.Keep, *esql.Drop, *esql.Rename, *esql.MvExpand, *esql.Dissect, *esql.Grok, *esql.LookupJoin, *esql.Enrich, *esql.Sort:
		return false
	}
	return true
}

// maxNeedSteps bounds the expressions that are looked at: a column that others are made of is looked at for each of them.
const maxNeedSteps = 10_000

// needs finds out what an event must have. Its methods return a condition that is true whenever what they are named by is, for any of the
// values of an expression.
type needs struct {
	p     *Program
	steps int // that are left
	depth int
}

func all(list ...predicate.Node) predicate.Node { return predicate.Chain(predicate.OpAnd, list) }
func one(list ...predicate.Node) predicate.Node { return predicate.Chain(predicate.OpOr, list) }

// step counts a step into an expression; ok is false if that is too far.
func (n *needs) step() (ok bool) {
	n.steps--
	n.depth++
	return n.steps > 0 && n.depth < maxDepth
}

// holds is for a condition that is true, or false: not null.
func (n *needs) holds(x esql.Expr, scope []*column, want bool) predicate.Node {
	defer func(depth int) { n.depth = depth }(n.depth)
	if !n.step() {
		return predicate.True
	}
	x = esql.Unparen(x)
	switch x := x.(type) {
	case *esql.Unary:
		if x.Op == esql.Not {
			return n.holds(x.X, scope, !want)
		}
	case *esql.Binary:
		switch {
		case x.Op == esql.And || x.Op == esql.Or:
			var parts []predicate.Node
			for _, part := range esql.Operands(x.Op, x) {
				parts = append(parts, n.holds(part, scope, want))
			}
			if (x.Op == esql.And) == want {
				return all(parts...)
			}
			return one(parts...)
		case (x.Op == esql.Equal) == want && (x.Op == esql.Equal || x.Op == esql.NotEqual):
			return n.equal(x, scope)
		}
	case *esql.In:
		switch {
		case x.Query != nil:
			return predicate.True
		case x.Not != want:
			return n.among(x.X, scope, x.List, nil)
		}
		return n.value(x.X, scope, false)
	case *esql.Like:
		switch {
		case x.Not != want:
			return n.among(x.X, scope, x.Patterns, x)
		case len(x.Patterns) == 1 && isMatchAll(x): // it is IS NULL
			return predicate.True
		}
		return n.value(x.X, scope, false)
	case *esql.IsNull:
		if x.Not == want {
			return n.value(x.X, scope, false)
		}
		return predicate.True
	case *esql.Call:
		if t := n.p.tests[x]; t != nil {
			if want {
				return t.program.Steps()[0].Node
			}
			return predicate.Negate(t.program.Steps()[0].Node)
		}
		if arms := armsOf(x); arms != nil {
			return n.arms(arms, scope, func(v esql.Expr) predicate.Node { return n.holds(v, scope, want) })
		}
	case *esql.Column:
		for col := find(scope, x.Name); col != nil; col = col.origin {
			if col.def != nil {
				return n.holds(col.def.x, col.def.scope, want)
			}
		}
	case *esql.Literal:
		return predicateOf(x.Kind == esql.BoolLiteral && x.Bool == want)
	}
	return n.value(x, scope, false)
}

func predicateOf(b bool) predicate.Node {
	if b {
		return predicate.True
	}
	return predicate.False
}

// arm is a value that a call may have, and the condition on which it has it, nil if there is none.
type arm struct{ cond, value esql.Expr }

// armsOf are the values of CASE and COALESCE; nil for other calls.
func armsOf(x *esql.Call) []arm {
	var out []arm
	switch x.Name {
	case "case":
		for i := 0; i+1 < len(x.Args); i += 2 {
			out = append(out, arm{x.Args[i], x.Args[i+1]})
		}
		if len(x.Args)%2 == 1 {
			out = append(out, arm{nil, x.Args[len(x.Args)-1]})
		}
	case "coalesce":
		for _, v := range x.Args {
			out = append(out, arm{nil, v})
		}
	}
	return out
}

// arms is for one of the arms.
func (n *needs) arms(list []arm, scope []*column, of func(v esql.Expr) predicate.Node) predicate.Node {
	var out []predicate.Node
	for _, a := range list {
		v := of(a.value)
		if a.cond != nil {
			v = all(n.holds(a.cond, scope, true), v)
		}
		out = append(out, v)
	}
	return one(out...)
}

// equal is for a comparison of equal values.
func (n *needs) equal(x *esql.Binary, scope []*column) predicate.Node {
	for _, side := range [][2]esql.Expr{{x.X, x.Y}, {x.Y, x.X}} {
		if _, ok := esql.Unparen(side[1]).(*esql.Literal); ok {
			return n.among(side[0], scope, []esql.Expr{side[1]}, nil)
		}
	}
	return all(n.value(x.X, scope, false), n.value(x.Y, scope, false))
}

// choice is a list of texts of which a value is one, or of patterns of which it matches one.
type choice struct {
	texts    []string
	patterns bool
}

// among is for an expression with one of the values of a list, or one that matches one of the patterns of a LIKE.
func (n *needs) among(x esql.Expr, scope []*column, list []esql.Expr, like *esql.Like) predicate.Node {
	c := choice{patterns: like != nil}
	for _, v := range list {
		lit, ok := esql.Unparen(v).(*esql.Literal)
		if !ok || lit.Kind != esql.KeywordLiteral || c.patterns && (like.Regex || lit.Str == "" || strings.Contains(lit.Str, `\`)) {
			return n.value(x, scope, false)
		}
		c.texts = append(c.texts, lit.Str)
	}
	return n.chosen(x, scope, c)
}

// scalar tells that no object or array of JSON is meant.
func (c choice) scalar() bool {
	return !slices.ContainsFunc(c.texts, func(s string) bool {
		return s != "" && (s[0] == '{' || s[0] == '[' || c.patterns && (s[0] == '*' || s[0] == '?'))
	})
}

// chosen is for an expression with a text of a choice.
func (n *needs) chosen(x esql.Expr, scope []*column, c choice) predicate.Node {
	defer func(depth int) { n.depth = depth }(n.depth)
	if !n.step() {
		return predicate.True
	}
	x = esql.Unparen(x)
	switch x := x.(type) {
	case *esql.Column:
		for col := find(scope, x.Name); col != nil; col = col.origin {
			switch {
			case col.field != nil && col.typ.IsString():
				return n.texts(col.field, c)
			case col.def != nil:
				return n.chosen(col.def.x, col.def.scope, c)
			}
		}
	case *esql.Call:
		if arms := armsOf(x); arms != nil {
			return n.arms(arms, scope, func(v esql.Expr) predicate.Node { return n.chosen(v, scope, c) })
		}
	case *esql.Literal:
		if x.Kind == esql.KeywordLiteral && !c.patterns {
			return predicateOf(slices.Contains(c.texts, x.Str))
		}
	}
	return n.value(x, scope, c.scalar())
}

// value is for an expression that is not null; scalar tells that its text is no object or array of JSON.
func (n *needs) value(x esql.Expr, scope []*column, scalar bool) predicate.Node {
	defer func(depth int) { n.depth = depth }(n.depth)
	if !n.step() {
		return predicate.True
	}
	switch x := esql.Unparen(x).(type) {
	case *esql.Literal:
		return predicateOf(x.Kind != esql.NullLiteral)
	case *esql.Column:
		for col := find(scope, x.Name); col != nil; col = col.origin {
			switch {
			case col.field != nil:
				return n.present(col.field)
			case col.def != nil:
				return n.value(col.def.x, col.def.scope, scalar)
			}
		}
	case *esql.Cast:
		return n.value(x.X, scope, false)
	case *esql.Unary:
		if x.Op != esql.Not {
			return n.value(x.X, scope, false)
		}
	case *esql.Binary:
		if x.Op != esql.And && x.Op != esql.Or {
			return all(n.value(x.X, scope, false), n.value(x.Y, scope, false))
		}
	case *esql.Call:
		return n.call(x, scope, scalar)
	}
	return predicate.True
}

// call is value for a call.
func (n *needs) call(x *esql.Call, scope []*column, scalar bool) predicate.Node {
	if arms := armsOf(x); arms != nil {
		return n.arms(arms, scope, func(v esql.Expr) predicate.Node { return n.value(v, scope, scalar) })
	}
	switch x.Name {
	case "json_extract":
		if member := n.member(x, scope); member != "" && scalar {
			return n.slot(member, n.p.layout.Add(member))
		}
	case "to_upper", "to_lower":
		return n.value(x.Args[0], scope, scalar)
	case "cidr_match", "starts_with", "ends_with", "contains", "substring", "left", "right", "trim", "ltrim", "rtrim", "length", "byte_length", "replace", "split",
		"concat", "locate", "reverse", "to_string", "to_str", "to_integer", "to_int", "to_long", "to_double", "to_dbl", "to_ip", "to_boolean", "to_bool", "to_datetime",
		"to_dt", "mv_count", "mv_first", "mv_last", "mv_min", "mv_max", "mv_concat", "mv_dedupe", "mv_sort", "mv_sum", "mv_avg":
		if len(x.Args) > 0 {
			return n.value(x.Args[0], scope, false)
		}
	}
	return predicate.True
}

// member is the field that JSON_EXTRACT takes out of the document; empty for anything else.
func (n *needs) member(x *esql.Call, scope []*column) string {
	if len(x.Args) != 2 {
		return ""
	}
	doc, ok := esql.Unparen(x.Args[0]).(*esql.Column)
	path, lit := esql.Unparen(x.Args[1]).(*esql.Literal)
	if !ok || !lit || path.Kind != esql.KeywordLiteral {
		return ""
	}
	if col := find(scope, doc.Name); col == nil || col.field == nil || col.typ != block.Source {
		return ""
	}
	return fn.JSONMember(path.Str)
}

// find is a column of a scope.
func find(scope []*column, name string) *column {
	for _, col := range slices.Backward(scope) {
		if col.name == name {
			return col
		}
	}
	return nil
}

// present is for a field with a value.
func (n *needs) present(r *fieldRef) predicate.Node {
	return n.slots(r, func(f *Field, slot int) predicate.Node { return n.slot(f.Name, slot) })
}

// texts is for a field with a text of a choice.
func (n *needs) texts(r *fieldRef, c choice) predicate.Node {
	return n.slots(r, func(f *Field, slot int) predicate.Node {
		if f.Lowercase {
			return n.slot(f.Name, slot)
		}
		field := &predicate.Field{Name: f.Name, Path: f.Name, Slot: slot, Class: predicate.StringClass}
		if c.patterns {
			return field.Text(predicate.Wildcards(c.texts, lucene.Sensitive))
		}
		var values []predicate.Value
		for _, s := range c.texts {
			values = append(values, eqlfunc.OfString(s))
		}
		in, err := field.In(values)
		if err != nil {
			return n.slot(f.Name, slot)
		}
		return in
	})
}

// slots is for one of the places of the values of a field.
func (n *needs) slots(r *fieldRef, of func(f *Field, slot int) predicate.Node) predicate.Node {
	if r.slots == nil || len(r.union) > 0 { // metadata, or not read
		return predicate.True
	}
	var out []predicate.Node
	for i := range r.slots {
		s := &r.slots[i]
		if s.read == nil {
			continue
		}
		if s.points[0] >= 0 {
			return predicate.True
		}
		for _, slot := range s.slots {
			out = append(out, of(s.field, slot))
		}
	}
	return one(out...)
}

// slot is for any value in a slot.
func (n *needs) slot(name string, slot int) predicate.Node {
	f := &predicate.Field{Name: name, Path: name, Slot: slot}
	return f.Leaf("any", func(*event.Value) bool { return true }, predicate.ExactCost, nil, predicate.Hints{})
}
