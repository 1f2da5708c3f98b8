// Package mutation changes KQL queries in small ways, each of which a good set of test cases should notice. A mutant is one
// change of the query's text:
//
//   - drop-clause: an operand of and, or is left out;
//   - negate: a condition or a value of a list is negated, or loses its not;
//   - and-or: an "and" becomes "or" and the other way round, at one place;
//   - drop-member: a list of values loses one;
//   - wildcard: a wildcard at an end is left out, a pattern gets one at an end where it has none;
//   - number: < becomes <=, a whole number moves by one.
//
// Which mutants make no difference, whoever compiles them finds out by what they are translated to.
package mutation

import (
	"cmp"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/kql"
	"github.com/rulevet/rulevet/search"
)

// Mutant is a change of a query's text.
type Mutant struct {
	Change search.Change // what sort of change it is, and where
	Edits  []kql.Edit    // that make its text of the query's
}

// Of lists the mutants of a query that was parsed without errors, in source order.
func Of(q *kql.Query) []Mutant {
	g := &generator{src: q.Source}
	g.node(q.Root, false)
	slices.SortStableFunc(g.out, func(a, b Mutant) int { return cmp.Compare(a.Edits[0].Span.Start, b.Edits[0].Span.Start) })
	return g.out
}

type generator struct {
	src string
	out []Mutant
}

func (g *generator) add(change search.Change, at kql.Span, text string) {
	g.out = append(g.out, Mutant{change, []kql.Edit{{Span: at, New: text}}})
}

// outer is the span of a part with the brackets around it.
func (g *generator) outer(at kql.Span) kql.Span {
	for {
		left, right := at.Start, at.End
		for left > 0 && blank(g.src[left-1]) {
			left--
		}
		for right < len(g.src) && blank(g.src[right]) {
			right++
		}
		if left == 0 || right == len(g.src) || g.src[left-1] != '(' || g.src[right] != ')' {
			return at
		}
		at = kql.Span{Start: left - 1, End: right + 1}
	}
}

func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// node changes a part of the query. negated says that it stands behind a not.
func (g *generator) node(n kql.Node, negated bool) {
	switch n := n.(type) {
	case *kql.And:
		g.list(n.Items, search.DropClause, "or")
	case *kql.Or:
		g.list(n.Items, search.DropClause, "and")
	case *kql.Not:
		g.add(search.Negate, kql.Span{Start: n.At.Start, End: g.outer(n.Item.Span()).Start}, "")
		g.node(n.Item, true)
	case *kql.Nested:
		g.negate(n.At, negated)
		g.node(n.Item, false)
	case *kql.Range:
		g.negate(n.At, negated)
		g.ranged(n)
	case *kql.Is:
		g.negate(n.At, negated)
		g.values(n.Value, true)
	case *kql.Text:
		if n.Literal != nil {
			g.negate(n.Span(), negated)
			g.literal(n.Literal)
		}
	}
}

func (g *generator) negate(at kql.Span, negated bool) {
	if !negated {
		g.add(search.Negate, kql.Span{Start: at.Start, End: at.Start}, "not ")
	}
}

// list leaves out operands and swaps operators.
func (g *generator) list(items []kql.Node, drop search.Change, other string) {
	spans := make([]kql.Span, len(items))
	for i, n := range items {
		spans[i] = g.outer(n.Span())
	}
	for i, n := range items {
		cut := kql.Span{Start: spans[i].Start, End: spans[i].End}
		if i == 0 {
			cut.End = spans[1].Start
		} else {
			cut.Start = spans[i-1].End
		}
		g.add(drop, cut, "")
		if i > 0 {
			between := kql.Span{Start: spans[i-1].End, End: spans[i].Start}
			for between.Start < between.End && blank(g.src[between.Start]) {
				between.Start++
			}
			for between.End > between.Start && blank(g.src[between.End-1]) {
				between.End--
			}
			g.add(search.AndOr, between, other)
		}
		if drop == search.DropMember {
			g.values(n, false)
		} else {
			g.node(n, false)
		}
	}
}

// values changes the values of a field.
func (g *generator) values(v kql.Node, only bool) {
	switch v := v.(type) {
	case *kql.And:
		g.list(v.Items, search.DropMember, "or")
	case *kql.Or:
		g.list(v.Items, search.DropMember, "and")
	case *kql.Not:
		if !only {
			g.add(search.Negate, kql.Span{Start: v.At.Start, End: g.outer(v.Item.Span()).Start}, "")
		}
		g.values(v.Item, true)
	case *kql.Value:
		g.literal(v.Literal)
	}
}

// literal changes the ends of a pattern, and whole numbers.
func (g *generator) literal(l *kql.Literal) {
	if l.Any() {
		return
	}
	raw := g.src[l.At.Start:l.At.End]
	if l.Kind == kql.Pattern {
		g.ends(l, raw)
		return
	}
	if l.Kind == kql.Plain {
		g.shiftNumber(l.At, l.Text, 1)
	}
}

func (g *generator) ends(l *kql.Literal, raw string) {
	start, end := kql.Span{Start: l.At.Start, End: l.At.Start}, kql.Span{Start: l.At.End, End: l.At.End}
	head, tail := strings.HasPrefix(raw, "*"), l.Wild[len(l.Wild)-1] == len(l.Text)-1
	many := len(l.Wild) > 1
	switch {
	case !head:
		g.add(search.Wildcard, start, "*")
	case many || !tail:
		g.add(search.Wildcard, kql.Span{Start: start.Start, End: start.Start + 1}, "")
	}
	switch {
	case !tail:
		g.add(search.Wildcard, end, "*")
	case many || !head:
		g.add(search.Wildcard, kql.Span{Start: end.End - 1, End: end.End}, "")
	}
}

var otherBound = map[string]string{"<": "<=", "<=": "<", ">": ">=", ">=": ">"}

// ranged moves a bound from both sides.
func (g *generator) ranged(n *kql.Range) {
	at := n.Field.At.End + strings.Index(g.src[n.Field.At.End:n.Value.At.Start], n.Op)
	g.add(search.Number, kql.Span{Start: at, End: at + len(n.Op)}, otherBound[n.Op])
	step := int64(1)
	if n.Op == "<" || n.Op == ">=" {
		step = -1
	}
	if n.Value.Kind == kql.Plain {
		g.shiftNumber(n.Value.At, n.Value.Text, step)
	}
}
