package gen

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// Small sources of our own, in MITRE's forms: STIX 2.0 without a version of its own, STIX 2.1 with one, ATLAS.yaml.
const (
	stix20 = `{"type": "bundle", "spec_version": "2.0", "objects": [
{"type": "x-mitre-tactic", "id": "t1", "name": "Hiding", "x_mitre_shortname": "hiding", "external_references": [{"source_name": "mitre-attack", "external_id": "TA9001"}]},
{"type": "x-mitre-matrix", "id": "m1", "name": "Enterprise ATT&CK", "tactic_refs": ["t1"], "external_references": [{"source_name": "mitre-attack", "external_id": "enterprise-attack"}]},
{"type": "attack-pattern", "id": "a1", "name": "Cloak", "external_references": [{"source_name": "mitre-attack", "external_id": "T9001"}], "kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": "hiding"}]},
{"type": "attack-pattern", "id": "a2", "name": "Split", "x_mitre_deprecated": true, "external_references": [{"source_name": "mitre-attack", "external_id": "T9002"}]}]}`
	stix21 = `{"type": "bundle", "objects": [
{"type": "x-mitre-collection", "spec_version": "2.1", "id": "c1", "name": "Enterprise ATT&CK", "x_mitre_version": "42.0", "modified": "2031-01-02T00:00:00.000Z"},
{"type": "x-mitre-tactic", "id": "t1", "name": "Stealth", "x_mitre_shortname": "stealth", "external_references": [{"source_name": "mitre-attack", "external_id": "TA9001"}]},
{"type": "x-mitre-matrix", "id": "m1", "name": "Enterprise ATT&CK", "tactic_refs": ["t1"], "external_references": [{"source_name": "mitre-attack", "external_id": "enterprise-attack"}]},
{"type": "attack-pattern", "id": "a1", "name": "Cloak", "revoked": true, "external_references": [{"source_name": "mitre-attack", "external_id": "T9001"}], "kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": "stealth"}]},
{"type": "attack-pattern", "id": "a3", "name": "Veil", "external_references": [{"source_name": "mitre-attack", "external_id": "T9003"}], "kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": "stealth"}]},
{"type": "attack-pattern", "id": "a2", "name": "Split", "x_mitre_deprecated": true, "external_references": [{"source_name": "mitre-attack", "external_id": "T9002"}]},
{"type": "relationship", "id": "r1", "relationship_type": "revoked-by", "source_ref": "a1", "target_ref": "a3"}]}`
	mobile = `{"version": "42.0", "domain": "mobile-attack", "released": "2031-01-02",
"tactics": [{"id": "TA9101", "name": "Hiding", "shortname": "hiding", "order": 1, "matrix": "Mobile ATT&CK"}],
"techniques": [{"id": "T9101", "name": "Pocket", "tactics": ["hiding"]}]}`
	history = `{"versions": ["41.0"], "tactics": [{"id": "TA9001", "first_version": "41.0", "names": [["41.0", "Hiding"]]}],
"techniques": [{"id": "T9001", "first_version": "41.0", "status": [["41.0", "live"]], "names": [["41.0", "Cloak"]], "tactics": [["41.0", ["hiding"]]]}]}`
	redirects = `{"redirects": [{"from": "T9002", "candidates_42.0": ["T9003"]}, {"from": "T9001", "to_42.0": "T9003"}]}`
	atlas     = `version: 9.1.0
matrices:
- id: ATLAS
  name: ATLAS Matrix
  tactics:
  - {id: AML.TA9001, name: Model Theft}
  - id: AML.TA9000
    name: First Look
  techniques:
  - id: AML.T9000
    name: 'It''s a Trick'
    description: >-
      prose that is
      left out
    tactics: [AML.TA9000, AML.TA9001]
  - id: AML.T9000.000
    name: Part
    subtechnique-of: AML.T9000
`
)

