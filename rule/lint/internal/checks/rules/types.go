package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
	"github.com/rulevet/rulevet/source"
)

// Checks of keys of single rule types and alert suppression. Those that need field schemas
// stand with the other field checks.

// TypeChecks lists the checks of this file.
func TypeChecks() []*check.Check {
	return []*check.Check{
		{Code: "threshold/field-count", Title: "more threshold fields than the stack knows",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Run: checkThresholdFields},
		{Code: "threshold/duplicate-field", Title: "a threshold field is listed twice",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Fix: check.Automatic, Run: checkThresholdDuplicate},
		{Code: "threshold/value-one", Title: "threshold of one event",
			Severity: rule.Info, Scope: check.General, Part: check.PartRule, Run: checkThresholdOne},
		{Code: "new-terms/field-name", Title: "new_terms.field is not new_terms_fields",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Fix: check.Automatic, Run: checkNewTermsField},
		{Code: "new-terms/history-missing", Title: "new_terms has no history window",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Fix: check.Automatic, Run: checkHistory},
		{Code: "new-terms/min-stack", Title: "new terms rule for a stack below 8.4",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Run: checkNewTermsStack},
		{Code: "new-terms/value-count", Title: "several new terms on a stack that knows one",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Run: checkNewTermsCount},
		{Code: "new-terms/duplicate-field", Title: "a new terms field is listed twice",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Fix: check.Automatic, Run: checkNewTermsDuplicate},
		{Code: "new-terms/history-format", Title: "history window is no date math",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Run: checkHistoryFormat},
		{Code: "new-terms/history-long", Title: "history window of more than 14 days",
			Severity: rule.Info, Scope: check.General, Part: check.PartRule, Run: checkHistoryLong},
		{Code: "new-terms/history-short", Title: "history window is no longer than the look-back",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Run: checkHistoryShort},
		{Code: "threshold/cardinality-field", Title: "cardinality of a field that is blank, listed twice, or grouped by",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Run: checkCardinality},
		{Code: "threat-match/language-missing", Title: "threat_query without threat_language",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Fix: check.Suggested,
			Needs: []string{"rule.threat_language"}, Run: checkThreatLanguage},
		{Code: "threat-match/negate-only", Title: "a group of threat mappings has only negated entries",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Run: checkNegateOnly},
		{Code: "threat-match/negate-conflict", Title: "a threat mapping is both negated and plain",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Run: checkNegateConflict},
		{Code: "suppression/shape", Title: "alert suppression lacks a key or has one of another rule type",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Run: check.Found},
		{Code: "suppression/esql-not-computed", Title: "alert suppression by a column that the query does not compute",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery, Run: checkSuppressionESQL},
		{Code: "suppression/eql-sequence", Title: "alert suppression on an EQL sequence before 8.18",
			Severity: rule.Warning, Scope: check.General, Part: check.PartRule, Run: checkSuppressionSequence},
	}
}

// ruleStack is the rule's minimum stack, else the newest one.
func ruleStack(p *check.Pass) check.Version {
	if v, _, ok := facts.MinStack(p.File); ok {
		return v
	}
	stacks := p.Config.StackVersions()
	return stacks[len(stacks)-1]
}

func checkThresholdFields(p *check.Pass) {
	n := p.File.Lookup("rule", "threshold", "field")
	if p.File.Rule.Type != "threshold" || n == nil || n.Kind != rule.ArrayNode {
		return
	}
	limit, stack := 5, ruleStack(p)
	if stack.Compare(check.Version{9, 2, 0}) < 0 {
		limit = 3
	}
	if count := len(n.Children); count > limit && (limit == 3 || count <= 5) {
		p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("threshold has %d fields, expected at most %d on stack %s", count, limit, stack),
			Hint: "five fields are known from stack 9.2 on: set `min_stack_version`, or group by fewer fields"})
	}
}

func checkThresholdOne(p *check.Pass) {
	t := p.File.Rule.Threshold
	n := p.File.Lookup("rule", "threshold", "value")
	if p.File.Rule.Type == "threshold" && t != nil && n != nil && t.Value == 1 && len(t.Cardinality) == 0 {
		p.Report(rule.Diagnostic{Span: n.Span, Message: "a threshold of 1 without cardinality is a plain query rule at a higher cost",
			Hint: "use type `query`, or add a cardinality"})
	}
}

func checkNewTermsField(p *check.Pass) {
	n := p.File.Lookup("rule", "new_terms", "field")
	if n != nil && n.Kind == rule.StringNode && n.Str != "new_terms_fields" {
		p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("field is %s, expected `new_terms_fields`", rule.Quote(n.Str)),
			Fixes: check.Repair("write new_terms_fields", true, tomlspan.SetString(n, "new_terms_fields"))})
	}
}

