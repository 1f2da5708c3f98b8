package anyquery

import (
	"fmt"
	"regexp"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
	"github.com/rulevet/rulevet/source"
)

// OtherLanguage reports whether the query of a rule in another language is EQL, which a converter wrote or somebody pasted,
// and hands the finding to the check query/other-language. What a parser of the rule's language would say of the text
// misses the point.
func OtherLanguage(p *check.Pass) bool {
	f, language := p.File, facts.QueryLanguage(p.File)
	if f.Query == nil || language == "" || language == "eql" || !looksLikeEQL(f.Query.Value) {
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

// eqlStart is how EQL begins that does not parse: nobody writes these words in this order in another language.
var eqlStart = regexp.MustCompile(`\A\s*(?:(?:any|process|file|network|registry|library|dns|authentication|driver|api)\s+where\s+\S+\s*(?:==|!=|:|in~?\s*\(|like~?\s|regex~?\s)|(?:any\s+where\s+)?(?:sequence|sample)\s+(?:by\s+\S+|with\s+maxspan)[^\n]*\s*\[)`)

// looksLikeEQL reports a text that is EQL with more than one word as its condition, or begins like it.
func looksLikeEQL(text string) bool {
	q, issues := eql.Parse(text)
	if source.HasErrors(issues) {
		return eqlStart.MatchString(text)
	}
	switch b := q.Body.(type) {
	case *eql.EventQuery:
		_, bare := eql.Unparen(b.Cond).(*eql.Field)
		return !bare // "error where user" are three words to search
	case *eql.Sequence, *eql.Sample:
		return true
	}
	return false
}
