package lint

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/rule/lint/check"
)

const atlasEntry = `
[[rule.threat]]
framework = "MITRE ATLAS"

[[rule.threat.technique]]
id = "AML.T0051"
name = "LLM Prompt Injection"
reference = "https://atlas.mitre.org/techniques/AML.T0051/"

[[rule.threat.technique.subtechnique]]
id = "AML.T0051.000"
name = "Direct"
reference = "https://atlas.mitre.org/techniques/AML.T0051.000/"

[rule.threat.tactic]
id = "AML.TA0005"
name = "Execution"
reference = "https://atlas.mitre.org/tactics/AML.TA0005/"
`

func threatFindings(t *testing.T, config *check.Config, src string) []string {
	t.Helper()
	config.Preset = check.Strict
	r := lintSources(t, Options{Config: config, Only: []string{"threat/*"}}, Source{Path: basePath, Src: []byte(src)})
	got := []string{}
	for _, d := range r.Diagnostics {
		got = append(got, strings.TrimPrefix(d.Code, "threat/")+" "+src[d.Span.Start:d.Span.End])
	}
	return got
}

// TestThreatOneDefect changes one value of a clean mapping: one finding, at the value.
func TestThreatOneDefect(t *testing.T) {
	src := strings.TrimRight(baseRule(t), "\n") + "\n" + atlasEntry
	if got := threatFindings(t, &check.Config{}, src); len(got) > 0 {
		t.Fatalf("the mapping is not clean: %v", got)
	}
	for _, tt := range []struct{ from, to, want string }{
		{`"TA0003"`, `"TA0002"`, `tactic-id "TA0002"`},
		{`"TA0003"`, `"TA9999"`, `tactic-id "TA9999"`},
		{`"Persistence"`, `"Persistance"`, `unknown-tactic "Persistance"`},
		{`tactics/TA0003/`, `tactics/TA0002/`, `tactic-reference "https://attack.mitre.org/tactics/TA0002/"`},
		{`tactics/TA0003/`, `tactics/TA0003`, `reference-slash "https://attack.mitre.org/tactics/TA0003"`},
		{`tactics/TA0003/`, `tactics/T0003/`, `reference-pattern "https://attack.mitre.org/tactics/T0003/"`},
		{`"T1505"`, `"T9505"`, `unknown-technique "T9505"`},
		{`"T1505.003"`, `"T1505.093"`, `unknown-subtechnique "T1505.093"`},
		{`"Server Software Component"`, `"Server Component"`, `technique-name "Server Component"`},
		{`"Web Shell"`, `"Web shell"`, `subtechnique-name "Web shell"`},
		{`techniques/T1505/"`, `techniques/T1506/"`, `technique-reference "https://attack.mitre.org/techniques/T1506/"`},
		{`T1505/003/`, `T1505/004/`, `subtechnique-reference "https://attack.mitre.org/techniques/T1505/004/"`},
		{`T1505/003/`, `T1505.003/`, `reference-pattern "https://attack.mitre.org/techniques/T1505.003/"`},
		{`"AML.T0051"`, `"AML.T9051"`, `unknown-technique "AML.T9051"`},
		{`"AML.TA0005"`, `"AML.TA0006"`, `tactic-id "AML.TA0006"`},
		{`"Direct"`, `"Indirect"`, `subtechnique-name "Indirect"`},
		{`AML.T0051.000/`, `AML.T0051.001/`, `subtechnique-reference "https://atlas.mitre.org/techniques/AML.T0051.001/"`},
		{`AML.T0051.000/`, `AML.T0051/000/`, `reference-pattern "https://atlas.mitre.org/techniques/AML.T0051/000/"`},
		{`"MITRE ATLAS"`, `"MITRE ATLAST"`, `framework "MITRE ATLAST"`},
		{`"MITRE ATT&CK"`, `"MITRE ATLAS"`, `framework "MITRE ATLAS"`},
	} {
		got := threatFindings(t, &check.Config{}, strings.Replace(src, tt.from, tt.to, 1))
		if diff := cmp.Diff([]string{tt.want}, got); diff != "" {
			t.Errorf("%s -> %s (-want +got):\n%s", tt.from, tt.to, diff)
		}
	}
}

func TestThreatVersions(t *testing.T) {
	src := baseRule(t)
	old := strings.NewReplacer("T1505.003", "T1562.001", "T1505/003", "T1562/001", "T1505", "T1562", "Server Software Component",
		"Impair Defenses", "Web Shell", "Disable or Modify Tools", "TA0003", "TA0005", `"Persistence"`, `"Defense Evasion"`).Replace(src)
	for _, tt := range []struct {
		attack string
		want   []string
	}{
		{"", []string{`older-version "Defense Evasion"`}},
		{"18.1", []string{}},
		{"18", []string{}},
		{"19.1", []string{`technique-retired "T1562"`, `technique-retired "T1562.001"`, `unknown-tactic "Defense Evasion"`}},
	} {
		got := threatFindings(t, &check.Config{Attack: tt.attack}, old)
		slices.Sort(got)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("pinned to %q (-want +got):\n%s", tt.attack, diff)
		}
	}
}
