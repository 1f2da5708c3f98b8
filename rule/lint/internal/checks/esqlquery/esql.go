// Package esqlquery has the checks of ES|QL queries.
package esqlquery

import (
	"regexp"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
	"github.com/rulevet/rulevet/rule/lint/internal/tomledit"
)

// Checks of spec/checks.md sections 11.4 and 11.6 that work on the text of a query, for languages that are not parsed.

// Checks lists the checks of this file.
func Checks() []*check.Check {
	return []*check.Check{
		{Code: "query/esql-unknown-index", Title: "source of an ES|QL query is like a known index, but none",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery, Fix: check.Suggested,
			Needs: []string{"rule.query"}, Run: checkESQLSources},
		{Code: "query/esql-index-key", Title: "ES|QL rule with an index key",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery, Fix: check.Automatic,
			Needs: []string{"rule.query", "rule.index"}, Run: checkESQLIndex},
		{Code: "query/esql-metadata", Title: "ES|QL query without metadata _id, _version, _index",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery, Fix: check.Automatic,
			Needs: []string{"rule.query"}, Run: checkESQLMetadata},
		{Code: "query/esql-keep-missing", Title: "ES|QL query without keep",
			Severity: rule.Error, Scope: check.House, Part: check.PartQuery, Fix: check.Suggested,
			Needs: []string{"rule.query"}, Run: checkESQLKeep},
		{Code: "query/esql-keep-metadata", Title: "keep drops _id, _version or _index",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery, Fix: check.Automatic,
			Needs: []string{"rule.query"}, Run: checkESQLKeepMetadata},
		found("query/unknown-column", "name of no column at that place", rule.Error),
		found("query/esql-literal", "constant or pattern that cannot be read", rule.Error),
		found("query/esql-aggregate", "aggregate or key in a wrong place", rule.Error),
		found("query/esql-full-text", "full-text search in a wrong place", rule.Error),
		found("query/esql-source", "wrong index, policy, endpoint, metadata field or join", rule.Error),
		found("query/esql-command", "command used in a way that Elasticsearch refuses", rule.Error),
		found("query/esql-unused-column", "column of EVAL that nothing uses", rule.Info),
		{Code: "query/esql-stack", Title: "an older stack of the rule does not have it",
			Severity: rule.Error, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: checkStack},
	}
}

// found is a check whose findings the stage makes.
func found(code, title string, severity rule.Severity) *check.Check {
	return &check.Check{Code: code, Title: title, Severity: severity, Scope: check.General, Part: check.PartQuery,
		Needs: []string{"rule.query"}, Run: check.Found}
}

func checkESQLIndex(p *check.Pass) {
	n := p.File.Lookup("rule", "index")
	if p.File.Rule.Type != "esql" || n == nil || n.Kind == rule.ArrayNode && len(n.Children) == 0 {
		return
	}
	p.Report(rule.Diagnostic{Span: n.KeySpan, Message: "an ES|QL rule has an `index` key; its query names the indexes",
		Fixes: tomledit.Fix("remove index", true, tomledit.DeleteEntry(p.File, n))})
}

var (
	esqlMetadata = regexp.MustCompile(`(?is)\bfrom\b[^|]*?\bmetadata\s+((?:_id|_version|_index),\s*(?:_id|_version|_index),\s*(?:_id|_version|_index))`)
	EsqlStatsBy  = regexp.MustCompile(`(?is)\bstats\b.*?\bby\b`)
	esqlFrom     = regexp.MustCompile(`(?is)^\s*from\b([^|]*)`)
	esqlMetaWord = regexp.MustCompile(`(?i)\bmetadata\b`)
	esqlKeep     = regexp.MustCompile(`(?is)\|\s*keep\b([^|]*)`)
)

// metadataFields are the fields that alerts of ES|QL rules need.
func metadataFields() []string { return []string{"_id", "_version", "_index"} }

