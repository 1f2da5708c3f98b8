package fieldcheck

import (
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/kql"
)

// kqlCondition writes a condition of KQL as one of EQL.
func kqlCondition(n kql.Node) eql.Expr {
	return kqlTree(n, n.Span(), func(n kql.Node, at eql.Span) eql.Expr {
		switch n := n.(type) {
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
	})
}

// kqlTree writes and, or and not at a place; what stands below them leaf writes. Conditions and the values of a field are linked alike.
func kqlTree(n kql.Node, at eql.Span, leaf func(n kql.Node, at eql.Span) eql.Expr) eql.Expr {
	below := func(n kql.Node) eql.Expr { return kqlTree(n, n.Span(), leaf) }
	all := func(items []kql.Node) []eql.Expr {
		out := make([]eql.Expr, len(items))
		for i, n := range items {
			out[i] = below(n)
		}
		return out
	}
	switch n := n.(type) {
	case *kql.And:
		return joined(eql.And, at, all(n.Items))
	case *kql.Or:
		return joined(eql.Or, at, all(n.Items))
	case *kql.Not:
		return negated(below(n.Item), at)
	}
	return leaf(n, at)
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
	return kqlTree(n, at, func(n kql.Node, at eql.Span) eql.Expr {
		v, ok := n.(*kql.Value)
		switch {
		case !ok:
			return unknownCondition(at)
		case v.Literal.Kind == kql.Plain || v.Literal.Kind == kql.Quoted:
			return isEqual(f, at, &eql.Literal{Kind: eql.StringLiteral, Str: v.Literal.Text, Range: v.Literal.At})
		}
		return isTested(f, at)
	})
}
