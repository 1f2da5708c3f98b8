package eqlquery

import (
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
)

// meantLiterally reports whether the wildcard in a literal of ==, != or in is one that the events hold: the host in the
// share names of Windows (\\*\C$ in events 5140 and 5145), or a value beside patterns of the same field in one or, so
// that the author has told the two operators apart.
func meantLiterally(q *eql.Query, at eql.Span) bool {
	text := strings.Trim(q.Source[at.Start:at.End], `"`)
	if strings.HasPrefix(text, `\\\\*\\`) || strings.HasPrefix(text, `\\*\`) {
		return true
	}
	found := false
	facts.Inspect(q, func(or *eql.Binary) {
		if or.Op != eql.Or {
			return
		}
		arms := eql.Operands(eql.Or, or)
		for _, arm := range arms {
			b, ok := eql.Unparen(arm).(*eql.Binary)
			if ok && b.Op == eql.Eq && b.Y.Span() == at {
				found = found || slices.ContainsFunc(arms, func(o eql.Expr) bool { return patternsOf(o, b.X) })
			}
		}
	})
	return found
}

// patternsOf reports whether an expression matches the field with wildcards.
func patternsOf(e, field eql.Expr) bool {
	m, ok := eql.Unparen(e).(*eql.Match)
	f, ok2 := eql.Unparen(field).(*eql.Field)
	g, ok3 := (*eql.Field)(nil), false
	if ok {
		g, ok3 = eql.Unparen(m.X).(*eql.Field)
	}
	return ok2 && ok3 && f.Name == g.Name && m.Op != eql.Regex && m.Op != eql.RegexFold &&
		slices.ContainsFunc(m.List, func(l *eql.Literal) bool { return strings.ContainsAny(l.Str, "*?") })
}

// likeFix proposes like for == with a wildcard. != and in have no form that is as short.
func likeFix(f *rule.File, q *eql.Query, i eql.Issue) []rule.Fix {
	var fixes []rule.Fix
	facts.Inspect(q, func(n *eql.Binary) {
		if n.Op != eql.Eq || n.Y.Span() != i.Span {
			return
		}
		if fix, ok := facts.QueryFix(f, "write like", false, eql.Edit{Span: n.OpRange, New: "like"}); ok {
			fixes = []rule.Fix{fix}
		}
	})
	return fixes
}
