package lint

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/rule"
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
