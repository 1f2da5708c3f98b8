package lint

import (
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/rule"
)

// issueCode returns the code under which an issue of package eql is reported. Several ids share a code where
// spec/checks.md has one row for them.
func issueCode(id string) string {
	switch id {
	case "keyword-path", "array-index", "process-relation":
		id = "syntax"
	case "maxspan":
		id = "sequence-maxspan"
	case "join-keys", "key-type":
		id = "sequence-join"
	case "runs":
		id = "sequence-runs"
	case "maxspan-missing":
		id = "missing-event"
	case "single-stage":
		id = "single-sequence"
	case "unusable-field":
		id = "unknown-field"
	case "ambiguous-field":
		id = "type-conflict"
	case "string-op-type":
		id = "type-mismatch"
	case "field-compare":
		id = "field-comparison"
	case "cidr-type", "cidr-syntax":
		id = "function-arguments"
	case "eq-wildcard":
		id = "wildcard-in-equality"
	}
	return "query/" + id
}

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
	d := rule.Diagnostic{
		Code:     issueCode(i.ID),
		Severity: issueSeverity(i.Level),
		Span:     QuerySpan(f, i.Span),
		Message:  i.Message,
		Hint:     i.Hint,
	}
	for _, r := range i.Related {
		d.Related = append(d.Related, rule.Related{Span: QuerySpan(f, r.Span), Message: r.Message})
	}
	if len(i.Edits) > 0 {
		message := i.Hint
		if message == "" {
			message = "rewrite the query"
		}
		if fix, ok := QueryFix(f, message, !i.Unsafe, i.Edits...); ok {
			d.Fixes = []rule.Fix{fix}
		}
	}
	return d
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
	fix = rule.Fix{Message: message, Safe: safe}
	for _, e := range edits {
		text, ok := literalText(f.Src, f.Query.Span, e.New)
		if !ok {
			return rule.Fix{}, false
		}
		fix.Edits = append(fix.Edits, rule.Edit{Span: QuerySpan(f, e.Span), New: text})
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
