package lint

import (
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/tags"
)

// Mutators of keys, types and tables.

func schemaMutators() []mutator {
	return []mutator{
		misspeltKeys, missingKeys, wrongTypes, unknownKeys, misspeltHeaders, duplicateKeys, brokenTOML,
		emptyStrings, ranges, duplicateElements,
	}
}

// slips are misspellings of a word by one character.
func slips(word string) map[string]string {
	out := map[string]string{}
	r := []rune(word)
	n := len(r)
	if n < 3 {
		return out
	}
	mid := n / 2
	out["dropped letter"] = string(slices.Concat(r[:mid], r[mid+1:]))
	out["doubled letter"] = string(slices.Concat(r[:mid], []rune{r[mid], r[mid]}, r[mid+1:]))
	out["dropped last"] = string(r[:n-1])
	out["added last"] = word + "s"
	if r[mid] != r[mid-1] {
		out["swapped letters"] = string(slices.Concat(r[:mid-1], []rune{r[mid], r[mid-1]}, r[mid+1:]))
	}
	out["replaced letter"] = string(slices.Concat(r[:mid], []rune{'q'}, r[mid+1:]))
	return out
}

// plainKeys calls visit for the entries "key = value" of the tables whose shape is known, with a path for the name.
func plainKeys(f *rule.File, visit func(path string, parent, n *rule.Node)) {
	var walk func(path string, n *rule.Node)
	walk = func(path string, n *rule.Node) {
		for _, c := range n.Children {
			sub := path
			if c.Key != "" {
				sub = strings.TrimPrefix(path+"."+c.Key, ".")
			}
			if strings.HasPrefix(sub, "rule.filters") || strings.HasPrefix(sub, "metadata.extended") || strings.HasPrefix(sub, "rule.meta") ||
				strings.Contains(sub, "ecs_mapping") || strings.HasPrefix(sub, "rule.threat_filters") || sub == "rule.exceptions_list" {
				continue
			}
			if c.Key != "" && tomlspan.PlainEntry(c) {
				visit(sub, n, c)
			}
			if c.Kind == rule.TableNode || c.Kind == rule.ArrayNode {
				walk(sub, c)
			}
		}
	}
	walk("", f.Root)
}

func misspeltKeys(f *rule.File) []mutant {
	var out []mutant
	plainKeys(f, func(path string, parent, n *rule.Node) {
		for kind, to := range slips(n.Key) {
			if parent.Get(to) != nil {
				continue
			}
			codes := []string{"schema/unknown-key"}
			if strings.HasPrefix(path, "rule.alert_suppression") {
				codes = append(codes, "suppression/shape")
			}
			out = append(out, mutant{name: "misspelt key, " + kind + ": " + path, codes: codes,
				edits: []rule.Edit{{Span: n.KeySpan, New: to}}, at: n.KeySpan.Start})
		}
	})
	return out
}

// required keys of each table, as the shapes have them.
func requiredKeys(f *rule.File) map[string][]string {
	req := map[string][]string{
		"metadata":                            {"creation_date", "updated_date", "maturity"},
		"rule":                                {"name", "rule_id", "type", "author", "description", "severity", "risk_score"},
		"rule.threat":                         {"framework"},
		"rule.threat.tactic":                  {"id", "name", "reference"},
		"rule.threat.technique":               {"id", "name", "reference"},
		"rule.threat.technique.subtechnique":  {"id", "name", "reference"},
		"rule.new_terms":                      {"field", "value"},
		"rule.new_terms.history_window_start": {"value", "field"},
		"rule.threshold":                      {"field", "value"},
		"rule.threshold.cardinality":          {"field", "value"},
		"rule.severity_mapping":               {"field"},
		"rule.risk_score_mapping":             {"field"},
		"transform.osquery":                   {"label", "query"},
		"transform.investigate":               {"label", "providers"},
	}
	if f.Rule.Type != "machine_learning" {
		req["rule"] = append(req["rule"], "language", "query")
	} else {
		req["rule"] = append(req["rule"], "anomaly_threshold", "machine_learning_job_id")
	}
	if f.Rule.Type == "threat_match" {
		req["rule"] = append(req["rule"], "threat_index")
	}
	return req
}

