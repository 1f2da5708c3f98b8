package logic

import "slices"

// A small solver for propositional logic that learns from conflicts. Variables are numbered from 0; literal 2v is "v", 2v+1
// "not v".

type lit int32

func (l lit) not() lit { return l ^ 1 }

func (l lit) variable() int { return int(l >> 1) }

type clause []lit

// solver holds clauses and a partial assignment.
type solver struct {
	clauses  []clause
	watches  [][]int // by literal: clauses that watch it
	value    []int8  // by variable: 0 unknown, 1 true, -1 false
	reason   []int   // by variable: the clause that implied it; -1 for a decision
	level    []int
	trail    []lit
	limits   []int // length of the trail at each decision
	head     int   // of the trail: what is propagated
	activity []float64
	heap     []int // variables to choose from, a binary heap: what had most to do with conflicts stands first; some are assigned
	place    []int // by variable: where it stands in the heap; -1 if it does not
	step     float64
	steps    int // conflicts and complete choices left
	work     int // assignments left
	broken   bool
	lits     []lit // memory of the clauses
	seen     []bool
	learned  clause // memory of the last one
}

// reset makes a solver new, but for its memory. Its search gives up after so many steps or assignments.
func (s *solver) reset(steps, work int) {
	s.clauses, s.watches, s.value, s.reason, s.level = s.clauses[:0], s.watches[:0], s.value[:0], s.reason[:0], s.level[:0]
	s.trail, s.limits, s.activity, s.lits, s.head = s.trail[:0], s.limits[:0], s.activity[:0], s.lits[:0], 0
	s.heap, s.place = s.heap[:0], s.place[:0]
	s.step, s.steps, s.work, s.broken = 1, steps, work, false
}

func (s *solver) variable() int {
	v := len(s.value)
	s.value = append(s.value, 0)
	s.reason = append(s.reason, -1)
	s.level = append(s.level, 0)
	s.activity = append(s.activity, 0)
	s.place = append(s.place, -1)
	s.offer(v)
	for range 2 {
		if n := len(s.watches); n < cap(s.watches) {
			s.watches = s.watches[:n+1]
			s.watches[n] = s.watches[n][:0]
		} else {
			s.watches = append(s.watches, nil)
		}
	}
	return v
}

func (s *solver) of(l lit) int8 {
	v := s.value[l.variable()]
	if l&1 != 0 {
		return -v
	}
	return v
}

// add takes a clause. It may be called at any level: a clause that is false then sends the search back.
func (s *solver) add(c clause) {
	from := len(s.lits)
	s.lits = append(s.lits, c...)
	c = s.lits[from:len(s.lits):len(s.lits)]
	slices.Sort(c)
	c = slices.Compact(c)
	for i := 1; i < len(c); i++ {
		if c[i] == c[i-1].not() {
			return // always true
		}
	}
	switch len(c) {
	case 0:
		s.broken = true
		return
	case 1:
		s.backTo(0)
		if s.of(c[0]) < 0 {
			s.broken = true
		} else if s.of(c[0]) == 0 {
			s.assign(c[0], -1)
		}
		return
	}
	if len(s.trail) > 0 { // Watch the literals that became false last, so that going back frees them.
		slices.SortStableFunc(c, func(a, b lit) int { return s.rank(b) - s.rank(a) })
	}
	if s.of(c[0]) < 0 || s.of(c[1]) < 0 && s.of(c[0]) == 0 {
		to := s.level[c[1].variable()]
		if s.of(c[0]) < 0 && s.level[c[0].variable()] == to {
			to--
		}
		s.backTo(max(to, 0))
	}
	n := len(s.clauses)
	s.clauses = append(s.clauses, c)
	s.watches[c[0]] = append(s.watches[c[0]], n)
	s.watches[c[1]] = append(s.watches[c[1]], n)
	if s.of(c[1]) < 0 {
		switch s.of(c[0]) {
		case 0:
			s.assign(c[0], n)
		case -1:
			s.broken = s.broken || len(s.limits) == 0
		}
	}
}

// rank orders literals for watching: true and unknown ones first, then the latest false ones.
func (s *solver) rank(l lit) int {
	if s.of(l) >= 0 {
		return 1 << 30
	}
	return s.level[l.variable()]
}

func (s *solver) assign(l lit, why int) {
	v := l.variable()
	s.value[v] = 1 - 2*int8(l&1)
	s.reason[v], s.level[v] = why, len(s.limits)
	s.trail = append(s.trail, l)
	s.work--
}

func (s *solver) backTo(level int) {
	if len(s.limits) <= level {
		return
	}
	to := s.limits[level]
	for _, l := range s.trail[to:] {
		s.value[l.variable()] = 0
		s.offer(l.variable())
	}
	s.trail, s.limits = s.trail[:to], s.limits[:level]
	s.head = min(s.head, to)
}

