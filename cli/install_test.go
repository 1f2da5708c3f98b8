package cli

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWhatGoInstalls: "go install ./...", which pre-commit runs too, gives one command. Generators and helpers are started by go run with the name
// of a file; example programs are modules of their own.
func TestWhatGoInstalls(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{if eq .Name "main"}}{{.ImportPath}}{{end}}`, "github.com/rulevet/rulevet/...").Output()
	if err != nil {
		t.Skipf("no go command: %v", err)
	}
	want := []string{"github.com/rulevet/rulevet/cmd/rulevet"}
	if d := cmp.Diff(want, strings.Fields(string(out))); d != "" {
		t.Errorf("commands (-want +got):\n%s", d)
	}
}

// TestExampleModules runs the tests of the example programs: "go test ./..." does not look into modules of their own.
func TestExampleModules(t *testing.T) {
	if testing.Short() {
		t.Skip("builds two programs")
	}
	mods, err := filepath.Glob("../examples/*/go.mod")
	if err != nil || len(mods) < 2 {
		t.Fatalf("example modules %q, %v", mods, err)
	}
	for _, mod := range mods {
		cmd := exec.Command("go", "test", "./...")
		cmd.Dir = filepath.Dir(mod)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("go test in %s: %v\n%s", cmd.Dir, err, out)
		}
	}
}
