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
// most one value as far as anybody knows; nil: none. The condition is looked at twice then, first without that.
func Review(root *predicate.Cond, single func(*predicate.Field) bool) []Finding {
	out := review(root, nil)
	if single == nil || len(out) > 0 {
		return out
	}
	out = review(root, single)
	for i := range out {
		out[i].Assumed = true
	}
	return out
}

func review(root *predicate.Cond, single func(*predicate.Field) bool) []Finding {
	s := New()
	s.single = single
	r := &reviewer{space: s, slots: map[*predicate.Cond][]int{}, budget: maxQuestions}
	if !r.shares(root) {
		return nil
	}
	if f := s.Of(root.Node); f.op == opFalse || r.never(f) {
		return []Finding{{Kind: NeverTrue, Cond: root, By: r.core(root)}}
	}
	r.visit(root, s.Bool(true), nil)
	return r.found
}

// maxQuestions bounds the questions about one condition.
const maxQuestions = 600

type reviewer struct {
	space  *Space
	slots  map[*predicate.Cond][]int // fields below a condition
	found  []Finding
	budget int
}

// never asks whether a formula cannot be true; beyond the budget it may.
func (r *reviewer) never(f *Formula) bool {
	if r.budget--; r.budget < 0 {
		return false
	}
	answer, _ := r.space.Possible(f)
	return answer == Never
}

func (r *reviewer) form(c *predicate.Cond) *Formula { return r.space.Of(c.Node) }

// fields are the slots that a condition reads, sorted, each once.
func (r *reviewer) fields(c *predicate.Cond) []int {
	if have, ok := r.slots[c]; ok {
		return have
	}
	var out []int
	for _, f := range c.Fields {
		out = append(out, f.Slot)
	}
	for _, k := range c.Kids {
		out = append(out, r.fields(k)...)
	}
	slices.Sort(out)
	out = slices.Compact(out)
	r.slots[c] = out
	return out
}

// shares reports whether two parts of a condition are about one field: without that no part can decide another.
func (r *reviewer) shares(c *predicate.Cond) bool {
	uses := map[int]int{}
	var count func(c *predicate.Cond) bool
	count = func(c *predicate.Cond) bool {
		if len(c.Kids) == 0 {
			for _, f := range c.Fields {
				if uses[f.Slot]++; uses[f.Slot] > 1 {
					return true
				}
			}
			return c.Origin != nil && len(c.Origin.Members()) > 1
		}
		return slices.ContainsFunc(c.Kids, count)
	}
	return count(c)
}

// touches reports whether a condition is about a field of others.
func (r *reviewer) touches(c *predicate.Cond, others []*predicate.Cond) bool {
	mine := r.fields(c)
	return slices.ContainsFunc(others, func(o *predicate.Cond) bool {
		return slices.ContainsFunc(r.fields(o), func(slot int) bool { return slices.Contains(mine, slot) })
	})
}

// visit looks at a part. ctx must be true for the part to matter; around are the conditions that ctx is made of.
func (r *reviewer) visit(c *predicate.Cond, ctx *Formula, around []*predicate.Cond) {
	switch c.Op {
	case predicate.OpNot:
		r.visit(c.Kids[0], ctx, around)
	case predicate.OpAnd, predicate.OpOr:
		r.chain(c, ctx, around)
	default:
		r.list(c, ctx, around)
	}
}

// chain looks at the members of and, or: each matters only where the others do not decide.
func (r *reviewer) chain(c *predicate.Cond, ctx *Formula, around []*predicate.Cond) {
	and := c.Op == predicate.OpAnd
	alive := slices.Clone(c.Kids)
	for i := len(c.Kids) - 1; i >= 0; i-- { // from the end: of two that say the same the later one goes
		kid := c.Kids[i]
		if _, constant := kid.Node.(predicate.Constant); constant {
			continue
		}
		others := slices.DeleteFunc(slices.Clone(alive), func(o *predicate.Cond) bool { return o == kid })
		near := slices.Concat(around, others)
		where := []*Formula{ctx}
		for _, o := range others {
			f := r.form(o)
			if !and {
				f = r.space.Not(f)
			}
			where = append(where, f)
		}
		there := r.space.And(where...)
		if r.touches(kid, near) && r.judge(c, kid, others, ctx, there) {
			alive = others
			continue
		}
		r.visit(kid, there, near)
	}
}

// judge reports a member that is always true, or never, where it matters.
func (r *reviewer) judge(c, kid *predicate.Cond, others []*predicate.Cond, ctx, there *Formula) bool {
	f := r.form(kid)
	never := r.never(r.space.And(there, f))
	always := !never && r.never(r.space.And(there, r.space.Not(f)))
	if !never && !always || r.never(there) {
		return false
	}
	x := Finding{Kind: DeadClause, Cond: kid, Always: always}
	redundant := always == (c.Op == predicate.OpAnd) // the others say it already
	for _, o := range others {
		g := r.form(o)
		if c.Op == predicate.OpOr {
			g = r.space.Not(g)
		}
		if always {
			g = r.space.And(ctx, g, r.space.Not(f))
		} else {
			g = r.space.And(ctx, g, f)
		}
		if r.touches(kid, []*predicate.Cond{o}) && r.never(g) {
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

// list looks at the members of a leaf that is a list of alternatives.
func (r *reviewer) list(c *predicate.Cond, ctx *Formula, around []*predicate.Cond) {
	if c.Origin == nil {
		return
	}
	members := c.Origin.Members()
	if len(members) < 2 {
		return
	}
	inContext := r.touches(c, around)
	alive := slices.Clone(members)
	for i := len(members) - 1; i >= 0; i-- {
		m := members[i]
		f := r.form(m)
		others := slices.DeleteFunc(slices.Clone(alive), func(o *predicate.Cond) bool { return o == m })
		x := Finding{Kind: DeadValue, Cond: m}
		for _, o := range others {
			if answer := r.within(f, r.form(o)); answer {
				x.By = []*predicate.Cond{o}
				break
			}
		}
		if x.By != nil || inContext && r.never(r.space.And(ctx, f)) {
			r.found = append(r.found, x)
			alive = others
		}
	}
}

// within tells whether a leaf's values all belong to another's, without the solver.
func (r *reviewer) within(a, b *Formula) bool {
	if a.op != opLeaf || b.op != opLeaf {
		return a == b
	}
	x, y := r.space.atoms[a.atom], r.space.atoms[b.atom]
	return x == y || x.slot >= 0 && x.slot == y.slot && r.space.covered(x, []*atom{y}).covered
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
