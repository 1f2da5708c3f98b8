package ruletest

import (
	"io/fs"
	"testing"
)

// Run runs the cases of the rules that the patterns name as subtests, "<rule stem>/<case name>". o.Paths is replaced by
// the patterns. A case that cannot be checked is skipped with its reason, never passed.
func Run(t *testing.T, fsys fs.FS, o Options, patterns ...string) {
	t.Helper()
	o.Paths = patterns
	rep, err := Execute(t.Context(), fsys, o)
	if err != nil {
		t.Fatal(err)
	}
	problems(t, rep.Problems)
	for _, r := range rep.Rules {
		t.Run(stem(r.Path), func(t *testing.T) {
			problems(t, r.Problems)
			for _, c := range r.Cases {
				t.Run(c.Name, func(t *testing.T) { check(t, c) })
			}
		})
	}
}

// tb is the part of testing.TB that verdicts go through, so that the harness itself can be tested.
type tb interface {
	Helper()
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Skipf(format string, args ...any)
}

func problems(t tb, ps []Problem) {
	t.Helper()
	for _, p := range ps {
		if p.Severity == "error" {
			t.Errorf("%s", p)
		} else {
			t.Logf("%s", p)
		}
	}
}

func check(t tb, c CaseResult) {
	t.Helper()
	switch {
	case c.NotChecked != "":
		t.Skipf("not checked: %s", c.NotChecked)
	case c.Error != "":
		t.Errorf("%s: %s", c.File, c.Error)
	case !c.OK:
		t.Errorf("%s: matches differ (-want +got):\n%s%s", c.File, c.Diff, c.Explain)
	}
}
