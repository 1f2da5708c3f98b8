package logic

import (
	"slices"

	"github.com/rulevet/rulevet/internal/predicate"
)

// Kind is what is wrong with a part of a condition.
type Kind uint8

// Kinds of findings.
const (
	NeverTrue   Kind = iota + 1 // the whole condition cannot be true
	DeadClause                  // a part cannot be true where it matters, or cannot be false there
	Absorbed                    // a part says what another one says already
	DeadValue                   // a member of a list matches nothing that others do not match, or nothing at all there
	NoExclusion                 // an exclusion excludes nothing that gets there
)

// Finding is a part of a condition that does not do what it seems to.
type Finding struct {
	Kind   Kind
	Cond   *predicate.Cond
	Always bool              // the part is always true where it matters; else never
	By     []*predicate.Cond // what makes it so, as far as it is one or a few other parts
	// Assumed tells that it holds only if no field has several values among those that the schema knows as single.
	Assumed bool
}

// Review looks for parts of a condition that can be left out, or that make it impossible. single tells which fields have at
// most one value as far as anybody knows; nil: none. It counts only for two conditions that exclude each other at the top. covered asks
// for members of lists that others cover too, which takes a look at every list.
func (s *Space) Review(root *predicate.Cond, single func(*predicate.Field) bool, covered bool) []Finding {
	if !covered && !shared(root, map[int]bool{}) {
		return nil
	}
	r := &reviewer{space: s, forms: map[*predicate.Cond]*Formula{}, ties: map[[2]int]bool{}, covered: covered, budget: maxQuestions}
	f := s.Of(root.Node)
	if f.op == opFalse || r.knotted(f) && r.never(f) {
		return []Finding{{Kind: NeverTrue, Cond: root, By: r.core(root)}}
	}
	if by := r.exclusive(root, single); by != nil {
		return []Finding{{Kind: NeverTrue, Cond: root, By: by, Assumed: true}}
	}
	r.visit(root, nil)
	return r.found
}

// shared reports whether two leaves are about one field, or a part is a constant: where each field stands once, no part decides another.
func shared(c *predicate.Cond, seen map[int]bool) bool {
	if _, constant := c.Node.(predicate.Constant); constant {
		return true
	}
	if len(c.Kids) > 0 {
		return slices.ContainsFunc(c.Kids, func(k *predicate.Cond) bool { return shared(k, seen) })
	}
	for _, f := range c.Fields {
		if seen[f.Slot] {
			return true
		}
		seen[f.Slot] = true
	}
	return len(c.Fields) == 0
}

// exclusive finds two leaves that must both be true and have no value in common, on a field of one value.
func (r *reviewer) exclusive(root *predicate.Cond, single func(*predicate.Field) bool) []*predicate.Cond {
	if single == nil {
		return nil
	}
	list := conjuncts(root, nil)
	bySlot, asked := map[int][]int{}, 0
	for i, c := range list {
		f := r.form(c)
		if f.op != opLeaf {
			continue
		}
		a := r.space.atoms[f.atom]
		if a.slot < 0 || !single(a.extent.Field) {
			continue
		}
		for _, j := range bySlot[a.slot] {
			b := r.space.atoms[r.form(list[j]).atom]
			if asked++; asked == maxQuestions {
				return nil
			}
			if a.set.kind == b.set.kind && !together([]*atom{a, b}, nil, r.space.effort) {
				return []*predicate.Cond{list[j], c}
			}
		}
		bySlot[a.slot] = append(bySlot[a.slot], i)
	}
	return nil
}

// maxQuestions bounds the questions about one condition, maxWork the leaves in all of them, maxPairs the pairs of leaves that are
// compared before any is asked, maxLooks how often one is looked at, maxMembers the comparisons of members of one list: a condition with very
// many parts is not looked at to its end.
const (
	maxQuestions = 600
	maxWork      = 150_000
	maxPairs     = 100_000
	maxLooks     = 500_000
	maxMembers   = 1_000_000
)

type reviewer struct {
	space   *Space
	forms   map[*predicate.Cond]*Formula // of conditions
	ties    map[[2]int]bool              // pairs of leaves that may decide one another
	covered bool                         // members that others cover are wanted
	found   []Finding
	budget  int
	work    int // leaves in all questions so far
	pairs   int // compared
	looks   int // at pairs, compared before or not
}

// asks reports whether there is room for more questions.
func (r *reviewer) asks() bool { return r.budget > 0 && r.work <= maxWork }

// pair counts a comparison of two leaves; it reports false when there were too many.
func (r *reviewer) pair() bool {
	r.pairs++
	return r.pairs <= maxPairs
}

// never asks whether a formula cannot be true together with others, which can be true by themselves. Others that no chain of common
// fields ties to it have no say.
func (r *reviewer) never(f *Formula, others ...*Formula) bool {
	if r.budget--; r.budget < 0 || r.work > maxWork {
		return false
	}
	byGroup := map[int][]int{}
	for i, o := range others {
		for _, group := range o.groups(r.space) {
			byGroup[group] = append(byGroup[group], i)
		}
	}
	list, joined := []*Formula{f}, make([]bool, len(others))
	for at := 0; at < len(list); at++ {
		r.work += list[at].size
		for _, group := range list[at].groups(r.space) {
			for _, i := range byGroup[group] {
				if !joined[i] {
					joined[i] = true
					list = append(list, others[i])
				}
			}
			delete(byGroup, group)
		}
	}
	return r.space.never(list)
}

