package lint

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/internal/fuzzrand"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/format"
	"github.com/rulevet/rulevet/rule/lint/check"
)

// FuzzLint takes any text.
func FuzzLint(f *testing.F) {
	seeds := []string{
		baseRule(f),
		"[rule]\n# rulevet:ignore a/b, -- x\ntags = [\"a\", # c\n\"a\"]\nquery = '''process where a == 'b' // rulevet:ignore'''\n",
		"[metadata]\nmaturity = \"production\"\nintegration = [\"endpoint\", \"windws\"]\n[rule]\ntype = \"query\"\nlanguage = \"kuery\"\nindex = [\"logs-*\", \"logs-endpoint.*\"]\nquery = \"proces.name : a* and not (b or c)\"\n",
		"[rule]\ntype = \"esql\"\nlanguage = \"esql\"\nquery = \"\"\"from logs-* metadata _id | where a == 1 | stats c = count(*) by b | keep c\"\"\"\n[[rule.threat]]\nframework = \"MITRE ATT&CK\"\n[[rule.threat.technique]]\nid = \"T1059\"\nname = \"x\"\n[rule.threat.tactic]\nid = \"TA0002\"\n",
		"[rule]\ntype = \"eql\"\nquery = \"sequence by host.id with maxspan=1m [process where x : \\\"a*\\\"] [file where true]\"\nnote = \"## Setup\\n{{1}}\"\nfrom = \"now-5m\"\ninterval = \"10m\"\n",
	}
	l, err := New(Options{Config: &check.Config{Preset: check.Strict}, Jobs: 1})
	if err != nil {
		f.Fatal(err)
	}
	for _, src := range seeds {
		f.Add(src)
		lintAlone(l, Source{Path: basePath, Src: []byte(src)})
	}
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) <= 1<<12 {
			soundFindings(t, l, []byte(src))
		}
	})
}

// soundFindings lints a text: no check panics, findings lie in the text, and fixes can be applied.
func soundFindings(t *testing.T, l *Linter, src []byte) {
	t.Helper()
	for _, d := range lintAlone(l, Source{Path: basePath, Src: src}).diags {
		if d.Code == internalError {
			t.Fatal(d.Message)
		}
		if d.Span.Start < 0 || d.Span.End < d.Span.Start || d.Span.End > len(src) {
			t.Fatalf("%s: span %v in %d bytes", d.Code, d.Span, len(src))
		}
		if strings.ContainsAny(d.Message+d.Hint, "\r\n") || d.Message == "" {
			t.Fatalf("%s: message %q, hint %q: want one line each", d.Code, d.Message, d.Hint)
		}
		for _, x := range d.Fixes {
			if _, err := rule.Apply(src, x.Edits); err != nil {
				t.Fatalf("%s: fix %q: %v", d.Code, x.Message, err)
			}
		}
	}
}

// FuzzRules breaks real rules: the mutators of the tests, which know the keys and queries of a rule, and damage to lines and words, at
// the choice of the fuzzer. Findings are sound, --fix comes to an end, and the layout of what parses is stable and changes no finding but of layout.
func FuzzRules(f *testing.F) {
	l, err := New(Options{Config: &check.Config{Preset: check.Strict}, Jobs: 1, Now: corpusNow})
	if err != nil {
		f.Fatal(err)
	}
	rules := exampleRules(f)
	for i := range rules {
		for j := range byte(4) {
			f.Add([]byte{j, 9, byte(i), 4, 2, 6, 8, 1, byte(16 * i), j, 3 * j, byte(7 * i), 99 * j})
		}
		lintAlone(l, Source{Path: basePath, Src: rules[i]}) // tables are read here, not while the fuzzer waits
	}
	f.Fuzz(func(t *testing.T, choices []byte) {
		rng := fuzzrand.New(choices)
		src := brokenRule(rng, rules)
		soundFindings(t, l, src)
		unsafe := rng.IntN(2) == 0
		first := fixOnce(t, l, basePath, src, unsafe)
		if len(first.Files) > 0 {
			src = first.Files[0].New
			if again := fixOnce(t, l, basePath, src, unsafe); len(again.Files) > 0 {
				t.Fatalf("unsafe %v: a second run of --fix changes the file by %s %q:\n%s", unsafe, again.Files[0].Applied[0].Diagnostic.Code,
					again.Files[0].Applied[0].Fix.Message, cmp.Diff(string(src), string(again.Files[0].New)))
			}
		}
		laid, err := format.Format(src, format.Options{})
		if err != nil {
			if strings.Contains(err.Error(), "report this file") {
				t.Fatalf("%v:\n%s", err, src)
			}
			return
		}
		if again, err := format.Format(laid, format.Options{}); err != nil || !bytes.Equal(again, laid) {
			t.Fatalf("laid out again: %v\n%s", err, cmp.Diff(string(laid), string(again)))
		}
	})
}

