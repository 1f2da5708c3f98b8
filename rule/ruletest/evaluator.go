package ruletest

import (
	"fmt"
	"strings"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/schema"
	"github.com/rulevet/rulevet/search"
)

// newCompiler is the default evaluator: package compile, with the field types that the catalog (nil: the embedded one) has for the
// rule's indexes on the stack.
func (o *Options) newCompiler() *compile.Compiler {
	return &compile.Compiler{Catalog: o.Catalog, Stack: o.Stack, Languages: o.Languages}
}

// compiler makes a Matcher of a rule that reads nothing beside events.
func compiler(catalog *schema.Catalog) func(*rule.File) (Matcher, error) {
	o := &Options{Catalog: catalog}
	o.compile = o.newCompiler()
	return func(file *rule.File) (Matcher, error) { return o.matcher(file, nil) }
}

// matcher makes the Matcher of a rule whose fixtures give what it reads beside events.
func (o *Options) matcher(file *rule.File, beside *compile.Beside) (Matcher, error) {
	if o.Compile != nil {
		return o.Compile(file)
	}
	p, err := o.compile.Compile(file, compile.Options{Beside: beside})
	if err != nil {
		return nil, err
	}
	return &evaluator{program: p}, nil
}

// evaluator is the Matcher of package compile.
type evaluator struct {
	program *compile.Program
	// coverage counts what the events of all calls of Match showed; nil if nobody asked.
	coverage *search.Coverage
}

// watch makes the evaluator count the outcomes of conditions.
func (e *evaluator) watch() { e.coverage = search.NewCoverage(e.program) }

// Match implements Matcher.
func (e *evaluator) Match(events [][]byte) ([]Hit, error) { return e.matchIn(events, nil, nil) }

// matchIn is Match for events whose _index is known, empty for those that do not say it, and a model that gives the answers of the
// case; nil: those of the rule.
func (e *evaluator) matchIn(events [][]byte, indexes []string, answer model) ([]Hit, error) {
	decoder := event.NewDecoder(e.program.Layout())
	state := search.StartCovered(e.program, search.Start{Answer: answer}, e.coverage)
	var rec event.Record
	for i, raw := range events {
		if err := decoder.Decode(raw, &rec); err != nil {
			return nil, fmt.Errorf("event %d: %w", i, err)
		}
		rec.Index = ""
		if i < len(indexes) {
			rec.Index = indexes[i]
		}
		if e.coverage != nil {
			e.coverage.Observe(e.program, &rec)
		}
		if err := state.Feed(&rec, search.Ref{Index: i, Source: raw}, nil); err != nil {
			return nil, eventError(i, err)
		}
	}
	results := state.Finish()
	if err := search.Failure(state); err != nil {
		return nil, err
	}
	return hitsOf(results), nil
}

// eventError names an event as all messages do: by its position from 0.
func eventError(i int, err error) error {
	return fmt.Errorf("event %d: %s", i, strings.TrimPrefix(err.Error(), fmt.Sprintf("record %d: ", i)))
}

// runRecords runs a program over decoded events.
func runRecords(program search.Program, records []event.Record, answer model) ([]Hit, error) {
	if program.Plain() {
		return plainHits(program, records)
	}
	state := program.Start(search.Start{Answer: answer})
	for i := range records {
		if err := state.Feed(&records[i], search.Ref{Index: i}, nil); err != nil {
			return nil, err
		}
	}
	results := state.Finish()
	if err := search.Failure(state); err != nil {
		return nil, err
	}
	return hitsOf(results), nil
}

// plainHits is runRecords for a program of which every event that satisfies its step is a result.
func plainHits(program search.Program, records []event.Record) ([]Hit, error) {
	step := program.Steps()[0]
	var out []Hit
	for i := range records {
		switch step.Node.Eval(&records[i]) {
		case predicate.No:
			continue
		case predicate.Failed:
			return nil, predicate.Err(step.Node, &records[i])
		}
		if err := program.Place(&records[i], i); err != nil {
			return nil, err
		}
		out = append(out, Hit{Events: []int{i}})
	}
	return out, nil
}

// hitsOf are the results of a run by position.
func hitsOf(results []search.Result) []Hit {
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
