package lucene

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// plainSubsets lists the sets of states as the definition has it: from each set by each class.
func plainSubsets(a *nfa, classes int) []string {
	todo, seen := [][]int{{0}}, map[string]bool{"[0]": true}
	for i := 0; i < len(todo); i++ {
		for c := range classes {
			var to []int
			for _, s := range todo[i] {
				for _, e := range a.edges[s] {
					if (*e.classes)[c/64]>>(c%64)&1 != 0 {
						to = append(to, e.to)
					}
				}
			}
			slices.Sort(to)
			to = slices.Compact(to)
			if key := fmt.Sprint(to); len(to) > 0 && !seen[key] {
				seen[key] = true
				todo = append(todo, to)
			}
		}
	}
	out := make([]string, 0, len(seen))
	for key := range seen {
		out = append(out, key)
	}
	slices.Sort(out)
	return out
}

// accepted follows a text through an automaton, deterministic or not.
func accepted(b *builder, a *nfa, text string) bool {
	at := []int{0}
	for _, r := range text {
		c := b.abc.of(r)
		var to []int
		for _, s := range at {
			for _, e := range a.edges[s] {
				if (*e.classes)[c/64]>>(c%64)&1 != 0 {
					to = append(to, e.to)
				}
			}
		}
		at = to
	}
	return slices.ContainsFunc(at, func(s int) bool { return a.accept[s] })
}

// The sets, on whose sizes Elasticsearch's limit depends, are those of the definition; and the automaton accepts the same texts.
func TestSubsets(t *testing.T) {
	rnd := rand.New(rand.NewSource(19))
	patterns := []string{".*(foo|bar|foobar).*", ".*a.b.*", "(a|ab)(c|bcd)*", ".*a.{3}", "(.*a){3}b?", ".+(x|.y)+.*", "[ab]*a[ab]{4}", "(a*b*)*c", "~(.*ab.*)", "a"}
	for range 300 {
		patterns = append(patterns, randomPattern(rnd, 3))
	}
	for _, p := range patterns {
		tree, err := parseRegexp(p, Sensitive)
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		b := &builder{fold: Sensitive, sets: map[string]set{}}
		b.collect(tree)
		b.partition()
		n := nfaBuilder{b: b, full: b.alg.anyChar.classes}
		a, _ := n.build(tree)
		if len(a.accept) <= 1 || n.deterministic(a) {
			continue
		}
		sub := newSubsets(a, n.full, b.abc.count)
		sub.number([]int{0})
		for s := 0; s < len(sub.sets); s++ {
			sub.leave(sub.sets[s])
		}
		got := make([]string, len(sub.sets))
		for i, set := range sub.sets {
			got[i] = fmt.Sprint(set)
		}
		slices.Sort(got)
		if diff := cmp.Diff(plainSubsets(a, b.abc.count), got); diff != "" {
			t.Errorf("sets of %s (-want +got):\n%s", p, diff)
		}
		d := n.determinize(a, true)
		if !n.deterministic(d) {
			t.Errorf("%s: the automaton is not deterministic", p)
		}
		for range 50 {
			text := randomText(rnd, []rune("abcx"), 9)
			if want, got := accepted(b, a, text), accepted(b, d, text); want != got {
				t.Errorf("%s on %q: %v, want %v", p, text, got, want)
			}
		}
	}
}

func randomPattern(rnd *rand.Rand, depth int) string {
	if depth == 0 {
		return []string{"a", "b", "c", ".", "[ab]", "ab", ".*"}[rnd.Intn(7)]
	}
	x, y := randomPattern(rnd, depth-1), randomPattern(rnd, depth-1)
	switch rnd.Intn(6) {
	case 0, 1:
		return x + y
	case 2, 3:
		return "(" + x + "|" + y + ")"
	case 4:
		return "(" + x + ")" + []string{"*", "+", "?", "{2}", "{1,3}"}[rnd.Intn(5)] + y
	}
	return ".*" + x
}
