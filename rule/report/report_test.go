package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/rule"
)

var update = flag.Bool("update", false, "rewrite the goldens in testdata")

// sample is a report with everything in it: wide characters, tabs, an escape sequence, a span over two lines, a place
// in another file, a file that is not at hand, fixes, receipts and cases.
func sample() *Report {
	src := "[rule]\n\tname = \"実行 bad\tname\" # \x1b[31m,:%\nquery = '''\nprocess where x ==\n  nmae\n'''\nlong = \"" +
		strings.Repeat("0123456789", 30) + "needle" + strings.Repeat("x", 200) + "\"\n"
	a, _ := rule.Parse("rules/a b.toml", []byte(src))
	b, _ := rule.Parse("rules/b.toml", []byte("[rule]\nname = \"other\"\n"))
	files := map[string]*rule.File{a.Path: a, b.Path: b}
	find := func(s string) rule.Span {
		i := strings.Index(src, s)
		return rule.Span{Start: i, End: i + len(s)}
	}
	return &Report{
		Tool: Tool{Name: "rulevet", Version: "0.1.0", Data: map[string]string{"ecs": "9.5.0", "attack": "18.1 19.1"}},
		Files: []File{
			{Path: a.Path, RuleID: "id-a", Checked: []string{"syntax", "schema"}, Skipped: []Skip{{"query", "language `kuery` is not supported yet"}}},
			{Path: b.Path, Checked: []string{"syntax"}, Skipped: []Skip{{"query", "language `kuery` is not supported yet"}}},
		},
		Checks: []Check{{Code: "rule/name-pattern", Title: "the name has another form", Help: func() string { return "# Name\n\nWhy." }, HelpURI: "https://example.com/name", Severity: rule.Error}},
		Diagnostics: []rule.Diagnostic{
			{Code: "rule/name-pattern", Severity: rule.Error, Path: a.Path, RuleID: "id-a", Span: find("bad\tname"), Message: "name `実行` is, 100%: bad",
				Hint:    "did you mean `good <name> & \"co\"`?",
				Related: []rule.Related{{Span: find("query"), Message: "used here"}, {Path: b.Path, Span: rule.Span{Start: 7, End: 11}, Message: "and here"}},
				Fixes: []rule.Fix{{Message: "rename it", Safe: true, Edits: []rule.Edit{{Span: find("bad\tname"), New: "good"}}},
					{Message: "delete it", Edits: []rule.Edit{{Span: find("bad\tname")}}}}},
			{Code: "query/unknown-field", Severity: rule.Warning, Path: a.Path, Span: find("x ==\n  nmae"), Message: "field `nmae` is not known"},
			{Code: "query/unknown-field", Severity: rule.Info, Path: a.Path, Span: find("needle"), Message: "in a long line"},
			{Code: "file/syntax", Severity: rule.Error, Path: a.Path, Span: rule.Span{Start: len(src), End: len(src)}, Message: "file ends too early\x1b[2J"},
			{Code: "file/read", Severity: rule.Error, Path: "missing.toml", Message: "no such file"},
		},
		Cases: []Case{
			{Path: a.Path, Name: "match", OK: true},
			{Path: a.Path, Name: "nomatch-1", Message: "matched event 0\n-want\n+got", File: "rules/testdata/a/nomatch.json", Line: 3},
			{Path: b.Path, Name: "later", NotChecked: "not supported yet"},
		},
		Source: func(path string) *rule.File { return files[path] },
	}
}

