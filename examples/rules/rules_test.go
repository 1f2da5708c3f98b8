// Package rules_test runs the fixtures of the example rules with go test.
package rules_test

import (
	"os"
	"testing"

	"github.com/rulevet/rulevet/rule/ruletest"
)

func TestRules(t *testing.T) {
	ruletest.Run(t, os.DirFS("."))
}

// TestCasesAreThorough holds the cases to what they claim: each condition of each query was true and false, and more
// than nine of ten changes of the queries are noticed.
func TestCasesAreThorough(t *testing.T) {
	rep, err := ruletest.Execute(t.Context(), os.DirFS("."), ruletest.Options{Coverage: true, Mutate: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(rep.Rules) < 10 {
		t.Errorf("%d rules, want at least 10", len(rep.Rules))
	}
	for _, r := range rep.Rules {
		if r.Coverage == nil || r.Mutation == nil {
			t.Errorf("%s: neither coverage nor mutants were measured", r.Path)
			continue
		}
		for _, u := range r.Coverage.Uncovered {
			t.Errorf("%s:%d:%d: never %s: %s", r.Path, u.Range.Start.Line, u.Range.Start.Column, u.Never, u.Text)
		}
		if r.Mutation.Mutants == 0 || r.Mutation.Score() <= 0.9 {
			t.Errorf("%s: %d of %d mutants killed, want more than 90 %%", r.Path, r.Mutation.Killed, r.Mutation.Mutants)
		}
	}
}
