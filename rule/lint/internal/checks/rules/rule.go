// Package rules has the checks of the keys of the table rule.
package rules

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/near"
	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
)

// Checks of the keys of [rule], but for its schedule.

// RuleChecks lists the checks of this file.
func RuleChecks() []*check.Check {
	return []*check.Check{
		{Code: "rule/from-format", Title: "from is not a look-back",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Run: checkFrom},
		{Code: "rule/interval-format", Title: "interval is not a time span",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Run: checkInterval},
		{Code: "rule/lookback-gap", Title: "the rule looks back less far than it pauses between runs",
			Severity: rule.Warning, Scope: check.General, Part: check.PartRule, Fix: check.Suggested,
			Needs: []string{"rule.from", "rule.to", "rule.interval"}, Run: checkLookbackGap},
		{Code: "rule/endpoint-lookback", Title: "rule on endpoint events has no from",
			Severity: rule.Warning, Scope: check.House, Part: check.PartRule, Fix: check.Suggested,
			Needs: []string{"rule.from", "rule.index"}, Run: checkEndpointLookback},
		{Code: "rule/bbr-timing-missing", Title: "building block rule without from or interval",
			Severity: rule.Error, Scope: check.House, Part: check.PartRule, Fix: check.Suggested,
			Needs: []string{"metadata.bypass_bbr_timing", "rule.building_block_type", "rule.from", "rule.interval"}, Run: checkBBRTiming},
		{Code: "rule/bbr-lookback", Title: "building block rule looks back less than two hours",
			Severity: rule.Error, Scope: check.House, Part: check.PartRule, Fix: check.Suggested,
			Needs: []string{"metadata.bypass_bbr_timing", "rule.building_block_type", "rule.from", "rule.interval"}, Run: checkBBRLookback},
		{Code: "rule/bbr-interval", Title: "building block rule runs more often than hourly",
			Severity: rule.Error, Scope: check.House, Part: check.PartRule, Fix: check.Suggested,
			Needs: []string{"metadata.bypass_bbr_timing", "rule.building_block_type", "rule.from", "rule.interval"}, Run: checkBBRInterval},
		{Code: "rule/bbr-severity", Title: "building block rule is not of low severity",
			Severity: rule.Info, Scope: check.House, Part: check.PartRule, Fix: check.Suggested,
			Needs: []string{"rule.severity", "rule.risk_score"}, Run: checkBBRSeverity},
		{Code: "rule/bbr-validation-time", Title: "building block rule with a from or interval that is no time span",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule,
			Needs: []string{"metadata.bypass_bbr_timing", "rule.building_block_type", "rule.from", "rule.interval"}, Run: checkBBRTime},
		{Code: "rule/name-pattern", Title: "name has a shape that the house does not allow",
			Severity: rule.Error, Scope: check.House, Part: check.PartRule, Run: checkNamePattern},
		{Code: "rule/id-format", Title: "rule_id is not a lower-case UUID",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Fix: check.Suggested, Run: checkIDFormat},
		{Code: "rule/severity-risk", Title: "risk_score does not fit the severity",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Fix: check.Suggested,
			Needs: []string{"rule.severity", "rule.risk_score"}, Run: checkSeverityRisk},
		{Code: "rule/risk-canonical", Title: "risk_score is not the recommended one of the severity",
			Severity: rule.Info, Scope: check.House, Part: check.PartRule, Fix: check.Suggested,
			Needs: []string{"rule.severity", "rule.risk_score"}, Run: checkRiskCanonical},
		{Code: "rule/timestamp-override", Title: "timestamp_override is not event.ingested",
			Severity: rule.Warning, Scope: check.House, Part: check.PartRule, Fix: check.Automatic,
			Needs: []string{"rule.timestamp_override", "rule.type", "rule.language", "rule.query"}, After: []string{"rule/override-field"}, Run: checkTimestampOverride},
		{Code: "rule/timestamp-override-sequence", Title: "an EQL sequence sets timestamp_override",
			Severity: rule.Info, Scope: check.General, Part: check.PartRule, NeedsQuery: true, Run: checkOverrideSequence},
		{Code: "rule/max-signals-limit", Title: "max_signals is above the limit",
			Severity: rule.Error, Scope: check.House, Part: check.PartRule, Fix: check.Automatic, Run: checkMaxSignals},
		{Code: "rule/max-signals-setup", Title: "max_signals at the limit without the note in setup",
			Severity: rule.Warning, Scope: check.House, Part: check.PartRule,
			Needs: []string{"rule.setup"}, Run: checkMaxSignalsSetup},
		{Code: "rule/license", Title: "license is misspelt",
			Severity: rule.Error, Scope: check.House, Part: check.PartRule, Fix: check.Automatic, Run: checkLicense},
		{Code: "rule/license-unknown", Title: "license is not one of the known licences",
			Severity: rule.Warning, Scope: check.General, Part: check.PartRule, Fix: check.Suggested, Run: checkLicenseUnknown},
		{Code: "rule/timeline-pair", Title: "only one of timeline_id and timeline_title is set",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Fix: check.Automatic,
			Needs: []string{"rule.timeline_id", "rule.timeline_title"}, Run: checkTimelinePair},
		{Code: "rule/timeline-unknown", Title: "timeline template is not in the list",
			Severity: rule.Error, Scope: check.House, Part: check.PartRule, Fix: check.Suggested,
			Needs: []string{"rule.timeline_id"}, Run: checkTimelineUnknown},
		{Code: "rule/timeline-mismatch", Title: "timeline_title does not belong to timeline_id",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Fix: check.Automatic, Run: checkTimelineMismatch},
		{Code: "rule/index-and-data-view", Title: "both index and data_view_id are set",
			Severity: rule.Error, Scope: check.General, Part: check.PartIndex, Run: checkIndexAndDataView},
		{Code: "rule/index-missing", Title: "neither index nor data_view_id is set",
			Severity: rule.Error, Scope: check.General, Part: check.PartIndex,
			Needs: []string{"rule.index", "rule.data_view_id", "rule.type", "rule.language", "metadata.integration"}, Run: checkIndexMissing},
		{Code: "rule/type-language", Title: "type and language do not fit",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Fix: check.Suggested,
			Needs: []string{"rule.type", "rule.language"}, Run: checkTypeLanguage},
		{Code: "rule/references-missing", Title: "the rule has no references",
			Severity: rule.Info, Scope: check.General, Part: check.PartRule,
			Needs: []string{"rule.references"}, Run: checkReferencesMissing},
		{Code: "rule/references-url", Title: "a reference is not a URL",
			Severity: rule.Info, Scope: check.General, Part: check.PartRule, Run: checkReferencesURL},
		{Code: "rule/references-duplicate", Title: "a reference is listed twice",
			Severity: rule.Info, Scope: check.General, Part: check.PartRule, Fix: check.Automatic, Run: checkReferencesDuplicate},
		{Code: "rule/references-insecure", Title: "a reference uses http instead of https",
			Severity: rule.Info, Scope: check.General, Part: check.PartRule, Fix: check.Suggested, Run: checkReferencesInsecure},
		{Code: "rule/deprecated-name", Title: "a rule named deprecated is still active",
			Severity: rule.Info, Scope: check.House, Part: check.PartRule, Run: checkDeprecatedName},
	}
}

