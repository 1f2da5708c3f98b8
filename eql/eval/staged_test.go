package eval_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/event"
)

// tick is one event of a random timeline.
type tick struct {
	at     int
	key    string // empty: no key
	stages []bool
	until  bool
}

func (e tick) doc() string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"@timestamp":%d,"u":%t`, 1_000_000+e.at, e.until)
	for i, s := range e.stages {
		fmt.Fprintf(&b, `,"s%d":%t`, i, s)
	}
	if e.key != "" {
		fmt.Fprintf(&b, `,"k":%q`, e.key)
	}
	return b.String() + "}"
}

// staged is the matcher of LANGUAGE.md 6.2 taken literally: all hits of one stage, then all of the next. line is in the
// order of ordinals; results are lists of positions in it, by last event.
func staged(line []tick, stages, maxspan int, until bool) [][]int {
	pending := make([]map[string][][]int, stages)
	for k := range pending {
		pending[k] = map[string][][]int{}
	}
	var done [][]int
	for k := range stages {
		for o, e := range line {
			if !e.stages[k] || e.key == "" {
				continue
			}
			seq := []int{o}
			if k > 0 {
				if seq = take(pending[k-1], e.key, o); seq == nil {
					continue
				}
				if maxspan > 0 && e.at-line[seq[0]].at > maxspan || until && stopped(line, seq[len(seq)-1], o) {
					continue
				}
				seq = append(slices.Clone(seq), o)
			}
			if k == stages-1 {
				done = append(done, seq)
			} else {
				pending[k][e.key] = append(pending[k][e.key], seq)
			}
		}
	}
	slices.SortStableFunc(done, func(a, b []int) int { return a[stages-1] - b[stages-1] })
	return done
}

// take removes the latest sequence that ends before o, and all older ones.
func take(pending map[string][][]int, key string, o int) []int {
	list := pending[key]
	for i := len(list) - 1; i >= 0; i-- {
		if seq := list[i]; seq[len(seq)-1] < o {
			pending[key] = list[i+1:]
			return seq
		}
	}
	return nil
}

// stopped reports an until event of the same key at or after the last matched event and before o.
func stopped(line []tick, last, o int) bool {
	for i := last; i < o; i++ {
		if line[i].until && line[i].key == line[o].key {
			return true
		}
	}
	return false
}

func timeline(r *rand.Rand, stages int) []tick {
	var out []tick
	at := 0
	for range 1 + r.IntN(25) {
		at += r.IntN(4)
		e := tick{at: at, key: []string{"", "a", "b", "a", "b", "A"}[r.IntN(6)], until: r.IntN(8) == 0}
		for range stages {
			e.stages = append(e.stages, r.IntN(3) == 0)
		}
		out = append(out, e)
	}
	return out
}

func sequenceQuery(stages, maxspan int, until bool) string {
	q := "sequence by k"
	if maxspan > 0 {
		q += fmt.Sprintf(" with maxspan=%dms", maxspan)
	}
	for i := range stages {
		q += fmt.Sprintf(" [any where s%d == true]", i)
	}
	if until {
		q += " until [any where u == true]"
	}
	return q
}

// searched runs a sequence over a timeline; order is the order in which the events arrive.
func searched(t *testing.T, query string, line []tick, order []int, ordered bool) [][]int {
	t.Helper()
	q, issues := eql.Parse(query)
	if len(issues) > 0 {
		t.Fatal(query, issues)
	}
	p, err := eval.Compile(q, nil, eval.Options{})
	if err != nil {
		t.Fatal(query, err)
	}
	run, dec := p.NewRun(ordered), event.NewDecoder(p.Layout())
	var rec event.Record
	for _, i := range order {
		if err := dec.Decode([]byte(line[i].doc()), &rec); err != nil {
			t.Fatal(err)
		}
		if err := run.Feed(&rec, eval.Ref{Index: i}); err != nil {
			t.Fatal(err)
		}
	}
	var got [][]int
	for _, res := range run.Finish() {
		var seq []int
		for _, e := range res.Events {
			seq = append(seq, e.Index)
		}
		got = append(got, seq)
	}
	return got
}

// TestStagedMatcher compares the one-pass machine with the staged matcher on random timelines, in order of time and
// shuffled.
func TestStagedMatcher(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	matches := 0
	for range 3000 {
		stages, maxspan, until := 2+r.IntN(3), r.IntN(15), r.IntN(2) == 0
		line := timeline(r, stages)
		query := sequenceQuery(stages, maxspan, until)
		want := staged(line, stages, maxspan, until)
		matches += len(want)
		order := make([]int, len(line))
		for i := range order {
			order[i] = i
		}
		if diff := cmp.Diff(want, searched(t, query, line, order, true)); diff != "" {
			t.Fatalf("%s\n%v ordered (-want +got):\n%s", query, line, diff)
		}
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		if diff := cmp.Diff(want, searched(t, query, line, order, false)); diff != "" {
			t.Fatalf("%s\n%v shuffled (-want +got):\n%s", query, line, diff)
		}
	}
	if matches < 1000 {
		t.Errorf("only %d sequences compared", matches)
	}
}
