// Package inventory lists what the rules of a set are and what they use: fields of queries and of other keys, index
// patterns, techniques, tags. It needs no catalog and judges nothing.
package inventory

import (
	"maps"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/kql"
	"github.com/rulevet/rulevet/kql/eval"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/source"
)

// Entry is one rule. Lists are sorted and have no repeats, but Index, which is as the rule has it.
type Entry struct {
	Path       string   `json:"path"`                // of the rule file
	Record     int      `json:"record,omitempty"`    // in a file of several
	RuleID     string   `json:"ruleId,omitempty"`    // value of rule_id; empty if the rule has none
	Name       string   `json:"name"`                // as the rule titles itself
	Type       string   `json:"type,omitempty"`      // as the rule writes it: "eql", "threshold"
	Language   string   `json:"language,omitempty"`  // of its query; empty if it has none
	Severity   string   `json:"severity,omitempty"`  // as the rule writes it
	RiskScore  *int64   `json:"riskScore,omitempty"` // nil if the rule has none
	Maturity   string   `json:"maturity,omitempty"`  // of [metadata]
	Index      []string `json:"index"`               // patterns that it searches, those of FROM for ES|QL
	Tags       []string `json:"tags"`                // in file order
	Tactics    []string `json:"tactics"`             // ids
	Techniques []string `json:"techniques"`          // ids, sub-techniques included
	Fields     []string `json:"fields"`              // that query and keys name, sorted
	// NotRead says why Fields lacks those of the query: it does not parse, or is Lucene's.
	NotRead string `json:"notRead,omitempty"`
}

// Build lists rules in the order given.
func Build(files []*rule.File) []Entry {
	out := make([]Entry, 0, len(files))
	for _, f := range files {
		out = append(out, entry(f))
	}
	return out
}

func entry(f *rule.File) Entry {
	r := f.Rule
	e := Entry{Path: f.Path, Record: f.Record, RuleID: r.ID, Name: r.Name, Type: r.Type, Language: language(r), Severity: r.Severity,
		RiskScore: r.RiskScore, Maturity: f.Metadata.Maturity, Index: append([]string{}, r.Index...), Tags: append([]string{}, r.Tags...)}
	used := map[string]bool{}
	e.NotRead = query(&e, f, used)
	keys(f, used)
	e.Fields = sorted(used)
	tactics, techniques := map[string]bool{}, map[string]bool{}
	for _, list := range append([][]rule.Threat{r.Threat}, mappings(r)...) {
		for _, t := range list {
			add(tactics, t.Tactic.ID)
			for _, te := range t.Techniques {
				add(techniques, te.ID)
				for _, sub := range te.Subtechniques {
					add(techniques, sub.ID)
				}
			}
		}
	}
	e.Tactics, e.Techniques = sorted(tactics), sorted(techniques)
	return e
}

func mappings(r *rule.Rule) (out [][]rule.Threat) {
	for _, m := range r.ThreatMappings {
		out = append(out, m.Threat)
	}
	return out
}

func add(set map[string]bool, name string) {
	if name != "" {
		set[name] = true
	}
}

func sorted(set map[string]bool) []string {
	out := make([]string, 0, len(set))
	return slices.AppendSeq(out, slices.Values(slices.Sorted(maps.Keys(set))))
}

// language is that of the query, from the type where the key is absent.
func language(r *rule.Rule) string {
	switch {
	case r.Type == "eql" || r.Type == "esql":
		return r.Type
	case r.Type == "machine_learning":
		return ""
	case r.Language == "":
		return "kuery"
	}
	return r.Language
}

// query adds the fields of the queries; it returns why they could not be read.
func query(e *Entry, f *rule.File, used map[string]bool) string {
	why := ""
	if f.Query != nil && strings.TrimSpace(f.Query.Value) != "" {
		why = fieldsOf(e, e.Language, f.Query.Value, used)
	}
	if m := f.Rule.ThreatMatch; m != nil && m.Query != "" && why == "" {
		lang := m.Language
		if lang == "" {
			lang = "kuery"
		}
		why = fieldsOf(nil, lang, m.Query, used)
	}
	return why
}

func fieldsOf(e *Entry, language, text string, used map[string]bool) string {
	switch language {
	case "eql":
		q, issues := eql.Parse(text)
		if source.HasErrors(issues) {
			return "the query is not valid EQL"
		}
		eql.Inspect(q, func(n eql.Node, enter bool) bool {
			if field, ok := n.(*eql.Field); ok && enter {
				add(used, field.Name)
			}
			return true
		})
	case "kuery":
		q, issues := kql.Parse(text, kql.Kuery)
		if source.HasErrors(issues) {
			return "the query is not valid KQL"
		}
		for _, u := range kql.Fields(q) {
			add(used, u.Name)
		}
	case "lucene":
		q, issues := eval.ParseLucene(text)
		if source.HasErrors(issues) {
			return "the query is not valid in Lucene's syntax"
		}
		for _, name := range q.Fields() {
			add(used, name)
		}
	case "esql":
		q, issues := esql.Parse(text)
		if source.HasErrors(issues) {
			return "the query is not valid ES|QL"
		}
		info, _ := esql.Check(q, &esql.Schema{})
		for _, u := range info.Fields {
			add(used, u.Attr.Field)
		}
		if e != nil && len(e.Index) == 0 {
			e.Index = append(e.Index, q.Indexes()...)
		}
	default:
		return "queries in " + language + " are not read for fields"
	}
	return ""
}

// keys adds the fields that other keys of the rule name.
func keys(f *rule.File, used map[string]bool) {
	all := func(n *rule.Node) {
		for _, s := range n.Strings() {
			add(used, s)
		}
	}
	r := f.Rule
	if t := r.Threshold; t != nil {
		for _, name := range t.Field {
			add(used, name)
		}
		for _, c := range t.Cardinality {
			add(used, c.Field)
		}
	}
	if t := r.NewTerms; t != nil {
		for _, name := range t.Value {
			add(used, name)
		}
	}
	if m := r.ThreatMatch; m != nil {
		for _, group := range m.Mapping {
			for _, entry := range group {
				add(used, entry.Field)
			}
		}
	}
	if s := r.AlertSuppression; s != nil {
		for _, name := range s.GroupBy {
			add(used, name)
		}
	}
	for _, key := range []string{"timestamp_override", "rule_name_override", "event_category_override", "timestamp_field", "tiebreaker_field"} {
		all(f.Lookup("rule", key))
	}
	all(f.Lookup("rule", "investigation_fields", "field_names"))
	for _, key := range []string{"risk_score_mapping", "severity_mapping"} {
		for i := 0; ; i++ {
			n := f.Lookup("rule", key, i)
			if n == nil {
				break
			}
			all(n.Get("field"))
		}
	}
	for i := 0; ; i++ {
		n := f.Lookup("rule", "filters", i, "meta", "key")
		if f.Lookup("rule", "filters", i) == nil {
			break
		}
		all(n)
	}
}

// Use is something that rules use, with the rules, by their place in the list.
type Use struct {
	Name  string // of what is used: a field, a tag, an index pattern
	Rules []int  // places in the list of entries, rising
}

// Uses turns entries around: what of tells of each, by name.
func Uses(entries []Entry, of func(Entry) []string) []Use {
	by := map[string][]int{}
	for i, e := range entries {
		for _, name := range of(e) {
			if list := by[name]; len(list) == 0 || list[len(list)-1] != i {
				by[name] = append(list, i)
			}
		}
	}
	out := make([]Use, 0, len(by))
	for _, name := range slices.Sorted(maps.Keys(by)) {
		out = append(out, Use{name, by[name]})
	}
	return out
}
