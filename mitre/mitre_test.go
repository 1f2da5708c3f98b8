package mitre

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// counts are tactics, tactics in use, live techniques, live sub-techniques, revoked, deprecated.
type counts struct{ Tactics, Live, Techniques, Subs, Revoked, Deprecated int }

func count(c *Catalog, domain string) (n counts) {
	for _, t := range c.Tactics() {
		if t.Domain == domain {
			n.Tactics++
			if !t.Deprecated {
				n.Live++
			}
		}
	}
	for _, t := range c.Techniques() {
		switch {
		case t.Domain != domain:
		case t.Status == Revoked:
			n.Revoked++
		case t.Status == Deprecated:
			n.Deprecated++
		case t.Parent() != "":
			n.Subs++
		default:
			n.Techniques++
		}
	}
	return n
}

func load(t *testing.T, fw Framework, version string) *Catalog {
	t.Helper()
	c, err := Load(fw, version)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The numbers are those of MITRE's release notes and of the facts that the tables were made from.
func TestCounts(t *testing.T) {
	for _, tt := range []struct {
		fw              Framework
		version, domain string
		want            counts
	}{
		{ATTACK, "18.1", Enterprise, counts{14, 14, 216, 475, 132, 12}},
		{ATTACK, "18.1", Mobile, counts{14, 12, 77, 47, 53, 13}},
		{ATTACK, "18.1", ICS, counts{12, 12, 83, 0, 0, 12}},
		{ATTACK, "18.1", PreATTACK, counts{15, 0, 0, 0, 0, 174}},
		{ATTACK, "19.1", Enterprise, counts{15, 15, 222, 475, 149, 12}},
		{ATTACK, "19.1", Mobile, counts{14, 12, 77, 47, 53, 13}},
		{ATTACK, "19.1", ICS, counts{12, 12, 79, 18, 9, 12}},
		{ATLAS, "5.1.0", ATLASDomain, counts{16, 16, 84, 56, 0, 0}},
		{ATLAS, "5.6.0", ATLASDomain, counts{16, 16, 101, 69, 0, 0}},
	} {
		if diff := cmp.Diff(tt.want, count(load(t, tt.fw, tt.version), tt.domain)); diff != "" {
			t.Errorf("%s %s %s (-want +got):\n%s", tt.fw, tt.version, tt.domain, diff)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	for _, fw := range []Framework{ATTACK, ATLAS} {
		for _, v := range Versions(fw) {
			c := load(t, fw, v)
			text, err := c.MarshalText()
			if err != nil {
				t.Fatal(err)
			}
			file := map[Framework]string{ATTACK: "attack-", ATLAS: "atlas-"}[fw] + v + ".txt"
			want, err := data.ReadFile("data/" + file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(want, text) {
				t.Errorf("%s is written differently than read", file)
			}
		}
	}
}

func TestReplacement(t *testing.T) {
	for _, tt := range []struct {
		version, id, live string
		path              []string
		candidates        int
	}{
		{"18.1", "T1150", "T1647", []string{"T1547.011", "T1647"}, 0},
		{"18.1", "T1562.001", "T1562.001", nil, 0},
		{"19.1", "T1562.004", "T1686", []string{"T1686"}, 0},
		{"18.1", "T1034", "", nil, 3},
		{"18.1", "T1454", "", nil, 0},
		{"18.1", "T9999", "", nil, 0},
	} {
		r := load(t, ATTACK, tt.version).Replacement(tt.id)
		live := ""
		if r.Live != nil {
			live = r.Live.ID
		}
		if live != tt.live || len(r.Candidates) != tt.candidates || !cmp.Equal(r.Path, tt.path) {
			t.Errorf("%s in %s: %s via %v, %d candidates", tt.id, tt.version, live, r.Path, len(r.Candidates))
		}
	}
}

func TestTactics(t *testing.T) {
	old, recent := load(t, ATTACK, "18"), load(t, ATTACK, "v19")
	if got := old.Tactic("TA0005").Name; got != "Defense Evasion" {
		t.Errorf("TA0005 of 18.1 is %q", got)
	}
	if got := recent.Tactic("TA0005").Name; got != "Stealth" {
		t.Errorf("TA0005 of 19.1 is %q", got)
	}
	if !recent.Technique("T1685").In("TA0112") || recent.Technique("T1685").In("TA0005") {
		t.Error("T1685 is not in Defense Impairment alone")
	}
	if got := len(old.TacticsNamed("Execution")); got != 3 {
		t.Errorf("%d tactics are named Execution", got)
	}
	if got := len(old.Subtechniques("T1059")); got != 13 {
		t.Errorf("T1059 of 18.1 has %d sub-techniques", got)
	}
}

func TestOldNames(t *testing.T) {
	want := []OldName{{"Exploitation for Defense Evasion", "18.1"}}
	if diff := cmp.Diff(want, OldNames("T1211")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := OldNames("T1059"); len(got) != 1 || got[0].Name != "Command-Line Interface" {
		t.Errorf("T1059: %v", got)
	}
}

func TestLoadUnknown(t *testing.T) {
	for _, v := range []string{"", "1", "18.0", "20", "5.1.0", "v"} {
		if c, err := Load(ATTACK, v); err == nil {
			t.Errorf("version %q gives %s", v, c.Version)
		}
	}
}

func TestURL(t *testing.T) {
	for id, want := range map[string]string{
		"TA0002":         "https://attack.mitre.org/tactics/TA0002/",
		"T1059":          "https://attack.mitre.org/techniques/T1059/",
		"T1059.001":      "https://attack.mitre.org/techniques/T1059/001/",
		"AML.TA0002":     "https://atlas.mitre.org/tactics/AML.TA0002/",
		"AML.T0000.000":  "https://atlas.mitre.org/techniques/AML.T0000.000/",
		"AML.T0000":      "https://atlas.mitre.org/techniques/AML.T0000/",
		"X1059":          "",
		"T1059.":         "",
		"T1059.001.":     "",
		"T1059.001.0001": "",
	} {
		if got := URL(id); got != want {
			t.Errorf("URL(%q) = %q", id, got)
		}
		if want == "" {
			continue
		}
		if _, _, got, ok := ParseURL(want); !ok || got != id {
			t.Errorf("ParseURL(%q) = %q, %v", want, got, ok)
		}
	}
	for _, ref := range []string{"", "https://attack.mitre.org/techniques/T1059.001/", "https://attack.mitre.org/techniques/TA0002/",
		"https://attack.mitre.org/techniques/T1059//", "https://atlas.mitre.org/techniques/T1059/", "http://attack.mitre.org/techniques/T1059/"} {
		if _, _, id, ok := ParseURL(ref); ok {
			t.Errorf("ParseURL(%q) = %q", ref, id)
		}
	}
}

func FuzzUnmarshalText(f *testing.F) {
	text, err := data.ReadFile("data/atlas-5.1.0.txt")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text[:400])
	f.Add([]byte(tableHeader + "\nframework\tMITRE ATLAS\nT1\ta\tName\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var c Catalog
		if c.UnmarshalText(text) == nil {
			if _, err := c.MarshalText(); err != nil {
				t.Skip(err) // too many tactics for letters
			}
		}
	})
}
