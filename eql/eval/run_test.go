package eval

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/event"
)

func feedAll(t testing.TB, p *Program, run *Run, docs []string) error {
	t.Helper()
	for i, d := range docs {
		if err := run.Feed(mustDecode(t, p, d), Ref{Index: i, Source: []byte(d)}); err != nil {
			return err
		}
	}
	return nil
}

func eventsOf(results []Result) []string {
	out := []string{}
	for _, r := range results {
		var ids []string
		for _, e := range r.Events {
			ids = append(ids, fmt.Sprint(e.Index))
		}
		out = append(out, strings.Join(ids, "+"))
	}
	return out
}

// TestProgress states for each way a sequence can fail what the trace says.
func TestProgress(t *testing.T) {
	for _, c := range []struct{ terms, by, maxspan, until, events, want string }{
		{"A B", "", "", "", "C1", `no event matches step 1`},
		{"A B", "k", "", "", "A1", `event 0 matches step 1, but lacks k`},
		{"A B", "k", "", "", "A1/x", `k "x": 1 of 2 steps; no event matches step 2`},
		{"A B", "k", "", "", "A1/x B2/y", `k "x": 1 of 2 steps; event 1 matches step 2, but with k "y"`},
		{"A B", "k", "10s", "", "A1/x B28/x", `k "x": 1 of 2 steps; event 1 matches step 2 17s over maxspan`},
		{"A B", "", "", "U", "A1 U2 B3", `1 of 2 steps; until fired at event 1`},
		{"A B", "", "", "", "B1 A2", `1 of 2 steps; no event matches step 2 after it`},
		{"A !M B", "", "1m", "", "A1 M2 B3", `2 of 2 steps; event 1 matches step 2, which must be missing`},
		{"!M A B", "", "1m", "", "M1 A2 M3 B4", `2 of 2 steps; event 0 matches step 1, which must be missing`},
		{"A B !M", "k", "1m", "", "A1/x B2/x M2/x M3/y M3/x M4/x", `k "x": 2 of 2 steps; event 4 matches step 3, which must be missing`},
		{"A Bx3", "", "", "", "A1 B2 B3", `3 of 4 steps; no event matches step 2 (run 3) after it`},
		{"A B", "k", "", "", "A1/x B2/x", ``},
		{"A B C", "k", "", "", "A1/x A2/y B3/y", `k "y": 2 of 3 steps; no event matches step 3 | k "x": 1 of 3 steps; event 2 matches step 2, but with k "y"`},
	} {
		p, err := Compile(mustParse(t, letterQuery(c.terms, c.by, c.maxspan, c.until)), nil, Options{})
		if err != nil {
			t.Fatal(err)
		}
		run := p.NewTrace()
		var docs []string
		for _, e := range timeline(t, c.events) {
			docs = append(docs, e.doc())
		}
		if err := feedAll(t, p, run, docs); err != nil {
			t.Fatal(err)
		}
		run.Finish()
		var got []string
		for _, g := range run.Progress() {
			got = append(got, g.String())
		}
		if d := cmp.Diff(c.want, strings.Join(got, " | ")); d != "" {
			t.Errorf("%s by %q over %s (-want +got):\n%s", c.terms, c.by, c.events, d)
		}
	}
}

// TestUnmappedKeys joins by an optional field that the mapping lacks and the documents have: null for all, unless it counts
// as mapped.
func TestUnmappedKeys(t *testing.T) {
	docs := []string{`{"@timestamp":1,"m":"x","n":1}`, `{"@timestamp":2,"m":"y","n":2}`}
	for mapped, want := range map[bool]int{false: 1, true: 0} {
		q := mustParse(t, `sequence by ?m [any where n == 1] [any where n == 2]`)
		info, _ := eql.Check(q, testFields)
		p, err := Compile(q, info, Options{MappedOptional: mapped})
		if err != nil {
			t.Fatal(err)
		}
		run := p.NewRun(false)
		if err := feedAll(t, p, run, docs); err != nil {
			t.Fatal(err)
		}
		if got := len(run.Finish()); got != want {
			t.Errorf("mapped %t: %d sequences, want %d", mapped, got, want)
		}
	}
}

