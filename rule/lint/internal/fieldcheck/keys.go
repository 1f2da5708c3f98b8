package fieldcheck

import (
	"fmt"

	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/schema"
)

// checkNewTermsFields looks up the fields of a new_terms rule.
func checkNewTermsFields(p *check.Pass) {
	if p.File.Rule.NewTerms == nil {
		return
	}
	list := p.File.Lookup("rule", "new_terms", "value")
	if list == nil {
		list = p.File.Lookup("rule", "new_terms_fields")
	}
	lookUpNodes(p, list)
}

// checkSuppressionFields looks up the fields that alerts are grouped by.
func checkSuppressionFields(p *check.Pass) {
	lookUpNodes(p, p.File.Lookup("rule", "alert_suppression", "group_by"))
	if p.File.Rule.Type == "threshold" {
		lookUpNodes(p, p.File.Lookup("rule", "threshold", "field"))
		if list := p.File.Lookup("rule", "threshold", "cardinality"); list != nil {
			for _, c := range list.Children {
				lookUpName(p, c.Get("field"))
			}
		}
	}
}

// lookUpName reports a single name, as lookUpNodes; schema/wrong-type says that it is none.
func lookUpName(p *check.Pass, n *rule.Node) {
	if named(n) {
		lookUpNodes(p, n)
	}
}

// lookUpNodes reports the names of a list (or a single name) that the rule's indexes certainly lack.
func lookUpNodes(p *check.Pass, list *rule.Node) {
	if list == nil || p.File.Rule.Type == "esql" || len(p.File.Rule.Index) == 0 {
		return // an ES|QL query makes columns of its own; without indexes nothing is known
	}
	nodes := list.Children
	if list.Kind == rule.StringNode {
		nodes = []*rule.Node{list}
	}
	views, err := StackViews(p, nil)
	if err != nil {
		return
	}
	for _, n := range nodes {
		if n.Kind == rule.StringNode && n.Str != "" {
			lookUpNode(p, n, views[len(views)-1])
		}
	}
}

// lookUpNode reports a name that a view certainly lacks, or that is near to one that it has.
func lookUpNode(p *check.Pass, n *rule.Node, v *schema.View) {
	r := v.Describe(n.Str)
	if r.Presence != schema.Known && !p.Run.MayGuess() {
		return
	}
	if r.Presence == schema.Undecidable {
		if meant := typoOf(n.Str, v); meant != "" {
			p.Report(rule.Diagnostic{Span: n.Span, Severity: rule.Warning, Message: fmt.Sprintf("field %s is in no field list of %s", rule.Quote(n.Str), targetList(v)),
				Hint: fmt.Sprintf("did you mean %s?", rule.Quote(meant)), Fixes: check.Repair("write "+meant, false, tomlspan.SetString(n, meant))})
		}
		return
	}
	if r.Presence != schema.Absent {
		return
	}
	d := unknownName(n, v, true)
	if d.Hint == "" && len(r.Gaps) > 0 {
		d.Severity, d.Hint = rule.Warning, r.Gaps[0].String()
	}
	p.Report(d)
}

// unknownName says of a name that the indexes lack it, and with guess which near one they have.
func unknownName(n *rule.Node, v *schema.View, guess bool) rule.Diagnostic {
	d := rule.Diagnostic{Span: n.Span, Message: fmt.Sprintf("unknown field %s: not in %s", rule.Quote(n.Str), targetList(v))}
	if !guess {
		return d
	}
	if near := v.Near(n.Str); len(near) > 0 {
		d.Hint = fmt.Sprintf("did you mean %s?", rule.Quote(near[0].Name))
		d.Fixes = check.Repair("write "+near[0].Name, false, []rule.Edit{{Span: n.Span, New: rule.QuoteTOML(near[0].Name)}})
	}
	return d
}
