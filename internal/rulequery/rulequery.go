// Package rulequery says how the query of a rule is run: with which field types and search options.
package rulequery

import (
	"strings"
	"sync"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/schema"
)

// embedded is the catalog of the embedded tables: opening it once serves every rule of a process.
var embedded = sync.OnceValues(schema.New)

// Compiler compiles the queries of rules. It is safe for concurrent use.
type Compiler struct {
	Catalog *schema.Catalog // nil: the embedded one

	views sync.Map // request as text -> *schema.View: most rules of a set share their indexes
}

// Fields returns the field types of the rule's indexes on the newest stack that the catalog knows.
func (c *Compiler) Fields(file *rule.File) (eql.Fields, error) {
	catalog := c.Catalog
	if catalog == nil {
		var err error
		if catalog, err = embedded(); err != nil {
			return nil, err
		}
	}
	key := strings.Join(file.Rule.Index, "\n") + "\x00" + strings.Join(file.Metadata.Integration, "\n")
	view, ok := c.views.Load(key)
	if !ok {
		view, _ = c.views.LoadOrStore(key, catalog.View(schema.Request{Indexes: file.Rule.Index, Packages: file.Metadata.Integration}, ""))
	}
	return view.(*schema.View), nil
}

// Options are the options of a rule's search. An optional field ("?name") counts as mapped even if the schema lacks it:
// what some events lack the index may well have.
func Options(file *rule.File) eval.Options {
	return eval.Options{
		CategoryField:   file.Rule.EventCategoryOverride,
		TimestampField:  file.Rule.TimestampField,
		TiebreakerField: file.Rule.TiebreakerField,
		MappedOptional:  true,
	}
}

// CheckError is what the type check rejects.
type CheckError struct{ Issue eql.Issue }

func (e *CheckError) Error() string { return e.Issue.Message }

// Compile checks and compiles a query. What the type check rejects is a *CheckError, except for unknown fields: these take
// their types from the events, and whether they exist at all is the linter's question.
func Compile(q *eql.Query, fields eql.Fields, o eval.Options) (*eval.Program, error) {
	info, issues := eql.Check(q, fields)
	for _, i := range issues {
		if i.Level == eql.Error && !i.Missing {
			return nil, &CheckError{i}
		}
	}
	info.Fields = open{fields}
	return eval.Compile(q, info, o)
}

// open are fields of an index that may have more than the schema knows.
type open struct{ eql.Fields }

// Lookup implements eql.Fields.
func (o open) Lookup(name string) (eql.FieldInfo, eql.Presence) {
	info, presence := o.Fields.Lookup(name)
	if presence == eql.Absent {
		return eql.FieldInfo{}, eql.Undecidable
	}
	return info, presence
}
