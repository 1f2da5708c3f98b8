package compile

import (
	"errors"

	"github.com/rulevet/rulevet/kql"
	"github.com/rulevet/rulevet/kql/eval"
	"github.com/rulevet/rulevet/kql/mutation"
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
func (q kueryQuery) Mutants(fields mapping.Fields, s Settings, build func(search.Program) search.Program) []*search.Mutant {
	return kqlMutants(q.query.Source, mutation.Of(q.query), build, func(text string) (*eval.Program, error) {
		changed, issues := kql.Parse(text, kql.Kuery)
		if kql.HasErrors(issues) {
			return nil, errors.New(issues[0].Message)
		}
		return eval.Compile(changed, fields, s.kqlOptions())
	})
}

// kqlMutants compiles mutants when they are asked for. One that is translated to the query of the original, or of another mutant,
// makes no difference.
func kqlMutants(text string, list []mutation.Mutant, build func(search.Program) search.Program, compile func(string) (*eval.Program, error)) []*search.Mutant {
	seen := map[string]bool{}
	if p, err := compile(text); err == nil {
		seen[p.Canonical()] = true
	}
	var out []*search.Mutant
	for _, m := range list {
		var program search.Program
		asked := false
		out = append(out, &search.Mutant{Change: m.Change, Edits: m.Edits, Compile: func() search.Program {
			if asked {
				return program
			}
			asked = true
			p, err := compile(search.Edited(text, m.Edits))
			if err != nil || seen[p.Canonical()] {
				return nil
			}
			seen[p.Canonical()] = true
			program = build(p)
			return program
		}})
	}
	return out
}

// luceneQuery is a query in Lucene's syntax. It is read when the fields are known.
type luceneQuery string

func parseLucene(text string) (Query, []source.Issue) {
	_, issues := eval.ParseLucene(text)
	return luceneQuery(text), issues
}

// Compile implements Query.
func (q luceneQuery) Compile(fields mapping.Fields, s Settings) (search.Program, error) {
	p, err := eval.CompileLucene(string(q), fields, s.kqlOptions())
	return kqlProgram(p, err)
}

// Mutants implements Query.
func (q luceneQuery) Mutants(fields mapping.Fields, s Settings, build func(search.Program) search.Program) []*search.Mutant {
	return kqlMutants(string(q), mutation.OfLucene(string(q)), build, func(text string) (*eval.Program, error) {
		return eval.CompileLucene(text, fields, s.kqlOptions())
	})
}

func (s Settings) kqlOptions() eval.Options {
	return eval.Options{TimestampField: s.TimestampField, Now: s.Now, Layout: s.Layout, Open: true}
}

// kqlProgram turns what the language refuses into what the type check rejects.
func kqlProgram(p *eval.Program, err error) (search.Program, error) {
	var refused *eval.Error
	if errors.As(err, &refused) {
		return nil, &CheckError{Issue: source.Issue{Level: source.Error, Span: refused.Span, Message: refused.Message, Hint: refused.Hint}}
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}
