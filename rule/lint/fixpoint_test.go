package lint

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"os"

	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
)

func fixOnce(t *testing.T, l *Linter, path string, src []byte, unsafe bool) *FixResult {
	t.Helper()
	r, err := l.Fix(t.Context(), []Source{{Path: path, Src: src}}, nil, FixOptions{Unsafe: unsafe})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestFixManyNames repairs more names than there were rounds once, beside an operator that does not parse.
func TestFixManyNames(t *testing.T) {
	names := []string{"process.nam", "process.executabl", "process.arg", "process.command_lin", "process.parent.nam", "process.parent.executabl",
		"user.nam", "user.domai", "process.entity_i", "process.working_director", "process.hash.sha25", "process.hash.md", "process.parent.entity_i",
		"process.parent.arg", "process.parent.command_lin"}
	var b strings.Builder
	for i, n := range names {
		fmt.Fprintf(&b, " and %s : \"a%d\"", n, i)
	}
	src := layOver(t, "[rule]\nquery = '''\nprocess where event.type = \"start\""+b.String()+"\n'''\n")
	l, err := New(Options{Only: []string{"query/*"}})
	if err != nil {
		t.Fatal(err)
	}
	r := fixOnce(t, l, basePath, []byte(src), true)
	if len(r.Files) != 1 || !strings.Contains(string(r.Files[0].New), "event.type == ") {
		t.Fatalf("%d files, refused %+v", len(r.Files), r.Refused)
	}
	for _, n := range names {
		if strings.Contains(string(r.Files[0].New), n+" :") {
			t.Errorf("%s is not repaired", n)
		}
	}
	for _, x := range r.Refused {
		t.Errorf("refused: %s: %s", x.Diagnostic.Message, x.Why)
	}
	if again := fixOnce(t, l, basePath, r.Files[0].New, true); len(again.Files) != 0 {
		t.Errorf("a second run changes the file:\n%s", cmp.Diff(string(r.Files[0].New), string(again.Files[0].New)))
	}
}

// TestFixMoreThanIsListed repairs more findings of a kind than a report lists: all of them, at once.
func TestFixMoreThanIsListed(t *testing.T) {
	const n = maxFindings + 500
	src := rawLayOver(t, "tags = ["+repeat(n, ", ", same(`"OS: Linux"`))+"]")
	l, err := New(Options{Only: []string{"tags/duplicate"}})
	if err != nil {
		t.Fatal(err)
	}
	r := fixOnce(t, l, basePath, []byte(src), true)
	if len(r.Files) != 1 || len(r.Refused) > 0 {
		t.Fatalf("%d files, refused %+v", len(r.Files), r.Refused)
	}
	if got := len(r.Files[0].Applied); got != n-1 {
		t.Errorf("%d of %d repaired", got, n-1)
	}
	if got := strings.Count(string(r.Files[0].New), "OS: Linux"); got != 1 {
		t.Errorf("the tag is listed %d times", got)
	}
}

// TestFixIsNotRefusedForWhatItReveals repairs a query that did not parse, and a key whose value could not be seen.
func TestFixIsNotRefusedForWhatItReveals(t *testing.T) {
	for _, tt := range []struct{ name, fragment, want, reveals string }{
		{"query", "[rule]\nquery = '''\nprocess where process.name = \"a\" and prcess.nme == \"b\"\n'''\n", "process.name == ", "query/unknown-field"},
		{"key", "# without rule.severity\n[rule]\nsevrity = \"hihg\"\n", "severity = ", "schema/bad-value"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, err := New(Options{})
			if err != nil {
				t.Fatal(err)
			}
			r := fixOnce(t, l, basePath, []byte(layOver(t, tt.fragment)), tt.name == "key")
			if len(r.Files) != 1 || !strings.Contains(string(r.Files[0].New), tt.want) {
				t.Fatalf("%d files, refused %+v", len(r.Files), r.Refused)
			}
		})
	}
}

// TestFixEnds wants checks whose fixes undo each other, or that ask for more each time, to come to an end.
func TestFixEnds(t *testing.T) {
	swap := func(code, from, to string) *check.Check {
		return &check.Check{Code: code, Title: "t", Severity: rule.Error, Scope: check.General, Part: check.PartRule, Run: func(p *check.Pass) {
			if n := p.File.Lookup("rule", "name"); n.Str == from {
				p.Report(rule.Diagnostic{Span: n.Span, Message: "not " + from, Fixes: check.Repair("write "+to, true, tomlspan.SetString(n, to))})
			}
		}}
	}
	grow := &check.Check{Code: "acme/grow", Title: "t", Severity: rule.Error, Scope: check.General, Part: check.PartRule, Run: func(p *check.Pass) {
		n := p.File.Lookup("rule", "tags")
		p.Report(rule.Diagnostic{Span: n.Span, Message: "more tags", Fixes: check.Repair("add one", true, tomlspan.AppendStrings(p.File, n, "More"))})
	}}
	for _, checks := range [][]*check.Check{{swap("acme/a", "A", "B"), swap("acme/b", "B", "A")}, {grow}} {
		l, err := New(Options{Checks: checks})
		if err != nil {
			t.Fatal(err)
		}
		src := []byte(layOver(t, "[rule]\nname = \"A\"\n"))
		for range 2 {
			r := fixOnce(t, l, basePath, src, false)
			if len(r.Files) > 0 {
				src = r.Files[0].New
			}
		}
		if r := fixOnce(t, l, basePath, src, false); len(r.Files) != 0 {
			t.Errorf("%s: no end", checks[0].Code)
		}
	}
}

