package fieldcheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/schema"
)

// Fields outside of the query: those that events are grouped by, compared with indicators, or filtered by.

// groupingChecks are the checks of this file.
func groupingChecks() []*check.Check {
	return []*check.Check{
		{Code: "rule/grouping-type", Title: "events are grouped by a field that cannot be grouped by",
			Severity: rule.Error, Scope: check.General, Part: check.PartFields, Needs: []string{"rule.index"}, Run: checkGroupingTypes},
		{Code: "threat-match/unknown-field", Title: "threat_mapping names a field that the indexes do not have",
			Severity: rule.Error, Scope: check.General, Part: check.PartFields, Fix: check.Suggested, Needs: []string{"rule.index"}, Run: checkThreatFields},
		{Code: "rule/filter-field", Title: "a filter or an override names a field that the indexes do not have",
			Severity: rule.Error, Scope: check.General, Part: check.PartFields, Fix: check.Suggested, Needs: []string{"rule.index"}, Run: checkFilterFields},
	}
}

// checkGroupingTypes reports fields of thresholds and new terms that no index can aggregate: analysed texts.
func checkGroupingTypes(p *check.Pass) {
	if len(p.File.Rule.Index) == 0 {
		return
	}
	var nodes []*rule.Node
	add := func(n *rule.Node) {
		switch {
		case n == nil:
		case n.Kind == rule.StringNode:
			nodes = append(nodes, n)
		default:
			nodes = append(nodes, n.Children...)
		}
	}
	add(p.File.Lookup("rule", "threshold", "field"))
	add(p.File.Lookup("rule", "new_terms", "value"))
	add(p.File.Lookup("rule", "new_terms_fields"))
	if len(nodes) == 0 {
		return
	}
	views, err := StackViews(p, nil)
	if err != nil {
		return
	}
	for _, n := range nodes {
		if n.Kind == rule.StringNode && n.Str != "" {
			groupingType(p, n, views[len(views)-1].Describe(n.Str))
		}
	}
}

func groupingType(p *check.Pass, n *rule.Node, r *schema.Result) {
	if r.Presence != schema.Known || len(r.Types) == 0 || r.Doubtful || r.Outside {
		return
	}
	text := slices.IndexFunc(r.Types, func(t schema.TypeUse) bool { return t.Type == "text" || t.Type == "match_only_text" })
	if text < 0 {
		return
	}
	d := rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("field %s is of type %s in %s: events cannot be grouped by it, and every run fails",
		rule.Quote(n.Str), rule.Quote(r.Types[text].Type), r.Types[text].Sources[0])}
	if len(r.Types) > 1 {
		d.Severity = rule.Warning // in the other indexes they can
	}
	if r.Exact != "" {
		d.Hint = "write " + rule.Quote(r.Exact)
	}
	p.Report(d)
}

// checkThreatFields looks up both sides of a threat mapping: the event's in the indexes of the rule, the indicator's in threat_index.
func checkThreatFields(p *check.Pass) {
	mapping := p.File.Lookup("rule", "threat_mapping")
	if p.File.Rule.ThreatMatch == nil || mapping == nil {
		return
	}
	threats, err := ViewsOf(p, schema.Request{Indexes: p.File.Rule.ThreatMatch.Index})
	if err != nil {
		return
	}
	for _, group := range mapping.Children {
		entries := group.Get("entries")
		if entries == nil {
			continue
		}
		for _, e := range entries.Children {
			lookUpName(p, e.Get("field"))
			if v := e.Get("value"); v != nil && v.Kind == rule.StringNode && v.Str != "" && len(p.File.Rule.ThreatMatch.Index) > 0 {
				lookUpNode(p, v, threats[len(threats)-1])
			}
		}
	}
}

// checkFilterFields looks up the fields of filters and of what takes severity, risk score or name from the event.
func checkFilterFields(p *check.Pass) {
	for _, key := range []string{"severity_mapping", "risk_score_mapping"} {
		if list := p.File.Lookup("rule", key); list != nil {
			for _, e := range list.Children {
				lookUpName(p, e.Get("field"))
			}
		}
	}
	lookUpName(p, p.File.Lookup("rule", "rule_name_override"))
	if list := p.File.Lookup("rule", "investigation_fields", "field_names"); list != nil {
		for _, n := range list.Children {
			if !strings.HasPrefix(n.Str, "kibana.") { // of the alert, not of the event
				lookUpNodes(p, n)
			}
		}
	}
	filters := p.File.Lookup("rule", "filters")
	if filters == nil || p.File.Rule.Type == "esql" || len(p.File.Rule.Index) == 0 {
		return
	}
	views, err := StackViews(p, nil)
	if err != nil {
		return
	}
	for _, f := range filters.Children {
		if disabled := f.Get("meta").Get("disabled"); disabled == nil || !disabled.Bool {
			filterFields(p, f.Get("query"), views[len(views)-1], 0)
		}
	}
}

// maxFilterDepth is how deep filters of filters are looked at.
const maxFilterDepth = 20

// filterFields looks up the fields that a part of the Query DSL names: as the key of a query on one field, or as its "field".
func filterFields(p *check.Pass, q *rule.Node, v *schema.View, depth int) {
	if q == nil || depth > maxFilterDepth {
		return
	}
	for _, n := range q.Children {
		switch n.Key {
		case "match_phrase", "match", "term", "terms", "range", "wildcard", "prefix", "regexp", "fuzzy":
			for _, field := range n.Children {
				if field.Key != "" && field.Key != "boost" && !strings.ContainsAny(field.Key, "*") {
					lookUpNode(p, &rule.Node{Kind: rule.StringNode, Str: field.Key, Span: field.KeySpan}, v)
				}
			}
		case "exists":
			if field := n.Get("field"); field != nil && field.Kind == rule.StringNode && field.Str != "" {
				lookUpNode(p, field, v)
			}
		default:
			filterFields(p, n, v, depth+1)
		}
	}
}
