package lint

import (
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/indexes"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/tags"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
)

// Mutators of single values: keys of [metadata] and [rule], tags, indexes.

// value replaces the value at a path, if it is there and pick agrees.
func value(codes, key, to string, pick func(f *rule.File, n *rule.Node) bool) mutator {
	return one(key+" = "+to, codes, func(f *rule.File) ([]rule.Edit, int, bool) {
		n := f.Lookup(anyPath(key)...)
		if n == nil || n.Kind == rule.TableNode || n.Entry.Start > n.Span.Start || pick != nil && !pick(f, n) {
			return nil, 0, false
		}
		return []rule.Edit{{Span: n.Span, New: to}}, n.Span.Start, true
	})
}

// add sets a key that the rule does not have, as the first one of its table.
func addKey(codes, table, key, to string) mutator {
	return one("new "+key+" = "+to, codes, func(f *rule.File) ([]rule.Edit, int, bool) {
		t := f.Lookup(table)
		if t == nil || t.Get(key) != nil || len(t.Children) == 0 || !tomlspan.PlainEntry(t.Children[0]) {
			return nil, 0, false
		}
		at := t.Children[0].Entry.Start
		return []rule.Edit{{Span: rule.Span{Start: at, End: at}, New: key + " = " + to + "\n"}}, at, true
	})
}

// drop deletes a key; the finding stands where another key is, by its path.
func drop(codes, table, key, at string) mutator {
	return one("no "+key, codes, func(f *rule.File) ([]rule.Edit, int, bool) {
		n, where := f.Lookup(table, key), f.Lookup(table)
		if at != "" {
			where = f.Lookup(table, at)
		}
		if n == nil || where == nil || !tomlspan.PlainEntry(n) {
			return nil, 0, false
		}
		edits := tomlspan.DeleteEntry(f, n)
		place := where.Span.Start
		if place > edits[0].Span.Start {
			place -= edits[0].Span.End - edits[0].Span.Start
		}
		return edits, place, true
	})
}

// misspeltEnums replaces each value of an enumeration by slips of it.
func misspeltEnums(f *rule.File) []mutant {
	var out []mutant
	for _, key := range []string{"metadata.maturity", "rule.severity", "rule.type", "rule.language", "rule.building_block_type", "rule.threat.framework",
		"rule.alert_suppression.missing_fields_strategy", "rule.alert_suppression.duration.unit", "rule.risk_score_mapping.0.operator",
		"rule.severity_mapping.0.operator", "rule.severity_mapping.0.severity", "rule.threat_mapping.entries.type", "rule.threat_language",
		"rule.exceptions_list.0.namespace_type"} {
		n := f.Lookup(indexedPath(key)...)
		if n == nil || n.Kind != rule.StringNode {
			continue
		}
		forms := slips(n.Str)
		forms["upper case"] = strings.ToUpper(n.Str)
		forms["first letter changed in case"] = strings.ToUpper(n.Str[:1]) + n.Str[1:]
		forms["other"] = "xyz"
		forms["blank behind"] = n.Str + " "
		for kind, to := range forms {
			if to == n.Str {
				continue
			}
			code := "schema/bad-value"
			switch key {
			case "rule.type":
				code = "schema/rule-type"
			case "rule.threat.framework":
				code = "threat/framework"
			}
			out = append(out, mutant{name: "misspelt value, " + kind + ": " + key, codes: []string{code},
				edits: []rule.Edit{{Span: n.Span, New: rule.QuoteTOML(to)}}, at: n.Span.Start})
		}
	}
	return out
}

func indexedPath(key string) []any {
	var out []any
	for _, p := range anyPath(key) {
		if p == "0" {
			p = 0
		}
		out = append(out, p)
	}
	return out
}

func typed(types ...string) func(*rule.File, *rule.Node) bool {
	return func(f *rule.File, _ *rule.Node) bool { return slices.Contains(types, f.Rule.Type) }
}