// groups are those of the leaves of a formula, sorted.
func (f *Formula) groups(s *Space) []int {
	if f.about == nil {
		for _, n := range f.leaves() {
			f.about = append(f.about, s.atoms[n].group)
		}
		slices.Sort(f.about)
		f.about = slices.Compact(f.about)
	}
	return f.about
}

// leaves are those of a formula, sorted.
func (f *Formula) leaves() []int {
	if f.members == nil {
		if f.op == opLeaf {
			f.members = []int{f.atom}
		}
		for _, k := range f.kids {
			f.members = append(f.members, k.leaves()...)
		}
		if len(f.kids) > 1 {
			slices.Sort(f.members)
			f.members = slices.Compact(f.members)
		}
	}
	return f.members
}

// form is the formula of a condition.
func (r *reviewer) form(c *predicate.Cond) *Formula {
	f := r.forms[c]
	if f == nil {
		f = r.space.Of(c.Node)
		r.forms[c] = f
	}
	return f
}

// repeats reports whether a leaf stands in a condition twice.
func repeats(f *Formula) bool { return len(f.leaves()) < f.size }

// tied reports whether two leaves may decide one another: they are the same, or the values of one seem to belong to the other.
func (r *reviewer) tied(a, b int) bool {
	if a == b {
		return true
	}
	x, y := r.space.atoms[a], r.space.atoms[b]
	if x.slot < 0 || x.group != y.group {
		return false
	}
	key := [2]int{min(a, b), max(a, b)}
	tie, ok := r.ties[key]
	if !ok {
		tie = r.pair() && (x.set.sampled(&y.set) == all || y.set.sampled(&x.set) == all)
		r.ties[key] = tie
	}
	return tie
}

// touches reports whether a formula may decide another, or the other it.
func (r *reviewer) touches(f, g *Formula) bool {
	for _, b := range g.leaves() {
		if slices.ContainsFunc(f.leaves(), func(a int) bool { return r.tied(a, b) }) {
			return true
		}
	}
	return false
}

// knotted reports whether a leaf of a formula may decide another one, or stands in it twice.
func (r *reviewer) knotted(f *Formula) bool {
	return repeats(f) || r.meets(f, r.scope(nil, []*Formula{f}), func(a, b int) bool { return a != b && r.tied(a, b) })
}

// formsOf are the formulas of conditions.
func (r *reviewer) formsOf(list []*predicate.Cond) []*Formula {
	out := make([]*Formula, len(list))
	for i, c := range list {
		out[i] = r.form(c)
	}
	return out
}

// visit looks at a part, which matters in a scope; nil: everywhere.
func (r *reviewer) visit(c *predicate.Cond, in *scope) {
	switch c.Op {
	case predicate.OpNot:
		r.visit(c.Kids[0], in)
	case predicate.OpAnd, predicate.OpOr:
		r.chain(c, in)
	default:
		r.list(c, in)
	}
}

// chain looks at the members of and, or: each matters only where the others do not decide.
func (r *reviewer) chain(c *predicate.Cond, up *scope) {
	members := r.formsOf(c.Kids)
	if c.Op == predicate.OpOr {
		for i, f := range members {
			members[i] = r.space.Not(f)
		}
	}
	in := r.scope(up, members)
	for i, kid := range slices.Backward(c.Kids) { // from the end: of two that say the same the later one goes
		if _, constant := kid.Node.(predicate.Constant); constant {
			continue
		}
		in.skip = i
		if r.asks() && r.decides(r.form(kid), in) && r.judge(c, kid, in) {
			in.drop()
			continue
		}
		r.visit(kid, in)
	}
}

// judge reports a member of c that is always true, or never, where it matters.
func (r *reviewer) judge(c, kid *predicate.Cond, in *scope) bool {
	f, there := r.form(kid), in.all()
	never := r.never(f, there...)
	always := !never && r.never(r.space.Not(f), there...)
	if !never && !always || r.never(r.space.And(there...)) {
		return false
	}
	x := Finding{Kind: DeadClause, Cond: kid, Always: always}
	redundant := always == (c.Op == predicate.OpAnd) // the others say it already
	opposite := f
	if always {
		opposite = r.space.Not(f)
	}
	for i, g := range in.members {
		if g != nil && i != in.skip && r.touches(f, g) && r.never(opposite, append(in.above(), g)...) {
			x.By = []*predicate.Cond{c.Kids[i]}
			break
		}
	}
	switch {
	case redundant && kid.Op == predicate.OpNot && always:
		x.Kind = NoExclusion
	case redundant && len(x.By) == 1:
		x.Kind = Absorbed
	}
	r.found = append(r.found, x)
	return true
}

