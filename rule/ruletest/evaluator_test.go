package ruletest

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// evaluate runs the one rule with package eval.
func evaluate(t *testing.T, head, query string, files map[string]string) CaseResult {
	t.Helper()
	fsys := fstest.MapFS{"r.toml": {Data: []byte("[rule]\nname = \"x\"\nrule_id = \"r\"\ntype = \"eql\"\nlanguage = \"eql\"\n" + head + "\nquery = '''" + query + "'''\n")}}
	for name, data := range files {
		fsys["testdata/r/"+name] = &fstest.MapFile{Data: []byte(data)}
	}
	rep, err := Execute(context.Background(), fsys, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(rep.Rules) != 1 || len(rep.Rules[0].Cases) != 1 {
		t.Fatalf("got %+v, want one rule with one case", rep)
	}
	return rep.Rules[0].Cases[0]
}

func TestEvaluator(t *testing.T) {
	const start = `{"@timestamp":"2025-01-01T00:00:00Z","event":{"category":["process"],"type":"start"},"process":{"name":"cmd.exe","pid":4},"host":{"id":"h1"}}` + "\n"
	const conn = `{"@timestamp":"2025-01-01T00:00:05Z","event":{"category":"network"},"process":{"name":"cmd.exe","pid":4},"host":{"id":"h1"}}` + "\n"
	const index = `index = ["logs-endpoint.events.*"]`
	tests := []struct {
		name, head, query, file, events string
		want                            string
		ok                              bool
		explain, err                    string
	}{
		{"event", index, `process where process.name : "CMD.exe"`, "match.ndjson", conn + start, "[[1]]", true, "", ""},
		{"optional field that no event has", index, `process where ?process.nonesuch == null`, "match.json", start, "[[0]]", true, "", ""},
		{"first false operand", index, `process where event.type == "start" and (process.pid > 3 and process.name == "sh") and process.pid == 9`,
			"match.json", start, "[]", false, "event 0: process.name == \"sh\" is false: process.name is \"cmd.exe\"\n", ""},
		{"category", index, `process where true`, "match.json", conn, "[]", false, "event 0: event.category == \"process\" is false: event.category is \"network\"\n", ""},
		{"missing field", index, `any where event.action == "x"`, "match.json", conn, "[]", false, "event 0: event.action == \"x\" is false: event.action is missing\n", ""},
		{"sequence, out of order", index, `sequence by host.id with maxspan=1m [process where true] [network where true]`,
			"match.ndjson", conn + start, `[[1 0] by "h1"]`, true, "", ""},
		{"sequence without second step", index, `sequence by host.id [process where true] [file where true]`, "match.ndjson", conn + start, "[]", false,
			"host.id \"h1\": 1 of 2 steps; no event matches step 2\nstep 2 of 2 matches no event:\n" +
				"  event 0: event.category == \"file\" is false: event.category is \"network\"\n  event 1: event.category == \"file\" is false: event.category is \"process\"\n", ""},
		{"sequence, the other host", index, `sequence by host.id [process where true] [network where true]`, "match.ndjson",
			start + strings.ReplaceAll(conn, "h1", "h2"), "[]", false,
			"host.id \"h1\": 1 of 2 steps; event 1 matches step 2, but with host.id \"h2\"\n", ""},
		{"sequence over maxspan", index, `sequence by host.id with maxspan=2s [process where true] [network where true]`, "match.ndjson",
			start + conn, "[]", false, "host.id \"h1\": 1 of 2 steps; event 1 matches step 2 3s over maxspan\n", ""},
		{"a second sequence that does not come", index, `sequence by host.id [process where true] [network where true]`, "match.ndjson", start + conn + conn,
			`[[0 1] by "h1"]`, false, "[0 2] did not come: event 0 matches step 1, event 2 matches step 2\n", ""},
		{"only keys differ", index, `sequence by host.id [process where true] [network where true]`, "match.ndjson", start + conn,
			`[[0 1] by "h1"]`, false, "", ""},
		{"another event than the golden says", index, `process where process.pid == 4`, "match.ndjson", conn + start, "[[1]]", false,
			"event 1 matches: event.category is \"process\", process.pid is 4\nevent 0: event.category == \"process\" is false: event.category is \"network\"\n", ""},
		{"unwanted match", index, `process where process.name : "cmd*" and not process.pid == 5`, "nomatch.json",
			`{"_id":"x1","_source":` + strings.TrimSpace(start) + `}`, "[[0]]", false,
			"event 0 (_id \"x1\") matches: event.category is \"process\", process.name is \"cmd.exe\", process.pid is 4\n", ""},
		{"category override", `event_category_override = "event.type"`, `start where true`, "match.json", start, "[[0]]", true, "", ""},
		{"syntax error", index, `process where (`, "nomatch.json", start, "", false, "", "the query is not valid: "},
		{"type error", index, `process where process.pid == "x" + 1`, "nomatch.json", start, "", false, "", "the query "},
		{"a script that fails", index, `process where process.pid / process.parent.pid == 1`, "match.ndjson",
			conn + strings.Replace(start, `"pid":4`, `"pid":4,"parent":{"pid":0}`, 1), "", false, "", "event 1: / by zero"},
		{"no timestamp", index, `sequence [process where true] [any where true]`, "nomatch.json", `{"event":{"category":"process"}}`, "", false, "", ""},
	}
	goldens := map[string]string{ // by name of the test
		"a second sequence that does not come": `{"matches":[{"events":[0,1]},{"events":[0,2]}]}`,
		"only keys differ":                     `{"matches":[{"events":[0,1],"keys":["h2"]}]}`,
		"another event than the golden says":   `{"matches":[{"events":[0]}]}`,
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{tt.file: tt.events}
			if golden := goldens[tt.name]; golden != "" {
				files["match.golden.json"] = golden
			}
			c := evaluate(t, tt.head, tt.query, files)
			if c.OK != tt.ok || c.NotChecked != "" {
				t.Errorf("ok %v, not checked %q, want ok %v", c.OK, c.NotChecked, tt.ok)
			}
			if tt.want == "" {
				if c.Error == "" || len(c.Error) < len(tt.err) || c.Error[:len(tt.err)] != tt.err {
					t.Errorf("error %q, want one with the prefix %q", c.Error, tt.err)
				}
				return
			}
			got := "["
			for i, m := range c.Got {
				if i > 0 {
					got += " "
				}
				got += m.String()
			}
			if d := cmp.Diff([]string{tt.want, tt.explain}, []string{got + "]", c.Explain}); d != "" {
				t.Errorf("matches and explanation (-want +got):\n%s", d)
			}
		})
	}
}