func TestGenerate(t *testing.T) {
	fsys := fstest.MapFS{}
	for name, text := range map[string]string{"enterprise-attack-41.0.json": stix20, "enterprise-42.0.json": stix21,
		"mobile-42.0.json": mobile, "enterprise-history.json": history, "redirects.json": redirects, "ATLAS.yaml": atlas,
		"README.md": "not read"} {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	tables, err := generate(fsys)
	if err != nil {
		t.Fatal(err)
	}
	sums := string(tables["SHA256SUMS"])
	delete(tables, "SHA256SUMS")
	got := map[string]string{}
	for name, b := range tables {
		got[name] = string(b)
		if !strings.Contains(sums, "  "+name+"\n") {
			t.Errorf("SHA256SUMS lacks %s", name)
		}
	}
	if n := strings.Count(sums, "# source "); n != 6 {
		t.Errorf("SHA256SUMS lists %d sources, want 6", n)
	}
	want := map[string]string{
		"attack-41.0.txt": "mitre catalog 1\nframework\tMITRE ATT&CK\nversion\t41.0\nreleased\t\ndomain\tenterprise-attack\n" +
			"matrix\tEnterprise ATT&CK\nTA9001\thiding\tHiding\nT9001\ta\tCloak\nT9002\t\tSplit\tdeprecated \n",
		"attack-42.0.txt": "mitre catalog 1\nframework\tMITRE ATT&CK\nversion\t42.0\nreleased\t2031-01-02\ndomain\tenterprise-attack\n" +
			"matrix\tEnterprise ATT&CK\nTA9001\tstealth\tStealth\nT9001\ta\tCloak\trevoked T9003\nT9002\t\tSplit\tdeprecated T9003\n" +
			"T9003\ta\tVeil\ndomain\tmobile-attack\nmatrix\tMobile ATT&CK\nTA9101\thiding\tHiding\nT9101\ta\tPocket\n",
		"atlas-9.1.0.txt": "mitre catalog 1\nframework\tMITRE ATLAS\nversion\t9.1.0\nreleased\t\ndomain\tatlas\nmatrix\tATLAS Matrix\n" +
			"AML.TA9001\tmodel-theft\tModel Theft\nAML.TA9000\tfirst-look\tFirst Look\nAML.T9000\tab\tIt's a Trick\nAML.T9000.000\tab\tPart\n",
		"releases.txt": "mitre history 1\nreleases\t41.0\t42.0\nT9001\t41.0\t42.0 revoked T9003\nT9002\t41.0\nT9003\t42.0\n" +
			"TA9001\t41.0\t41.0 name Hiding\t42.0 name Stealth\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tables (-want +got):\n%s", diff)
	}
}

func TestGenerateErrors(t *testing.T) {
	for _, tt := range []struct{ name, file, text, want string }{
		{"version", "enterprise-41.0.json", stix21, "enterprise-41.0.json: the file states version 42.0"},
		{"no successor", "enterprise-42.0.json", strings.Replace(stix21, "revoked-by", "related-to", 1),
			`ATT&CK 42.0: technique T9001 is revoked by "", which is not there`},
		{"yaml", "atlas.yaml", "version: [", "atlas.yaml: yaml: line 1: did not find expected node content"},
		{"not ATLAS", "atlas.yaml", "version: 1", `atlas.yaml: no "version" or no "matrices": not an ATLAS.yaml`},
		{"parent", "atlas.yaml", strings.Replace(atlas, "subtechnique-of: AML.T9000", "subtechnique-of: AML.T9999", 1),
			`atlas.yaml: AML.T9000.000 is a sub-technique of "AML.T9999", which is not there`},
		{"history", "enterprise-history.json", `{"techniques": [{"id": "T1", "names": [[1, "a"], [2, "b"]]}]}`, "enterprise-history.json: T1: "},
	} {
		_, err := generate(fstest.MapFS{tt.file: &fstest.MapFile{Data: []byte(tt.text)}})
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
	}
}

// Generating from the facts gives the committed tables, byte for byte.
func TestTablesAreCurrent(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	dir := filepath.Join(root, "..", "shared", "data", "attack")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no facts")
	}
	tables, err := generate(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range tables {
		got, err := os.ReadFile(filepath.Join(root, "mitre", "data", name))
		if err != nil {
			t.Error(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("mitre/data/%s is not what the generator writes: run go generate ./mitre", name)
		}
	}
}

// TestNoFacts: where the facts are not, as in a plain clone, the tables stay and the error is a sentence.
func TestNoFacts(t *testing.T) {
	out := t.TempDir()
	kept := filepath.Join(out, "SHA256SUMS")
	if err := os.WriteFile(kept, []byte("kept\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	err := run(filepath.Join(out, "none"), out)
	if err == nil || !strings.Contains(err.Error(), "the tables are left as they are") {
		t.Errorf("error %v", err)
	}
	if b, err := os.ReadFile(kept); err != nil || string(b) != "kept\n" {
		t.Errorf("%s is %q now, %v", kept, b, err)
	}
}
