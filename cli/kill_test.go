//go:build unix

package cli

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/internal/fileio"
)

// killAt and killBy make the test binary the command rulevet, which ends itself by a signal before a step of writing.
const killAt, killBy = "RULEVET_TEST_KILL_AT", "RULEVET_TEST_KILL_BY"

func makePipe(path string) error { return syscall.Mkfifo(path, 0o600) }

// killed runs the command if the environment says so. Its exit code 77 says that there was no such step.
func killed() {
	at, err := strconv.Atoi(os.Getenv(killAt))
	if err != nil {
		return
	}
	sig, _ := strconv.Atoi(os.Getenv(killBy))
	step, reached := 0, false
	fileio.Step = func() {
		if step++; step == at {
			reached = true
			_ = syscall.Kill(os.Getpid(), syscall.Signal(sig))
			time.Sleep(20 * time.Millisecond) // it comes on another thread
		}
	}
	code := Main(os.Args[1:], Options{})
	if !reached {
		code = 77
	}
	os.Exit(code)
}

var anyID = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

const killRule = `[rule]
name="Kill"
type = "eql"
language = "eql"
index = ["logs-*"]
query = '''
process where process.name = "a"
'''
`

// TestKilledAtEveryWrite ends each command that writes files before each of its steps: every file has its old content or its new one, and a signal
// that can be caught leaves nothing else behind.
func TestKilledAtEveryWrite(t *testing.T) {
	export := `{"rule_id":"11111111-1111-4111-8111-111111111111","name":"Kill","type":"eql","language":"eql","query":"any where true","description":"d","severity":"low","risk_score":21,"index":["logs-*"]}` + "\n"
	golden := strings.Replace(killRule, ` = "a"`, ` == "a"`, 1)
	whole := golden + "rule_id = \"11111111-1111-4111-8111-111111111111\"\ndescription = \"d\"\nseverity = \"low\"\nrisk_score = 21\nauthor = [\"a\"]\n"
	event := `{"event":{"category":"process"},"process":{"name":"a"}}` + "\n"
	for _, tt := range []struct {
		name  string
		files map[string]string
		args  []string
	}{
		{"fix", map[string]string{"a.toml": killRule, "b.toml": killRule}, []string{"lint", "--fix", "--only", "query/*", "."}},
		{"fix of a linked file", map[string]string{"a.toml": killRule, "b.toml@a.toml": ""}, []string{"lint", "--fix", "--only", "query/*", "a.toml"}},
		{"fmt", map[string]string{"a.toml": killRule, "b.toml": killRule}, []string{"fmt", "-w", "."}},
		{"update", map[string]string{"a.toml": golden, "testdata/a/match.json": event, "testdata/a/match.golden.json": "{\"matches\":[]}\n", "testdata/a/more.json": event}, []string{"test", "--update", "."}},
		{"baseline", map[string]string{".rulevet.toml": "# the root\n", "a.toml": killRule, "base.json": "{}"}, []string{"lint", "--write-baseline", "base.json", "."}},
		{"page", map[string]string{"a.toml": golden, "testdata/a/match.json": event, "p.html": "old"}, []string{"test", "--html", "p.html", "."}},
		{"import", map[string]string{"x.ndjson": export}, []string{"import", "x.ndjson", "--dir", "rules"}},
		{"import over a rule", map[string]string{"x.ndjson": export, "kill.toml": "[rule]\nrule_id = \"11111111-1111-4111-8111-111111111111\"\nname = \"Old\"\n"}, []string{"import", "x.ndjson", "--overwrite"}},
		{"export", map[string]string{"a.toml": whole, "x.ndjson": "old\n"}, []string{"export", "a.toml", "-o", "x.ndjson", "--overwrite"}},
		{"new", nil, []string{"new", "Kill", "--defaults", "--dir", "rules"}},
		{"init", nil, []string{"init"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			before, after := contents(t, lay(t, tt.files)), map[string]string{}
			for step := 1; ; step++ {
				steps := 0
				for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
					dir := lay(t, tt.files)
					if step == 1 && sig == syscall.SIGTERM { // what the whole run makes
						all := lay(t, tt.files)
						if _, _, err := runKilled(all, 1<<30, sig, tt.args); err != nil {
							t.Fatal(err)
						}
						if after = contents(t, all); cmp.Equal(before, after) {
							t.Fatal("the command writes nothing")
						}
					}
					ended, out, err := runKilled(dir, step, sig, tt.args)
					if err != nil {
						t.Fatal(err)
					}
					if !ended {
						continue
					}
					steps++
					held(t, fmt.Sprintf("step %d, %v", step, sig), contents(t, dir), before, after, sig == syscall.SIGKILL, out)
				}
				if steps == 0 {
					if step < 3 {
						t.Errorf("%d steps: the command writes otherwise", step-1)
					}
					return
				}
			}
		})
	}
}

// held compares the files after a kill with those before the run and after a whole one.
func held(t *testing.T, when string, now, before, after map[string]string, hard bool, out string) {
	t.Helper()
	for name, text := range now {
		was, old := before[name]
		will, next := after[name]
		switch {
		case old && text == was, next && text == will:
		case strings.Contains(filepath.Base(name), ".rulevet-") && hard: // nobody can clean up behind that signal
		case hard && strings.HasPrefix(text, "link:"): // a file with several names is written in place
		default:
			t.Errorf("%s: %s holds %q, want the old content or the new one\n%s", when, name, text, out)
		}
	}
	for name := range before {
		if _, ok := now[name]; !ok {
			t.Errorf("%s: %s is gone", when, name)
		}
	}
}

// lay writes files into a new folder. "a@b" is another name of the file b.
func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	links := map[string]string{}
	for name, text := range files {
		if name, of, ok := strings.Cut(name, "@"); ok {
			links[name] = of
			continue
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, of := range links {
		if err := os.Link(filepath.Join(dir, of), filepath.Join(dir, name)); err != nil {
			t.Skipf("no links: %v", err)
		}
	}
	return dir
}

// contents reads all files of a folder; those with several names are marked.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		if info, err := d.Info(); err == nil && info.Sys().(*syscall.Stat_t).Nlink > 1 {
			text = append([]byte("link:"), text...)
		}
		out[rel] = anyID.ReplaceAllString(string(text), "ID") // new makes another one in each run
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// runKilled runs the command and tells whether the signal ended it.
func runKilled(dir string, at int, sig syscall.Signal, args []string) (ended bool, out string, err error) {
	cmd := exec.Command(os.Args[0], args...)
	var text bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &text, &text
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", killAt, at), fmt.Sprintf("%s=%d", killBy, int(sig)), "HOME="+dir, "USER=kill")
	_ = cmd.Run()
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	switch {
	case ok && status.Signaled() && status.Signal() == sig:
		return true, text.String(), nil
	case cmd.ProcessState.ExitCode() == 77:
		return false, text.String(), nil
	case sig != syscall.SIGKILL && cmd.ProcessState.Exited(): // held until the file was whole, the signal came too late
		return true, text.String(), nil
	}
	return false, "", fmt.Errorf("%v at step %d: %v, want an end by the signal\n%s", args, at, cmd.ProcessState, text.String())
}
