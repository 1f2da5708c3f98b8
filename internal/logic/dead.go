package logic

import (
	"slices"

	"github.com/rulevet/rulevet/internal/lucene"
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
func Review(root *predicate.Cond, single func(*predicate.Field) bool, covered bool) []Finding {
	if !covered && !shared(root, map[int]bool{}) {
		return nil
	}
	s := New()
	s.effort = lucene.Quick
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
	bySlot := map[int][]int{}
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
			if a.set.kind == b.set.kind && !together([]*atom{a, b}, nil, r.space.effort) {
				return []*predicate.Cond{list[j], c}
			}
		}
		bySlot[a.slot] = append(bySlot[a.slot], i)
	}
	return nil
}

// maxQuestions bounds the questions about one condition.
const maxQuestions = 600

type reviewer struct {
	space   *Space
	forms   map[*predicate.Cond]*Formula // of conditions
	ties    map[[2]int]bool              // pairs of leaves that may decide one another
	covered bool                         // members that others cover are wanted
	found   []Finding
	budget  int
}

// never asks whether a formula cannot be true together with others, which can be true by themselves. Others that no chain of common
// fields ties to it have no say.
func (r *reviewer) never(f *Formula, others ...*Formula) bool {
	if r.budget--; r.budget < 0 {
		return false
	}
	about := f.groups(r.space)
	list := []*Formula{f}
	rest := slices.Clone(others)
	for grown := true; grown; {
		grown = false
		for i, o := range rest {
			if o != nil && meet(about, o.groups(r.space)) {
				list, about, rest[i], grown = append(list, o), union(about, o.groups(r.space)), nil, true
			}
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

func union(a, b []int) []int {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}

func meet(a, b []int) bool {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			return true
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return false
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
		tie = x.set.sampled(&y.set) == all || y.set.sampled(&x.set) == all
		r.ties[key] = tie
	}
	return tie
}

// touches reports whether a formula may decide others, or they it.
func (r *reviewer) touches(f *Formula, others []*Formula) bool {
	mine, about := f.leaves(), f.groups(r.space)
	for _, o := range others {
		if !meet(about, o.groups(r.space)) {
			continue
		}
		for _, b := range o.leaves() {
			if slices.ContainsFunc(mine, func(a int) bool { return r.tied(a, b) }) {
				return true
			}
		}
	}
	return false
}

// knotted reports whether a leaf of a formula may decide another one, or stands in it twice.
func (r *reviewer) knotted(f *Formula) bool {
	if repeats(f) {
		return true
	}
	groups := make([][]int, r.space.groups)
	for _, a := range f.leaves() {
		g := r.space.atoms[a].group
		if slices.ContainsFunc(groups[g], func(b int) bool { return r.tied(a, b) }) {
			return true
		}
		groups[g] = append(groups[g], a)
	}
	return false
}

// formsOf are the formulas of conditions.
func (r *reviewer) formsOf(list []*predicate.Cond) []*Formula {
	out := make([]*Formula, len(list))
	for i, c := range list {
		out[i] = r.form(c)
	}
	return out
}

// visit looks at a part. All of ctx must be true for the part to matter.
func (r *reviewer) visit(c *predicate.Cond, ctx []*Formula) {
	switch c.Op {
	case predicate.OpNot:
		r.visit(c.Kids[0], ctx)
	case predicate.OpAnd, predicate.OpOr:
		r.chain(c, ctx)
	default:
		r.list(c, ctx)
	}
}

// chain looks at the members of and, or: each matters only where the others do not decide.
func (r *reviewer) chain(c *predicate.Cond, ctx []*Formula) {
	alive := slices.Clone(c.Kids)
	for i := len(c.Kids) - 1; i >= 0; i-- { // from the end: of two that say the same the later one goes
		kid := c.Kids[i]
		if _, constant := kid.Node.(predicate.Constant); constant {
			continue
		}
		others := slices.DeleteFunc(slices.Clone(alive), func(o *predicate.Cond) bool { return o == kid })
		there := slices.Clone(ctx)
		for _, f := range r.formsOf(others) {
			if c.Op == predicate.OpOr {
				f = r.space.Not(f)
			}
			there = append(there, f)
		}
		if r.touches(r.form(kid), there) && r.judge(c, kid, others, ctx, there) {
			alive = others
			continue
		}
		r.visit(kid, there)
	}
}

// judge reports a member that is always true, or never, where it matters.
func (r *reviewer) judge(c, kid *predicate.Cond, others []*predicate.Cond, ctx, there []*Formula) bool {
	f := r.form(kid)
	never := r.never(f, there...)
	always := !never && r.never(r.space.Not(f), there...)
	if !never && !always || r.never(r.space.And(there...)) {
		return false
	}
	x := Finding{Kind: DeadClause, Cond: kid, Always: always}
	redundant := always == (c.Op == predicate.OpAnd) // the others say it already
	for _, o := range others {
		g := r.form(o)
		if c.Op == predicate.OpOr {
			g = r.space.Not(g)
		}
		opposite := f
		if always {
			opposite = r.space.Not(f)
		}
		if r.touches(f, []*Formula{g}) && r.never(opposite, append(slices.Clone(ctx), g)...) {
			x.By = []*predicate.Cond{o}
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
func (r *reviewer) list(c *predicate.Cond, ctx []*Formula) {
	if c.Origin == nil || !r.covered && !r.overlaps(r.form(c), ctx) {
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
		} else if f.op != opLeaf || !r.touches(f, ctx) || !r.never(f, ctx...) {
			continue
		}
		gone[i] = true
		if x.By == nil || forms[covers[i]] != f {
			r.found = append(r.found, x)
		}
	}
}

// overlaps reports whether a leaf seems to have a value in common with a leaf of others.
func (r *reviewer) overlaps(f *Formula, others []*Formula) bool {
	if f.op != opLeaf {
		return true
	}
	x := r.space.atoms[f.atom]
	for _, o := range others {
		for _, b := range o.leaves() {
			y := r.space.atoms[b]
			if x.slot >= 0 && x.group == y.group && (x.set.sampled(&y.set) != none || y.set.sampled(&x.set) != none) {
				return true
			}
		}
	}
	return false
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
	for i, f := range forms {
		for _, j := range patterns {
			if out[i] < 0 && i != j && out[j] != i && f.op == opLeaf && r.within(f, forms[j]) {
				out[i] = j
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
	for i := len(list) - 1; i >= 0 && len(list) > 1; i-- {
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
