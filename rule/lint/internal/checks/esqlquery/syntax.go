package esqlquery

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/near"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
)

// What can be said of an ES|QL query without parsing it: brackets, quotes and the names of commands and sources
// (spec/checks.md section 11.6).

// maxWords bounds what is compared with known names in one query.
const maxWords = 500

// esqlSlip is a word in the place of a command that is near a command's name.
type esqlSlip struct {
	start, end int
	meant      string
}

// esqlSlips finds the misspelt commands of a query without comments and strings. A word unlike all known commands may
// be one that is newer than this list.
func esqlSlips(bare string) []esqlSlip {
	var out []esqlSlip
	for _, m := range esqlCommand.FindAllStringSubmatchIndex(bare, maxWords) {
		word := strings.ToLower(bare[m[2]:m[3]])
		if names := near.Names(word, esqlCommands()); len(names) > 0 && !slices.Contains(esqlCommands(), word) {
			out = append(out, esqlSlip{m[2], m[3], names[0]})
		}
	}
	return out
}

var esqlCommand = regexp.MustCompile(`(?:^|\|)\s*([A-Za-z_]+)\b`)

// esqlCommands are the source and processing commands up to 9.4, one word of each.
func esqlCommands() []string {
	return []string{"from", "row", "show", "ts", "promql", "change_point", "completion", "dissect", "drop", "enrich", "eval", "explain", "fork", "fuse",
		"grok", "inline", "inlinestats", "insist", "keep", "limit", "lookup", "mv_expand", "registered_domain", "rename", "rerank", "sample", "set", "sort",
		"stats", "uri_parts", "where"}
}

// Balance finds the first bracket or quote of a query in the manner of ES|QL that is not closed, or closed without being
// open; message is empty if there is none.
func Balance(query string) (at int, message string) {
	var open []int
	pairs := map[byte]byte{')': '(', ']': '['}
	for i := 0; i < len(query); {
		n, isString := facts.LexemeLength(query[i:])
		c := query[i]
		switch {
		case isString && (n < 2 || query[i+n-1] != '"'):
			return i, "the quote is not closed"
		case n > 1:
		case c == '(' || c == '[':
			open = append(open, i)
		case c == ')' || c == ']':
			if len(open) == 0 || query[open[len(open)-1]] != pairs[c] {
				return i, fmt.Sprintf("%c without an opening bracket", c)
			}
			open = open[:len(open)-1]
		}
		i += n
	}
	if len(open) > 0 {
		return open[0], fmt.Sprintf("%c is not closed", query[open[0]])
	}
	return 0, ""
}

var esqlSource = regexp.MustCompile(`"?([\w.*:@-]+)"?`)

// checkESQLSources reports a source near a known index pattern. One unlike all known ones is somebody's own index.
func checkESQLSources(p *check.Pass) {
	query, ok := facts.TextQuery(p, "esql")
	catalog, err := p.Shared.FieldCatalog()
	if !ok || err != nil {
		return
	}
	bare := facts.BlankComments(query)
	from := esqlFrom.FindStringSubmatchIndex(bare)
	if from == nil {
		return
	}
	end := from[3]
	if m := esqlMetaWord.FindStringIndex(bare[from[2]:end]); m != nil {
		end = from[2] + m[0]
	}
	for _, m := range esqlSource.FindAllStringSubmatchIndex(bare[from[2]:end], maxWords) {
		start, stop := from[2]+m[2], from[2]+m[3]
		if want := facts.KnownPattern(catalog, bare[start:stop]); want != "" {
			facts.ReportQuery(p, start, stop, rule.Diagnostic{Message: fmt.Sprintf("unknown source %s", rule.Quote(bare[start:stop])),
				Hint: fmt.Sprintf("did you mean %s?", rule.Quote(want)), Fixes: []rule.Fix{{Message: "write " + want}}},
				rule.ValueEdit{Start: start, End: stop, New: want})
		}
	}
}