func checkHistory(p *check.Pass) {
	t := p.File.Lookup("rule", "new_terms")
	if t == nil || t.Kind != rule.TableNode {
		return
	}
	h := t.Get("history_window_start")
	if h != nil && h.Kind == rule.ArrayNode && len(h.Children) == 0 {
		p.Report(rule.Diagnostic{Span: h.Span, Message: "`history_window_start` is empty, expected one entry"})
		return
	}
	n := h.At(0).Get("field")
	if n != nil && n.Kind == rule.StringNode && n.Str != "history_window_start" {
		p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("field is %s, expected `history_window_start`", rule.Quote(n.Str)),
			Fixes: check.Repair("write history_window_start", true, tomlspan.SetString(n, "history_window_start"))})
	}
}

func checkNewTermsStack(p *check.Pass) {
	if v, n, ok := facts.MinStack(p.File); ok && p.File.Rule.Type == "new_terms" && v.Compare(check.Version{8, 4, 0}) < 0 {
		p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("new terms rules exist from stack 8.4.0 on, `min_stack_version` is %s", rule.Quote(n.Str))})
	}
}

// newTermsValues is the list of fields in either notation.
func newTermsValues(f *rule.File) *rule.Node {
	n := f.Lookup("rule", "new_terms", "value")
	if n == nil {
		n = f.Lookup("rule", "new_terms_fields")
	}
	if n == nil || n.Kind != rule.ArrayNode {
		return nil
	}
	return n
}

func checkNewTermsCount(p *check.Pass) {
	n := newTermsValues(p.File)
	v, _, ok := facts.MinStack(p.File)
	if ok && n != nil && v.Compare(check.Version{8, 4, 0}) >= 0 && v.Compare(check.Version{8, 6, 0}) < 0 && len(n.Children) != 1 {
		p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("%d fields, expected one before stack 8.6.0", len(n.Children))})
	}
}

func checkNewTermsDuplicate(p *check.Pass) {
	if n := newTermsValues(p.File); n != nil {
		listedTwice(p, n)
	}
}

func checkThresholdDuplicate(p *check.Pass) {
	if n := p.File.Lookup("rule", "threshold", "field"); n != nil && n.Kind == rule.ArrayNode {
		listedTwice(p, n)
	}
}

// listedTwice reports each field of a list that stands in it before.
func listedTwice(p *check.Pass, n *rule.Node) {
	seen := map[string]*rule.Node{}
	for i, e := range n.Children {
		first := seen[e.Str]
		if e.Kind != rule.StringNode || first == nil {
			seen[e.Str] = e
			continue
		}
		p.Report(rule.Diagnostic{Span: e.Span, Message: fmt.Sprintf("field %s is listed twice", rule.Quote(e.Str)),
			Related: []rule.Related{{Span: first.Span, Message: "first here"}},
			Fixes:   check.Repair("remove the second one", true, tomlspan.RemoveElement(p.File, n, i))})
	}
}

// historyStart is the start of the history window in either notation, nil if it is no string.
func historyStart(f *rule.File) *rule.Node {
	n := f.Lookup("rule", "new_terms", "history_window_start", 0, "value")
	if n == nil {
		n = f.Lookup("rule", "history_window_start")
	}
	if n == nil || n.Kind != rule.StringNode {
		return nil
	}
	return n
}

func checkHistoryFormat(p *check.Pass) {
	n := historyStart(p.File)
	if n == nil || n.Str == "" {
		return
	}
	if d, ok := facts.ParseFrom(n.Str); !ok || d == 0 {
		p.Report(rule.Diagnostic{Span: n.Span,
			Message: fmt.Sprintf("history window starts at %s, expected `now-`, a number and one of y M w d h H m s", rule.Quote(n.Str)),
			Hint:    "for example `now-7d`"})
	}
}

func checkHistoryLong(p *check.Pass) {
	n := historyStart(p.File)
	if n == nil {
		return
	}
	if d, ok := facts.ParseFrom(n.Str); ok && d > 14*24*time.Hour {
		p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("history window %s is longer than 14 days", rule.Quote(n.Str)),
			Hint: "5 to 10 days are enough for most rules; every run searches the whole window"})
	}
}

// checkHistoryShort wants the history to reach further back than the run itself, which Kibana demands.
func checkHistoryShort(p *check.Pass) {
	n := historyStart(p.File)
	if n == nil {
		return
	}
	history, ok := facts.ParseFrom(n.Str)
	back, known := facts.LookbackOf(p.File)
	if ok && known && history > 0 && history <= back {
		p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("history window %s starts no earlier than the run itself, %s: no term is ever seen before", rule.Quote(n.Str), fromText(p.File)),
			Hint: "start the history before `from`, for example at `now-7d`"})
	}
}