func has(path ...any) func(*rule.File) bool {
	return func(f *rule.File) bool { return f.Lookup(path...) != nil }
}

func valueMutators() []mutator {
	return slices.Concat(metadataMutators(), ruleKeyMutators(), scheduleMutators(), typeMutators(), tagMutators(), indexMutators(), []mutator{misspeltEnums})
}

func metadataMutators() []mutator {
	var out []mutator
	for _, key := range []string{"metadata.creation_date", "metadata.updated_date"} {
		for _, bad := range []string{`"2024/13/01"`, `"2024/02/30"`, `"2024-01-01"`, `"01/02/2024"`, `"2024/1/2"`, `"today"`, `"2024/01/01 10:00"`, `""`} {
			out = append(out, value("metadata/date-format", key, bad, nil))
		}
	}
	return append(out,
		value("metadata/updated-before-created", "metadata.updated_date", `"1999/01/01"`, nil),
		value("metadata/date-in-future", "metadata.updated_date", `"2099/01/01"`, nil),
		value("metadata/min-stack-format", "metadata.min_stack_version", `"nine"`, nil),
		value("metadata/min-stack-format", "metadata.min_stack_version", `"9"`, nil),
		value("metadata/min-stack-format", "metadata.min_stack_version", `"9.4"`, nil),
		value("metadata/min-stack-format", "metadata.min_stack_version", `"v9.4.0"`, nil),
		value("metadata/min-stack-unsupported", "metadata.min_stack_version", `"7.17.0"`, func(f *rule.File, _ *rule.Node) bool { return f.Rule.Type == "query" }).allow("schema/key-needs-min-stack"),
		value("metadata/min-stack-unknown", "metadata.min_stack_version", `"9.44.0"`, nil),
		drop("metadata/min-stack-comment", "metadata", "min_stack_comments", "min_stack_version"),
		value("integration/unknown", "metadata.integration", `["endpont"]`, nil).allow("integration/index-missing integration/expected integration/missing integration/mismatch ml/job-unknown"),
		addKey("schema/unknown-key", "metadata", "deprecated_reason", `"x"`),
	)
}

