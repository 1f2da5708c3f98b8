// Package proofs has the checks that prove something about all events.
package proofs

import (
	"slices"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
	"github.com/rulevet/rulevet/rule/prove"
	"github.com/rulevet/rulevet/source"
)

// Checks lists the checks of this file. What the stages of a language say about a query that does not run comes first.
func Checks() []*check.Check {
	run := check.Stage(find)
	one := func(code, title string, severity rule.Severity, fix check.Fixable) *check.Check {
		return &check.Check{Code: code, Title: title, Severity: severity, Scope: check.General, Part: check.PartQuery, Fix: fix,
			After: []string{"query/syntax", "query/type-mismatch", "query/unknown-field"}, Needs: []string{"rule.query", "rule.type", "rule.language"}, Run: run}
	}
	return []*check.Check{
		one("query/never-matches", "no event can match the query", rule.Error, check.NoFix),
		one("query/dead-clause", "a part of the query is never true, or always, where it matters", rule.Warning, check.Automatic),
		one("query/unreachable-value", "a member of a list matches nothing that others do not match", rule.Warning, check.NoFix),
		one("query/absorbed", "a part of the query says what another one says already", rule.Warning, check.Automatic),
		one("query/exclusion-never-applies", "an exclusion excludes nothing", rule.Warning, check.Automatic),
		one("query/and-or-mixed", "and without brackets limits only one of several alternatives", rule.Warning, check.NoFix),
	}
}

// older are the checks that look at the text of a query for some of the same: where they found something, it is said.
var older = []string{"query/contradiction", "query/const-condition", "query/duplicate-value", "query/redundant-list"}

// find compiles the query and reviews it. One that does not compile has findings of other checks.
func find(p *check.Pass) {
	f := p.File
	if f.Query == nil || f.Rule.Type == "machine_learning" || facts.QueryLanguage(f) == "esql" {
		return
	}
	compiler, err := p.Shared.Compiler()
	if err != nil {
		return
	}
	options := compile.Options{Now: p.Now()}
	if p.Query != nil {
		options.Query = compile.EQL(p.Query)
	}
	program, err := compiler.Compile(f, options)
	if err != nil {
		return
	}
	study := prove.NewStudy(program)
	issues := study.Review(p.Run.Infos("query/unreachable-value") || p.Run.Infos("query/absorbed"))
	keepOutline(p, study)
	said := saidBefore(p)
	for _, i := range append(issues, prove.Mixed(f.Query.Value, program.Program)...) {
		d := facts.IssueDiagnosticAt(f, f.Query, i)
		if slices.ContainsFunc(said, func(s rule.Span) bool { return covers(s, d.Span) }) || i.Code == "query/never-matches" && i.Level != source.Error && len(said) > 0 {
			continue
		}
		p.Run.Stage(d)
	}
}

func saidBefore(p *check.Pass) (out []rule.Span) {
	for _, code := range older {
		for _, d := range p.Run.Staged(code) {
			out = append(out, d.Span)
		}
	}
	return out
}

// covers reports whether two findings are about the same text.
func covers(a, b rule.Span) bool { return a.Start <= b.End && b.Start <= a.End }
