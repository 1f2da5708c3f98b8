package main

import (
	"fmt"
	"math"

	"github.com/rulevet/rulevet/rule/ruletest"
)

// mutation lists the changes of a rule's query that no case noticed.
func (t *testText) mutation(r *ruletest.RuleResult) {
	m := r.Mutation
	if m == nil || !t.f.mutate {
		return
	}
	for _, s := range m.Survivors {
		t.line("%s:%d:%d: survives: %s: %s", r.Path, s.Range.Start.Line, s.Range.Start.Column, s.Kind, s.Diff)
	}
	untried := ""
	if m.Untried > 0 {
		untried = fmt.Sprintf("; %d more were not tried", m.Untried)
	}
	t.line("mutation: %s: %d of %s killed (%.0f %%)%s", r.Path, m.Killed, plural(m.Mutants, "mutant"), math.Floor(100*m.Score()), untried)
}
