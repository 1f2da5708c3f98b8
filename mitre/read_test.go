package mitre

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A small bundle of our own in MITRE's STIX form.
const stix = `{"type": "bundle", "id": "bundle--1", "objects": [
{"type": "x-mitre-collection", "id": "c--1", "name": "Enterprise ATT&CK", "x_mitre_version": "42.1", "modified": "2031-02-03T04:05:06.000Z"},
{"type": "x-mitre-matrix", "id": "m--1", "name": "Enterprise ATT&CK", "tactic_refs": ["t--2", "t--1"],
 "external_references": [{"source_name": "mitre-attack", "external_id": "enterprise-attack"}]},
{"type": "x-mitre-tactic", "id": "t--1", "name": "Second Things", "x_mitre_shortname": "second-things",
 "external_references": [{"source_name": "mitre-attack", "external_id": "TA9002", "url": "https://attack.mitre.org/tactics/TA9002"}]},
{"type": "x-mitre-tactic", "id": "t--2", "name": "First Things", "x_mitre_shortname": "first-things",
 "external_references": [{"source_name": "mitre-attack", "external_id": "TA9001"}]},
{"type": "attack-pattern", "id": "a--1", "name": "Old Trick", "revoked": true,
 "external_references": [{"source_name": "other", "external_id": "X1"}, {"source_name": "mitre-attack", "external_id": "T9001"}],
 "kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": "gone"}]},
{"type": "attack-pattern", "id": "a--2", "name": "New Trick", "x_mitre_is_subtechnique": false,
 "external_references": [{"source_name": "mitre-attack", "external_id": "T9002"}],
 "kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": "second-things"}, {"kill_chain_name": "mitre-attack", "phase_name": "first-things"}]},
{"type": "attack-pattern", "id": "a--3", "name": "Part", "x_mitre_deprecated": true, "x_mitre_domains": ["enterprise-attack"],
 "external_references": [{"source_name": "mitre-attack", "external_id": "T9002.001"}]},
{"type": "intrusion-set", "id": "i--1", "name": "ignored", "x_mitre_domains": ["enterprise-attack"]},
{"type": "relationship", "id": "r--1", "relationship_type": "revoked-by", "source_ref": "a--1", "target_ref": "a--2"}
]}`

const wantTable = `mitre catalog 1
framework	MITRE ATT&CK
version	42.1
released	2031-02-03
domain	enterprise-attack
matrix	Enterprise ATT&CK
TA9001	first-things	First Things
TA9002	second-things	Second Things
T9001		Old Trick	revoked T9002
T9002	ab	New Trick
T9002.001		Part	deprecated ` + `
`

