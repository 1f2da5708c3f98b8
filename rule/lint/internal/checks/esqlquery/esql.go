// Package esqlquery has the checks of ES|QL queries.
package esqlquery

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
	"github.com/rulevet/rulevet/schema"
)

// Checks on the tree of an ES|QL query.

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
			Needs: []string{"rule.query", "metadata.min_stack_version"}, Run: checkStack},
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
		Fixes: check.Repair("remove index", true, tomlspan.DeleteEntry(p.File, n))})
}

// metadataFields are the fields that alerts of ES|QL rules need.
func metadataFields() []string { return []string{"_id", "_version", "_index"} }

func checkESQLMetadata(p *check.Pass) {
	if p.ESQL == nil || len(p.ESQL.Query.Commands) == 0 || aggregates(p.ESQL.Query) {
		return
	}
	q := p.ESQL.Query
	d := rule.Diagnostic{Message: "the query neither asks for `metadata _id, _version, _index` nor aggregates with `stats … by`",
		Hint: "without them alerts of the same event are not recognised as duplicates"}
	from, ok := q.Commands[0].(*esql.From)
	if !ok {
		facts.ReportQuery(p, q.Pipeline.Range.Start, q.Pipeline.Range.End, d)
		return
	}
	var have []string
	for _, m := range from.Metadata {
		have = append(have, m.Text)
	}
	if hasAll(have, metadataFields()) || len(from.Sources) == 0 {
		return
	}
	list := metadataFields()
	for _, h := range have {
		if !slices.Contains(list, h) {
			list = append(list, h)
		}
	}
	end := from.Sources[len(from.Sources)-1].Span().End
	edit := rule.ValueEdit{Start: end, End: end, New: " metadata " + strings.Join(list, ", ")}
	if n := len(from.Metadata); n > 0 {
		edit = rule.ValueEdit{Start: from.Metadata[0].Range.Start, End: from.Metadata[n-1].Range.End, New: strings.Join(list, ", ")}
	}
	d.Fixes = []rule.Fix{{Message: "ask for the metadata", Safe: true}}
	facts.ReportQuery(p, from.Range.Start, from.Range.End, d, edit)
}

// aggregates tells whether the rows of a query are groups of events.
func aggregates(q *esql.Query) bool {
	return slices.ContainsFunc(q.Commands, func(c esql.Command) bool {
		s, ok := c.(*esql.Stats)
		return ok && !s.Inline && len(s.By) > 0
	})
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
	if p.ESQL == nil || len(p.ESQL.Query.Commands) == 0 {
		return // query/syntax tells
	}
	for n := range esql.Preorder(p.ESQL.Query) {
		if _, ok := n.(*esql.Keep); ok {
			return
		}
	}
	d := rule.Diagnostic{Span: p.File.Query.Span, Message: "the query has no `| keep`", Hint: "keep the columns that an analyst needs in the alert"}
	end := len(strings.TrimRight(p.ESQL.Query.Source, " \t\r\n"))
	if edits, err := p.File.Query.Edits(rule.ValueEdit{Start: end, End: end, New: "\n| keep *"}); err == nil {
		d.Fixes = check.Repair("keep all columns", false, edits)
	}
	p.Report(d)
}

func checkESQLKeepMetadata(p *check.Pass) {
	if p.ESQL == nil || slices.ContainsFunc(p.ESQL.Query.Commands, func(c esql.Command) bool { s, ok := c.(*esql.Stats); return ok && !s.Inline }) {
		return
	}
	for _, c := range p.ESQL.Query.Commands {
		k, ok := c.(*esql.Keep)
		if !ok || len(k.Items) == 0 {
			continue
		}
		missing := slices.DeleteFunc(metadataFields(), func(f string) bool {
			return slices.ContainsFunc(k.Items, func(n *esql.Name) bool { return n.Matches(f) })
		})
		if len(missing) == 0 {
			continue
		}
		end := k.Items[len(k.Items)-1].Range.End
		facts.ReportQuery(p, k.Range.Start, k.Range.End, rule.Diagnostic{Message: "keep drops " + facts.QuoteList(missing),
			Hint:  "alerts need them to recognise duplicates",
			Fixes: []rule.Fix{{Message: "keep them", Safe: true}}}, rule.ValueEdit{Start: end, End: end, New: ", " + strings.Join(missing, ", ")})
	}
}

// maxWords bounds what is compared with known names in one query.
const maxWords = 500

// checkESQLSources reports a source near a known index pattern. One unlike all known ones is somebody's own index.
func checkESQLSources(p *check.Pass) {
	catalog, err := p.Shared.FieldCatalog()
	if p.ESQL == nil || err != nil {
		return
	}
	looked := 0
	for n := range esql.Preorder(p.ESQL.Query) {
		f, ok := n.(*esql.From)
		if !ok {
			continue
		}
		for _, src := range f.Sources {
			x, ok := src.(*esql.Index)
			if looked++; !ok || looked > maxWords {
				continue
			}
			checkSource(p, catalog, x)
		}
	}
}

func checkSource(p *check.Pass, catalog *schema.Catalog, x *esql.Index) {
	at := x.Range.Start
	for _, name := range strings.Split(x.Name, ",") {
		text := p.ESQL.Query.Source[at:x.Range.End]
		i := strings.Index(text, name)
		if i < 0 {
			return
		}
		start := at + i
		at = start + len(name)
		if want := facts.KnownPattern(catalog, name); want != "" {
			facts.ReportQuery(p, start, at, rule.Diagnostic{Message: fmt.Sprintf("unknown source %s", rule.Quote(name)),
				Hint: fmt.Sprintf("did you mean %s?", rule.Quote(want)), Fixes: []rule.Fix{{Message: "write " + want}}},
				rule.ValueEdit{Start: start, End: at, New: want})
		}
	}
}
