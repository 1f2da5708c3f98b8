package logic

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/rulevet/rulevet/internal/predicate"
)

// TestUncovered holds the one pass over ranges to a comparison of each with each.
func TestUncovered(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		r := &reviewer{space: New(), covered: true}
		var forms []*Formula
		var all []int
		for i := range 1 + rng.IntN(7) {
			low, n := int64(rng.IntN(6)), int64(rng.IntN(4))
			x := span{low: big.NewRat(low, 1), high: big.NewRat(low+n, 1), lowOpen: rng.IntN(3) == 0, highOpen: rng.IntN(3) == 0}
			switch rng.IntN(8) {
			case 0:
				x.low, x.lowOpen = nil, false
			case 1:
				x.high, x.highOpen = nil, false
			}
			if x.empty() {
				x.lowOpen, x.highOpen = false, false
			}
			r.space.atoms = append(r.space.atoms, &atom{slot: 0, set: set{kind: fmt.Sprint(rng.IntN(2)), ranges: []span{x}}, extent: predicate.Extent{Field: &predicate.Field{}}})
			forms, all = append(forms, &Formula{op: opLeaf, atom: i}), append(all, i)
		}
		got := r.uncovered(forms, all)
		for i := range forms {
			want := true
			for j := range forms {
				a, b := r.space.atoms[i], r.space.atoms[j]
				want = want && (i == j || !a.set.within(&b.set, false, 0))
			}
			if got[i] != want {
				t.Fatalf("range %d of %+v: %v, want %v", i, r.space.atoms, got[i], want)
			}
		}
	}
}