func TestReadSTIX(t *testing.T) {
	for name, in := range map[string]string{
		"STIX": stix,
		"reduced": `{"version": "42.1", "domain": "enterprise-attack", "released": "2031-02-03", "tactics": [
			{"id": "TA9002", "name": "Second Things", "shortname": "second-things", "order": 2, "matrix": "Enterprise ATT&CK"},
			{"id": "TA9001", "name": "First Things", "order": 1, "matrix": "Enterprise ATT&CK"}], "techniques": [
			{"id": "T9002.001", "name": "Part", "tactics": [], "deprecated": true},
			{"id": "T9002", "name": "New Trick", "tactics": ["second-things", "TA9001"]},
			{"id": "T9001", "name": "Old Trick", "tactics": ["gone"], "revoked": true, "revoked_by": "T9002"}]}`,
		"table": wantTable,
	} {
		c, err := Read(strings.NewReader(in))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := c.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(wantTable, string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A domain that the file lacks is taken from others, one that it has is not.
func TestWithDomainsOf(t *testing.T) {
	c, err := Read(strings.NewReader(stix))
	if err != nil {
		t.Fatal(err)
	}
	all := c.WithDomainsOf(load(t, ATLAS, "5.1.0"), load(t, ATTACK, "19.1"))
	for id, want := range map[string]bool{"T9002": true, "T1059": false, "T1398": true, "T1691.001": true, "AML.T0051": false} {
		if got := all.Technique(id) != nil; got != want {
			t.Errorf("%s there: %v, want %v", id, got, want)
		}
	}
	if c.Technique("T1398") != nil {
		t.Error("the original changed")
	}
	if all.Version != "42.1" || all.Tactics()[0].ID != "TA9001" {
		t.Errorf("version %s, first tactic %s", all.Version, all.Tactics()[0].ID)
	}
}

func TestReadErrors(t *testing.T) {
	long := strings.Repeat(`{"type":"x-mitre-tactic"},`, 3)
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "", "line 1, column 1: unexpected end of JSON input"},
		{"no JSON", "T1059\n", "line 1, column 1: invalid character 'T' looking for beginning of value"},
		{"syntax", "{\n \"objects\": [}\n", "line 2, column 14: invalid character '}' looking for beginning of value"},
		{"type", "{\"objects\": [{\n\"type\": 7}]}", "line 2, column 9: objects.type: got a JSON number, want a string"},
		{"number", `{"version": 9, "tactics": []}`, "line 1, column 13: version: got a JSON number, want a string"},
		{"other JSON", `{"a": 1}`, `neither a STIX bundle (no "objects") nor a reduced catalog (no "tactics" and "techniques")`},
		{"array", `[]`, "line 1, column 1: got a JSON array, want an object"},
		{"no techniques", `{"objects": [` + strings.TrimSuffix(long, ",") + `]}`, `tactic "" () has no ATT&CK id`},
		{"empty bundle", `{"objects": []}`, `the STIX bundle has no "attack-pattern" objects`},
		{"no tactics", `{"objects": [{"type": "attack-pattern", "name": "A", "revoked": true,
			"external_references": [{"source_name": "mitre-attack", "external_id": "T1"}]}]}`, "the file has 0 tactics and 1 techniques"},
		{"bad id", strings.Replace(stix, `"T9002"`, `"9002"`, 1), `"9002" is no id of a technique in MITRE ATT&CK`},
		{"bad name", strings.Replace(stix, `"New Trick"`, `"New\tTrick"`, 1), `T9002: "New\tTrick" is no name`},
		{"twice", strings.Replace(stix, `"T9002.001"`, `"T9002"`, 1), "technique T9002 occurs twice"},
		{"tactic", strings.Replace(stix, `"phase_name": "second-things"`, `"phase_name": "nothing"`, 1),
			`technique T9002: domain "enterprise-attack" has no tactic "nothing"`},
		{"framework", `{"framework": "X", "tactics": [], "techniques": []}`, `unknown framework "X"`},
		{"domain", `{"tactics": [], "techniques": []}`, `no "domain", want one such as "enterprise-attack"`},
		{"depth", strings.Repeat("[", 100_000), "exceeded max depth"},
		{"table", tableHeader + "\nframework\tX\n", `line 2: unknown framework "X"`},
	} {
		_, err := Read(strings.NewReader(tt.in))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
	}
}

// A cycle of successors ends.
func TestReplacementCycle(t *testing.T) {
	in := wantTable[:strings.Index(wantTable, "T9001\t")] + "T9001\ta\tA\trevoked T9002\nT9002\ta\tB\trevoked T9001\n"
	c, err := Read(strings.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	if r := c.Replacement("T9001"); r.Live != nil || len(r.Path) != 2 {
		t.Errorf("replacement %v, want no live one after two steps", r)
	}
}

// The embedded tables are those of the facts, read by Read.
func TestReadFacts(t *testing.T) {
	dir := filepath.Join("..", "..", "shared", "data", "attack")
	files, _ := filepath.Glob(filepath.Join(dir, "*-*.1.json"))
	if len(files) == 0 {
		t.Skip("no facts")
	}
	for _, path := range files {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if strings.Contains(path, "changes") {
			continue
		}
		c, err := Read(f)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(path), err)
			continue
		}
		embedded := load(t, ATTACK, c.Version)
		for _, x := range c.Techniques() {
			y := embedded.Technique(x.ID)
			if y == nil || x.Name != y.Name || x.Status != y.Status || x.RevokedBy != y.RevokedBy || tacticList(x) != tacticList(y) {
				t.Errorf("%s %s: embedded %+v, file %+v", c.Version, x.ID, y, x)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(stix))
	f.Add([]byte(wantTable))
	f.Add([]byte(`{"framework": "MITRE ATLAS", "version": "1", "matrix": "M", "tactics": [{"id": "AML.TA0000", "name": "A"}],
		"techniques": [{"id": "AML.T0000.000", "name": "B", "tactics": ["AML.TA0000"]}]}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > 1<<16 {
			return
		}
		c, err := Read(strings.NewReader(string(in)))
		if err != nil {
			if err.Error() == "" || strings.ContainsAny(err.Error(), "\n") {
				t.Errorf("error is no line: %q", err)
			}
			return
		}
		for _, x := range c.Techniques() {
			if c.Technique(x.ID) != x {
				t.Errorf("%s is not found", x.ID)
			}
			c.Replacement(x.ID)
		}
		c.WithDomainsOf(c)
	})
}

func FuzzHistory(f *testing.F) {
	f.Add([]byte(`{"versions": ["1.0", "2.0"], "techniques": [{"id": "T1", "first_version": "1.0", "names": [["1.0", "A"], ["2.0", "B"]],
		"tactics": [["1.0", ["x"]], ["2.0", ["y"]]], "status": [["2.0", "deprecated"]]}]}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > 1<<16 {
			return
		}
		h, err := ReadHistory(strings.NewReader(string(in)))
		if err != nil {
			return
		}
		for _, e := range h.entries {
			h.Names(e.id)
			h.TacticSets(e.id)
		}
	})
}
