package matrix_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/mitre"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/matrix"
)

// entry writes a [[rule.threat]] table: tactic id, then technique ids, sub-techniques behind their technique.
func entry(framework, tactic string, techniques ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "[[rule.threat]]\nframework = %q\n[rule.threat.tactic]\nid = %q\n", framework, tactic)
	for _, id := range techniques {
		if mitre.ParentID(id) != "" {
			fmt.Fprintf(&b, "[[rule.threat.technique.subtechnique]]\nid = %q\n", id)
		} else {
			fmt.Fprintf(&b, "[[rule.threat.technique]]\nid = %q\n", id)
		}
	}
	return b.String()
}

func file(t *testing.T, name, threat string) *rule.File {
	t.Helper()
	f, diags := rule.Parse(name+".toml", []byte("[rule]\nname = \"The "+name+"\"\n"+threat))
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return f
}

const attack, atlas = "MITRE ATT&CK", "MITRE ATLAS"

func files(t *testing.T) []*rule.File {
	return []*rule.File{
		file(t, "b", entry(attack, "TA0002", "T1059", "T1059.004")+entry(attack, "TA0003", "T1053")),
		file(t, "a", entry(attack, "TA0002", "T1059")+entry(attack, "TA0040")),
		file(t, "old", entry(attack, "TA0005", "T1562", "T1562.004", "T1070")), // moved, split, moved in name
		file(t, "other", entry(atlas, "AML.TA0005", "AML.T0051", "AML.T0051.000")),
		file(t, "mobile", entry(attack, "TA0041", "T1623")),
		file(t, "lost", entry(attack, "TA0002", "T1064", "T9999")),
		file(t, "none", ""),
	}
}

// summary lists cells with rules: tactic, technique, rules.
func summary(m *matrix.Matrix) []string {
	var out []string
	var visit func(col matrix.Column, c matrix.Cell)
	visit = func(col matrix.Column, c matrix.Cell) {
		if len(c.Rules) > 0 {
			var names []string
			for _, f := range c.Rules {
				names = append(names, strings.TrimSuffix(f.Path, ".toml"))
			}
			out = append(out, fmt.Sprintf("%s %s %s", col.Tactic.Shortname, c.Technique.ID, strings.Join(names, ",")))
		}
		for _, sub := range c.Sub {
			visit(col, sub)
		}
	}
	for _, col := range m.Columns {
		for _, c := range col.Cells {
			visit(col, c)
		}
	}
	return out
}

func TestBuild(t *testing.T) {
	c, err := mitre.Load(mitre.ATTACK, "19.1")
	if err != nil {
		t.Fatal(err)
	}
	m := matrix.Build(c, mitre.Enterprise, files(t))
	want := []string{
		"execution T1059 a,b",
		"execution T1059.004 b",
		"persistence T1053 b",
		"stealth T1070 old",
		"defense-impairment T1686 old",
		"defense-impairment T1685 old",
	}
	if diff := cmp.Diff(want, summary(m)); diff != "" {
		t.Errorf("cells (-want +got):\n%s", diff)
	}
	if len(m.Columns) != 15 || m.Columns[0].Tactic.Name != "Reconnaissance" || m.Rules != 3 {
		t.Errorf("%d columns from %q, %d rules", len(m.Columns), m.Columns[0].Tactic.Name, m.Rules)
	}
	impact := m.Columns[14]
	if impact.Tactic.ID != "TA0040" || len(impact.Rules) != 1 {
		t.Errorf("%s: %d rules, want the one that names the tactic alone", impact.Tactic.ID, len(impact.Rules))
	}
	covered, all := m.Techniques()
	if covered != 6 || all != 222+475 {
		t.Errorf("%d of %d techniques, want 6 of 697", covered, all)
	}
	var lost []string
	for _, u := range m.Unplaced {
		lost = append(lost, u.File.Path+" "+u.ID)
	}
	if diff := cmp.Diff([]string{"lost.toml T1064", "lost.toml T9999"}, lost); diff != "" {
		t.Errorf("unplaced (-want +got):\n%s", diff)
	}
	m = matrix.Build(mitreATLAS(t), mitre.ATLASDomain, files(t))
	if diff := cmp.Diff([]string{"execution AML.T0051 other", "execution AML.T0051.000 other"}, summary(m)); diff != "" {
		t.Errorf("ATLAS (-want +got):\n%s", diff)
	}
	if _, err := m.Layer("x"); err == nil {
		t.Error("a layer of ATLAS, want an error")
	}
}

func mitreATLAS(t *testing.T) *mitre.Catalog {
	c, err := mitre.Load(mitre.ATLAS, "5.6.0")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The rule's own mapping for the version wins over rule.threat.
func TestVersionedMapping(t *testing.T) {
	f := file(t, "v", entry(attack, "TA0002", "T1059")+"[[rule.threat_mappings]]\nframework = \""+attack+"\"\nversion = \"19\"\n"+
		strings.NewReplacer("rule.threat", "rule.threat_mappings.threat").Replace(entry(attack, "TA0003", "T1053")))
	for version, want := range map[string]string{"18.1": "execution T1059 v", "19.1": "persistence T1053 v"} {
		c, err := mitre.Load(mitre.ATTACK, version)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{want}, summary(matrix.Build(c, mitre.Enterprise, []*rule.File{f}))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", version, diff)
		}
	}
}

func TestLayer(t *testing.T) {
	c, err := mitre.Load(mitre.ATTACK, "19.1")
	if err != nil {
		t.Fatal(err)
	}
	data, err := matrix.Build(c, mitre.Enterprise, files(t)[:2]).Layer("Our rules")
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	rule := func(names ...string) (list []any) {
		for _, n := range names {
			list = append(list, map[string]any{"name": "rule", "value": n})
		}
		return list
	}
	technique := func(id, tactic string, subs bool, names ...string) any {
		return map[string]any{"techniqueID": id, "tactic": tactic, "score": float64(len(names)), "enabled": true,
			"showSubtechniques": subs, "comment": strings.Join(names, "\n"), "metadata": rule(names...)}
	}
	want := map[string]any{
		"name": "Our rules", "domain": "enterprise-attack", "sorting": 3.0,
		"versions":    map[string]any{"attack": "19", "navigator": "5.1.0", "layer": "4.5"},
		"description": "Detection rules by technique, MITRE ATT&CK 19.1. Score: number of rules.",
		"gradient":    map[string]any{"colors": []any{"#dbe9f6", "#08519c"}, "minValue": 1.0, "maxValue": 2.0},
		"techniques": []any{
			technique("T1059", "execution", true, "The a", "The b"),
			technique("T1059.004", "execution", false, "The b"),
			technique("T1053", "persistence", false, "The b"),
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("layer (-want +got):\n%s", diff)
	}
}
