package logic

import (
	"cmp"
	"slices"

	"github.com/rulevet/rulevet/internal/lucene"
)

// Bounds of one question: conflicts, and answers of the solver that the values of a field contradict.
const maxSteps = 4_000

// Model is a choice of leaves on which a formula is true: those that matter.
type Model struct {
	space *Space
	True  []int // leaves, by number
	False []int
}

// question is a formula on its way through the solver.
type question struct {
	space   *Space
	solver  *solver
	vars    map[int]int // leaf -> variable
	gates   map[int]lit // formula -> its literal
	formula *Formula
	hard    bool // a cover was not decided
	model   *Model
}

// Answer is what is known of a formula.
type Answer uint8

// Answers.
const (
	Unknown  Answer = iota
	Possible        // some choice of leaves makes it true, as far as their extents tell
	Never           // no event makes it true
)

// Possible tells whether an event can make a formula true. With Possible comes a choice of leaves; whether there is an event for it
// is certain only if none of them is without an extent.
func (s *Space) Possible(f *Formula) (Answer, *Model) {
	switch f.op {
	case opFalse:
		return Never, nil
	case opTrue:
		return Possible, &Model{space: s}
	}
	q := &question{space: s, solver: newSolver(maxSteps), vars: map[int]int{}, gates: map[int]lit{}, formula: f}
	q.solver.add(clause{q.gate(f)})
	switch q.solver.search(q.check) {
	case unsatisfiable:
		return Never, nil
	case satisfiable:
		return Possible, q.model
	}
	return Unknown, nil
}

// Implies tells whether every event that makes a true makes b true. If not for sure, a choice of leaves may come along on
// which a is true and b is not.
func (s *Space) Implies(a, b *Formula) (yes Answer, m *Model) {
	return s.Possible(s.And(a, s.Not(b)))
}

// gate is the literal that stands for a formula.
func (q *question) gate(f *Formula) lit {
	if l, ok := q.gates[f.id]; ok {
		return l
	}
	var l lit
	switch f.op {
	case opLeaf:
		v := q.solver.variable()
		q.vars[f.atom] = v
		l = lit(2 * v)
	case opNot:
		l = q.gate(f.kids[0]).not()
	case opTrue, opFalse:
		l = lit(2 * q.solver.variable())
		if f.op == opFalse {
			q.solver.add(clause{l.not()})
		} else {
			q.solver.add(clause{l})
		}
	default:
		l = q.chain(f)
	}
	q.gates[f.id] = l
	return l
}

func (q *question) chain(f *Formula) lit {
	kids := make([]lit, len(f.kids))
	for i, k := range f.kids {
		kids[i] = q.gate(k)
	}
	l := lit(2 * q.solver.variable())
	whole := l
	if f.op == opOr { // not (not a and not b)
		whole = l.not()
	}
	long := clause{whole}
	for _, k := range kids {
		if f.op == opOr {
			k = k.not()
		}
		q.solver.add(clause{whole.not(), k})
		long = append(long, k.not())
	}
	q.solver.add(long)
	return l
}

// check asks whether the fields can have values for the choice that the solver made. If not, it adds the reason.
func (q *question) check() bool {
	m := &Model{space: q.space}
	q.justify(q.formula, true, m, map[[2]int]bool{})
	slices.Sort(m.True)
	slices.Sort(m.False)
	m.True, m.False = slices.Compact(m.True), slices.Compact(m.False)
	ok := true
	for _, p := range m.True {
		if reason := q.contradiction(p, m.False); reason != nil {
			q.solver.add(reason)
			ok = false
		}
	}
	if ok {
		q.model = m
	}
	return ok
}

func (q *question) holds(f *Formula) bool {
	switch f.op {
	case opTrue:
		return true
	case opFalse:
		return false
	}
	return q.solver.of(q.gates[f.id]) > 0
}

// justify collects the leaves that make a formula true, or false, under the solver's choice.
func (q *question) justify(f *Formula, want bool, m *Model, done map[[2]int]bool) {
	key := [2]int{f.id, boolInt(want)}
	if done[key] {
		return
	}
	done[key] = true
	switch {
	case f.op == opLeaf && want:
		m.True = append(m.True, f.atom)
	case f.op == opLeaf:
		m.False = append(m.False, f.atom)
	case f.op == opNot:
		q.justify(f.kids[0], !want, m, done)
	case (f.op == opAnd) == want: // all members are needed
		for _, k := range f.kids {
			q.justify(k, want, m, done)
		}
	default: // one is enough: the smallest
		var best *Formula
		for _, k := range f.kids {
			if q.holds(k) == want && (best == nil || k.size < best.size) {
				best = k
			}
		}
		if best != nil {
			q.justify(best, want, m, done)
		}
	}
}

// contradiction is the clause that rules out that a leaf is true while others on its field are false; nil if that can be.
func (q *question) contradiction(p int, falses []int) clause {
	a := q.space.atoms[p]
	if a.slot < 0 {
		return nil
	}
	var by []*atom
	for _, n := range falses {
		if b := q.space.atoms[n]; b.slot == a.slot {
			by = append(by, b)
		}
	}
	if len(by) == 0 {
		return nil
	}
	c := q.space.covered(a, by)
	if !c.decided {
		q.hard = true
	}
	if !c.covered {
		return nil
	}
	by = q.space.fewest(a, by)
	out := clause{lit(2*q.vars[p] + 1)}
	for _, b := range by {
		out = append(out, lit(2*q.vars[b.number]))
	}
	return out
}

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
			other = append(other, s.Not(s.intern(&Formula{op: opLeaf, atom: a})))
		}
		for _, a := range m.False {
			other = append(other, s.intern(&Formula{op: opLeaf, atom: a}))
		}
		if len(other) == 0 {
			break
		}
		f = s.And(f, s.Or(other...))
	}
	return out
}
