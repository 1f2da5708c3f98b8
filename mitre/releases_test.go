package mitre

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The tables are what the generator wrote: an edit by hand, or a table that was not generated anew, fails here.
func TestChecksums(t *testing.T) {
	sums, err := os.ReadFile("data/SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for line := range strings.Lines(string(sums)) {
		want, name, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		listed[name] = true
		table, err := data.ReadFile("data/" + name)
		if err != nil {
			t.Error(err)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(table)); got != want {
			t.Errorf("data/%s has SHA-256 %s, SHA256SUMS says %s: run go generate", name, got, want)
		}
	}
	provenance, err := os.ReadFile("data/PROVENANCE")
	if err != nil {
		t.Fatal(err)
	}
	tables, err := fs.Glob(data, "data/*-*.*.txt")
	if err != nil || len(tables) != len(Versions(ATTACK))+len(Versions(ATLAS)) {
		t.Errorf("tables %v, error %v", tables, err)
	}
	for _, path := range append(tables, "data/releases.txt") {
		name := strings.TrimPrefix(path, "data/")
		if !listed[name] || !strings.Contains(string(provenance), name) {
			t.Errorf("%s is not listed in both SHA256SUMS and PROVENANCE", name)
		}
	}
}

func TestReleases(t *testing.T) {
	h := Releases()
	if n := len(h.Releases); n != 40 || h.Releases[0] != "1.0" || h.Releases[n-1] != "19.1" {
		t.Errorf("%d releases: %v", n, h.Releases)
	}
	names := []Period{
		{ID: "TA0005", Value: "Defense Evasion", Since: "3.0", Until: "18.1"},
		{ID: "TA0005", Value: "Stealth", Since: "19.0"},
	}
	if diff := cmp.Diff(names, h.Names("TA0005")); diff != "" {
		t.Errorf("names of TA0005 (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(names[:1], h.Called("Defense Evasion")); diff != "" {
		t.Errorf("called Defense Evasion (-want +got):\n%s", diff)
	}
	if got := h.First("T1685"); got != "19.0" {
		t.Errorf("T1685 first in %q, want 19.0", got)
	}
	if got := h.Retired("T1547.011"); got != "11.0" {
		t.Errorf("T1547.011 retired in %q, want 11.0", got)
	}
	if got := h.First("T9999") + h.Retired("T9999") + h.Retired("T1685"); got != "" {
		t.Errorf("unknown and live entries: %q, want nothing", got)
	}
	sets := []Period{
		{ID: "T1574.006", Value: "defense-evasion,persistence,privilege-escalation", Since: "7.0", Until: "18.1"},
		{ID: "T1574.006", Value: "execution,stealth", Since: "19.0"},
	}
	if diff := cmp.Diff(sets, h.TacticSets("T1574.006")); diff != "" {
		t.Errorf("tactics of T1574.006 (-want +got):\n%s", diff)
	}
}

// The history and the catalogs tell the same of every Enterprise entry: last name, last tactics, state, and whether the
// id is there at all.
func TestReleasesAgreeWithCatalogs(t *testing.T) {
	h := Releases()
	for _, v := range Versions(ATTACK) {
		c := load(t, ATTACK, v)
		at := func(release string) bool { return compareReleases(h, release, v) <= 0 }
		for _, x := range c.Techniques() {
			if x.Domain != Enterprise {
				continue
			}
			if first := h.First(x.ID); first == "" || !at(first) {
				t.Errorf("%s %s: first release %q", v, x.ID, first)
			}
			if retired := h.Retired(x.ID); (retired != "" && at(retired)) != (x.Status != Live) {
				t.Errorf("%s %s is %s, but retired in %q", v, x.ID, x.Status, retired)
			}
			for _, s := range h.Names(x.ID) {
				if at(s.Since) && (s.Until == "" || !at(next(h, s.Until))) && s.Value != x.Name {
					t.Errorf("%s %s is named %q, in the history %q", v, x.ID, x.Name, s.Value)
				}
			}
			for _, s := range h.TacticSets(x.ID) {
				if at(s.Since) && (s.Until == "" || !at(next(h, s.Until))) && s.Value != tacticList(x) {
					t.Errorf("%s %s is in %q, in the history %q", v, x.ID, tacticList(x), s.Value)
				}
			}
		}
	}
}

func compareReleases(h *History, a, b string) int { return indexOf(h, a) - indexOf(h, b) }

func indexOf(h *History, release string) int {
	for i, r := range h.Releases {
		if r == release {
			return i
		}
	}
	return -1
}

func next(h *History, release string) string { return h.Releases[indexOf(h, release)+1] }

// Extending the history up to 18.1 by the catalog of 19.1 gives what the full history says of 19.
func TestExtend(t *testing.T) {
	old, recent := load(t, ATTACK, "18.1"), load(t, ATTACK, "19.1")
	full := Releases()
	text, err := full.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	cut, err := decodeHistory(string(text))
	if err != nil {
		t.Fatal(err)
	}
	cut.Releases = cut.Releases[:indexOf(full, "19.0")]
	cut.entries = nil
	cut.Extend(old, recent)
	for _, id := range []string{"TA0005", "T1211", "T1574.006", "T1562.004", "T1685"} {
		var want, got []string
		for _, s := range append(full.Names(id), full.TacticSets(id)...) {
			want = append(want, s.Value)
		}
		for _, s := range append(cut.Names(id), cut.TacticSets(id)...) {
			got = append(got, s.Value)
		}
		if len(want) > len(got) {
			want = want[len(want)-len(got):] // names before 18.1
		}
		if diff := cmp.Diff(want, got); diff != "" || (cut.Retired(id) != "") != (full.Retired(id) != "") {
			t.Errorf("%s (-want +got), retired %q:\n%s", id, cut.Retired(id), diff)
		}
	}
	before, _ := cut.MarshalText()
	cut.Extend(old, recent)
	if after, _ := cut.MarshalText(); !bytes.Equal(before, after) {
		t.Error("extending by a known release changes the history")
	}
}

func BenchmarkDecode(b *testing.B) {
	text, err := data.ReadFile("data/attack-19.1.txt")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		var c Catalog
		if err := c.UnmarshalText(text); err != nil {
			b.Fatal(err)
		}
	}
}
