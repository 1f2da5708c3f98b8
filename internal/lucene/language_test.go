package lucene

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestFind holds the search for a text to trying all short texts over the letters of the patterns.
func TestFind(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 5))
	alphabet := []string{"a", "b", "A"}
	var texts []string
	var grow func(s string)
	grow = func(s string) {
		texts = append(texts, s)
		if len(s) < 6 {
			for _, c := range alphabet {
				grow(s + c)
			}
		}
	}
	grow("")
	pattern := func() Pattern {
		var b strings.Builder
		pieces := []string{"a", "b", "A", "*", "?"}
		for range 1 + random.IntN(4) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		fold := []Case{Sensitive, FoldASCII, Fold}[random.IntN(3)]
		if random.IntN(3) > 0 {
			return NewWildcard(b.String(), fold)
		}
		re, err := CompileRegexp(strings.NewReplacer("*", ".*", "?", "[ab]").Replace(b.String()), fold)
		if err != nil {
			t.Fatal(err)
		}
		return re
	}
	list := func(n int) (out []Pattern) {
		for range n {
			out = append(out, pattern())
		}
		return out
	}
	agreed, empty := 0, 0
	for range 3000 {
		within := [][]Pattern{list(1 + random.IntN(2))}
		if random.IntN(2) == 0 {
			within = append(within, list(1))
		}
		outside := list(random.IntN(4))
		in := func(s string) bool {
			for _, l := range within {
				if !matchAny(l, s) {
					return false
				}
			}
			return !matchAny(outside, s)
		}
		got, found, decided := Find(within, outside, Thorough)
		if !decided {
			continue
		}
		agreed++
		if found && !in(got) {
			t.Fatalf("%q is not in the language", got)
		}
		if found {
			continue
		}
		empty++
		for _, s := range texts {
			if in(s) {
				t.Fatalf("nothing found, but %q is in the language", s)
			}
		}
	}
	if agreed < 2900 || empty < 100 {
		t.Errorf("%d questions decided, %d without a text: expected nearly all of 3000, and some", agreed, empty)
	}
}

func matchAny(list []Pattern, s string) bool {
	for _, p := range list {
		if p.Match(s) {
			return true
		}
	}
	return false
}

func TestFindTooHard(t *testing.T) {
	var outside []Pattern
	for i := range 60 {
		outside = append(outside, NewWildcard("*"+strings.Repeat("?", i)+"a*b"+strings.Repeat("?", 60-i)+"*", Sensitive))
	}
	if _, _, decided := Find([][]Pattern{{NewWildcard("*a*a*a*b*b*b*", Sensitive)}}, outside, Quick); decided {
		t.Log("decided within the bounds")
	}
}
