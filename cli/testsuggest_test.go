package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

// TestSuggestionsAreTOML: what --suggest prints can be appended to cases.toml as it is, findings, failed cases and summary among it.
func TestSuggestionsAreTOML(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for name, text := range map[string]string{
		"a.toml":                "[rule]\nname = \"A\"\ntype = \"eql\"\nlanguage = \"eql\"\nquery = '''process where process.name : (\"a\\tb*\", \"é\\\"\") and process.pid > 5 // \u202e\n'''\n",
		"b.toml":                "[rule]\nname = \"B\"\ntype = \"query\"\nlanguage = \"kuery\"\nquery = 'process.name: sh and not user.name: root'\n",
		"c.toml":                "[rule]\nname = \"C\"\ntype = \"eql\"\nlanguage = \"eql\"\nquery = 'process where process.pid = 5'\n",
		"d.toml":                "[rule]\nname = \"D\"\ntype = \"machine_learning\"\n",
		"e.toml":                "[rule]\nname = \"E\"\ntype = \"eql\"\nlanguage = \"eql\"\nquery = 'sequence by host.id with maxspan=1m [process where process.name == \"x\"] [network where true]'\n",
		"testdata/a/match.json": `{"event":{"category":"process"},"process":{"name":"no","pid":3}}`,
		"testdata/e/match.ndjson": `{"@timestamp":"2026-01-01T00:00:00Z","event":{"category":"process"},"process":{"name":"x"},"host":{"id":"h"}}` + "\n" +
			`{"@timestamp":"2026-01-01T00:00:01Z","event":{"category":"network"},"host":{"id":"h"}}`,
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"test", "--suggest"}, {"test", "--suggest", "--mutate", "--coverage", "--cross", "-v", "--color", "always"}} {
		var out, errs bytes.Buffer
		Main(append(args, "."), Options{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs})
		var doc struct{ Case []map[string]any }
		if err := toml.Unmarshal(out.Bytes(), &doc); err != nil {
			t.Errorf("%v: %v\n%s", args, err, out.String())
		}
		if len(doc.Case) < 8 || !strings.Contains(out.String(), "# 5 rules, 2 with fixtures") || !strings.Contains(out.String(), "# --- FAIL: a/match") {
			t.Errorf("%v: %d cases\n%s", args, len(doc.Case), out.String())
		}
	}
}
