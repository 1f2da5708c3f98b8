package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

const (
	brokenCases = "../testdata/broken.txtar"
	brokenBase  = "../examples/rules/execution_interactive_shell_in_container.toml"
)

// TestBroken breaks one thing in a rule: all that is said about it stands in the case, place and message.
func TestBroken(t *testing.T) {
	base, err := os.ReadFile(brokenBase)
	if err != nil {
		t.Fatal(err)
	}
	archive, err := txtar.ParseFile(brokenCases)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range archive.Files {
		t.Run(f.Name, func(t *testing.T) {
			c := parseBroken(t, string(f.Data))
			if n := strings.Count(string(base), c.old); n != 1 {
				t.Fatalf("%q stands %d times in the rule", c.old, n)
			}
			got := lintBroken(t, strings.Replace(string(base), c.old, c.new, 1))
			if *update {
				archive.Files[i].Data = []byte(c.String() + got)
				return
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if c.want == "" {
				t.Error("the case lists no finding")
			}
		})
	}
	if *update {
		if err := os.WriteFile(brokenCases, txtar.Format(archive), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBrokenHeadersAreRepaired makes the suggested repair of each header that is lost or wrong, and wants the rule back.
func TestBrokenHeadersAreRepaired(t *testing.T) {
	base, err := os.ReadFile(brokenBase)
	if err != nil {
		t.Fatal(err)
	}
	archive, err := txtar.ParseFile(brokenCases)
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, f := range archive.Files {
		if !strings.HasPrefix(f.Name, "header: ") {
			continue
		}
		tried++
		t.Run(f.Name, func(t *testing.T) {
			c := parseBroken(t, string(f.Data))
			path := filepath.Join(t.TempDir(), filepath.Base(brokenBase))
			if err := os.WriteFile(path, []byte(strings.Replace(string(base), c.old, c.new, 1)), 0o666); err != nil {
				t.Fatal(err)
			}
			Main([]string{"lint", "--fix", "--unsafe-fixes", path}, Options{Stdout: io.Discard, Stderr: io.Discard})
			got, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(base), string(got)); diff != "" {
				t.Errorf("repaired (-want +got):\n%s", diff)
			}
		})
	}
	if tried < 10 {
		t.Errorf("%d cases of headers, expected 10 or more", tried)
	}
}

type brokenCase struct{ old, new, want string }

func parseBroken(t *testing.T, text string) brokenCase {
	t.Helper()
	var c brokenCase
	for line := range strings.Lines(text) {
		value := strings.ReplaceAll(strings.TrimSuffix(line[min(2, len(line)):], "\n"), "|", "\n")
		switch line[0] {
		case '-':
			c.old = value
		case '+':
			c.new = value
		case '=', ' ':
			c.want += line
		default:
			t.Fatalf("line %q", line)
		}
	}
	return c
}

func (c brokenCase) String() string {
	line := func(s string) string { return strings.ReplaceAll(s, "\n", "|") }
	return fmt.Sprintf("- %s\n", line(c.old)) + strings.TrimSuffix("+ "+line(c.new), " ") + "\n"
}

// lintBroken lints a rule as a user does, and prints place, severity, code, message and hint of each finding.
func lintBroken(t *testing.T, src string) string {
	t.Helper()
	var out bytes.Buffer
	Main([]string{"lint", "--format", "json", "--stdin-filename", "execution_interactive_shell_in_container.toml", "-"}, Options{Stdin: strings.NewReader(src), Stdout: &out, Stderr: io.Discard})
	var report struct {
		Diagnostics []struct {
			Code, Severity, Message, Hint string
			Range                         struct{ Start, End struct{ Line, Column int } }
		}
	}
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		t.Fatalf("%v in %s", err, out.Bytes())
	}
	var b strings.Builder
	for _, d := range report.Diagnostics {
		fmt.Fprintf(&b, "= %d:%d %s %s %s\n", d.Range.Start.Line, d.Range.Start.Column, d.Severity, d.Code, d.Message)
		if d.Hint != "" {
			fmt.Fprintf(&b, "  %s\n", d.Hint)
		}
	}
	return b.String()
}
