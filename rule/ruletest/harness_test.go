package ruletest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/rule"
)

type recorder struct{ said []string }

func (r *recorder) Helper()                   {}
func (r *recorder) Logf(f string, a ...any)   { r.said = append(r.said, "log "+fmt.Sprintf(f, a...)) }
func (r *recorder) Errorf(f string, a ...any) { r.said = append(r.said, "error "+fmt.Sprintf(f, a...)) }
func (r *recorder) Skipf(f string, a ...any)  { r.said = append(r.said, "skip "+fmt.Sprintf(f, a...)) }

func TestHarnessVerdicts(t *testing.T) {
	var r recorder
	check(&r, CaseResult{OK: true})
	check(&r, CaseResult{NotChecked: "no evaluator"})
	check(&r, CaseResult{File: "f", Error: "broken"})
	check(&r, CaseResult{File: "f", Line: 3, Diff: "d\n", Explain: "e"})
	check(&r, CaseResult{File: "f", OK: true, Updated: true})
	problems(&r, []Problem{{Severity: "info", Path: "p", Message: "m", Code: "c"}, {Severity: "error", Path: "p", Message: "m", Code: "c"}})
	at := Range{Start: Place{Line: 2, Column: 3}}
	measures(&r, &RuleResult{Path: "p", Cases: make([]CaseResult, 1), Coverage: &Coverage{Conditions: 2, Covered: 1, Uncovered: []Uncovered{{at, "a == 1", "true"}}},
		Mutation: &Mutation{Mutants: 1, Survivors: []Survivor{{Range: at, Kind: "case", Diff: "d"}}}})
	want := []string{"skip not checked: no evaluator", "error f: broken", "error f:3: matches differ (-want +got):\nd\ne",
		"log f: golden written\n", "log p: info: m [c]", "error p: error: m [c]",
		"log coverage: 1 of 2 conditions seen true and false", "log p:2:3: never true: a == 1",
		"log mutation: 0 of 1 mutant killed", "log p:2:3: survives: case: d"}
	if d := cmp.Diff(want, r.said); d != "" {
		t.Errorf("verdicts (-want +got):\n%s", d)
	}
}

const shellRule = "[rule]\nname = \"x\"\ntype = \"eql\"\nlanguage = \"eql\"\nquery = 'process where process.name == \"sh\" and process.pid > 1'\n"

func TestMatchAndNoMatch(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shell.toml")
	write(t, file, shellRule)
	read, _ := rule.Parse("read.toml", []byte(shellRule))
	broken, _ := rule.Parse("broken.toml", []byte("[rule\n"))
	const sh, cat = `{"event":{"category":"process"},"process":{"name":"sh","pid":4}}`, `{"event":{"category":"process"},"process":{"name":"cat","pid":4}}`
	event := map[string]any{"event.category": "process", "process": map[string]any{"name": "sh", "pid": 2}}
	var r recorder
	hits := wantMatch(&r, file, true, []string{cat, sh + "\n" + sh})
	if d := cmp.Diff([]Hit{{Events: []int{1}}, {Events: []int{2}}}, hits); d != "" || r.said != nil {
		t.Errorf("hits (-want +got):\n%s%q", d, r.said)
	}
	wantMatch(&r, read, true, []map[string]any{event})
	wantMatch(&r, read, false, [][]byte{[]byte(cat)})
	if r.said != nil {
		t.Errorf("said %q, want nothing", r.said)
	}
	wantMatch(&r, read, true, []string{cat})
	wantMatch(&r, read, false, []string{sh})
	wantMatch(&r, read, true, []string{})
	wantMatch(&r, read, true, []string{sh, `{"a":`})
	wantMatch(&r, broken, true, []string{sh})
	wantMatch(&r, "nonesuch.toml", true, []string{sh})
	want := []string{
		"error read.toml: no match, expected at least one\nevent 0: process.name == \"sh\" is false: process.name is \"cat\"\n",
		"error read.toml: matches [[0]], expected none\nevent 0 matches: event.category is \"process\", process.name is \"sh\", process.pid is 4\n",
		"error read.toml: no events to try: expected at least one JSON document",
		"error read.toml: argument 2:1: record 1: object without closing `}`",
		"error broken.toml: the rule cannot be read: ",
		"error open nonesuch.toml: ",
	}
	for i, w := range want {
		if i >= len(r.said) || !strings.HasPrefix(r.said[i], w) {
			t.Errorf("message %d of %q\nwant it to start with %q", i, r.said, w)
		}
	}
	Match(t, file, sh) // compiles and passes with a real testing.TB
	NoMatch(t, read, cat)
}

