package ruletest

import (
	"fmt"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/rulequery"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/schema"
	"github.com/rulevet/rulevet/search"
)

// compiler returns the default Options.Compile: package eval, with the field types that the catalog (nil: the embedded
// one) has for the rule's indexes on the newest stack it knows.
func compiler(catalog *schema.Catalog) func(*rule.File, *eql.Query) (Matcher, error) {
	c := &rulequery.Compiler{Catalog: catalog}
	return func(file *rule.File, q *eql.Query) (Matcher, error) {
		fields, err := c.Fields(file)
		if err != nil {
			return nil, err
		}
		return newMatcher(q, fields, rulequery.Options(file))
	}
}

// evaluator is the Matcher of package eval.
type evaluator struct {
	query   *eql.Query
	fields  eql.Fields
	options eval.Options
	program *eval.Program
	// coverage counts what the events of all calls of Match showed; nil if nobody asked.
	coverage *search.Coverage
}

// watch makes the evaluator count the outcomes of conditions.
func (e *evaluator) watch() { e.coverage = search.NewCoverage(e.program) }

func newMatcher(q *eql.Query, fields eql.Fields, o eval.Options) (*evaluator, error) {
	program, err := rulequery.Compile(q, fields, o)
	if err != nil {
		return nil, err
	}
	return &evaluator{query: q, fields: fields, options: o, program: program}, nil
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
			e.coverage.Observe(e.program, &rec)
		}
		if err := run.Feed(&rec, eval.Ref{Index: i}); err != nil {
			return nil, eventError(i, err)
		}
	}
	return hitsOf(run.Finish()), nil
}

// eventError names an event as all messages do: by its position from 0.
func eventError(i int, err error) error {
	return fmt.Errorf("event %d: %s", i, strings.TrimPrefix(err.Error(), fmt.Sprintf("record %d: ", i)))
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
