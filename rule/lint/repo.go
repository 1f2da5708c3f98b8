package lint

import (
	"fmt"
	"strings"

	"github.com/rulevet/rulevet/rule"
)

// Checks over the whole repository (spec/checks.md section 2).

func repoChecks() []*Check {
	return []*Check{
		{Code: "repo/duplicate-id", Title: "two rules have the same rule_id",
			Severity: rule.Error, Scope: General, Part: PartRule, Deprecated: true, RunSet: checkDuplicateID},
		{Code: "repo/duplicate-rule-name", Title: "two rules have the same name",
			Severity: rule.Error, Scope: General, Part: PartRule, Deprecated: true, RunSet: checkDuplicateName},
		{Code: "repo/missing-id", Title: "rule_id is empty",
			Severity: rule.Error, Scope: General, Part: PartRule, Deprecated: true,
			Needs: []string{"rule.rule_id"}, Run: checkMissingID},
		{Code: "repo/missing-name", Title: "name is empty",
			Severity: rule.Error, Scope: General, Part: PartRule, Deprecated: true,
			Needs: []string{"rule.name"}, Run: checkMissingName},
		{Code: "repo/protected-rule", Title: "a protected rule was renamed",
			Severity: rule.Error, Scope: House, Part: PartRule, Fix: Suggested, Run: checkProtected},
		{Code: "repo/duplicate-query", Title: "two rules have the same query",
			Severity: rule.Info, Scope: General, Part: PartQuery, RunSet: checkDuplicateQuery},
	}
}

// duplicates reports every file whose key an other file has too. A file with an empty key does not count. The finding
// is at the span that key returns and leads to the first other file.
func duplicates(p *SetPass, key func(*rule.File) (string, rule.Span), message func(string, *rule.File) string) {
	type place struct {
		file *rule.File
		span rule.Span
	}
	byKey := map[string][]place{}
	for _, f := range p.Files {
		if k, span := key(f); k != "" {
			byKey[k] = append(byKey[k], place{f, span})
		}
	}
	for _, f := range p.Files {
		k, span := key(f)
		places := byKey[k]
		if k == "" || len(places) < 2 || !p.Named(f) {
			continue
		}
		other := places[0]
		if other.file == f {
			other = places[1]
		}
		if p.RepoPath(other.file) == p.RepoPath(f) {
			continue // file/loaded-twice
		}
		p.Report(f, rule.Diagnostic{Span: span, Message: message(k, other.file),
			Related: []rule.Related{{Path: other.file.Path, Span: other.span, Message: "the other one"}}})
	}
}

// keySpan is the span of the value at a path, else of the file's top.
func keySpan(f *rule.File, path ...any) rule.Span {
	if n := f.Lookup(path...); n != nil {
		return n.Span
	}
	return top(f)
}

func checkDuplicateID(p *SetPass) {
	duplicates(p, func(f *rule.File) (string, rule.Span) {
		if f.Rule.ID == "" {
			return "", rule.Span{}
		}
		return stage(f) + " " + strings.ToLower(f.Rule.ID), keySpan(f, "rule", "rule_id")
	}, func(_ string, other *rule.File) string {
		return fmt.Sprintf("rule_id %s is taken by %s", quote(other.Rule.ID), other.Path)
	})
}

func checkDuplicateName(p *SetPass) {
	duplicates(p, func(f *rule.File) (string, rule.Span) {
		if f.Rule.Name == "" {
			return "", rule.Span{}
		}
		return stage(f) + " " + f.Rule.Name, keySpan(f, "rule", "name")
	}, func(_ string, other *rule.File) string {
		return fmt.Sprintf("name %s is taken by %s", quote(other.Rule.Name), other.Path)
	})
}

func checkMissingID(p *Pass)   { reportEmpty(p, "rule_id") }
func checkMissingName(p *Pass) { reportEmpty(p, "name") }

// reportEmpty reports a key that is there and blank. An absent key of an active rule is schema/missing-key.
func reportEmpty(p *Pass, key string) {
	n := p.File.Lookup("rule", key)
	switch {
	case n != nil && n.Kind == rule.StringNode && strings.TrimSpace(n.Str) == "":
		p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("%s is empty", quote(key))})
	case n == nil && stage(p.File) == "deprecated":
		p.Report(rule.Diagnostic{Span: top(p.File), Message: fmt.Sprintf("the rule has no %s", quote(key))})
	}
}

func checkProtected(p *Pass) {
	want, ok := p.Config.vocabulary().Protected[p.File.Rule.ID]
	if n := p.File.Lookup("rule", "name"); ok && n != nil && p.File.Rule.Name != want {
		p.Report(rule.Diagnostic{Span: n.Span,
			Message: fmt.Sprintf("name of the protected rule is %s, expected %s", quote(p.File.Rule.Name), quote(want)),
			Fixes:   fix("restore the name", false, setString(n, want))})
	}
}

func checkDuplicateQuery(p *SetPass) {
	duplicates(p, func(f *rule.File) (string, rule.Span) {
		if f.Query == nil || stage(f) == "deprecated" || strings.TrimSpace(f.Query.Value) == "" {
			return "", rule.Span{}
		}
		filters := ""
		if n := f.Lookup("rule", "filters"); n != nil {
			filters = nodeText(n)
		}
		return f.Rule.Type + "\x00" + foldSpace(f.Query.Value) + "\x00" + filters, f.Query.Span
	}, func(_ string, other *rule.File) string {
		return fmt.Sprintf("the query is the same as that of %s in %s", quote(other.Rule.Name), other.Path)
	})
}

func foldSpace(s string) string { return strings.Join(strings.Fields(s), " ") }

// nodeText writes a value in one way whatever its layout in the file.
func nodeText(n *rule.Node) string {
	switch n.Kind {
	case rule.TableNode, rule.ArrayNode:
		var b strings.Builder
		b.WriteByte('[')
		for _, c := range n.Children {
			b.WriteString(rule.QuoteTOML(c.Key) + "=" + nodeText(c) + ",")
		}
		b.WriteByte(']')
		return b.String()
	case rule.StringNode, rule.DateNode:
		return rule.QuoteTOML(n.Str)
	}
	return fmt.Sprint(n.Int, n.Float, n.Bool)
}
