package rules

import (
	"fmt"
	"slices"
	"time"

	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
)

// Checks of when a rule runs and how far it looks back.

func checkFrom(p *check.Pass) {
	for _, key := range []string{"from", "to"} {
		n := p.File.Lookup("rule", key)
		if n == nil || n.Kind != rule.StringNode {
			continue
		}
		if _, ok := facts.ParseFrom(n.Str); ok && (key == "to" || n.Str != "now") {
			continue
		}
		p.Report(rule.Diagnostic{Span: n.Span,
			Message: fmt.Sprintf("%s is %s, expected `now-`, a number and one of y M w d h H m s", rule.Quote(key), rule.Quote(n.Str)),
			Hint:    "for example `now-9m`"})
	}
}

func checkInterval(p *check.Pass) {
	n := p.File.Lookup("rule", "interval")
	if n == nil || n.Kind != rule.StringNode {
		return
	}
	d, ok := facts.ParseInterval(n.Str)
	if ok && d > 0 {
		return
	}
	msg := fmt.Sprintf("interval is %s, expected a number and one of m s h d", rule.Quote(n.Str))
	if ok {
		msg = fmt.Sprintf("interval is %s, expected more than zero", rule.Quote(n.Str))
	}
	p.Report(rule.Diagnostic{Span: n.Span, Message: msg, Hint: "for example `5m`"})
}

func checkLookbackGap(p *check.Pass) {
	r := p.File.Rule
	back, ok1 := facts.LookbackOf(p.File)
	every, ok2 := facts.IntervalOf(p.File)
	if !ok1 || !ok2 || every <= 0 || back >= every || timedBBR(p) && back < bbrLookback && p.Run.Enabled("rule/bbr-lookback") {
		return
	}
	d := rule.Diagnostic{Span: facts.Top(p.File),
		Message: fmt.Sprintf("the rule looks back %s every %s: events of %s are missed", facts.SpanText(back), facts.SpanText(every), facts.SpanText(every-back))}
	n := p.File.Lookup("rule", "from")
	at := n
	if at == nil {
		at = p.File.Lookup("rule", "interval")
	}
	if at != nil {
		d.Span = at.Span
	}
	if back > 0 && r.To == "" {
		want := "now-" + facts.SpanText(every+time.Minute)
		d.Hint = fmt.Sprintf("set `from` to at least %s", rule.Quote(want))
		d.Fixes = check.Repair("set from to "+want, false, tomlspan.SetKey(p.File, "rule", "from", rule.QuoteTOML(want)))
	}
	p.Report(d)
}

func checkEndpointLookback(p *check.Pass) {
	r := p.File.Rule
	if slices.ContainsFunc(r.Index, func(i string) bool { return slices.Contains(p.Config.InForce().LateIndexes, i) }) &&
		p.File.Lookup("rule", "from") == nil {
		p.Report(rule.Diagnostic{Span: facts.Top(p.File), Message: "`from` is missing on an index whose events arrive late",
			Hint:  "write `from = \"now-9m\"`",
			Fixes: check.Repair("set from to now-9m", false, tomlspan.SetKey(p.File, "rule", "from", `"now-9m"`))})
	}
}

// bbrLookback is how far building block rules look back at least.
const bbrLookback = 119 * time.Minute

// timedBBR reports whether the timing of building block rules is to be checked.
func timedBBR(p *check.Pass) bool {
	return p.File.Rule.BuildingBlockType != "" && !p.File.Metadata.BypassBBRTiming
}

func checkBBRTiming(p *check.Pass) {
	if !timedBBR(p) {
		return
	}
	for _, k := range []struct{ key, value string }{{"from", "now-119m"}, {"interval", "60m"}} {
		if p.File.Lookup("rule", k.key) == nil {
			p.Report(rule.Diagnostic{Span: facts.KeySpan(p.File, "rule", "building_block_type"),
				Message: fmt.Sprintf("building block rule without %s", rule.Quote(k.key)),
				Hint:    fmt.Sprintf("set it, at least `%s`, or `bypass_bbr_timing = true` in [metadata]", k.value),
				Fixes:   check.Repair("set "+k.key, false, tomlspan.SetKey(p.File, "rule", k.key, rule.QuoteTOML(k.value)))})
		}
	}
}

func checkBBRLookback(p *check.Pass) {
	n := p.File.Lookup("rule", "from")
	if !timedBBR(p) || n == nil {
		return
	}
	if back, ok := facts.ParseFrom(n.Str); ok && back < bbrLookback {
		p.Report(rule.Diagnostic{Span: n.Span,
			Message: fmt.Sprintf("building block rule looks back %s, expected at least 119m", facts.SpanText(back)),
			Fixes:   check.Repair("set from to now-119m", false, tomlspan.SetString(n, "now-119m"))})
	}
}

func checkBBRInterval(p *check.Pass) {
	n := p.File.Lookup("rule", "interval")
	if !timedBBR(p) || n == nil {
		return
	}
	if d, ok := facts.ParseInterval(n.Str); ok && d > 0 && d < time.Hour {
		p.Report(rule.Diagnostic{Span: n.Span,
			Message: fmt.Sprintf("building block rule runs every %s, expected at least 60m", facts.SpanText(d)),
			Fixes:   check.Repair("set interval to 60m", false, tomlspan.SetString(n, "60m"))})
	}
}

func checkBBRSeverity(p *check.Pass) {
	r := p.File.Rule
	n := p.File.Lookup("rule", "severity")
	if r.BuildingBlockType == "" || n == nil || r.RiskScore == nil || r.Severity == "low" && *r.RiskScore == 21 {
		return
	}
	edits := append(tomlspan.SetString(n, "low"), rule.Edit{Span: p.File.Lookup("rule", "risk_score").Span, New: "21"})
	p.Report(rule.Diagnostic{Span: n.Span,
		Message: fmt.Sprintf("building block rule has severity %s and risk_score %d, expected `low` and 21", rule.Quote(r.Severity), *r.RiskScore),
		Fixes:   check.Repair("set severity and risk_score", false, edits)})
}

// checkBBRTime reports what rule/from-format and rule/interval-format accept, but the arithmetic of building blocks
// does not: years, months and weeks.
func checkBBRTime(p *check.Pass) {
	n := p.File.Lookup("rule", "from")
	if !timedBBR(p) || n == nil {
		return
	}
	if _, ok := facts.ParseFrom(n.Str); !ok {
		return
	}
	if last := n.Str[len(n.Str)-1]; slices.Contains([]byte("yMwH"), last) {
		p.Report(rule.Diagnostic{Span: n.Span,
			Message: fmt.Sprintf("from of a building block rule is %s, expected one of the units s m h d", rule.Quote(n.Str))})
	}
}
