package lint

import "testing"

// BenchmarkCorpus lints the public rules as one process does: five stacks, catalogs loaded anew.
func BenchmarkCorpus(b *testing.B) {
	sources := corpus(b)
	b.ReportAllocs()
	for b.Loop() {
		l, err := New(Options{Config: &Config{Preset: Elastic}, Now: corpusNow})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := l.Lint(b.Context(), sources, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFields is the field stage alone, on the queries of the public EQL rules, catalog opened anew: its ratio to
// BenchmarkCorpus is the share of the catalog and the type check.
func BenchmarkFields(b *testing.B) {
	rules := eqlRules(b)
	b.ReportAllocs()
	for b.Loop() {
		shared := &Shared{Config: &Config{}}
		for _, r := range rules {
			checkFields(&Pass{File: r.file, Run: loneRun{}, Path: r.source.Path, Query: r.query, Config: shared.Config, Shared: shared})
		}
	}
}
