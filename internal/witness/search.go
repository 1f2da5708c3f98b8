package witness

import (
	"cmp"
	"slices"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
)

// want is a decision about a leaf.
type want struct {
	leaf *leaf
	want bool
}

// wants are the decisions about the leaves of a field, in the order made. What the field has as things stand does for all of them.
type wants struct {
	list []want
	made [2]int // how many of them are to be false, and true
}

func (w *wants) add(l *leaf, to bool) {
	w.list = append(w.list, want{l, to})
	w.made[b2i(to)]++
}

// take takes the last decision back.
func (w *wants) take() {
	last := len(w.list) - 1
	w.made[b2i(w.list[last].want)]--
	w.list = w.list[:last]
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// pending are goals of which one part is enough, in the order in which they are to be chosen from. Many searches share the end of a list.
type pending struct {
	goal Goal
	next *pending
}

// search is one call of Solve.
type search struct {
	solver *Solver
	base   Values
	wants  map[*leaf]bool
	forms  map[*Formula]bool // what they must be
	made   map[*Formula]bool // those taken apart already
	byPath map[string]*wants // of leaves of one field
	joint  []want            // of leaves of several fields
	found  Values            // fields that are decided
	trail  []change          // what can be taken back, the latest last
	values []event.Value     // of the candidate at hand
	budget int
}

func newSearch(s *Solver, base Values) *search {
	return &search{solver: s, base: base, wants: map[*leaf]bool{}, forms: map[*Formula]bool{}, made: map[*Formula]bool{},
		byPath: map[string]*wants{}, found: Values{}, budget: min(maxSteps, s.work, cmp.Or(s.Effort, maxSteps))}
}

// value is what a field has as things stand.
func (x *search) value(path string) []any {
	if v, ok := x.found[path]; ok {
		return v
	}
	return x.base[path]
}

// on are the decisions about the leaves of a field.
func (x *search) on(path string) []want {
	if w := x.byPath[path]; w != nil {
		return w.list
	}
	return nil
}

// all reaches goals: first what must be, then the choices, those of the goals before others that wait.
func (x *search) all(goals []Goal, waiting *pending) bool {
	stack := slices.Clone(goals) // the next goal is the last one
	slices.Reverse(stack)
	var choices []Goal
	for len(stack) > 0 {
		g := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		f := g.Formula
		if old, ok := x.forms[f]; ok && old != g.Want {
			return false
		}
		if _, ok := x.forms[f]; !ok {
			x.forms[f] = g.Want
			x.trail = append(x.trail, change{form: f})
		}
		if x.made[f] {
			continue
		}
		switch {
		case f.leaf != nil:
			if !x.decide(f.leaf, g.Want) {
				return false
			}
		case f.op == predicate.OpNot:
			x.make(f)
			stack = append(stack, Goal{f.kids[0], !g.Want})
		case (f.op == predicate.OpAnd) == g.Want:
			x.make(f)
			for _, k := range slices.Backward(f.kids) {
				stack = append(stack, Goal{k, g.Want})
			}
		default:
			choices = append(choices, g)
		}
	}
	for _, g := range slices.Backward(choices) {
		waiting = &pending{g, waiting}
	}
	if waiting == nil {
		return x.finish()
	}
	return x.choose(waiting.goal, waiting.next)
}

// choose tries the operands of which one is enough; those first that are so already.
func (x *search) choose(g Goal, rest *pending) bool {
	if x.made[g.Formula] { // by another goal
		return x.all(nil, rest)
	}
	x.make(g.Formula)
	kids := slices.Clone(g.Formula.kids)
	done := map[*Formula]bool{}
	for _, k := range kids {
		done[k] = x.now(k) == g.Want
	}
	slices.SortStableFunc(kids, func(a, b *Formula) int {
		switch {
		case done[a] == done[b]:
			return 0
		case done[a]:
			return -1
		}
		return 1
	})
	for _, k := range kids {
		if old, ok := x.forms[k]; ok && old != g.Want { // before anything is copied
			continue
		}
		if x.budget--; x.budget < 0 {
			return false
		}
		mark := len(x.trail)
		if x.all([]Goal{{k, g.Want}}, rest) {
			return true
		}
		x.back(mark)
		if x.budget <= 0 {
			return false
		}
	}
	return false
}

// now evaluates a formula as things stand.
func (x *search) now(f *Formula) bool {
	switch f.op {
	case predicate.OpNot:
		return !x.now(f.kids[0])
	case predicate.OpAnd:
		return !slices.ContainsFunc(f.kids, func(k *Formula) bool { return !x.now(k) })
	case predicate.OpOr:
		return slices.ContainsFunc(f.kids, x.now)
	}
	holds, _ := x.solver.holds(f.leaf, x.value)
	return holds
}

// change is one that can be taken back: just one of its parts is set.
type change struct {
	form  *Formula // got a wanted outcome
	made  *Formula // was taken apart
	leaf  *leaf    // got a wanted outcome
	joint bool     // a leaf came to those of several fields
	path  string   // the field that got a want, or whose values were others
	value bool     // it is about the values
	old   []any    // the old ones
	had   bool     // there were any
}

// make notes that a formula is taken apart.
func (x *search) make(f *Formula) {
	x.made[f] = true
	x.trail = append(x.trail, change{made: f})
}

// find decides the values of a field.
func (x *search) find(path string, values []any) {
	old, had := x.found[path]
	x.trail = append(x.trail, change{path: path, value: true, old: old, had: had})
	x.found[path] = values
}

// back takes back all changes after a mark.
func (x *search) back(mark int) {
	for i := len(x.trail) - 1; i >= mark; i-- {
		switch c := &x.trail[i]; {
		case c.form != nil:
			delete(x.forms, c.form)
		case c.made != nil:
			delete(x.made, c.made)
		case c.leaf != nil:
			delete(x.wants, c.leaf)
		case c.joint:
			x.joint = x.joint[:len(x.joint)-1]
		case c.value && c.had:
			x.found[c.path] = c.old
		case c.value:
			delete(x.found, c.path)
		default:
			x.byPath[c.path].take()
		}
	}
	x.trail = x.trail[:mark]
}

// decide makes a leaf true or false.
func (x *search) decide(l *leaf, to bool) bool {
	if old, ok := x.wants[l]; ok {
		return old == to
	}
	x.wants[l] = to
	x.trail = append(x.trail, change{leaf: l})
	switch len(l.paths) {
	case 0:
		holds, failed := x.solver.holds(l, x.value)
		return holds == to && !failed
	case 1:
		path := l.paths[0]
		on := x.byPath[path]
		if on == nil {
			on = &wants{}
			x.byPath[path] = on
		}
		if on.made[b2i(!to)] > 0 {
			for _, w := range on.list {
				if to && !w.want && l.implies(w.leaf) || !to && w.want && w.leaf.implies(l) {
					return false
				}
			}
		}
		on.add(l, to)
		x.trail = append(x.trail, change{path: path})
		return x.assign(path)
	}
	x.joint = append(x.joint, want{l, to})
	x.trail = append(x.trail, change{joint: true})
	return true
}

// assign finds values of a field for all that is wanted of it, the last of which is new.
func (x *search) assign(path string) bool {
	list := x.on(path)
	if x.fit(list[len(list)-1:], x.value(path)) {
		return true
	}
	for _, w := range list {
		if w.want && w.leaf.fixed != nil { // nothing else to try
			x.find(path, w.leaf.fixed)
			return x.fits(path, w.leaf.fixed)
		}
	}
	for values := range x.candidates(path) {
		if x.fits(path, values) {
			x.find(path, slices.Clone(values))
			return true
		}
		if x.budget < 0 {
			return false
		}
	}
	return false
}

// fits tries values for all that is wanted of a field.
func (x *search) fits(path string, values []any) bool { return x.fit(x.on(path), values) }

func (x *search) fit(list []want, values []any) bool {
	if x.budget--; x.budget < 0 {
		return false
	}
	x.values = x.values[:0]
	for _, v := range values {
		x.values = append(x.values, value(v))
	}
	for _, w := range list {
		if holds, failed := x.solver.holdsOne(w.leaf, values, x.values); failed || holds != w.want {
			return false
		}
	}
	return true
}

// finish decides the leaves of several fields by changing one or two of them.
func (x *search) finish() bool {
	for i := range x.joint {
		if !x.jointFits(i) && !x.adjust(i) {
			return false
		}
	}
	return true
}

// jointFits tells whether the first i+1 joint leaves are as wanted.
func (x *search) jointFits(i int) bool {
	for _, w := range x.joint[:i+1] {
		if holds, failed := x.solver.holds(w.leaf, x.value); failed || holds != w.want {
			return false
		}
	}
	return true
}

// maxAdjusted bounds the combinations tried for a leaf of several fields.
const maxAdjusted = 500

func (x *search) adjust(i int) bool {
	paths := x.joint[i].leaf.paths
	for _, p := range paths {
		for range x.options(p) {
			if x.jointFits(i) {
				return true
			}
		}
	}
	tries := 0
	for n, p := range paths {
		for _, q := range paths[n+1:] {
			for range x.options(p) {
				for range x.options(q) {
					if x.jointFits(i) {
						return true
					}
					if tries++; tries > maxAdjusted {
						return false
					}
				}
			}
		}
	}
	return false
}

// options sets a field to each of its candidates that fit, and back when the loop goes on to the end.
func (x *search) options(path string) func(func([]any) bool) {
	return func(yield func([]any) bool) {
		old, had := x.found[path]
		for v := range x.candidates(path) {
			if !x.fits(path, v) {
				continue
			}
			x.found[path] = slices.Clone(v)
			if !yield(v) {
				return
			}
		}
		if had {
			x.found[path] = old
		} else {
			delete(x.found, path)
		}
	}
}
