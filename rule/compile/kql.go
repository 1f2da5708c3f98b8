package compile

import (
	"errors"

	"github.com/rulevet/rulevet/kql"
	"github.com/rulevet/rulevet/kql/eval"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/search"
	"github.com/rulevet/rulevet/source"
)

// kueryQuery is a query of KQL as Kibana runs it.
type kueryQuery struct{ query *kql.Query }

func parseKuery(text string) (Query, []source.Issue) {
	q, issues := kql.Parse(text, kql.Kuery)
	return kueryQuery{q}, issues
}

// Compile implements Query.
func (q kueryQuery) Compile(fields mapping.Fields, s Settings) (search.Program, error) {
	p, err := eval.Compile(q.query, fields, s.kqlOptions())
	return kqlProgram(p, err)
}

// Mutants implements Query.
func (q kueryQuery) Mutants(mapping.Fields, Settings, func(search.Program) search.Program) []*search.Mutant {
	return nil
}

// luceneQuery is a query in Lucene's syntax. It is read when the fields are known.
type luceneQuery string

func parseLucene(text string) (Query, []source.Issue) { return luceneQuery(text), nil }

// Compile implements Query.
func (q luceneQuery) Compile(fields mapping.Fields, s Settings) (search.Program, error) {
	p, err := eval.CompileLucene(string(q), fields, s.kqlOptions())
	return kqlProgram(p, err)
}

// Mutants implements Query.
func (q luceneQuery) Mutants(mapping.Fields, Settings, func(search.Program) search.Program) []*search.Mutant {
	return nil
}

func (s Settings) kqlOptions() eval.Options {
	return eval.Options{TimestampField: s.TimestampField, Now: s.Now, Layout: s.Layout}
}

// kqlProgram turns what the language refuses into what the type check rejects.
func kqlProgram(p *eval.Program, err error) (search.Program, error) {
	var refused *eval.Error
	if errors.As(err, &refused) {
		return nil, &CheckError{source.Issue{Level: source.Error, Span: refused.Span, Message: refused.Message, Hint: refused.Hint}}
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}
