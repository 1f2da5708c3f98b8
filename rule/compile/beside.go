package compile

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/rule"
)

// Beside is what a rule reads beside the events that it searches. The zero value is nothing.
type Beside struct {
	Lookups  map[string]*Table // by index of LOOKUP JOIN
	Policies map[string]*Table // by policy of ENRICH
	// Answer is the model that COMPLETION asks, ok false where it has no answer; a search may bring its own, see search.Start. Nil: rules
	// that ask a model are not run.
	Answer func(prompt string) (answer string, ok bool)
}

// Table is the documents of an index.
type Table struct {
	Path string   // of the documents, for messages
	Docs [][]byte // JSON objects
	// Mapping is that of the index, as Elasticsearch has it; nil: types are those of the catalog, or else of the values.
	Mapping []byte
	// Policy is the definition of the ENRICH policy, as Elasticsearch takes it; nil: it is guessed from the query.
	Policy []byte
}

// Needs is what a rule reads beside events.
type Needs struct {
	Lookups  []string // indexes of LOOKUP JOIN
	Policies []string // policies of ENRICH
	Model    bool     // it asks a model for answers
	// Unknown is set if the query of the rule is not valid.
	Unknown bool
}

// Needs tells what a rule reads beside events.
func (c *Compiler) Needs(file *rule.File) Needs {
	q, _, _, err := c.parse(file, nil)
	if err != nil {
		return Needs{Unknown: true}
	}
	if x, ok := q.(interface{ needs() Needs }); ok {
		return x.needs()
	}
	return Needs{}
}

func (q esqlQuery) needs() Needs {
	n := eval.NeedsOf(q.query)
	return Needs{Lookups: n.Lookups, Policies: n.Policies, Model: n.Model}
}

// besides makes the tables of a query. What is not given is left to the evaluator to report.
func besides(q *esql.Query, b *Beside, fields mapping.Fields, o *eval.Options) error {
	if b == nil {
		return nil
	}
	o.Answer = b.Answer
	o.Lookups, o.Policies = map[string]*eval.Table{}, map[string]*eval.Policy{}
	known := func(name string) (eval.Field, bool) { return eval.CatalogField(fields, name) }
	needs := eval.NeedsOf(q)
	if needs.Model && b.Answer == nil {
		return &eval.Error{NotRun: true, Message: "COMPLETION asks a model, and no answers are given: put them into `completion.json` of the fixtures"}
	}
	for _, name := range needs.Lookups {
		t := b.Lookups[name]
		if t == nil {
			return notGiven(q, "LOOKUP JOIN", name, "lookup/"+name+".ndjson")
		}
		table, err := t.table(name, known)
		if err != nil {
			return err
		}
		o.Lookups[name] = table
	}
	for _, name := range needs.Policies {
		t := b.Policies[name]
		if t == nil {
			return notGiven(q, "ENRICH", name, "enrich/"+name+".ndjson")
		}
		policy, err := t.policy(q, name, known)
		if err != nil {
			return err
		}
		o.Policies[name] = policy
	}
	return nil
}

// notGiven is the error of a query that reads an index whose documents are not given.
func notGiven(q *esql.Query, word, name, file string) error {
	e := &eval.Error{NotRun: true, Message: fmt.Sprintf("%s reads `%s`, whose documents are not given: put them into `%s` of the fixtures", word, name, file)}
	for n := range esql.Preorder(q) {
		switch n := n.(type) {
		case *esql.LookupJoin:
			if word == "LOOKUP JOIN" && n.Index.Name == name {
				e.Span = n.Index.Range
			}
		case *esql.Enrich:
			if word == "ENRICH" && n.Policy == name {
				e.Span = n.Span()
			}
		}
	}
	return e
}

func (t *Table) table(name string, known func(string) (eval.Field, bool)) (*eval.Table, error) {
	var fields []eval.Field
	if t.Mapping != nil {
		list, err := eval.Mapping(name, t.Mapping)
		if err != nil {
			return nil, fmt.Errorf("the mapping beside %s: %w", path.Base(t.Path), err)
		}
		for _, ix := range list {
			fields = append(fields, ix.Fields...)
		}
	}
	return eval.NewTable(fields, t.Docs, known), nil
}

func (t *Table) policy(q *esql.Query, name string, known func(string) (eval.Field, bool)) (*eval.Policy, error) {
	table, err := t.table(name, known)
	if err != nil {
		return nil, err
	}
	if t.Policy == nil {
		p, err := eval.GuessPolicy(q, name, table)
		if err != nil {
			return nil, fmt.Errorf("ENRICH `%s`: %w; write it to `%s.policy.json` beside %s", name, err, name, path.Base(t.Path))
		}
		return p, nil
	}
	p, err := eval.ParsePolicy(t.Policy)
	if err != nil {
		return nil, fmt.Errorf("the policy beside %s: %w", path.Base(t.Path), err)
	}
	p.Table = table
	return p, nil
}

// notRun tells whether an error says only that the query is not run.
func notRun(err error) bool {
	var e *eval.Error
	return errors.As(err, &e) && e.NotRun
}

// behind8 tells whether a stack is older than 9.
func behind8(stack string) bool {
	major, _, _ := strings.Cut(stack, ".")
	return major != "" && len(major) == 1 && major < "9"
}
