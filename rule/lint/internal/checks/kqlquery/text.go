package kqlquery

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
)

// Checks on the text of a KQL query.

var kqlKeyword = regexp.MustCompile(`\b(AND|OR|NOT)\b`)

// checkKQLCase reports AND, OR and NOT outside of quotes, where KQL reads a value: a blank stands on both sides, or a
// bracket.
func checkKQLCase(p *check.Pass) {
	query, ok := facts.TextQuery(p, "kuery")
	if !ok {
		return
	}
	bare := KqlCode(query)
	for _, m := range kqlKeyword.FindAllStringIndex(bare, -1) {
		before, after := strings.TrimRight(bare[:m[0]], " \t\r\n"), strings.TrimLeft(bare[m[1]:], " \t\r\n")
		if strings.HasSuffix(before, ":") || strings.HasPrefix(after, ":") || !boundary(bare, m[0], m[1]) {
			continue // a value, or a field of that name
		}
		word := bare[m[0]:m[1]]
		low := strings.ToLower(word)
		facts.ReportQuery(p, m[0], m[1], rule.Diagnostic{Message: fmt.Sprintf("keyword %s is in upper case, expected %s", rule.Quote(word), rule.Quote(low)),
			Fixes: []rule.Fix{{Message: "write it in lower case", Safe: true}}}, rule.ValueEdit{Start: m[0], End: m[1], New: low})
	}
}

// boundary reports whether a word stands alone: blanks, brackets or the ends of the text around it.
func boundary(s string, start, end int) bool {
	return (start == 0 || strings.IndexByte(" \t\r\n()", s[start-1]) >= 0) && (end == len(s) || strings.IndexByte(" \t\r\n()", s[end]) >= 0)
}

// KqlCode blanks what stands in quotes; KQL has no comments.
func KqlCode(query string) string {
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

func checkKQLWildcard(p *check.Pass) {
	query, ok := facts.TextQuery(p, "kuery")
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
				d := rule.Diagnostic{Message: fmt.Sprintf("the * in %s is literal: quotes switch wildcards off", rule.Quote(text)),
					Hint: "take the quotes away and escape blanks and special characters if a wildcard is meant"}
				if bareValue.MatchString(text) {
					d.Fixes = []rule.Fix{{Message: "take the quotes away"}}
					facts.ReportQuery(p, start, i+1, d, rule.ValueEdit{Start: start, End: i + 1, New: text[1 : len(text)-1]})
				} else {
					facts.ReportQuery(p, start, i+1, d)
				}
			}
			start = -1
		}
	}
}

// bareValue is a quoted value that needs no escapes without its quotes.
var bareValue = regexp.MustCompile(`^"[\w.*/-]+"$`)