// damage breaks a rule in a few places: it doubles, drops and swaps words and lines.
func damage(rng *rand.Rand, src []byte) []byte {
	lines := strings.SplitAfter(string(src), "\n")
	for range 1 + rng.IntN(4) {
		i := rng.IntN(len(lines))
		switch rng.IntN(7) {
		case 0:
			lines[i] += lines[i]
		case 1:
			lines[i] = ""
		case 2:
			lines[i] = strings.Replace(lines[i], " == ", " = ", 1)
		case 3:
			lines[i] = strings.Replace(lines[i], " and ", " && ", 1)
		case 4:
			if n := len(lines[i]); n > 2 {
				at := rng.IntN(n - 1)
				lines[i] = lines[i][:at] + lines[i][at+1:]
			}
		case 5:
			lines[i] = strings.ToUpper(lines[i])
		case 6:
			lines[i] = strings.Replace(lines[i], "\", \"", "\", \"x\", \"", 1)
		}
	}
	return []byte(strings.Join(lines, ""))
}

// TestFixReachesAFixedPoint damages rules and wants a second run of --fix to change nothing.
func TestFixReachesAFixedPoint(t *testing.T) {
	own, err := filepath.Glob("../../examples/rules/*.toml")
	if err != nil || len(own) == 0 {
		t.Fatalf("no example rules: %v", err)
	}
	public, _ := filepath.Glob(corpusDir + "/rules/*/*.toml")
	t.Run("examples", func(t *testing.T) { fixedPoint(t, own, 200) })
	t.Run("public rules", func(t *testing.T) {
		if len(public) == 0 {
			t.Skip("no corpus")
		}
		fixedPoint(t, public, 400)
	})
}

func fixedPoint(t *testing.T, paths []string, n int) {
	l, err := New(Options{Config: &check.Config{Preset: check.Strict}, Now: corpusNow})
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	changed, refused := 0, 0
	for range n {
		path := paths[rng.IntN(len(paths))]
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		src := damage(rng, whole)
		unsafe := rng.IntN(2) == 0
		first := fixOnce(t, l, "rules/linux/x.toml", src, unsafe)
		for _, r := range first.Refused {
			if r.Fix.Safe {
				refused++
				t.Logf("%s: safe fix refused: %s %s: %s", filepath.Base(path), r.Diagnostic.Code, r.Diagnostic.Message, r.Why)
			}
		}
		if len(first.Files) == 0 {
			continue
		}
		changed++
		again := fixOnce(t, l, "rules/linux/x.toml", first.Files[0].New, unsafe)
		if len(again.Files) != 0 {
			t.Errorf("%s (unsafe %v): a second run changes the file:\n%s\nby %s %q", filepath.Base(path), unsafe,
				cmp.Diff(string(first.Files[0].New), string(again.Files[0].New)), again.Files[0].Applied[0].Diagnostic.Code, again.Files[0].Applied[0].Fix.Message)
		}
	}
	t.Logf("%d of %d damaged rules changed, %d safe fixes refused", changed, n, refused)
}

// TestSafeFixesKeepTheMeaning: another field may be meant than event.ingested, and a date that is none is not copied.
func TestSafeFixesKeepTheMeaning(t *testing.T) {
	const src = "[metadata]\ncreation_date = \"2024/01/01\"\ndeprecation_date = \"2026/02/04\"\nmaturity = \"MATURITY\"\nupdated_date = UPDATED\n[rule]\nname = \"x\"\nindex = [\"winlogbeat-*\"]\n" +
		"type = \"eql\"\nlanguage = \"eql\"\nquery = \"any where true\"\ntimestamp_override = \"FIELD\"\n"
	for _, tt := range []struct{ field, maturity, updated, want string }{
		{"event.created", "production", `"2026/02/04"`, `warning rule/timestamp-override "event.created" unsafe`},
		{"event.ingestd", "production", `"2026/02/04"`, `warning rule/timestamp-override "event.ingestd" safe`},
		{"event.ingested", "deprecated", `"2026/02/05"`, `error metadata/deprecation-date-mismatch "2026/02/04" safe`},
		{"event.ingested", "deprecated", `2026-02-04`, ""},
		{"event.ingested", "deprecated", `"2026-02-04"`, ""},
	} {
		l, err := New(Options{Config: &check.Config{Preset: check.Elastic}, Only: []string{"rule/timestamp-override", "metadata/deprecation-date-mismatch"}})
		if err != nil {
			t.Fatal(err)
		}
		text := strings.NewReplacer("FIELD", tt.field, "MATURITY", tt.maturity, "UPDATED", tt.updated).Replace(src)
		rep, err := l.Lint(t.Context(), []Source{{Path: "rule.toml", Src: []byte(text)}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, d := range rep.Diagnostics {
			kind := "unsafe"
			if d.Fixes[0].Safe {
				kind = "safe"
			}
			got += fmt.Sprintf("%s %s %s %s", d.Severity, d.Code, text[d.Span.Start:d.Span.End], kind)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", tt.field, tt.updated, diff)
		}
	}
}
