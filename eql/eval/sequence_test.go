package eval

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/event"
)

// seqEvent is an event of a timeline: the letters it matches, its time in milliseconds, its values of the key.
type seqEvent struct {
	at      int64
	letters string
	keys    []string
}

// base is the time from which tests count: numbers of four digits would be years.
const base = 1_000_000

func (e seqEvent) doc() string {
	doc := fmt.Sprintf(`{"@timestamp":%d,"s":["%s"]`, base+e.at, strings.Join(strings.Split(e.letters, ""), `","`))
	if len(e.keys) > 0 {
		doc += fmt.Sprintf(`,"k":["%s"]`, strings.Join(e.keys, `","`))
	}
	return doc + "}"
}

// runTimeline runs a query over events in the given order and prints each result as "key: index index …".
func runTimeline(t *testing.T, query string, events []seqEvent, order []int, ordered bool, opts Options) []string {
	t.Helper()
	p, err := Compile(mustParse(t, query), nil, opts)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	run := p.NewRun(ordered)
	dec := event.NewDecoder(p.Layout())
	rec := new(event.Record)
	for _, i := range order {
		if err := dec.Decode([]byte(events[i].doc()), rec); err != nil {
			t.Fatal(err)
		}
		if err := run.Feed(rec, Ref{Index: i}); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	out := []string{}
	for _, r := range run.Finish() {
		var b strings.Builder
		for _, k := range r.Keys {
			if k == nil {
				b.WriteString("null")
			} else {
				b.WriteString(*k)
			}
		}
		b.WriteByte(':')
		for _, e := range r.Events {
			if e == nil {
				b.WriteString(" -")
			} else {
				fmt.Fprintf(&b, " %d", e.Index)
			}
		}
		out = append(out, b.String())
	}
	return out
}

// timeline reads "A0 B1/x AU5": letters, time in seconds, and after a slash the values of the key, separated by commas.
func timeline(t *testing.T, text string) []seqEvent {
	t.Helper()
	var out []seqEvent
	for _, word := range strings.Fields(text) {
		head, keys, hasKeys := strings.Cut(word, "/")
		e := seqEvent{letters: strings.TrimRight(head, "-0123456789")}
		var sec int64
		if _, err := fmt.Sscan(head[len(e.letters):], &sec); err != nil {
			t.Fatal(err)
		}
		e.at = sec * 1000
		if hasKeys {
			e.keys = strings.Split(keys, ",")
		}
		out = append(out, e)
	}
	return out
}

// letterQuery expands "A !M B" to a sequence whose terms match the letters.
func letterQuery(terms, by, maxspan, until string) string {
	q := "sequence"
	if by != "" {
		q += " by " + by
	}
	if maxspan != "" {
		q += " with maxspan=" + maxspan
	}
	for _, w := range strings.Fields(terms) {
		letter, runs, _ := strings.Cut(w, "x")
		bang := ""
		if strings.HasPrefix(letter, "!") {
			bang, letter = "!", letter[1:]
		}
		q += fmt.Sprintf(` %s[any where s == "%s"]`, bang, letter)
		if runs != "" {
			q += " with runs=" + runs
		}
	}
	if until != "" {
		q += fmt.Sprintf(` until [any where s == "%s"]`, until)
	}
	return q
}

// TestWorkedExamples is the table of LANGUAGE.md 6.8, in its order; results are indexes into the events.
func TestWorkedExamples(t *testing.T) {
	for _, c := range []struct {
		name, terms, by, maxspan, until, events string
		want                                    string // results, separated by "; "
	}{
		{"replaced", "A B", "", "", "", "A1 A2 B3", ": 1 2"},
		{"consumed", "A B", "", "", "", "A1 B2 B3 B4", ": 0 1"},
		{"too early", "A B", "", "", "", "B1 A2 B3", ": 1 2"},
		{"replaced at B", "A B C", "", "", "", "A1 B2 A3 B4 C5", ": 2 3 4"},
		{"no second A", "A B C", "", "", "", "A1 B2 B3 C4", ": 0 1 3"},
		{"waits untouched", "A B C", "", "", "", "A1 B2 A3 C4 B5 C6", ": 0 1 3; : 2 4 5"},
		{"noise", "A B C", "", "", "", "C1 B2 C3 A4 B5 A6 C7", ": 3 4 6"},
		{"overlap", "A B C D", "", "", "", "A1 B2 C3 A4 B5 D6 C7 D8", ": 0 1 2 5; : 3 4 6 7"},
		{"keys", "W H I", "k", "", "", "W1/r W2/r H3/u H4/r H5/r W6/u W7/r H8/u I9/r I10/u I11/r", "r: 1 3 8; u: 5 7 9"},
		{"same twice", "A A", "", "", "", "A1 A2 A3 A4", ": 0 1; : 1 2; : 2 3"},
		{"runs", "Ax3", "", "", "", "A1 A2 A3 A4 A5 A6", ": 0 1 2; : 1 2 3; : 2 3 4; : 3 4 5"},
		{"maxspan is inclusive", "A B", "", "10s", "", "A0 B10 B11", ": 0 1"},
		{"over maxspan", "A B", "", "10s", "", "A0 B11", ""},
		{"consumed by a late C", "A B C", "", "10s", "", "A0 B5 A6 C12", ""},
		{"until", "A B", "", "", "U", "A1 U2 B3", ""},
		{"until afterwards", "A B", "", "", "U", "A1 B2 U3", ": 0 1"},
		{"until with A", "A B", "", "", "U", "AU1 B2", ""},
		{"until with B", "A B", "", "", "U", "A1 BU2", ": 0 1"},
		{"missing key", "A B", "k", "", "", "A1/1 A2 B3/1 B4", "1: 0 2"},
		{"optional key", "A B", "?k", "", "", "A1/1 A2 B3/1 B4", "1: 0 2; null: 1 3"},
		{"array key", "A B", "k", "", "", "A1/x,y B2/y", "y: 0 1"},
		{"array keys", "A B", "k", "", "", "A1/x,y B2/y,x", "x: 0 1; y: 0 1"},
		{"missing between", "A !M B", "", "1m", "", "A0 M10 B20", ""},
		{"missing at the same time", "A !M B", "", "1m", "", "A0 M0 B20", ": 0 - 2"},
		{"trailing at maxspan", "A !M", "", "5s", "", "A0 M5", ""},
		{"trailing after maxspan", "A !M", "", "5s", "", "A0 M6", ": 0 -"},
		{"leading at maxspan", "!M A", "", "3m", "", "M0 A180", ""},
		{"leading before maxspan", "!M A", "", "3m", "", "M0 A181", ": - 1"},
		{"no window", "!M A !M", "", "20m", "", "M0 A900 M1140", ""},
		{"a window", "!M A !M", "", "18m", "", "M0 A900 M1140", ": - 1 -"},
		{"tie in input order", "A B", "", "", "", "A1 B1", ": 0 1"},
		{"both stages", "A B", "", "", "", "AB1 AB2", ": 0 1"},
		{"until with null key", "A B", "?k", "", "U", "A1 A2/x U3 B4 B5/x", "x: 1 4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			events := timeline(t, c.events)
			order := make([]int, len(events))
			for i := range order {
				order[i] = i
			}
			want := []string{}
			if c.want != "" {
				want = strings.Split(c.want, "; ")
			}
			query := letterQuery(c.terms, c.by, c.maxspan, c.until)
			for _, ordered := range []bool{true, false} {
				if d := cmp.Diff(want, runTimeline(t, query, events, order, ordered, Options{})); d != "" {
					t.Errorf("ordered %v: %s over %s (-want +got):\n%s", ordered, query, c.events, d)
				}
			}
		})
	}
}

