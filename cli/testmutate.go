package cli

import (
	"fmt"
	"math"
	"path"
	"strings"

	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/rule/ruletest"
)

// mutation lists the changes of a rule's query that no case noticed, with the case that would.
func (t *testText) mutation(r *ruletest.RuleResult) {
	m := r.Mutation
	if m == nil || !t.f.mutate {
		return
	}
	for _, s := range m.Survivors {
		t.line("%s:%d:%d: survives: %s: %s", r.Path, s.Range.Start.Line, s.Range.Start.Column, s.Kind, s.Diff)
		if k := s.Kill; k != nil {
			t.line("    noticed by a case with match = %t: %s", k.Match, k.Name)
		}
	}
	untried := ""
	if m.Untried > 0 {
		untried = fmt.Sprintf("; %d more were not tried", m.Untried)
	}
	t.line("mutation: %s: %d of %s killed (%.0f %%)%s", r.Path, m.Killed, wording.Count(m.Mutants, "mutant"), math.Floor(100*m.Score()), untried)
}

// suggestions prints cases ready to be appended to cases.toml.
func (t *testText) suggestions(r *ruletest.RuleResult) {
	if !t.f.suggest || len(r.Suggestions)+r.Unsuggested == 0 {
		return
	}
	_ = t.Flush() // an error stays until the last Flush
	defer func(on bool) {
		_ = t.Flush()
		t.comments.on = on
	}(t.comments.on)
	t.comments.on = false
	stem := strings.TrimSuffix(path.Base(r.Path), ".toml")
	t.line("# %s for testdata/%s/cases.toml: made up, to be read before they are taken over", wording.Count(len(r.Suggestions), "case"), stem)
	for _, s := range r.Suggestions {
		for line := range strings.Lines("\n" + s.TOML) {
			t.line("%s", strings.TrimRight(line, "\n"))
		}
	}
	fmt.Fprintln(t)
	if r.Unsuggested > 0 {
		t.line("# no case was found for %d of what --coverage and --mutate report for %s", r.Unsuggested, r.Path)
	}
}