var namePattern = regexp.MustCompile(`^[a-zA-Z0-9].+?[a-zA-Z0-9\[\]()]$`)

func checkNamePattern(p *check.Pass) {
	n := p.File.Lookup("rule", "name")
	if n != nil && n.Kind == rule.StringNode && n.Str != "" && !namePattern.MatchString(n.Str) {
		p.Report(rule.Diagnostic{Span: n.Span,
			Message: fmt.Sprintf("name %s does not start with a letter or digit and end with one or a bracket", rule.Quote(n.Str))})
	}
}

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

func checkIDFormat(p *check.Pass) {
	n := p.File.Lookup("rule", "rule_id")
	if n == nil || n.Kind != rule.StringNode || strings.TrimSpace(n.Str) == "" || uuid.MatchString(n.Str) ||
		slices.Contains(p.Config.InForce().LegacyIDs, n.Str) {
		return
	}
	d := rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("rule_id %s is not a UUID in lower case", rule.Quote(n.Str)),
		Hint: "for a new rule, make a new UUID; never change the id of a published rule"}
	if low := strings.ToLower(strings.Trim(n.Str, " {}")); uuid.MatchString(low) {
		d.Fixes = check.Repair("write the id in lower case", false, tomlspan.SetString(n, low))
	}
	p.Report(d)
}

// riskRange is the range of risk scores of a severity with the recommended one.
func riskRange(severity string) (low, high, canonical int64, ok bool) {
	switch severity {
	case "low":
		return 0, 21, 21, true
	case "medium":
		return 22, 47, 47, true
	case "high":
		return 48, 73, 73, true
	case "critical":
		return 74, 100, 99, true
	}
	return 0, 0, 0, false
}