func render(t *testing.T, r *Report, format string, opts Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b, format, opts); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGoldens(t *testing.T) {
	outputs := map[string][]byte{}
	for _, f := range Formats() {
		outputs["sample."+f] = render(t, sample(), f, Options{})
	}
	outputs["sample.color"] = render(t, sample(), "text", Options{Color: true})
	outputs["sample.quiet"] = render(t, sample(), "text", Options{Quiet: true})
	for name, got := range outputs {
		path := "testdata/" + name
		if *update {
			if err := os.WriteFile(path, got, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if again := render(t, sample(), strings.NewReplacer("sample.", "", "color", "text", "quiet", "text").Replace(name),
			Options{Color: strings.HasSuffix(name, "color"), Quiet: strings.HasSuffix(name, "quiet")}); !bytes.Equal(got, again) {
			t.Errorf("%s: a second run gives other bytes", name)
		}
	}
}

func TestTextCannotMoveTheCursor(t *testing.T) {
	if out := render(t, sample(), "text", Options{}); bytes.ContainsRune(out, '\x1b') {
		t.Errorf("escape sequence in plain text: %q", out)
	}
}

// TestSARIFIsSound holds the output to what SARIF 2.1.0 demands of the parts in use, as sections 3.13 to 3.58 have it.
func TestSARIFIsSound(t *testing.T) {
	for _, r := range []*Report{sample(), {Tool: Tool{Name: "rulevet"}}} {
		var log struct {
			Version string
			Schema  string `json:"$schema"`
			Runs    []struct {
				Tool struct {
					Driver struct {
						Name  string
						Rules []struct{ ID string }
					}
				}
				ColumnKind string
				Results    []struct {
					RuleID    string
					RuleIndex *int
					Level     string
					Message   struct{ Text string }
					Locations []sarifLocation
					Fixes     []struct {
						Description     struct{ Text string }
						ArtifactChanges []struct {
							Replacements []struct{ DeletedRegion *sarifRegion }
						}
					}
				}
				Invocations []struct{ ExecutionSuccessful *bool }
			}
		}
		if err := json.Unmarshal(render(t, r, "sarif", Options{}), &log); err != nil {
			t.Fatal(err)
		}
		if log.Version != "2.1.0" || !strings.HasPrefix(log.Schema, "https://") || len(log.Runs) != 1 || log.Runs[0].Tool.Driver.Name == "" {
			t.Fatalf("%+v", log)
		}
		run := log.Runs[0]
		if run.ColumnKind != "unicodeCodePoints" || run.Results == nil || len(run.Invocations) != 1 || run.Invocations[0].ExecutionSuccessful == nil {
			t.Errorf("%+v", run)
		}
		rules := run.Tool.Driver.Rules
		for i, x := range rules {
			if slices.IndexFunc(rules, func(y struct{ ID string }) bool { return x.ID == y.ID }) != i || x.ID == "" {
				t.Errorf("rule %q is empty or there twice", x.ID)
			}
		}
		for _, x := range run.Results {
			if x.RuleIndex == nil || *x.RuleIndex >= len(rules) || rules[*x.RuleIndex].ID != x.RuleID || x.Message.Text == "" || !slices.Contains([]string{"error", "warning", "note", "none"}, x.Level) {
				t.Errorf("result %+v", x)
			}
			for _, l := range x.Locations {
				g := l.Physical.Region
				if l.Physical.Artifact.URI == "" || g != nil && (g.StartLine < 1 || g.StartColumn < 1 || g.EndLine < g.StartLine || g.EndLine == g.StartLine && g.EndColumn < g.StartColumn) {
					t.Errorf("location %+v", l)
				}
			}
			for _, f := range x.Fixes {
				for _, c := range f.ArtifactChanges {
					for _, e := range c.Replacements {
						if e.DeletedRegion == nil || f.Description.Text == "" {
							t.Errorf("fix %+v", f)
						}
					}
				}
			}
		}
	}
}

func TestXMLIsWellFormed(t *testing.T) {
	for _, f := range []string{"junit", "checkstyle"} {
		for _, r := range []*Report{sample(), {}} {
			d := xml.NewDecoder(bytes.NewReader(render(t, r, f, Options{})))
			for {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("%s: %v", f, err)
				}
			}
		}
	}
}

func TestEmptyReportHasListsNotNull(t *testing.T) {
	want := `{"schemaVersion":1,"tool":{"name":"","version":""},"files":[],"diagnostics":[],"summary":{"files":0,"errors":0,"warnings":0,"infos":0}}` + "\n"
	if diff := cmp.Diff(want, string(render(t, &Report{}, "json", Options{}))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUnknownFormat(t *testing.T) {
	if err := (&Report{}).Write(io.Discard, "yaml", Options{}); err == nil {
		t.Error("no error")
	}
}
