package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/rulevet/rulevet/rule/lint"
	"github.com/rulevet/rulevet/rule/ruletest"
)

// TestFixtureCodes holds the list of the linter, which configuration and explain use, to that of package ruletest.
func TestFixtureCodes(t *testing.T) {
	var want, got []ruletest.CodeInfo
	for _, c := range lint.Checks() {
		if c.Part == lint.PartFixtures {
			want = append(want, ruletest.CodeInfo{Code: c.Code, Severity: c.Severity.String(), Title: c.Title})
		}
	}
	got = ruletest.Codes()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("codes (-lint +ruletest):\n%s", d)
	}
}

// TestFixturePages runs the examples of the pages: a bad one must give its code, a good one nothing but infos.
func TestFixturePages(t *testing.T) {
	for _, c := range ruletest.Codes() {
		t.Run(c.Code, func(t *testing.T) {
			page, err := lint.PageOf(c.Code)
			if err != nil {
				t.Fatal(err)
			}
			if page.Title != c.Title {
				t.Errorf("the page's title is %q, that of the code %q", page.Title, c.Title)
			}
			for _, e := range page.Bad {
				codes, _ := exampleCodes(t, e)
				if !codes[c.Code] {
					t.Errorf("the bad example gives %v", codes)
				}
			}
			for _, e := range page.Good {
				if codes, exit := exampleCodes(t, e); codes[c.Code] || exit != exitClean {
					t.Errorf("the good example gives %v and exit code %d", codes, exit)
				}
			}
		})
	}
}

// exampleCodes unpacks an example, tests it, and returns the codes of the problems.
func exampleCodes(t *testing.T, e lint.Example) (map[string]bool, int) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, f := range txtar.Parse([]byte(e.Text)).Files {
		if err := os.MkdirAll(filepath.Dir(f.Name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f.Name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out, stderr bytes.Buffer
	exit := Main([]string{"test", "--format", "json"}, Options{Stdin: bytes.NewReader(nil), Stdout: &out, Stderr: &stderr})
	var report ruletest.Report
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		t.Fatalf("%v\n%s%s", err, out.Bytes(), stderr.Bytes())
	}
	codes := map[string]bool{}
	for _, p := range report.Problems {
		codes[p.Code] = true
	}
	for _, r := range report.Rules {
		for _, p := range r.Problems {
			codes[p.Code] = true
		}
	}
	return codes, exit
}
