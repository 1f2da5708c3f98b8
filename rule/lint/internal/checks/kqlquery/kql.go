// Package kqlquery has the checks of KQL queries.
package kqlquery

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/internal/kql"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
	"github.com/rulevet/rulevet/rule/lint/internal/fieldcheck"
	"github.com/rulevet/rulevet/rule/lint/internal/tomledit"
	"github.com/rulevet/rulevet/schema"
)

// Checks of spec/checks.md section 11.4 on the syntax tree of a KQL query. What the stages of EQL report for EQL, these
// report under the same codes.

const kqlPartly = "checked in part: syntax, fields and literals of KQL"

// Checks lists the checks of this file.
func Checks() []*check.Check {
	return []*check.Check{
		{Code: "query/kql-keyword-case", Title: "KQL keyword in upper case",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery, Fix: check.Automatic,
			Needs: []string{"rule.query"}, Run: checkKQLCase},
		{Code: "query/kql-quoted-wildcard", Title: "wildcard inside quotes is literal in KQL",
			Severity: rule.Info, Scope: check.General, Part: check.PartQuery, Fix: check.Suggested,
			Needs: []string{"rule.query"}, Run: checkKQLWildcard},
		{Code: "query/kql-keyword-space", Title: "no blank beside and, or, not",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery, Fix: check.Automatic,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/kql-escape", Title: "tab or line break where a path has a backslash",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery, Fix: check.Suggested,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/kql-wildcard-type", Title: "wildcard on a field that holds no text",
			Severity: rule.Error, Scope: check.General, Part: check.PartFields,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/not-nested", Title: "field:{…} on a field that is not nested",
			Severity: rule.Error, Scope: check.General, Part: check.PartFields,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "threat-match/query", Title: "threat query is not KQL or asks for fields that its indexes lack",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery, Run: checkThreatQuery},
	}
}

// Stage parses a KQL query and looks its fields up. No check relies on a tree of EQL.
func Stage(p *check.Pass) bool {
	p.Run.Skip(check.PartQuery, kqlPartly)
	text := p.File.Query
	tree, problems := kql.Parse(text.Value)
	for _, problem := range problems {
		p.Run.Stage(kqlProblem(text, problem))
	}
	if tree == nil {
		p.Run.Skip(check.PartFields, "the query has syntax errors")
		return false
	}
	p.KQL = tree
	if p.Run.Doubts("rule.index", "metadata.integration") {
		p.Run.Skip(check.PartFields, "`index` or `integration` are wrong")
		return false
	}
	views, err := fieldcheck.StackViews(p, nil)
	if err != nil {
		p.Run.Skip(check.PartFields, err.Error())
		return false
	}
	u := &kqlUses{Uses: fieldcheck.Uses{Pass: p, Kql: true, Seen: map[fieldcheck.FieldUse]bool{}}, views: views, text: text}
	u.node(tree, "")
	for _, d := range u.found(p.File) {
		p.Run.Stage(d)
	}
	if len(u.Gaps) > 0 {
		p.Run.Skip(check.PartFields, fieldcheck.FewReasons(u.Gaps))
	}
	return false
}

// found lists the findings, as those of the file.
func (u *kqlUses) found(f *rule.File) []rule.Diagnostic {
	var out []rule.Diagnostic
	for _, i := range u.Issues {
		out = append(out, facts.IssueDiagnosticAt(f, u.text, i))
	}
	return append(out, u.diags...)
}

