package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint"
)

var update = flag.Bool("update", false, "rewrite golden files")

func TestParse(t *testing.T) {
	got, err := Parse(Name, []byte(`roots = ["rules", "more/*"]
preset = "elastic"
fail_on = "warning"
stacks = ["9.4.0"]
baseline = "base.json"

[severity]
"tags/*" = "off"
"tags/case" = "error"

[[exclude]]
paths = ["rules/x/**"]
codes = ["note/*"]

[attack]
version = "19.1"

[fixtures]
min_cases = 1
coverage = 0.5
mutation = 1
cross = true
cross_allow = { "shell_*" = ["other"] }

[tags]
allowed = []
prefixes = ["Domain:"]
required = { "logs-aws*" = ["Domain: Cloud"] }

[rules]
version_lock = false
licenses = ["MIT"]
max_signals = 500
`))
	if err != nil {
		t.Fatal(err)
	}
	want := &File{Roots: []string{"rules", "more/*"}, Baseline: "base.json", FailOn: "warning", Lint: &lint.Config{
		Preset: lint.Elastic, Severity: map[string]rule.Severity{"tags/*": lint.Off, "tags/case": rule.Error},
		Exclude: []lint.Exclude{{Paths: []string{"rules/x/**"}, Codes: []string{"note/*"}}}, Stacks: []string{"9.4.0"}, Attack: "19.1",
		Fixtures: lint.FixtureGate{MinCases: 1, Coverage: 0.5, Mutation: 1, Cross: true, CrossAllow: map[string][]string{"shell_*": {"other"}}},
		Vocabulary: lint.Vocabulary{Licenses: []string{"MIT"}, Tags: []string{}, TagPrefixes: []string{"Domain:"},
			RequiredTags: map[string][]string{"logs-aws*": {"Domain: Cloud"}}, MaxSignals: 500, NoVersionLock: true},
	}}
	if d := cmp.Diff(want, got, cmpopts.IgnoreUnexported(lint.Config{}, lint.Vocabulary{})); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"misspelt key", "preste = \"default\"", "c:1:1: unknown key `preste`; did you mean `preset`?"},
		{"unknown key of a table", "[fixtures]\ncover = 1", "c:2:1: unknown key `cover`; known keys are min_cases, coverage, mutation, cross, cross_allow"},
		{"wrong type", "roots = \"rules\"", "c:1:9: `roots` is a string, expected an array"},
		{"wrong type of an element", "roots = [1]", "c:1:10: `roots` is an integer, expected a string"},
		{"unknown value", "preset = \"strikt\"", "c:1:10: `strikt` is no known value, expected default, elastic, strict; did you mean `strict`?"},
		{"unknown code", "[severity]\n\"tags/cas\" = \"off\"", "c:2:1: there is no check `tags/cas`; did you mean `tags/case`?"},
		{"unknown area", "[severity]\n\"tag/*\" = \"off\"", "c:2:1: there is no check `tag/*`; did you mean `tags/*`?"},
		{"bad version", "stacks = [\"nine\"]", "c:1:11: `nine` is not a version as in `9.4.0`"},
		{"share", "[fixtures]\ncoverage = 80", "c:2:12: `coverage` is 80, expected 0 to 1"},
		{"negative count", "[fixtures]\nmin_cases = -1", "c:2:13: `min_cases` is -1, expected 0 or more"},
		{"exclude without paths", "[[exclude]]\ncodes = [\"note/*\"]", "c:1:1: an exclude without `paths`"},
		{"two problems", "a = 1\nb = 2", "c:1:1: unknown key `a`; known keys are …\nc:2:1: unknown key `b`; known keys are …"},
	}
	many := regexp.MustCompile(`known keys are roots.*`)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("c", []byte(tt.src))
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want an *Error", err)
			}
			got := many.ReplaceAllString(err.Error(), "known keys are …")
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
	if _, err := Parse("c", []byte("a = ")); err == nil || !strings.HasPrefix(err.Error(), "c:1:") {
		t.Errorf("syntax error: got %v", err)
	}
}

func TestDefaultSetsNothingAndItsExamplesAreValid(t *testing.T) {
	got, err := Parse(Name, Default())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(&File{Lint: &lint.Config{}}, got, cmpopts.IgnoreUnexported(lint.Config{}, lint.Vocabulary{})); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	set := regexp.MustCompile(`(?m)^#(\S+ = |\[)`).ReplaceAllString(string(Default()), "$1")
	if _, err := Parse(Name, []byte(set)); err != nil {
		t.Errorf("with every key set: %v\n%s", err, set)
	}
	if strings.Count(set, " = ") < 18 {
		t.Errorf("only %d keys shown:\n%s", strings.Count(set, " = "), set)
	}
}

func TestSchemaIsThatOfTheLayout(t *testing.T) {
	want, err := schema()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("config.schema.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(want, Schema()) {
		t.Error("config.schema.json is stale; run go test -update")
	}
	if !json.Valid(Schema()) {
		t.Error("not JSON")
	}
}