func exampleRules(tb testing.TB) (rules [][]byte) {
	tb.Helper()
	names, _ := filepath.Glob("../../examples/rules/*.toml")
	if len(names) == 0 {
		tb.Fatal("no example rules")
	}
	rules = append(rules, []byte(baseRule(tb)))
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		rules = append(rules, src)
	}
	return rules
}

// brokenRule breaks one of the rules in up to four places.
func brokenRule(rng *rand.Rand, rules [][]byte) []byte {
	src := rules[rng.IntN(len(rules))]
	list := mutators()
	for range 1 + rng.IntN(4) {
		if rng.IntN(4) == 0 {
			src = damage(rng, src)
			continue
		}
		file, _ := rule.Parse(basePath, src)
		mutants := mutantsOf(file, list[rng.IntN(len(list))])
		if len(mutants) == 0 {
			continue
		}
		if out, err := rule.Apply(src, mutants[rng.IntN(len(mutants))].edits); err == nil {
			src = out
		}
	}
	return src
}

// mutantsOf are what a mutator makes of a rule: nothing where it relies on what the rule has lost.
func mutantsOf(file *rule.File, m mutator) (list []mutant) {
	defer func() {
		if recover() != nil {
			list = nil
		}
	}()
	return m(file)
}

// FuzzBaseline: what is read as a baseline is written and read again without loss, and takes away no more findings than it lists.
func FuzzBaseline(f *testing.F) {
	l, err := New(Options{Jobs: 1, Now: corpusNow})
	if err != nil {
		f.Fatal(err)
	}
	src := []byte("[rule]\nname = 1\nseverity = \"hihg\"\n")
	lint := func(tb testing.TB) *Report {
		r, err := l.Lint(tb.Context(), []Source{{Path: basePath, Src: src}}, nil)
		if err != nil {
			tb.Fatal(err)
		}
		return r
	}
	whole := NewBaseline(lint(f)).Encode()
	f.Add(string(whole))
	f.Add(`{"version": 1, "findings": [{"path": "a", "code": "b/c", "text": "d", "count": -9}, {"count": 9223372036854775807}, {"count": 9223372036854775807}]}`)
	f.Add(`{"version": 1, "findings": null}`)
	f.Fuzz(func(t *testing.T, text string) {
		b, err := ParseBaseline([]byte(text))
		if err != nil {
			if strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "Go ") {
				t.Errorf("%v", err)
			}
			return
		}
		again, err := ParseBaseline(b.Encode())
		if err != nil || len(again.Findings) != len(b.Findings) {
			t.Fatalf("%v: %d entries become %d", err, len(b.Findings), len(again.Findings))
		}
		r := lint(t)
		before := len(r.Diagnostics)
		b.Apply(r)
		if len(r.Diagnostics)+r.Suppressed != before {
			t.Errorf("%d findings and %d suppressed of %d", len(r.Diagnostics), r.Suppressed, before)
		}
	})
}
