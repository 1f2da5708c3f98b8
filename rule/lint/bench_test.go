package lint

import (
	"testing"

	"github.com/rulevet/rulevet/rule/lint/check"
)

// BenchmarkCorpus lints the public rules as one process does: five stacks, catalogs loaded anew.
func BenchmarkCorpus(b *testing.B) {
	sources := corpus(b)
	b.ReportAllocs()
	for b.Loop() {
		l, err := New(Options{Config: &check.Config{Preset: check.Elastic}, Now: corpusNow})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := l.Lint(b.Context(), sources, nil); err != nil {
			b.Fatal(err)
		}
	}
}
