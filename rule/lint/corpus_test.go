package lint

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/rule/lint/check"
)

var update = flag.Bool("update", false, "rewrite golden files")

// corpusDir holds a public rule repository; its tests skip where it is absent.
const corpusDir = "../../../shared/corpus/detection-rules"

// corpusNow is a day after the corpus was taken.
func corpusNow() time.Time { return time.Date(2026, 8, 22, 0, 0, 0, 0, time.UTC) }

func corpus(tb testing.TB) []Source {
	tb.Helper()
	var out []Source
	err := filepath.WalkDir(corpusDir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".toml" {
			return err
		}
		src, err := os.ReadFile(path)
		rel, _ := filepath.Rel(corpusDir, path)
		out = append(out, Source{Path: filepath.ToSlash(rel), Src: src})
		return err
	})
	if err != nil || len(out) == 0 {
		tb.Skipf("no corpus: %v", err)
	}
	return out
}

func lintCorpus(tb testing.TB, opts Options) *Report {
	tb.Helper()
	opts.Now = corpusNow
	l, err := New(opts)
	if err != nil {
		tb.Fatal(err)
	}
	r, err := l.Lint(tb.Context(), corpus(tb), nil)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// summary counts findings: "code severity count", one a line.
func summary(r *Report) string {
	count := map[string]int{}
	for _, d := range r.Diagnostics {
		count[fmt.Sprintf("%-40s %-8s", d.Code, d.Severity)]++
	}
	var lines []string
	for k, n := range count {
		lines = append(lines, fmt.Sprintf("%s%5d\n", k, n))
	}
	slices.Sort(lines)
	return fmt.Sprintf("files %d\n%s", len(r.Files), strings.Join(lines, ""))
}

func TestCorpusSummary(t *testing.T) {
	for _, preset := range []check.Preset{check.Default, check.Elastic, check.Strict} {
		t.Run(preset.String(), func(t *testing.T) {
			r := lintCorpus(t, Options{Config: &check.Config{Preset: preset}})
			got := summary(r)
			for _, d := range r.Diagnostics {
				f := r.Files[slices.IndexFunc(r.Files, func(f FileReport) bool { return f.Path == d.Path })].File
				t.Logf("%s:%d: %s %s: %s", d.Path, f.Position(d.Span.Start).Line, d.Severity, d.Code, d.Message)
			}
			golden := filepath.Join("testdata", "corpus-"+preset.String()+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}
