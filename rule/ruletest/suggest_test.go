package ruletest

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rulevet/rulevet/rule"
)

// rulesOf returns the EQL rules below a folder by path, at most one of every nth.
func rulesOf(t *testing.T, root string, nth int) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	n := 0
	_ = filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(p) != ".toml" || strings.Contains(p, "testdata") {
			return nil
		}
		src, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		if f, _ := rule.Parse(p, src); f.Query == nil || f.Rule.Language != "eql" {
			return nil
		}
		if n++; n%nth == 0 {
			out[p] = src
		}
		return nil
	})
	return out
}

// suggested runs a rule alone with what its suggestions add, and returns both reports.
func suggested(t *testing.T, fsys fstest.MapFS, name string) (before, after *RuleResult) {
	t.Helper()
	run := func(o Options) *RuleResult {
		o.Paths = []string{name}
		rep, err := Execute(t.Context(), fsys, o)
		if err != nil {
			t.Fatal(err)
		}
		return rep.Rules[0]
	}
	before = run(Options{Suggest: true})
	if len(before.Suggestions) == 0 {
		return before, nil
	}
	cases := path.Join(path.Dir(name), "testdata", stem(name), casesFile)
	var text strings.Builder
	if f := fsys[cases]; f != nil {
		text.Write(f.Data)
	}
	for _, s := range before.Suggestions {
		text.WriteString("\n" + s.TOML)
	}
	fsys[cases] = &fstest.MapFile{Data: []byte(text.String())}
	return before, run(Options{Coverage: true, Mutate: true})
}

// holds checks what suggestions promise: they pass, they say they are made up, and each shows what it is for.
func holdsPromises(t *testing.T, name string, before, after *RuleResult) {
	t.Helper()
	for _, p := range after.Problems {
		if p.Severity == "error" {
			t.Errorf("%s: %s", name, p)
		}
	}
	synthetic := 0
	for _, c := range after.Cases {
		if c.Synthetic {
			synthetic++
		}
		if !c.OK && c.Synthetic {
			t.Errorf("%s: suggestion %q fails: %s%s%s", name, c.Name, c.Error, c.Diff, c.Explain)
		}
	}
	if synthetic < len(before.Suggestions) {
		t.Errorf("%s: %d of %d suggestions are cases", name, synthetic, len(before.Suggestions))
	}
	left := map[string]bool{}
	for _, s := range after.Mutation.Survivors {
		left["notices "+s.Kind+": "+s.Diff] = true
	}
	for _, c := range after.Coverage.All {
		if c.True == 0 {
			left[c.Text+" is true"] = true
		}
		if c.False == 0 {
			left[c.Text+" is false"] = true
		}
	}
	same := map[string]int{}
	for _, s := range before.Suggestions {
		same[s.Why]++
	}
	for _, s := range before.Suggestions {
		if left[s.Why] && same[s.Why] == 1 && !ambiguous(after, s.Why) {
			t.Errorf("%s: suggestion %q does not do what it is for: %s\n%s", name, s.Name, s.Why, s.TOML)
		}
	}
}

// ambiguous tells whether a condition stands in the query more than once.
func ambiguous(r *RuleResult, why string) bool {
	n := 0
	for _, c := range r.Coverage.All {
		if c.Text+" is true" == why || c.Text+" is false" == why {
			n++
		}
	}
	return n > 1
}

func TestSuggestionsOfExamples(t *testing.T) {
	for name, src := range rulesOf(t, "../../examples/rules", 1) {
		fsys := fstest.MapFS{}
		base := filepath.Base(name)
		fsys[base] = &fstest.MapFile{Data: src}
		dir := filepath.Join(filepath.Dir(name), "testdata", stem(base))
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			data, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			fsys[path.Join("testdata", stem(base), e.Name())] = &fstest.MapFile{Data: data}
		}
		before, after := suggested(t, fsys, base)
		if after != nil {
			holdsPromises(t, base, before, after)
		}
		// The same rule without its fixtures: everything is made up.
		bare := fstest.MapFS{base: fsys[base]}
		before, after = suggested(t, bare, base)
		if after == nil {
			t.Errorf("%s: no suggestion without fixtures", base)
			continue
		}
		holdsPromises(t, base, before, after)
		if got := after.Mutation.Score(); got < 0.9 {
			t.Errorf("%s: made-up cases kill %d of %d mutants", base, after.Mutation.Killed, after.Mutation.Mutants)
		}
	}
}

// TestSuggestionsOfCorpus makes cases up for public rules and holds them to their promises.
func TestSuggestionsOfCorpus(t *testing.T) {
	nth := 25
	if testing.Short() {
		nth = 100
	}
	rules := rulesOf(t, "../../../shared/corpus", nth)
	if len(rules) == 0 {
		t.Skip("no corpus")
	}
	none, mutants, killed, conditions, covered := 0, 0, 0, 0, 0
	for name, src := range rules {
		base := filepath.Base(name)
		before, after := suggested(t, fstest.MapFS{base: {Data: src}}, base)
		if after == nil {
			none++
			t.Logf("%s: nothing found", name)
			continue
		}
		holdsPromises(t, base, before, after)
		mutants, killed = mutants+after.Mutation.Mutants, killed+after.Mutation.Killed
		conditions, covered = conditions+after.Coverage.Conditions, covered+after.Coverage.Covered
		for _, u := range after.Coverage.Uncovered {
			t.Logf("%s: never %s: %s", base, u.Never, u.Text)
		}
		if after.Mutation.Score() < 0.8 {
			t.Logf("%s: %d of %d killed, %d suggestions", base, after.Mutation.Killed, after.Mutation.Mutants, len(before.Suggestions))
			for _, s := range after.Mutation.Survivors[:min(3, len(after.Mutation.Survivors))] {
				t.Logf("    %s %s", s.Kind, s.Diff)
			}
		}
	}
	t.Logf("%d rules, %d without a matching event; %d of %d mutants killed, %d of %d conditions covered", len(rules), none, killed, mutants, covered, conditions)
	if none*10 > len(rules) || killed*10 < mutants*9 || covered*10 < conditions*9 {
		t.Errorf("%d of %d rules without a matching event, %d of %d mutants killed, %d of %d conditions covered", none, len(rules), killed, mutants, covered, conditions)
	}
}