func TestTiebreaker(t *testing.T) {
	const query = `sequence [any where s == "A"] [any where s == "B"]`
	docs := []string{`{"@timestamp":1,"s":"A","n":2}`, `{"@timestamp":1,"s":"B","n":1}`, `{"@timestamp":1,"s":"B"}`}
	p, err := Compile(mustParse(t, query), nil, Options{TiebreakerField: "n"})
	if err != nil {
		t.Fatal(err)
	}
	run := p.NewRun(false)
	for i, d := range docs {
		if err := run.Feed(mustDecode(t, p, d), Ref{Index: i}); err != nil {
			t.Fatal(err)
		}
	}
	res := run.Finish()
	if len(res) != 1 || res[0].Events[0].Index != 0 || res[0].Events[1].Index != 2 {
		t.Errorf("the event without tiebreaker comes last: %v", res)
	}
}

// staged is the matcher as LANGUAGE.md 6.2 states it: stage by stage over all events of one key.
type staged struct {
	positive []string // letters
	maxspan  int64    // ms, 0 = none
	until    string
}

func (s *staged) run(events []seqEvent, has func(i int, letter string) bool) [][]int {
	var pending [][]int
	for i := range events {
		if has(i, s.positive[0]) {
			pending = append(pending, []int{i})
		}
	}
	for _, letter := range s.positive[1:] {
		var next [][]int
		for i := range events {
			if !has(i, letter) {
				continue
			}
			// The latest pending sequence whose last event lies before this one is taken; older ones are dropped.
			n := sort.Search(len(pending), func(j int) bool { return pending[j][len(pending[j])-1] >= i })
			if n == 0 {
				continue
			}
			q := pending[n-1]
			pending = pending[n:]
			last := q[len(q)-1]
			killed := false
			for u := last; u < i && s.until != ""; u++ {
				killed = killed || has(u, s.until)
			}
			if killed || s.maxspan > 0 && events[i].at-events[q[0]].at > s.maxspan {
				continue
			}
			next = append(next, append(slices.Clone(q), i))
		}
		pending = next
	}
	return pending
}

