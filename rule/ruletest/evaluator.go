package ruletest

import (
	"fmt"
	"strings"
	"sync"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/eql/event"
	"github.com/rulevet/rulevet/internal/fieldview"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/schema"
)

// embedded is the catalog of the embedded tables: opening it once serves every rule of a process.
var embedded = sync.OnceValues(schema.New)

// compiler returns the default Options.Compile: package eval, with the field types that the catalog (nil: the embedded
// one) has for the rule's indexes on the newest stack it knows.
//
// An optional field ("?name") counts as mapped even if the schema lacks it: a fixture is one event, and what it lacks
// the index may well have. A field that the schema does not know takes its type from the events; whether it exists at all
// is the linter's question.
func compiler(catalog *schema.Catalog) func(*rule.File, *eql.Query) (Matcher, error) {
	var views sync.Map // request as text -> *schema.View: most rules of a set share their indexes
	return func(file *rule.File, q *eql.Query) (Matcher, error) {
		c := catalog
		if c == nil {
			var err error
			if c, err = embedded(); err != nil {
				return nil, err
			}
		}
		key := strings.Join(file.Rule.Index, "\n") + "\x00" + strings.Join(file.Metadata.Integration, "\n")
		view, ok := views.Load(key)
		if !ok {
			view, _ = views.LoadOrStore(key, c.View(schema.Request{Indexes: file.Rule.Index, Packages: file.Metadata.Integration}, ""))
		}
		return newMatcher(q, fieldview.Fields{View: view.(*schema.View)}, queryOptions(file))
	}
}

// queryOptions are the options of a rule's search.
func queryOptions(file *rule.File) eval.Options {
	return eval.Options{
		CategoryField:   file.Rule.EventCategoryOverride,
		TimestampField:  file.Rule.TimestampField,
		TiebreakerField: file.Rule.TiebreakerField,
		MappedOptional:  true,
	}
}

// evaluator is the Matcher of package eval.
type evaluator struct {
	query   *eql.Query
	fields  eql.Fields
	options eval.Options
	program *eval.Program
	// coverage counts what the events of all calls of Match showed; nil if nobody asked.
	coverage *eval.Coverage
}

// watch makes the evaluator count the outcomes of conditions.
func (e *evaluator) watch() { e.coverage = e.program.NewCoverage() }

func newMatcher(q *eql.Query, fields eql.Fields, o eval.Options) (*evaluator, error) {
	program, err := compile(q, fields, o)
	if err != nil {
		return nil, err
	}
	return &evaluator{query: q, fields: fields, options: o, program: program}, nil
}

// checkError is what the type check rejects.
type checkError struct{ issue eql.Issue }

func (e *checkError) Error() string { return e.issue.Message }

// compile checks and compiles a query. What the type check rejects is an error, except for unknown fields.
func compile(q *eql.Query, fields eql.Fields, o eval.Options) (*eval.Program, error) {
	info, issues := eql.Check(q, fields)
	for _, i := range issues {
		if i.Level == eql.Error && i.ID != "unknown-field" {
			return nil, &checkError{i}
		}
	}
	return eval.Compile(q, info, o)
}

// Match implements Matcher.
func (e *evaluator) Match(events [][]byte) ([]Hit, error) {
	decoder := event.NewDecoder(e.program.Layout())
	run := e.program.NewRun(false)
	var rec event.Record
	for i, raw := range events {
		if err := decoder.Decode(raw, &rec); err != nil {
			return nil, fmt.Errorf("event %d: %w", i, err)
		}
		if e.coverage != nil {
			e.program.Observe(&rec, e.coverage)
		}
		if err := run.Feed(&rec, eval.Ref{Index: i}); err != nil {
			return nil, err
		}
	}
	return hitsOf(run.Finish()), nil
}

// runRecords runs a program over decoded events.
func runRecords(program *eval.Program, records []event.Record) ([]Hit, error) {
	run := program.NewRun(false)
	for i := range records {
		if err := run.Feed(&records[i], eval.Ref{Index: i}); err != nil {
			return nil, err
		}
	}
	return hitsOf(run.Finish()), nil
}

// hitsOf are the results of a run by position.
func hitsOf(results []eval.Result) []Hit {
	var out []Hit
	for _, r := range results {
		m := Hit{Events: make([]int, len(r.Events)), Keys: r.Keys}
		for i, ref := range r.Events {
			m.Events[i] = Missing
			if ref != nil {
				m.Events[i] = ref.Index
			}
		}
		out = append(out, m)
	}
	return out
}
