package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint"
	"github.com/rulevet/rulevet/rule/ruletest"
)

const example = "../rules/impact_database_files_renamed_after_stop.toml"

// changed writes an example rule with some of its text replaced, and returns its path.
func changed(t *testing.T, old, new string) string {
	t.Helper()
	src, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(src), old) {
		t.Fatalf("%s does not contain %q", example, old)
	}
	path := filepath.Join(t.TempDir(), "rule.toml")
	if err := os.WriteFile(path, []byte(strings.Replace(string(src), old, new, 1)), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// codes lints a file and returns the codes of our own checks.
func codes(t *testing.T, path string) []string {
	t.Helper()
	linter, err := lint.New(lint.Options{Checks: checks(), Only: []string{"acme/*"}})
	if err != nil {
		t.Fatal(err)
	}
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found, err := linter.Lint(t.Context(), []lint.Source{{Path: path, Src: src}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, d := range found.Diagnostics {
		at := found.Files[0].File.Position(d.Span.Start)
		out = append(out, d.Code+" at "+strings.TrimSpace(found.Files[0].File.Line(at.Line)))
	}
	return out
}

func TestChecks(t *testing.T) {
	const tag = "\"Tactic: Impact\","
	for _, tt := range []struct {
		name, old, new string
		want           []string
	}{
		{"no owner", tag, tag, []string{"acme/owner at tags = ["}},
		{"an owner", tag, tag + " \"Owner: Endpoint\",", nil},
		{"another host", "sequence by host.id with", "sequence with",
			[]string{"acme/owner at tags = [", "acme/host-key at sequence with maxspan=5m"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, codes(t, changed(t, tt.old, tt.new))); d != "" {
				t.Errorf("findings (-want +got):\n%s", d)
			}
		})
	}
}

func TestRun(t *testing.T) {
	var out strings.Builder
	n, err := run(&out, []string{example})
	if err != nil || n != 1 {
		t.Fatalf("%d findings, error %v, want 1 finding:\n%s", n, err, &out)
	}
	if want := "error: no tag names the team that owns the rule [acme/owner]"; !strings.Contains(out.String(), want) {
		t.Errorf("output lacks %q:\n%s", want, &out)
	}
}

// TestNoQueryMatchesAnEmptyEvent is a test of ruletest's kind for all rules of a set at once: no event query may match an
// event that has nothing but a category.
func TestNoQueryMatchesAnEmptyEvent(t *testing.T) {
	paths, err := filepath.Glob("../rules/*.toml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no rules: %v", err)
	}
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, _ := rule.Parse(path, src)
		for _, category := range []string{"process", "file", "network", "registry", "authentication"} {
			ruletest.NoMatch(t, file, map[string]any{"@timestamp": "2026-01-01T00:00:00Z", "event.category": category})
		}
	}
}

// TestGate asks of every example what the owners of a repository may ask of theirs.
func TestGate(t *testing.T) {
	rep, err := ruletest.Execute(t.Context(), os.DirFS("../rules"), ruletest.Options{Coverage: true, Mutate: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rep.Rules {
		hits, misses := 0, 0
		for _, c := range r.Cases {
			if len(c.Got) > 0 {
				hits++
			} else {
				misses++
			}
		}
		if hits == 0 || misses == 0 || r.Mutation.Score() < 0.9 {
			t.Errorf("%s: %d cases that match, %d that do not, %.0f %% of mutants killed", r.Path, hits, misses, 100*r.Mutation.Score())
		}
	}
}
