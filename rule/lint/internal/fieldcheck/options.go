package fieldcheck

import (
	"fmt"
	"slices"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
	"github.com/rulevet/rulevet/schema"
)

// usualOverride is set by the pipelines of Elasticsearch and not by the sources, so that field lists may lack it. Where another one is
// named, rule/timestamp-override says so if it is enabled.
const usualOverride = "event.ingested"

// checkOverrideFields looks up the fields that a rule puts in the place of @timestamp, and of the others of an EQL search.
func checkOverrideFields(p *check.Pass) {
	r := p.File.Rule
	if r.Type == "esql" || r.Type != "eql" && len(r.Index) == 0 {
		return // an ES|QL query names its own indexes
	}
	views, err := StackViews(p, nil)
	if err != nil {
		return
	}
	v := views[0]
	if n := p.File.Lookup("rule", "timestamp_override"); named(n) && len(r.Index) > 0 {
		if v.Describe(n.Str).Presence == schema.Absent {
			if n.Str != usualOverride && !(p.Run.Enabled("rule/timestamp-override") && r.Type != "machine_learning" && !facts.IsSequence(p.File)) {
				missingTime(p, n, v)
			}
		} else {
			lookUpNode(p, n, v)
			optionType(p, n, v, rule.Error, "a date", "Kibana looks for events by the time in it", "date")
		}
	}
	if r.Type != "eql" {
		return
	}
	for _, key := range []string{"timestamp_field", "event_category_override", "tiebreaker_field"} {
		if n := p.File.Lookup("rule", key); named(n) {
			lookUpNode(p, n, v)
		}
	}
	if n := p.File.Lookup("rule", "timestamp_field"); named(n) {
		severity := rule.Warning // events alone are only sorted by it
		if facts.IsSequence(p.File) {
			severity = rule.Error
		}
		optionType(p, n, v, severity, "a date or a number", "Elasticsearch orders events by the time in it", "date", "number")
	}
	if n := p.File.Lookup("rule", "tiebreaker_field"); named(n) {
		sortable(p, n, v)
	}
}

// named reports a text that is not empty: schema/wrong-type and schema/empty-string say the rest.
func named(n *rule.Node) bool { return n != nil && n.Kind == rule.StringNode && n.Str != "" }

// missingTime reports a timestamp_override that no event has: the rule falls back to @timestamp, so that it is no error.
func missingTime(p *check.Pass, n *rule.Node, v *schema.View) {
	d := unknownName(n, v, p.Run.MayGuess())
	if d.Severity = rule.Warning; d.Hint == "" {
		d.Hint = "events are found by @timestamp then, and the rule warns each time it runs"
	}
	p.Report(d)
}

// optionType reports a field whose type is in none of the families, in none of the indexes.
func optionType(p *check.Pass, n *rule.Node, v *schema.View, severity rule.Severity, want, why string, families ...string) {
	r := v.Describe(n.Str)
	if !certain(r) || slices.ContainsFunc(r.Types, func(t schema.TypeUse) bool {
		return Family(t.Type) == "" || slices.Contains(families, Family(t.Type))
	}) {
		return
	}
	namesType(p, n, r, severity, want, why)
}

// namesType reports a key that names a field of another type than it needs.
func namesType(p *check.Pass, n *rule.Node, r *schema.Result, severity rule.Severity, want, why string) {
	p.Report(rule.Diagnostic{Span: n.Span, Severity: severity, Hint: why,
		Message: fmt.Sprintf("%s names field %s, which is %s in %s, expected %s", rule.Quote(n.Key), rule.Quote(n.Str), rule.Quote(r.Types[0].Type), r.Types[0].Sources[0], want)})
}

// sortable reports a field that Elasticsearch cannot sort by: text has no values for it.
func sortable(p *check.Pass, n *rule.Node, v *schema.View) {
	r := v.Describe(n.Str)
	if !certain(r) || slices.ContainsFunc(r.Types, func(t schema.TypeUse) bool {
		typ := mapping.TypeOf(t.Type)
		return typ != eql.TypeText && typ != eql.TypeMatchOnlyText
	}) {
		return
	}
	var usual rule.Severity // that of the check
	namesType(p, n, r, usual, "a type that can be sorted", "events of the same time are ordered by it: a number or a keyword")
}

// certain reports a field whose types are known beyond doubt: from its own entry, and not from a template of its parent.
func certain(r *schema.Result) bool {
	return r.Presence == schema.Known && !r.Outside && !r.Doubtful && r.Parent == "" && len(r.Types) > 0
}
