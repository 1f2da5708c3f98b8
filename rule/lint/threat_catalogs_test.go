package lint

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/rule/lint/check"
)

// ownAttack is a catalog of our own: one tactic, one technique, as a reduced file of ATT&CK Enterprise.
const ownAttack = `{"version": "77.1", "domain": "enterprise-attack",
"tactics": [{"id": "TA0003", "name": "Persistence", "shortname": "persistence", "order": 1, "matrix": "Enterprise ATT&CK"}],
"techniques": [{"id": "T1505", "name": "Server Component", "tactics": ["persistence"]},
{"id": "T1505.003", "name": "Web Shell", "tactics": ["persistence"]}]}`

func TestAttackFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "own.json")
	if err := os.WriteFile(path, []byte(ownAttack), 0o666); err != nil {
		t.Fatal(err)
	}
	mapping := `
[[rule.threat_mappings]]
framework = "MITRE ATT&CK"
version = "77"

[[rule.threat_mappings.threat]]
framework = "MITRE ATT&CK"

[rule.threat_mappings.threat.tactic]
id = "TA0002"
name = "Execution"
reference = "https://attack.mitre.org/tactics/TA0002/"

[[rule.threat_mappings.threat.technique]]
id = "T1059"
name = "Command and Scripting Interpreter"
reference = "https://attack.mitre.org/techniques/T1059/"
`
	got := threatFindings(t, &check.Config{Attack: path}, baseRule(t)+mapping)
	want := []string{`technique-name "Server Software Component"`, `versioned-unknown-tactic "Execution"`, `versioned-unknown-technique "T1059"`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	ics := strings.NewReplacer("T1505.003", "T1695.001", "T1505/003", "T1695/001", "T1505", "T1695", "Server Software Component",
		"Block Communications", "Web Shell", "Serial COM", "TA0003", "TA0107", `"Persistence"`, `"Inhibit Response Function"`)
	if got := threatFindings(t, &check.Config{Attack: path}, ics.Replace(baseRule(t))); len(got) > 0 {
		t.Errorf("a domain that the file lacks: %v, want the embedded one", got)
	}
}

func TestAttackErrors(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"empty.json": "", "atlas.json": `{"framework": "MITRE ATLAS", "version": "1", "tactics":
		[{"id": "AML.TA0000", "name": "A"}], "techniques": [{"id": "AML.T0000", "name": "B", "tactics": ["AML.TA0000"]}]}`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for spec, want := range map[string]string{
		"17.0":                           `ATT&CK version "17.0" is not embedded, have 18.1 and 19.1`,
		filepath.Join(dir, "none.json"):  "is neither a version nor a file that can be read",
		filepath.Join(dir, "empty.json"): "empty.json: line 1, column 1: unexpected end of JSON input",
		filepath.Join(dir, "atlas.json"): "atlas.json: the file holds MITRE ATLAS",
		dir:                              "a folder, expected a file",
	} {
		_, err := New(Options{Config: &check.Config{Attack: spec}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", filepath.Base(spec), err, want)
		}
	}
	for _, spec := range []string{"", "18", "v19", "19.1"} {
		if _, err := New(Options{Config: &check.Config{Attack: spec}}); err != nil {
			t.Errorf("%q: %v", spec, err)
		}
	}
}
