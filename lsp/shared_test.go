package lsp_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rulevet/rulevet/lsp"
)

// corpus lists the public rules; without them the test is skipped.
func corpus(t testing.TB) []string {
	t.Helper()
	var out []string
	root, err := filepath.Abs("../../shared/corpus/detection-rules")
	if err != nil {
		t.Fatal(err)
	}
	_ = filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".toml" {
			out = append(out, path)
		}
		return nil
	})
	if len(out) == 0 {
		t.Skip("needs ../shared/corpus")
	}
	return out
}

// TestCorpusKeyStrokes types into public rules of every size, in a repository of all of them, and reports how long the
// diagnostics take.
func TestCorpusKeyStrokes(t *testing.T) {
	if testing.Short() {
		t.Skip("types for some seconds")
	}
	files := corpus(t)
	c := start(t, lsp.Options{Open: func(string) (*lsp.Repository, error) {
		return &lsp.Repository{Root: filepath.Dir(files[0]), Files: files}, nil
	}}, `{"general":{"positionEncodings":["utf-8"]}}`)
	var times []time.Duration
	for i := 0; i < len(files); i += 100 {
		src, err := os.ReadFile(files[i])
		if err != nil {
			t.Fatal(err)
		}
		uri := "file://" + filepath.ToSlash(files[i])
		c.open(uri, string(src))
		line := strings.Count(string(src[:max(strings.Index(string(src), "\nquery = "), 0)]), "\n") + 2
		for n := range 20 {
			from := map[string]any{"line": line, "character": n}
			began := time.Now()
			c.change(uri, n+2, map[string]any{"range": map[string]any{"start": from, "end": from}, "text": "x"})
			times = append(times, time.Since(began))
		}
		c.notify("textDocument/didClose", map[string]any{"textDocument": map[string]any{"uri": uri}})
		c.next(uri)
	}
	slices.Sort(times)
	t.Logf("%d key strokes in %d rules: median %v, 99 of 100 below %v, longest %v", len(times), (len(files)+99)/100, times[len(times)/2], times[len(times)*99/100], times[len(times)-1])
}
