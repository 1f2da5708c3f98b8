package lucene

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Lucene turns an expression into a nondeterministic automaton and that into a deterministic one, and gives up when the
// second step costs too much. What it costs depends on the states of the first, so they are built here as Lucene builds
// them. Nothing is matched with this automaton.

// Limits of Lucene and Elasticsearch: the effort is the number of states in all sets of states that the second
// automaton is made of; a counted repetition may not have more states than maxRepeated.
const (
	maxEffort   = 100_000
	maxRepeated = 10_000
	maxSpent    = 12_000_000 // states and edges made in all: a bound of ours
	maxSteps    = 40_000_000 // classes of edges looked at while determinizing: a bound of ours, which the effort nearly always meets first
)

// nfa has its initial state first; without states it accepts nothing, not even the empty string.
type nfa struct {
	edges  [][]edge
	accept []bool
}

// edge leads to a state by the code points of some classes of the alphabet.
type edge struct {
	classes *[]uint64
	to      int
}

type complexity struct{ msg string }

// errTooComplex is what Elasticsearch answers to an expression over the limits.
func tooComplex(format string, args ...any) { panic(complexity{fmt.Sprintf(format, args...)}) }

// nfaBuilder builds the automaton of a tree over the alphabet of b.
type nfaBuilder struct {
	b     *builder
	full  []uint64 // all classes
	spent int      // states and edges made so far
}

// simplify builds the automaton of an expression as Lucene does. It returns the tree with parts that match nothing
// replaced, or what makes Elasticsearch refuse it.
func (b *builder) simplify(tree syntax) (out syntax, err error) {
	defer func() {
		if r := recover(); r != nil {
			c, ok := r.(complexity)
			if !ok {
				panic(r)
			}
			err = fmt.Errorf("regular expression is too complex for Elasticsearch: %s", c.msg)
		}
	}()
	n := nfaBuilder{b: b, full: b.alg.anyChar.classes}
	a, out := n.build(tree)
	n.determinize(a, false)
	return out, nil
}

// build returns the automaton of x, and x itself or nothing{} in its place.
func (n *nfaBuilder) build(x syntax) (*nfa, syntax) {
	a, x := n.make(x)
	if len(a.accept) == 0 {
		return a, nothing{}
	}
	return a, x
}

func (n *nfaBuilder) make(x syntax) (*nfa, syntax) {
	switch x := x.(type) {
	case text:
		return n.text(x), x
	case anyChar:
		return one(n.full), x
	case anyText:
		return n.closure(one(n.full)), x
	case class:
		return n.class(x.set), x
	case interval:
		return n.interval(x), x.plain()
	case concat:
		list, trees := n.all(x)
		return n.concatenate(list), concat(trees)
	case union:
		list, trees := n.all(x)
		return n.alternatives(list), union(trees)
	case both:
		list, trees := n.all(x)
		a := list[0]
		for _, c := range list[1:] {
			a = intersect(a, c)
		}
		return a, both(trees)
	case negation:
		a, y := n.build(x.x)
		return n.complement(a), negation{y}
	case repeat:
		a, y := n.build(x.x)
		return n.repeated(a, x.min, x.max), repeat{y, x.min, x.max}
	}
	return &nfa{}, x
}

func (n *nfaBuilder) all(list []syntax) ([]*nfa, []syntax) {
	autos, trees := make([]*nfa, len(list)), make([]syntax, len(list))
	for i, x := range list {
		autos[i], trees[i] = n.build(x)
	}
	return autos, trees
}

func one(classes []uint64) *nfa {
	return &nfa{edges: [][]edge{{{&classes, 1}}, nil}, accept: []bool{false, true}}
}

func (n *nfaBuilder) class(s set) *nfa {
	if len(s) == 0 {
		return &nfa{}
	}
	return one(n.b.bits[setKey(s)])
}

func (n *nfaBuilder) text(s text) *nfa {
	a := &nfa{edges: [][]edge{nil}, accept: []bool{false}}
	for _, r := range string(s) {
		last, classes := len(a.edges)-1, n.b.bits[setKey(n.b.charSet(r))]
		a.edges[last] = []edge{{&classes, last + 1}}
		a.edges, a.accept = append(a.edges, nil), append(a.accept, false)
	}
	a.accept[len(a.accept)-1] = true
	return a
}