// list looks at the members of a leaf that is a list of alternatives. One that is there twice to the letter is left to others.
func (r *reviewer) list(c *predicate.Cond, in *scope) {
	if c.Origin == nil || !r.covered && !r.overlaps(r.form(c), in) {
		return
	}
	members := c.Origin.Members()
	if len(members) < 2 {
		return
	}
	forms := r.formsOf(members)
	gone := make([]bool, len(members))
	covers := r.coveredMembers(forms)
	for i := len(members) - 1; i >= 0; i-- {
		f := forms[i]
		x := Finding{Kind: DeadValue, Cond: members[i]}
		if by := covers[i]; by >= 0 && !gone[by] {
			x.By = members[by : by+1]
		} else if f.op != opLeaf || !r.asks() || !r.decides(f, in) || !r.never(f, in.all()...) {
			continue
		}
		gone[i] = true
		if x.By == nil || forms[covers[i]] != f {
			r.found = append(r.found, x)
		}
	}
}

// overlaps reports whether a leaf seems to have a value in common with a leaf of a scope.
func (r *reviewer) overlaps(f *Formula, in *scope) bool {
	return f.op != opLeaf || r.meets(f, in, func(a, b int) bool {
		x, y := r.space.atoms[a], r.space.atoms[b]
		return x.slot >= 0 && x.group == y.group && r.pair() && (x.set.sampled(&y.set) != none || y.set.sampled(&x.set) != none)
	})
}

// coveredMembers tells of each member which other one covers it; -1: none. Texts without wildcards are looked up; only patterns
// are tried one by one.
func (r *reviewer) coveredMembers(forms []*Formula) []int {
	out := make([]int, len(forms))
	for i := range out {
		out[i] = -1
	}
	if !r.covered {
		return out
	}
	first := map[string]int{}
	var patterns []int
	for i, f := range forms {
		if f.op != opLeaf {
			continue
		}
		if key, exact := r.space.atoms[f.atom].set.only(); !exact {
			patterns = append(patterns, i)
		} else if j, ok := first[key]; ok {
			out[i] = j
		} else {
			first[key] = i
		}
	}
	alone := r.uncovered(forms, patterns)
	looks := 0
	for i, f := range forms {
		if alone[i] || f.op != opLeaf {
			continue
		}
		for _, j := range patterns {
			if out[i] >= 0 {
				break
			}
			if looks++; looks > maxMembers {
				return out
			}
			if i != j && out[j] != i && r.within(f, forms[j]) {
				out[i] = j
			}
		}
	}
	return out
}

// uncovered tells which members are ranges that no other member covers, in one pass over all of them in order: of a list of addresses that
// is most of them.
func (r *reviewer) uncovered(forms []*Formula, among []int) map[int]bool {
	out := map[int]bool{}
	byKind := map[string][]int{}
	for _, i := range among {
		if set := &r.space.atoms[forms[i].atom].set; len(set.ranges) != 1 || len(set.patterns) > 0 {
			return out // it may cover anything
		}
		byKind[r.space.atoms[forms[i].atom].set.kind] = append(byKind[r.space.atoms[forms[i].atom].set.kind], i)
	}
	for _, list := range byKind {
		span := func(i int) span { return r.space.atoms[forms[i].atom].set.ranges[0] }
		slices.SortStableFunc(list, func(a, b int) int {
			if c := compareLow(span(a), span(b)); c != 0 {
				return c
			}
			return compareHigh(span(b), span(a))
		})
		for at, widest := 0, -1; at < len(list); at++ {
			i := list[at]
			inside := widest >= 0 && compareHigh(span(i), span(widest)) <= 0
			twin := at+1 < len(list) && compareLow(span(i), span(list[at+1])) == 0 && compareHigh(span(i), span(list[at+1])) == 0
			out[i] = !inside && !twin
			if !inside {
				widest = i
			}
		}
	}
	return out
}

// within tells whether a leaf's values all belong to another's, without the solver.
func (r *reviewer) within(a, b *Formula) bool {
	if a.op != opLeaf || b.op != opLeaf {
		return a == b
	}
	x, y := r.space.atoms[a.atom], r.space.atoms[b.atom]
	return x == y || x.slot >= 0 && x.slot == y.slot && x.set.within(&y.set, x.extent.Field.Class.Discrete(), r.space.effort)
}

// core is a smallest set of members of a conjunction that cannot be true together.
func (r *reviewer) core(c *predicate.Cond) []*predicate.Cond {
	list := conjuncts(c, nil)
	for i := len(list) - 1; i >= 0 && len(list) > 1 && r.asks(); i-- {
		rest := slices.Delete(slices.Clone(list), i, i+1)
		var all []*Formula
		for _, k := range rest {
			all = append(all, r.form(k))
		}
		if r.never(r.space.And(all...)) {
			list = rest
		}
	}
	return list
}

// conjuncts are the members of a conjunction, those of conjunctions in it included.
func conjuncts(c *predicate.Cond, out []*predicate.Cond) []*predicate.Cond {
	if c.Op != predicate.OpAnd {
		return append(out, c)
	}
	for _, k := range c.Kids {
		out = conjuncts(k, out)
	}
	return out
}
