package hunt

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/rule"
)

// corpusRules reads the public EQL rules; the benchmark is skipped where they are absent.
func corpusRules(b *testing.B) (files []*rule.File) {
	root := filepath.Join("..", "..", "..", "shared", "corpus", "detection-rules")
	_ = filepath.WalkDir(root, func(path string, _ fs.DirEntry, _ error) error {
		if strings.HasSuffix(path, ".toml") {
			src, err := os.ReadFile(path)
			if err != nil {
				b.Fatal(err)
			}
			file, _ := rule.Parse(path, src)
			files = append(files, file)
		}
		return nil
	})
	if len(files) == 0 {
		b.Skip("no corpus")
	}
	return files
}

// BenchmarkNew compiles the public rules.
func BenchmarkNew(b *testing.B) {
	files := corpusRules(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(files, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHunt runs the public rules over the recorded attack from the compressed file.
func BenchmarkHunt(b *testing.B) {
	path := filepath.Join("..", "..", "..", "shared", "data", "events", "atomic-red-team.ndjson.gz")
	h, err := New(corpusRules(b), Options{})
	if err != nil {
		b.Fatal(err)
	}
	in := Input{Name: path, Open: func() (io.ReadCloser, error) { return os.Open(path) }}
	events := 0
	b.ReportAllocs()
	for b.Loop() {
		r, err := h.Run(context.Background(), []Input{in})
		if err != nil || !r.Summary.Complete {
			b.Fatal(err, r.Limits())
		}
		events += r.Summary.Events
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}