func missingKeys(f *rule.File) []mutant {
	var out []mutant
	req := requiredKeys(f)
	plainKeys(f, func(path string, parent, n *rule.Node) {
		table := strings.TrimSuffix(path, "."+n.Key)
		if !slices.Contains(req[table], n.Key) || parent.Inline {
			return
		}
		edits := tomlspan.DeleteEntry(f, n)
		at := parent.Span.Start
		if at > n.Entry.Start {
			return // a sub-table stands before its parent
		}
		codes := []string{"schema/missing-key"}
		if n.Key == "maturity" {
			codes = []string{"metadata/maturity-missing"}
		}
		if table == "rule.new_terms.history_window_start" {
			codes = append(codes, "new-terms/history-missing")
		}
		out = append(out, mutant{name: "missing key " + path, codes: codes, edits: edits, at: at})
	})
	return out
}

// otherValue is a value of another type.
func otherValues(n *rule.Node) map[string]string {
	switch n.Kind {
	case rule.StringNode:
		return map[string]string{"integer": "7", "boolean": "true", "array": "[" + `"x"` + "]"}
	case rule.IntegerNode:
		return map[string]string{"string": `"47"`, "float": "4.5", "boolean": "true"}
	case rule.BoolNode:
		return map[string]string{"string": `"true"`, "integer": "1"}
	case rule.ArrayNode:
		return map[string]string{"string": `"x"`, "integer": "1", "array of integers": "[1]"}
	case rule.TableNode:
		return map[string]string{"string": `"x"`}
	}
	return nil
}

func wrongTypes(f *rule.File) []mutant {
	var out []mutant
	plainKeys(f, func(path string, _, n *rule.Node) {
		for kind, to := range otherValues(n) {
			if path == "metadata.integration" && (kind == "string" || kind == "array") || path == "rule.machine_learning_job_id" && (kind == "array" || kind == "string") {
				continue
			}
			at := n.Span.Start
			out = append(out, mutant{name: "wrong type, " + kind + ": " + path, codes: []string{"schema/wrong-type"},
				edits: []rule.Edit{{Span: n.Span, New: to}}, at: at})
		}
	})
	return out
}

func unknownKeys(f *rule.File) []mutant {
	var out []mutant
	for _, table := range []string{"metadata", "rule"} {
		t := f.Lookup(table)
		if len(t.Children) == 0 || !tomlspan.PlainEntry(t.Children[0]) {
			continue
		}
		at := t.Children[0].Entry.Start
		for _, line := range []string{"zzz = 1\n", "priority = \"high\"\n", "foo.bar = \"x\"\n"} {
			out = append(out, mutant{name: "unknown key " + strings.TrimSpace(line) + " in " + table, codes: []string{"schema/unknown-key"},
				edits: []rule.Edit{{Span: rule.Span{Start: at, End: at}, New: line}}, at: at})
		}
	}
	for _, key := range []string{"anomaly_threshold = 50\n", "machine_learning_job_id = \"x\"\n", "threat_index = [\"x\"]\n", "event_category_override = \"event.category\"\n"} {
		t := f.Lookup("rule")
		name, _, _ := strings.Cut(key, " ")
		if ofType := map[string]string{"anomaly_threshold": "machine_learning", "machine_learning_job_id": "machine_learning", "threat_index": "threat_match", "event_category_override": "eql"}[name]; ofType == f.Rule.Type {
			continue
		}
		at := t.Children[0].Entry.Start
		out = append(out, mutant{name: "key of another type " + name, codes: []string{"schema/key-for-other-type"},
			edits: []rule.Edit{{Span: rule.Span{Start: at, End: at}, New: key}}, at: at})
	}
	return out
}

