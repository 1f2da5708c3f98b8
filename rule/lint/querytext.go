package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/rule"
)

// Checks of spec/checks.md sections 11.4 and 11.6 that work on the text of a query, for languages that are not parsed.

func textQueryChecks() []*Check {
	return []*Check{
		{Code: "query/empty", Title: "the query is blank",
			Severity: rule.Error, Scope: General, Part: PartQuery,
			Needs: []string{"rule.query"}, Run: checkEmptyQuery},
		{Code: "query/kql-keyword-case", Title: "KQL keyword in upper case",
			Severity: rule.Warning, Scope: General, Part: PartQuery, Fix: Automatic,
			Needs: []string{"rule.query"}, Run: checkKQLCase},
		{Code: "query/kql-quoted-wildcard", Title: "wildcard inside quotes is literal in KQL",
			Severity: rule.Info, Scope: General, Part: PartQuery, Fix: Suggested,
			Needs: []string{"rule.query"}, Run: checkKQLWildcard},
		{Code: "query/esql-unknown-index", Title: "source of an ES|QL query is like a known index, but none",
			Severity: rule.Error, Scope: General, Part: PartQuery, Fix: Suggested,
			Needs: []string{"rule.query"}, Run: checkESQLSources},
		{Code: "query/esql-index-key", Title: "ES|QL rule with an index key",
			Severity: rule.Error, Scope: General, Part: PartQuery, Fix: Automatic,
			Needs: []string{"rule.query", "rule.index"}, Run: checkESQLIndex},
		{Code: "query/esql-metadata", Title: "ES|QL query without metadata _id, _version, _index",
			Severity: rule.Error, Scope: General, Part: PartQuery, Fix: Automatic,
			Needs: []string{"rule.query"}, Run: checkESQLMetadata},
		{Code: "query/esql-keep-missing", Title: "ES|QL query without keep",
			Severity: rule.Error, Scope: House, Part: PartQuery, Fix: Suggested,
			Needs: []string{"rule.query"}, Run: checkESQLKeep},
		{Code: "query/esql-keep-metadata", Title: "keep drops _id, _version or _index",
			Severity: rule.Error, Scope: General, Part: PartQuery, Fix: Automatic,
			Needs: []string{"rule.query"}, Run: checkESQLKeepMetadata},
	}
}

// stripComments removes // and /* */ comments outside of strings.
func stripComments(query string) string {
	return strings.ReplaceAll(maskComments(query, true), "\x00", "")
}

// blankComments replaces comments by blanks, so that offsets stay.
func blankComments(query string) string {
	return strings.ReplaceAll(maskComments(query, true), "\x00", " ")
}

// maskComments replaces the bytes of comments by NUL; with keepStrings false those inside strings too.
func maskComments(query string, keepStrings bool) string {
	out := []byte(query)
	mask := func(from, to int) {
		for i := from; i < to; i++ {
			if out[i] != '\n' {
				out[i] = 0
			}
		}
	}
	for i := 0; i < len(query); {
		n, isString := lexemeLength(query[i:])
		switch {
		case isString && !keepStrings:
			mask(i+1, i+n-1)
		case !isString && n > 1:
			mask(i, i+n)
		}
		i += n
	}
	return string(out)
}

// lexemeLength is the length of the comment or string at the start of s, else 1.
func lexemeLength(s string) (n int, isString bool) {
	end := func(open int, close string) int {
		if i := strings.Index(s[open:], close); i >= 0 {
			return open + i + len(close)
		}
		return len(s)
	}
	switch {
	case strings.HasPrefix(s, "//"):
		if i := strings.IndexByte(s, '\n'); i >= 0 {
			return i, false
		}
		return len(s), false
	case strings.HasPrefix(s, "/*"):
		return end(2, "*/"), false
	case strings.HasPrefix(s, `"""`):
		return end(3, `"""`), true
	case s[0] == '"':
		for i := 1; i < len(s); i++ {
			switch s[i] {
			case '\\':
				i++
			case '"', '\n':
				return i + 1, true
			}
		}
		return len(s), true
	}
	return 1, false
}

// hasCommand reports whether a piped query has a command, whatever its case.
func hasCommand(query string, name *regexp.Regexp) bool { return name.MatchString(code(query)) }

var (
	commandKeep       = regexp.MustCompile(`(?i)\|\s*keep\b`)
	commandStats      = regexp.MustCompile(`(?i)\|\s*(inline\s*)?stats\b`)
	commandCompletion = regexp.MustCompile(`(?i)\|\s*completion\b`)
)

