package fieldcheck

import (
	"fmt"
	"slices"

	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/schema"
)

// checkRequiredFields looks up the fields that a rule says it needs, and holds their types to those of the indexes.
func checkRequiredFields(p *check.Pass) {
	list := p.File.Lookup("rule", "required_fields")
	if list == nil || list.Kind != rule.ArrayNode || len(p.File.Rule.Index) == 0 {
		return
	}
	views, err := StackViews(p, nil)
	if err != nil {
		return
	}
	v := views[len(views)-1]
	for _, entry := range list.Children {
		name := entry.Get("name")
		if name == nil || name.Kind != rule.StringNode || name.Str == "" {
			continue
		}
		lookUpNode(p, name, v)
		requiredType(p, entry, v.Describe(name.Str), name.Str)
	}
}

// requiredType compares the type that an entry states with those that the indexes have.
func requiredType(p *check.Pass, entry *rule.Node, r *schema.Result, name string) {
	typ := entry.Get("type")
	if r.Presence != schema.Known || r.Outside || typ == nil || typ.Kind != rule.StringNode || typ.Str == "" || len(r.Types) == 0 {
		return
	}
	var have []string
	for _, t := range r.Types {
		if t.Type == typ.Str || t.Type == "" {
			return
		}
		if !slices.Contains(have, t.Type) {
			have = append(have, t.Type)
		}
	}
	d := rule.Diagnostic{Span: typ.Span, Message: fmt.Sprintf("field %s is said to be %s, but is %s in %s", rule.Quote(name), rule.Quote(typ.Str), rule.Quote(have[0]), r.Types[0].Sources[0]),
		Fixes: check.Repair("write "+have[0], false, tomlspan.SetString(typ, have[0]))}
	if Family(typ.Str) == Family(have[0]) && Family(have[0]) != "" {
		d.Severity = rule.Warning // a query cannot tell them apart
	}
	p.Report(d)
}
