package gen

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoFacts: where the facts are not, as in a plain clone, the tables stay and the error is a sentence.
func TestNoFacts(t *testing.T) {
	out := t.TempDir()
	kept := filepath.Join(out, "tables.txt")
	if err := os.WriteFile(kept, []byte("kept\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	err := run(filepath.Join(out, "none"), kept)
	if err == nil || !strings.Contains(err.Error(), "the tables are left as they are") {
		t.Errorf("error %v", err)
	}
	if b, err := os.ReadFile(kept); err != nil || string(b) != "kept\n" {
		t.Errorf("%s is %q now, %v", kept, b, err)
	}
}
