package lint

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/rule/lint/check"
)

// The built-in checks of a whole set say what they read: one that does not would keep the tree of every file in memory.
func TestSetChecksRead(t *testing.T) {
	for _, c := range Checks() {
		if c.RunSet != nil && c.Reads == nil {
			t.Errorf("check %s has RunSet, but no Reads", c.Code)
		}
	}
}

// What is dropped of a file nothing reads any more: the report is the same. Every rule is there twice, so that the checks of the set have
// something to compare.
func TestLean(t *testing.T) {
	files, err := filepath.Glob("../../examples/rules/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	id, name := regexp.MustCompile(`rule_id = "[0-9a-f]{8}`), regexp.MustCompile(`\nname = "`)
	var sources []Source
	for i, path := range files {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		again := id.ReplaceAll(src, fmt.Appendf(nil, `rule_id = "%08x`, i))
		again = name.ReplaceAll(again, []byte("\nname = \"Again "))
		sources = append(sources, Source{Path: path, Src: src}, Source{Path: path + "-again.toml", Src: again})
	}
	same := func(t *testing.T, sources []Source) []string {
		report := func(lean bool) []string {
			l, err := New(Options{Config: &check.Config{Preset: check.Strict}, Now: corpusNow, Lean: lean})
			if err != nil {
				t.Fatal(err)
			}
			r, err := l.Lint(t.Context(), sources, nil)
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			for _, d := range r.Diagnostics {
				out = append(out, fmt.Sprint(d.Path, d.Span, d.Code, d.Severity, d.Message, d.Related))
			}
			return out
		}
		want := report(false)
		if diff := cmp.Diff(want, report(true)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		return want
	}
	t.Run("examples", func(t *testing.T) {
		if n := len(same(t, sources)); n < len(files) {
			t.Errorf("%d findings in %d pairs of rules: the set was not compared", n, len(files))
		}
	})
	t.Run("corpus", func(t *testing.T) { same(t, corpus(t)) })
}
