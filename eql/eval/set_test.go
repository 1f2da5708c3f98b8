package eval

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/search"
)

// outcome is what a program said about a stream: its results and errors, as text. Those of event queries and of sequences
// come in order of time from a single program and as they are found from a set, so they are sorted.
func outcome(results []Result, errs []string) []string {
	out := []string{}
	for _, r := range results {
		out = append(out, resultText(r))
	}
	out = append(out, errs...)
	slices.Sort(out)
	return out
}

func resultText(r Result) string {
	var b strings.Builder
	for _, k := range r.Keys {
		if k == nil {
			b.WriteString("null ")
		} else {
			fmt.Fprintf(&b, "%q ", *k)
		}
	}
	for _, e := range r.Events {
		if e == nil {
			b.WriteString("- ")
		} else {
			fmt.Fprintf(&b, "%d:%s ", e.Index, e.Source)
		}
	}
	return b.String()
}

// singly runs each program alone.
func singly(t testing.TB, programs []*Program, docs []string, ordered bool) [][]string {
	t.Helper()
	var out [][]string
	for _, p := range programs {
		dec, rec, run := event.NewDecoder(p.Layout()), new(event.Record), p.NewRun(ordered && p.sequence)
		var errs []string
		for i, d := range docs {
			if err := dec.Decode([]byte(d), rec); err != nil {
				t.Fatal(err)
			}
			if err := run.Feed(rec, Ref{Index: i, Source: []byte(d)}); err != nil {
				errs = append(errs, err.Error())
			}
		}
		out = append(out, outcome(run.Finish(), errs))
	}
	return out
}

// together runs the programs as a set.
func together(t testing.TB, programs []*Program, docs []string, buffer int) [][]string {
	t.Helper()
	s, err := search.NewSet(programs)
	if err != nil {
		t.Fatal(err)
	}
	return searchSet(t, s, docs, buffer)
}

// search runs a set.
func searchSet(t testing.TB, s *search.Set, docs []string, buffer int) [][]string {
	t.Helper()
	texts, errs := make([][]string, s.Len()), make([][]string, s.Len())
	run := s.NewRun(search.SetOptions{
		Match:  func(p int, r Result) { texts[p] = append(texts[p], resultText(r)) },
		Fail:   func(p int, err error) { errs[p] = append(errs[p], err.Error()) },
		Buffer: buffer,
	})
	dec, rec := event.NewDecoder(s.Layout()), new(event.Record)
	var buf []byte
	for i, d := range docs {
		buf = append(buf[:0], d...)
		if err := dec.Decode(buf, rec); err != nil {
			t.Error(err)
			return nil
		}
		run.Feed(rec, Ref{Index: i, Source: buf}, nil)
	}
	run.Close()
	out := make([][]string, s.Len())
	for i := range out {
		out[i] = append(texts[i], errs[i]...)
		if out[i] == nil {
			out[i] = []string{}
		}
		slices.Sort(out[i])
	}
	return out
}

func compileAll(t testing.TB, queries []string, info func(i int, q *eql.Query) *eql.Info, opts Options) []*Program {
	t.Helper()
	opts.Layout = &event.Layout{}
	var out []*Program
	for i, text := range queries {
		q := mustParse(t, text)
		p, err := Compile(q, info(i, q), opts)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		out = append(out, p)
	}
	return out
}

func untyped(int, *eql.Query) *eql.Info { return nil }

// setLeaves are conditions that the generator of single programs lacks: patterns long enough for the index of grams,
// scripts that fail.
var setLeaves = []string{
	`k : "*abc*"`, `k : ("ab*", "*xyab", "*\u{212a}*k*")`, `k like "*temp*abab*"`, `k : "abab?*"`, `k : "*bab?abx*"`, `arr like~ ("*.EXE", "c:\\*")`,
	`endsWith~(k, "ABAB")`, `stringContains(arr, "abax")`, `startsWith~(k, "abab")`, `k regex "abab.*"`, `k regex~ ".*(x|y)ABAB.*"`, `k regex "(abab|xyab).+"`,
	`10 / n == 2`, `10 % n == 0`, `(10 / n == 2 or k : "ab*")`, `arr : "\u{c9}*"`, `k != null`, `not arr == null`, `k in~ ("ABAB", "\u{17f}xab", "k")`,
}

