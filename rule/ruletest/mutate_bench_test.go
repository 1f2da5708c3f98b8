package ruletest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rulevet/rulevet/rule"
)

// BenchmarkMutation measures the mutants of the example rules against their cases, without reading files.
func BenchmarkMutation(b *testing.B) {
	rep, err := Execute(b.Context(), os.DirFS("../../examples/rules"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	mutants := 0
	for b.Loop() {
		for _, r := range rep.Rules {
			r.mutate(false)
			mutants += r.Mutation.Mutants
		}
	}
	b.ReportMetric(float64(mutants)/b.Elapsed().Seconds(), "mutants/s")
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N*len(rep.Rules)), "ms/rule")
}

// BenchmarkMutationCorpus measures the mutants of every tenth public rule, without cases, so that for every mutant an event is looked for
// that notices it: the worst that can be.
func BenchmarkMutationCorpus(b *testing.B) {
	results := corpusResults(b, 10)
	mutants := 0
	for b.Loop() {
		for _, r := range results {
			r.mutate(false)
			mutants += r.Mutation.Mutants
		}
	}
	b.ReportMetric(float64(mutants)/b.Elapsed().Seconds(), "mutants/s")
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N*len(results)), "ms/rule")
}

// corpusResults are every n-th public EQL rule, without cases.
func corpusResults(b *testing.B, n int) []*RuleResult {
	match := compiler(nil)
	var results []*RuleResult
	_ = filepath.WalkDir("../../../shared/corpus", func(path string, d os.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".toml" {
			src, err := os.ReadFile(path)
			if err != nil {
				b.Fatal(err)
			}
			file, diags := rule.Parse(path, src)
			if m, _, _ := prepare(file, diags, match); m != nil && file.Rule.Language == "eql" {
				results = append(results, &RuleResult{file: file, matcher: m})
			}
		}
		return nil
	})
	if len(results) == 0 {
		b.Skip("no corpus")
	}
	thinned := results[:0]
	for i := 0; i < len(results); i += n {
		thinned = append(thinned, results[i])
	}
	return thinned
}

// BenchmarkSuggestCorpus makes cases up for every tenth public EQL rule.
func BenchmarkSuggestCorpus(b *testing.B) {
	results := corpusResults(b, 10)
	suggested := 0
	for b.Loop() {
		for _, r := range results {
			r.Suggestions, r.Unsuggested = nil, 0
			r.suggestFirst()
			suggested += len(r.Suggestions)
		}
	}
	b.ReportMetric(float64(suggested)/float64(b.N*len(results)), "suggestions/rule")
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N*len(results)), "ms/rule")
}