// propagate draws conclusions; it returns the number of a clause that is false, or -1.
func (s *solver) propagate() int {
	for s.head < len(s.trail) {
		l := s.trail[s.head].not()
		s.head++
		list := s.watches[l]
		kept := list[:0]
		for i, n := range list {
			c := s.clauses[n]
			if c[0] == l {
				c[0], c[1] = c[1], c[0]
			}
			if s.of(c[0]) > 0 || !s.rewatch(c, n) {
				kept = append(kept, n)
				if s.of(c[0]) > 0 {
					continue
				}
				if s.of(c[0]) < 0 {
					s.watches[l] = append(kept, list[i+1:]...)
					return n
				}
				s.assign(c[0], n)
			}
		}
		s.watches[l] = kept
	}
	return -1
}

// rewatch finds another literal to watch in place of the second one.
func (s *solver) rewatch(c clause, n int) bool {
	for k := 2; k < len(c); k++ {
		if s.of(c[k]) >= 0 {
			c[1], c[k] = c[k], c[1]
			s.watches[c[1]] = append(s.watches[c[1]], n)
			return true
		}
	}
	return false
}

// learn derives the clause that the conflict teaches, up to the first literal that implies it alone. It is valid until the next call.
func (s *solver) learn(conflict int) clause {
	s.seen = resized(s.seen, len(s.value))
	seen, out := s.seen, s.learned[:0]
	clear(seen)
	open, at := 0, len(s.trail)-1
	c := s.clauses[conflict]
	var pivot lit = -1
	for {
		for _, l := range c {
			v := l.variable()
			if l == pivot || seen[v] || s.level[v] == 0 {
				continue
			}
			seen[v] = true
			s.activity[v] += s.step
			s.rise(v)
			if s.level[v] == len(s.limits) {
				open++
			} else {
				out = append(out, l)
			}
		}
		for !seen[s.trail[at].variable()] {
			at--
		}
		pivot = s.trail[at]
		at--
		if open--; open == 0 {
			break
		}
		c = s.clauses[s.reason[pivot.variable()]]
	}
	s.step *= 1.05
	if s.step > 1e100 {
		for i := range s.activity {
			s.activity[i] *= 1e-100
		}
		s.step *= 1e-100
	}
	s.learned = append(out, pivot.not())
	return s.learned
}

// verdict is the outcome of a search.
type verdict uint8

const (
	unknown verdict = iota
	satisfiable
	unsatisfiable
)

// search looks for an assignment that satisfies all clauses and the check, which may add clauses that rule the assignment out:
// it returns false then.
func (s *solver) search(check func() bool) verdict {
	for !s.broken {
		if conflict := s.propagate(); conflict >= 0 {
			if len(s.limits) == 0 {
				return unsatisfiable
			}
			if s.steps--; s.steps < 0 {
				return unknown
			}
			s.add(s.learn(conflict))
			continue
		}
		v := s.pick()
		if v < 0 {
			if s.steps--; s.steps < 0 {
				return unknown
			}
			if check() {
				return satisfiable
			}
			continue
		}
		if s.work < 0 {
			return unknown
		}
		s.limits = append(s.limits, len(s.trail))
		s.assign(lit(2*v+1), -1)
	}
	return unsatisfiable
}

// pick chooses the unassigned variable that had most to do with conflicts, the first of several; -1 if there is none.
func (s *solver) pick() int {
	for len(s.heap) > 0 {
		v, last := s.heap[0], len(s.heap)-1
		s.heap[0], s.place[v] = s.heap[last], -1
		s.heap = s.heap[:last]
		if last > 0 {
			s.sink()
		}
		if s.value[v] == 0 {
			return v
		}
	}
	return -1
}

// before reports whether a variable is to be chosen before another.
func (s *solver) before(v, w int) bool {
	return s.activity[v] > s.activity[w] || s.activity[v] == s.activity[w] && v < w
}

// offer puts a variable among those to choose from.
func (s *solver) offer(v int) {
	if s.place[v] < 0 {
		s.place[v] = len(s.heap)
		s.heap = append(s.heap, v)
		s.rise(v)
	}
}

// rise moves a variable in the heap in front of those that it is to be chosen before.
func (s *solver) rise(v int) {
	at := s.place[v]
	if at < 0 {
		return
	}
	for at > 0 {
		up := (at - 1) / 2
		w := s.heap[up]
		if !s.before(v, w) {
			break
		}
		s.heap[at], s.place[w] = w, at
		at = up
	}
	s.heap[at], s.place[v] = v, at
}

// sink moves the first variable of the heap behind those that are to be chosen before it.
func (s *solver) sink() {
	v, at := s.heap[0], 0
	for {
		kid := 2*at + 1
		if kid >= len(s.heap) {
			break
		}
		if kid+1 < len(s.heap) && s.before(s.heap[kid+1], s.heap[kid]) {
			kid++
		}
		w := s.heap[kid]
		if !s.before(w, v) {
			break
		}
		s.heap[at], s.place[w] = w, at
		at = kid
	}
	s.heap[at], s.place[v] = v, at
}
