// Package kqlquery has the checks of KQL queries.
package kqlquery

import (
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/kql"
	"github.com/rulevet/rulevet/kql/eval"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
	"github.com/rulevet/rulevet/rule/lint/internal/fieldcheck"
	"github.com/rulevet/rulevet/schema"
)

// Checks lists the checks of this file.
func Checks() []*check.Check {
	return []*check.Check{
		{Code: "query/kql-keyword-case", Title: "KQL keyword in upper case",
			Severity: rule.Info, Scope: check.General, Part: check.PartQuery, Fix: check.Automatic,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/kql-quoted-wildcard", Title: "wildcard inside quotes is literal in KQL",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery, Fix: check.Suggested,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/kql-keyword-space", Title: "no blank beside and, or, not",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery, Fix: check.Automatic,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/kql-escape", Title: "tab or line break where a path has a backslash",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery, Fix: check.Suggested,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/kql-unquoted-words", Title: "several words without quotes are one value",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/kql-flavor", Title: "Elasticsearch takes the query otherwise than Kibana",
			Severity: rule.Info, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/kql-null", Title: "null without quotes is no value to look for",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/kql-wildcard-type", Title: "wildcard on a field that holds no text",
			Severity: rule.Error, Scope: check.General, Part: check.PartFields,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/kql-question-mark", Title: "? is no wildcard in KQL",
			Severity: rule.Info, Scope: check.General, Part: check.PartFields,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/kql-mixed-types", Title: "a pattern of names stands for fields of unlike types",
			Severity: rule.Info, Scope: check.General, Part: check.PartFields,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/kql-range", Title: "a range compares texts",
			Severity: rule.Warning, Scope: check.General, Part: check.PartFields,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/kql-object", Title: "a value for an object",
			Severity: rule.Warning, Scope: check.General, Part: check.PartFields,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/nested-field", Title: "nested field without braces",
			Severity: rule.Error, Scope: check.General, Part: check.PartFields,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/not-nested", Title: "field:{…} on a field that is not nested",
			Severity: rule.Error, Scope: check.General, Part: check.PartFields,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/boost", Title: "a boost in a query of a rule",
			Severity: rule.Info, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "threat-match/query", Title: "threat query cannot be read or asks for fields that its indexes lack",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery, Run: checkThreatQuery},
	}
}

// Stage parses a KQL query and checks it against the fields of the rule's indexes. No check relies on a tree of EQL.
func Stage(p *check.Pass) bool {
	text := p.File.Query
	q, issues := kql.Parse(text.Value, kql.Kuery)
	for _, i := range issues {
		p.Run.Stage(facts.IssueDiagnosticAt(p.File, text, i))
	}
	if kql.HasErrors(issues) {
		p.Run.Skip(check.PartFields, "the query has syntax errors")
		return false
	}
	p.KQL = q.Root
	if p.Run.Doubts("rule.index", "metadata.integration") {
		p.Run.Skip(check.PartFields, "`index` or `integration` are wrong")
		staged(p, text, kql.Check(q, nil))
		return false
	}
	views, err := fieldcheck.StackViews(p, nil)
	if err != nil {
		p.Run.Skip(check.PartFields, err.Error())
		staged(p, text, kql.Check(q, nil))
		return false
	}
	found, gaps := inFields(p, q, views)
	staged(p, text, append(found, fieldcheck.CaseLiterals(p)...))
	if len(gaps) > 0 {
		p.Run.Skip(check.PartFields, fieldcheck.FewReasons(gaps))
	}
	return false
}

func staged(p *check.Pass, text *rule.Text, issues []kql.Issue) {
	for _, i := range issues {
		p.Run.Stage(facts.IssueDiagnosticAt(p.File, text, i))
	}
}

// inFields checks a query against the fields of all stacks: names against those of each, types against the newest.
func inFields(p *check.Pass, q *kql.Query, views []*schema.View) (issues []kql.Issue, gaps []string) {
	u := fieldcheck.Uses{Pass: p, Kql: true, Seen: map[fieldcheck.FieldUse]bool{}}
	for _, f := range kql.Fields(q) {
		if !f.Pattern && !f.Object && !strings.Contains(f.Name, " ") {
			u.Use(&eql.Field{Name: f.Name, Range: f.Span}, views)
		}
	}
	issues = u.Issues
	for _, i := range kql.Check(q, views[len(views)-1]) {
		if !i.Missing {
			issues = append(issues, i)
		}
	}
	return issues, u.Gaps
}

// checkThreatQuery parses the query for indicators of a threat match rule and looks its fields up in threat_index.
func checkThreatQuery(p *check.Pass) {
	n := p.File.Lookup("rule", "threat_query")
	if n == nil || n.Kind != rule.StringNode || strings.TrimSpace(n.Str) == "" {
		return
	}
	var issues []kql.Issue
	var fields func([]*schema.View) ([]kql.Issue, []string)
	switch lang := p.File.Lookup("rule", "threat_language"); {
	case lang == nil || lang.Str == "kuery":
		q, found := kql.Parse(n.Str, kql.Kuery)
		issues = found
		fields = func(views []*schema.View) ([]kql.Issue, []string) { return inFields(p, q, views) }
	case lang.Str == "lucene":
		q, found := eval.ParseLucene(n.Str)
		issues = found
		fields = func(views []*schema.View) ([]kql.Issue, []string) { return luceneFields(p, q, views) }
	default: // another check says so
		return
	}
	text := n.Text()
	index := p.File.Lookup("rule", "threat_index")
	if !kql.HasErrors(issues) && index != nil && !p.Run.Doubts("rule.threat_index") {
		if views, err := p.Shared.Views(schema.Request{Indexes: index.Strings()}); err == nil {
			found, _ := fields(views[len(views)-1:])
			issues = append(issues, found...)
		}
	}
	for _, i := range issues {
		p.Report(facts.IssueDiagnosticAt(p.File, text, i))
	}
}

// UsesKQL reports whether the KQL query names a field.
func UsesKQL(tree kql.Node, name string) bool {
	found := false
	kql.Walk(tree, func(n kql.Node) {
		switch n := n.(type) {
		case *kql.Is:
			found = found || n.Field.Text == name
		case *kql.Range:
			found = found || n.Field.Text == name
		}
	})
	return found
}

// KqlDatasets lists the data sets that a query names, negated ones too.
func KqlDatasets(tree kql.Node) []string {
	var out []string
	kql.Walk(tree, func(n kql.Node) {
		is, ok := n.(*kql.Is)
		if !ok || is.Field.Text != "event.dataset" && is.Field.Text != "data_stream.dataset" {
			return
		}
		kql.Walk(is.Value, func(v kql.Node) {
			if v, ok := v.(*kql.Value); ok && v.Literal.Kind != kql.Pattern && !slices.Contains(out, v.Literal.Text) {
				out = append(out, v.Literal.Text)
			}
		})
	})
	return out
}
