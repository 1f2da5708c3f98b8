package ruletest

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/internal/witness"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/search"
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

// TestNearMissFailsOneClause: the event that notices a dropped clause lacks that clause only.
func TestNearMissFailsOneClause(t *testing.T) {
	rules := rulesOf(t, "../../examples/rules", 1)
	for name, src := range rulesOf(t, "../../../shared/corpus", 30) {
		rules[name] = src
	}
	n := 0
	for name, src := range rules {
		file, diags := rule.Parse(name, src)
		m, _, _ := prepare(file, diags, compiler(nil))
		e, ok := m.(*evaluator)
		if !ok || len(e.program.Steps()) > 1 {
			continue
		}
		mutants := newMutator(file, e, nil)
		p := newProposer(mutants, &RuleResult{file: file})
		if p == nil {
			t.Errorf("%s: no event matches", name)
			continue
		}
		clauses := topClauses(p)
		for _, x := range mutants.all {
			if x.Change != search.DropClause {
				continue
			}
			c := p.kill(x)
			if c == nil || len(c.hits) > 0 {
				continue
			}
			n++
			if failing := p.failing(t, clauses, c.story[0]); failing != 1 {
				t.Errorf("%s: %d clauses are false in the near miss %q for %s", name, failing, c.label, x.Diff(mutants.source()))
			}
		}
	}
	if n < 30 { // 39 of the examples alone
		t.Errorf("only %d near misses", n)
	}
}

// topClauses are the operands of the "and" on top, category included.
func topClauses(p *proposer) []*witness.Formula {
	step := p.program.Steps()[0]
	clauses := []*predicate.Cond{step.Cond}
	if step.Admit != nil { // category and condition
		clauses = step.Cond.Kids
	}
	if last := clauses[len(clauses)-1]; last.Op == predicate.OpAnd {
		clauses = append(clauses[:len(clauses)-1:len(clauses)-1], last.Kids...)
	}
	var out []*witness.Formula
	for _, c := range clauses {
		out = append(out, p.solver.Formula(c))
	}
	return out
}

// failing counts the clauses that are false for an event.
func (p *proposer) failing(t *testing.T, clauses []*witness.Formula, a *actor) int {
	t.Helper()
	raw, err := a.doc.encode()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range clauses {
		if !p.solver.Holds(raw, f) {
			n++
		}
	}
	return n
}

// TestSuggestionsAreValidByTheSchema: made-up values have the types that the mapping of the rule's indexes gives.
func TestSuggestionsAreValidByTheSchema(t *testing.T) {
	rep, err := Execute(t.Context(), fstest.MapFS{"r.toml": {Data: []byte("[rule]\nname = \"x\"\ntype = \"eql\"\nlanguage = \"eql\"\nindex = [\"logs-endpoint.events.network-*\"]\n" +
		"query = '''network where destination.port > 1024 and destination.ip != null and process.name : \"x*\" and not process.pid in (1, 2)'''\n")}}, Options{Suggest: true})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, s := range rep.Rules[0].Suggestions {
		for _, raw := range s.Events {
			doc, err := parseDocument(raw)
			if err != nil {
				t.Fatal(err)
			}
			for field, kind := range map[string]string{"destination.port": "a number", "process.pid": "a number", "destination.ip": "a string", "process.name": "a string"} {
				if v, ok := doc.get(field); ok {
					if n++; describe(v) != kind {
						t.Errorf("%s is %s, want %s", field, describe(v), kind)
					}
				}
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d values were looked at", n)
	}
}

// TestSuggestionsSayWhatIsLeft: what no event can show is counted, not passed over.
func TestSuggestionsSayWhatIsLeft(t *testing.T) {
	for query, want := range map[string]bool{
		`process where process.name == "a" and process.pid > 3`:                                true,
		`process where process.name == "a" or process.name == "b" and process.name == null`:    false, // "b" and missing: never
		`process where process.name == "a" and process.name == null`:                           false, // nothing matches
		`process where process.name == "a" and process.args : ("x", "y") and process.pid != 0`: true,
	} {
		src := "[rule]\nname = \"x\"\ntype = \"eql\"\nlanguage = \"eql\"\nindex = [\"logs-endpoint.events.process-*\"]\nquery = '''" + query + "'''\n"
		rep, err := Execute(t.Context(), fstest.MapFS{"r.toml": {Data: []byte(src)}}, Options{Suggest: true})
		if err != nil {
			t.Fatal(err)
		}
		if r := rep.Rules[0]; (r.Unsuggested == 0) != want {
			t.Errorf("%s: %d suggestions, %d left, want nothing left: %t", query, len(r.Suggestions), r.Unsuggested, want)
		}
	}
}

// TestSuggestionsOfConformanceQueries: every form of query that the language has goes through mutants and suggestions.
func TestSuggestionsOfConformanceQueries(t *testing.T) {
	src, err := os.ReadFile("../../../shared/conformance/parse-ok.json")
	if err != nil {
		t.Skip(err)
	}
	var queries []string
	if err := json.Unmarshal(src, &queries); err != nil {
		t.Fatal(err)
	}
	run, none := 0, 0
	for i, q := range queries {
		if testing.Short() && i%5 > 0 || strings.Contains(q, "'''") {
			continue
		}
		name := fmt.Sprintf("r%d.toml", i)
		text := "[rule]\nname = \"x\"\ntype = \"eql\"\nlanguage = \"eql\"\nquery = '''" + q + "'''\n"
		before, after := suggested(t, fstest.MapFS{name: {Data: []byte(text)}}, name)
		switch {
		case after != nil:
			run++
			holdsPromises(t, q, before, after)
		case before.matcher != nil:
			none++
			t.Logf("nothing found for %s", q)
		}
	}
	t.Logf("%d queries with suggestions, %d without", run, none)
}

// FuzzSuggestions holds the suggestions for any query to their promises.
func FuzzSuggestions(f *testing.F) {
	for _, q := range []string{
		`process where process.name : "a*" and not (process.args == "b" or process.pid > 5)`,
		`sequence by host.id with maxspan=5s [process where process.name == "a"] with runs=2 ![file where true] [file where file.path : "/x/*"] until [process where false or process.pid == 1]`,
		`sample by host.id [process where process.name == "a"] [file where true]`, `any where cidrMatch(source.ip, "10.0.0.0/8", "::1") and length(process.name) >= 3`,
		`any where startsWith~(process.name, "x") and process.name regex "x[0-9]+" and ?process.args != null | tail 2`,
	} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, q string) {
		if len(q) > 400 || strings.Contains(q, "'''") || strings.HasSuffix(q, "'") {
			return
		}
		text := "[rule]\nname = \"x\"\ntype = \"eql\"\nlanguage = \"eql\"\nindex = [\"logs-endpoint.events.*\"]\nquery = '''" + q + "'''\n"
		if before, after := suggested(t, fstest.MapFS{"r.toml": {Data: []byte(text)}}, "r.toml"); after != nil {
			holdsPromises(t, q, before, after)
		}
	})
}
