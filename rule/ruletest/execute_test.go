package ruletest

import (
	"context"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
)

// interactive stands in for the evaluator: it matches the events whose process.interactive is true.
type interactive struct{}

func (interactive) Match(events [][]byte) ([]Hit, error) {
	var out []Hit
	for i, e := range events {
		d, err := parseDocument(e)
		if err != nil {
			return nil, err
		}
		if v, _ := d.get("process.interactive"); v == true {
			out = append(out, Hit{Events: []int{i}})
		}
	}
	return out, nil
}

func (interactive) Explain(*Failure) string { return "process.interactive == true is false" }

const ruleText = "[rule]\nname = \"x\"\nrule_id = \"r\"\ntype = \"eql\"\nlanguage = \"eql\"\nquery = 'process where process.interactive == true'\n"

func run(t *testing.T, files map[string]string, o Options) *Report {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, data := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(data)}
	}
	o.Compile = func(file *rule.File) (Matcher, error) {
		_, err := new(compile.Compiler).Compile(file, compile.Options{})
		return interactive{}, err
	}
	rep, err := Execute(context.Background(), fsys, o)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func outcome(r *Report) []string {
	var out []string
	for _, p := range r.Problems {
		out = append(out, p.String())
	}
	for _, res := range r.Rules {
		for _, p := range res.Problems {
			out = append(out, p.String())
		}
		for _, c := range res.Cases {
			out = append(out, fmt.Sprintf("%s/%s ok=%v got=%v %s%s", stem(res.Path), c.Name, c.OK, c.Got, c.NotChecked, c.Error))
		}
	}
	return out
}

func TestFixtures(t *testing.T) {
	const yes, no = `{"process":{"interactive":true}}`, `{"process.interactive":false}`
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"zero config, beside the rule and in a parent", map[string]string{
			"a/r.toml": ruleText, "a/testdata/r/match.json": yes, "testdata/r/nomatch.ndjson": no + "\n" + no,
		}, []string{"r/match ok=true got=[[0]] ", "r/nomatch ok=true got=[] "}},
		{"a failing case", map[string]string{"r.toml": ruleText, "testdata/r/match.json": no}, []string{"r/match ok=false got=[] "}},
		{"a golden says exactly what", map[string]string{
			"r.toml": ruleText, "testdata/r/e.ndjson": no + "\n" + yes, "testdata/r/e.golden.json": `{"matches":[{"events":[0]}]}`,
		}, []string{"r/e ok=false got=[[1]] "}},
		{"cases.toml", map[string]string{"r.toml": ruleText, "testdata/r/match.json": yes, "testdata/r/cases.toml": `
[[case]]
name = "off"
base = "match.json"
set = {process.interactive = false}
match = false
[[case]]
name = "two"
want = [[1]]
[[case.event]]
base = "match.json"
unset = ["process"]
[[case.event]]
event = {"process.interactive" = true}
at = "+5s"
`}, []string{"r/match ok=true got=[[0]] ", "r/off ok=true got=[] ", "r/two ok=true got=[[1]] "}},
		{"misspelt key, base and rule", map[string]string{"r.toml": ruleText, "testdata/r/match.json": yes, "testdata/rr/match.json": yes,
			"testdata/r/cases.toml": "[[case]]\nname = \"a\"\nbase = \"macth.json\"\nmatch = true\nnmae = 1\n"}, []string{
			`testdata/rr: error: fixtures without a rule: no rr.toml beside the testdata folder or below it [fixtures/orphan] (did you mean "r"?)`,
			`testdata/r/cases.toml:3:8: error: base "macth.json" does not exist in testdata/r [fixtures/invalid-case] (did you mean "match.json"?)`,
			"testdata/r/cases.toml:5:1: error: unknown key `nmae` [fixtures/unknown-key] (did you mean \"name\"?)",
			"r/match ok=true got=[[0]] ", "r/a ok=false got=[] the case is not valid"}},
		{"an empty file", map[string]string{"r.toml": ruleText, "testdata/r/match.json": " "}, []string{
			"testdata/r/match.json: error: the file holds no event [fixtures/empty-file]", "r/match ok=false got=[] its events cannot be read"}},
		{"what cannot be run is never green", map[string]string{"r.toml": strings.ReplaceAll(ruleText, "type = \"eql\"\nlanguage = \"eql\"", `type = "machine_learning"`), "testdata/r/match.json": yes},
			[]string{`r/match ok=false got=[] a rule of type "machine_learning" has no query that can be run`}},
		{"no fixtures", map[string]string{"r.toml": ruleText}, []string{
			"r.toml:2:8: info: the rule has no fixtures [fixtures/none] (put an event that must match into testdata/r/match.json)"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, outcome(run(t, tt.files, Options{}))); d != "" {
				t.Errorf("outcome (-want +got):\n%s", d)
			}
		})
	}
}

func TestMalformedEventNamesItsRecord(t *testing.T) {
	rep := run(t, map[string]string{"r.toml": ruleText, "testdata/r/match.ndjson": "{}\n{\"a\":}\n"}, Options{})
	p := rep.Rules[0].Problems[0]
	if p.Code != codeMalformed || p.Record != 2 || p.Line != 2 {
		t.Errorf("problem = %+v, want record 2 on line 2", p)
	}
}

func TestUpdateAndRun(t *testing.T) {
	files := map[string]string{"r.toml": ruleText, "testdata/r/e.ndjson": `{"process":{"interactive":true}}`, "testdata/r/nomatch.json": "{}"}
	wrote := map[string]string{}
	run(t, files, Options{Update: true, Write: func(n string, b []byte) error { wrote[n] = string(b); return nil }})
	want := map[string]string{"testdata/r/e.golden.json": "{\"matches\": [\n  {\"events\":[0]}\n]}\n"}
	if d := cmp.Diff(want, wrote); d != "" {
		t.Errorf("goldens (-want +got):\n%s", d)
	}
	rep := run(t, files, Options{Run: regexp.MustCompile("r/nom")})
	if rep.Summary.Cases != 1 {
		t.Errorf("cases = %d, want 1", rep.Summary.Cases)
	}
}

// A named pipe among fixtures must not be opened: reading it would wait for a writer for ever.
func TestOnlyRegularFilesAreRead(t *testing.T) {
	fsys := fstest.MapFS{"r.toml": {Data: []byte(ruleText)}, "testdata/r/match.json": {Mode: fs.ModeNamedPipe},
		"testdata/r/cases.toml": {Mode: fs.ModeSocket}, "pipe.toml": {Mode: fs.ModeNamedPipe}}
	rep, err := Execute(context.Background(), fsys, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"pipe.toml: error: cannot be read: a named pipe, expected a file [fixtures/unreadable]",
		"testdata/r/cases.toml: error: cannot be read: a socket, expected a file [fixtures/unreadable]",
		"testdata/r/match.json: error: cannot be read: not a regular file (p---------) [fixtures/unreadable]",
		"r/match ok=false got=[] its events cannot be read",
	}
	if d := cmp.Diff(want, outcome(rep)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
