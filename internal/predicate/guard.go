package predicate

import (
	"cmp"
	"slices"
)

// atom is what the index of a set can find in an event: a value in a slot whose folded text meets a need. The empty part
// is any value.
type atom struct {
	slot int
	need Need
}

func (a atom) anyValue() bool { return a.need == (Need{}) }

// guard is a list of atoms without which a condition is false, and does not fail either: if an event has none of them,
// the condition need not be evaluated. No atoms at all mean that it is never true.
type guard struct {
	atoms  []atom
	chance float64 // estimated share of the events that have one of them
}

// searched are the slots whose texts the guard searches for parts.
func (g *guard) searched() (slots []int) {
	for _, a := range g.atoms {
		if a.need.kind != NeedWhole && !a.anyValue() && !slices.Contains(slots, a.slot) {
			slots = append(slots, a.slot)
		}
	}
	return slots
}

// guardOf finds the guard of a leaf; ok is false for what may be true, or fail, on any event.
func guardOf(n Node) (atoms []atom, ok bool) {
	switch n := n.(type) {
	case *exactLeaf:
		return []atom{{n.slot, needExact(n.text)}}, true
	case *leaf:
		for _, need := range n.needs {
			a := atom{n.slot, need}
			if a.anyValue() {
				return []atom{a}, true
			}
			atoms = append(atoms, a)
		}
		if len(atoms) == 0 {
			atoms = []atom{{slot: n.slot}}
		}
		return atoms, true
	case Constant:
		return nil, !n.Value()
	case neverNode:
		return nil, true
	}
	return nil, false
}

// required lists the members of a conjunction that are evaluated before any script can have failed: each of them must be
// true, and if one is false the whole is, whatever the rest.
func required(n Node) []Node {
	switch n := n.(type) {
	case *And:
		var out []Node
		for _, kid := range n.Kids {
			out = append(out, required(kid)...)
			if MayFail(kid) {
				break
			}
		}
		return out
	}
	return []Node{n}
}

// statistics guesses how often events have an atom. Nothing is known of the events, so the rules stand for them: a value
// that many rules name is frequent, one of a field of which they name a thousand is rare.
type statistics struct {
	named map[atom]int
	total map[int]int // by slot

	avoided int // slot in which no guard is to look
}

// nowhere is no slot at all, not even NoSlot.
const nowhere = -1

func newStatistics() *statistics { return &statistics{map[atom]int{}, map[int]int{}, nowhere} }

// count adds the leaves of a condition, except those below a not.
func (s *statistics) count(n Node) {
	for _, m := range required(n) {
		if or, ok := m.(*Or); ok {
			for _, kid := range or.Kids {
				s.count(kid)
			}
			continue
		}
		atoms, _ := guardOf(m)
		for _, a := range atoms {
			if !a.anyValue() {
				s.named[a]++
				s.total[a.slot]++
			}
		}
	}
}

// chance is the estimated share of the events that have the atom.
func (s *statistics) chance(a atom) float64 {
	if a.anyValue() {
		return 0.5
	}
	p := float64(s.named[a]) / float64(s.total[a.slot]+8)
	switch n := len(a.need.text); {
	case a.need.kind == NeedWhole:
		return p
	case n < 4:
		return max(p, 0.2)
	case n < 8:
		return max(p, 0.03)
	}
	return max(p, 0.01)
}

// guard chooses the guard of a condition that the fewest events will have.
func (s *statistics) guard(n Node) (best guard, ok bool) {
	for _, m := range required(n) {
		g, found := s.single(m)
		if found && (!ok || g.chance < best.chance) {
			best, ok = g, true
		}
	}
	return best, ok
}

// single is the guard of a condition that is no conjunction.
func (s *statistics) single(n Node) (g guard, ok bool) {
	if or, isOr := n.(*Or); isOr {
		for _, kid := range or.Kids {
			k, ok := s.guard(kid)
			if !ok {
				return guard{}, false
			}
			g.atoms = append(g.atoms, k.atoms...)
			g.chance += k.chance
		}
		return g, true
	}
	g.atoms, ok = guardOf(n)
	for _, a := range g.atoms {
		if a.slot == s.avoided {
			return guard{}, false
		}
		g.chance += s.chance(a)
	}
	return g, ok
}

// compare orders atoms: the same in every run.
func (a atom) compare(b atom) int {
	return cmp.Or(cmp.Compare(a.slot, b.slot), cmp.Compare(a.need.kind, b.need.kind), cmp.Compare(a.need.text, b.need.text))
}
