package esql

import (
	"errors"
	"strings"

	"github.com/rulevet/rulevet/internal/querystring"
	"github.com/rulevet/rulevet/kql"
)

// innerQuery reads the text inside KQL(…) and QSTR(…). Elasticsearch looks at it only when the query runs.
func (c *checker) innerQuery(x *Call, f *Func) {
	if len(x.Args) == 0 {
		return
	}
	l, ok := Unparen(x.Args[0]).(*Literal)
	if !ok || l.Kind != KeywordLiteral {
		return
	}
	switch f.Name {
	case "kql":
		_, issues := kql.Parse(l.Str, kql.Server)
		for _, i := range issues {
			if i.Level == Error {
				c.warn("query/esql-literal", Warning, c.inside(l, i.Span), i.Hint, "the query fails when it runs: %s", i.Message)
			}
		}
	case "qstr":
		_, err := querystring.Parse(l.Str, false)
		var e *querystring.Error
		if errors.As(err, &e) {
			c.warn("query/esql-literal", Warning, c.inside(l, e.Span), e.Hint, "the query fails when it runs: %s", e.Message)
		}
	}
}

// inside is the place in the query of a place in the text of a string.
func (c *checker) inside(l *Literal, at Span) Span {
	text := c.q.Source[l.Range.Start:l.Range.End]
	quotes := 1
	if strings.HasPrefix(text, `"""`) {
		quotes = 3
	}
	if quotes == 1 && strings.Contains(text, `\`) || len(text) != len(l.Str)+2*quotes || at.End > len(l.Str) {
		return l.Range
	}
	return Span{Start: l.Range.Start + quotes + at.Start, End: l.Range.Start + quotes + at.End}
}
