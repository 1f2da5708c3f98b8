package metadata

import (
	"fmt"
	"strings"

	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
)

// Checks of the schema of rules. Most are made by File.ValidateSchema; those that depend on the stacks stand here.

// SchemaChecks lists the checks of this file.
func SchemaChecks() []*check.Check {
	return []*check.Check{
		{Code: "schema/table-missing", Title: "a table is missing, or its header",
			Severity: rule.Error, Scope: check.General, Part: check.PartSchema, Fix: check.Suggested, Run: check.Found},
		{Code: "schema/unknown-table", Title: "table is not part of a rule file",
			Severity: rule.Error, Scope: check.General, Part: check.PartSchema, Fix: check.Suggested, Run: check.Found},
		{Code: "schema/unknown-key", Title: "key is not part of a rule file",
			Severity: rule.Error, Scope: check.General, Part: check.PartSchema, Fix: check.Suggested, Run: check.Found},
		{Code: "schema/missing-key", Title: "a required key is missing",
			Severity: rule.Error, Scope: check.General, Part: check.PartSchema, Run: check.Found},
		{Code: "schema/wrong-type", Title: "value is of the wrong TOML type",
			Severity: rule.Error, Scope: check.General, Part: check.PartSchema, Fix: check.Suggested, Run: check.Found},
		{Code: "schema/bad-value", Title: "value is not one of the allowed ones",
			Severity: rule.Error, Scope: check.General, Part: check.PartSchema, Fix: check.Suggested, Run: check.Found},
		{Code: "schema/range", Title: "number is out of range",
			Severity: rule.Error, Scope: check.General, Part: check.PartSchema, Run: check.Found},
		{Code: "schema/list-length", Title: "list has too few or too many entries",
			Severity: rule.Error, Scope: check.General, Part: check.PartSchema, Run: check.Found},
		{Code: "schema/empty-string", Title: "text is empty",
			Severity: rule.Error, Scope: check.General, Part: check.PartSchema, Run: check.Found},
		{Code: "schema/rule-type", Title: "rule type is unknown",
			Severity: rule.Error, Scope: check.General, Part: check.PartSchema, Fix: check.Suggested, Run: check.Found},
		{Code: "schema/key-for-other-type", Title: "key belongs to another rule type",
			Severity: rule.Error, Scope: check.General, Part: check.PartSchema, Run: check.Found},
		{Code: "schema/rule-schema", Title: "rule breaks the repository's own JSON Schema",
			Severity: rule.Error, Scope: check.General, Part: check.PartSchema, Run: check.Found},
		{Code: "schema/key-needs-stack", Title: "key is newer than the newest stack",
			Severity: rule.Error, Scope: check.General, Part: check.PartSchema, Run: checkKeyStack},
		{Code: "schema/key-needs-min-stack", Title: "key is newer than a stack that the rule runs on",
			Severity: rule.Error, Scope: check.General, Part: check.PartSchema, Fix: check.Suggested,
			Needs: []string{"metadata.min_stack_version", "rule.type"}, Run: checkKeyMinStack},
		{Code: "schema/version-set", Title: "version or revision stands in the rule",
			Severity: rule.Error, Scope: check.General, Part: check.PartSchema, Fix: check.Automatic, Run: checkVersionSet},
		{Code: "schema/kibana-key", Title: "key of Kibana that the tool of detection-rules does not read",
			Severity: rule.Error, Scope: check.House, Part: check.PartSchema, Run: checkKibanaKeys},
	}
}

// kibanaKeys are keys of [rule] that Kibana has for rules and detection-rules refuses.
var kibanaKeys = []string{"timestamp_override_fallback_disabled", "output_index", "namespace", "saved_id", "outcome", "alias_target_id", "alias_purpose"}

func checkKibanaKeys(p *check.Pass) {
	for _, key := range kibanaKeys {
		if n := p.File.Lookup("rule", key); n != nil {
			p.Report(rule.Diagnostic{Span: n.KeySpan, Message: fmt.Sprintf("key %s is one of Kibana, which the tool of detection-rules refuses", rule.Quote(key))})
		}
	}
}

// stackKey is a key of [rule] that came with a stack.
type stackKey struct {
	types string // rule types, empty = all
	path  []any
	stack check.Version
}

