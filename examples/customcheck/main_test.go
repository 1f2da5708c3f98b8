package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/cli"
	"github.com/rulevet/rulevet/rule"
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

// run runs the command and returns what it printed and its exit code.
func run(args ...string) (out string, code int) {
	var b strings.Builder
	code = cli.Main(args, cli.Options{Stdin: strings.NewReader(""), Stdout: &b, Stderr: &b, Checks: checks()})
	return b.String(), code
}

// findings lints a file for our own codes; it returns "code at line" of each finding, in order.
func findings(t *testing.T, path string, args ...string) []string {
	t.Helper()
	out, code := run(append([]string{"lint", "--format", "json", "--only", "acme/*", path}, args...)...)
	var r struct {
		Diagnostics []struct {
			Code  string
			Range struct{ Start struct{ Line int } }
		}
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil || code > 1 {
		t.Fatalf("exit code %d, %v:\n%s", code, err, out)
	}
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range r.Diagnostics {
		got = append(got, d.Code+" at "+strings.TrimSpace(strings.Split(string(src), "\n")[d.Range.Start.Line-1]))
	}
	return got
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
		{"suppressed", "tags = [", "# rulevet:ignore acme/owner -- ours\ntags = [", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, findings(t, changed(t, tt.old, tt.new))); d != "" {
				t.Errorf("findings (-want +got):\n%s", d)
			}
		})
	}
}

// TestFix repairs an owner's name by --fix, and takes the suggested join key with --unsafe-fixes.
func TestFix(t *testing.T) {
	path := changed(t, "\"Tactic: Impact\",", "\"Tactic: Impact\",\n    \"owner: ENDPOINT\",")
	if out, code := run("lint", "--only", "acme/*", "--fix", path); code != 0 {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	if src, _ := os.ReadFile(path); !strings.Contains(string(src), `"Owner: Endpoint"`) {
		t.Errorf("the owner is not repaired:\n%s", src)
	}
	path = changed(t, "sequence by host.id with", "sequence with")
	if out, code := run("lint", "--only", "acme/host-key", "--fix", "--unsafe-fixes", path); code != 0 {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	if src, _ := os.ReadFile(path); !strings.Contains(string(src), "sequence by host.id with") {
		t.Errorf("the key is not added:\n%s", src)
	}
}

// TestExplain wants our checks listed and shown, with a page and without.
func TestExplain(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"explain", "acme/*"}, "acme/owner                         error    general  fix        no tag names the team that owns the rule"},
		{[]string{"explain", "acme/owner"}, "somebody has to be asked"},
		{[]string{"explain", "acme/host-key"}, "a sequence is not joined by host"},
	} {
		if out, code := run(tt.args...); code != 0 || !strings.Contains(out, tt.want) {
			t.Errorf("%v: exit code %d, output lacks %q:\n%s", tt.args, code, tt.want, out)
		}
	}
}

// TestConfiguration names our codes in a configuration; one that does not exist is refused.
func TestConfiguration(t *testing.T) {
	path := changed(t, "sequence by host.id with", "sequence with")
	config := filepath.Join(filepath.Dir(path), ".rulevet.toml")
	write := func(text string) {
		if err := os.WriteFile(config, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("[severity]\n\"acme/owner\" = \"off\"\n")
	if d := cmp.Diff([]string{"acme/host-key at sequence with maxspan=5m"}, findings(t, path, "--config", config)); d != "" {
		t.Errorf("findings (-want +got):\n%s", d)
	}
	write("[severity]\n\"acme/ownr\" = \"off\"\n")
	if out, code := run("lint", "--config", config, path); code != 2 || !strings.Contains(out, "did you mean `acme/owner`") {
		t.Errorf("exit code %d:\n%s", code, out)
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
