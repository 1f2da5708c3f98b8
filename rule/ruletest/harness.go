package ruletest

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/rulevet/rulevet/rule"
)

// Run runs the cases of the rules that the patterns name (files, folders, globs; none = all of fsys) as subtests, "<rule
// stem>/<case name>". A case that cannot be checked is skipped with its reason, never passed. With "go test -update" the
// goldens are written; fsys must then be a folder of the disk (os.DirFS).
func Run(t *testing.T, fsys fs.FS, patterns ...string) {
	t.Helper()
	RunOptions(t, fsys, Options{}, patterns...)
}

// RunOptions is Run with options. o.Paths is replaced by the patterns, unless there are none.
func RunOptions(t *testing.T, fsys fs.FS, o Options, patterns ...string) {
	t.Helper()
	if len(patterns) > 0 {
		o.Paths = patterns
	}
	o.Update = o.Update || updateAsked()
	if o.Update && o.Write == nil {
		o.Write = diskWriter(fsys)
	}
	rep, err := Execute(t.Context(), fsys, o)
	if err != nil {
		t.Fatal(err)
	}
	problems(t, rep.Problems)
	for _, r := range rep.Rules {
		t.Run(stem(r.Path), func(t *testing.T) {
			problems(t, r.Problems)
			for _, c := range r.Cases {
				t.Run(c.Name, func(t *testing.T) { check(t, c) })
			}
		})
	}
}

// diskWriter writes into the folder that fsys shows, nil if it shows none: only a file of the disk tells its path.
func diskWriter(fsys fs.FS) func(string, []byte) error {
	root, err := fsys.Open(".")
	if err != nil {
		return nil
	}
	defer root.Close()
	dir, ok := root.(*os.File)
	if !ok {
		return nil
	}
	return func(name string, data []byte) error {
		return os.WriteFile(filepath.Join(dir.Name(), filepath.FromSlash(name)), data, 0o644)
	}
}

// WantMatch fails the test unless the query of the rule file matches at least once in the events (JSON documents).
func WantMatch(t testing.TB, file string, events ...string) {
	t.Helper()
	wantMatch(t, file, true, events)
}

// WantNoMatch fails the test if the query of the rule file matches anything in the events (JSON documents).
func WantNoMatch(t testing.TB, file string, events ...string) {
	t.Helper()
	wantMatch(t, file, false, events)
}

func wantMatch(t tb, file string, want bool, events []string) {
	t.Helper()
	if len(events) == 0 {
		t.Errorf("%s: no events to try: expected at least one JSON document", file)
		return
	}
	got, m, err := matchFile(file, events)
	switch {
	case err != "":
		t.Errorf("%s: %s", file, err)
	case want && len(got) == 0:
		t.Errorf("%s: no match, expected at least one\n%s", file, m.Explain(documents(events)))
	case !want && len(got) > 0:
		t.Errorf("%s: matches %v, expected none", file, got)
	}
}

func matchFile(file string, events []string) (got []Match, m Matcher, failure string) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, err.Error()
	}
	f, diags := rule.Parse(file, src)
	m, why, problem := prepare(f, diags, Options{Compile: compiler()})
	if m == nil {
		return nil, nil, why + problem
	}
	if got, err = m.Match(documents(events)); err != nil {
		return nil, nil, err.Error()
	}
	return got, m, ""
}

func documents(events []string) [][]byte {
	out := make([][]byte, len(events))
	for i, e := range events {
		out[i] = []byte(e)
	}
	return out
}

// tb is the part of testing.TB that verdicts go through, so that the harness itself can be tested.
type tb interface {
	Helper()
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Skipf(format string, args ...any)
}

func problems(t tb, ps []Problem) {
	t.Helper()
	for _, p := range ps {
		if p.Severity == "error" {
			t.Errorf("%s", p)
		} else {
			t.Logf("%s", p)
		}
	}
}

func check(t tb, c CaseResult) {
	t.Helper()
	switch {
	case c.NotChecked != "":
		t.Skipf("not checked: %s", c.NotChecked)
	case c.Error != "":
		t.Errorf("%s: %s", c.File, c.Error)
	case !c.OK:
		t.Errorf("%s: matches differ (-want +got):\n%s%s", c.File, c.Diff, c.Explain)
	}
}