// fromText is where the runs of a rule start.
func fromText(f *rule.File) string {
	if f.Rule.From == "" {
		return "six minutes ago by default"
	}
	return rule.Quote(f.Rule.From)
}

// checkCardinality reports fields whose number of values in a group says nothing.
func checkCardinality(p *check.Pass) {
	list := p.File.Lookup("rule", "threshold", "cardinality")
	t := p.File.Rule.Threshold
	if list == nil || t == nil {
		return
	}
	seen := map[string]bool{}
	for _, c := range list.Children {
		n := c.Get("field")
		if n == nil || n.Kind != rule.StringNode {
			continue
		}
		switch {
		case strings.TrimSpace(n.Str) == "":
			p.Report(rule.Diagnostic{Span: n.Span, Message: "the field whose values are counted is blank"})
		case slices.Contains(t.Field, n.Str):
			p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("%s is a field of the grouping, so each group has one value of it: Kibana refuses the rule", rule.Quote(n.Str)),
				Hint: "count another field, or do not group by this one"})
		case seen[n.Str]:
			p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("the values of %s are counted twice", rule.Quote(n.Str))})
		}
		seen[n.Str] = true
	}
}

func checkThreatLanguage(p *check.Pass) {
	n := p.File.Lookup("rule", "threat_query")
	if n != nil && n.Kind == rule.StringNode && n.Str != "" && p.File.Lookup("rule", "threat_language") == nil {
		p.Report(rule.Diagnostic{Span: n.KeySpan, Message: "`threat_query` is set without `threat_language`",
			Fixes: check.Repair("set threat_language to kuery", false, tomlspan.SetKey(p.File, "rule", "threat_language", `"kuery"`))})
	}
}

func checkNegateOnly(p *check.Pass) {
	facts.EachGroup(p, func(group []rule.ThreatMatchEntry, n *rule.Node) {
		negated := func(e rule.ThreatMatchEntry) bool { return e.Negate }
		plain := func(e rule.ThreatMatchEntry) bool { return !e.Negate }
		if slices.ContainsFunc(group, negated) && !slices.ContainsFunc(group, plain) {
			p.Report(rule.Diagnostic{Span: n.Children[0].Span, Message: "all entries of the group are negated, expected at least one plain entry"})
		}
	})
}

func checkNegateConflict(p *check.Pass) {
	facts.EachGroup(p, func(group []rule.ThreatMatchEntry, n *rule.Node) {
		type pair struct {
			field, value string
			negate       bool
		}
		first := map[pair]int{}
		for i, e := range group {
			own := pair{e.Field, e.Value, e.Negate}
			if _, ok := first[own]; !ok {
				first[own] = i
			}
			if j, ok := first[pair{e.Field, e.Value, !e.Negate}]; ok {
				p.Report(rule.Diagnostic{Span: n.Children[i].Span,
					Message: fmt.Sprintf("%s and %s are both negated and plain in one group", rule.Quote(e.Field), rule.Quote(e.Value)),
					Related: []rule.Related{{Span: n.Children[j].Span, Message: "the other entry"}}})
			}
		}
	})
}

func checkSuppressionESQL(p *check.Pass) {
	list := p.File.Lookup("rule", "alert_suppression", "group_by")
	if p.File.Rule.Type != "esql" || p.File.Query == nil || list == nil {
		return
	}
	query := source.BlankComments(p.File.Query.Value)
	for _, n := range list.Children {
		if n.Kind != rule.StringNode || !strings.HasPrefix(n.Str, "Esql.") && !strings.HasPrefix(n.Str, "Esql_priv.") {
			continue
		}
		name := regexp.QuoteMeta(n.Str)
		computed := regexp.MustCompile("(?i)(^|[^\\w.])`?" + name + "`?\\s*=[^=]|\\bas\\s+`?" + name + "($|[^\\w.])|[:{]\\s*" + name + "\\s*}")
		if !computed.MatchString(query + " ") {
			p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("column %s is not computed by the query", rule.Quote(n.Str))})
		}
	}
}

func checkSuppressionSequence(p *check.Pass) {
	n := p.File.Lookup("rule", "alert_suppression")
	if n == nil || !facts.IsSequence(p.File) {
		return
	}
	from, to := check.Version{8, 14, 0}, check.Version{8, 18, 0}
	for _, s := range p.Config.StackVersions() {
		if v, _, ok := facts.MinStack(p.File); ok && s.Compare(v) < 0 {
			continue
		}
		if s.Compare(from) >= 0 && s.Compare(to) < 0 {
			p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("stack %s cannot suppress alerts of an EQL sequence", rule.Quote(s.String())),
				Hint: "from stack 8.18 on it can: set `min_stack_version`"})
			return
		}
	}
}
