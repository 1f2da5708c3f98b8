package exchange

import (
	"bytes"
	"cmp"
	"fmt"

	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/rule"
)

// Exporter turns rule files and the files beside them into what Kibana imports. The zero value is ready.
type Exporter struct {
	problems   []Problem
	rules      []*value
	lists      []*value
	items      []*value
	connectors []*value
	byID       map[string]string // path by rule_id
}

// needed are the keys without which Kibana refuses a rule.
var needed = []string{"name", "description", "type", "rule_id", "severity", "risk_score"}

// Add takes a file. A file that is no rule and lies beside none is passed over: Add reports false.
func (ex *Exporter) Add(f *rule.File, diags []rule.Diagnostic) bool {
	fail := func(s rule.Span, format string, args ...any) bool {
		p := Problem{Severity: rule.Error, Path: f.Path, Message: fmt.Sprintf(format, args...)}
		if s != (rule.Span{}) {
			at := f.Position(s.Start)
			p.Line, p.Column = at.Line, at.Column
		}
		ex.problems = append(ex.problems, p)
		return true
	}
	for _, d := range diags {
		if d.Severity == rule.Error {
			return fail(d.Span, "%s", d.Message)
		}
	}
	kind := f.Kind()
	if kind != rule.RuleKind && kind != rule.ExceptionsKind && kind != rule.ConnectorsKind {
		return false
	}
	doc, err := fromNode(f, f.Root)
	if err != nil {
		at := rule.Span{}
		if p, ok := err.(*placeError); ok {
			at = p.span
		}
		return fail(at, "%v", err)
	}
	switch kind {
	case rule.ExceptionsKind:
		lists, items, err := exceptionRecords(doc)
		if err != nil {
			return fail(rule.Span{}, "%v", err)
		}
		ex.lists, ex.items = append(ex.lists, lists...), append(ex.items, items...)
	case rule.ConnectorsKind:
		list, err := connectorRecords(doc)
		if err != nil {
			return fail(rule.Span{}, "%v", err)
		}
		ex.connectors = append(ex.connectors, list...)
	default:
		return ex.rule(f, doc, fail)
	}
	return true
}

func (ex *Exporter) rule(f *rule.File, doc *value, fail func(rule.Span, string, ...any) bool) bool {
	r := doc.get("rule")
	if r == nil || r.kind != rule.TableNode {
		return fail(rule.Span{}, "the file has no table [rule]")
	}
	table := f.Lookup("rule")
	for _, key := range needed {
		if r.get(key) == nil {
			return fail(table.Span, "%s is missing, and Kibana refuses a rule without it", rule.Quote(key))
		}
	}
	id := r.str("rule_id")
	if first := ex.byID[id]; first != "" {
		return fail(f.Lookup("rule", "rule_id").Span, "rule_id %s is that of %s too, and Kibana takes it once", rule.Quote(id), first)
	}
	record, err := toRecord(doc)
	if err != nil {
		return fail(table.Span, "%v", err)
	}
	if ex.byID == nil {
		ex.byID = map[string]string{}
	}
	ex.byID[id] = f.Path
	if len(f.Comments) > 0 {
		at := f.Position(f.Comments[0].Span.Start)
		ex.problems = append(ex.problems, Problem{Severity: rule.Info, Path: f.Path, Line: at.Line, Column: at.Column,
			Message: fmt.Sprintf("%s of the file %s left out: JSON has none", wording.Count(len(f.Comments), "comment"), map[bool]string{true: "is", false: "are"}[len(f.Comments) == 1])})
	}
	ex.rules = append(ex.rules, record)
	return true
}

// NDJSON returns the export: rules, exception lists, their items, connectors, and the line of counts, as Kibana writes them,
// with the keys of each object sorted.
func (ex *Exporter) NDJSON() ([]byte, []Problem, Counts) {
	var b bytes.Buffer
	for _, list := range [][]*value{ex.rules, ex.lists, ex.items, ex.connectors} {
		for _, v := range list {
			b.Write(append(v.appendJSON(nil), '\n'))
		}
	}
	counts := Counts{len(ex.rules), len(ex.lists), len(ex.items), len(ex.connectors)}
	b.Write(append(ex.summary(counts).appendJSON(nil), '\n'))
	return b.Bytes(), ex.problems, counts
}

// summary is the last line of an export.
func (ex *Exporter) summary(c Counts) *value {
	s := object()
	count := func(key string, n int) { s.members[key] = integer(n) }
	missing := func(key, countKey string, list []*value) {
		s.members[key] = array(list...)
		count(countKey, len(list))
	}
	count("exported_count", c.Rules+c.Lists+c.Items+c.Connectors)
	count("exported_rules_count", c.Rules)
	missing("missing_rules", "missing_rules_count", nil)
	count("exported_exception_list_count", c.Lists)
	count("exported_exception_list_item_count", c.Items)
	missing("missing_exception_lists", "missing_exception_lists_count", ex.missingLists())
	missing("missing_exception_list_items", "missing_exception_list_items_count", nil)
	count("exported_action_connector_count", c.Connectors)
	missing("missing_action_connections", "missing_action_connection_count", ex.missingConnectors())
	missing("excluded_action_connections", "excluded_action_connection_count", nil)
	return s
}

// missingLists are the lists that rules use and no file has. The list of endpoint exceptions is in every Kibana.
func (ex *Exporter) missingLists() []*value {
	there := map[string]bool{"endpoint_list": true}
	for _, l := range ex.lists {
		there[l.str("list_id")] = true
	}
	return ex.references("exceptions_list", "list_id", there)
}

func (ex *Exporter) missingConnectors() []*value {
	there := map[string]bool{}
	for _, c := range ex.connectors {
		there[c.str("id")] = true
	}
	return ex.references("actions", "id", there)
}

// references are the entries of a list of all rules that are not there, by id.
func (ex *Exporter) references(list, key string, there map[string]bool) []*value {
	var out []*value
	for _, r := range ex.rules {
		refs := r.get(list)
		if refs == nil {
			continue
		}
		for _, ref := range refs.list {
			id := ref.str(key)
			if id == "" || there[id] {
				continue
			}
			there[id] = true
			v := object()
			v.members[key] = text(id)
			if typ := cmp.Or(ref.str("action_type_id"), ref.str("type")); typ != "" {
				v.members["type"] = text(typ)
			}
			out = append(out, v)
		}
	}
	return out
}
