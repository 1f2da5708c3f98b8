package eval

import (
	"slices"
)

// samples collects the events of each key and clause (spec/eql.md section 7).
type samples struct {
	p    *Program
	keys map[string]*bucket
}

// bucket holds the events of one key, by clause.
type bucket struct {
	key     tuple
	clauses [][]*entry
}

func newSamples(p *Program) *samples { return &samples{p, map[string]*bucket{}} }

func (s *samples) add(e *entry) {
	for _, hit := range e.stages {
		for _, t := range hit.keys {
			b := s.keys[t.canon]
			if b == nil {
				b = &bucket{key: t, clauses: make([][]*entry, len(s.p.stages))}
				s.keys[t.canon] = b
			}
			b.clauses[hit.stage] = append(b.clauses[hit.stage], e)
		}
	}
}

// results returns the samples of all keys, keys ascending.
func (s *samples) results() []Result {
	var order []*bucket
	for _, b := range s.keys {
		if !slices.ContainsFunc(b.clauses, func(c []*entry) bool { return len(c) == 0 }) {
			order = append(order, b)
		}
	}
	slices.SortFunc(order, func(a, b *bucket) int { return a.key.compare(&b.key) })
	var out []Result
	for _, b := range order {
		for _, picked := range b.pick(max(1, s.p.opts.MaxSamplesPerKey)) {
			r := Result{Keys: b.key.strings()}
			for _, e := range picked {
				r.Events = append(r.Events, e.ref)
			}
			out = append(out, r)
		}
	}
	return out
}

// maxPicks bounds the search for samples of one key; keys with that many ways to choose yield what was found by then.
const maxPicks = 1 << 20

// pick chooses distinct events, clause by clause in input order with backtracking. Two samples differ in at least one
// event, whatever the clauses.
func (b *bucket) pick(most int) [][]*entry {
	var out [][]*entry
	seen := map[string]bool{}
	chosen := make([]*entry, 0, len(b.clauses))
	tries := 0
	var try func() bool // reports that enough was found
	try = func() bool {
		if len(chosen) == len(b.clauses) {
			if sig := signature(chosen); !seen[sig] {
				seen[sig] = true
				out = append(out, slices.Clone(chosen))
			}
			return len(out) == most
		}
		for _, e := range b.clauses[len(chosen)] {
			if tries++; tries > maxPicks {
				return true
			}
			if slices.Contains(chosen, e) {
				continue
			}
			chosen = append(chosen, e)
			done := try()
			chosen = chosen[:len(chosen)-1]
			if done {
				return true
			}
		}
		return false
	}
	try()
	return out
}

// signature names a set of events.
func signature(events []*entry) string {
	var indexes []int
	for _, e := range events {
		indexes = append(indexes, e.ref.Index)
	}
	slices.Sort(indexes)
	var b []byte
	for _, i := range indexes {
		b = append(b, byte(i), byte(i>>8), byte(i>>16), byte(i>>24), ',')
	}
	return string(b)
}
