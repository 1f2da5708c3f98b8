package fieldcheck

import (
	"testing"

	"github.com/rulevet/rulevet/rule/lint/check"
)

// BenchmarkFields is the field stage alone, on the queries of the public EQL rules, catalog opened anew: its ratio to
// BenchmarkCorpus is the share of the catalog and the type check.
func BenchmarkFields(b *testing.B) {
	rules := eqlRules(b)
	b.ReportAllocs()
	for b.Loop() {
		shared := &check.Shared{Config: &check.Config{}}
		for _, r := range rules {
			CheckFields(&check.Pass{File: r.file, Run: loneRun{}, Path: r.file.Path, Query: r.query, Config: shared.Config, Shared: shared})
		}
	}
}
