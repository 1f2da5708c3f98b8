package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/rule"
)

var fence = regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$")

// TestReadme executes what README.md shows: console blocks are run and their output compared, the shell commands are
// run (go test as a check that the packages build, as this is such a run), Go is compiled, TOML parsed.
func TestReadme(t *testing.T) {
	t.Chdir("..")
	src, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	out := fence.ReplaceAllStringFunc(string(src), func(block string) string {
		m := fence.FindStringSubmatch(block)
		seen[m[1]]++
		switch m[1] {
		case "console":
			return "```console\n" + runConsole(t, m[2]) + "```"
		case "sh":
			runShell(t, m[2])
		case "go":
			compileGo(t, m[2])
		case "toml":
			if _, ds := rule.Parse("README.md", []byte(m[2])); len(ds) > 0 {
				t.Errorf("toml block: %s\n%s", ds[0].Message, m[2])
			}
		case "yaml":
			if strings.TrimSpace(m[2]) == "" || !strings.Contains(dedent(snippets), m[2]) {
				t.Errorf("\"rulevet init\" prints another snippet than\n%s", m[2])
			}
		default:
			t.Errorf("no test for blocks of %s", m[1])
		}
		return block
	})
	if *update {
		if err := os.WriteFile("README.md", []byte(out), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(string(src), out); d != "" {
		t.Errorf("README.md is stale, run go test ./cli -update (-readme +now):\n%s", d)
	}
	for _, lang := range []string{"console", "sh", "go", "toml", "yaml"} {
		if seen[lang] == 0 {
			t.Errorf("README.md has no %s block any more", lang)
		}
	}
}

// dedent removes the two blanks in front of the lines of the printed snippets.
func dedent(s string) string { return regexp.MustCompile(`(?m)^  `).ReplaceAllString(s, "") }

// runConsole runs the "$ " lines of a block and returns it with their output.
func runConsole(t *testing.T, block string) string {
	var b strings.Builder
	for line := range strings.Lines(block) {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			b.WriteString(line)
			b.WriteString(runCommand(t, strings.TrimSpace(command)))
		}
	}
	return b.String()
}

func runCommand(t *testing.T, line string) string {
	args := words(line)
	if args[0] != "rulevet" {
		t.Fatalf("cannot run %q", line)
	}
	var out bytes.Buffer
	if code := Main(args[1:], Options{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out}); code > exitFindings {
		t.Errorf("%s: exit code %d\n%s", line, code, out.String())
	}
	return out.String()
}

// words splits a command line at blanks, double quotes and backslash escapes within them honoured.
func words(line string) []string {
	var out []string
	var w strings.Builder
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
			w.WriteByte(line[i])
		case c == ' ' && !quoted:
			out = append(out, w.String())
			w.Reset()
		default:
			w.WriteByte(c)
		}
	}
	return append(out, w.String())
}

func runShell(t *testing.T, block string) {
	for line := range strings.Lines(block) {
		line = strings.TrimSpace(line)
		if args, ok := strings.CutPrefix(line, "go run ./cmd/rulevet "); ok {
			var out bytes.Buffer
			if code := Main(strings.Fields(args), Options{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out}); code != exitClean {
				t.Errorf("%s: exit code %d\n%s", line, code, out.String())
			}
			continue
		}
		if line != "go test ./..." {
			t.Errorf("no test for %q", line)
		}
	}
}

// compileGo vets a Go file as a package of its own below the module.
func compileGo(t *testing.T, src string) {
	dir, err := os.MkdirTemp(".", "readme-test-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "x_test.go"), []byte(src), 0o666); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "vet", "./"+dir).CombinedOutput(); err != nil {
		t.Errorf("go block: %v\n%s", err, out)
	}
}
