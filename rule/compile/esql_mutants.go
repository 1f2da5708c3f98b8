package compile

import (
	"slices"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/search"
	"github.com/rulevet/rulevet/source"
)

// esqlMutant is a change of the text of a query.
type esqlMutant struct {
	change search.Change
	edits  []source.Edit
}

// esqlMutants lists the small changes of the conditions of a query, in source order.
func esqlMutants(q *esql.Query) []esqlMutant {
	m := &esqlMutator{src: q.Source}
	for n := range esql.Preorder(q) {
		switch n := n.(type) {
		case *esql.Where:
			m.condition(n.Cond)
		case *esql.Agg:
			if n.Where != nil {
				m.condition(n.Where)
			}
		case *esql.Call:
			if n.Name == "case" {
				for i := 0; i+1 < len(n.Args); i += 2 {
					m.condition(n.Args[i])
				}
			}
		}
	}
	slices.SortStableFunc(m.out, func(a, b esqlMutant) int { return a.edits[0].Span.Start - b.edits[0].Span.Start })
	return m.out
}

type esqlMutator struct {
	src string
	out []esqlMutant
}

func (m *esqlMutator) add(change search.Change, edits ...source.Edit) {
	m.out = append(m.out, esqlMutant{change, edits})
}

func (m *esqlMutator) replace(change search.Change, span source.Span, text string) {
	if m.src[span.Start:span.End] != text {
		m.add(change, source.Edit{Span: span, New: text})
	}
}

func (m *esqlMutator) text(n esql.Node) string { return m.src[n.Span().Start:n.Span().End] }

// condition changes a condition; of AND and OR each operand in turn is left out.
func (m *esqlMutator) condition(x esql.Expr) {
	switch x := x.(type) {
	case *esql.Paren:
		m.condition(x.X)
		return
	case *esql.Unary:
		if x.Op == esql.Not {
			m.replace(search.Negate, x.Range, m.text(x.X))
			m.condition(x.X)
		}
		return
	case *esql.Binary:
		if x.Op == esql.And || x.Op == esql.Or {
			m.replace(search.DropClause, x.Range, m.text(x.X))
			m.replace(search.DropClause, x.Range, m.text(x.Y))
			other := map[esql.Op]string{esql.And: "OR", esql.Or: "AND"}[x.Op]
			m.add(search.AndOr, source.Edit{Span: source.Span{Start: x.Range.Start, End: x.Range.Start}, New: "("},
				source.Edit{Span: x.OpRange, New: other}, source.Edit{Span: source.Span{Start: x.Range.End, End: x.Range.End}, New: ")"})
			m.condition(x.X)
			m.condition(x.Y)
			return
		}
	}
	m.leaf(x)
}

// leaf changes a condition without logic.
func (m *esqlMutator) leaf(x esql.Expr) {
	span := x.Span()
	m.add(search.Negate, source.Edit{Span: source.Span{Start: span.Start, End: span.Start}, New: "NOT ("},
		source.Edit{Span: source.Span{Start: span.End, End: span.End}, New: ")"})
	switch x := x.(type) {
	case *esql.Binary:
		near := map[esql.Op]string{esql.Less: "<=", esql.LessEqual: "<", esql.Greater: ">=", esql.GreaterEqual: ">"}[x.Op]
		if near != "" {
			m.replace(search.Number, x.OpRange, near)
		}
		if x.Op.Comparison() {
			m.number(x.X)
			m.number(x.Y)
		}
	case *esql.In:
		m.members(x.List)
	case *esql.Like:
		m.members(x.Patterns)
		for _, p := range x.Patterns {
			m.wildcard(p)
		}
	case *esql.Call:
		if x.Name == "cidr_match" && len(x.Args) > 2 {
			m.members(x.Args[1:])
		}
	}
}

// number moves a number by one.
func (m *esqlMutator) number(x esql.Expr) {
	if lit, ok := x.(*esql.Literal); ok && (lit.Kind == esql.IntegerLiteral || lit.Kind == esql.LongLiteral) && lit.Int < 1<<60 && lit.Int > -1<<60 {
		m.replace(search.Number, lit.Range, strconv.FormatInt(lit.Int+1, 10))
		m.replace(search.Number, lit.Range, strconv.FormatInt(lit.Int-1, 10))
	}
}

// maxMembers is how many members of a list are left out one by one.
const maxMembers = 60

// members leaves out the members of a list in turn.
func (m *esqlMutator) members(list []esql.Expr) {
	if len(list) < 2 {
		return
	}
	for i := range list[:min(len(list), maxMembers)] {
		span := source.Span{Start: list[i].Span().Start, End: list[i].Span().End}
		if i > 0 {
			span.Start = list[i-1].Span().End
		} else {
			span.End = list[1].Span().Start
		}
		m.replace(search.DropMember, span, "")
	}
}

// wildcard takes a star off a pattern, or puts one on.
func (m *esqlMutator) wildcard(p esql.Expr) {
	lit, ok := p.(*esql.Literal)
	if !ok || lit.Kind != esql.KeywordLiteral || lit.Str == "" || strings.Contains(m.text(p), `\`) || strings.HasPrefix(m.text(p), `"""`) {
		return
	}
	change := func(s string) { m.replace(search.Wildcard, lit.Range, esql.QuoteString(s)) }
	if s, ok := strings.CutPrefix(lit.Str, "*"); ok && s != "" {
		change(s)
	}
	if s, ok := strings.CutSuffix(lit.Str, "*"); ok && s != "" {
		change(s)
	}
}