// longText makes values that contain the patterns of setLeaves now and then, in any case and with letters outside ASCII.
func (g *gen) longText() string {
	var b strings.Builder
	for range g.IntN(6) {
		b.WriteString(pick(g, "ab", "AB", "x", "y", "xy", "k", "\u212a", "\u017f", "s", "temp", "c:\\", ".exe", "\u00e9", "\xff", "a"))
	}
	return b.String()
}

func (g *gen) setCond(depth int) string {
	if depth == 0 || g.IntN(3) == 0 {
		if g.IntN(2) == 0 {
			return pick(g, setLeaves...)
		}
		return g.soundLeaf()
	}
	switch g.IntN(5) {
	case 0:
		return "not (" + g.setCond(depth-1) + ")"
	case 1, 2:
		return "(" + g.setCond(depth-1) + " or " + g.setCond(depth-1) + ")"
	}
	return "(" + g.setCond(depth-1) + " and " + g.setCond(depth-1) + ")"
}

// filter is a random "category where condition".
func (g *gen) filter() string {
	return pick(g, "any", "any", "process", "file") + " where " + g.setCond(3)
}

// query is an event query, or a sequence or sample whose key takes part in its conditions.
func (g *gen) query() string {
	switch g.IntN(8) {
	case 0, 1:
		return "sequence by k" + pick(g, "", " with maxspan=10ms") + " [" + g.filter() + "] [" + g.filter() + "]" + pick(g, "", " until ["+g.filter()+"]")
	case 2:
		return "sample by k [" + g.filter() + "] [" + g.filter() + "]"
	}
	return g.filter() + pick(g, "", "", "", "", "", " | head 3", " | tail 2")
}

// TestSetOfConditions compares sets of random queries, typed and not, over random events with the single programs.
func TestSetOfConditions(t *testing.T) {
	verdicts, failures := 0, 0
	for round := range *programs / 40 {
		g := &gen{rand.New(rand.NewPCG(*seed, 1<<41|uint64(round))), false, Options{}}
		want := compareSetOfConditions(t, g, 60, 40)
		if t.Failed() {
			t.Fatalf("round %d of seed %d", round, *seed)
		}
		for _, w := range want {
			verdicts += len(w)
			for _, line := range w {
				if strings.HasPrefix(line, "record") {
					failures++
				}
			}
		}
	}
	t.Logf("%d results and %d errors compared", verdicts, failures)
	if verdicts < 10_000 || failures < 100 {
		t.Errorf("the generator is lopsided: %d results, %d errors", verdicts, failures)
	}
}

// compareSetOfConditions tries a set of up to most conditions; it returns the results of each query.
func compareSetOfConditions(t *testing.T, g *gen, most, events int) (want [][]string) {
	t.Helper()
	var queries []string
	for range 1 + g.IntN(most) {
		g.mapped = len(queries)%2 == 0
		queries = append(queries, g.query())
	}
	set := compileAll(t, queries, func(i int, q *eql.Query) *eql.Info {
		if i%2 == 1 {
			return nil
		}
		info, _ := eql.Check(q, genFields)
		return info
	}, Options{})
	var docs []string
	for i := range events {
		d := g.doc()
		for range g.IntN(3) {
			d["k"] = append(d["k"], g.longText())
			d["arr"] = append(d["arr"], g.longText())
		}
		d["event.category"] = []any{pick(g, "process", "file", "network")}
		d["@timestamp"] = []any{int64(i)}
		docs = append(docs, strings.ReplaceAll(g.encode(d), `\ufffd`, "\xff"))
	}
	want = singly(t, set, docs, true)
	if diff := cmp.Diff(want, together(t, set, docs, 0)); diff != "" {
		t.Errorf("%s\n(-want +got):\n%s", strings.Join(queries, "\n"), diff)
	}
	return want
}

// TestSetOfSequences compares sets of random sequences and samples over random timelines with the single programs: in order
// of time, and shuffled with a buffer that holds everything.
func TestSetOfSequences(t *testing.T) {
	results := 0
	for round := range *programs / 20 {
		g := &gen{rand.New(rand.NewPCG(*seed, 1<<42|uint64(round))), false, Options{}}
		want := compareSetOfSequences(t, g, 20)
		if t.Failed() {
			t.Fatalf("round %d of seed %d", round, *seed)
		}
		for _, w := range want {
			results += len(w)
		}
	}
	t.Logf("%d results compared", results)
	if results < *programs/4 {
		t.Errorf("the generator is lopsided: %d results", results)
	}
}

