package logic

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/rulevet/rulevet/internal/lucene"
	"github.com/rulevet/rulevet/internal/predicate"
)

// Space holds the leaves of conditions that are compared. Conditions of one Space must read one layout. It is not safe for
// concurrent use.
type Space struct {
	atoms    []*atom
	byID     map[string]int
	forms    map[string]*Formula
	covers   map[string]cover
	fields   map[field]int // groups of leaves whose values compare
	groups   int
	unnamed  int
	constant [2]*Formula
	effort   lucene.Effort
	names    []string // of the fields, by slot
	key      []byte
	question question
}

// field is a field and how its values are read.
type field struct {
	slot int
	kind string
}

// New returns an empty space.
func New() *Space {
	s := &Space{byID: map[string]int{}, forms: map[string]*Formula{}, covers: map[string]cover{}, fields: map[field]int{}, effort: lucene.Thorough}
	s.constant[0] = s.intern(opFalse, 0)
	s.constant[1] = s.intern(opTrue, 0)
	return s
}

// Name tells the space how events call the fields of the layout, by slot. Values are given under these names.
func (s *Space) Name(names []string) { s.names = names }

// atom is a leaf that is true or false on an event.
type atom struct {
	number int
	group  int // of the leaves whose values compare with its own
	node   predicate.Node
	slot   int // of its field; -1 for a leaf without an extent
	extent predicate.Extent
	set    set
}

type op uint8

const (
	opFalse op = iota
	opTrue
	opLeaf
	opNot
	opAnd
	opOr
)

// Formula is a condition in a Space. Equal formulas are identical.
type Formula struct {
	op   op
	kids []*Formula
	atom int
	id   int
	size int // leaves in it, counted as often as they stand there

	negation *Formula // once asked for
	members  []int    // its leaves, once asked for
	about    []int    // the groups of its leaves, once asked for
}

func (s *Space) intern(o op, atom int, kids ...*Formula) *Formula {
	key := append(s.key[:0], byte(o))
	key = binary.AppendUvarint(key, uint64(atom))
	for _, k := range kids {
		key = binary.AppendUvarint(key, uint64(k.id))
	}
	s.key = key
	if have := s.forms[string(key)]; have != nil {
		return have
	}
	f := &Formula{op: o, atom: atom, kids: kids, id: len(s.forms)}
	if o == opLeaf {
		f.size = 1
	}
	for _, k := range kids {
		f.size += k.size
	}
	s.forms[string(key)] = f
	return f
}

// leafOf is the formula of a leaf.
func (s *Space) leafOf(atom int) *Formula { return s.intern(opLeaf, atom) }

// groupOf is the group of the leaves on a field whose values are read in one way.
func (s *Space) groupOf(slot int, kind string) int {
	if slot >= 0 {
		if have, ok := s.fields[field{slot, kind}]; ok {
			return have
		}
		s.fields[field{slot, kind}] = s.groups
	}
	s.groups++
	return s.groups - 1
}

// Of makes the formula of a compiled condition.
func (s *Space) Of(n predicate.Node) *Formula {
	switch n := n.(type) {
	case *predicate.And:
		return s.And(s.all(n.Kids)...)
	case *predicate.Or:
		return s.Or(s.all(n.Kids)...)
	case predicate.Not:
		return s.Not(s.Of(n.X))
	case predicate.Constant:
		return s.Bool(n.Value())
	}
	if m, ok := n.(interface{ Parts() []predicate.Node }); ok { // a conjunction that a language keeps for itself
		return s.And(s.all(m.Parts())...)
	}
	return s.leaf(n)
}

func (s *Space) all(nodes []predicate.Node) []*Formula {
	out := make([]*Formula, len(nodes))
	for i, n := range nodes {
		out[i] = s.Of(n)
	}
	return out
}

func (s *Space) leaf(n predicate.Node) *Formula {
	id := predicate.LeafID(n)
	if id == "" {
		s.unnamed++
		id = fmt.Sprintf("unnamed %d", s.unnamed)
	}
	number, ok := s.byID[id]
	if !ok {
		number = len(s.atoms)
		a := &atom{number: number, node: n, slot: -1}
		if e, known := predicate.ExtentOf(n); known {
			a.slot, a.extent, a.set = e.Field.Slot, e, newSet(&e)
			if a.set.empty() {
				s.byID[id] = -1
				return s.Bool(false)
			}
		}
		a.group = s.groupOf(a.slot, a.set.kind)
		s.byID[id] = number
		s.atoms = append(s.atoms, a)
	}
	if number < 0 {
		return s.Bool(false)
	}
	return s.leafOf(number)
}

// Bool is true or false.
func (s *Space) Bool(b bool) *Formula {
	if b {
		return s.constant[1]
	}
	return s.constant[0]
}

// Not is the complement.
func (s *Space) Not(f *Formula) *Formula {
	switch f.op {
	case opFalse:
		return s.Bool(true)
	case opTrue:
		return s.Bool(false)
	case opNot:
		return f.kids[0]
	}
	if f.negation == nil {
		f.negation = s.intern(opNot, 0, f)
	}
	return f.negation
}

// And and Or link formulas.
func (s *Space) And(list ...*Formula) *Formula { return s.chain(opAnd, list) }

// Or is true if a member is.
func (s *Space) Or(list ...*Formula) *Formula { return s.chain(opOr, list) }

func (s *Space) chain(o op, list []*Formula) *Formula {
	neutral, absorbs := opTrue, opFalse
	if o == opOr {
		neutral, absorbs = opFalse, opTrue
	}
	var kids []*Formula
	for _, f := range list {
		switch f.op {
		case neutral:
		case absorbs:
			return f
		case o:
			kids = append(kids, f.kids...)
		default:
			kids = append(kids, f)
		}
	}
	slices.SortFunc(kids, func(a, b *Formula) int { return a.id - b.id })
	kids = slices.Compact(kids)
	switch len(kids) {
	case 0:
		return s.Bool(neutral == opTrue)
	case 1:
		return kids[0]
	}
	return s.intern(o, 0, kids...)
}

// Opaque reports whether a formula has a leaf whose extent is not known.
func (s *Space) Opaque(f *Formula) bool {
	if f.op == opLeaf {
		return s.atoms[f.atom].slot < 0
	}
	return slices.ContainsFunc(f.kids, s.Opaque)
}