// code is the query without comments and the content of strings, offsets unchanged.
func code(query string) string { return strings.ReplaceAll(maskComments(query, false), "\x00", " ") }

// textQuery returns the query if it is in the language and may be checked.
func textQuery(p *Pass, language string) (string, bool) {
	off := p.File.Metadata.QuerySchemaValidation
	if p.File.Query == nil || queryLanguage(p.File) != language || off != nil && !*off {
		return "", false
	}
	return p.File.Query.Value, true
}

func reportQuery(p *Pass, start, end int, d rule.Diagnostic, edits ...rule.ValueEdit) {
	d.Span = p.File.Query.FileSpan(start, end)
	if len(edits) > 0 {
		if out, err := p.File.Query.Edits(edits...); err == nil {
			d.Fixes[0].Edits = out
		} else {
			d.Fixes = nil
		}
	}
	p.Report(d)
}

func checkEmptyQuery(p *Pass) {
	f := p.File
	if f.Query == nil || strings.TrimSpace(f.Query.Value) != "" || queryLanguage(f) == "kuery" && f.Rule.Filters > 0 {
		return
	}
	p.Report(rule.Diagnostic{Span: f.Query.Span, Message: "the query is blank"})
}

var kqlKeyword = regexp.MustCompile(`\b(AND|OR|NOT)\b`)

// checkKQLCase reports AND, OR and NOT outside of quotes, where KQL reads a value: a blank stands on both sides, or a
// bracket.
func checkKQLCase(p *Pass) {
	query, ok := textQuery(p, "kuery")
	if !ok {
		return
	}
	bare := kqlCode(query)
	for _, m := range kqlKeyword.FindAllStringIndex(bare, -1) {
		before, after := strings.TrimRight(bare[:m[0]], " \t\r\n"), strings.TrimLeft(bare[m[1]:], " \t\r\n")
		if strings.HasSuffix(before, ":") || strings.HasPrefix(after, ":") || !boundary(bare, m[0], m[1]) {
			continue // a value, or a field of that name
		}
		word := bare[m[0]:m[1]]
		low := strings.ToLower(word)
		reportQuery(p, m[0], m[1], rule.Diagnostic{Message: fmt.Sprintf("keyword %s is in upper case, expected %s", quote(word), quote(low)),
			Fixes: []rule.Fix{{Message: "write it in lower case", Safe: true}}}, rule.ValueEdit{Start: m[0], End: m[1], New: low})
	}
}

// boundary reports whether a word stands alone: blanks, brackets or the ends of the text around it.
func boundary(s string, start, end int) bool {
	return (start == 0 || strings.IndexByte(" \t\r\n()", s[start-1]) >= 0) && (end == len(s) || strings.IndexByte(" \t\r\n()", s[end]) >= 0)
}

// kqlCode blanks what stands in quotes; KQL has no comments.
func kqlCode(query string) string {
	out := []byte(query)
	quoted := false
	for i := 0; i < len(out); i++ {
		switch {
		case out[i] == '\\':
			if quoted {
				out[i] = ' '
			}
			if i++; i < len(out) && quoted {
				out[i] = ' '
			}
		case out[i] == '"':
			quoted = !quoted
		case quoted && out[i] != '\n':
			out[i] = ' '
		}
	}
	return string(out)
}

func checkKQLWildcard(p *Pass) {
	query, ok := textQuery(p, "kuery")
	if !ok {
		return
	}
	start := -1
	for i := 0; i < len(query); i++ {
		switch {
		case query[i] == '\\':
			i++
		case query[i] == '"' && start < 0:
			start = i
		case query[i] == '"':
			if text := query[start : i+1]; strings.Contains(text, "*") {
				d := rule.Diagnostic{Message: fmt.Sprintf("the * in %s is literal: quotes switch wildcards off", quote(text)),
					Hint: "take the quotes away and escape blanks and special characters if a wildcard is meant"}
				if bareValue.MatchString(text) {
					d.Fixes = []rule.Fix{{Message: "take the quotes away"}}
					reportQuery(p, start, i+1, d, rule.ValueEdit{Start: start, End: i + 1, New: text[1 : len(text)-1]})
				} else {
					reportQuery(p, start, i+1, d)
				}
			}
			start = -1
		}
	}
}

func checkESQLIndex(p *Pass) {
	n := p.File.Lookup("rule", "index")
	if p.File.Rule.Type != "esql" || n == nil || n.Kind == rule.ArrayNode && len(n.Children) == 0 {
		return
	}
	p.Report(rule.Diagnostic{Span: n.KeySpan, Message: "an ES|QL rule has an `index` key; its query names the indexes",
		Fixes: fix("remove index", true, deleteEntry(p.File, n))})
}

