package eval_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSplitByTime runs random timelines whole and in parts, as SCALE.md describes: a part owns the sequences that end in
// it and reads one maxspan before.
func TestSplitByTime(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	matches := 0
	for range 1500 {
		stages, maxspan, until := 2+r.IntN(2), 1+r.IntN(12), r.IntN(2) == 0
		line := timeline(r, stages)
		query := sequenceQuery(stages, maxspan, until)
		whole := searched(t, query, line, between(line, 0, line[len(line)-1].at+1), true)
		matches += len(whole)
		var parts [][]int
		for lo := 0; lo <= line[len(line)-1].at; {
			hi := lo + 1 + r.IntN(20)
			for _, seq := range searched(t, query, line, between(line, lo-maxspan, hi), true) {
				if line[seq[len(seq)-1]].at >= lo {
					parts = append(parts, seq)
				}
			}
			lo = hi
		}
		if diff := cmp.Diff(whole, parts); diff != "" {
			t.Fatalf("%s\n%v (-whole +parts):\n%s", query, line, diff)
		}
	}
	if matches < 500 {
		t.Errorf("only %d sequences compared", matches)
	}
}

// between lists the events with from <= timestamp < to.
func between(line []tick, from, to int) []int {
	var out []int
	for i, e := range line {
		if from <= e.at && e.at < to {
			out = append(out, i)
		}
	}
	return out
}
