// Package indexes has the checks of index patterns and integrations.
package indexes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/near"
	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
	"github.com/rulevet/rulevet/schema"
)

// Checks of index patterns; integration.go has those on integrations.

// IndexChecks lists the checks of this file.
func IndexChecks() []*check.Check {
	return []*check.Check{
		{Code: "index/duplicate", Title: "an index pattern is listed twice",
			Severity: rule.Warning, Scope: check.General, Part: check.PartIndex, Fix: check.Automatic, Run: checkIndexDuplicate},
		{Code: "index/covered", Title: "another pattern of the list covers this one",
			Severity: rule.Info, Scope: check.General, Part: check.PartIndex, Fix: check.Automatic, Run: checkIndexCovered},
		{Code: "index/broad", Title: "index pattern matches far more than the query asks for",
			Severity: rule.Info, Scope: check.General, Part: check.PartIndex, Run: checkIndexBroad},
		{Code: "index/unknown", Title: "index pattern matches nothing known",
			Severity: rule.Error, Scope: check.General, Part: check.PartIndex, Fix: check.Suggested, Run: checkIndexUnknown},
	}
}

// removeIndex is a fix that takes a pattern out of rule.index.
func removeIndex(p *check.Pass, n *rule.Node, places map[*rule.Node]int) []rule.Fix {
	return check.Repair("remove it", true, tomlspan.RemoveElement(p.File, p.File.Lookup("rule", "index"), places[n]))
}

// indexPlaces maps the patterns of rule.index to their places in the list.
func indexPlaces(p *check.Pass) map[*rule.Node]int {
	places := map[*rule.Node]int{}
	if list := p.File.Lookup("rule", "index"); list != nil {
		for i, n := range list.Children {
			places[n] = i
		}
	}
	return places
}

func checkIndexDuplicate(p *check.Pass) {
	first := map[string]*rule.Node{}
	var places map[*rule.Node]int
	for _, n := range facts.IndexNodes(p) {
		if f := first[n.Str]; f != nil {
			if places == nil {
				places = indexPlaces(p)
			}
			p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("index pattern %s is listed twice", rule.Quote(n.Str)),
				Related: []rule.Related{{Span: f.Span, Message: "first here"}}, Fixes: removeIndex(p, n, places)})
			continue
		}
		first[n.Str] = n
	}
}

// maxCovering bounds the patterns that each pattern is compared with, those with a wildcard.
const maxCovering = 200

func checkIndexCovered(p *check.Pass) {
	var wide []*rule.Node // the first of equal ones
	seen := map[string]bool{}
	nodes := facts.IndexNodes(p)
	for _, n := range nodes {
		if !seen[n.Str] && strings.Contains(n.Str, "*") {
			wide = append(wide, n)
		}
		seen[n.Str] = true
	}
	if len(wide) > maxCovering {
		p.Run.Skip(check.PartIndex, fmt.Sprintf("only the first %d of %d patterns are compared with the others", maxCovering, len(wide)))
		wide = wide[:maxCovering]
	}
	var places map[*rule.Node]int
	for _, n := range nodes {
		if strings.HasPrefix(n.Str, "-") {
			continue
		}
		i := slices.IndexFunc(wide, func(o *rule.Node) bool { return o.Str != n.Str && schema.Covers(o.Str, n.Str) })
		if i >= 0 {
			if places == nil {
				places = indexPlaces(p)
			}
			p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("index pattern %s is covered by %s", rule.Quote(n.Str), rule.Quote(wide[i].Str)),
				Related: []rule.Related{{Span: wide[i].Span, Message: "this pattern covers it"}}, Fixes: removeIndex(p, n, places)})
		}
	}
}

func checkIndexBroad(p *check.Pass) {
	for _, n := range facts.IndexNodes(p) {
		switch n.Str {
		case "*":
			p.Report(rule.Diagnostic{Span: n.Span, Message: "index pattern `*` searches every index"})
		case "logs-*":
			if p.Query != nil && strings.Contains(p.Query.Source, ".dataset") {
				p.Report(rule.Diagnostic{Span: n.Span, Message: "index pattern `logs-*` is broader than the data set that the query asks for"})
			}
		}
	}
}

// checkIndexUnknown reports a pattern near a known one: an error where a slip of the keyboard explains it, else a warning. A
// pattern unlike all known ones, or one that an overlay describes, is somebody's own index.
func checkIndexUnknown(p *check.Pass) {
	catalog, err := p.Shared.FieldCatalog()
	if err != nil {
		return
	}
	for _, n := range facts.IndexNodes(p) {
		if !p.Run.MayGuess() {
			return
		}
		if want := facts.KnownPattern(catalog, strings.TrimPrefix(n.Str, "-")); want != "" {
			severity := rule.Error
			if !slip(strings.TrimPrefix(n.Str, "-"), want) {
				severity = rule.Warning
			}
			p.Report(rule.Diagnostic{Span: n.Span, Severity: severity, Message: fmt.Sprintf("unknown index pattern %s", rule.Quote(n.Str)), Hint: fmt.Sprintf("did you mean %s?", rule.Quote(want)),
				Fixes: check.Repair("write "+want, false, tomlspan.SetString(n, strings.TrimSuffix(n.Str, strings.TrimPrefix(n.Str, "-"))+want))})
		}
	}
}

// slip reports whether two patterns differ by one edit within a word that is long enough for that to be no other word, or by two
// within a long one.
func slip(pattern, want string) bool {
	split := func(r rune) bool { return r == '-' || r == '.' || r == '*' || r == '_' || r == ':' }
	a, b := strings.FieldsFunc(strings.ToLower(pattern), split), strings.FieldsFunc(strings.ToLower(want), split)
	if len(a) != len(b) {
		return near.Distance(pattern, want) == 1 // a separator is missing
	}
	for i := range a {
		switch d := near.Distance(a[i], b[i]); {
		case d > 2, d > 0 && i > 0 && len(b[i]) < 5, d > 1 && len(b[i]) < 8:
			return false
		}
	}
	return true
}