func ruleKeyMutators() []mutator {
	lacking := func(key string) func(*rule.File) bool {
		return func(f *rule.File) bool { return f.Lookup("rule", key) == nil }
	}
	severe := func(severity string) func(*rule.File, *rule.Node) bool {
		return func(f *rule.File, _ *rule.Node) bool { return f.Rule.Severity == severity }
	}
	return []mutator{
		value("rule/id-format", "rule.rule_id", `"123"`, nil),
		one("upper case id", "rule/id-format", func(f *rule.File) ([]rule.Edit, int, bool) {
			n := f.Lookup("rule", "rule_id")
			return []rule.Edit{{Span: n.Span, New: strings.ToUpper(f.Slice(n.Span))}}, n.Span.Start, true
		}),
		one("short id", "rule/id-format", func(f *rule.File) ([]rule.Edit, int, bool) {
			n := f.Lookup("rule", "rule_id")
			return []rule.Edit{{Span: rule.Span{Start: n.Span.End - 2, End: n.Span.End - 1}}}, n.Span.Start, true
		}),
		one("id without hyphens", "rule/id-format", func(f *rule.File) ([]rule.Edit, int, bool) {
			n := f.Lookup("rule", "rule_id")
			return []rule.Edit{{Span: n.Span, New: strings.ReplaceAll(f.Slice(n.Span), "-", "")}}, n.Span.Start, true
		}),
		one("id with a wrong letter", "rule/id-format", func(f *rule.File) ([]rule.Edit, int, bool) {
			n := f.Lookup("rule", "rule_id")
			return []rule.Edit{{Span: rule.Span{Start: n.Span.Start + 1, End: n.Span.Start + 2}, New: "g"}}, n.Span.Start, true
		}),
		value("rule/name-pattern", "rule.name", `"-x-"`, nil).allow("note/guide-title"),
		value("rule/name-pattern", "rule.name", `"Suspicious thing."`, nil).allow("note/guide-title"),
		value("rule/severity-risk", "rule.risk_score", "5", func(f *rule.File, _ *rule.Node) bool { return f.Rule.Severity != "low" }),
		value("rule/severity-risk", "rule.risk_score", "99", func(f *rule.File, _ *rule.Node) bool { return f.Rule.Severity != "critical" }),
		value("rule/severity-risk", "rule.risk_score", "48", severe("medium")),
		value("rule/severity-risk", "rule.risk_score", "22", severe("low")),
		one("severity changed", "rule/severity-risk", func(f *rule.File) ([]rule.Edit, int, bool) {
			n := f.Lookup("rule", "severity")
			to := `"critical"`
			if n.Str == "critical" {
				to = `"low"`
			}
			return []rule.Edit{{Span: n.Span, New: to}}, f.Lookup("rule", "risk_score").Span.Start, f.Lookup("rule", "risk_score").Span.Start < n.Span.Start
		}).allow("note/triage-missing"),
		value("rule/risk-canonical", "rule.risk_score", "50", severe("high")),
		value("rule/license", "rule.license", `"Elastic License V2"`, nil),
		value("rule/license", "rule.license", `"Elastic License"`, nil),
		value("rule/license-unknown", "rule.license", `"Elastic Licence v2"`, nil),
		value("rule/license-unknown", "rule.license", `"Elastc License v2"`, nil),
		value("rule/max-signals-limit", "rule.max_signals", "10000", nil),
		value("rule/timestamp-override", "rule.timestamp_override", `"@timestamp"`, overridable),
		value("rule/timestamp-override", "rule.timestamp_override", `"event.ingest"`, overridable),
		value("rule/timestamp-override", "rule.timestamp_override", `"event.created"`, overridable),
		value("rule/type-language", "rule.language", `"kuery"`, typed("eql", "esql")),
		value("rule/type-language", "rule.language", `"eql"`, typed("query", "new_terms", "threshold", "threat_match", "esql")),
		value("rule/type-language", "rule.language", `"esql"`, typed("query", "new_terms", "threshold", "eql")),
		addKey("rule/timeline-pair", "rule", "timeline_id", `"db366523-f1c6-4c1f-8731-6ce5ed9e5717"`).only(lacking("timeline_title")),
		addKey("rule/timeline-pair", "rule", "timeline_title", `"Generic Endpoint Timeline"`).only(lacking("timeline_id")),
		value("rule/timeline-mismatch", "rule.timeline_title", `"Generic Netwrk Timeline"`, nil),
		value("rule/timeline-unknown", "rule.timeline_id", `"db366523-f1c6-4c1f-8731-6ce5ed9e5718"`, nil),
		addKey("rule/index-and-data-view", "rule", "data_view_id", `"x"`).only(has("rule", "index")),
		addKey("schema/version-set", "rule", "version", "3"),
		addKey("schema/version-set", "rule", "revision", "3"),
		value("rule/references-url", "rule.references", `["see the wiki"]`, nil),
		value("rule/references-insecure", "rule.references", `["http://example.com/"]`, nil),
	}
}

func overridable(f *rule.File, n *rule.Node) bool {
	return n.Str == "event.ingested" && !facts.IsSequence(f) && f.Rule.Type != "esql" && f.Rule.Type != "machine_learning" && f.Rule.Language != "lucene"
}

