package lint

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/rule/lint/internal/facts"
	"github.com/rulevet/rulevet/schema"
)

// TestPublicPatterns wants none of the index patterns of public rules called unknown, and one letter less in the name of
// a package or data stream reported.
func TestPublicPatterns(t *testing.T) {
	file, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "fields", "patterns.tsv"))
	if err != nil {
		t.Skip("no facts folder")
	}
	defer file.Close()
	r := csv.NewReader(file)
	r.Comma, r.LazyQuotes = '\t', true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := schema.New()
	if err != nil {
		t.Fatal(err)
	}
	typos, found := 0, 0
	for _, row := range rows[1:] {
		if near := facts.KnownPattern(catalog, row[0]); near != "" {
			t.Errorf("%s is taken for a misspelt %s", row[0], near)
		}
		if row[1] != "integration" || row[3] != "yes" {
			continue
		}
		i := strings.IndexByte(row[0], '-') + 3
		typo := row[0][:i] + row[0][i+1:]
		typos++
		if facts.KnownPattern(catalog, typo) != "" {
			found++
		} else {
			t.Logf("%s for %s: not reported", typo, row[0])
		}
	}
	t.Logf("%d of %d typos reported", found, typos)
	if found*100 < typos*85 {
		t.Errorf("%d of %d typos reported, want 85 %%", found, typos)
	}
}
