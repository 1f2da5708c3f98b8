package ruletest

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type recorder struct{ said []string }

func (r *recorder) Helper()                   {}
func (r *recorder) Logf(f string, a ...any)   { r.said = append(r.said, "log "+fmt.Sprintf(f, a...)) }
func (r *recorder) Errorf(f string, a ...any) { r.said = append(r.said, "error "+fmt.Sprintf(f, a...)) }
func (r *recorder) Skipf(f string, a ...any)  { r.said = append(r.said, "skip "+fmt.Sprintf(f, a...)) }

func TestHarnessVerdicts(t *testing.T) {
	var r recorder
	check(&r, CaseResult{OK: true})
	check(&r, CaseResult{NotChecked: "no evaluator"})
	check(&r, CaseResult{File: "f", Error: "broken"})
	check(&r, CaseResult{File: "f", Diff: "d\n", Explain: "e"})
	problems(&r, []Problem{{Severity: "info", Path: "p", Message: "m", Code: "c"}, {Severity: "error", Path: "p", Message: "m", Code: "c"}})
	want := []string{"skip not checked: no evaluator", "error f: broken", "error f: matches differ (-want +got):\nd\ne",
		"log p: info: m [c]", "error p: error: m [c]"}
	if d := cmp.Diff(want, r.said); d != "" {
		t.Errorf("verdicts (-want +got):\n%s", d)
	}
}
