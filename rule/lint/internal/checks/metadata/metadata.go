// Package metadata has the checks of the table metadata, and those of the schema that depend on the stack.
package metadata

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
)

// Checks of the [metadata] table.

// MetadataChecks lists the checks of this file.
func MetadataChecks() []*check.Check {
	return []*check.Check{
		{Code: "metadata/date-format", Title: "date is not YYYY/MM/DD or not in the calendar",
			Severity: rule.Error, Scope: check.General, Part: check.PartMetadata, Fix: check.Suggested, Run: checkDateFormat},
		{Code: "metadata/updated-before-created", Title: "updated_date is earlier than creation_date",
			Severity: rule.Error, Scope: check.General, Part: check.PartMetadata, Fix: check.Automatic, Run: checkDateOrder},
		{Code: "metadata/date-in-future", Title: "date lies in the future",
			Severity: rule.Warning, Scope: check.General, Part: check.PartMetadata, Fix: check.Suggested, Run: checkFuture},
		{Code: "metadata/maturity-missing", Title: "maturity is missing",
			Severity: rule.Warning, Scope: check.General, Part: check.PartMetadata, Fix: check.Suggested,
			Needs: []string{"metadata.maturity"}, Run: checkMaturity},
		{Code: "metadata/min-stack-format", Title: "min_stack_version is not a version",
			Severity: rule.Error, Scope: check.General, Part: check.PartMetadata, Fix: check.Suggested, Run: checkMinStackFormat},
		{Code: "metadata/min-stack-unsupported", Title: "min_stack_version is below the lowest supported stack",
			Severity: rule.Error, Scope: check.General, Part: check.PartMetadata, Fix: check.Automatic, Run: checkMinStackLow},
		{Code: "metadata/min-stack-unknown", Title: "min_stack_version is not one of the supported stacks",
			Severity: rule.Warning, Scope: check.General, Part: check.PartMetadata, Fix: check.Suggested, Run: checkMinStackUnknown},
		{Code: "metadata/min-stack-comment", Title: "min_stack_version without min_stack_comments",
			Severity: rule.Warning, Scope: check.House, Part: check.PartMetadata,
			Needs: []string{"metadata.min_stack_comments"}, Run: checkMinStackComment},
		{Code: "metadata/deprecation-date-missing", Title: "deprecated rule has no deprecation_date",
			Severity: rule.Error, Scope: check.General, Part: check.PartMetadata, Fix: check.Suggested, Deprecated: true,
			Needs: []string{"metadata.deprecation_date"}, Run: checkDeprecationDate},
		{Code: "metadata/deprecation-date-mismatch", Title: "deprecation_date differs from updated_date",
			Severity: rule.Error, Scope: check.House, Part: check.PartMetadata, Fix: check.Automatic, Deprecated: true, Run: checkDeprecationMismatch},
	}
}

// dateKeys are the keys of [metadata] that hold dates.
func dateKeys() []string { return []string{"creation_date", "updated_date", "deprecation_date"} }

