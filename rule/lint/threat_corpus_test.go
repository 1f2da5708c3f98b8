package lint

import (
	"testing"

	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
)

// TestThreatCorpusMutations breaks one value in each public rule: there must be one error more, at the value's line.
func TestThreatCorpusMutations(t *testing.T) {
	sources := corpus(t)
	mutate := []struct {
		code string
		edit func(f *rule.File) *rule.Node
		to   func(old string) string
	}{
		{"threat/technique-name", first("technique", 0, "name"), func(s string) string { return s + " X" }},
		{"threat/unknown-technique", first("technique", 0, "id"), func(string) string { return "T9999" }},
		{"threat/technique-reference", first("technique", 0, "reference"), func(s string) string { return s[:len(s)-5] + "9999/" }},
		{"threat/subtechnique-name", first("technique", 0, "subtechnique", 0, "name"), func(s string) string { return s + " X" }},
		{"threat/unknown-tactic", first("tactic", "name"), func(s string) string { return s + "X" }},
		{"threat/tactic-id", first("tactic", "id"), func(string) string { return "TA9999" }},
		{"threat/tactic-reference", first("tactic", "reference"), func(string) string { return "https://attack.mitre.org/tactics/TA9999/" }},
	}
	for _, m := range mutate {
		var broken []Source
		for i, s := range sources {
			f, _ := rule.Parse(s.Path, s.Src)
			n := m.edit(f)
			if i%5 != 0 || n == nil || f.Metadata.Maturity == "deprecated" {
				continue
			}
			out, err := rule.Apply(s.Src, tomlspan.SetString(n, m.to(n.Str)))
			if err != nil {
				t.Fatal(err)
			}
			broken = append(broken, Source{Path: s.Path, Src: out})
		}
		r := lintSources(t, Options{Only: []string{"threat/*"}, Now: corpusNow}, broken...)
		hit := map[string]int{}
		for _, d := range r.Diagnostics {
			if d.Severity != rule.Error || d.Code == "threat/technique-retired" {
				continue
			}
			if d.Code != m.code {
				t.Errorf("%s: %s: %s: %s", m.code, d.Path, d.Code, d.Message)
			}
			hit[d.Path]++
		}
		for _, s := range broken {
			if hit[s.Path] != 1 {
				t.Errorf("%s: %s has %d errors, want 1", m.code, s.Path, hit[s.Path])
			}
		}
		restores(t, m.code, broken, sources)
		t.Logf("%s: %d rules", m.code, len(broken))
	}
}

// first finds a value of the first threat entry.
func first(path ...any) func(*rule.File) *rule.Node {
	return func(f *rule.File) *rule.Node {
		return f.Lookup(append([]any{"rule", "threat", 0}, path...)...)
	}
}

// restores applies the safe fixes of a check that promises them: the original must come back.
func restores(t *testing.T, code string, broken, originals []Source) {
	t.Helper()
	l, err := New(Options{Only: []string{code}, Now: corpusNow})
	if err != nil {
		t.Fatal(err)
	}
	if l.known[code].Fix != check.Automatic {
		return
	}
	want := map[string]string{}
	for _, s := range originals {
		want[s.Path] = string(s.Src)
	}
	res, err := l.Fix(t.Context(), broken, nil, FixOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Files) != len(broken) {
		t.Errorf("%s: %d of %d rules were fixed", code, len(res.Files), len(broken))
	}
	for _, f := range res.Files {
		if string(f.New) != want[f.Path] {
			t.Errorf("%s: the fix of %s gives another text", code, f.Path)
		}
	}
}