func scheduleMutators() []mutator {
	var out []mutator
	for _, bad := range []string{`"9m"`, `"now - 9m"`, `"now-9"`, `"now-m"`, `"now-9min"`, `"now+9m"`, `"now"`, `"-9m"`, `"nw-9m"`, `""`} {
		out = append(out, value("rule/from-format", "rule.from", bad, nil).allow("rule/bbr-lookback"))
	}
	for _, bad := range []string{`"five"`, `"5"`, `"m5"`, `"5min"`, `"5w"`, `"-5m"`, `""`, `"5 m"`, `"1h30m"`} {
		out = append(out, value("rule/interval-format", "rule.interval", bad, nil))
	}
	long := func(f *rule.File, n *rule.Node) bool {
		every, ok := facts.IntervalOf(f)
		return ok && every.Minutes() >= 3 && f.Rule.BuildingBlockType == ""
	}
	return append(out,
		value("rule/lookback-gap", "rule.from", `"now-1m"`, long).allow("query/maxspan-lookback"),
		value("rule/lookback-gap", "rule.from", `"now-30s"`, long).allow("query/maxspan-lookback"),
		one("interval above look-back", "rule/lookback-gap", func(f *rule.File) ([]rule.Edit, int, bool) {
			n, from := f.Lookup("rule", "interval"), f.Lookup("rule", "from")
			if n == nil || from == nil {
				return nil, 0, false
			}
			return []rule.Edit{{Span: n.Span, New: `"30d"`}}, from.Span.Start, n.Span.Start > from.Span.Start
		}),
		value("rule/bbr-lookback", "rule.from", `"now-90m"`, timedBlock),
		value("rule/bbr-interval", "rule.interval", `"30m"`, timedBlock),
		drop("rule/bbr-timing-missing", "rule", "interval", "building_block_type").only(func(f *rule.File) bool { return timedBlock(f, nil) }),
		drop("rule/endpoint-lookback", "rule", "from", "name").only(func(f *rule.File) bool {
			return slices.Contains(f.Rule.Index, "logs-endpoint.events.*") && f.Rule.BuildingBlockType == "" && f.Rule.Interval == ""
		}).allow("query/maxspan-lookback"),
	)
}

func timedBlock(f *rule.File, _ *rule.Node) bool {
	return f.Rule.BuildingBlockType != "" && !f.Metadata.BypassBBRTiming && f.Rule.Interval != ""
}

func typeMutators() []mutator {
	return []mutator{
		value("new-terms/field-name", "rule.new_terms.field", `"new_term_fields"`, nil),
		value("new-terms/history-missing", "rule.new_terms.history_window_start.0.field", `"history_window"`, nil),
		value("new-terms/unknown-field", "rule.new_terms.value", `["user.nmae"]`, typed("new_terms")),
		value("new-terms/unknown-field", "rule.new_terms.value", `["host.idd"]`, typed("new_terms")),
		value("new-terms/history-long", "rule.new_terms.history_window_start.0.value", `"now-90d"`, nil),
		value("new-terms/history-format schema/bad-value", "rule.new_terms.history_window_start.0.value", `"7d"`, nil),
		value("new-terms/history-format schema/bad-value", "rule.new_terms.history_window_start.0.value", `"now-7days"`, nil),
		value("suppression/unknown-field", "rule.threshold.field", `["host.nmae"]`, nil),
		value("suppression/unknown-field", "rule.alert_suppression.group_by", `["host.nmae"]`, typed("query")),
		drop("suppression/shape", "rule.alert_suppression", "missing_fields_strategy", "").only(has("rule", "alert_suppression")),
		value("ml/job-unknown", "rule.machine_learning_job_id", `"no_such_job_at_all"`, func(f *rule.File, _ *rule.Node) bool {
			return slices.Contains(f.Metadata.Integration, "pad")
		}),
		addKey("suppression/shape", "rule", "alert_suppression", `{ group_by = ["host.id"] }`).only(func(f *rule.File) bool { return f.Rule.Type == "eql" }),
		drop("threat-match/language-missing", "rule", "threat_language", "threat_query"),
		value("rule/override-field", "rule.event_category_override", `"event.categry"`, nil),
		value("suppression/esql-not-computed", "rule.alert_suppression.group_by", `["Esql.nothing_here"]`, typed("esql")),
	}
}

