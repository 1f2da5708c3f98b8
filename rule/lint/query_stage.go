package lint

import (
	"slices"

	"github.com/rulevet/rulevet/eql"
)

// queryStages parse a query and check it against the fields of the rule's indexes, by language; each reports whether
// checks may rely on Pass.Query.
func queryStages() map[string]func(*Pass) bool {
	return map[string]func(*Pass) bool{"eql": stageEQL, "kuery": stageKQL}
}

// stageEQL parses and type-checks a query in EQL.
func stageEQL(p *Pass) bool {
	q, issues := eql.Parse(p.File.Query.Value)
	p.Query = q
	stageIssues(p, issues)
	if slices.ContainsFunc(issues, func(i eql.Issue) bool { return i.Level == eql.Error }) {
		p.Run.Skip(PartFields, "the query has syntax errors")
		return false
	}
	p.Fields = checkFields(p)
	stageIssues(p, p.Fields.Issues)
	if p.Fields.NotChecked != "" {
		p.Run.Skip(PartFields, p.Fields.NotChecked)
	}
	return true
}

func stageIssues(p *Pass, issues []eql.Issue) {
	for _, i := range issues {
		literal := i.Code == "query/wildcard-in-equality"
		if literal && meantLiterally(p.Query, i.Span) {
			continue
		}
		d := issueDiagnostic(p.File, i)
		if literal && d.Fixes == nil {
			d.Fixes = likeFix(p.File, p.Query, i)
		}
		p.Run.Stage(d)
	}
}