// TestSampleProgress states what keys lack that have no sample.
func TestSampleProgress(t *testing.T) {
	p, err := Compile(mustParse(t, `sample by k [any where s == "A"] [any where s == "B"]`), nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for events, want := range map[string]string{
		"A1/x B2/x":      "",
		"C1/x":           "no event matches step 1",
		"A1":             "event 0 matches step 1, but lacks k",
		"A1/x B2/y A3/x": `k "x": 1 of 2 steps; event 1 matches step 2, but with k "y" | k "y": 1 of 2 steps; event 2 matches step 1, but with k "x"`,
		"AB1/x":          `k "x": 2 of 2 steps; there are not enough different events, one for each step`,
	} {
		run := p.NewTrace()
		var docs []string
		for _, e := range timeline(t, events) {
			docs = append(docs, e.doc())
		}
		if err := feedAll(t, p, run, docs); err != nil {
			t.Fatal(err)
		}
		run.Finish()
		var got []string
		for _, g := range run.Progress() {
			got = append(got, g.String())
		}
		if d := cmp.Diff(want, strings.Join(got, " | ")); d != "" {
			t.Errorf("%s (-want +got):\n%s", events, d)
		}
	}
}

// search makes a sequence of terms and events that may complete it.
func (g *gen) search(t *testing.T) (p *Program, terms, docs []string) {
	t.Helper()
	terms, by, maxspan, until := g.sequence()
	span := ""
	if maxspan > 0 {
		span = fmt.Sprint(maxspan, "ms")
	}
	p, err := Compile(mustParse(t, letterQuery(strings.Join(terms, " "), by, span, until)), nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range g.timeline() {
		docs = append(docs, e.doc())
	}
	return p, terms, docs
}

// TestTraceAgreesWithRun compares the results of traced and plain runs on random timelines.
func TestTraceAgreesWithRun(t *testing.T) {
	for i := range 500 {
		g := &gen{rand.New(rand.NewPCG(11, uint64(i))), false, Options{}}
		p, terms, docs := g.search(t)
		plain, traced := p.NewRun(true), p.NewTrace()
		if err := errors.Join(feedAll(t, p, plain, docs), feedAll(t, p, traced, docs)); err != nil {
			t.Fatal(err)
		}
		want, got := plain.Finish(), traced.Finish()
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
		if len(got) == 0 && len(traced.Progress()) == 0 {
			t.Fatalf("no result and no reason: %v over %v", terms, docs)
		}
	}
}

func TestOrderedRun(t *testing.T) {
	const query = `sequence [any where s == "A"] [any where s == "B"]`
	p, err := Compile(mustParse(t, query), nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = feedAll(t, p, p.NewRun(true), []string{`{"@timestamp":5,"s":"A"}`, `{"@timestamp":1,"s":"x"}`, `{"@timestamp":4,"s":"B"}`})
	var oe *OrderError
	if !errors.As(err, &oe) || oe.Index != 2 || oe.Previous != 0 {
		t.Errorf("got %v, want an order error of record 2 after record 0", err)
	}
	for name, docs := range map[string][]string{
		"no timestamp":  {`{"s":"A"}`},
		"no date":       {`{"@timestamp":"soon","s":"A"}`},
		"2 timestamps":  {`{"@timestamp":[1,2],"s":"A"}`},
		"1.5e300 is no": {`{"@timestamp":1.5e300,"s":"A"}`},
	} {
		if err := feedAll(t, p, p.NewRun(false), docs); err == nil || !strings.HasPrefix(err.Error(), "record 0: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUnsent runs searches that Elasticsearch does not send, over events that would fail them.
func TestUnsent(t *testing.T) {
	none := 0
	for query, opts := range map[string]Options{
		`sequence [any where true] [any where false]`:                                       {},
		`sequence [any where 1 / n == 1] [process where null]`:                              {},
		`any where 1 / n == 1 | head 0`:                                                     {},
		`any where 1 / n == 1 `:                                                             {Size: &none},
		`sample by n [any where 1 / n == 1] [any where "a" == "b"]`:                         {},
		`sequence with maxspan=1s [any where n == 5] ![any where false] [any where n == 6]`: {},
	} {
		p, err := Compile(mustParse(t, query), nil, opts)
		if err != nil {
			t.Fatal(err)
		}
		run := p.NewRun(false)
		if err := feedAll(t, p, run, []string{`{"n":0}`}); err != nil {
			t.Errorf("%s: %v", query, err)
		}
		if got := run.Finish(); len(got) > 0 {
			t.Errorf("%s: %d results", query, len(got))
		}
	}
}

// TestDrain reads results as they become final, with head limits.
func TestDrain(t *testing.T) {
	for query, want := range map[string][]string{
		`any where s == "A"`:          {"0", "1", "3", "2"}, // without a timestamp last
		`any where s == "A" | head 2`: {"0", "1"},
		`any where s == "A" | tail 2`: {"3", "2"},
		`any where s == "A" | head 0`: {},
		`sequence [any where s == "A"] [any where s == "A"] | head 3 | head 2`: {"0+1", "1+3"},
	} {
		p, err := Compile(mustParse(t, query), nil, Options{})
		if err != nil {
			t.Fatal(err)
		}
		docs := []string{`{"@timestamp":1,"s":"A"}`, `{"@timestamp":2,"s":"A"}`, `{"s":"A"}`, `{"@timestamp":3,"s":"A"}`}
		if !p.IsEvent() {
			docs = slices.Delete(docs, 2, 3)
			docs = append(docs, `{"@timestamp":4,"s":"A"}`)
			want = map[bool][]string{true: {"0+1", "1+2"}}[true]
		}
		run := p.NewRun(true)
		got := []string{}
		for i, d := range docs {
			if err := run.Feed(mustDecode(t, p, d), Ref{Index: i}); err != nil {
				t.Fatal(err)
			}
			got = append(got, eventsOf(run.Drain())...)
		}
		got = append(got, eventsOf(run.Finish())...)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", query, d)
		}
	}
}

func TestLimits(t *testing.T) {
	size := func(n int) *int { return &n }
	for _, c := range []struct {
		pipes string
		opts  Options
		want  string
	}{
		{"", Options{}, "01234"}, {"", Options{Size: size(2)}, "34"}, {"", Options{Size: size(2), ResultPosition: Head}, "01"},
		{"| head 4 | tail 2", Options{}, "23"}, {"| tail 4 | head 2", Options{}, "12"}, {"| head 4", Options{Size: size(3)}, "012"},
		{"| tail 4", Options{Size: size(3), ResultPosition: Head}, "234"}, {"", Options{Size: size(0)}, ""}, {"| head 9 | tail 9", Options{}, "01234"},
	} {
		p, err := Compile(mustParse(t, "any where true "+c.pipes), nil, c.opts)
		if err != nil {
			t.Fatal(err)
		}
		run := p.NewRun(false)
		if err := feedAll(t, p, run, []string{`{"@timestamp":5}`, `{"@timestamp":4}`, `{"@timestamp":3}`, `{"@timestamp":2}`, `{"@timestamp":1}`}); err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, r := range run.Finish() {
			got += fmt.Sprint(4 - r.Events[0].Index)
		}
		if got != c.want {
			t.Errorf("%q with %+v: %q, want %q", c.pipes, c.opts, got, c.want)
		}
	}
}

// TestSampleNeedsMatching has clauses whose greedy choice leads into dead ends, among many events.
func TestSampleNeedsMatching(t *testing.T) {
	query := "sample by k"
	for i := range 5 {
		query += fmt.Sprintf(" [any where n >= %d]", i)
	}
	for events, want := range map[int]int{5: 1, 4: 0, 40: 1} {
		p, err := Compile(mustParse(t, query), nil, Options{})
		if err != nil {
			t.Fatal(err)
		}
		run := p.NewRun(false)
		for i := range events {
			n := i
			if events == 40 { // the first events satisfy all clauses, so the greedy choice wastes none
				n = 40 - i
			}
			if err := run.Feed(mustDecode(t, p, fmt.Sprintf(`{"k":1,"n":%d}`, n)), Ref{Index: i}); err != nil {
				t.Fatal(err)
			}
		}
		if got := len(run.Finish()); got != want {
			t.Errorf("%d events: %d samples, want %d", events, got, want)
		}
	}
}

// TestMaxSamples checks that the same events in another order are another sample.
func TestMaxSamples(t *testing.T) {
	p, err := Compile(mustParse(t, `sample by k [any where true] [any where true]`), nil, Options{MaxSamplesPerKey: 10})
	if err != nil {
		t.Fatal(err)
	}
	run := p.NewRun(false)
	if err := feedAll(t, p, run, []string{`{"k":1}`, `{"k":1}`, `{"k":1}`, `{"k":null}`}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"0+1", "0+2", "1+0", "1+2", "2+0", "2+1"}, eventsOf(run.Finish())); d != "" {
		t.Error(d)
	}
}

// TestSourceIsCopied reuses the caller's memory after each event.
func TestSourceIsCopied(t *testing.T) {
	p, err := Compile(mustParse(t, `sequence by k [any where s == "A"] [any where s == "B"]`), nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, ordered := range []bool{true, false} {
		run := p.NewRun(ordered)
		dec := event.NewDecoder(p.Layout())
		var rec event.Record
		buf := make([]byte, 0, 100)
		for i, d := range []string{`{"@timestamp":1,"s":"A","k":"one"}`, `{"@timestamp":2,"s":"A","k":"two"}`, `{"@timestamp":3,"s":"B","k":"one"}`} {
			buf = append(buf[:0], d...)
			if err := dec.Decode(buf, &rec); err != nil {
				t.Fatal(err)
			}
			if err := run.Feed(&rec, Ref{Index: i, Source: buf}); err != nil {
				t.Fatal(err)
			}
			clear(buf)
		}
		res := run.Finish()
		if len(res) != 1 || *res[0].Keys[0] != "one" || string(res[0].Events[0].Source) != `{"@timestamp":1,"s":"A","k":"one"}` {
			t.Errorf("ordered %v: %+v", ordered, res)
		}
	}
}

// TestStateIsBounded feeds two million events to a sequence that never completes and looks at what is kept.
func TestStateIsBounded(t *testing.T) {
	p, err := Compile(mustParse(t, `sequence by k with maxspan=10s [any where s == "A"] [any where s == "B"] ![any where s == "A"]`), nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	run := p.NewRun(true)
	rec := mustDecode(t, p, `{"@timestamp":0,"s":"A","k":0}`)
	layout := map[string]int{}
	for slot, name := range p.Layout().Names() {
		layout[name] = slot
	}
	most := 0
	for i := range 300_000 {
		rec.Slots[layout["@timestamp"]][0].Bits = base + uint64(i)*10
		rec.Slots[layout["k"]][0].Bits = uint64(i)
		if err := run.Feed(rec, Ref{Index: i}); err != nil {
			t.Fatal(err)
		}
		most = max(most, len(run.machine.pending.keys), len(run.machine.missing[2]))
	}
	if len(run.machine.pending.keys) > 3_000 {
		t.Errorf("%d keys are pending, though only 1,000 are within maxspan", len(run.machine.pending.keys))
	}
	if most > 2*sweepEvery {
		t.Errorf("%d keys were kept at a time, though only 1,000 are within maxspan", most)
	}
}