// add appends the states of c, without its initial one if nothing leads there, and makes the given states lead wherever
// that one does. It returns the accepting states that are new.
func (n *nfaBuilder) add(a, c *nfa, from []int) (ends []int) {
	for _, list := range c.edges {
		n.spend(1 + len(list))
	}
	first := 0
	if !c.enters() {
		first = 1
	}
	moved := len(a.edges) - first
	for s := first; s < len(c.edges); s++ {
		a.edges, a.accept = append(a.edges, moveEdges(nil, c.edges[s], moved)), append(a.accept, c.accept[s])
		if c.accept[s] {
			ends = append(ends, s+moved)
		}
	}
	for _, s := range from {
		n.spend(len(c.edges[0]))
		a.edges[s] = moveEdges(a.edges[s], c.edges[0], moved)
	}
	return ends
}

func moveEdges(out, list []edge, by int) []edge {
	out = slices.Grow(out, len(list))
	for _, e := range list {
		out = append(out, edge{e.classes, e.to + by})
	}
	return out
}

// compact makes one edge of those that lead to the same state.
func compact(list []edge) []edge {
	if len(list) < 2 {
		return list
	}
	slices.SortStableFunc(list, func(x, y edge) int { return x.to - y.to })
	out := list[:1]
	for _, e := range list[1:] {
		last := &out[len(out)-1]
		if last.to != e.to {
			out = append(out, e)
		} else if !slices.Equal(*last.classes, *e.classes) {
			all := slices.Clone(*last.classes)
			for i, w := range *e.classes {
				all[i] |= w
			}
			last.classes = &all
		}
	}
	return out
}

// spend bounds the work: nested repetition can copy the same states again and again.
func (n *nfaBuilder) spend(steps int) {
	if n.spent += steps; n.spent > maxSpent {
		tooComplex("building an automaton for it takes more than %d steps", maxSpent)
	}
}

func (a *nfa) clone() *nfa {
	out := &nfa{accept: slices.Clone(a.accept), edges: make([][]edge, len(a.edges))}
	for s, list := range a.edges {
		out.edges[s] = slices.Clone(list)
	}
	return out
}

// ends lists the accepting states.
func (a *nfa) ends() []int {
	var list []int
	for s, ok := range a.accept {
		if ok {
			list = append(list, s)
		}
	}
	return list
}

// enters tells whether an edge leads to the initial state.
func (a *nfa) enters() bool {
	return slices.ContainsFunc(a.edges, func(list []edge) bool {
		return slices.ContainsFunc(list, func(e edge) bool { return e.to == 0 })
	})
}

// concatenate appends one automaton after another: where the words so far may end, the next one begins.
func (n *nfaBuilder) concatenate(list []*nfa) *nfa {
	for _, a := range list {
		if len(a.accept) == 0 {
			return a
		}
	}
	n.spend(len(list[0].edges))
	out := list[0].clone()
	ends := out.ends()
	for _, a := range list[1:] {
		more := n.add(out, a, ends)
		if a.accept[0] { // the words may end where they did before
			ends = append(ends, more...)
		} else {
			ends = more
		}
	}
	clear(out.accept)
	for _, s := range ends {
		out.accept[s] = true
	}
	return out
}

func (n *nfaBuilder) alternatives(list []*nfa) *nfa {
	out := &nfa{edges: [][]edge{nil}, accept: []bool{false}}
	some := false
	for _, a := range list {
		if len(a.accept) > 0 {
			some = true
			n.add(out, a, []int{0})
			out.accept[0] = out.accept[0] || a.accept[0]
		}
	}
	if !some {
		return &nfa{}
	}
	return out.mergeEnds(-1)
}

// mergeEnds makes one state of all accepting states that lead nowhere: the given one, or the first of them.
func (a *nfa) mergeEnds(into int) *nfa {
	keep, same := make([]bool, len(a.edges)), make([]int, len(a.edges))
	for s := range a.edges {
		same[s], keep[s] = s, true
		if s > 0 && a.accept[s] && len(a.edges[s]) == 0 {
			if into < 0 {
				into = s
			}
			same[s], keep[s] = into, s == into
		}
	}
	for _, list := range a.edges {
		for i := range list {
			list[i].to = same[list[i].to]
		}
	}
	return a.only(keep)
}

// closure is any number of a's words one after another.
func (n *nfaBuilder) closure(a *nfa) *nfa {
	if len(a.accept) == 0 || a.accept[0] && !slices.Contains(a.accept[1:], true) {
		return a
	}
	out := &nfa{edges: [][]edge{nil}, accept: []bool{true}}
	n.add(out, a, []int{0})
	out = out.mergeEnds(0)
	for _, s := range out.ends() {
		if s > 0 {
			n.spend(len(out.edges[0]))
			out.edges[s] = compact(append(out.edges[s], out.edges[0]...))
		}
	}
	return out
}

