package facts

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "names.tsv")
	if err := os.WriteFile(file, []byte("a\tb\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	fsys, err := Open(dir, "other-*.json", "names.tsv")
	if err != nil {
		t.Fatal(err)
	}
	if b, err := fs.ReadFile(fsys, "names.tsv"); err != nil || string(b) != "a\tb\n" {
		t.Errorf("names.tsv: %q, %v", b, err)
	}
	for _, missing := range []string{filepath.Join(dir, "not-there"), file, t.TempDir()} {
		_, err := Open(missing, "names.tsv", "x-*.json")
		if err == nil || !strings.Contains(err.Error(), "the tables are left as they are") || !strings.Contains(err.Error(), "names.tsv or x-*.json") {
			t.Errorf("%s: error %v", missing, err)
		}
	}
}
