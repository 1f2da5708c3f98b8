package anyquery

import (
	"fmt"
	"regexp"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
)

// OtherLanguage reports whether the query of a rule in another language is EQL, which a converter wrote or somebody pasted,
// and hands the finding to the check query/other-language. What a parser of the rule's language would say of the text
// misses the point.
func OtherLanguage(p *check.Pass) bool {
	f, language := p.File, facts.QueryLanguage(p.File)
	if f.Query == nil || language == "" || language == "eql" || !eql.Looks(f.Query.Value) {
		return false
	}
	d := rule.Diagnostic{Code: "query/other-language", Severity: rule.Error, Span: f.Query.FileSpan(0, len(firstLine(f.Query.Value))),
		Message: fmt.Sprintf("the query is EQL, but the language of the rule is %s", rule.Quote(language)),
		Hint:    "set type and language to `eql`, or write the query anew"}
	if language == "lucene" { // which takes any text for words to search
		d.Severity = rule.Warning
	}
	p.Run.Stage(d)
	return true
}

func firstLine(s string) string { return regexp.MustCompile(`\A\s*[^\n]*`).FindString(s) }
