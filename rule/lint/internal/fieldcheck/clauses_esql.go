package fieldcheck

import (
	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/esql"
)

// esqlCondition writes what the WHERE commands of a query ask of events, before rows are grouped or joined, as one condition
// of EQL; nil if they ask nothing.
func esqlCondition(info *esql.Info) eql.Expr {
	var list []eql.Expr
	e := esqlWriter{info}
	for i, cmd := range info.Query.Commands {
		switch cmd := cmd.(type) {
		case *esql.From:
			if i > 0 {
				return nil
			}
		case *esql.Where:
			list = append(list, e.condition(cmd.Cond))
		case *esql.Eval, *esql.Keep, *esql.Drop, *esql.Rename, *esql.Sort, *esql.Dissect, *esql.Grok, *esql.Enrich, *esql.MvExpand:
		default:
			return allOf(list)
		}
	}
	return allOf(list)
}

func allOf(list []eql.Expr) eql.Expr {
	if len(list) == 0 {
		return nil
	}
	return joined(eql.And, list[0].Span(), list)
}

type esqlWriter struct{ info *esql.Info }

func (e esqlWriter) condition(x esql.Expr) eql.Expr {
	x = esql.Unparen(x)
	at := x.Span()
	switch x := x.(type) {
	case *esql.Binary:
		return e.binary(x)
	case *esql.Unary:
		if x.Op == esql.Not {
			return negated(e.condition(x.X), at)
		}
	case *esql.Column:
		if f := e.field(x); f != nil {
			return isEqual(f, at, &eql.Literal{Kind: eql.BoolLiteral, Bool: true, Range: at})
		}
	case *esql.In:
		if f := e.field(x.X); f != nil && x.Query == nil {
			return maybeNot(x.Not, isOneOf(f, at, x.List), at)
		}
	case *esql.Like:
		if f := e.field(x.X); f != nil && !x.Not { // NOT LIKE finds events without the field
			return isTested(f, at)
		}
	case *esql.Match:
		if f := e.field(x.Field); f != nil {
			return isOneOf(f, at, []esql.Expr{x.Value})
		}
	case *esql.IsNull:
		if f := e.field(x.X); f != nil {
			null := &eql.Binary{Op: eql.Eq, X: f, Y: &eql.Literal{Kind: eql.NullLiteral, Range: at}, Range: at}
			return maybeNot(x.Not, null, at)
		}
	case *esql.Call:
		switch x.Name {
		case "starts_with", "ends_with", "cidr_match":
			if f := e.field(x.Args[0]); f != nil {
				return isTested(f, at)
			}
		}
	}
	return unknownCondition(at)
}

func (e esqlWriter) binary(x *esql.Binary) eql.Expr {
	switch x.Op {
	case esql.And:
		return joined(eql.And, x.Range, []eql.Expr{e.condition(x.X), e.condition(x.Y)})
	case esql.Or:
		return joined(eql.Or, x.Range, []eql.Expr{e.condition(x.X), e.condition(x.Y)})
	}
	if !x.Op.Comparison() {
		return unknownCondition(x.Range)
	}
	column, value := x.X, x.Y
	f := e.field(column)
	if f == nil {
		column, value = x.Y, x.X
		f = e.field(column)
	}
	switch {
	case f == nil || e.field(value) != nil:
		return unknownCondition(x.Range)
	case x.Op == esql.Equal:
		return isOneOf(f, x.Range, []esql.Expr{value})
	case x.Op == esql.NotEqual:
		if eq, ok := isOneOf(f, x.Range, []esql.Expr{value}).(*eql.Binary); ok {
			eq.Op = eql.Ne
			return eq
		}
	}
	return isTested(f, x.Range)
}

// isOneOf compares a field with values; where one of them is no text, it is just tested.
func isOneOf(f *eql.Field, at eql.Span, values []esql.Expr) eql.Expr {
	var texts []*eql.Literal
	for _, v := range values {
		l, ok := esql.Unparen(v).(*esql.Literal)
		if !ok || l.Kind != esql.KeywordLiteral {
			return isTested(f, at)
		}
		texts = append(texts, &eql.Literal{Kind: eql.StringLiteral, Str: l.Str, Range: l.Range})
	}
	if len(texts) == 0 {
		return isTested(f, at)
	}
	return isEqual(f, at, texts...)
}

func maybeNot(not bool, x eql.Expr, at eql.Span) eql.Expr {
	if not {
		return negated(x, at)
	}
	return x
}

// field is the field of the index that a column is; nil for any other expression.
func (e esqlWriter) field(x esql.Expr) *eql.Field {
	c, ok := esql.Unparen(x).(*esql.Column)
	if !ok {
		return nil
	}
	a := e.info.Refs[c]
	if a == nil || a.Kind != esql.FieldAttr || a.Field == "" {
		return nil
	}
	return &eql.Field{Name: a.Field, Range: c.Range}
}