func (n *nfaBuilder) optional(a *nfa) *nfa {
	if len(a.accept) > 0 && a.accept[0] {
		return a
	}
	out := &nfa{edges: [][]edge{nil}, accept: []bool{true}}
	if len(a.accept) > 0 {
		n.add(out, a, []int{0})
	}
	return out
}

func (n *nfaBuilder) repeated(a *nfa, lo, hi int) *nfa {
	states := len(a.accept) - 1
	switch {
	case lo == 0 && hi < 0:
		return n.closure(a)
	case lo == 0 && hi == 1:
		return n.optional(a)
	case states > 0 && max(lo, hi) > maxRepeated/states:
		tooComplex("a part with %d states is repeated %d times, more than %d states", states, max(lo, hi), maxRepeated)
	}
	if states <= 0 && (len(a.edges) == 0 || len(a.edges[0]) == 0) { // it matches the empty text at most
		lo, hi = min(lo, 1), min(hi, 1)
	}
	if max(lo, hi) > maxEffort {
		tooComplex("a part is repeated %d times", max(lo, hi))
	}
	if states == 0 { // one state that leads to itself: more copies lead nowhere else
		lo, hi = min(lo, 2), min(hi, 2)
	}
	list := make([]*nfa, lo, lo+1)
	for i := range list {
		list[i] = a
	}
	if hi < 0 {
		return n.concatenate(append(list, n.closure(a)))
	}
	out := &nfa{edges: [][]edge{nil}, accept: []bool{true}}
	if lo > 0 {
		out = n.concatenate(list)
	}
	if len(a.accept) == 0 || len(out.accept) == 0 {
		return out
	}
	ends := out.ends()
	for range hi - lo {
		ends = n.add(out, a, ends)
	}
	return out
}

// live drops states that are not reached and states that lead to no accepting one.
func (a *nfa) live() *nfa {
	reached := make([]bool, len(a.edges))
	back := make([][]int, len(a.edges))
	for todo := []int{0}; len(todo) > 0; {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if reached[s] {
			continue
		}
		reached[s] = true
		for _, e := range a.edges[s] {
			back[e.to] = append(back[e.to], s)
			todo = append(todo, e.to)
		}
	}
	useful := make([]bool, len(a.edges))
	var todo []int
	for s, ok := range a.accept {
		if ok && reached[s] {
			todo = append(todo, s)
		}
	}
	for len(todo) > 0 {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if !useful[s] {
			useful[s] = true
			todo = append(todo, back[s]...)
		}
	}
	if !useful[0] {
		return &nfa{}
	}
	return a.only(useful)
}

// only keeps the given states.
func (a *nfa) only(keep []bool) *nfa {
	number, count := make([]int, len(keep)), 0
	for s, ok := range keep {
		number[s] = count
		if ok {
			count++
		}
	}
	if count == len(keep) {
		return a
	}
	out := &nfa{}
	for s, ok := range keep {
		if !ok {
			continue
		}
		list := a.edges[s][:0:0]
		for _, e := range a.edges[s] {
			if keep[e.to] {
				list = append(list, edge{e.classes, number[e.to]})
			}
		}
		out.edges, out.accept = append(out.edges, list), append(out.accept, a.accept[s])
	}
	return out
}

func intersect(a, c *nfa) *nfa {
	if len(a.accept) == 0 || len(c.accept) == 0 {
		return &nfa{}
	}
	out, numbers := &nfa{}, map[[2]int]int{}
	var pairs [][2]int
	number := func(p [2]int) int {
		s, ok := numbers[p]
		if !ok {
			s = len(pairs)
			numbers[p] = s
			pairs = append(pairs, p)
			out.edges = append(out.edges, nil)
			out.accept = append(out.accept, a.accept[p[0]] && c.accept[p[1]])
		}
		return s
	}
	number([2]int{0, 0})
	for s := 0; s < len(pairs); s++ {
		if s > maxEffort {
			tooComplex("the intersection has more than %d states", maxEffort)
		}
		p := pairs[s]
		for _, e := range a.edges[p[0]] {
			for _, f := range c.edges[p[1]] {
				if common := overlap(*e.classes, *f.classes); common != nil {
					to := number([2]int{e.to, f.to})
					out.edges[s] = append(out.edges[s], edge{&common, to})
				}
			}
		}
	}
	return out.live()
}

func overlap(x, y []uint64) []uint64 {
	var out []uint64
	for i := range x {
		if x[i]&y[i] != 0 {
			out = make([]uint64, len(x))
			for j := i; j < len(x); j++ {
				out[j] = x[j] & y[j]
			}
			break
		}
	}
	return out
}

