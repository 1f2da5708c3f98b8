package eval

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// each collects what a run that spills hands over.
func each(t *testing.T, r *Run) []Result {
	t.Helper()
	out := []Result{}
	if err := r.Each(func(x Result) error { out = append(out, x); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestSpillSequences: a run that puts every result and every waiting event on disk finds what one in memory does.
func TestSpillSequences(t *testing.T) {
	found := 0
	for i := range 300 {
		g := &gen{rand.New(rand.NewPCG(12, uint64(i))), false, Options{}}
		p, _, docs := g.search(t)
		plain, ordered, sorting := p.NewRun(true), p.NewRun(true), p.NewRun(false)
		ordered.Spill(0)
		sorting.Spill(0)
		if err := errors.Join(feedAll(t, p, plain, docs), feedAll(t, p, ordered, docs)); err != nil {
			t.Fatal(err)
		}
		want := plain.Finish()
		found += len(want)
		if d := cmp.Diff(want, each(t, ordered)); d != "" {
			t.Fatalf("in order (-want +got):\n%s", d)
		}
		memory := p.NewRun(false)
		g.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
		if err := errors.Join(feedAll(t, p, memory, docs), feedAll(t, p, sorting, docs)); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(memory.Finish(), each(t, sorting)); d != "" {
			t.Fatalf("sorting (-want +got):\n%s", d)
		}
	}
	if found < 100 {
		t.Errorf("%d results prove little", found)
	}
}

// TestSpillEvents: order by time, tiebreaker and position, and limits that are too great for memory.
func TestSpillEvents(t *testing.T) {
	g := rand.New(rand.NewPCG(13, 13))
	ties := []string{`,"t":1`, `,"t":1.5`, `,"t":[3,2]`, `,"t":"x"`, ""}
	var docs []string
	for i := range 5000 {
		at := fmt.Sprintf(`"@timestamp":%d,`, g.IntN(500))
		if g.IntN(20) == 0 {
			at = ""
		}
		docs = append(docs, fmt.Sprintf(`{%s"n":%d%s}`, at, i, ties[g.IntN(len(ties))]))
	}
	for _, test := range []struct {
		query string
		size  int
		want  int
	}{
		{"any where true", -1, 5000},
		{"any where n > 1999 | head 2500 | tail 1200", -1, 1200},
		{"any where true | tail 4000 | head 3", -1, 3},
		{"any where true", 1500, 1500},
		{"any where true | head 3", -1, 3},
		{"any where false", -1, 0},
	} {
		opts := Options{TiebreakerField: "t"}
		if test.size >= 0 {
			opts.Size = &test.size
		}
		p, err := Compile(mustParse(t, test.query), nil, opts)
		if err != nil {
			t.Fatal(err)
		}
		want, got := p.NewRun(false), p.NewRun(false)
		got.Spill(10_000)
		if err := errors.Join(feedAll(t, p, want, docs), feedAll(t, p, got, docs)); err != nil {
			t.Fatal(err)
		}
		results := each(t, got)
		if d := cmp.Diff(want.Finish(), results); d != "" || len(results) != test.want {
			t.Errorf("%s: %d results, expected %d (-want +got):\n%.2000s", test.query, len(results), test.want, d)
		}
	}
}

// TestSpillSample: the results of a sample are kept in memory.
func TestSpillSample(t *testing.T) {
	p, err := Compile(mustParse(t, "sample by k [any where n == 1] [any where n == 2]"), nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	run := p.NewRun(false)
	run.Spill(0)
	if err := feedAll(t, p, run, []string{`{"k":"a","n":1}`, `{"k":"b","n":1}`, `{"k":"a","n":2}`}); err != nil {
		t.Fatal(err)
	}
	if got := each(t, run); len(got) != 1 || *got[0].Keys[0] != "a" {
		t.Errorf("got %v", got)
	}
}

// TestSpillFails: a disk that takes nothing is an error of Each, which names what was tried; so is an error of the one who takes results.
func TestSpillFails(t *testing.T) {
	p, err := Compile(mustParse(t, "any where true"), nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	docs := slices.Repeat([]string{`{"@timestamp":1}`}, 3)
	stop := errors.New("stop")
	run := p.NewRun(false)
	run.Spill(0)
	if err := feedAll(t, p, run, docs); err != nil {
		t.Fatal(err)
	}
	if err := run.Each(func(Result) error { return stop }); err != stop {
		t.Errorf("got %v, want %v", err, stop)
	}
	t.Setenv("TMPDIR", "/nowhere")
	run = p.NewRun(false)
	run.Spill(0)
	if err := feedAll(t, p, run, docs); err != nil {
		t.Fatal(err)
	}
	if err := run.Each(func(Result) error { return nil }); err == nil || !strings.Contains(err.Error(), "cannot be kept in the folder of temporary files") {
		t.Errorf("got %v", err)
	}
}
