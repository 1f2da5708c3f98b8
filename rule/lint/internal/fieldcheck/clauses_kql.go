package fieldcheck

import (
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/kql"
)

// kqlCondition writes a condition of KQL as one of EQL.
func kqlCondition(n kql.Node) eql.Expr {
	at := n.Span()
	switch n := n.(type) {
	case *kql.And:
		return joined(eql.And, at, kqlConditions(n.Items, kqlCondition))
	case *kql.Or:
		return joined(eql.Or, at, kqlConditions(n.Items, kqlCondition))
	case *kql.Not:
		return negated(kqlCondition(n.Item), at)
	case *kql.Range:
		if f := kqlField(n.Field); f != nil {
			return isTested(f, at)
		}
	case *kql.Is:
		if f := kqlField(n.Field); f != nil {
			return kqlValue(f, n.Value, at)
		}
	}
	return unknownCondition(at)
}

func kqlConditions(items []kql.Node, one func(kql.Node) eql.Expr) []eql.Expr {
	out := make([]eql.Expr, len(items))
	for i, n := range items {
		out[i] = one(n)
	}
	return out
}

// kqlField is the single field that a name stands for; nil for a pattern.
func kqlField(l *kql.Literal) *eql.Field {
	if l == nil || l.Kind == kql.Pattern || l.Text == "" || strings.Contains(l.Text, " ") {
		return nil
	}
	return &eql.Field{Name: l.Text, Range: l.At}
}

// kqlValue compares a field with what stands behind its colon.
func kqlValue(f *eql.Field, n kql.Node, at eql.Span) eql.Expr {
	one := func(n kql.Node) eql.Expr { return kqlValue(f, n, n.Span()) }
	switch n := n.(type) {
	case *kql.Value:
		if n.Literal.Kind == kql.Plain || n.Literal.Kind == kql.Quoted {
			return isEqual(f, at, &eql.Literal{Kind: eql.StringLiteral, Str: n.Literal.Text, Range: n.Literal.At})
		}
		return isTested(f, at)
	case *kql.And:
		return joined(eql.And, at, kqlConditions(n.Items, one))
	case *kql.Or:
		return joined(eql.Or, at, kqlConditions(n.Items, one))
	case *kql.Not:
		return negated(one(n.Item), at)
	}
	return unknownCondition(at)
}
