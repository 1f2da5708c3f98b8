package prove

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
)

// TestCorpusReview lists what is found in the public rules (with -v).
func TestCorpusReview(t *testing.T) {
	var files []string
	_ = filepath.WalkDir("../../../shared/corpus/detection-rules", func(path string, d os.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".toml" {
			files = append(files, path)
		}
		return nil
	})
	if len(files) == 0 {
		t.Skip("needs ../shared/corpus")
	}
	c := &compile.Compiler{}
	n, took := 0, time.Duration(0)
	for _, path := range files {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, _ := rule.Parse(path, src)
		if f.Query == nil || f.Rule.Language == "esql" {
			continue
		}
		p, err := c.Compile(f, compile.Options{})
		if err != nil {
			t.Logf("%s: %v", path, err)
			continue
		}
		n++
		began := time.Now()
		found := Review(f.Query.Value, p, true)
		took += time.Since(began)
		if d := time.Since(began); d > 20*time.Millisecond {
			t.Logf("%s took %v", path, d)
		}
		for _, x := range found {
			at := f.Position(f.Query.FileSpan(x.Span.Start, x.Span.End).Start)
			t.Logf("%s:%d: %s %s level=%v fix=%v", filepath.Base(path), at.Line, x.Code, x.Message, x.Level, len(x.Edits) > 0)
		}
	}
	t.Logf("%d queries in %v", n, took)
}
