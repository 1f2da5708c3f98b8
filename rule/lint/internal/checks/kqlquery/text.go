package kqlquery

import (
	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/kql"
	"github.com/rulevet/rulevet/kql/eval"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/fieldcheck"
	"github.com/rulevet/rulevet/schema"
)

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

// LuceneStage parses a query in Lucene's syntax and looks its fields up.
func LuceneStage(p *check.Pass) bool {
	text := p.File.Query
	q, issues := eval.ParseLucene(text.Value)
	staged(p, text, issues)
	switch {
	case kql.HasErrors(issues):
		p.Run.Skip(check.PartFields, "the query has syntax errors")
		return false
	case p.Run.Doubts("rule.index", "metadata.integration"):
		p.Run.Skip(check.PartFields, "`index` or `integration` are wrong")
		return false
	}
	views, err := fieldcheck.StackViews(p, nil)
	if err != nil {
		p.Run.Skip(check.PartFields, err.Error())
		return false
	}
	found, gaps := luceneFields(p, q, views)
	staged(p, text, found)
	if len(gaps) > 0 {
		p.Run.Skip(check.PartFields, fieldcheck.FewReasons(gaps))
	}
	return false
}

// luceneFields checks a query against the fields of all stacks: names against those of each, values against the newest.
func luceneFields(p *check.Pass, q *eval.LuceneQuery, views []*schema.View) (issues []kql.Issue, gaps []string) {
	u := fieldcheck.Uses{Pass: p, Kql: true, Seen: map[fieldcheck.FieldUse]bool{}}
	for _, i := range eval.CheckLucene(q, views[len(views)-1]) {
		if i.Missing {
			u.Use(&eql.Field{Name: q.Source[i.Span.Start:i.Span.End], Range: i.Span}, views)
		} else {
			issues = append(issues, i)
		}
	}
	return append(u.Issues, issues...), u.Gaps
}
