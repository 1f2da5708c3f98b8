package metadata

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
)

// ChangeChecks lists the checks of this file. They compare with an earlier revision, and find nothing
// where there is none.
func ChangeChecks() []*check.Check {
	return []*check.Check{
		{Code: "metadata/updated-date-not-changed", Title: "rule changed, but its updated_date did not",
			Severity: rule.Error, Scope: check.General, Part: check.PartMetadata, Fix: check.Automatic,
			Needs: []string{"metadata.updated_date"}, Run: checkUpdatedDate},
		{Code: "metadata/dates-of-new-rule", Title: "the two dates of a new rule differ",
			Severity: rule.Warning, Scope: check.General, Part: check.PartMetadata, Fix: check.Suggested,
			Needs: []string{"metadata.creation_date", "metadata.updated_date"}, Run: checkNewDates},
		{Code: "file/protected-modified", Title: "rule in the folder for deprecated rules changed",
			Severity: rule.Error, Scope: check.House, Part: check.PartMetadata, Deprecated: true, Run: checkProtected},
	}
}

// changed reports whether the file is another than it was; a new one is not.
func changed(p *check.Pass) bool {
	return p.Before != nil && !p.Before.New && !bytes.Equal(p.Before.Src, p.File.Src)
}

func checkUpdatedDate(p *check.Pass) {
	n := p.File.Lookup("metadata", "updated_date")
	if !changed(p) || n == nil || n.Kind != rule.StringNode {
		return
	}
	before, _ := rule.Parse(p.File.Path, p.Before.Src)
	if old := before.Lookup("metadata", "updated_date"); old == nil || old.Str != n.Str {
		return
	}
	today := p.Now().Format("2006/01/02")
	if n.Str == today {
		return // changed twice in a day
	}
	d := rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("the file differs from that of %s, but `updated_date` is still %s", p.Before.Revision, rule.Quote(n.Str))}
	d.Fixes = check.Repair("write "+today, true, tomlspan.SetString(n, today))
	p.Report(d)
}

func checkNewDates(p *check.Pass) {
	created, updated := p.File.Lookup("metadata", "creation_date"), p.File.Lookup("metadata", "updated_date")
	if p.Before == nil || !p.Before.New || created == nil || updated == nil || created.Kind != rule.StringNode || updated.Kind != rule.StringNode || created.Str == updated.Str {
		return
	}
	p.Report(rule.Diagnostic{Span: updated.Span, Message: fmt.Sprintf("the rule is new since %s, but `updated_date` %s is not its `creation_date` %s", p.Before.Revision, rule.Quote(updated.Str), rule.Quote(created.Str)),
		Fixes: check.Repair("write "+created.Str, false, tomlspan.SetString(updated, created.Str))})
}

func checkProtected(p *check.Pass) {
	if changed(p) && slices.Contains(facts.Folders(p.Path), p.Config.InForce().Deprecated) {
		p.Report(rule.Diagnostic{Span: facts.Top(p.File), Message: fmt.Sprintf("a deprecated rule differs from that of %s: it is kept as it was", p.Before.Revision)})
	}
}
