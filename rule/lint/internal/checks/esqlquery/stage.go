package esqlquery

import (
	"fmt"
	"slices"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
	"github.com/rulevet/rulevet/rule/lint/internal/fieldcheck"
	"github.com/rulevet/rulevet/schema"
	"github.com/rulevet/rulevet/source"
)

// Stage parses an ES|QL query and checks it against the fields of the indexes that it names. No check relies on a tree of
// EQL.
func Stage(p *check.Pass) bool {
	q, issues := esql.Parse(p.File.Query.Value)
	stage(p, issues)
	if source.HasErrors(issues) {
		_, found := esql.Check(q, nil)
		stage(p, found)
		p.Run.Skip(check.PartFields, "the query has syntax errors")
		return false
	}
	views, err := stackViews(p, q)
	if err != nil || p.Run.Doubts("metadata.integration") {
		info, found := esql.Check(q, nil)
		p.ESQL = info
		stage(p, found)
		why := "`integration` is wrong"
		if err != nil {
			why = err.Error()
		}
		p.Run.Skip(check.PartFields, why)
		return false
	}
	info, found := esql.Check(q, &esql.Schema{Fields: compile.CatalogFields(views[len(views)-1])})
	p.ESQL = info
	stage(p, found)
	u := fieldcheck.Uses{Pass: p, Seen: map[fieldcheck.FieldUse]bool{}}
	for _, f := range info.Fields {
		u.Use(&eql.Field{Name: f.Attr.Field, Range: f.Span}, views)
	}
	stage(p, append(certain(&u), fieldcheck.CaseLiterals(p)...))
	if len(u.Gaps) > 0 {
		p.Run.Skip(check.PartFields, fieldcheck.FewReasons(u.Gaps))
	}
	return false
}

// certain leaves out names that the newest version of a package may have: rules in ES|QL are written for that, and Use is
// not sure of them. They go to the receipt.
func certain(u *fieldcheck.Uses) []source.Issue {
	return slices.DeleteFunc(u.Issues, func(i source.Issue) bool {
		doubt := i.Code == "query/unknown-field" && i.Level == source.Warning && len(i.Edits) == 0
		if doubt {
			u.Gaps = append(u.Gaps, i.Message)
		}
		return doubt
	})
}

func stage(p *check.Pass, issues []source.Issue) {
	for _, i := range issues {
		p.Run.Stage(facts.IssueDiagnosticAt(p.File, p.File.Query, i))
	}
}

// stackViews returns one view of the indexes in FROM for each stack the rule runs on, oldest first.
func stackViews(p *check.Pass, q *esql.Query) ([]*schema.View, error) {
	return fieldcheck.ViewsOf(p, schema.Request{Indexes: q.Indexes(), Packages: p.File.Metadata.Integration})
}

// checkStack reports what the oldest stack of the rule does not have.
func checkStack(p *check.Pass) {
	if p.ESQL == nil {
		return
	}
	stacks := p.Config.StackVersions()
	severity := rule.Warning // the rule does not say where it runs
	if v, _, ok := facts.MinStack(p.File); ok {
		severity = rule.Error
		stacks = slices.DeleteFunc(slices.Clone(stacks), func(s check.Version) bool { return s.Compare(check.Version{v[0], v[1], 0}) < 0 })
		if len(stacks) == 0 {
			stacks = []check.Version{v}
		}
	}
	for _, f := range esql.Features(p.ESQL.Query) {
		for _, s := range stacks {
			if f.Absent.Lacks(s[0], s[1]) {
				span := p.File.Query.FileSpan(f.Span.Start, f.Span.End)
				p.Report(rule.Diagnostic{Severity: severity, Span: span, Message: fmt.Sprintf("stack %s, on which the rule runs too, does not have %s", s, f.What),
					Hint: "set `min_stack_version`"})
				break
			}
		}
	}
}