func checkSeverityRisk(p *check.Pass) {
	r := p.File.Rule
	low, high, best, ok := riskRange(r.Severity)
	if !ok || r.RiskScore == nil || *r.RiskScore < 0 || *r.RiskScore > 100 || *r.RiskScore >= low && *r.RiskScore <= high {
		return
	}
	n := p.File.Lookup("rule", "risk_score")
	sev := p.File.Lookup("rule", "severity")
	d := rule.Diagnostic{Span: n.Span,
		Message: fmt.Sprintf("risk_score %d does not fit severity %s, expected %d to %d", *r.RiskScore, rule.Quote(r.Severity), low, high),
		Related: []rule.Related{{Span: sev.Span, Message: "severity is set here"}},
		Fixes:   check.Repair(fmt.Sprintf("set risk_score to %d", best), false, []rule.Edit{{Span: n.Span, New: fmt.Sprint(best)}})}
	for _, s := range []string{"low", "medium", "high", "critical"} {
		if l, h, _, _ := riskRange(s); *r.RiskScore >= l && *r.RiskScore <= h {
			d.Fixes = append(d.Fixes, check.Repair("set severity to "+s, false, tomlspan.SetString(sev, s))...)
		}
	}
	p.Report(d)
}

func checkRiskCanonical(p *check.Pass) {
	r := p.File.Rule
	low, high, best, ok := riskRange(r.Severity)
	if !ok || r.RiskScore == nil || *r.RiskScore == best || *r.RiskScore < low || *r.RiskScore > high {
		return
	}
	n := p.File.Lookup("rule", "risk_score")
	p.Report(rule.Diagnostic{Span: n.Span,
		Message: fmt.Sprintf("risk_score is %d, expected %d for severity %s", *r.RiskScore, best, rule.Quote(r.Severity)),
		Fixes:   check.Repair(fmt.Sprintf("set risk_score to %d", best), false, []rule.Edit{{Span: n.Span, New: fmt.Sprint(best)}})})
}

func checkTimestampOverride(p *check.Pass) {
	want := p.Config.InForce().TimestampOverride
	r := p.File.Rule
	lang := facts.QueryLanguage(p.File)
	if r.Type == "machine_learning" || lang != "eql" && lang != "kuery" || want == "-" || r.TimestampOverride == want || facts.IsSequence(p.File) ||
		p.File.Query == nil || strings.TrimSpace(p.File.Query.Value) == "" {
		return
	}
	n := p.File.Lookup("rule", "timestamp_override")
	if n != nil {
		p.Report(rule.Diagnostic{Span: n.Span,
			Message: fmt.Sprintf("timestamp_override is %s, expected %s", rule.Quote(n.Str), rule.Quote(want)),
			Fixes:   check.Repair("set timestamp_override to "+want, near.Distance(n.Str, want) <= 2, tomlspan.SetString(n, want))}) // another field may be meant
		return
	}
	p.Report(rule.Diagnostic{Span: facts.Top(p.File), Message: fmt.Sprintf("timestamp_override is missing, expected %s", rule.Quote(want)),
		Hint:  "events that arrive late are missed otherwise",
		Fixes: check.Repair("set timestamp_override to "+want, true, tomlspan.SetKey(p.File, "rule", "timestamp_override", rule.QuoteTOML(want)))})
}

func checkOverrideSequence(p *check.Pass) {
	n := p.File.Lookup("rule", "timestamp_override")
	if n != nil && facts.IsSequence(p.File) {
		p.Report(rule.Diagnostic{Span: n.Entry, Message: fmt.Sprintf("a sequence with timestamp_override %s", rule.Quote(n.Str)),
			Hint: "a sequence orders events by @timestamp; with an override late events can change the order"})
	}
}

func checkMaxSignals(p *check.Pass) {
	limit := p.Config.InForce().MaxSignals
	n := p.File.Lookup("rule", "max_signals")
	if n != nil && n.Kind == rule.IntegerNode && limit > 0 && n.Int > limit {
		p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("max_signals is %d, expected at most %d", n.Int, limit),
			Fixes: check.Repair(fmt.Sprintf("set max_signals to %d", limit), true, []rule.Edit{{Span: n.Span, New: fmt.Sprint(limit)}})})
	}
}

func checkMaxSignalsSetup(p *check.Pass) {
	v := p.Config.InForce()
	n := p.File.Lookup("rule", "max_signals")
	if n != nil && n.Kind == rule.IntegerNode && n.Int == v.MaxSignals && v.MaxSignalsNote != "" &&
		!strings.Contains(p.File.Rule.Setup, v.MaxSignalsNote) {
		p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("max_signals is %d, but `setup` does not link to %s", n.Int, v.MaxSignalsNote),
			Hint: "tell in `setup` that the limit of alerts has to be raised in Kibana too"})
	}
}