// complement determinizes, adds the state that all missing edges lead to, and swaps accepting states.
func (n *nfaBuilder) complement(a *nfa) *nfa {
	if len(a.accept) == 0 {
		return n.closure(one(n.full))
	}
	d := n.determinize(a, true)
	out := &nfa{edges: make([][]edge, len(d.edges), len(d.edges)+1), accept: make([]bool, len(d.edges), len(d.edges)+1)}
	sink := len(d.edges)
	for s, list := range d.edges {
		rest := slices.Clone(n.full)
		for _, e := range list {
			for i, w := range *e.classes {
				rest[i] &^= w
			}
		}
		out.edges[s], out.accept[s] = slices.Clone(list), !d.accept[s]
		if slices.ContainsFunc(rest, func(w uint64) bool { return w != 0 }) {
			out.edges[s] = append(out.edges[s], edge{&rest, sink})
		}
	}
	out.edges = append(out.edges, []edge{{&n.full, sink}})
	out.accept = append(out.accept, true)
	return out.live()
}

// interval is <lo-hi>; with a width the numbers have that many digits, else any number of zeros may lead.
type interval struct{ lo, hi, width int }

func (interval) isSyntax() {}

// bounds are the first and the last number, padded to one length.
func (x interval) bounds() (lo, hi string) {
	hi = strconv.Itoa(x.hi)
	if x.width > 0 {
		hi = strings.Repeat("0", max(0, x.width-len(hi))) + hi
	}
	lo = strconv.Itoa(x.lo)
	return strings.Repeat("0", max(0, len(hi)-len(lo))) + lo, hi
}

// plain is the interval written with the other operators.
func (x interval) plain() syntax {
	if x.width == 0 {
		return anyWidth(x.lo, x.hi)
	}
	lo, hi := x.bounds()
	return sameWidth(lo, hi)
}

// intervalStates builds the states of an interval, digit by digit.
type intervalStates struct {
	n        *nfaBuilder
	a        *nfa
	lo, hi   string
	initials []int // where a number may begin: after leading zeros too
}

func (n *nfaBuilder) interval(x interval) *nfa {
	s := intervalStates{n: n, a: &nfa{}}
	s.lo, s.hi = x.bounds()
	free := x.width == 0
	if free {
		s.state(false)
	}
	s.between(0, free)
	if free {
		s.edge(0, 0, '0', '0')
		for _, at := range s.initials {
			s.a.edges[0] = append(s.a.edges[0], s.a.edges[at]...)
		}
		return s.a.live()
	}
	return s.a
}

func (s *intervalStates) state(accept bool) int {
	s.a.edges, s.a.accept = append(s.a.edges, nil), append(s.a.accept, accept)
	return len(s.a.edges) - 1
}

func (s *intervalStates) edge(from, to int, lo, hi byte) {
	classes := make([]uint64, len(s.n.full))
	for c := lo; c <= hi; c++ {
		k := s.n.b.abc.ascii[c]
		classes[k/64] |= 1 << (k % 64)
	}
	s.a.edges[from] = append(s.a.edges[from], edge{&classes, to})
}

func (s *intervalStates) between(i int, zeros bool) int {
	at := s.state(i == len(s.lo))
	if i == len(s.lo) {
		return at
	}
	if zeros {
		s.initials = append(s.initials, at)
	}
	x, y := s.lo[i], s.hi[i]
	if x == y {
		s.edge(at, s.between(i+1, zeros && x == '0'), x, x)
		return at
	}
	s.edge(at, s.atLeast(i+1, zeros && x == '0'), x, x)
	s.edge(at, s.atMost(i+1), y, y)
	if x+1 < y {
		s.edge(at, s.any(i+1), x+1, y-1)
	}
	return at
}

func (s *intervalStates) any(i int) int {
	at := s.state(i == len(s.lo))
	if i < len(s.lo) {
		s.edge(at, s.any(i+1), '0', '9')
	}
	return at
}

func (s *intervalStates) atLeast(i int, zeros bool) int {
	at := s.state(i == len(s.lo))
	if i == len(s.lo) {
		return at
	}
	if zeros {
		s.initials = append(s.initials, at)
	}
	c := s.lo[i]
	s.edge(at, s.atLeast(i+1, zeros && c == '0'), c, c)
	if c < '9' {
		s.edge(at, s.any(i+1), c+1, '9')
	}
	return at
}

func (s *intervalStates) atMost(i int) int {
	at := s.state(i == len(s.hi))
	if i == len(s.hi) {
		return at
	}
	c := s.hi[i]
	s.edge(at, s.atMost(i+1), c, c)
	if c > '0' {
		s.edge(at, s.any(i+1), '0', c-1)
	}
	return at
}