func tagMutators() []mutator {
	first := func(prefix string) func(f *rule.File) *rule.Node {
		return func(f *rule.File) *rule.Node {
			if tags.TagList(f) == nil {
				return nil
			}
			for _, n := range tags.TagList(f).Children {
				if strings.HasPrefix(n.Str, prefix) {
					return n
				}
			}
			return nil
		}
	}
	change := func(codes, name, prefix string, to func(string) string) mutator {
		return one("tag "+name, codes, func(f *rule.File) ([]rule.Edit, int, bool) {
			n := first(prefix)(f)
			if n == nil || to(n.Str) == n.Str {
				return nil, 0, false
			}
			return []rule.Edit{{Span: n.Span, New: rule.QuoteTOML(to(n.Str))}}, n.Span.Start, true
		})
	}
	lose := func(codes, tag string, when func(f *rule.File) bool) mutator {
		return one("no tag "+tag, codes, func(f *rule.File) ([]rule.Edit, int, bool) {
			n := first(tag)(f)
			if n == nil || !when(f) {
				return nil, 0, false
			}
			list := tags.TagList(f)
			return tomlspan.RemoveElement(f, list, slices.Index(list.Children, n)), list.KeySpan.Start, true
		})
	}
	bare := func(s string) string { _, v, _ := strings.Cut(s, ": "); return v }
	always := func(*rule.File) bool { return true }
	return []mutator{
		value("tags/missing", "rule.tags", "[]", func(f *rule.File, n *rule.Node) bool { return true }).line(func(f *rule.File) int { return f.Lookup("rule", "tags").KeySpan.Start }).
			allow("tags/index tags/bbr tags/primary-tactic tags/os-missing tags/ml tags/investigation-guide tags/llm"),
		change("tags/case", "upper case", "OS: ", strings.ToUpper),
		change("tags/case", "lower case", "Domain: Endpoint", strings.ToLower),
		change("tags/case", "lower case", "Use Case: Threat Detection", strings.ToLower),
		change("tags/case", "lower case", "Tactic: ", strings.ToLower).allow("tags/primary-tactic"),
		change("tags/prefix", "misspelt prefix", "Domain: ", func(s string) string { return "Domian: " + bare(s) }).allow("tags/index"),
		change("tags/prefix", "no prefix", "Use Case: ", bare),
		change("tags/prefix", "no blank behind the colon", "Use Case: ", func(s string) string { return strings.Replace(s, ": ", " - ", 1) }),
		lose("tags/os-missing", "OS: Windows", func(f *rule.File) bool { return strings.Contains(f.Path, "/windows/") }),
		lose("tags/os-missing", "OS: Linux", func(f *rule.File) bool { return strings.Contains(f.Path, "/linux/") }),
		lose("tags/os-missing", "OS: macOS", func(f *rule.File) bool { return strings.Contains(f.Path, "/macos/") }),
		lose("tags/investigation-guide", "Resources: Investigation Guide", func(f *rule.File) bool { return strings.Contains(f.Rule.Note, "Investigating") }),
		lose("tags/ml", "Rule Type: ML", always),
		lose("tags/bbr", "Rule Type: BBR", func(f *rule.File) bool { return strings.HasPrefix(f.Path, "rules_building_block") }),
		lose("tags/index", "Data Source: Elastic Endgame", func(f *rule.File) bool { return slices.Contains(f.Rule.Index, "endgame-*") }),
		lose("tags/index", "Data Source: SentinelOne", func(f *rule.File) bool { return slices.Contains(f.Rule.Index, "logs-sentinel_one_cloud_funnel.*") }),
		one("no primary tactic tag", "tags/primary-tactic", func(f *rule.File) ([]rule.Edit, int, bool) {
			if len(f.Rule.Threat) == 0 || f.Rule.Type == "machine_learning" {
				return nil, 0, false
			}
			n := first("Tactic: " + f.Rule.Threat[0].Tactic.Name)(f)
			if n == nil {
				return nil, 0, false
			}
			list := tags.TagList(f)
			return tomlspan.RemoveElement(f, list, slices.Index(list.Children, n)), list.KeySpan.Start, true
		}),
	}
}

