package blob

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// randomTables makes tables over a small alphabet, so that names share prefixes of every length.
func randomTables(rng *rand.Rand) []Table {
	var tables []Table
	for i := range 1 + rng.IntN(4) {
		t := Table{Name: fmt.Sprintf("t%d", i), Version: fmt.Sprint(rng.IntN(3))}
		for range rng.IntN(80) {
			name := make([]byte, 1+rng.IntN(7))
			for j := range name {
				name[j] = "ab."[rng.IntN(3)]
			}
			t.Rows = append(t.Rows, Row{string(name), []string{"keyword", "long"}[rng.IntN(2)], []string{"", "m"}[rng.IntN(2)]})
		}
		tables = append(tables, t)
	}
	return tables
}

func TestRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		tables := randomTables(rng)
		data, err := Encode(tables, []Text{{"x", "one\n"}, {"y", ""}, {"z", "\n\n"}}, []string{"extra.name"})
		if err != nil {
			t.Fatal(err)
		}
		r, err := Open(string(data))
		if err != nil {
			t.Fatal(err)
		}
		if r.Text("x") != "one\n" || r.Text("y") != "" || r.Text("z") != "\n\n" {
			t.Fatalf("texts: %q", r.texts)
		}
		names := r.Names()
		for i, info := range r.Tables() {
			var got []Row
			entries, err := r.Decode(i)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				typ, flags := r.Attr(e.Attr)
				got = append(got, Row{names[e.Name], typ, flags})
				if r.Find(names[e.Name]) != e.Name || r.Name(e.Name) != names[e.Name] {
					t.Fatalf("find %q = %d, want %d", names[e.Name], r.Find(names[e.Name]), e.Name)
				}
			}
			want := slices.Clone(tables[i].Rows)
			order := func(a, b Row) int {
				return slices.Compare([]string{a.Field, a.Type, a.Flags}, []string{b.Field, b.Type, b.Flags})
			}
			slices.SortFunc(want, order)
			slices.SortFunc(got, order)
			if diff := cmp.Diff(slices.Compact(want), got); diff != "" {
				t.Fatalf("table %s (-want +got):\n%s", info.Name, diff)
			}
		}
		for range 100 {
			name := strings.Repeat("a", rng.IntN(4)) + strings.Repeat(".b", rng.IntN(3))
			if got, want := r.Find(name) != NoName, slices.Contains(names, name); got != want {
				t.Fatalf("find %q = %v, want %v in %q", name, got, want, names)
			}
			if from, want := min(int(r.From(name)), len(names)), sort.SearchStrings(names, name); from != want {
				t.Fatalf("from %q = %d, want %d in %q", name, from, want, names)
			}
		}
	}
}

func FuzzOpen(f *testing.F) {
	data, _ := Encode(randomTables(rand.New(rand.NewPCG(1, 2))), []Text{{"x", "y"}}, nil)
	f.Add(string(data))
	f.Add("RVF1\x01\x04\x00\x00\x00\x00a\x00\x00\x00\x00")
	f.Fuzz(func(t *testing.T, data string) {
		r, err := Open(data)
		if err != nil {
			return
		}
		for i := range r.Tables() {
			_, _ = r.Decode(i)
		}
		r.Find("process.name")
		r.From("process.")
		r.Names()
	})
}
