package lint

import (
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/rule"
)

// issueSeverity is the severity of an issue as package eql sees it; the check may set a lower one.
func issueSeverity(l eql.Level) rule.Severity {
	switch l {
	case eql.Error:
		return rule.Error
	case eql.Warning:
		return rule.Warning
	}
	return rule.Info
}

// issueDiagnostic turns an issue of the query into a finding about the file.
func issueDiagnostic(f *rule.File, i eql.Issue) rule.Diagnostic {
	return issueDiagnosticAt(f, f.Query, i)
}

// issueDiagnosticAt is issueDiagnostic for any text of the file.
func issueDiagnosticAt(f *rule.File, text *rule.Text, i eql.Issue) rule.Diagnostic {
	if end := len(strings.TrimRight(text.Value, " \t\r\n")); i.Span.Start >= end && end > 0 {
		i.Span = eql.Span{Start: lastWord(text.Value[:end]), End: end} // "the end of the query": show where that is
	}
	d := rule.Diagnostic{
		Code:     i.Code,
		Severity: issueSeverity(i.Level),
		Span:     text.FileSpan(i.Span.Start, i.Span.End),
		Message:  i.Message,
		Hint:     phaseHint(i),
	}
	for _, r := range i.Related {
		d.Related = append(d.Related, rule.Related{Span: text.FileSpan(r.Span.Start, r.Span.End), Message: r.Message})
	}
	if len(i.Edits) > 0 {
		message := repairText(text.Value, i)
		if fix, ok := textFix(f, text, message, !i.Unsafe, i.Edits...); ok {
			d.Fixes = []rule.Fix{fix}
		}
	}
	return d
}

// repairText says what the edits of an issue do.
func repairText(query string, i eql.Issue) string {
	e := i.Edits[0]
	switch old := query[e.Span.Start:e.Span.End]; {
	case len(i.Edits) > 1 && i.Hint != "" && !strings.HasSuffix(i.Hint, "?"):
		return i.Hint
	case len(i.Edits) > 1:
		return "rewrite the query"
	case e.New == "":
		return "remove " + quote(old)
	case old == "":
		return "insert " + quote(e.New)
	default:
		return "write " + quote(e.New)
	}
}

// lastWord is where the last word of a text starts.
func lastWord(s string) int { return strings.LastIndexAny(s, " \t\r\n(),[]") + 1 }

// meantLiterally reports whether the wildcard in a literal of ==, != or in is one that the events hold: the host in the
// share names of Windows (\\*\C$ in events 5140 and 5145), or a value beside patterns of the same field in one or, so
// that the author has told the two operators apart.
func meantLiterally(q *eql.Query, at eql.Span) bool {
	text := strings.Trim(q.Source[at.Start:at.End], `"`)
	if strings.HasPrefix(text, `\\\\*\\`) || strings.HasPrefix(text, `\\*\`) {
		return true
	}
	found := false
	inspect(q, func(or *eql.Binary) {
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

// phaseHint adds to the hint of an error that Elasticsearch takes the query and fails later: nobody is told when the
// rule is saved.
func phaseHint(i eql.Issue) string {
	const late = "the search fails only when the rule runs"
	switch {
	case i.Level != eql.Error || i.Phase != "runtime":
		return i.Hint
	case i.Hint == "":
		return late
	}
	return i.Hint + "; " + late
}

// likeFix proposes like for == with a wildcard. != and in have no form that is as short.
func likeFix(f *rule.File, q *eql.Query, i eql.Issue) []rule.Fix {
	var fixes []rule.Fix
	inspect(q, func(n *eql.Binary) {
		if n.Op != eql.Eq || n.Y.Span() != i.Span {
			return
		}
		if fix, ok := QueryFix(f, "write like", false, eql.Edit{Span: n.OpRange, New: "like"}); ok {
			fixes = []rule.Fix{fix}
		}
	})
	return fixes
}

// QuerySpan converts a span of the query to one of the file.
func QuerySpan(f *rule.File, s eql.Span) rule.Span { return f.Query.FileSpan(s.Start, s.End) }

// QueryFix makes a fix out of edits of the query. ok is false if the form of the string literal in the file cannot
// hold the new text.
func QueryFix(f *rule.File, message string, safe bool, edits ...eql.Edit) (fix rule.Fix, ok bool) {
	return textFix(f, f.Query, message, safe, edits...)
}

func textFix(f *rule.File, text *rule.Text, message string, safe bool, edits ...eql.Edit) (fix rule.Fix, ok bool) {
	fix = rule.Fix{Message: message, Safe: safe}
	for _, e := range edits {
		literal, ok := literalText(f.Src, text.Span, e.New)
		if !ok {
			return rule.Fix{}, false
		}
		fix.Edits = append(fix.Edits, rule.Edit{Span: text.FileSpan(e.Span.Start, e.Span.End), New: literal})
	}
	return fix, true
}

// literalText writes text the way the TOML string literal at span needs it. ok is false if the literal cannot hold it.
func literalText(src []byte, span rule.Span, text string) (string, bool) {
	lit := string(src[span.Start:min(span.Start+3, len(src))])
	switch {
	case lit == "'''":
		return text, !strings.Contains(text, "''")
	case strings.HasPrefix(lit, "'"):
		return text, !strings.ContainsAny(text, "'\n\r")
	case lit == `"""`:
		return strings.NewReplacer(`\`, `\\`, `"""`, `""\"`).Replace(text), true
	}
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`).Replace(text), true
}
