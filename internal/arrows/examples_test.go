package arrows

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// promised is what README.md says to those who import packages: a paragraph with their names in back quotes.
var promised = regexp.MustCompile("(?s)\\*\\*As a Go package\\.\\*\\*(.*?)\n\n")

// TestExamples: a package that README.md promises to importers has an example whose output is checked.
func TestExamples(t *testing.T) {
	root := filepath.Join("..", "..")
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	m := promised.FindSubmatch(readme)
	if m == nil {
		t.Fatal("README.md has no paragraph for importers")
	}
	n := 0
	for _, name := range regexp.MustCompile("`([a-z/]+)`").FindAllStringSubmatch(string(m[1]), -1) {
		dir := filepath.Join(root, filepath.FromSlash(name[1]))
		if strings.HasPrefix(name[1], "examples/") {
			continue
		}
		if n++; len(examplesOf(t, dir)) == 0 {
			t.Errorf("README.md promises package %s, which has no example with output", name[1])
		}
	}
	if n < 10 {
		t.Errorf("README.md names %d packages", n)
	}
	total := 0
	for _, dir := range publicFolders(t) {
		total += len(examplesOf(t, dir))
	}
	if total < 20 {
		t.Errorf("%d examples with output, want 20", total)
	}
}

// examplesOf are the examples of a folder whose output is checked.
func examplesOf(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, name := range names {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range doc.Examples([]*ast.File{f}...) {
			if e.Output != "" {
				out = append(out, e.Name)
			}
		}
	}
	return out
}