func checkLicense(p *check.Pass) {
	n := p.File.Lookup("rule", "license")
	for _, l := range p.Config.InForce().OwnLicenses {
		if n == nil || !l.Misspelt(n.Str) {
			continue
		}
		p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("license is %s, expected %s", rule.Quote(n.Str), rule.Quote(l.Name)),
			Fixes: check.Repair("write "+l.Name, true, tomlspan.SetString(n, l.Name))})
	}
}

func checkLicenseUnknown(p *check.Pass) {
	n := p.File.Lookup("rule", "license")
	if n == nil || n.Kind != rule.StringNode {
		return
	}
	known, configured := p.Config.Licenses, p.Config.Licenses != nil
	if !configured {
		known = check.CommonLicenses()
	}
	if slices.Contains(known, n.Str) {
		return
	}
	near := near.Names(n.Str, known)
	if !configured && len(near) == 0 {
		return // a licence that we have never heard of may be right
	}
	if p.Run.Enabled("rule/license") && slices.ContainsFunc(p.Config.InForce().OwnLicenses, func(l check.OwnLicense) bool { return l.Misspelt(n.Str) }) {
		return // which tells
	}
	d := rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("license %s is not known", rule.Quote(n.Str))}
	if len(near) > 0 {
		d.Hint = fmt.Sprintf("did you mean %s?", rule.Quote(near[0]))
		d.Fixes = check.Repair("write "+near[0], false, tomlspan.SetString(n, near[0]))
	}
	p.Report(d)
}

func checkTimelinePair(p *check.Pass) {
	id, title := p.File.Lookup("rule", "timeline_id"), p.File.Lookup("rule", "timeline_title")
	timelines := p.Config.InForce().Timelines
	switch {
	case id != nil && title == nil:
		d := rule.Diagnostic{Span: id.Entry, Message: "`timeline_id` is set without `timeline_title`"}
		if want, ok := timelines[id.Str]; ok {
			d.Fixes = check.Repair("add timeline_title", true, tomlspan.SetKey(p.File, "rule", "timeline_title", rule.QuoteTOML(want)))
		}
		p.Report(d)
	case id == nil && title != nil:
		d := rule.Diagnostic{Span: title.Entry, Message: "`timeline_title` is set without `timeline_id`"}
		for want, name := range timelines {
			if name == title.Str {
				d.Fixes = check.Repair("add timeline_id", true, tomlspan.SetKey(p.File, "rule", "timeline_id", rule.QuoteTOML(want)))
			}
		}
		p.Report(d)
	}
}

func checkTimelineUnknown(p *check.Pass) {
	v := p.Config.InForce()
	id, title := p.File.Lookup("rule", "timeline_id"), p.File.Lookup("rule", "timeline_title")
	if id != nil && id.Kind == rule.StringNode && v.Timelines[id.Str] == "" {
		p.Report(rule.Diagnostic{Span: id.Span, Message: fmt.Sprintf("timeline_id %s is not in the list of timeline templates", rule.Quote(id.Str))})
	}
	titles := check.SortedValues(v.Timelines)
	if title != nil && title.Kind == rule.StringNode && !slices.Contains(titles, title.Str) && (id == nil || v.Timelines[id.Str] == "") {
		d := rule.Diagnostic{Span: title.Span, Message: fmt.Sprintf("timeline_title %s is not in the list of timeline templates", rule.Quote(title.Str))}
		if near := near.Names(title.Str, titles); len(near) > 0 {
			d.Hint = fmt.Sprintf("did you mean %s?", rule.Quote(near[0]))
			d.Fixes = check.Repair("write "+near[0], false, tomlspan.SetString(title, near[0]))
		}
		p.Report(d)
	}
}

func checkTimelineMismatch(p *check.Pass) {
	r := p.File.Rule
	want, ok := p.Config.InForce().Timelines[r.TimelineID]
	if n := p.File.Lookup("rule", "timeline_title"); ok && n != nil && n.Kind == rule.StringNode && n.Str != want {
		p.Report(rule.Diagnostic{Span: n.Span,
			Message: fmt.Sprintf("timeline_title is %s, but the id belongs to %s", rule.Quote(n.Str), rule.Quote(want)),
			Fixes:   check.Repair("write "+want, true, tomlspan.SetString(n, want))})
	}
}

func checkIndexAndDataView(p *check.Pass) {
	index, view := p.File.Lookup("rule", "index"), p.File.Lookup("rule", "data_view_id")
	if index != nil && view != nil {
		p.Report(rule.Diagnostic{Span: view.Entry, Message: "both `index` and `data_view_id` are set, expected one of them",
			Related: []rule.Related{{Span: index.KeySpan, Message: "`index` is set here"}}})
	}
}