func stackKeys() []stackKey {
	key := func(types string, v check.Version, path ...any) stackKey { return stackKey{types, path, v} }
	return []stackKey{
		key("", check.Version{8, 3, 0}, "setup"),
		key("", check.Version{8, 3, 0}, "related_integrations"),
		key("", check.Version{8, 3, 0}, "required_fields"),
		key("", check.Version{8, 8, 0}, "revision"),
		key("", check.Version{8, 11, 0}, "investigation_fields"),
		key("query", check.Version{8, 8, 0}, "alert_suppression"),
		key("threshold", check.Version{8, 12, 0}, "alert_suppression"),
		key("threat_match", check.Version{8, 13, 0}, "alert_suppression"),
		key("eql new_terms", check.Version{8, 14, 0}, "alert_suppression"),
		key("esql machine_learning", check.Version{8, 15, 0}, "alert_suppression"),
		key("eql", check.Version{8, 0, 0}, "event_category_override"),
		key("eql", check.Version{8, 0, 0}, "timestamp_field"),
		key("eql", check.Version{8, 0, 0}, "tiebreaker_field"),
	}
}

// eachStackKey calls f for the keys of the rule that came with a stack.
func eachStackKey(p *check.Pass, f func(n *rule.Node, since check.Version)) {
	t := p.File.Lookup("rule")
	for _, k := range stackKeys() {
		if k.types != "" && !hasWord(k.types, p.File.Rule.Type) {
			continue
		}
		n := t
		for _, part := range k.path {
			n = n.Get(part.(string))
		}
		if n != nil {
			f(n, k.stack)
		}
	}
	facts.EachGroup(p, func(_ []rule.ThreatMatchEntry, list *rule.Node) {
		for _, e := range list.Children {
			if n := e.Get("negate"); n != nil {
				f(n, check.Version{9, 2, 0})
			}
		}
	})
}

func hasWord(list, word string) bool {
	return word != "" && strings.Contains(" "+list+" ", " "+word+" ")
}

func checkKeyStack(p *check.Pass) {
	stacks := p.Config.StackVersions()
	newest := stacks[len(stacks)-1]
	eachStackKey(p, func(n *rule.Node, since check.Version) {
		if newest.Compare(since) < 0 {
			p.Report(rule.Diagnostic{Span: n.KeySpan, Message: fmt.Sprintf("key %s exists from stack %s on, the newest stack is %s", rule.Quote(n.Key), since, newest)})
		}
	})
}

func checkKeyMinStack(p *check.Pass) {
	stacks := p.Config.StackVersions()
	low := stacks[0]
	v, set, ok := facts.MinStack(p.File)
	if ok {
		low = v
	}
	eachStackKey(p, func(n *rule.Node, since check.Version) {
		if low.Compare(since) >= 0 || stacks[len(stacks)-1].Compare(since) < 0 {
			return
		}
		d := rule.Diagnostic{Span: n.KeySpan, Message: fmt.Sprintf("key %s exists from stack %s on, but the rule also runs on %s", rule.Quote(n.Key), since, low),
			Hint: "set `min_stack_version`"}
		for _, s := range stacks {
			if s.Compare(since) >= 0 {
				d.Fixes = check.Repair("set min_stack_version to "+s.String(), false, tomlspan.SetKey(p.File, "metadata", "min_stack_version", rule.QuoteTOML(s.String())))
				break
			}
		}
		if ok {
			d.Related = []rule.Related{{Span: set.Span, Message: "minimum stack is set here"}}
		}
		p.Report(d)
	})
}

func checkVersionSet(p *check.Pass) {
	if p.Config.NoVersionLock {
		return
	}
	for _, key := range []string{"version", "revision"} {
		if n := p.File.Lookup("rule", key); n != nil {
			p.Report(rule.Diagnostic{Span: n.Entry, Message: fmt.Sprintf("%s is set in the rule, but versions are kept in the version lock", rule.Quote(key)),
				Hint:  "remove it, or set `version_lock = false` in the configuration",
				Fixes: check.Repair("remove "+key, true, tomlspan.DeleteEntry(p.File, n))})
		}
	}
}
