package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rulevet/rulevet/rule"
)

// Checks of spec/checks.md section 4: the [metadata] table.

func metadataChecks() []*Check {
	return []*Check{
		{Code: "metadata/date-format", Title: "date is not YYYY/MM/DD or not in the calendar",
			Severity: rule.Error, Scope: General, Part: PartMetadata, Fix: Suggested, Run: checkDateFormat},
		{Code: "metadata/updated-before-created", Title: "updated_date is earlier than creation_date",
			Severity: rule.Error, Scope: General, Part: PartMetadata, Fix: Automatic, Run: checkDateOrder},
		{Code: "metadata/date-in-future", Title: "date lies in the future",
			Severity: rule.Warning, Scope: General, Part: PartMetadata, Fix: Suggested, Run: checkFuture},
		{Code: "metadata/maturity-missing", Title: "maturity is missing",
			Severity: rule.Warning, Scope: General, Part: PartMetadata, Fix: Suggested,
			Needs: []string{"metadata.maturity"}, Run: checkMaturity},
		{Code: "metadata/min-stack-format", Title: "min_stack_version is not a version",
			Severity: rule.Error, Scope: General, Part: PartMetadata, Fix: Suggested, Run: checkMinStackFormat},
		{Code: "metadata/min-stack-unsupported", Title: "min_stack_version is below the lowest supported stack",
			Severity: rule.Error, Scope: General, Part: PartMetadata, Fix: Automatic, Run: checkMinStackLow},
		{Code: "metadata/min-stack-unknown", Title: "min_stack_version is not one of the supported stacks",
			Severity: rule.Warning, Scope: General, Part: PartMetadata, Fix: Suggested, Run: checkMinStackUnknown},
		{Code: "metadata/min-stack-comment", Title: "min_stack_version without min_stack_comments",
			Severity: rule.Warning, Scope: House, Part: PartMetadata,
			Needs: []string{"metadata.min_stack_comments"}, Run: checkMinStackComment},
		{Code: "metadata/deprecation-date-missing", Title: "deprecated rule has no deprecation_date",
			Severity: rule.Error, Scope: General, Part: PartMetadata, Fix: Suggested, Deprecated: true,
			Needs: []string{"metadata.deprecation_date"}, Run: checkDeprecationDate},
		{Code: "metadata/deprecation-date-mismatch", Title: "deprecation_date differs from updated_date",
			Severity: rule.Error, Scope: House, Part: PartMetadata, Fix: Automatic, Deprecated: true, Run: checkDeprecationMismatch},
	}
}

// dateKeys are the keys of [metadata] that hold dates.
func dateKeys() []string { return []string{"creation_date", "updated_date", "deprecation_date"} }

func checkDateFormat(p *Pass) {
	for _, key := range dateKeys() {
		n := p.File.Lookup("metadata", key)
		if n == nil || n.Kind != rule.StringNode {
			continue
		}
		_, form, ok := parseDate(n.Str)
		if ok {
			continue
		}
		msg := fmt.Sprintf("%s is %s, expected a date as in `2024/05/21`", quote(key), quote(n.Str))
		if form {
			msg = fmt.Sprintf("%s is %s, a date that does not exist", quote(key), quote(n.Str))
		}
		d := rule.Diagnostic{Span: n.Span, Message: msg}
		if date, ok := guessDate(n.Str); ok && !form {
			d.Hint = fmt.Sprintf("did you mean %s?", quote(date))
			d.Fixes = fix("write the date as "+date, false, setString(n, date))
		}
		p.Report(d)
	}
}

// guessDate reads a date in another unambiguous notation.
func guessDate(s string) (string, bool) {
	s = strings.TrimSpace(s)
	if i := strings.IndexByte(s, 'T'); i > 0 {
		s = s[:i]
	}
	for _, layout := range []string{"2006-1-2", "2006/1/2", "2006.1.2", "20060102", "2 Jan 2006", "Jan 2, 2006", "2 January 2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Format("2006/01/02"), true
		}
	}
	return "", false
}

func checkDateOrder(p *Pass) {
	m := p.File.Metadata
	created, _, ok1 := parseDate(m.CreationDate)
	updated, _, ok2 := parseDate(m.UpdatedDate)
	if ok1 && ok2 && updated.Before(created) {
		n := p.File.Lookup("metadata", "updated_date")
		p.Report(rule.Diagnostic{Span: n.Span,
			Message: fmt.Sprintf("`updated_date` %s is earlier than `creation_date` %s", quote(m.UpdatedDate), quote(m.CreationDate)),
			Related: []rule.Related{{Span: keySpan(p.File, "metadata", "creation_date"), Message: "created here"}},
			Fixes:   fix("set updated_date to the creation date", true, setString(n, m.CreationDate))})
	}
}

func checkFuture(p *Pass) {
	// A day of tolerance: it may be tomorrow already where the author lives.
	limit := p.Now().UTC().AddDate(0, 0, 1)
	for _, key := range dateKeys() {
		n := p.File.Lookup("metadata", key)
		if n == nil {
			continue
		}
		if date, _, ok := parseDate(n.Str); ok && date.After(limit) {
			today := p.Now().UTC().Format("2006/01/02")
			p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("%s %s lies in the future", quote(key), quote(n.Str)),
				Hint:  "today is " + today,
				Fixes: fix("set the date of today", false, setString(n, today))})
		}
	}
}