func checkESQLMetadata(p *check.Pass) {
	query, ok := facts.TextQuery(p, "esql")
	if !ok || strings.TrimSpace(query) == "" {
		return
	}
	bare := facts.Code(query)
	m := esqlMetadata.FindStringSubmatch(bare)
	if m != nil && hasAll(SplitColumns(m[1]), metadataFields()) || EsqlStatsBy.MatchString(bare) {
		return
	}
	d := rule.Diagnostic{Message: "the query neither asks for `metadata _id, _version, _index` nor aggregates with `stats … by`",
		Hint: "without them alerts of the same event are not recognised as duplicates"}
	from := esqlFrom.FindStringSubmatchIndex(bare)
	if from == nil {
		end := len(strings.TrimRight(bare, " \r\n"))
		facts.ReportQuery(p, len(bare)-len(strings.TrimLeft(bare, " \r\n")), end, d)
		return
	}
	end := from[2] + len(strings.TrimRight(bare[from[2]:from[3]], " \t\r\n"))
	start := from[0] + len(bare[from[0]:from[1]]) - len(strings.TrimLeft(bare[from[0]:from[1]], " \t\r\n"))
	edit := rule.ValueEdit{Start: end, End: end, New: " metadata _id, _version, _index"}
	if w := esqlMetaWord.FindStringIndex(bare[from[2]:from[3]]); w != nil {
		have := SplitColumns(bare[from[2]+w[1] : end])
		list := metadataFields()
		for _, h := range have {
			if !slices.Contains(list, h) {
				list = append(list, h)
			}
		}
		edit = rule.ValueEdit{Start: from[2] + w[1], End: end, New: " " + strings.Join(list, ", ")}
	}
	d.Fixes = []rule.Fix{{Message: "ask for the metadata", Safe: true}}
	facts.ReportQuery(p, start, end, d, edit)
}

// SplitColumns splits a list of columns.
func SplitColumns(s string) []string {
	var out []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func hasAll(have, want []string) bool {
	for _, w := range want {
		if !slices.Contains(have, w) {
			return false
		}
	}
	return true
}

func checkESQLKeep(p *check.Pass) {
	query, ok := facts.TextQuery(p, "esql")
	if !ok || strings.TrimSpace(query) == "" || facts.HasCommand(query, facts.CommandKeep) {
		return
	}
	if slices.ContainsFunc(esqlSlips(facts.Code(query)), func(s esqlSlip) bool { return s.meant == "keep" }) {
		return // query/syntax tells
	}
	d := rule.Diagnostic{Span: p.File.Query.Span, Message: "the query has no `| keep`", Hint: "keep the columns that an analyst needs in the alert"}
	end := len(strings.TrimRight(query, " \t\r\n"))
	if edits, err := p.File.Query.Edits(rule.ValueEdit{Start: end, End: end, New: "\n| keep *"}); err == nil {
		d.Fixes = tomledit.Fix("keep all columns", false, edits)
	}
	p.Report(d)
}

func checkESQLKeepMetadata(p *check.Pass) {
	query, ok := facts.TextQuery(p, "esql")
	if !ok || facts.HasCommand(query, facts.CommandStats) {
		return
	}
	bare := facts.Code(query)
	for _, m := range esqlKeep.FindAllStringSubmatchIndex(bare, -1) {
		columns := SplitColumns(bare[m[2]:m[3]])
		if slices.Contains(columns, "*") || hasAll(columns, metadataFields()) {
			continue
		}
		var missing []string
		for _, f := range metadataFields() {
			if !slices.Contains(columns, f) {
				missing = append(missing, f)
			}
		}
		end := m[2] + len(strings.TrimRight(bare[m[2]:m[3]], " \t\r\n"))
		start := m[0] + 1 + len(bare[m[0]+1:m[1]]) - len(strings.TrimLeft(bare[m[0]+1:m[1]], " \t\r\n"))
		facts.ReportQuery(p, start, end, rule.Diagnostic{Message: "keep drops " + facts.QuoteList(missing),
			Hint:  "alerts need them to recognise duplicates",
			Fixes: []rule.Fix{{Message: "keep them", Safe: true}}}, rule.ValueEdit{Start: end, End: end, New: ", " + strings.Join(missing, ", ")})
	}
}
