package lint

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/schema"
)

// fieldCorpus reads the public rules; the test is skipped without them.
func fieldCorpus(t *testing.T) []Source {
	t.Helper()
	root := filepath.Join("..", "..", "..", "shared", "corpus", "detection-rules")
	var list []Source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".toml") {
			var src []byte
			src, err = os.ReadFile(path)
			list = append(list, Source{Path: filepath.ToSlash(path), Src: src})
		}
		return err
	})
	if err != nil || len(list) == 0 {
		t.Skip("no corpus")
	}
	return list
}

// TestCorpusFields wants no error and no warning about fields of the public rules, and prints what was decided.
func TestCorpusFields(t *testing.T) {
	l, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	rep, err := l.Lint(context.Background(), fieldCorpus(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	mine := map[string]bool{}
	for _, c := range append(queryFieldChecks(), indexChecks()...) {
		mine[c.Code] = true
	}
	byCode := map[string]int{}
	for _, d := range rep.Diagnostics {
		byCode[fmt.Sprint(d.Severity, " ", d.Code)]++
		if d.Severity >= rule.Warning && mine[d.Code] {
			t.Logf("%s: %s: %s (%s)", filepath.Base(d.Path), d.Code, d.Message, d.Hint)
		}
	}
	why := map[string]int{}
	for _, f := range rep.Files {
		for _, s := range f.Skipped {
			if s.Part == PartFields {
				why[s.Why]++
			}
		}
	}
	t.Log(byCode, why)
}

// TestTypos changes one character of every field that a public EQL rule uses, and wants the linter to report the name
// with the right one first.
func TestTypos(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 11))
	l, err := New(Options{Only: []string{"query/unknown-field"}})
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := schema.New()
	if err != nil {
		t.Fatal(err)
	}
	total, reported, first := 0, 0, 0
	for _, src := range fieldCorpus(t) {
		file, diags := rule.Parse(src.Path, src.Src)
		if len(diags) > 0 || file.Rule.Type != "eql" || file.Metadata.Maturity == "deprecated" {
			continue
		}
		q, issues := eql.Parse(file.Query.Value)
		if len(issues) > 0 {
			continue
		}
		seen := map[string]bool{}
		inspect(q, func(f *eql.Field) {
			if seen[f.Name] || q.Source[f.Range.Start:f.Range.End] != f.Name || !strings.Contains(f.Name, ".") {
				return
			}
			seen[f.Name] = true
			typo := misspell(rng, f.Name)
			if typo == f.Name || len(catalog.Explain(typo).Places) > 0 {
				return
			}
			span := QuerySpan(file, f.Range)
			text := string(src.Src[:span.Start]) + typo + string(src.Src[span.End:])
			rep, err := l.Lint(context.Background(), []Source{{Path: src.Path, Src: []byte(text)}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			total++
			for _, d := range rep.Diagnostics {
				if strings.Contains(d.Message, typo) {
					reported++
					if strings.HasPrefix(d.Hint, "did you mean `"+f.Name+"`") {
						first++
					} else if testing.Verbose() {
						t.Logf("%s for %s: %s", typo, f.Name, d.Hint)
					}
					return
				}
			}
			if testing.Verbose() {
				t.Logf("%s for %s in %s: not reported", typo, f.Name, strings.Join(file.Rule.Index, " "))
			}
		})
	}
	t.Logf("%d typos, %d reported, %d with the right name first", total, reported, first)
	if reported*100 < total*99 || first*100 < reported*95 {
		t.Errorf("want 99 %% reported and 95 %% right")
	}
}

// misspell replaces, drops, doubles or swaps one character behind the first.
func misspell(rng *rand.Rand, name string) string {
	i := 1 + rng.IntN(len(name)-1)
	if name[i] == '.' {
		i--
	}
	letter := string(rune('a' + rng.IntN(26)))
	switch rng.IntN(4) {
	case 0:
		return name[:i] + letter + name[i+1:]
	case 1:
		return name[:i] + name[i+1:]
	case 2:
		return name[:i] + letter + name[i:]
	}
	if i+1 < len(name) && name[i+1] != '.' {
		return name[:i] + string(name[i+1]) + string(name[i]) + name[i+2:]
	}
	return name
}
