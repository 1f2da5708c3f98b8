package fileio

import (
	"os"
	"testing"
)

// TestScratch: what is written can be read, and nothing of it is in the folder while the file is open, which the end of a killed program
// would leave there.
func TestScratch(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	f, err := Scratch()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("text"), 10); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 4)
	if _, err := f.ReadAt(got, 10); err != nil || string(got) != "text" {
		t.Errorf("%q, %v", got, err)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) > 0 && f.name == "" {
		t.Errorf("%v, %v", list, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if list, _ := os.ReadDir(dir); len(list) > 0 {
		t.Errorf("left behind: %v", list)
	}
}