func checkMaturity(p *Pass) {
	t := p.File.Lookup("metadata")
	if t != nil && t.Kind == rule.TableNode && t.Get("maturity") == nil {
		p.Report(rule.Diagnostic{Span: t.Span, Message: "`maturity` is missing",
			Hint:  "write `maturity = \"production\"`, or `\"development\"` for a rule that is not finished",
			Fixes: fix("set maturity to development", false, setKey(p.File, "metadata", "maturity", `"development"`))})
	}
}

var (
	versionForm = regexp.MustCompile(`^\d+\.\d+(\.\d+[\w-]*)*$`)
	fullVersion = regexp.MustCompile(`^\d+\.\d+\.\d+$`)
	shortStack  = regexp.MustCompile(`^\d+\.\d+$`)
)

func checkMinStackFormat(p *Pass) {
	n := p.File.Lookup("metadata", "min_stack_version")
	if n == nil || n.Kind != rule.StringNode || fullVersion.MatchString(n.Str) {
		return
	}
	d := rule.Diagnostic{Span: n.Span,
		Message: fmt.Sprintf("`min_stack_version` is %s, expected a version as in `9.4.0`", quote(n.Str))}
	if versionForm.MatchString(n.Str) {
		d.Severity = rule.Warning
	}
	if shortStack.MatchString(n.Str) {
		d.Fixes = fix("add the patch number", false, setString(n, n.Str+".0"))
	}
	p.Report(d)
}

// minStack is the rule's minimum stack; ok is false if it has none or a malformed one.
func minStack(f *rule.File) (v version, n *rule.Node, ok bool) {
	n = f.Lookup("metadata", "min_stack_version")
	if n == nil || n.Kind != rule.StringNode || !versionForm.MatchString(n.Str) {
		return v, n, false
	}
	v, ok = parseVersion(n.Str)
	return v, n, ok
}

func checkMinStackLow(p *Pass) {
	v, n, ok := minStack(p.File)
	stacks := p.Config.stacks()
	if !ok || v.compare(stacks[0]) >= 0 {
		return
	}
	edits := append(deleteEntry(p.File, n), deleteEntry(p.File, p.File.Lookup("metadata", "min_stack_comments"))...)
	p.Report(rule.Diagnostic{Span: n.Span,
		Message: fmt.Sprintf("`min_stack_version` %s is below the lowest supported stack %s", quote(n.Str), quote(stacks[0].String())),
		Hint:    "remove it: every supported stack is new enough",
		Fixes:   fix("remove min_stack_version and its comment", true, edits)})
}

func checkMinStackUnknown(p *Pass) {
	v, n, ok := minStack(p.File)
	stacks := p.Config.stacks()
	if !ok || v.compare(stacks[0]) < 0 || slices.Contains(stacks, v) || len(p.Config.Stacks) == 0 && p.Config.Preset == Default && v.compare(stacks[len(stacks)-1]) < 0 {
		return // the built-in list is that of detection-rules; a repository may support stacks in between
	}
	d := rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("stack %s is not one of %s", quote(n.Str), stackList(stacks))}
	if v.compare(stacks[len(stacks)-1]) > 0 {
		d.Message = fmt.Sprintf("`min_stack_version` %s is above the newest stack %s", quote(n.Str), quote(stacks[len(stacks)-1].String()))
	} else {
		i := slices.IndexFunc(stacks, func(s version) bool { return s.compare(v) > 0 })
		d.Fixes = fix("set the next stack "+stacks[i].String(), false, setString(n, stacks[i].String()))
	}
	p.Report(d)
}

func stackList(stacks []version) string {
	var out []string
	for _, s := range stacks {
		out = append(out, s.String())
	}
	return strings.Join(out, ", ")
}

func checkMinStackComment(p *Pass) {
	m := p.File.Lookup("metadata")
	if n := m.Get("min_stack_version"); n != nil && m.Get("min_stack_comments") == nil {
		p.Report(rule.Diagnostic{Span: n.Span, Message: "`min_stack_version` is set without `min_stack_comments`",
			Hint: "say in `min_stack_comments` why older stacks cannot run the rule"})
	}
}

func checkDeprecationDate(p *Pass) {
	m := p.File.Metadata
	if m.Maturity != "deprecated" || p.File.Lookup("metadata", "deprecation_date") != nil {
		return
	}
	p.Report(rule.Diagnostic{Span: keySpan(p.File, "metadata", "maturity"), Message: "the rule is deprecated, but `deprecation_date` is missing",
		Fixes: fix("take updated_date", false, setKey(p.File, "metadata", "deprecation_date", rule.QuoteTOML(m.UpdatedDate)))})
}

func checkDeprecationMismatch(p *Pass) {
	m := p.File.Metadata
	n := p.File.Lookup("metadata", "deprecation_date")
	if m.Maturity != "deprecated" || n == nil || m.UpdatedDate == "" || m.DeprecationDate == m.UpdatedDate {
		return
	}
	p.Report(rule.Diagnostic{Span: n.Span,
		Message: fmt.Sprintf("`deprecation_date` is %s, but `updated_date` is %s", quote(m.DeprecationDate), quote(m.UpdatedDate)),
		Fixes:   fix("set deprecation_date to updated_date", true, setString(n, m.UpdatedDate))})
}
