// Package arrows holds the test of which packages of this module may know which others.
package arrows

import (
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/rulevet/rulevet/"

// layers are folders from the ground up: a package reaches only what lies in its own layer or below. The longest name that fits
// counts; a folder stands for what is below it too.
var layers = [][]string{
	{"source", "mapping", "event", "internal", "mitre"},
	{"internal/predicate", "schema", "rule"},
	{"search", "internal/logic", "internal/querydsl", "internal/witness", "rule/exchange"},
	{"eql", "kql", "esql"},
	{"rule/compile", "rule/inventory"},
	{"rule/prove", "internal/cluster", "rule/hunt", "rule/ruletest", "rule/lint", "rule/matrix"},
	{"rule/report", "lsp"},
	{"cli"},
	{"cmd", "examples"},
}

// strangers are packages that must not know one another although their layers would allow it. A folder stands for what is below it, but
// "rule." for that package alone.
var strangers = []struct {
	from, to string // lists
	why      string
}{
	{"eql", "kql esql schema mitre rule", "a language knows no other and no catalog"},
	{"kql", "eql esql schema mitre rule", "a language knows no other and no catalog"},
	{"esql", "eql schema mitre rule", "a language knows no other (but KQL, for its function of that name) and no catalog"},
	{"rule. rule/exchange rule/format", "eql kql esql schema mitre search internal/predicate", "a rule file is text"},
	{"internal/witness internal/logic", "eql kql esql", "the engine serves any language"},
	{"source mapping event search internal/predicate", "eql kql esql rule schema mitre", "the engine lies below languages and catalogs"},
	{"source internal/tomlspan", "rule eql kql esql event mapping schema mitre search internal/predicate", "a text knows nothing of what it says"},
	{"schema mitre", "eql kql esql rule search internal/predicate", "a catalog knows no language"},
}

// below tells whether a package lies in a folder.
func below(pkg, folder string) bool {
	if name, alone := strings.CutSuffix(folder, "."); alone {
		return pkg == name
	}
	return pkg == folder || strings.HasPrefix(pkg, folder+"/")
}

// layer is the number of the layer of a package; -1 if none is said.
func layer(pkg string) int {
	at, longest := -1, 0
	for i, folders := range layers {
		for _, f := range folders {
			if below(pkg, f) && len(f) > longest {
				at, longest = i, len(f)
			}
		}
	}
	return at
}

// wrong says why a package must not reach another one; empty if it may.
func wrong(from, to string) string {
	if layer(to) > layer(from) {
		return "it lies above"
	}
	for _, s := range strangers {
		for _, f := range strings.Fields(s.from) {
			for _, x := range strings.Fields(s.to) {
				if below(from, f) && below(to, x) && !below(to, f) {
					return s.why
				}
			}
		}
	}
	return ""
}

// TestArrows looks at all that every package of the module reaches.
func TestArrows(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Deps " "}}`, module+"...").Output()
	if err != nil {
		t.Skip("go list: ", err)
	}
	n := 0
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		from := strings.TrimPrefix(words[0], module)
		if strings.Contains(from, "internal/gen") || below(from, "internal/arrows") {
			continue // makes tables; no part of what users run
		}
		if n++; layer(from) < 0 {
			t.Errorf("%s is in no layer: say where it belongs", from)
		}
		for _, word := range words[1:] {
			to, ours := strings.CutPrefix(word, module)
			if !ours {
				continue
			}
			if why := wrong(from, to); why != "" {
				t.Errorf("%s must not reach %s: %s", from, to, why)
			}
		}
	}
	if n < 40 {
		t.Errorf("only %d packages were looked at", n)
	}
}

// owners are packages of others that one package of the module alone may import: they are hard to use right, or may change.
var owners = map[string]string{"github.com/pelletier/go-toml/v2/unstable": "internal/tomlspan"}

// TestOwners looks at what every package of the module imports itself.
func TestOwners(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, module+"...").Output()
	if err != nil {
		t.Skip("go list: ", err)
	}
	used := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		from := strings.TrimPrefix(words[0], module)
		for _, to := range words[1:] {
			owner, owned := owners[to]
			if owned && from != owner {
				t.Errorf("%s must not import %s: %s does it for all", from, to, owner)
			}
			used[to] = used[to] || from == owner
		}
	}
	for to, owner := range owners {
		if !used[to] {
			t.Errorf("%s does not import %s: the list of owners is old", owner, to)
		}
	}
}

// TestWrong: the test can fail.
func TestWrong(t *testing.T) {
	for _, tt := range []struct {
		from, to string
		ok       bool
	}{
		{"eql/eval", "internal/predicate", true}, {"eql/eval", "eql", true}, {"esql/eval", "kql/eval", true}, {"rule/lint/check", "eql", true}, {"cli", "rule/report", true},
		{"eql/eval", "kql", false}, {"kql", "esql", false}, {"esql", "schema", false}, {"rule", "eql", false}, {"rule/compile", "rule/hunt", false},
		{"internal/predicate", "eql/eval", false}, {"search", "rule", false}, {"schema", "eql", false}, {"rule/ruletest", "cli", false}, {"event", "search", false}, {"rule", "internal/tomlspan", true}, {"internal/tomlspan", "rule", false},
	} {
		if why := wrong(tt.from, tt.to); (why == "") != tt.ok {
			t.Errorf("%s -> %s: %q, want ok %v", tt.from, tt.to, why, tt.ok)
		}
	}
}
