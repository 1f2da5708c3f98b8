// Package anyquery has the checks of a query in whatever language.
package anyquery

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/kql"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/kqlquery"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
)

// Checks of a query in whatever language.

// Checks lists the checks of this file.
func Checks() []*check.Check {
	return []*check.Check{
		{Code: "query/host-os-type", Title: "rule for one operating system does not ask for host.os.type",
			Severity: rule.Warning, Scope: check.House, Part: check.PartQuery, Fix: check.Suggested,
			Needs: []string{"rule.query"}, Run: checkHostOS},
		{Code: "query/empty", Title: "the query is blank",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: checkEmptyQuery},
		{Code: "query/other-language", Title: "the query is EQL in a rule of another language",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: check.Found},
	}
}

func checkEmptyQuery(p *check.Pass) {
	f := p.File
	if f.Query == nil || strings.TrimSpace(f.Query.Value) != "" || facts.QueryLanguage(f) == "kuery" && f.Rule.Filters > 0 {
		return
	}
	p.Report(rule.Diagnostic{Span: f.Query.Span, Message: "the query is blank"})
}

// checkHostOS wants host.os.type in rules that lie in the folder of an operating system.
func checkHostOS(p *check.Pass) {
	folder := facts.Parent(p.Path)
	lang := facts.QueryLanguage(p.File)
	if !slices.Contains([]string{"windows", "macos", "linux"}, folder) || p.File.Query == nil || lang != "eql" && lang != "kuery" ||
		strings.TrimSpace(p.File.Query.Value) == "" || misspellsOS(p) {
		return
	}
	if usesField(p, "host.os.type") {
		return
	}
	d := rule.Diagnostic{Span: p.File.Query.FileSpan(0, firstWord(p.File.Query.Value)),
		Message: fmt.Sprintf("the rule lies in %s, but its query does not use `host.os.type`", rule.Quote(path.Dir(p.Path))),
		Hint:    fmt.Sprintf("add `host.os.type == %q`", folder)}
	if lang == "kuery" {
		d.Hint = fmt.Sprintf("add `host.os.type : %s`", folder)
	}
	if edits := askForOS(p, folder); edits != nil {
		if out, err := p.File.Query.Edits(edits...); err == nil {
			d.Fixes = check.Repair("ask for "+folder, false, out)
		}
	}
	p.Report(d)
}

// askForOS puts the condition in front of those of every clause.
func askForOS(p *check.Pass, folder string) []rule.ValueEdit {
	insert := func(at int, text string) rule.ValueEdit { return rule.ValueEdit{Start: at, End: at, New: text} }
	var edits []rule.ValueEdit
	switch {
	case p.Query != nil:
		for _, f := range eql.Filters(p.Query) {
			s := f.Cond.Span()
			text := fmt.Sprintf("host.os.type == %q and ", folder)
			if b, ok := f.Cond.(*eql.Binary); ok && b.Op == eql.Or {
				edits = append(edits, insert(s.Start, text+"("), insert(s.End, ")"))
				continue
			}
			edits = append(edits, insert(s.Start, text))
		}
	case p.KQL != nil:
		s := p.KQL.Span()
		start, end := bracketed(p, s.Start, s.End)
		text := "host.os.type : " + folder + " and "
		if _, or := p.KQL.(*kql.Or); or && start == s.Start {
			return []rule.ValueEdit{insert(start, text+"("), insert(end, ")")}
		}
		edits = append(edits, insert(start, text))
	}
	return edits
}

// bracketed widens a part of the query to the whole text, if nothing but brackets and blanks stands around it.
func bracketed(p *check.Pass, start, end int) (int, int) {
	q := p.File.Query.Value
	for start > 0 && strings.IndexByte("( \t\r\n", q[start-1]) >= 0 {
		start--
	}
	text := strings.TrimLeft(q[start:], " \t\r\n")
	return len(q) - len(text), end
}

// misspellsOS reports whether a field that query/unknown-field reports stands for host.os.type.
func misspellsOS(p *check.Pass) bool {
	return p.Fields != nil && slices.ContainsFunc(p.Fields.Issues, func(i eql.Issue) bool {
		name := p.Query.Source[i.Span.Start:i.Span.End]
		return i.Code == "query/unknown-field" && (strings.Contains(i.Hint, "`host.os.type`") || strings.HasPrefix(name, "host.os") || strings.HasSuffix(name, "os.type"))
	})
}

// usesField reports whether the query names a field, by the tree if there is one.
func usesField(p *check.Pass, name string) bool {
	found := false
	if p.Query != nil {
		facts.Inspect(p.Query, func(n *eql.Field) { found = found || n.Name == name })
		return found
	}
	return p.KQL == nil || kqlquery.UsesKQL(p.KQL, name)
}

// firstWord is the length of the query's first word with what blanks stand before it.
func firstWord(query string) int {
	start := len(query) - len(strings.TrimLeft(query, " \t\r\n"))
	n := strings.IndexAny(query[start:], " \t\r\n")
	if n < 0 {
		return len(query)
	}
	return start + n
}
