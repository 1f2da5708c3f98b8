package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestUpToDate regenerates the catalog from the facts and wants the same bytes: data and provenance agree.
func TestUpToDate(t *testing.T) {
	facts := filepath.Join("..", "..", "..", "..", "shared", "data", "fields")
	if _, err := os.Stat(facts); err != nil {
		t.Skip("no facts folder")
	}
	data := filepath.Join("..", "..", "data")
	stacks, err := os.ReadFile(filepath.Join(data, "stacks.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	g, err := build(os.DirFS(facts), stacks)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]byte{"catalog.bin": g.catalog, "provenance.tsv": g.provenance} {
		got, err := os.ReadFile(filepath.Join(data, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want, got) {
			t.Errorf("%s differs from what the generator makes: run go run ./schema/internal/gen -facts DIR", name)
		}
	}
}
