package eqlquery

import (
	"slices"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
	"github.com/rulevet/rulevet/rule/lint/internal/fieldcheck"
)

// Stage parses and type-checks a query in EQL.
func Stage(p *check.Pass) bool {
	q, issues := eql.Parse(p.File.Query.Value)
	p.Query = q
	stageIssues(p, issues)
	if slices.ContainsFunc(issues, func(i eql.Issue) bool { return i.Level == eql.Error }) {
		stageIssues(p, fieldcheck.CheckBroken(p, issues))
		p.Run.Skip(check.PartFields, "the query has syntax errors")
		return false
	}
	p.Fields = fieldcheck.CheckFields(p)
	stageIssues(p, p.Fields.Issues)
	if p.Fields.NotChecked != "" {
		p.Run.Skip(check.PartFields, p.Fields.NotChecked)
	}
	return true
}

func stageIssues(p *check.Pass, issues []eql.Issue) {
	var equal *equalities
	for _, i := range issues {
		literal := i.Code == "query/wildcard-in-equality"
		if literal && equal == nil {
			equal = newEqualities(p.Query)
		}
		if literal && equal.meantLiterally(i.Span) {
			continue
		}
		d := facts.IssueDiagnostic(p.File, i)
		if literal && d.Fixes == nil {
			d.Fixes = equal.likeFix(p.File, i.Span)
		}
		p.Run.Stage(d)
	}
}
