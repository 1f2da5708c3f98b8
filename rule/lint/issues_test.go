package lint

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEveryIssueOfALanguageHasACheck looks for codes in the sources of the languages: the code of an issue is that of the
// check that reports it.
func TestEveryIssueOfALanguageHasACheck(t *testing.T) {
	known := map[string]bool{}
	for _, c := range Checks() {
		known[c.Code] = true
	}
	code := regexp.MustCompile(`"(query/[a-z0-9-]+)"`)
	for _, dir := range []string{"eql", "kql", "esql"} {
		files, err := filepath.Glob("../../" + dir + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			src, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range code.FindAllStringSubmatch(string(src), -1) {
				if !strings.HasSuffix(name, "_test.go") && !known[m[1]] {
					t.Errorf("%s reports %s, which is no check", name, m[1])
				}
			}
		}
	}
}
