package fieldcheck

import (
	"slices"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
)

// CheckBroken looks up the fields of a query with syntax errors, as far as it did parse: those of whole comparisons away from the
// errors. Only slips for known names are reported, as the recovery of the parser may have made up others.
func CheckBroken(p *check.Pass, issues []eql.Issue) []eql.Issue {
	views, err := StackViews(p, nil)
	if err != nil {
		return nil
	}
	st := &Uses{Pass: p, query: p.Query, Seen: map[FieldUse]bool{}, taken: map[eql.Span]bool{}}
	facts.Inspect(p.Query, func(n eql.Node) {
		f := compared(n)
		s := n.Span()
		near := func(i eql.Issue) bool {
			return i.Level == eql.Error && i.Span.Start <= s.End+1 && i.Span.End >= s.Start-1
		}
		if f != nil && s.Start < s.End && !slices.ContainsFunc(issues, near) {
			st.Use(f, views)
		}
	})
	return slices.DeleteFunc(st.Issues, func(i eql.Issue) bool {
		return i.Code != "query/unknown-field" || i.Level != eql.Error || len(i.Edits) == 0
	})
}
