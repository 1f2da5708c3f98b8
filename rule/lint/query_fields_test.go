package lint

import (
	"path/filepath"
	"testing"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/indexes"
	"github.com/rulevet/rulevet/rule/lint/internal/fieldcheck"
)

// TestCorpusFields wants no error and no warning about fields, types and indexes of the public rules, of every language,
// on the five stacks.
func TestCorpusFields(t *testing.T) {
	rep := lintCorpus(t, Options{})
	mine := map[string]bool{}
	for _, c := range append(fieldcheck.Checks(), indexes.IndexChecks()...) {
		mine[c.Code] = true
	}
	for _, d := range rep.Diagnostics {
		if d.Severity >= rule.Warning && mine[d.Code] {
			t.Errorf("%s: %s: %s (%s)", filepath.Base(d.Path), d.Code, d.Message, d.Hint)
		}
	}
	why := map[string]int{}
	for _, f := range rep.Files {
		for _, s := range f.Skipped {
			if s.Part == check.PartFields {
				why[s.Why]++
			}
		}
	}
	t.Logf("files whose fields were not checked, or not all: %v", why)
}
