package ruletest

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/internal/wording"
)

// Run runs the cases of the rules that the patterns name (files, folders, globs; none = all of fsys) as subtests, "<rule
// stem>/<case name>". A case that cannot be checked is skipped with its reason, never passed. With "go test -update" the
// goldens of the subtests that run are written; fsys must then be a folder of the disk (os.DirFS). That no rule has a case is
// a failure, and so is a fixture file that no case uses.
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
	// The rules run side by side here and only report in their subtests: the order stays that of the files. Goldens wait
	// for their subtest, so that -run chooses what -update writes.
	rep, err := execute(t.Context(), fsys, o)
	if err != nil {
		t.Fatal(err)
	}
	problems(t, rep.Problems)
	if s := rep.Summary; s.Cases == 0 && o.Run == nil {
		t.Errorf("no fixtures: %s, none with a case, so nothing was tested", wording.Count(s.Rules, "rule"))
	}
	for _, r := range rep.Rules {
		t.Run(stem(r.Path), func(t *testing.T) {
			problems(t, r.Problems)
			measures(t, r)
			for i := range r.Cases {
				t.Run(r.Cases[i].Name, func(t *testing.T) {
					r.Cases[i].commit(fsys, o.Write)
					check(t, r.Cases[i])
				})
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
		return fileio.Write(filepath.Join(dir.Name(), filepath.FromSlash(name)), data)
	}
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
		if p.Severity == "error" || p.Code == codeUnused { // a log shows with -v only, and a case that does not run would pass
			t.Errorf("%s", p)
		} else {
			t.Logf("%s", p)
		}
	}
}

// measures logs what Options.Coverage and Mutate found; Options.Gate makes failures of them.
func measures(t tb, r *RuleResult) {
	t.Helper()
	if c := r.Coverage; c != nil && len(r.Cases) > 0 {
		t.Logf("coverage: %d of %s seen true and false", c.Covered, wording.Count(c.Conditions, "condition"))
		for _, u := range c.Uncovered {
			t.Logf("%s:%d:%d: never %s: %s", r.Path, u.Range.Start.Line, u.Range.Start.Column, u.Never, u.Text)
		}
	}
	if m := r.Mutation; m != nil {
		t.Logf("mutation: %d of %s killed", m.Killed, wording.Count(m.Mutants, "mutant"))
		for _, s := range m.Survivors {
			t.Logf("%s:%d:%d: survives: %s: %s", r.Path, s.Range.Start.Line, s.Range.Start.Column, s.Kind, s.Diff)
		}
	}
}

func check(t tb, c CaseResult) {
	t.Helper()
	switch {
	case c.NotChecked != "":
		t.Skipf("not checked: %s", c.NotChecked)
	case c.Error != "":
		t.Errorf("%s: %s", c.Place(), c.Error)
	case !c.OK:
		t.Errorf("%s: matches differ (-want +got):\n%s%s", c.Place(), c.Diff, c.Explain)
	case c.Updated:
		t.Logf("%s: golden written\n%s", c.Place(), c.Diff)
	}
}
