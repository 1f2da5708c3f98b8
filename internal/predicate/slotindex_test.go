package predicate

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// meets tests a folded text for one need.
func (n Need) meets(folded string) bool {
	switch n.kind {
	case NeedWhole:
		return folded == n.text
	case NeedPrefix:
		return strings.HasPrefix(folded, n.text)
	case NeedSuffix:
		return strings.HasSuffix(folded, n.text)
	}
	return strings.Contains(folded, n.text)
}

// TestSlotIndex looks needs up in texts, and tries each: of all kinds and lengths, in few letters, so that they overlap.
func TestSlotIndex(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	word := func(most int) string {
		b := make([]byte, r.IntN(most+1))
		for i := range b {
			b[i] = "abc"[r.IntN(3)]
		}
		return string(b)
	}
	for range 300 {
		var list []needAtom
		taken := map[Need]bool{}
		for range 1 + r.IntN(40) {
			n := Need{NeedKind(r.IntN(4)), word(7)}
			if !taken[n] {
				taken[n] = true
				list = append(list, needAtom{n, int32(len(list))})
			}
		}
		x := newSlotIndex(0, list)
		for range 30 {
			text := word(12)
			var want []int32
			for _, n := range list {
				if n.need != (Need{}) && n.need.meets(text) {
					want = append(want, n.atom)
				}
			}
			got := x.find(text, nil)
			slices.Sort(got)
			if d := cmp.Diff(want, slices.Compact(got)); d != "" {
				t.Fatalf("%q among %v (-want +got):\n%s", text, list, d)
			}
		}
	}
}

// TestValueCache: what is remembered is what was put in, whatever came between, and a field of ever new values is given up.
func TestValueCache(t *testing.T) {
	var c valueCache
	r := rand.New(rand.NewPCG(1, 1))
	for range 5000 {
		text := strings.Repeat("x", r.IntN(2*recentPlaces))
		atoms, to := c.get(text)
		if to != nil {
			*to = append((*to)[:0], int32(len(text)))
			atoms = *to
		}
		if len(atoms) != 1 || atoms[0] != int32(len(text)) {
			t.Fatalf("%d: %v", len(text), atoms)
		}
	}
	if c.useless || c.known == 0 {
		t.Errorf("values that come again are not remembered")
	}
	var b valueCache
	for i := range 2 * recentTrial {
		b.get(strings.Repeat("y", i%200) + string(rune(i)))
	}
	if !b.useless {
		t.Errorf("values that never come again are remembered")
	}
}