// misspeltHeaders misspells the last part of the first header of each table.
func misspeltHeaders(f *rule.File) []mutant {
	var out []mutant
	done := map[string]bool{}
	for at := 0; at < len(f.Src); at = tomlspan.LineEnd(f.Src, at) + 1 {
		line := strings.TrimSpace(string(f.Src[at:tomlspan.LineEnd(f.Src, at)]))
		if !strings.HasPrefix(line, "[") || !strings.HasSuffix(line, "]") || f.Query != nil && at > f.Query.Span.Start && at < f.Query.Span.End {
			continue
		}
		name := strings.Trim(line, "[]")
		n := f.Lookup(anyPath(name)...)
		if strings.ContainsAny(name, " \"'") || done[name] || strings.HasPrefix(name, "rule.filters") || strings.Contains(name, "ecs_mapping") || n == nil ||
			strings.HasPrefix(name, "rule.threat_filters") || name == "rule.threat_mapping" || name == "rule.threat" && len(f.Rule.Threat) > 1 {
			continue
		}
		done[name] = true
		start := at + strings.Index(string(f.Src[at:]), name)
		last := name[strings.LastIndexByte(name, '.')+1:]
		start += len(name) - len(last)
		for kind, to := range slips(last) {
			out = append(out, mutant{name: "misspelt header, " + kind + ": " + name, codes: []string{"schema/unknown-table", "transform/unknown-plugin"},
				edits: []rule.Edit{{Span: rule.Span{Start: start, End: start + len(last)}, New: to}}, at: at,
			})
		}
	}
	return out
}

func anyPath(name string) []any {
	var out []any
	for p := range strings.SplitSeq(name, ".") {
		out = append(out, p)
		if p == "threat" || p == "technique" || p == "osquery" || p == "investigate" || p == "threat_mapping" || p == "entries" {
			out = append(out, 0)
		}
	}
	if n := len(out); n > 0 {
		if _, ok := out[n-1].(int); ok {
			out = out[:n-1]
		}
	}
	return out
}

func duplicateKeys(f *rule.File) []mutant {
	var out []mutant
	for _, path := range [][]any{{"rule", "severity"}, {"rule", "name"}, {"rule", "tags"}, {"metadata", "maturity"}, {"metadata", "creation_date"}} {
		n := f.Lookup(path...)
		if n == nil || !tomlspan.PlainEntry(n) {
			continue
		}
		at := tomlspan.LineEnd(f.Src, n.Entry.End)
		out = append(out, mutant{name: "duplicate key " + n.Key, codes: []string{"file/syntax"},
			edits: []rule.Edit{{Span: rule.Span{Start: at, End: at}, New: "\n" + f.Slice(n.Entry)}}, at: at + 1})
	}
	if t := f.Lookup("metadata"); t != nil {
		end := len(f.Src)
		out = append(out, mutant{name: "duplicate table", codes: []string{"file/syntax"},
			edits: []rule.Edit{{Span: rule.Span{Start: end, End: end}, New: "\n[metadata]\n"}}, at: end + 1})
	}
	return out
}

func brokenTOML(f *rule.File) []mutant {
	var out []mutant
	add := func(name string, at int, edit rule.Edit) {
		out = append(out, mutant{name: "TOML " + name, codes: []string{"file/syntax"}, edits: []rule.Edit{edit}, at: at})
	}
	if n := f.Lookup("rule", "severity"); n != nil && f.Src[n.Span.Start] == '"' {
		add("closing quote missing", n.Span.Start, rule.Edit{Span: rule.Span{Start: n.Span.End - 1, End: n.Span.End}})
		add("opening quote missing", n.Span.Start, rule.Edit{Span: rule.Span{Start: n.Span.Start, End: n.Span.Start + 1}})
		add("equals sign missing", n.KeySpan.Start, rule.Edit{Span: rule.Span{Start: n.KeySpan.End, End: n.Span.Start}, New: " "})
		add("colon for equals sign", n.KeySpan.Start, rule.Edit{Span: rule.Span{Start: n.KeySpan.End, End: n.Span.Start}, New: ": "})
		add("bad escape", n.Span.Start, rule.Edit{Span: rule.Span{Start: n.Span.Start + 1, End: n.Span.Start + 1}, New: `\q`})
		add("value missing", n.KeySpan.Start, rule.Edit{Span: n.Span})
	}
	if n := f.Lookup("rule", "author"); n != nil && n.Kind == rule.ArrayNode && len(n.Children) == 1 {
		add("closing bracket missing", n.Span.Start, rule.Edit{Span: rule.Span{Start: n.Span.End - 1, End: n.Span.End}})
	}
	if n := tags.TagList(f); n != nil && len(n.Children) > 2 {
		if comma := tomlspan.CommaAfter(f, n.Children[0].Span.End, n.Span.End); comma >= 0 {
			add("comma missing", n.Children[0].Span.Start, rule.Edit{Span: rule.Span{Start: comma, End: comma + 1}})
		}
	}
	if t := f.Lookup("rule"); t != nil {
		add("header bracket missing", t.Span.Start, rule.Edit{Span: rule.Span{Start: t.Span.End - 1, End: t.Span.End}})
	}
	return out
}

