package kqlquery

import (
	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/kql"
	"github.com/rulevet/rulevet/kql/eval"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/fieldcheck"
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

// LuceneStage parses a query in Lucene's syntax and looks its fields up: names against those of each stack, values against the newest.
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
	u := fieldcheck.Uses{Pass: p, Kql: true, Seen: map[fieldcheck.FieldUse]bool{}}
	for _, i := range eval.CheckLucene(q, views[len(views)-1]) {
		if i.Missing {
			u.Use(&eql.Field{Name: text.Value[i.Span.Start:i.Span.End], Range: i.Span}, views)
		} else {
			u.Issues = append(u.Issues, i)
		}
	}
	staged(p, text, u.Issues)
	if len(u.Gaps) > 0 {
		p.Run.Skip(check.PartFields, fieldcheck.FewReasons(u.Gaps))
	}
	return false
}
