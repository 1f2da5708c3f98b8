package compile

import (
	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/eql/mutation"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/search"
	"github.com/rulevet/rulevet/source"
)

// eqlQuery is a query of EQL.
type eqlQuery struct{ query *eql.Query }

// EQL is a query of EQL that was parsed without errors.
func EQL(q *eql.Query) Query { return eqlQuery{q} }

func parseEQL(text string) (Query, []source.Issue) {
	q, issues := eql.Parse(text)
	return eqlQuery{q}, issues
}

// evalOptions: an optional field ("?name") counts as mapped even if the schema lacks it, because what some events lack the index may well have.
func (s Settings) evalOptions() eval.Options {
	return eval.Options{CategoryField: s.CategoryField, TimestampField: s.TimestampField, TiebreakerField: s.TiebreakerField,
		MappedOptional: true, Layout: s.Layout, Now: s.Now}
}

// Compile implements Query.
func (q eqlQuery) Compile(fields mapping.Fields, s Settings) (search.Program, error) {
	info, issues := eql.Verify(q.query, fields)
	for _, i := range issues {
		if i.Level == source.Error {
			return nil, &CheckError{Issue: i}
		}
	}
	return eval.Compile(q.query, info, s.evalOptions())
}

// Mutants implements Query.
func (q eqlQuery) Mutants(fields mapping.Fields, s Settings, build func(search.Program) search.Program) []*search.Mutant {
	info, _ := eql.Verify(q.query, fields)
	filter := mutation.NewFilter(q.query)
	options := s.evalOptions()
	options.Cache = &eval.Cache{}
	if _, err := eval.Compile(q.query, info, options); err != nil { // cannot be: the query was compiled before
		return nil
	}
	var out []*search.Mutant
	for _, m := range mutation.Of(q.query, mutation.Options{Info: info, CategoryField: s.CategoryField}) {
		asked, redundant := false, false
		out = append(out, &search.Mutant{Change: m.Kind, Edits: m.Edits, Step: m.Term, Compile: func() search.Program {
			m.Apply()
			defer m.Revert()
			if !asked {
				asked, redundant = true, filter.Redundant(m)
			}
			if redundant {
				return nil
			}
			options.Cache.Except(m.Inside())
			p, err := eval.Compile(q.query, info, options)
			if err != nil {
				return nil
			}
			return build(p)
		}})
	}
	return out
}