// kqlProblem turns a problem of the parser into a finding.
func kqlProblem(text *rule.Text, p kql.Problem) rule.Diagnostic {
	d := rule.Diagnostic{Code: "query/syntax", Severity: rule.Error, Span: text.FileSpan(p.Span.Start, p.Span.End), Message: p.Message, Hint: p.Hint}
	switch p.Kind {
	case kql.KeywordSpace:
		d.Code = "query/kql-keyword-space"
		if edits, err := text.Edits(rule.ValueEdit{Start: p.At, End: p.At, New: p.Insert}); err == nil {
			d.Fixes = tomledit.Fix("put a blank", true, edits)
		}
	case kql.Strict:
		d.Severity = rule.Warning
	case kql.Escape:
		d.Code, d.Severity = "query/kql-escape", rule.Warning
		if edits, err := text.Edits(rule.ValueEdit{Start: p.At, End: p.At, New: p.Insert}); err == nil {
			d.Fixes = tomledit.Fix("write a backslash", false, edits)
		}
	}
	return d
}

// kqlUses is the state of checking the fields of one KQL query.
type kqlUses struct {
	fieldcheck.Uses
	views []*schema.View
	text  *rule.Text
	diags []rule.Diagnostic
}

func (u *kqlUses) report(code string, sev rule.Severity, s kql.Span, hint, format string, args ...any) {
	u.diags = append(u.diags, rule.Diagnostic{Code: code, Severity: sev, Span: u.text.FileSpan(s.Start, s.End),
		Message: fmt.Sprintf(format, args...), Hint: hint})
}

// node checks a part of the query; prefix is what the names are relative to.
func (u *kqlUses) node(n kql.Node, prefix string) {
	switch n := n.(type) {
	case *kql.And:
		for _, i := range n.Items {
			u.node(i, prefix)
		}
	case *kql.Or:
		for _, i := range n.Items {
			u.node(i, prefix)
		}
	case *kql.Not:
		u.node(n.Item, prefix)
	case *kql.Nested:
		u.nested(n, prefix)
	case *kql.Range:
		if r := u.field(n.Field, prefix); r != nil {
			u.literal(n.Field, n.Value, r)
		}
	case *kql.Is:
		u.is(n, prefix)
	}
}

func (u *kqlUses) nested(n *kql.Nested, prefix string) {
	name := prefix + n.Field.Text
	r := u.views[len(u.views)-1].Describe(name)
	if r.Presence == schema.Known && r.Field.Type != "nested" && fieldcheck.Family(r.Field.Type) != "" {
		u.report("query/not-nested", rule.Error, n.Field.At, "write field : value", "field %s has type %s and is not nested", rule.Quote(name), r.Field.Type)
		return
	}
	u.node(n.Item, name+".")
}

func (u *kqlUses) is(n *kql.Is, prefix string) {
	r := u.field(n.Field, prefix)
	kql.Walk(n.Value, func(v kql.Node) {
		switch v := v.(type) {
		case *kql.Value:
			if r != nil {
				u.literal(n.Field, v.Literal, r)
			}
		case *kql.Or:
			u.duplicates(v)
		}
	})
}

// field looks a field up and reports what is wrong with its name; nil unless it is known.
func (u *kqlUses) field(l *kql.Literal, prefix string) *schema.Result {
	name := prefix + l.Text
	if l.Wild || l.Quoted && strings.ContainsAny(name, " ") {
		return nil
	}
	u.Use(&eql.Field{Name: name, Range: eql.Span(l.At)}, u.views)
	r := u.views[len(u.views)-1].Describe(name)
	if r.Presence != schema.Known || len(r.Types) != 1 || r.Doubtful {
		return nil
	}
	return r
}

// literal reports a value that the field's type cannot hold (spec/checks.md section 11.3).
func (u *kqlUses) literal(field, v *kql.Literal, r *schema.Result) {
	if v.Any() {
		return
	}
	t := fieldcheck.Family(r.Field.Type)
	if v.Wild {
		if t == "number" || t == "date" || t == "ip" || t == "boolean" {
			u.report("query/kql-wildcard-type", rule.Error, v.At, "", "field %s has type %s, which has no wildcards", rule.Quote(field.Text), r.Field.Type)
		}
		return
	}
	ok, want := true, ""
	switch t {
	case "number":
		_, err := strconv.ParseFloat(strings.TrimSpace(v.Text), 64)
		ok, want = err == nil, "a number"
	case "boolean":
		ok, want = v.Text == "true" || v.Text == "false", "true or false"
	case "ip":
		ok, want = fieldcheck.IsAddress(v.Text), "an IP address or network"
	}
	if !ok {
		u.report("query/type-mismatch", rule.Error, v.At, "", "field %s has type %s: expected %s, found %s", rule.Quote(field.Text), r.Field.Type, want, rule.Quote(v.Text))
	}
}

