package prove

import (
	"fmt"
	"strings"

	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/search"
	"github.com/rulevet/rulevet/source"
)

// Mixed finds alternatives on one field of which the last, or the first, has a further condition that brackets would give to all of them:
// "a or b or c and d" says "a or b or (c and d)". The code is query/and-or-mixed.
func Mixed(query string, p search.Program) []source.Issue {
	var out []source.Issue
	for _, step := range p.Steps() {
		visit(step.Cond, func(c *predicate.Cond) {
			if i, ok := mixed(query, c); ok {
				out = append(out, i)
			}
		})
	}
	return out
}

func visit(c *predicate.Cond, f func(*predicate.Cond)) {
	f(c)
	for _, k := range c.Kids {
		visit(k, f)
	}
}

// mixed looks at one chain of alternatives.
func mixed(query string, c *predicate.Cond) (source.Issue, bool) {
	if c.Op != predicate.OpOr || len(c.Kids) < 3 {
		return source.Issue{}, false
	}
	for _, at := range []int{len(c.Kids) - 1, 0} {
		and := c.Kids[at]
		if and.Op != predicate.OpAnd || bracketed(query, and) {
			continue
		}
		alike, limits := and.Kids[0], and.Kids[1:] // the alternative that the rest is like, and what limits it
		if at == 0 {
			alike, limits = and.Kids[len(and.Kids)-1], and.Kids[:len(and.Kids)-1]
		}
		rest := append(append([]*predicate.Cond{}, c.Kids[:at]...), c.Kids[at+1:]...)
		field := fieldOf(alike)
		if field == nil || !allOn(rest, field) || allOn(limits, field) {
			continue
		}
		span := source.Span{Start: limits[0].Span.Start, End: limits[len(limits)-1].Span.End}
		return source.Issue{Code: "query/and-or-mixed", Level: source.Warning, Span: span,
			Message: fmt.Sprintf("`and` binds tighter than `or`: %s limits only %s, not the other %d alternatives", textOf(query, span), quote(alike.Text()), len(rest)),
			Hint:    "put brackets around the alternatives, or around what `and` joins if that is meant",
			Related: []source.Related{{Span: alike.Span, Message: "this is what it limits"}}}, true
	}
	return source.Issue{}, false
}

// bracketed reports whether the first thing before a condition is an opening bracket.
func bracketed(query string, c *predicate.Cond) bool {
	before := strings.TrimRight(query[:min(c.Span.Start, len(query))], " \t\r\n")
	return strings.HasSuffix(before, "(") || strings.HasPrefix(query[min(c.Span.Start, len(query)):], "(")
}

// fieldOf is the field of a leaf that is about one; nil for others.
func fieldOf(c *predicate.Cond) *predicate.Field {
	if len(c.Kids) > 0 || len(c.Fields) != 1 {
		return nil
	}
	return c.Fields[0]
}

func allOn(list []*predicate.Cond, field *predicate.Field) bool {
	for _, c := range list {
		if f := fieldOf(c); f == nil || f.Slot != field.Slot {
			return false
		}
	}
	return true
}

func textOf(query string, s source.Span) string {
	return quote(strings.Join(strings.Fields(query[min(s.Start, len(query)):min(s.End, len(query))]), " "))
}
