package witness

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/rulevet/rulevet/internal/predicate"
)

// Formula is a condition taken apart. Equal parts of the conditions of one Solver are one.
type Formula struct {
	op   predicate.Op
	kids []*Formula
	leaf *leaf // of Leaf
}

// leaf is a condition without logic.
type leaf struct {
	paths  []string // the fields it reads, by the names that events have them under
	node   predicate.Node
	slots  []int        // of the paths
	known  map[any]bool // tries, once asked for
	tries  []any        // values worth trying, those that should make it true first
	lists  [][]any      // arrays worth trying
	shapes []string     // wildcard patterns and texts that a value must have, for merging; of leaves of one field

	family string          // see predicate.Hints
	alts   map[string]bool // of the family: its alternatives

	// What follows is set instead of node.
	fixed   []any // the field has just these values
	present bool  // the field has a value
}

// Formula takes a condition apart. It must be one of a program of the solver's layout.
func (s *Solver) Formula(c *predicate.Cond) *Formula {
	if c == nil {
		return s.chain(predicate.OpAnd)
	}
	if len(c.Kids) == 0 {
		return s.leafOf(c)
	}
	kids := make([]*Formula, len(c.Kids))
	for i, k := range c.Kids {
		kids[i] = s.Formula(k)
	}
	return s.chain(c.Op, kids...)
}

// chain interns a formula, so that equal parts of two conditions are one.
func (s *Solver) chain(op predicate.Op, kids ...*Formula) *Formula {
	key := append([]byte{}, byte(op))
	for _, k := range kids {
		key = binary.AppendUvarint(key, uint64(s.number(k)))
	}
	f := s.chains[string(key)]
	if f == nil {
		f = &Formula{op: op, kids: kids}
		s.chains[string(key)] = f
	}
	return f
}

// All is the formula "each of these is true".
func (s *Solver) All(list ...*Formula) *Formula { return s.chain(predicate.OpAnd, list...) }

// Any is the formula "one of these is true".
func (s *Solver) Any(list ...*Formula) *Formula { return s.chain(predicate.OpOr, list...) }

// Node is the formula as a condition of the engine, each leaf as a function writes it. It must be made of conditions alone.
func (f *Formula) Node(leaf func(predicate.Node) predicate.Node) predicate.Node {
	if f.leaf != nil {
		return leaf(f.leaf.node)
	}
	nodes := make([]predicate.Node, len(f.kids))
	for i, k := range f.kids {
		nodes[i] = k.Node(leaf)
	}
	if f.op == predicate.OpNot {
		return predicate.Negate(nodes[0])
	}
	return predicate.Chain(f.op, nodes)
}

// number gives each formula one of its own.
func (s *Solver) number(f *Formula) int {
	n, ok := s.numbers[f]
	if !ok {
		n = len(s.numbers)
		s.numbers[f] = n
	}
	return n
}

func (s *Solver) leafOf(c *predicate.Cond) *Formula {
	id := predicate.ID(c.Node)
	if f := s.leaves[id]; f != nil {
		return f
	}
	l := &leaf{node: c.Node}
	for _, f := range c.Fields {
		if !slices.Contains(l.paths, f.Path) && f.Slot != predicate.NoSlot {
			l.paths, l.slots = append(l.paths, f.Path), append(l.slots, f.Slot)
		}
	}
	l.collect(predicate.HintsOf(c.Node))
	f := &Formula{leaf: l}
	s.leaves[id] = f
	return f
}

// Has is the formula "the field has exactly these values".
func Has(path string, values []any) *Formula {
	return &Formula{leaf: &leaf{paths: []string{path}, fixed: append([]any{}, values...)}}
}

// Present is the formula "the field has a value".
func (s *Solver) Present(path string) *Formula {
	id := fmt.Sprintf("present %q", path)
	if s.leaves[id] == nil {
		s.leaves[id] = &Formula{leaf: &leaf{paths: []string{path}, present: true}}
	}
	return s.leaves[id]
}

// each visits the leaves.
func (f *Formula) each(visit func(*leaf)) {
	if f.leaf != nil {
		visit(f.leaf)
	}
	for _, k := range f.kids {
		k.each(visit)
	}
}

// implies tells whether a leaf is known to be false wherever another one on the field is.
func (l *leaf) implies(other *leaf) bool {
	if l.family == "" || l.family != other.family || len(l.alts) > len(other.alts) {
		return false
	}
	for a := range l.alts {
		if !other.alts[a] {
			return false
		}
	}
	return true
}