// compareSetOfSequences tries a set of up to most sequences and samples; it returns the results of each query.
func compareSetOfSequences(t *testing.T, g *gen, most int) (want [][]string) {
	t.Helper()
	var queries []string
	for range 1 + g.IntN(most) {
		terms, by, maxspan, until := g.sequence()
		span := ""
		if maxspan > 0 {
			span = fmt.Sprint(maxspan, "ms")
		}
		query := letterQuery(strings.Join(terms, " "), by, span, until)
		query += pick(g, "", "", "", " | head 2", " | tail 2")
		if g.IntN(4) == 0 {
			query = `sample by k [any where s == "A"] [any where s == "B"] [any where s == "A"]`
		}
		queries = append(queries, query)
	}
	set := compileAll(t, queries, untyped, Options{})
	var docs []string
	for _, e := range g.timeline() {
		docs = append(docs, e.doc())
	}
	want = singly(t, set, docs, true)
	if diff := cmp.Diff(want, together(t, set, docs, 0)); diff != "" {
		t.Errorf("%s\n%s (-want +got):\n%s", strings.Join(queries, "\n"), strings.Join(docs, "\n"), diff)
	}
	g.Shuffle(len(docs), func(a, b int) { docs[a], docs[b] = docs[b], docs[a] })
	want = singly(t, set, docs, false)
	if diff := cmp.Diff(want, together(t, set, docs, 1<<20)); diff != "" {
		t.Errorf("shuffled: %s (-want +got):\n%s", strings.Join(queries, "\n"), diff)
	}
	return want
}

// TestSetBuffer lets a small buffer put events in order that are off by a few places, and report one that is further off.
func TestSetBuffer(t *testing.T) {
	set := compileAll(t, []string{`sequence [any where s == "A"] [any where s == "B"]`}, untyped, Options{})
	var docs []string
	for i := range 100 {
		docs = append(docs, fmt.Sprintf(`{"@timestamp":%d,"s":"%c"}`, i, 'A'+i%2))
	}
	want := singly(t, set, docs, true)
	for i := 0; i+3 < len(docs); i += 3 {
		docs[i], docs[i+2] = docs[i+2], docs[i]
	}
	got := together(t, set, docs, 10*400)
	if len(got[0]) != len(want[0]) {
		t.Errorf("%d of %d sequences: %v", len(got[0]), len(want[0]), got)
	}
	docs = append(docs, docs[0])
	got = together(t, set, docs, 10*400)
	if last := got[0][len(got[0])-1]; !strings.HasPrefix(last, "record 100 lies before record ") || !strings.Contains(last, "too late") {
		t.Errorf("got %q", last)
	}
}

// TestSetIsBounded feeds keys without end to programs that remember them: those of sequences and samples are given up, one that waits
// for missing events ends, one with a short maxspan forgets by itself.
func TestSetIsBounded(t *testing.T) {
	set := compileAll(t, []string{`sequence by k [any where s == "A"] [any where s == "B"]`, `sequence by k with maxspan=1s [any where s == "A"] [any where s == "B"]`,
		`sample by k [any where s == "A"] [any where s == "B"]`, `any where s == "A" | tail 3`, `sequence by k with maxspan=30d [any where s == "A"] ![any where s == "B"]`}, untyped, Options{})
	s, err := search.NewSet(set)
	if err != nil {
		t.Fatal(err)
	}
	ended, gaveUp := map[int]int{}, map[int]int{}
	results := 0
	run := s.NewRun(search.SetOptions{
		Match: func(p int, r Result) { results++ },
		Fail: func(p int, err error) {
			e, ok := err.(*search.LimitError)
			switch {
			case ok && e.Ended:
				ended[p]++
			case ok && e.Waited >= time.Second:
				gaveUp[p]++
			default:
				t.Fatalf("program %d: %v", p, err)
			}
		},
		MaxPending: 50_000,
	})
	rec := mustDecode(t, set[0], `{"@timestamp":0,"s":"A","k":0}`)
	names := s.Layout().Names()
	most := 0
	for i := range 200_000 {
		rec.Slots[slices.Index(names, "@timestamp")][0].Bits = base + uint64(i)*10
		rec.Slots[slices.Index(names, "k")][0].Bits = uint64(i)
		run.Feed(rec, Ref{Index: i}, nil)
		most = max(most, run.Pending())
	}
	rec.Slots[slices.Index(names, "s")][0].Text = "B" // completes the latest sequence without maxspan, and that with
	rec.Slots[slices.Index(names, "@timestamp")][0].Bits += 2000
	run.Feed(rec, Ref{Index: 200_000}, nil)
	run.Close()
	if gaveUp[0] == 0 || gaveUp[2] == 0 || len(gaveUp) != 2 || ended[4] != 1 || len(ended) != 1 {
		t.Errorf("gave up %v, ended %v", gaveUp, ended)
	}
	if results != 5 {
		t.Errorf("%d results; want three of tail, a sequence and a sample", results)
	}
	if most > 50_000+4<<14 {
		t.Errorf("%d pending", most)
	}
}

