package logic

import (
	"encoding/json"
	"math/big"
	"net/netip"
	"slices"

	"github.com/rulevet/rulevet/internal/lucene"
	"github.com/rulevet/rulevet/internal/predicate"
)

// Values are the fields of an event by path, each with its values: string, bool or json.Number. A field without values is
// missing.
type Values map[string][]any

// Values finds values of fields that make a choice of leaves come true. ok is false if leaves without an extent are part of the
// choice, or if the question is too hard.
func (m *Model) Values() (v Values, ok bool) {
	v = Values{}
	bySlot := map[int][2][]*atom{}
	for i, list := range [][]int{m.True, m.False} {
		for _, n := range list {
			a := m.space.atoms[n]
			if a.slot < 0 {
				return nil, false
			}
			x := bySlot[a.slot]
			x[i] = append(x[i], a)
			bySlot[a.slot] = x
		}
	}
	for _, x := range bySlot {
		if len(x[0]) == 0 {
			continue
		}
		found, ok := m.space.fieldValues(x[0], x[1])
		if !ok {
			return nil, false
		}
		v[m.space.path(x[0][0].extent.Field)] = found
	}
	return v, true
}

// path is the name under which events carry the values of a field.
func (s *Space) path(f *predicate.Field) string {
	if f.Slot < len(s.names) {
		return s.names[f.Slot]
	}
	if f.Path != "" {
		return f.Path
	}
	return f.Name
}

// Opaque lists the leaves of the choice that have no extent, as conditions.
func (m *Model) Opaque() (out []predicate.Node) {
	for _, list := range [][]int{m.True, m.False} {
		for _, n := range list {
			if a := m.space.atoms[n]; a.slot < 0 {
				out = append(out, a.node)
			}
		}
	}
	return out
}

// fieldValues are values of one field of which each leaf of some has one, and no leaf of others has any: one value if one does.
func (s *Space) fieldValues(some, none []*atom) ([]any, bool) {
	if slices.ContainsFunc(slices.Concat(some, none), func(a *atom) bool { return a.set.kind != some[0].set.kind }) {
		return nil, false
	}
	if v, ok := oneValue(some, none); ok {
		return []any{v}, true
	}
	var out []any
	for _, a := range some {
		c := s.covered(a, none)
		if !c.decided || c.covered {
			return nil, false
		}
		v := a.value(c)
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out, true
}

// oneValue is a value that all of some leaves have and none of others.
func oneValue(some, none []*atom) (any, bool) {
	f := some[0].extent.Field
	if f.Class.Ordered() {
		ranges := some[0].set.ranges
		for _, a := range some[1:] {
			ranges = intersect(ranges, a.set.ranges)
		}
		var out []span
		for _, b := range none {
			out = append(out, b.set.ranges...)
		}
		out = merge(out, f.Class.Discrete())
		for _, r := range ranges {
			if rest := r.minus(out, f.Class.Discrete()); len(rest) > 0 {
				return numberValue(f.Class, rest[0].example()), true
			}
		}
		return nil, false
	}
	in := func(text string) bool { return belongs(some, none, text) }
	for _, a := range some {
		for _, p := range a.set.patterns {
			if w, ok := p.(*lucene.Wildcard); ok {
				if text := w.Example(); in(text) {
					return text, true
				}
				if text, _ := w.Sample(); in(text) {
					return text, true
				}
			}
		}
	}
	within, outside := patterns(some, none)
	text, found, _ := lucene.Find(within, outside, lucene.Thorough)
	return text, found
}

func intersect(a, b []span) (out []span) {
	for _, x := range a {
		for _, y := range b {
			z := x.and(y)
			if !z.empty() {
				out = append(out, z)
			}
		}
	}
	return out
}

// value is the example of a cover as a value of the field.
func (a *atom) value(c cover) any {
	if a.extent.Field.Class.Ordered() {
		return numberValue(a.extent.Field.Class, c.number)
	}
	return c.text
}

// numberValue writes a number of a range as a document has it.
func numberValue(class predicate.Class, x *big.Rat) any {
	switch class {
	case predicate.BoolClass:
		return x.Sign() > 0
	case predicate.IPClass:
		var a [16]byte
		new(big.Int).Set(x.Num()).FillBytes(a[:])
		return netip.AddrFrom16(a).Unmap().String()
	}
	if x.IsInt() {
		return json.Number(x.Num().String())
	}
	f, _ := x.Float64()
	text, _ := json.Marshal(f)
	return json.Number(text)
}
