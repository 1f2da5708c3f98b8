package fieldcheck

import (
	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/kql"
	"github.com/rulevet/rulevet/rule/lint/check"
)

// What is known of events does not depend on the language that asks. The conditions of KQL and ES|QL are written as those of EQL, with
// their own places, so that the checks of values and of the fields that events carry are the same for all. What has no counterpart is a
// condition of which nothing is known. Where ES|QL knows null, EQL has false: then a condition that is false here holds in neither.

// clausesOf is what the clauses of a query are remembered under.
type clausesOf struct {
	query *eql.Query
	kql   kql.Node
	esql  *esql.Info
}

// clauses are the conditions of a query on single events, in whatever language; none if the query could not be read.
func clauses(p *check.Pass) []*eql.EventQuery {
	return p.Memo(clausesOf{p.Query, p.KQL, p.ESQL}, func() any { return findClauses(p) }).([]*eql.EventQuery)
}

func findClauses(p *check.Pass) []*eql.EventQuery {
	switch {
	case p.Query != nil:
		return eql.Filters(p.Query)
	case p.Run.Doubts("rule.index", "metadata.integration"):
		return nil
	case p.KQL != nil:
		return anyEvent(kqlCondition(p.KQL))
	case p.ESQL != nil:
		return anyEvent(esqlCondition(p.ESQL))
	}
	return nil
}

// anyEvent is "any where" a condition; none without one.
func anyEvent(cond eql.Expr) []*eql.EventQuery {
	if cond == nil {
		return nil
	}
	return []*eql.EventQuery{{Category: eql.Category{Any: true, Range: cond.Span()}, Cond: cond, Range: cond.Span()}}
}

// unknownCondition stands for one of which nothing is known.
func unknownCondition(at eql.Span) eql.Expr { return &eql.BadExpr{Range: at} }

// isTested stands for a test of a field that is not true for an event without it.
func isTested(f *eql.Field, at eql.Span) eql.Expr {
	return &eql.Match{Op: eql.Like, X: f, List: []*eql.Literal{{Kind: eql.StringLiteral, Str: "*", Range: at}}, Range: at}
}

// isEqual compares a field with a text, or with one of several.
func isEqual(f *eql.Field, at eql.Span, texts ...*eql.Literal) eql.Expr {
	if len(texts) == 1 {
		return &eql.Binary{Op: eql.Eq, X: f, Y: texts[0], Range: at}
	}
	list := make([]eql.Expr, len(texts))
	for i, l := range texts {
		list[i] = l
	}
	return &eql.In{X: f, List: list, Range: at}
}

// joined links conditions; one stands for itself.
func joined(op eql.Op, at eql.Span, list []eql.Expr) eql.Expr {
	out := list[0]
	for _, x := range list[1:] {
		out = &eql.Binary{Op: op, X: out, Y: x, Range: eql.Span{Start: at.Start, End: x.Span().End}}
	}
	return out
}

func negated(x eql.Expr, at eql.Span) eql.Expr {
	return &eql.Unary{Op: eql.Not, X: x, Range: at}
}
