package lucene

import (
	"math/rand/v2"
	"testing"
)

// TestContains holds what a look at two patterns tells to the automata of both, and expects it to tell most of what there is to tell.
func TestContains(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 5))
	pattern := func() string {
		out := ""
		for range random.IntN(6) {
			out += string("abA*?*"[random.IntN(6)])
		}
		return out
	}
	cases := []Case{Sensitive, FoldASCII, Fold}
	said, missed := 0, 0
	for range 20_000 {
		v, w := NewWildcard(pattern(), cases[random.IntN(3)]), NewWildcard(pattern(), cases[random.IntN(3)])
		text, found, decided := Find([][]Pattern{{v}}, []Pattern{w}, Thorough)
		switch says := w.Contains(v); {
		case says && found:
			t.Fatalf("%v is said to contain %v, but not %q", w, v, text)
		case says:
			said++
		case decided && !found:
			missed++
		}
	}
	if said < 2000 || missed > said/4 {
		t.Errorf("%d pairs are said to lie in one another, %d more do", said, missed)
	}
}

func TestContainsItself(t *testing.T) {
	for _, p := range []string{`C:\*\a\*.exe`, "a*b?c*d", "*a*b*", "?*?"} {
		if w := NewWildcard(p, FoldASCII); !w.Contains(w) {
			t.Errorf("%s does not contain itself", p)
		}
	}
}
