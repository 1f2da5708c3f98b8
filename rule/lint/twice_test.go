package lint

import (
	"fmt"
	"testing"

	"github.com/rulevet/rulevet/rule/lint/check"
)

// TestNothingIsReportedTwice looks for findings of one code with one message at one place.
func TestNothingIsReportedTwice(t *testing.T) {
	r := lintCorpus(t, Options{Config: &check.Config{Preset: check.Strict}})
	seen := map[string]bool{}
	for _, d := range r.Diagnostics {
		key := fmt.Sprint(d.Path, d.Span, d.Code, d.Message)
		if seen[key] {
			t.Errorf("%s: twice: %s %s", d.Path, d.Code, d.Message)
		}
		seen[key] = true
	}
	if len(seen) == 0 {
		t.Error("no findings at all")
	}
}