func emptyStrings(f *rule.File) []mutant {
	var out []mutant
	add := func(name, codes string, n *rule.Node) {
		if n != nil && n.Kind == rule.StringNode {
			out = append(out, mutant{name: "empty " + name, codes: strings.Fields(codes), edits: []rule.Edit{{Span: n.Span, New: `""`}}, at: n.Span.Start})
		}
	}
	add("name", "repo/missing-name", f.Lookup("rule", "name"))
	add("rule_id", "repo/missing-id", f.Lookup("rule", "rule_id"))
	add("query", "query/empty schema/empty-string", f.Lookup("rule", "query"))
	add("new_terms.value", "schema/empty-string", f.Lookup("rule", "new_terms", "value", 0))
	add("threshold.field", "schema/empty-string", f.Lookup("rule", "threshold", "field", 0))
	add("field_names", "schema/empty-string", f.Lookup("rule", "investigation_fields", "field_names", 0))
	add("group_by", "schema/empty-string", f.Lookup("rule", "alert_suppression", "group_by", 0))
	return out
}

func ranges(f *rule.File) []mutant {
	var out []mutant
	add := func(value string, path ...any) {
		if n := f.Lookup(path...); n != nil && n.Kind == rule.IntegerNode {
			out = append(out, mutant{name: "out of range " + n.Key, codes: []string{"schema/range"}, edits: []rule.Edit{{Span: n.Span, New: value}}, at: n.Span.Start})
		}
	}
	add("101", "rule", "risk_score")
	add("-1", "rule", "risk_score")
	add("0", "rule", "max_signals")
	add("0", "rule", "threshold", "value")
	add("0", "rule", "threshold", "cardinality", 0, "value")
	add("0", "rule", "alert_suppression", "duration", "value")
	list := func(name, value string, path ...any) {
		if n := f.Lookup(path...); n != nil && n.Kind == rule.ArrayNode {
			out = append(out, mutant{name: "list length " + name, codes: []string{"schema/list-length"}, edits: []rule.Edit{{Span: n.Span, New: value}}, at: n.Span.Start})
		}
	}
	list("new_terms.value 0", "[]", "rule", "new_terms", "value")
	list("new_terms.value 4", `["host.id", "user.id", "user.name", "host.name"]`, "rule", "new_terms", "value")
	list("group_by 0", "[]", "rule", "alert_suppression", "group_by")
	list("group_by 4", `["host.id", "user.id", "user.name", "host.name"]`, "rule", "alert_suppression", "group_by")
	list("threshold.field 6", `["host.id", "user.id", "user.name", "host.name", "process.name", "agent.id"]`, "rule", "threshold", "field")
	return out
}

// duplicateElements lists an element of a list twice.
func duplicateElements(f *rule.File) []mutant {
	var out []mutant
	for name, path := range map[string][]any{"tags/duplicate": {"rule", "tags"}, "index/duplicate": {"rule", "index"},
		"rule/references-duplicate": {"rule", "references"}} {
		n := f.Lookup(path...)
		if n == nil || n.Kind != rule.ArrayNode || len(n.Children) < 2 {
			continue
		}
		first, last := n.Children[0], n.Children[len(n.Children)-1]
		out = append(out, mutant{name: "element twice", codes: []string{name},
			edits: []rule.Edit{{Span: rule.Span{Start: last.Span.End, End: last.Span.End}, New: ", " + f.Slice(first.Span)}}, at: last.Span.End})
	}
	if n := f.Lookup("rule", "threshold", "field"); n != nil && len(n.Children) == 2 {
		last := n.Children[1]
		out = append(out, mutant{name: "element twice", codes: []string{"threshold/duplicate-field"},
			edits: []rule.Edit{{Span: last.Span, New: f.Slice(n.Children[0].Span)}}, at: last.Span.Start})
	}
	if n := f.Lookup("rule", "new_terms", "value"); n != nil && len(n.Children) == 2 {
		last := n.Children[1]
		out = append(out, mutant{name: "element twice", codes: []string{"new-terms/duplicate-field"},
			edits: []rule.Edit{{Span: last.Span, New: f.Slice(n.Children[0].Span)}}, at: last.Span.Start})
	}
	return out
}