func write(t *testing.T, name, data string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestAsAUser is what a test of a rules repository looks like; TestGoTestFlags runs it in a process of its own.
func TestAsAUser(t *testing.T) {
	dir := os.Getenv("RULEVET_HARNESS_DIR")
	if dir == "" {
		t.Skip("runs as a part of TestGoTestFlags")
	}
	Run(t, os.DirFS(dir))
}

// goTest runs TestAsAUser on a folder as "go test" with the flags would. It returns the verdict lines without times.
func goTest(t *testing.T, dir string, flags ...string) (verdicts string, ok bool) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, append([]string{"-test.paniconexit0"}, flags...)...)
	cmd.Env = append(os.Environ(), "RULEVET_HARNESS_DIR="+dir)
	out, err := cmd.CombinedOutput()
	var lines []string
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "--- ") {
			lines = append(lines, strings.TrimSpace(regexp.MustCompile(` \([\d.]+s\)`).ReplaceAllString(line, "")))
		}
	}
	return strings.Join(lines, "\n"), err == nil
}

func TestGoTestFlags(t *testing.T) {
	dir := t.TempDir()
	const sh, cat = `{"event":{"category":"process"},"process":{"name":"sh","pid":4}}`, `{"event":{"category":"process"},"process":{"name":"cat","pid":4}}`
	for name, data := range map[string]string{
		"a.toml": shellRule, "testdata/a/match.json": sh, "testdata/a/nomatch.json": cat,
		"b.toml": shellRule, "testdata/b/match.json": cat, "testdata/b/other.json": sh,
		"c.toml": strings.ReplaceAll(shellRule, `"eql"`, `"kuery"`), "testdata/c/match.json": sh,
	} {
		write(t, filepath.Join(dir, name), data)
	}
	golden := func(rule, stem string) bool {
		_, err := os.Stat(filepath.Join(dir, "testdata", rule, stem+".golden.json"))
		return err == nil
	}
	for _, tt := range []struct {
		name  string
		flags []string
		want  string
		ok    bool
	}{
		{"all", []string{"-test.run=^TestAsAUser$"}, "--- FAIL: TestAsAUser\n--- FAIL: TestAsAUser/b\n--- FAIL: TestAsAUser/b/match", false},
		{"-run", []string{"-test.run=^TestAsAUser$/a/^match$", "-test.v"}, "--- PASS: TestAsAUser\n--- PASS: TestAsAUser/a\n--- PASS: TestAsAUser/a/match", true},
		{"skipped, not passed", []string{"-test.run=^TestAsAUser$/c", "-test.v"}, "--- PASS: TestAsAUser\n--- PASS: TestAsAUser/c\n--- SKIP: TestAsAUser/c/match", true},
		{"-count", []string{"-test.run=^TestAsAUser$/a/nomatch", "-test.v", "-test.count=2"},
			strings.Repeat("\n--- PASS: TestAsAUser\n--- PASS: TestAsAUser/a\n--- PASS: TestAsAUser/a/nomatch", 2)[1:], true},
		{"-update with -run", []string{"-test.run=^TestAsAUser$/b/other", "-test.v", "-update"},
			"--- PASS: TestAsAUser\n--- PASS: TestAsAUser/b\n--- PASS: TestAsAUser/b/other", true},
		{"the golden holds", []string{"-test.run=^TestAsAUser$/b/other", "-test.v"},
			"--- PASS: TestAsAUser\n--- PASS: TestAsAUser/b\n--- PASS: TestAsAUser/b/other", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := goTest(t, dir, tt.flags...)
			if d := cmp.Diff(tt.want, got); d != "" || ok != tt.ok {
				t.Errorf("ok %v, want %v; verdicts (-want +got):\n%s", ok, tt.ok, d)
			}
		})
	}
	if !golden("b", "other") || golden("a", "match") {
		t.Error("-update with -run must write the golden of the case that ran, and no other")
	}
}

// TestGoTestIsNotGreenForNothing: without -v a log is not seen, so what keeps a case from running fails.
func TestGoTestIsNotGreenForNothing(t *testing.T) {
	const sh, cat = `{"event":{"category":"process"},"process":{"name":"sh","pid":4}}`, `{"event":{"category":"process"},"process":{"name":"cat","pid":4}}`
	for _, tt := range []struct {
		name  string
		files map[string]string
		ok    bool
	}{
		{"no rule", nil, false},
		{"no fixtures", map[string]string{"a.toml": shellRule}, false},
		{"only what must not match", map[string]string{"a.toml": shellRule, "testdata/a/nomatch.json": cat}, false},
		{"a misspelt file", map[string]string{"a.toml": shellRule, "testdata/a/match.json": sh, "testdata/a/nomacth.json": cat}, false},
		{"an unused file", map[string]string{"a.toml": shellRule, "testdata/a/match.json": sh, "testdata/a/login.json": cat}, false},
		{"one rule of two", map[string]string{"a.toml": shellRule, "b.toml": shellRule, "testdata/a/match.json": sh}, true},
	} {
		dir := t.TempDir()
		for name, data := range tt.files {
			write(t, filepath.Join(dir, name), data)
		}
		if got, ok := goTest(t, dir, "-test.run=^TestAsAUser$"); ok != tt.ok {
			t.Errorf("%s: ok %v, want %v\n%s", tt.name, ok, tt.ok, got)
		}
	}
}