func checkDateFormat(p *check.Pass) {
	for _, key := range dateKeys() {
		n := p.File.Lookup("metadata", key)
		if n == nil || n.Kind != rule.StringNode {
			continue
		}
		_, form, ok := facts.ParseDate(n.Str)
		if ok {
			continue
		}
		msg := fmt.Sprintf("%s is %s, expected a date as in `2024/05/21`", rule.Quote(key), rule.Quote(n.Str))
		if form {
			msg = fmt.Sprintf("%s is %s, a date that does not exist", rule.Quote(key), rule.Quote(n.Str))
		}
		d := rule.Diagnostic{Span: n.Span, Message: msg}
		if date, ok := guessDate(n.Str); ok && !form {
			d.Hint = fmt.Sprintf("did you mean %s?", rule.Quote(date))
			d.Fixes = check.Repair("write the date as "+date, false, tomlspan.SetString(n, date))
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

func checkDateOrder(p *check.Pass) {
	m := p.File.Metadata
	created, _, ok1 := facts.ParseDate(m.CreationDate)
	updated, _, ok2 := facts.ParseDate(m.UpdatedDate)
	if ok1 && ok2 && updated.Before(created) {
		n := p.File.Lookup("metadata", "updated_date")
		p.Report(rule.Diagnostic{Span: n.Span,
			Message: fmt.Sprintf("`updated_date` %s is earlier than `creation_date` %s", rule.Quote(m.UpdatedDate), rule.Quote(m.CreationDate)),
			Related: []rule.Related{{Span: facts.KeySpan(p.File, "metadata", "creation_date"), Message: "created here"}},
			Fixes:   check.Repair("set updated_date to the creation date", true, tomlspan.SetString(n, m.CreationDate))})
	}
}

func checkFuture(p *check.Pass) {
	// A day of tolerance: it may be tomorrow already where the author lives.
	limit := p.Now().UTC().AddDate(0, 0, 1)
	for _, key := range dateKeys() {
		n := p.File.Lookup("metadata", key)
		if n == nil {
			continue
		}
		if date, _, ok := facts.ParseDate(n.Str); ok && date.After(limit) {
			today := p.Now().UTC().Format("2006/01/02")
			p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("%s %s lies in the future", rule.Quote(key), rule.Quote(n.Str)),
				Hint:  "today is " + today,
				Fixes: check.Repair("set the date of today", false, tomlspan.SetString(n, today))})
		}
	}
}

func checkMaturity(p *check.Pass) {
	t := p.File.Lookup("metadata")
	if t != nil && t.Kind == rule.TableNode && t.Get("maturity") == nil {
		p.Report(rule.Diagnostic{Span: t.Span, Message: "`maturity` is missing",
			Hint:  "write `maturity = \"production\"`, or `\"development\"` for a rule that is not finished",
			Fixes: check.Repair("set maturity to development", false, tomlspan.SetKey(p.File, "metadata", "maturity", `"development"`))})
	}
}

func checkMinStackFormat(p *check.Pass) {
	n := p.File.Lookup("metadata", "min_stack_version")
	if n == nil || n.Kind != rule.StringNode || facts.FullVersion.MatchString(n.Str) {
		return
	}
	d := rule.Diagnostic{Span: n.Span,
		Message: fmt.Sprintf("`min_stack_version` is %s, expected a version as in `9.4.0`", rule.Quote(n.Str))}
	if facts.VersionForm.MatchString(n.Str) {
		d.Severity = rule.Warning
	}
	if facts.ShortStack.MatchString(n.Str) {
		d.Fixes = check.Repair("add the patch number", false, tomlspan.SetString(n, n.Str+".0"))
	}
	p.Report(d)
}

func checkMinStackLow(p *check.Pass) {
	v, n, ok := facts.MinStack(p.File)
	stacks := p.Config.StackVersions()
	if !ok || v.Compare(stacks[0]) >= 0 {
		return
	}
	edits := append(tomlspan.DeleteEntry(p.File, n), tomlspan.DeleteEntry(p.File, p.File.Lookup("metadata", "min_stack_comments"))...)
	p.Report(rule.Diagnostic{Span: n.Span,
		Message: fmt.Sprintf("`min_stack_version` %s is below the lowest supported stack %s", rule.Quote(n.Str), rule.Quote(stacks[0].String())),
		Hint:    "remove it: every supported stack is new enough",
		Fixes:   check.Repair("remove min_stack_version and its comment", true, edits)})
}

func checkMinStackUnknown(p *check.Pass) {
	v, n, ok := facts.MinStack(p.File)
	stacks := p.Config.StackVersions()
	if !ok || v.Compare(stacks[0]) < 0 || slices.Contains(stacks, v) || len(p.Config.Stacks) == 0 && p.Config.Preset == check.Default && v.Compare(stacks[len(stacks)-1]) < 0 {
		return // the built-in list is that of detection-rules; a repository may support stacks in between
	}
	d := rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("stack %s is not one of %s", rule.Quote(n.Str), stackList(stacks))}
	if v.Compare(stacks[len(stacks)-1]) > 0 {
		d.Message = fmt.Sprintf("`min_stack_version` %s is above the newest stack %s", rule.Quote(n.Str), rule.Quote(stacks[len(stacks)-1].String()))
	} else {
		i := slices.IndexFunc(stacks, func(s check.Version) bool { return s.Compare(v) > 0 })
		d.Fixes = check.Repair("set the next stack "+stacks[i].String(), false, tomlspan.SetString(n, stacks[i].String()))
	}
	p.Report(d)
}

func stackList(stacks []check.Version) string {
	var out []string
	for _, s := range stacks {
		out = append(out, s.String())
	}
	return strings.Join(out, ", ")
}

func checkMinStackComment(p *check.Pass) {
	m := p.File.Lookup("metadata")
	if n := m.Get("min_stack_version"); n != nil && m.Get("min_stack_comments") == nil {
		p.Report(rule.Diagnostic{Span: n.Span, Message: "`min_stack_version` is set without `min_stack_comments`",
			Hint: "say in `min_stack_comments` why older stacks cannot run the rule"})
	}
}

func checkDeprecationDate(p *check.Pass) {
	m := p.File.Metadata
	if m.Maturity != "deprecated" || p.File.Lookup("metadata", "deprecation_date") != nil {
		return
	}
	p.Report(rule.Diagnostic{Span: facts.KeySpan(p.File, "metadata", "maturity"), Message: "the rule is deprecated, but `deprecation_date` is missing",
		Fixes: check.Repair("take updated_date", false, tomlspan.SetKey(p.File, "metadata", "deprecation_date", rule.QuoteTOML(m.UpdatedDate)))})
}

func checkDeprecationMismatch(p *check.Pass) {
	m := p.File.Metadata
	n := p.File.Lookup("metadata", "deprecation_date")
	if _, _, ok := facts.ParseDate(m.UpdatedDate); m.Maturity != "deprecated" || n == nil || !ok || m.DeprecationDate == m.UpdatedDate {
		return
	}
	p.Report(rule.Diagnostic{Span: n.Span,
		Message: fmt.Sprintf("`deprecation_date` is %s, but `updated_date` is %s", rule.Quote(m.DeprecationDate), rule.Quote(m.UpdatedDate)),
		Fixes:   check.Repair("set deprecation_date to updated_date", true, tomlspan.SetString(n, m.UpdatedDate))})
}