// accepts applies the definition of missing events (LANGUAGE.md 6.6) to a candidate. terms holds "!M" for missing ones.
func accepts(terms []string, maxspan int64, events []seqEvent, cand []int, has func(i int, letter string) bool) bool {
	first, last := events[cand[0]].at, events[cand[len(cand)-1]].at
	var lead, trail []int64
	at := 0
	for _, w := range terms {
		letter, missing := strings.CutPrefix(w, "!")
		if !missing {
			at++
			continue
		}
		for i, e := range events {
			if !has(i, letter) {
				continue
			}
			switch {
			case at == 0 && e.at < first:
				lead = append(lead, e.at)
			case at == len(cand) && e.at > last:
				trail = append(trail, e.at)
			case at > 0 && at < len(cand) && e.at > events[cand[at-1]].at && e.at < events[cand[at]].at:
				return false
			}
		}
	}
	leading, trailing := strings.HasPrefix(terms[0], "!"), strings.HasPrefix(terms[len(terms)-1], "!")
	switch {
	case leading && len(lead) == 0, trailing && len(trail) == 0, !leading && !trailing:
		return true
	case leading && trailing:
		return slices.Min(trail)-slices.Max(lead) > maxspan
	case leading:
		return last-slices.Max(lead) > maxspan
	}
	return slices.Min(trail)-first > maxspan
}

