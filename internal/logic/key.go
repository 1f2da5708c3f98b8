package logic

import (
	"hash/fnv"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/lucene"
	"github.com/rulevet/rulevet/internal/predicate"
)

// Requirement is a leaf that must be true for a formula to be true, or with Not must not be.
type Requirement struct {
	Field string // the name under which events carry its values
	Not   bool
	ID    uint64 // of leaves that do the same on one field, if they differ from others; chance may make two equal
	set   *set
}

// Requires lists the leaves with an extent, and their negations, that a formula is a conjunction of, among others. They
// may be kept without the space.
func (s *Space) Requires(f *Formula) []Requirement {
	var out []Requirement
	for _, k := range s.Conjuncts(f) {
		not := k.op == opNot
		if not {
			k = k.kids[0]
		}
		if k.op == opLeaf && s.atoms[k.atom].slot >= 0 {
			a := s.atoms[k.atom]
			out = append(out, Requirement{s.path(a.extent.Field), not, leafHash(a.node), &set{patterns: a.set.patterns, ranges: a.set.ranges}})
		}
	}
	return out
}

// leafHash is a hash of what a leaf does, whatever the slot of its field, with which its id begins.
func leafHash(n predicate.Node) uint64 {
	_, does, _ := strings.Cut(predicate.LeafID(n), " ")
	h := fnv.New64a()
	_, _ = io.WriteString(h, does)
	return h.Sum64()
}

// Conjuncts are the members of a conjunction; a formula that is none is its only one.
func (s *Space) Conjuncts(f *Formula) []*Formula {
	if f.op == opAnd {
		return f.kids
	}
	return []*Formula{f}
}

// Reads lists the fields of the leaves of formulas that have an extent, by the names under which events carry their values, sorted.
func (s *Space) Reads(forms ...*Formula) []string {
	seen := map[string]bool{}
	done := map[int]bool{}
	for _, f := range forms {
		s.collect(f, seen, done)
	}
	return slices.Sorted(maps.Keys(seen))
}

func (s *Space) collect(f *Formula, names map[string]bool, done map[int]bool) {
	if done[f.id] {
		return
	}
	done[f.id] = true
	if f.op == opLeaf && s.atoms[f.atom].slot >= 0 {
		names[s.path(s.atoms[f.atom].extent.Field)] = true
	}
	for _, k := range f.kids {
		s.collect(k, names, done)
	}
}

// Fails reports whether what fulfils a requirement seems not to fulfil another on the same field: a typical value of the one is none of
// the other, or one that the other rules out gets through. It is meant to save questions, not to answer them.
func (r Requirement) Fails(other Requirement) bool {
	switch {
	case r.Not && other.Not:
		return other.set.sampled(r.set) != all
	case !r.Not && !other.Not:
		return r.set.sampled(other.set) != all
	case r.Not:
		return true
	}
	return false
}

// Quick makes the space give up on hard questions about texts early.
func (s *Space) Quick() { s.effort = lucene.Quick }