func checkIndexMissing(p *check.Pass) {
	r := p.File.Rule
	n := p.File.Lookup("rule", "index")
	if r.Type == "" || r.Type == "esql" || r.Type == "machine_learning" || r.Type == "threat_match" || facts.QueryLanguage(p.File) == "esql" ||
		p.File.Lookup("rule", "data_view_id") != nil || n != nil && (n.Kind != rule.ArrayNode || len(n.Children) > 0) || mlPackageRule(p) {
		return
	}
	d := rule.Diagnostic{Span: facts.Top(p.File), Message: "neither `index` nor `data_view_id` is set"}
	if n != nil {
		d.Span, d.Message = n.Span, "`index` is empty and `data_view_id` is not set"
	}
	d.Hint = "name the indexes that the query searches"
	p.Report(d)
}

// mlPackageRule reports whether the rule's only integration is a machine-learning package, written as one string.
func mlPackageRule(p *check.Pass) bool {
	m := p.File.Metadata
	return m.IntegrationIsString && slices.Contains(p.Config.InForce().MLPackages, strings.ToLower(m.Integration[0]))
}

func checkTypeLanguage(p *check.Pass) {
	r := p.File.Rule
	n := p.File.Lookup("rule", "language")
	if n == nil || n.Kind != rule.StringNode {
		return
	}
	var want []string
	switch r.Type {
	case "eql", "esql":
		want = []string{r.Type}
	case "query", "threshold", "new_terms", "threat_match", "saved_query":
		want = []string{"kuery", "lucene"}
	default:
		return
	}
	if slices.Contains(want, n.Str) || !slices.Contains([]string{"kuery", "lucene", "eql", "esql"}, n.Str) {
		return // an unknown language is schema/bad-value
	}
	p.Report(rule.Diagnostic{Span: n.Span,
		Message: fmt.Sprintf("language %s does not fit type %s, expected %s", rule.Quote(n.Str), rule.Quote(r.Type), strings.Join(want, " or ")),
		Related: []rule.Related{{Span: facts.KeySpan(p.File, "rule", "type"), Message: "type is set here"}},
		Fixes:   check.Repair("set language to "+want[0], false, tomlspan.SetString(n, want[0]))})
}

func checkReferencesMissing(p *check.Pass) {
	if n := p.File.Lookup("rule", "references"); n == nil || n.Kind == rule.ArrayNode && len(n.Children) == 0 {
		p.Report(rule.Diagnostic{Span: facts.Top(p.File), Message: "the rule has no `references`",
			Hint: "link to what describes the behaviour, so that analysts can read up"})
	}
}

// eachReference calls f for every reference that is a string.
func eachReference(p *check.Pass, f func(list, n *rule.Node, i int)) {
	list := p.File.Lookup("rule", "references")
	if list == nil || list.Kind != rule.ArrayNode {
		return
	}
	for i, n := range list.Children {
		if n.Kind == rule.StringNode {
			f(list, n, i)
		}
	}
}

func checkReferencesURL(p *check.Pass) {
	eachReference(p, func(_, n *rule.Node, _ int) {
		u, err := url.Parse(strings.TrimSpace(n.Str))
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("reference %s is not an http or https URL", rule.Quote(n.Str))})
		}
	})
}

func checkReferencesDuplicate(p *check.Pass) {
	seen := map[string]*rule.Node{}
	eachReference(p, func(list, n *rule.Node, i int) {
		if first := seen[n.Str]; first != nil {
			p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("reference %s is listed twice", rule.Quote(n.Str)),
				Related: []rule.Related{{Span: first.Span, Message: "first here"}},
				Fixes:   check.Repair("remove the second one", true, tomlspan.RemoveElement(p.File, list, i))})
			return
		}
		seen[n.Str] = n
	})
}

func checkReferencesInsecure(p *check.Pass) {
	eachReference(p, func(_, n *rule.Node, _ int) {
		if strings.HasPrefix(n.Str, "http://") {
			p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("reference %s uses http", rule.Quote(n.Str)),
				Fixes: check.Repair("use https", false, tomlspan.ReplaceText(n, 0, len("http"), "https"))})
		}
	})
}

func checkDeprecatedName(p *check.Pass) {
	n := p.File.Lookup("rule", "name")
	if n != nil && strings.HasPrefix(n.Str, "Deprecated - ") && p.File.Metadata.Maturity == "production" {
		p.Report(rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("rule %s is still in production", rule.Quote(n.Str)),
			Hint: "set `maturity = \"deprecated\"` in the next release"})
	}
}
