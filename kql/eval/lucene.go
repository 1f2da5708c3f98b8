package eval

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/querydsl"
	"github.com/rulevet/rulevet/internal/querystring"
	"github.com/rulevet/rulevet/kql"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/source"
)

// LuceneQuery is a parsed text in Lucene's syntax.
type LuceneQuery struct {
	Source string // the text that was parsed, as given
	root   *querystring.Query
}

// ParseLucene reads a text in Lucene's syntax, as query_string takes it.
func ParseLucene(text string) (*LuceneQuery, []kql.Issue) {
	q, err := querystring.Parse(text, false)
	out := &LuceneQuery{Source: text, root: q}
	if err != nil {
		var syntax *querystring.Error
		errors.As(err, &syntax)
		return out, []kql.Issue{{Code: "query/syntax", Level: kql.Error, Phase: "parse", Span: syntax.Span, Message: syntax.Message, Hint: syntax.Hint}}
	}
	var issues []kql.Issue
	for _, at := range q.Boosts {
		issues = append(issues, kql.Issue{Code: "query/boost", Level: source.Info, Span: at,
			Message: "a boost changes the order of results only, which a rule does not look at", Hint: "leave it out"})
	}
	return out, issues
}

// Fields are the names of the fields that the query asks for, each once, sorted; those behind "_exists_" too.
func (q *LuceneQuery) Fields() []string {
	var names []string
	if q.root != nil {
		q.root.Fields(func(f querystring.Field) { names = append(names, f.Name) })
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// CheckLucene finds what is wrong with a query for events with the given fields: names that no field has, and values that a field
// never has. Both are warnings: Kibana searches with a default of all fields, and such a search is lenient, so that the clause
// matches nothing. Nil fields are not known. Issues are in source order.
func CheckLucene(q *LuceneQuery, fields mapping.Fields) []kql.Issue {
	if fields == nil || q.root == nil {
		return nil
	}
	issues := append(unknownNames(q, fields), unfitValues(q, fields)...)
	slices.SortStableFunc(issues, func(a, b kql.Issue) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	return issues
}

// unfitValues reports clauses that their fields cannot take.
func unfitValues(q *LuceneQuery, fields mapping.Fields) (issues []kql.Issue) {
	for _, e := range querydsl.Refused(q.root, querydsl.Options{Fields: fields, Layout: &event.Layout{}, Open: true}) {
		issues = append(issues, kql.Issue{Code: "query/type-mismatch", Level: kql.Warning, Span: e.Span, Hint: e.Hint,
			Message: e.Message + ": the clause matches nothing"})
	}
	return issues
}

// unknownNames reports names that no field has.
func unknownNames(q *LuceneQuery, fields mapping.Fields) (issues []kql.Issue) {
	seen := map[kql.Span]bool{}
	q.root.Fields(func(f querystring.Field) {
		if _, p := fields.Lookup(f.Name); p != mapping.Absent || strings.HasPrefix(f.Name, "_") || strings.Contains(f.Name, "*") || seen[f.Span] {
			return
		}
		seen[f.Span] = true
		if l, ok := fields.(mapping.Lister); ok && len(l.Names(f.Name+".")) > 0 {
			return
		}
		hint := ""
		if near := fields.Suggest(f.Name); len(near) > 0 {
			hint = "did you mean " + near[0] + "?"
		}
		issues = append(issues, kql.Issue{Code: "query/unknown-field", Level: kql.Warning, Span: f.Span, Hint: hint, Missing: true,
			Message: "unknown field `" + f.Name + "`: it matches nothing"})
	})
	return issues
}
