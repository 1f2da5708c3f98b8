package eval

import (
	"slices"

	"github.com/rulevet/rulevet/internal/esdate"
)

// samples collects the events of each key and clause (LANGUAGE.md 7).
type samples struct {
	p    *Program
	keys map[string]*bucket
	now  esdate.Instant // the latest time of an event
}

// bucket holds the events of one key, by clause, in input order.
type bucket struct {
	key     tuple
	clauses [][]*kept
	newest  esdate.Instant // of its events
}

func newSamples(p *Program) *samples { return &samples{p: p, keys: map[string]*bucket{}} }

func (s *samples) add(e *entry) {
	s.now = later(s.now, e.ord.at)
	for _, hit := range e.hits {
		for _, key := range hit.keys {
			b := s.keys[string(key)]
			if b == nil {
				b = &bucket{key: tuple(key), clauses: make([][]*kept, len(s.p.stages))}
				s.keys[string(key)] = b
			}
			b.newest = later(b.newest, e.ord.at)
			if s.enough(b.clauses[hit.stage]) {
				continue
			}
			b.clauses[hit.stage] = append(b.clauses[hit.stage], e.keep())
		}
	}
}

func later(a, b esdate.Instant) esdate.Instant {
	if a.Compare(b) < 0 {
		return b
	}
	return a
}

// enough reports that a clause needs no further event. The first sample takes of each clause one of as many events as there are
// clauses: the others can only take, or have no other choice but, one less.
func (s *samples) enough(clause []*kept) bool {
	return s.p.opts.MaxSamplesPerKey <= 1 && len(clause) >= len(s.p.stages)
}

// results returns the samples of all keys, keys ascending.
func (s *samples) results() []Result {
	var order []*bucket
	for _, b := range s.keys {
		if !slices.ContainsFunc(b.clauses, func(c []*kept) bool { return len(c) == 0 }) {
			order = append(order, b)
		}
	}
	slices.SortFunc(order, func(a, b *bucket) int { return a.key.compare(b.key) })
	var out []Result
	for _, b := range order {
		for _, picked := range b.pick(max(1, s.p.opts.MaxSamplesPerKey)) {
			r := Result{Keys: b.key.strings(s.p.stages[0].keys, true)}
			for _, e := range picked {
				r.Events = append(r.Events, &e.ref)
			}
			out = append(out, r)
		}
	}
	return out
}

// maxPicks bounds the search for further samples of one key. The first one is always found.
const maxPicks = 1 << 18

// picker chooses distinct events, clause by clause in input order, with backtracking.
type picker struct {
	clauses [][]*kept
	most    int
	chosen  []*kept
	used    map[*kept]bool
	tries   int
	out     [][]*kept
}

// pick returns up to most samples. Two of them differ in the event of at least one clause: (x, y) and (y, x) are two.
func (b *bucket) pick(most int) [][]*kept {
	p := &picker{clauses: b.clauses, most: most, used: map[*kept]bool{}}
	if p.possible() {
		p.extend()
	}
	return p.out
}

// extend reports that enough was found. It enters only choices that can be completed, so it never backs out of a dead
// end before the first sample.
func (p *picker) extend() (enough bool) {
	if len(p.chosen) == len(p.clauses) {
		p.out = append(p.out, slices.Clone(p.chosen))
		return len(p.out) == p.most
	}
	for _, e := range p.clauses[len(p.chosen)] {
		if p.used[e] {
			continue
		}
		if p.tries++; p.tries > maxPicks && len(p.out) > 0 {
			return true
		}
		p.used[e] = true
		p.chosen = append(p.chosen, e)
		enough = p.possible() && p.extend()
		p.chosen = p.chosen[:len(p.chosen)-1]
		delete(p.used, e)
		if enough {
			return true
		}
	}
	return false
}

// possible reports whether the clauses that are still open can get distinct unused events: a bipartite matching. A clause
// with as many events as there are clauses always finds one.
func (p *picker) possible() bool {
	taken := map[*kept]int{}
	for c := len(p.chosen); c < len(p.clauses); c++ {
		if len(p.clauses[c]) < len(p.clauses) && !p.assign(c, taken, map[*kept]bool{}) {
			return false
		}
	}
	return true
}

func (p *picker) assign(clause int, taken map[*kept]int, visited map[*kept]bool) bool {
	for _, e := range p.clauses[clause] {
		if p.used[e] || visited[e] {
			continue
		}
		visited[e] = true
		if other, ok := taken[e]; !ok || p.assign(other, taken, visited) {
			taken[e] = clause
			return true
		}
	}
	return false
}
