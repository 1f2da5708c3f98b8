package cli

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWhatGoInstalls holds generators and helpers back from "go install ./...", which pre-commit runs too: they are started
// by go run with the name of a file.
func TestWhatGoInstalls(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{if eq .Name "main"}}{{.ImportPath}}{{end}}`, "github.com/rulevet/rulevet/...").Output()
	if err != nil {
		t.Skipf("no go command: %v", err)
	}
	want := []string{"github.com/rulevet/rulevet/cmd/rulevet", "github.com/rulevet/rulevet/examples/customcheck", "github.com/rulevet/rulevet/examples/embed"}
	if d := cmp.Diff(want, strings.Fields(string(out))); d != "" {
		t.Errorf("commands (-want +got):\n%s", d)
	}
}