func TestSetSelection(t *testing.T) {
	var queries []string
	for range 70 {
		queries = append(queries, "any where true")
	}
	set := compileAll(t, queries, untyped, Options{})
	s, err := search.NewSet(set)
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	run := s.NewRun(search.SetOptions{Match: func(p int, _ Result) { got = append(got, p) }})
	run.Feed(mustDecode(t, set[0], `{}`), Ref{}, s.Select(func(p int) bool { return p == 3 || p == 66 }))
	run.Close()
	if diff := cmp.Diff([]int{3, 66}, got); diff != "" {
		t.Error(diff)
	}
	other, err := Compile(mustParse(t, "any where true"), nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := search.NewSet([]*Program{set[0], other}); err == nil {
		t.Error("programs of two layouts make a set")
	}
}

// TestSampleForgets compares the one sample of a key, for which a run keeps only the events it may need, with the first of
// several, for which it keeps all.
func TestSampleForgets(t *testing.T) {
	compared := 0
	for round := range 300 {
		g := &gen{rand.New(rand.NewPCG(*seed, 1<<43|uint64(round))), false, Options{}}
		query := "sample by k"
		for range 2 + g.IntN(3) {
			query += ` [any where s : ("` + pick(g, "A", "B", "C", "AB") + `", "` + pick(g, "A", "B", "U") + `")]`
		}
		var firsts [2][]string
		for i, most := range []int{1, 2} {
			p, err := Compile(mustParse(t, query), nil, Options{MaxSamplesPerKey: most})
			if err != nil {
				t.Fatal(err)
			}
			events := (&gen{rand.New(rand.NewPCG(*seed, uint64(round))), false, Options{}}).timeline()
			run, last := p.NewRun(false), ""
			for j, e := range events {
				if err := run.Feed(mustDecode(t, p, e.doc()), Ref{Index: j}); err != nil {
					t.Fatal(err)
				}
			}
			for _, r := range run.Finish() {
				if *r.Keys[0] != last {
					firsts[i] = append(firsts[i], resultText(r))
				}
				last = *r.Keys[0]
			}
			compared += len(firsts[i])
		}
		if diff := cmp.Diff(firsts[1], firsts[0]); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", query, diff)
		}
	}
	if compared < 200 {
		t.Errorf("only %d samples compared", compared)
	}
}

// TestSetIsShared searches with one set from several goroutines, which the race detector watches.
func TestSetIsShared(t *testing.T) {
	g := &gen{rand.New(rand.NewPCG(*seed, 1<<44)), false, Options{}}
	var queries, docs []string
	for range 40 {
		queries = append(queries, g.query())
	}
	for i := range 60 {
		d := g.doc()
		d["k"] = append(d["k"], g.longText())
		d["@timestamp"] = []any{int64(i)}
		docs = append(docs, g.encode(d))
	}
	programs := compileAll(t, queries, untyped, Options{})
	set, err := search.NewSet(programs)
	if err != nil {
		t.Fatal(err)
	}
	want := searchSet(t, set, docs, 0)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if diff := cmp.Diff(want, searchSet(t, set, docs, 0)); diff != "" {
				t.Errorf("(-first +other):\n%s", diff)
			}
		})
	}
	wg.Wait()
}