// bareValue is a quoted value that needs no escapes without its quotes.
var bareValue = regexp.MustCompile(`^"[\w.*/-]+"$`)

var (
	esqlMetadata = regexp.MustCompile(`(?is)\bfrom\b[^|]*?\bmetadata\s+((?:_id|_version|_index),\s*(?:_id|_version|_index),\s*(?:_id|_version|_index))`)
	esqlStatsBy  = regexp.MustCompile(`(?is)\bstats\b.*?\bby\b`)
	esqlFrom     = regexp.MustCompile(`(?is)^\s*from\b([^|]*)`)
	esqlMetaWord = regexp.MustCompile(`(?i)\bmetadata\b`)
	esqlKeep     = regexp.MustCompile(`(?is)\|\s*keep\b([^|]*)`)
)

// metadataFields are the fields that alerts of ES|QL rules need.
func metadataFields() []string { return []string{"_id", "_version", "_index"} }

func checkESQLMetadata(p *Pass) {
	query, ok := textQuery(p, "esql")
	if !ok || strings.TrimSpace(query) == "" {
		return
	}
	bare := code(query)
	m := esqlMetadata.FindStringSubmatch(bare)
	if m != nil && hasAll(splitColumns(m[1]), metadataFields()) || esqlStatsBy.MatchString(bare) {
		return
	}
	d := rule.Diagnostic{Message: "the query neither asks for `metadata _id, _version, _index` nor aggregates with `stats … by`",
		Hint: "without them alerts of the same event are not recognised as duplicates"}
	from := esqlFrom.FindStringSubmatchIndex(bare)
	if from == nil {
		end := len(strings.TrimRight(bare, " \r\n"))
		reportQuery(p, len(bare)-len(strings.TrimLeft(bare, " \r\n")), end, d)
		return
	}
	end := from[2] + len(strings.TrimRight(bare[from[2]:from[3]], " \t\r\n"))
	start := from[0] + len(bare[from[0]:from[1]]) - len(strings.TrimLeft(bare[from[0]:from[1]], " \t\r\n"))
	edit := rule.ValueEdit{Start: end, End: end, New: " metadata _id, _version, _index"}
	if w := esqlMetaWord.FindStringIndex(bare[from[2]:from[3]]); w != nil {
		have := splitColumns(bare[from[2]+w[1] : end])
		list := metadataFields()
		for _, h := range have {
			if !slices.Contains(list, h) {
				list = append(list, h)
			}
		}
		edit = rule.ValueEdit{Start: from[2] + w[1], End: end, New: " " + strings.Join(list, ", ")}
	}
	d.Fixes = []rule.Fix{{Message: "ask for the metadata", Safe: true}}
	reportQuery(p, start, end, d, edit)
}

// splitColumns splits a list of columns.
func splitColumns(s string) []string {
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

func checkESQLKeep(p *Pass) {
	query, ok := textQuery(p, "esql")
	if !ok || strings.TrimSpace(query) == "" || hasCommand(query, commandKeep) {
		return
	}
	if slices.ContainsFunc(esqlSlips(code(query)), func(s esqlSlip) bool { return s.meant == "keep" }) {
		return // query/syntax tells
	}
	d := rule.Diagnostic{Span: p.File.Query.Span, Message: "the query has no `| keep`", Hint: "keep the columns that an analyst needs in the alert"}
	end := len(strings.TrimRight(query, " \t\r\n"))
	if edits, err := p.File.Query.Edits(rule.ValueEdit{Start: end, End: end, New: "\n| keep *"}); err == nil {
		d.Fixes = fix("keep all columns", false, edits)
	}
	p.Report(d)
}

func checkESQLKeepMetadata(p *Pass) {
	query, ok := textQuery(p, "esql")
	if !ok || hasCommand(query, commandStats) {
		return
	}
	bare := code(query)
	for _, m := range esqlKeep.FindAllStringSubmatchIndex(bare, -1) {
		columns := splitColumns(bare[m[2]:m[3]])
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
		reportQuery(p, start, end, rule.Diagnostic{Message: "keep drops " + quoteList(missing),
			Hint:  "alerts need them to recognise duplicates",
			Fixes: []rule.Fix{{Message: "keep them", Safe: true}}}, rule.ValueEdit{Start: end, End: end, New: ", " + strings.Join(missing, ", ")})
	}
}