// duplicates reports values that a list joined by or holds twice.
func (u *kqlUses) duplicates(list *kql.Or) {
	first := map[string]*kql.Literal{}
	for i, item := range list.Items {
		v, ok := item.(*kql.Value)
		if !ok {
			continue
		}
		key := fmt.Sprint(v.Literal.Wild, v.Literal.Text)
		if first[key] == nil {
			first[key] = v.Literal
			continue
		}
		d := rule.Diagnostic{Code: "query/duplicate-value", Span: u.text.FileSpan(v.Literal.At.Start, v.Literal.At.End),
			Message: fmt.Sprintf("value %s is listed twice", rule.Quote(u.text.Value[v.Literal.At.Start:v.Literal.At.End])),
			Related: []rule.Related{{Span: u.text.FileSpan(first[key].At.Start, first[key].At.End), Message: "first here"}}}
		// The value goes with the or before it: a duplicate is never the first of its list.
		if edits, err := u.text.Edits(rule.ValueEdit{Start: list.Items[i-1].Span().End, End: v.Literal.At.End}); err == nil && !bracketBetween(u.text.Value, list.Items[i-1], v) {
			d.Fixes = tomledit.Fix("remove the second one", true, edits)
		}
		u.diags = append(u.diags, d)
	}
}

// bracketBetween reports whether a bracket stands between two items, which a cut would leave open.
func bracketBetween(src string, a, b kql.Node) bool {
	return strings.ContainsAny(src[a.Span().End:b.Span().Start], "()")
}

// checkThreatQuery parses the query for indicators of a threat match rule and looks its fields up in threat_index.
func checkThreatQuery(p *check.Pass) {
	n := p.File.Lookup("rule", "threat_query")
	if n == nil || n.Kind != rule.StringNode || strings.TrimSpace(n.Str) == "" {
		return
	}
	lang := p.File.Lookup("rule", "threat_language")
	if lang != nil && lang.Str != "kuery" {
		return
	}
	tree, problems := kql.Parse(n.Str)
	text := n.Text()
	for _, problem := range problems {
		d := kqlProblem(text, problem)
		p.Report(d)
	}
	index := p.File.Lookup("rule", "threat_index")
	if tree == nil || index == nil || p.Run.Doubts("rule.threat_index") {
		return
	}
	views, err := p.Shared.Views(schema.Request{Indexes: index.Strings()})
	if err != nil {
		return
	}
	u := &kqlUses{Uses: fieldcheck.Uses{Pass: p, Kql: true, Seen: map[fieldcheck.FieldUse]bool{}}, views: views[len(views)-1:], text: text}
	u.node(tree, "")
	for _, d := range u.found(p.File) {
		p.Report(d)
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

// KqlDatasets lists the data sets that a query names, negated ones too (spec/checks.md section 11.2).
func KqlDatasets(tree kql.Node) []string {
	var out []string
	kql.Walk(tree, func(n kql.Node) {
		is, ok := n.(*kql.Is)
		if !ok || is.Field.Text != "event.dataset" && is.Field.Text != "data_stream.dataset" {
			return
		}
		kql.Walk(is.Value, func(v kql.Node) {
			if v, ok := v.(*kql.Value); ok && !v.Literal.Wild && !slices.Contains(out, v.Literal.Text) {
				out = append(out, v.Literal.Text)
			}
		})
	})
	return out
}
