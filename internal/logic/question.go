package logic

import (
	"math/bits"
	"slices"
)

// Bounds of one question: conflicts, and answers of the solver that the values of a field contradict; assignments, in all and for
// each part of the question. Where there are very many parts each step takes long.
const (
	maxSteps        = 4_000
	maxAssignments  = 1_000_000
	assignmentsEach = 20
)

// Model is a choice of leaves on which a formula is true: those that matter.
type Model struct {
	space *Space
	True  []int // leaves, by number
	False []int
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
func (s *Space) Possible(f *Formula) (Answer, *Model) { return s.ask([]*Formula{f}, false) }

// never reports whether no event makes all of some formulas true. It is much cheaper than Possible, for there is no model.
func (s *Space) never(list []*Formula) bool {
	answer, _ := s.ask(list, true)
	return answer == Never
}

// Implies tells whether every event that makes a true makes b true. If not for sure, a choice of leaves may come along on
// which a is true and b is not.
func (s *Space) Implies(a, b *Formula) (yes Answer, m *Model) {
	return s.Possible(s.And(a, s.Not(s.without(b, a))))
}

// without is a formula but for what another one says already where that holds: what two long conjunctions have in common is no part
// of the question whether one implies the other.
func (s *Space) without(f, given *Formula) *Formula {
	if f.op != opAnd || given.op != opAnd {
		return f
	}
	said := make(map[*Formula]bool, len(given.kids))
	for _, k := range given.kids {
		said[k] = true
	}
	var rest []*Formula
	for _, k := range f.kids {
		if !said[k] {
			rest = append(rest, k)
		}
	}
	return s.And(rest...)
}

// question is a conjunction of formulas on its way through the solver. Of each part it wants that it is true, or that it is false;
// negation turns that round, so that there are only leaves, parts of which it wants all members, and parts of which one will do.
// One question serves a Space for all that it is asked: its memory is used again.
type question struct {
	space  *Space
	solver solver
	list   []*Formula
	wants  []want     // by part and what is wanted of it
	vars   []variable // by leaf
	ways   [2][]uint8 // by group of leaves: in what ways they are wanted; before, and as far as is known now
	number uint32     // of the question
	round  uint32     // of looking through the formulas
	checks uint32     // of choices of the solver
	model  *Model
}

// want is what a question knows of a part that it wants to be true, or to be false.
type want struct {
	round   uint32 // for which counted, judged and free hold
	counted bool
	judged  bool
	free    bool
	number  uint32 // of the question for which lit holds
	lit     lit    // implies it
	check   uint32 // in which it was justified
}

// variable is that of a leaf.
type variable struct {
	number uint32 // of the question for which v holds
	v      int
}

// Ways in which a leaf is wanted, as bits.
const (
	wantFalse uint8 = 1 << iota
	wantTrue
)

// ask answers a question; lazily without a model, and without the parts that do not matter.
func (s *Space) ask(list []*Formula, lazily bool) (Answer, *Model) {
	q := &s.question
	q.space, q.list, q.model = s, list, nil
	q.wants, q.vars = resized(q.wants, 2*len(s.forms)), resized(q.vars, len(s.atoms))
	q.number++
	q.round++
	if lazily {
		q.leaveOut()
	}
	q.solver.reset(maxSteps, maxAssignments)
	for _, f := range list {
		q.assert(f, true)
		q.solver.work += assignmentsEach * f.size
	}
	switch q.solver.search(q.check) {
	case unsatisfiable:
		return Never, nil
	case satisfiable:
		return Possible, q.model
	}
	return Unknown, nil
}

// resized is a slice of at least a length, with zeros behind what it had.
func resized[T any](list []T, n int) []T {
	if n <= len(list) {
		return list
	}
	return append(list, make([]T, n-len(list))...)
}

// plain turns a wish for a negation into one for what is negated.
func plain(f *Formula, yes bool) (*Formula, bool) {
	for f.op == opNot {
		f, yes = f.kids[0], !yes
	}
	return f, yes
}

// whole reports whether all members of a chain are needed for what is wanted of it; else one is enough.
func whole(f *Formula, yes bool) bool { return (f.op == opAnd) == yes }

// of is what is known of a wish in this round.
func (q *question) of(f *Formula, yes bool) *want {
	w := &q.wants[2*f.id+boolInt(yes)]
	if w.round != q.round {
		w.round, w.counted, w.judged, w.free = q.round, false, false, false
	}
	return w
}

// leaveOut finds the parts that can be had for the asking. A true leaf needs a value that no false leaf of its field has. So if all
// leaves of a field are wanted true, or all false, they can be had together; what they make come true goes, and with it wishes of other
// leaves, which may be free then. Most exclusions of a rule go this way: one of their conditions is about a field of its own.
func (q *question) leaveOut() {
	for i := range q.ways {
		q.ways[i] = resized(q.ways[i], q.space.groups)
	}
	for i := range q.ways[0] {
		q.ways[0][i] = wantTrue | wantFalse
	}
	for before := -1; ; {
		clear(q.ways[1])
		for _, f := range q.list {
			q.count(f, true)
		}
		n := 0
		for _, w := range q.ways[1] {
			n += bits.OnesCount8(w)
		}
		if n == before {
			return // what was judged in this round holds
		}
		before = n
		q.ways[0], q.ways[1] = q.ways[1], q.ways[0]
		q.round++
	}
}

// count notes in what ways the leaves of a part are wanted, without what is free by what was counted before.
func (q *question) count(f *Formula, yes bool) {
	f, yes = plain(f, yes)
	w := q.of(f, yes)
	if w.counted || q.free(f, yes) {
		return
	}
	w.counted = true
	if f.op == opLeaf {
		q.ways[1][q.space.atoms[f.atom].group] |= wantFalse << boolInt(yes)
	}
	for _, k := range f.kids {
		q.count(k, yes)
	}
}

// free reports whether a part can be had without a say in the others.
func (q *question) free(f *Formula, yes bool) bool {
	f, yes = plain(f, yes)
	w := q.of(f, yes)
	if w.judged {
		return w.free
	}
	switch f.op {
	case opLeaf:
		w.free = bits.OnesCount8(q.ways[0][q.space.atoms[f.atom].group]) < 2
	case opAnd, opOr:
		w.free = whole(f, yes)
		for _, k := range f.kids {
			if q.free(k, yes) != w.free {
				w.free = !w.free
				break
			}
		}
	}
	w.judged = true
	return w.free
}

// left reports whether a part is free, as far as the question left out such parts.
func (q *question) left(f *Formula, yes bool) bool {
	f, yes = plain(f, yes)
	return q.of(f, yes).free
}

// assert tells the solver that a part must be had.
func (q *question) assert(f *Formula, yes bool) {
	f, yes = plain(f, yes)
	switch {
	case q.left(f, yes):
	case f.op == opTrue || f.op == opFalse:
		q.solver.broken = q.solver.broken || yes != (f.op == opTrue)
	case f.op == opLeaf:
		q.solver.add(clause{q.literal(f, yes)})
	case whole(f, yes):
		for _, k := range f.kids {
			q.assert(k, yes)
		}
	default:
		q.solver.add(q.either(f, yes, nil))
	}
}

// either is a clause that one member is to be had, of a part of which one will do.
func (q *question) either(f *Formula, yes bool, c clause) clause {
	for _, k := range f.kids {
		c = append(c, q.literal(k, yes))
	}
	return c
}

// literal is one that implies a part, which is not a constant: chains have none in them.
func (q *question) literal(f *Formula, yes bool) lit {
	f, yes = plain(f, yes)
	if f.op == opLeaf {
		x := &q.vars[f.atom]
		if x.number != q.number {
			*x = variable{q.number, q.solver.variable()}
		}
		return lit(2*x.v + boolInt(!yes))
	}
	w := q.of(f, yes)
	if w.number == q.number {
		return w.lit
	}
	var l lit
	if whole(f, yes) {
		kids := make([]lit, 0, len(f.kids))
		for _, k := range f.kids {
			if !q.left(k, yes) {
				kids = append(kids, q.literal(k, yes))
			}
		}
		if len(kids) == 1 {
			l = kids[0]
		} else {
			l = lit(2 * q.solver.variable())
			for _, k := range kids {
				q.solver.add(clause{l.not(), k})
			}
		}
	} else {
		c := q.either(f, yes, make(clause, 0, len(f.kids)+1))
		l = lit(2 * q.solver.variable())
		q.solver.add(append(c, l.not()))
	}
	w.number, w.lit = q.number, l
	return l
}

// check asks whether the fields can have values for the choice that the solver made. If not, it adds the reason.
func (q *question) check() bool {
	m := &Model{space: q.space}
	q.checks++
	for _, f := range q.list {
		q.justify(f, true, m)
	}
	slices.Sort(m.True)
	slices.Sort(m.False)
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

// justify collects the leaves that make a part come true under the solver's choice.
func (q *question) justify(f *Formula, yes bool, m *Model) {
	f, yes = plain(f, yes)
	w := q.of(f, yes)
	if w.free || w.check == q.checks {
		return
	}
	w.check = q.checks
	switch {
	case f.op == opLeaf && yes:
		m.True = append(m.True, f.atom)
	case f.op == opLeaf:
		m.False = append(m.False, f.atom)
	case whole(f, yes):
		for _, k := range f.kids {
			q.justify(k, yes, m)
		}
	default: // the smallest that is true
		var best *Formula
		for _, k := range f.kids {
			if q.solver.of(q.literal(k, yes)) > 0 && (best == nil || k.size < best.size) {
				best = k
			}
		}
		if best != nil {
			q.justify(best, yes, m)
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
		if b := q.space.atoms[n]; b.group == a.group {
			by = append(by, b)
		}
	}
	if len(by) == 0 || !q.space.covered(a, by).covered {
		return nil
	}
	by = q.space.fewest(a, by)
	out := clause{lit(2*q.vars[p].v + 1)}
	for _, b := range by {
		out = append(out, lit(2*q.vars[b.number].v))
	}
	return out
}
