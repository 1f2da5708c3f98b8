package lint

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// docsIndex lists the pages of all checks by area, as docs/README.md shows them.
func docsIndex() string {
	var b strings.Builder
	b.WriteString("# Checks\n\nWritten by `go test ./rule/lint -update`; the pages are what `rulevet explain CODE` prints. Scope `general` runs in every\n" +
		"preset, `house` in `elastic` and `strict`; infos run in `strict` only.\n")
	area := ""
	for _, c := range Checks() {
		if a, _, _ := strings.Cut(c.Code, "/"); a != area {
			area = a
			fmt.Fprintf(&b, "\n## %s\n\n| check | severity | scope | fix | finds |\n|---|---|---|---|---|\n", area)
		}
		fmt.Fprintf(&b, "| [`%s`](%s.md) | %s | %s | %s | %s |\n", c.Code, c.Code, c.Severity, c.Scope, c.Fix, strings.ReplaceAll(c.Title, "|", `\|`))
	}
	return b.String()
}

func TestDocsIndexIsFresh(t *testing.T) {
	const name = "docs/README.md"
	got := docsIndex()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is stale; run go test ./rule/lint -run DocsIndex -update (-want +got):\n%s", name, diff)
	}
}

// TestEveryPageHasACheck finds pages that are left over from checks that were renamed.
func TestEveryPageHasACheck(t *testing.T) {
	known := map[string]bool{"README": true}
	for _, c := range Checks() {
		known[c.Code] = true
	}
	areas, err := os.ReadDir("docs")
	if err != nil {
		t.Fatal(err)
	}
	for _, area := range areas {
		names := []string{strings.TrimSuffix(area.Name(), ".md")}
		if area.IsDir() {
			files, err := os.ReadDir("docs/" + area.Name())
			if err != nil {
				t.Fatal(err)
			}
			names = nil
			for _, f := range files {
				names = append(names, area.Name()+"/"+strings.TrimSuffix(f.Name(), ".md"))
			}
		}
		for _, name := range names {
			if !known[name] {
				t.Errorf("docs/%s.md is the page of no check", name)
			}
		}
	}
}
