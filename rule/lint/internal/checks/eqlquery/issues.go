package eqlquery

import (
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
)

// equalities says of the literals of == what an issue about their wildcards needs; it is made once for a query.
type equalities struct {
	query  *eql.Query
	byText map[eql.Span]*eql.Binary // the comparison of a literal
	beside map[eql.Span]bool        // literals beside patterns of the same field in one or
}

func newEqualities(q *eql.Query) *equalities {
	e := &equalities{query: q, byText: map[eql.Span]*eql.Binary{}, beside: map[eql.Span]bool{}}
	below := map[*eql.Binary]bool{} // parts of an or that has been looked at
	facts.Inspect(q, func(b *eql.Binary) {
		switch {
		case b.Op == eql.Eq:
			e.byText[b.Y.Span()] = b
		case b.Op == eql.Or && !below[b]:
			for x, ok := b.X.(*eql.Binary); ok && x.Op == eql.Or; x, ok = x.X.(*eql.Binary) {
				below[x] = true
			}
			e.arms(eql.Operands(eql.Or, b))
		}
	})
	return e
}

// arms notes the literals of one or.
func (e *equalities) arms(arms []eql.Expr) {
	patterns := map[string]bool{}
	for _, arm := range arms {
		if name := patternField(arm); name != "" {
			patterns[name] = true
		}
	}
	for _, arm := range arms {
		if b, ok := eql.Unparen(arm).(*eql.Binary); ok && b.Op == eql.Eq {
			if f, ok := eql.Unparen(b.X).(*eql.Field); ok && patterns[f.Name] {
				e.beside[b.Y.Span()] = true
			}
		}
	}
}

// meantLiterally reports whether the wildcard in a literal of ==, != or in is one that the events hold: the host in the
// share names of Windows (\\*\C$ in events 5140 and 5145), or a value beside patterns of the same field in one or, so
// that the author has told the two operators apart.
func (e *equalities) meantLiterally(at eql.Span) bool {
	text := strings.Trim(e.query.Source[at.Start:at.End], `"`)
	return strings.HasPrefix(text, `\\\\*\\`) || strings.HasPrefix(text, `\\*\`) || e.beside[at]
}

// patternField is the field that an expression matches with wildcards; empty if it does nothing of the kind.
func patternField(e eql.Expr) string {
	m, ok := eql.Unparen(e).(*eql.Match)
	if !ok || m.Op == eql.Regex || m.Op == eql.RegexFold ||
		!slices.ContainsFunc(m.List, func(l *eql.Literal) bool { return strings.ContainsAny(l.Str, "*?") }) {
		return ""
	}
	if f, ok := eql.Unparen(m.X).(*eql.Field); ok {
		return f.Name
	}
	return ""
}

// likeFix proposes like for == with a wildcard. != and in have no form that is as short.
func (e *equalities) likeFix(f *rule.File, at eql.Span) []rule.Fix {
	b := e.byText[at]
	if b == nil {
		return nil
	}
	if fix, ok := facts.QueryFix(f, "write like", false, eql.Edit{Span: b.OpRange, New: "like"}); ok {
		return []rule.Fix{fix}
	}
	return nil
}