// referenceResults runs the staged matcher for every key and orders the results.
func referenceResults(terms []string, by string, maxspan int64, until string, events []seqEvent) []string {
	keys := map[string]bool{}
	keysOf := func(e seqEvent) []string {
		switch {
		case by == "":
			return []string{""}
		case len(e.keys) == 0 && by == "?k":
			return []string{"null"}
		}
		return e.keys
	}
	for _, e := range events {
		for _, k := range keysOf(e) {
			keys[k] = true
		}
	}
	s := &staged{maxspan: maxspan, until: until}
	for _, w := range terms {
		if !strings.HasPrefix(w, "!") {
			s.positive = append(s.positive, w)
		}
	}
	type result struct {
		key  string
		cand []int
	}
	var all []result
	for key := range keys {
		has := func(i int, letter string) bool {
			return strings.Contains(events[i].letters, letter) && slices.Contains(keysOf(events[i]), key)
		}
		for _, cand := range s.run(events, has) {
			if accepts(terms, maxspan, events, cand, has) {
				all = append(all, result{key, cand})
			}
		}
	}
	rank := func(k string) string {
		if k == "null" {
			return ""
		}
		return k
	}
	slices.SortFunc(all, func(a, b result) int {
		if c := a.cand[len(a.cand)-1] - b.cand[len(b.cand)-1]; c != 0 {
			return c
		}
		return strings.Compare(rank(a.key), rank(b.key))
	})
	out := []string{}
	for _, r := range all {
		text := r.key + ":"
		at := 0
		for _, w := range terms {
			if strings.HasPrefix(w, "!") {
				text += " -"
				continue
			}
			text += fmt.Sprint(" ", r.cand[at])
			at++
		}
		out = append(out, text)
	}
	return out
}

// TestSequencesAgainstStaged compares random sequences over random timelines with the staged matcher, in order and
// shuffled.
func TestSequencesAgainstStaged(t *testing.T) {
	results := 0
	for i := range *programs {
		results += compareWithStaged(t, &gen{rand.New(rand.NewPCG(*seed, 1<<40|uint64(i))), false, Options{}})
		if t.Failed() {
			t.Fatalf("program %d of seed %d", i, *seed)
		}
	}
	t.Logf("%d sequences, %d results compared", *programs, results)
	if results < *programs/2 {
		t.Errorf("the generator is lopsided: %d results", results)
	}
}

// compareWithStaged tries one sequence and returns the number of its results.
func compareWithStaged(t *testing.T, g *gen) int {
	t.Helper()
	terms, by, maxspan, until := g.sequence()
	events := g.timeline()
	span := ""
	if maxspan > 0 {
		span = fmt.Sprint(maxspan, "ms")
	}
	query := letterQuery(strings.Join(terms, " "), by, span, until)
	want := referenceResults(terms, by, maxspan, until, events)
	order := make([]int, len(events))
	for j := range order {
		order[j] = j
	}
	got := runTimeline(t, query, events, order, true, Options{})
	d := cmp.Diff(want, got)
	if d == "" {
		g.Shuffle(len(order), func(a, b int) { order[a], order[b] = order[b], order[a] })
		d = cmp.Diff(want, runTimeline(t, query, events, order, false, Options{}))
	}
	if d != "" {
		t.Errorf("%s\nover %v (-want +got):\n%s", query, events, d)
	}
	return len(want)
}

func (g *gen) sequence() (terms []string, by string, maxspan int64, until string) {
	by = pick(g, "", "", "k", "?k")
	maxspan = pick[int64](g, 0, 2, 5, 10)
	until = pick(g, "", "", "U")
	positive := 0
	for n := 2 + g.IntN(3); len(terms) < n || positive == 0; {
		if maxspan > 0 && len(terms) < n && g.IntN(4) == 0 {
			terms = append(terms, "!"+pick(g, "M", "C"))
			continue
		}
		terms = append(terms, pick(g, "A", "A", "B", "C"))
		positive++
	}
	return terms, by, maxspan, until
}

func (g *gen) timeline() []seqEvent {
	var out []seqEvent
	at := int64(100)
	for range 3 + g.IntN(25) {
		at += pick[int64](g, 0, 1, 1, 1, 2, 4)
		e := seqEvent{at: at, letters: pick(g, "A", "B", "C", "A", "B", "C", "U", "M", "AB", "BC", "AU", "BM", "ABC")}
		for _, k := range pick(g, "", "x", "x", "y", "xy") {
			e.keys = append(e.keys, string(k))
		}
		out = append(out, e)
	}
	return out
}
