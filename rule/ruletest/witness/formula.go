package witness

import (
	"encoding/binary"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/event"
)

// Formula is a condition taken apart. It does not refer to the tree that it was made from, which may change.
type Formula struct {
	op   eql.Op // And, Or, Not; 0 for a leaf
	kids []*Formula
	leaf *leaf
}

// chain interns a formula, so that equal parts of two conditions are one.
func (s *Solver) chain(op eql.Op, kids ...*Formula) *Formula {
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

// number gives each formula one of its own.
func (s *Solver) number(f *Formula) int {
	n, ok := s.numbers[f]
	if !ok {
		n = len(s.numbers)
		s.numbers[f] = n
	}
	return n
}

// leaf is a condition without logic. Leaves that read the same are one.
type leaf struct {
	paths   []string // the fields it reads, by the names that events have them under
	program *eval.Program
	slots   []int // of the paths in record
	record  event.Record
	probes  map[string][]any // by field: values worth trying, those that should make it true first
	shapes  []string         // wildcard patterns and texts that a value must have, for merging; of leaves of one field
	fixed   []any            // set instead of program: the field has just these values
}

// Filter is the formula of an event query, category included.
func (s *Solver) Filter(f *eql.EventQuery) (*Formula, error) {
	cond, err := s.Cond(f.Cond)
	if err != nil || f.Category.Any {
		return cond, err
	}
	category, err := s.Category(f)
	if err != nil {
		return nil, err
	}
	return s.chain(eql.And, category, cond), nil
}

// Category is the formula of an event query's category.
func (s *Solver) Category(f *eql.EventQuery) (*Formula, error) {
	if f.Category.Any {
		return s.Cond(&eql.Literal{Kind: eql.BoolLiteral, Bool: true})
	}
	name := s.options.CategoryField
	if name == "" {
		name = "event.category"
	}
	return s.Cond(&eql.Binary{Op: eql.Eq, X: &eql.Field{Name: name}, Y: &eql.Literal{Kind: eql.StringLiteral, Str: f.Category.Name}})
}

// Cond is the formula of a condition.
func (s *Solver) Cond(e eql.Expr) (*Formula, error) {
	e = eql.Unparen(e)
	switch x := e.(type) {
	case *eql.Binary:
		if x.Op == eql.And || x.Op == eql.Or {
			var kids []*Formula
			for _, o := range eql.Operands(x.Op, x) {
				kid, err := s.Cond(o)
				if err != nil {
					return nil, err
				}
				kids = append(kids, kid)
			}
			return s.chain(x.Op, kids...), nil
		}
	case *eql.Unary:
		if x.Op == eql.Not {
			kid, err := s.Cond(x.X)
			if err != nil {
				return nil, err
			}
			return s.chain(eql.Not, kid), nil
		}
	}
	return s.newLeaf(e)
}

// Has is the formula "the field has exactly these values".
func Has(path string, values []any) *Formula {
	return &Formula{leaf: &leaf{paths: []string{path}, fixed: append([]any{}, values...), probes: map[string][]any{}}}
}

// And links formulas.
func And(list ...*Formula) *Formula { return &Formula{op: eql.And, kids: list} }

// each visits the leaves.
func (f *Formula) each(visit func(*leaf)) {
	if f.leaf != nil {
		visit(f.leaf)
	}
	for _, k := range f.kids {
		k.each(visit)
	}
}

func (s *Solver) newLeaf(e eql.Expr) (*Formula, error) {
	text := eql.FormatExpr(e)
	if f := s.leaves[text]; f != nil {
		return f, nil
	}
	o := s.options
	o.Layout = &event.Layout{}
	program, err := eval.Compile(&eql.Query{Body: &eql.EventQuery{Category: eql.Category{Any: true}, Cond: e}}, s.info, o)
	if err != nil {
		return nil, err
	}
	l := &leaf{program: program, probes: map[string][]any{}}
	names := o.Layout.Names()
	l.record.Slots = make([][]event.Value, len(names))
	for i, name := range names {
		if name == s.timestamp() && !mentions(e, name) { // only there to sort events
			continue
		}
		l.paths, l.slots = append(l.paths, name), append(l.slots, i)
	}
	f := &Formula{leaf: l}
	s.leaves[text] = f
	s.probe(l, e)
	return f, nil
}

func (s *Solver) timestamp() string {
	if s.options.TimestampField == "" {
		return "@timestamp"
	}
	return s.options.TimestampField
}

func mentions(e eql.Expr, name string) bool {
	for n := range eql.Preorder(e) {
		if f, ok := n.(*eql.Field); ok && f.Name == name {
			return true
		}
	}
	return false
}
