package files

import (
	"fmt"
	"strings"

	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
)

// Checks over the whole repository.

// RepoChecks lists the checks of this file.
func RepoChecks() []*check.Check {
	return []*check.Check{
		{Code: "repo/duplicate-id", Title: "two rules have the same rule_id",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Deprecated: true, RunSet: checkDuplicateID, Reads: facts.Reads("rule.rule_id")},
		{Code: "repo/duplicate-rule-name", Title: "two rules have the same name",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Deprecated: true, RunSet: checkDuplicateName, Reads: facts.Reads()},
		{Code: "repo/missing-id", Title: "rule_id is empty",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Deprecated: true,
			Needs: []string{"rule.rule_id"}, Run: checkMissingID},
		{Code: "repo/missing-name", Title: "name is empty",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Deprecated: true,
			Needs: []string{"rule.name"}, Run: checkMissingName},
		{Code: "repo/protected-rule", Title: "a protected rule was renamed",
			Severity: rule.Error, Scope: check.House, Part: check.PartRule, Fix: check.Suggested, Run: checkProtected},
	}
}

func checkDuplicateID(p *check.SetPass) {
	facts.Duplicates(p, func(f *rule.File) (string, rule.Span) {
		if f.Rule.ID == "" {
			return "", rule.Span{}
		}
		return facts.Stage(f) + " " + strings.ToLower(f.Rule.ID), facts.KeySpan(f, "rule", "rule_id")
	}, func(_ string, other *rule.File) string {
		return fmt.Sprintf("rule_id %s is taken by %s", rule.Quote(other.Rule.ID), facts.Where(other))
	})
}

func checkDuplicateName(p *check.SetPass) {
	facts.Duplicates(p, func(f *rule.File) (string, rule.Span) {
		if f.Rule.Name == "" {
			return "", rule.Span{}
		}
		return facts.Stage(f) + " " + f.Rule.Name, facts.KeySpan(f, "rule", "name")
	}, func(_ string, other *rule.File) string {
		return fmt.Sprintf("name %s is taken by %s", rule.Quote(other.Rule.Name), facts.Where(other))
	})
}

func checkMissingID(p *check.Pass)   { reportEmpty(p, "rule_id") }
func checkMissingName(p *check.Pass) { reportEmpty(p, "name") }

// reportEmpty reports a key that is there and blank. An absent key of an active rule is schema/missing-key.
func reportEmpty(p *check.Pass, key string) {
	n := p.File.Lookup("rule", key)
	switch {
	case n != nil && n.Kind == rule.StringNode && strings.TrimSpace(n.Str) == "":
		p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("%s is empty", rule.Quote(key))})
	case n == nil && facts.Stage(p.File) == "deprecated":
		p.Report(rule.Diagnostic{Span: facts.Top(p.File), Message: fmt.Sprintf("the rule has no %s", rule.Quote(key))})
	}
}

func checkProtected(p *check.Pass) {
	want, ok := p.Config.InForce().Protected[p.File.Rule.ID]
	if n := p.File.Lookup("rule", "name"); ok && n != nil && p.File.Rule.Name != want {
		p.Report(rule.Diagnostic{Span: n.Span,
			Message: fmt.Sprintf("name of the protected rule is %s, expected %s", rule.Quote(p.File.Rule.Name), rule.Quote(want)),
			Fixes:   check.Repair("restore the name", false, tomlspan.SetString(n, want))})
	}
}