// line moves the place where the finding is wanted.
func (m mutator) line(at func(*rule.File) int) mutator {
	return func(f *rule.File) []mutant {
		list := m(f)
		for i := range list {
			list[i].at = at(f)
		}
		return list
	}
}

func indexMutators() []mutator {
	integrated := "integration/index-missing integration/expected integration/missing integration/mismatch"
	return []mutator{
		drop("rule/index-missing", "rule", "index", "name").only(func(f *rule.File) bool { return f.Rule.Type == "eql" || f.Rule.Type == "query" }),
		value("rule/index-missing", "rule.index", "[]", typed("eql", "query", "new_terms", "threshold")),
		one("integration lost", "integration/expected integration/missing", func(f *rule.File) ([]rule.Edit, int, bool) {
			n := f.Lookup("metadata", "integration")
			index := f.Lookup("rule", "index", 0)
			if n == nil || index == nil || !strings.HasPrefix(index.Str, "logs-") || slices.Contains(indexes.OpenPatterns(), index.Str) || f.Rule.Type == "threat_match" || len(f.Rule.Index) > 1 {
				return nil, 0, false
			}
			edits := tomlspan.DeleteEntry(f, n)
			return edits, index.Span.Start - (edits[0].Span.End - edits[0].Span.Start), true
		}),
		one("integration too many", "integration/index-missing", func(f *rule.File) ([]rule.Edit, int, bool) {
			n := f.Lookup("metadata", "integration", 0)
			if n == nil || len(f.Rule.Index) == 0 || f.Rule.Type == "threat_match" || indexes.OnlyAlerts(f.Rule.Index) || slices.Contains(f.Metadata.Integration, "okta") ||
				slices.Contains(f.Metadata.Integration, "problemchild") || slices.Contains(f.Rule.Index, "logs-*") {
				return nil, 0, false
			}
			return []rule.Edit{{Span: rule.Span{Start: n.Span.End, End: n.Span.End}, New: `, "okta"`}}, n.Span.End, true
		}),
		one("misspelt index", "index/unknown", func(f *rule.File) ([]rule.Edit, int, bool) {
			n := f.Lookup("rule", "index", 0)
			if n == nil || !strings.HasPrefix(n.Str, "logs-") || len(n.Str) < 12 {
				return nil, 0, false
			}
			to := "log-" + n.Str[5:]
			return []rule.Edit{{Span: n.Span, New: rule.QuoteTOML(to)}}, n.Span.Start, true
		}).allow(integrated + " query/unknown-field"),
		one("misspelt data set in index", "index/unknown", func(f *rule.File) ([]rule.Edit, int, bool) {
			n := f.Lookup("rule", "index", 0)
			if n == nil || !strings.HasPrefix(n.Str, "logs-endpoint.events.") || len(n.Str) < 24 {
				return nil, 0, false
			}
			to := strings.Replace(n.Str, "endpoint.events", "endpoint.evnts", 1)
			return []rule.Edit{{Span: n.Span, New: rule.QuoteTOML(to)}}, n.Span.Start, true
		}).allow(integrated + " query/unknown-field"),
		one("misspelt beat", "index/unknown", func(f *rule.File) ([]rule.Edit, int, bool) {
			list := f.Lookup("rule", "index")
			if list == nil || len(list.Children) < 2 {
				return nil, 0, false
			}
			for _, n := range list.Children {
				if strings.HasSuffix(n.Str, "beat-*") {
					return []rule.Edit{{Span: n.Span, New: rule.QuoteTOML(strings.Replace(n.Str, "beat", "baet", 1))}}, n.Span.Start, true
				}
			}
			return nil, 0, false
		}).allow(integrated + " query/unknown-field"),
	}
}
