package logic

import (
	"cmp"
	"slices"

	"github.com/rulevet/rulevet/internal/lucene"
)

// together tells whether one value can belong to all of some leaves and to none of others; what is too hard can.
func together(some, none []*atom, effort lucene.Effort) bool {
	if some[0].extent.Field.Class.Ordered() {
		_, ok := oneValue(some, none)
		return ok
	}
	if found, decided := amongTexts(some, none); found || decided {
		return found
	}
	within, outside := patterns(some, none)
	_, found, decided := lucene.Find(within, outside, effort)
	return found || !decided
}

// patterns are those of each leaf that a value belongs to, and all of those that it does not.
func patterns(some, none []*atom) (within [][]lucene.Pattern, outside []lucene.Pattern) {
	for _, a := range some {
		within = append(within, a.set.patterns)
	}
	for _, b := range none {
		outside = append(outside, b.set.patterns...)
	}
	return within, outside
}

// belongs reports whether a text belongs to all of some leaves and to none of others.
func belongs(some, none []*atom, text string) bool {
	return !slices.ContainsFunc(some, func(a *atom) bool { return !matches(a.set.patterns, text) }) &&
		!slices.ContainsFunc(none, func(a *atom) bool { return matches(a.set.patterns, text) })
}

// amongTexts looks among the samples of a set for a value that others have and none of some more has. decided tells that there is
// no other value in the set than those, as far as the others can tell letters apart.
func amongTexts(some, without []*atom) (found, decided bool) {
	has := func(text string) bool { return belongs(some, without, text) }
	if len(some) == 2 { // patterns such as "*a*" and "*b*" meet in "ab"
		a, b := some[0].set.sample(), some[1].set.sample()
		if has(a+b) || has(b+a) {
			return true, true
		}
	}
	for i, a := range some {
		exact := true
		for _, p := range a.set.patterns {
			w, ok := p.(*lucene.Wildcard)
			if !ok {
				exact = false
				continue
			}
			text, _ := w.Sample()
			exact = exact && w.Kind() == lucene.ExactKind
			for j, b := range some {
				exact = exact && (i == j || coarser(b.set.patterns, w.Case()))
			}
			for _, b := range without {
				exact = exact && coarser(b.set.patterns, w.Case())
			}
			if has(text) {
				return true, true
			}
		}
		if exact {
			return false, true
		}
	}
	return false, false
}

// coarser reports whether patterns tell no letters apart that are equal in a case.
func coarser(list []lucene.Pattern, c lucene.Case) bool {
	return !slices.ContainsFunc(list, func(p lucene.Pattern) bool {
		w, ok := p.(*lucene.Wildcard)
		return !ok && c != lucene.Sensitive || ok && w.Case() != c && c != lucene.Sensitive && w.Case() != lucene.Fold
	})
}

// maxShrink is how many leaves at most are tried to be left out of a reason.
const maxShrink = 24

// fewest leaves out what is not needed to cover a leaf: a short reason rules out more.
func (s *Space) fewest(a *atom, by []*atom) []*atom {
	for _, b := range by {
		if s.covered(a, []*atom{b}).covered {
			return []*atom{b}
		}
	}
	if len(by) > maxShrink {
		return by
	}
	by = slices.Clone(by)
	slices.SortFunc(by, func(x, y *atom) int { return cmp.Compare(len(y.set.patterns), len(x.set.patterns)) })
	for i := len(by) - 1; i >= 0 && len(by) > 1; i-- {
		rest := slices.Delete(slices.Clone(by), i, i+1)
		if s.covered(a, rest).covered {
			by = rest
		}
	}
	return by
}

// Models lists up to n choices of leaves that make a formula true, each for another reason than those before.
func (s *Space) Models(f *Formula, n int) []*Model {
	var out []*Model
	for range n {
		answer, m := s.Possible(f)
		if answer != Possible {
			break
		}
		out = append(out, m)
		var other []*Formula // something of the choice must be otherwise
		for _, a := range m.True {
			other = append(other, s.Not(s.leafOf(a)))
		}
		for _, a := range m.False {
			other = append(other, s.leafOf(a))
		}
		if len(other) == 0 {
			break
		}
		f = s.And(f, s.Or(other...))
	}
	return out
}
