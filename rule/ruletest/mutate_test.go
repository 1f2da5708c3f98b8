package ruletest

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// mutationOf runs the mutants of one rule; each file is a fixture.
func mutationOf(t *testing.T, query string, files map[string]string) *RuleResult {
	t.Helper()
	fsys := fstest.MapFS{"r.toml": {Data: []byte("[rule]\nname = \"x\"\nrule_id = \"r\"\ntype = \"eql\"\nlanguage = \"eql\"\n" +
		"index = [\"logs-endpoint.events.*\"]\nquery = '''" + query + "'''\n")}}
	for name, data := range files {
		fsys["testdata/r/"+name] = &fstest.MapFile{Data: []byte(data)}
	}
	rep, err := Execute(t.Context(), fsys, Options{Mutate: true})
	if err != nil {
		t.Fatal(err)
	}
	return rep.Rules[0]
}

func survivors(r *RuleResult) []string {
	out := []string{fmt.Sprintf("%d of %d", r.Mutation.Killed, r.Mutation.Mutants)}
	for _, s := range r.Mutation.Survivors {
		out = append(out, s.Kind+" "+s.Diff)
	}
	return out
}

func TestMutation(t *testing.T) {
	const query = `process where process.name : "sh" and process.pid > 5`
	const yes = `{"event":{"category":"process"},"process":{"name":"SH","pid":6}}`
	files := map[string]string{"match.json": yes}
	want := []string{"4 of 9",
		`category [-process-]{+any+} where process.name : "sh" and …`,
		`drop-clause process where [-process.name : "sh" and -]process.pid > 5`,
		`drop-clause process where process.name : "sh"[- and process.pid > 5-]`,
		`and-or process where process.name : "sh" [-and-]{+or+} process.pid > 5`,
		`number … process.name : "sh" and process.pid [->-]{+>=+} 5`}
	r := mutationOf(t, query, files)
	if d := cmp.Diff(want, survivors(r)); d != "" {
		t.Errorf("with one match (-want +got):\n%s", d)
	}
	files["cases.toml"] = `
[[case]]
name = "off by one"
base = "match.json"
set = {"process.pid" = 5}
match = false
[[case]]
name = "other name, other category"
match = 0
[[case.event]]
base = "match.json"
set = {"process.name" = "bash"}
[[case.event]]
base = "match.json"
set = {"event.category" = "file"}
[[case]]
name = "fails, and so kills nothing"
base = "match.json"
set = {"process.pid" = 7}
match = false
`
	r = mutationOf(t, query, files)
	if d := cmp.Diff([]string{"9 of 9"}, survivors(r)); d != "" {
		t.Errorf("with near misses (-want +got):\n%s", d)
	}
	if got := r.Mutation.Score(); got != 1 {
		t.Errorf("score %v, want 1", got)
	}
}

func TestMutationRange(t *testing.T) {
	r := mutationOf(t, "\nprocess where process.name == \"sh\" and\n  process.pid > 5", map[string]string{"nomatch.json": `{"process":{"pid":1}}`})
	for _, s := range r.Mutation.Survivors {
		if s.Kind == "number" && strings.Contains(s.Diff, ">=") {
			if d := cmp.Diff([]int{9, 15, 9, 16}, []int{s.Range.Start.Line, s.Range.Start.Column, s.Range.End.Line, s.Range.End.Column}); d != "" {
				t.Errorf("range (-want +got):\n%s", d)
			}
			return
		}
	}
	t.Errorf("no survivor >=: %q", survivors(r))
}

func TestMutationOfSequence(t *testing.T) {
	r := mutationOf(t, `sequence by host.id with maxspan=10s [process where process.name == "a"] [file where true] until [process where process.name == "z"]`,
		map[string]string{"match.ndjson": `{"@timestamp":"2025-01-01T00:00:00Z","event":{"category":"process"},"process":{"name":"a"},"host":{"id":"h"}}` + "\n" +
			`{"@timestamp":"2025-01-01T00:00:06Z","event":{"category":"file"},"host":{"id":"h"}}`,
			"match.golden.json": `{"matches":[{"events":[0,1],"keys":["h"]}]}`})
	want := []string{"4 of 11",
		"maxspan sequence by host.id with maxspan=[-10s-]{+20s+} [process where process.name == \"a\"] …",
		`category sequence by host.id with maxspan=10s [[-process-]{+any+} where process.name == "a"] [file where …`,
		`case … [process where process.name [-==-]{+:+} "a"] [file where true] until [process …`,
		`category … [process where process.name == "a"] [[-file-]{+any+} where true] until [process where …`,
		`until … process.name == "a"] [file where true][- until [process where process.name == "z"]-]`,
		`category … == "a"] [file where true] until [[-process-]{+any+} where process.name == "z"]`,
		`case … until [process where process.name [-==-]{+:+} "z"]`}
	if d := cmp.Diff(want, survivors(r)); d != "" {
		t.Errorf("survivors (-want +got):\n%s", d)
	}
}

func TestMutationOfGiantQuery(t *testing.T) {
	var clauses []string
	for i := range 3000 {
		clauses = append(clauses, fmt.Sprintf("process.args == \"argument-%d\"", i))
	}
	r := mutationOf(t, "process where "+strings.Join(clauses, " or "), map[string]string{"match.json": `{"event":{"category":"process"},"process":{"args":["argument-1500"]}}`})
	m := r.Mutation
	if m.Untried == 0 || m.Mutants < minMutants/2 || m.Mutants+m.Untried > 4*3000+1 {
		t.Errorf("%d tried, %d not", m.Mutants, m.Untried)
	}
}
