package facts

import (
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

// IssueDiagnostic turns an issue of the query into a finding about the file.
func IssueDiagnostic(f *rule.File, i eql.Issue) rule.Diagnostic {
	return IssueDiagnosticAt(f, f.Query, i)
}

// IssueDiagnosticAt is issueDiagnostic for any text of the file.
func IssueDiagnosticAt(f *rule.File, text *rule.Text, i eql.Issue) rule.Diagnostic {
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
		if fix, ok := textFix(text, message, !i.Unsafe, i.Edits...); ok {
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
		return "remove " + rule.Quote(old)
	case old == "":
		return "insert " + rule.Quote(e.New)
	default:
		return "write " + rule.Quote(e.New)
	}
}

// lastWord is where the last word of a text starts.
func lastWord(s string) int { return strings.LastIndexAny(s, " \t\r\n(),[]") + 1 }

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

// QuerySpan converts a span of the query to one of the file.
func QuerySpan(f *rule.File, s eql.Span) rule.Span { return f.Query.FileSpan(s.Start, s.End) }

// QueryFix makes a fix out of edits of the query. ok is false if the form of the string literal in the file cannot
// hold the new text.
func QueryFix(f *rule.File, message string, safe bool, edits ...eql.Edit) (fix rule.Fix, ok bool) {
	return textFix(f.Query, message, safe, edits...)
}

func textFix(text *rule.Text, message string, safe bool, edits ...eql.Edit) (fix rule.Fix, ok bool) {
	changes := make([]rule.ValueEdit, len(edits))
	for i, e := range edits {
		changes[i] = rule.ValueEdit{Start: e.Span.Start, End: e.Span.End, New: e.New}
	}
	out, err := text.Edits(changes...)
	return rule.Fix{Message: message, Safe: safe, Edits: out}, err == nil
}
