package predicate

import (
	"fmt"
	"strings"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/lucene"
)

// Exists is the leaf "the field has a value that the mapping indexes".
func (f *Field) Exists() Node {
	return newLeaf(f, "exists", f.Has, ExactCost, nil, Hints{extent: f.everything})
}

// Exact is the leaf "a value of the field is the text", whatever the type of the field.
func (f *Field) Exact(text string) Node { return &exactLeaf{f.Slot, text, f} }

// Leaf is a leaf of a language's own making: a value of the field passes the test. id tells what the test does with the values
// of any field of that class, mapping included; needs is what a value needs to pass.
func (f *Field) Leaf(id string, t Test, cost int, needs []Need, hints Hints) Node {
	hints.extent = f.texts(hints.Texts)
	if ranges := hints.Ranges; ranges != nil && f.Class.Ordered() {
		hints.extent = func() (Extent, bool) { return Extent{Field: f, Ranges: ranges()}, true }
	}
	return newLeaf(f, id, t, cost, needs, hints)
}

// Equal is the leaf "a value of the field equals the literal", a term query. An address may be a block, a date stands for
// the unit that it gives. What the field's mapper cannot parse is an error: the search would fail.
func (f *Field) Equal(v Value) (Node, error) { return f.Compare(Eq, v) }

// Compare is the leaf "a value of the field is …": == < <= > >= a literal, a term or range query.
func (f *Field) Compare(op CompareOp, v Value) (Node, error) {
	if op == Eq && f.plain(v) {
		return &exactLeaf{f.Slot, v.Str, f}, nil
	}
	t, err := f.comparison(op, v)
	if err != nil {
		return nil, err
	}
	return newLeaf(f, op.String()+" "+f.literalID(v), t, TypedCost, nil, Hints{Values: []Value{v}, Op: op, extent: f.compared(op, v)}), nil
}

// literalID is ValueID, with the time in what depends on it.
func (f *Field) literalID(v Value) string {
	id := ValueID(v)
	if (f.Class == DateClass || f.Class == NanosClass) && strings.Contains(v.Str, "now") {
		id += " at " + f.now.String()
	}
	return id
}

// plain reports a literal that a value equals if and only if its text does.
func (f *Field) plain(v Value) bool {
	return v.Kind == eqlfunc.String && (f.Class == StringClass && f.Indexed(v.Str) || f.Class == AnyClass && plainText(v.Str))
}

// plainText reports a text that only a string can equal, not a number or boolean.
func plainText(s string) bool {
	_, number := ParseNumber(s)
	_, boolean := ParseBool(s)
	return !number && !boolean
}

// Between is the leaf "one value of the field lies between two literals", a range query; nil is no bound. low is Gt or Ge, high
// Lt or Le. It is not the conjunction of two comparisons, of which each may hold for another value of an array.
func (f *Field) Between(low CompareOp, from *Value, high CompareOp, to *Value) (Node, error) {
	switch {
	case from == nil && to == nil:
		return f.Exists(), nil
	case from == nil:
		return f.Compare(high, *to)
	case to == nil:
		return f.Compare(low, *from)
	}
	above, err := f.comparison(low, *from)
	if err != nil {
		return nil, err
	}
	below, err := f.comparison(high, *to)
	if err != nil {
		return nil, err
	}
	id := fmt.Sprintf("%s %s %s %s", low, f.literalID(*from), high, f.literalID(*to))
	return newLeaf(f, id, func(v *event.Value) bool { return above(v) && below(v) }, TypedCost, nil,
		Hints{Values: []Value{*from, *to}, Op: low, extent: f.within(low, *from, high, *to)}), nil
}

// In is the leaf "a value of the field equals one of the literals", a terms query: one set for the texts, a typed comparison
// for each of the rest.
func (f *Field) In(items []Value) (Node, error) {
	var texts []string
	var tests []Test
	for _, v := range items {
		if f.plain(v) {
			texts = append(texts, v.Str)
			continue
		}
		err := f.listable(v)
		var t Test
		if err == nil {
			t, err = f.comparison(Eq, v)
		}
		if err != nil {
			return nil, err
		}
		tests = append(tests, t)
	}
	if len(tests) == 0 {
		if len(texts) == 1 {
			return &exactLeaf{f.Slot, texts[0], f}, nil
		}
		t := Literals(texts, lucene.Sensitive)
		t.Hints.extent = f.compared(Eq, items...)
		return newLeaf(f, t.ID, func(v *event.Value) bool { return t.Match(v.Text) }, t.Cost, t.Needs, t.Hints), nil
	}
	set := Literals(texts, lucene.Sensitive)
	return newLeaf(f, "in "+ValuesID(items), func(v *event.Value) bool {
		if set.Match(v.Text) {
			return true
		}
		for _, t := range tests {
			if t(v) {
				return true
			}
		}
		return false
	}, TypedCost, nil, Hints{Values: items, Family: "equal", extent: f.compared(Eq, items...)}), nil
}

// CIDR is the leaf "a value of the field is an address in one of the blocks". An error is that of a block that is none.
func (f *Field) CIDR(blocks []string) (Node, error) {
	var list []eqlfunc.Block
	for _, text := range blocks {
		b, err := eqlfunc.ParseBlock(text)
		if err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	values := textValues(blocks)
	return newLeaf(f, "cidr "+ValuesID(values), func(v *event.Value) bool {
		addr, ok := f.Address(v)
		if !ok {
			return false
		}
		for _, b := range list {
			if b.Contains(addr) {
				return true
			}
		}
		return false
	}, PatternCost, nil, Hints{Values: values, Family: "cidr", extent: f.compared(Eq, values...)}), nil
}

// SetOf makes one leaf of alternatives that are all texts of one field (Exact); nil if they are not.
func SetOf(alternatives []Node) Node {
	var texts []string
	slot := 0
	var field *Field
	for i, n := range alternatives {
		l, ok := n.(*exactLeaf)
		if !ok || i > 0 && l.slot != slot {
			return nil
		}
		slot, field = l.slot, l.field
		texts = append(texts, l.text)
	}
	if len(texts) < 2 {
		return nil
	}
	t := Literals(texts, lucene.Sensitive)
	t.Hints.extent = field.texts(t.Language)
	return &leaf{slot, func(v *event.Value) bool { return t.Match(v.Text) }, t.Cost, fmt.Sprintf("%d %s", slot, t.ID), t.Needs, t.Hints}
}
