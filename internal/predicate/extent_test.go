package predicate

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/lucene"
	"github.com/rulevet/rulevet/mapping"
)

type typedFields map[string]mapping.Type

func (m typedFields) Lookup(name string) (mapping.Info, mapping.Presence) {
	t, ok := m[name]
	if !ok {
		return mapping.Info{}, mapping.Absent
	}
	return mapping.Info{Type: t}, mapping.Present
}

func (typedFields) Suggest(string) []string { return nil }

// TestExtent holds what ExtentOf says of a leaf to what the leaf says of values.
func TestExtent(t *testing.T) {
	fields := typedFields{"k": mapping.Keyword, "n": mapping.Long, "d": mapping.Double, "u": mapping.UnsignedLong, "b": mapping.Boolean, "a": mapping.IP,
		"f": mapping.Float, "h": mapping.HalfFloat, "t": mapping.Date}
	literals := map[string][]Value{
		"k": {eqlfunc.OfString("a"), eqlfunc.OfString("Ab"), eqlfunc.OfString("")},
		"n": {eqlfunc.OfLong(-1), eqlfunc.OfLong(0), eqlfunc.OfLong(7), eqlfunc.OfDouble(6.5), eqlfunc.OfDouble(7)},
		"d": {eqlfunc.OfLong(3), eqlfunc.OfDouble(0.1), eqlfunc.OfDouble(-2.5)},
		"u": {eqlfunc.OfLong(5), eqlfunc.OfUnsigned(1 << 63)},
		"f": {eqlfunc.OfDouble(0.1), eqlfunc.OfLong(2), eqlfunc.OfDouble(16777217)},
		"h": {eqlfunc.OfDouble(0.1), eqlfunc.OfLong(2)},
		"t": {eqlfunc.OfString("2026-01-02"), eqlfunc.OfString("2026-01-02T03:04:05Z"), eqlfunc.OfLong(7), eqlfunc.OfString("2026||/y")},
		"b": {eqlfunc.OfBool(true), eqlfunc.OfBool(false)},
		"a": {eqlfunc.OfString("10.1.2.3"), eqlfunc.OfString("::1"), eqlfunc.OfString("255.255.255.255")},
	}
	values := map[string][]event.Value{}
	for _, text := range []string{"", "a", "A", "ab", "AB", "Ab", "b", "xab"} {
		values["k"] = append(values["k"], event.Value{Kind: event.String, Text: text})
	}
	for i := int64(-3); i < 10; i++ {
		v := event.Value{Kind: event.Int, Bits: uint64(i), Text: fmt.Sprint(i)}
		values["n"], values["d"], values["u"] = append(values["n"], v), append(values["d"], v), append(values["u"], v)
	}
	for _, x := range []float64{0.1, float64(float32(0.1)), RoundHalf(0.1), 0.0999, 0.1001, 2, 2.0001, 16777216, 16777218} {
		v := event.Value{Kind: event.Float, Bits: math.Float64bits(x), Text: fmt.Sprint(x)}
		values["f"], values["h"], values["d"] = append(values["f"], v), append(values["h"], v), append(values["d"], v)
	}
	for _, text := range []string{"2026-01-01T23:59:59.999Z", "2026-01-02", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.001Z", "2026-01-03", "2027", "1970-01-01T00:00:00.007Z"} {
		values["t"] = append(values["t"], event.Value{Kind: event.String, Text: text})
	}
	values["b"] = []event.Value{{Kind: event.Bool, Bits: 1, Text: "true"}, {Kind: event.Bool, Text: "false"}}
	for _, text := range []string{"10.1.2.3", "10.1.2.4", "10.0.0.0", "10.255.255.255", "11.0.0.0", "9.255.255.255", "::1", "::2", "2001:db8::1", "255.255.255.255"} {
		values["a"] = append(values["a"], event.Value{Kind: event.String, Text: text})
	}
	random := rand.New(rand.NewPCG(1, 2))
	checked := 0
	for name := range fields {
		r := &Resolver{Fields: fields, Layout: &event.Layout{}}
		f, err := r.Field(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range leavesOf(t, f, literals[name], random) {
			e, ok := ExtentOf(n)
			if !ok {
				t.Errorf("no extent of %s", LeafID(n))
				continue
			}
			rec := &event.Record{Slots: make([][]event.Value, f.Slot+1)}
			for _, v := range values[name] {
				rec.Slots[f.Slot] = []event.Value{v}
				if got, want := e.holds(&v), n.Eval(rec) == Yes; got != want {
					t.Errorf("%s of %q: the extent says %v, the leaf %v", LeafID(n), v.Text, got, want)
				}
				checked++
			}
		}
	}
	if checked < 500 {
		t.Errorf("only %d values were compared", checked)
	}
}

// leavesOf makes leaves of each kind that fits the field.
func leavesOf(t *testing.T, f *Field, literals []Value, random *rand.Rand) []Node {
	t.Helper()
	out := []Node{f.Exists()}
	keep := func(n Node, err error) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, n)
	}
	for _, v := range literals {
		keep(f.Equal(v))
		if f.Class == StringClass {
			continue
		}
		for op := Lt; op <= Ge; op++ {
			keep(f.Compare(op, v))
		}
		other := literals[random.IntN(len(literals))]
		keep(f.Between(Gt, &v, Le, &other))
	}
	keep(f.In(literals))
	switch f.Class {
	case StringClass:
		for _, letters := range []lucene.Case{lucene.Sensitive, lucene.Fold, lucene.FoldASCII} {
			re, err := Regexps([]string{"a.?", "b"}, letters)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, f.Text(re), f.Text(Wildcards([]string{"a*", "?b"}, letters)), f.Text(Literals([]string{"ab", "A"}, letters)),
				f.Text(Prefix("a", letters)), f.Text(Suffix("b", false, letters)), f.Text(Contains("a", true, letters)))
		}
	case IPClass:
		keep(f.CIDR([]string{"10.0.0.0/8", "::/127"}))
		keep(f.Equal(eqlfunc.OfString("10.1.2.0/24")))
	}
	return out
}

// holds decides a value by an extent.
func (e *Extent) holds(v *event.Value) bool {
	for _, p := range e.Texts {
		if p.Match(v.Text) {
			return true
		}
	}
	var x *big.Rat
	switch e.Field.Class {
	case IPClass:
		a, ok := e.Field.Address(v)
		if !ok {
			return false
		}
		x = AddressNumber(a)
	case DateClass:
		at, ok := e.Field.Instant(v)
		if !ok {
			return false
		}
		x = big.NewRat(at.Milli, 1)
	case BoolClass:
		b, ok := e.Field.Boolean(v)
		if !ok {
			return false
		}
		x = new(big.Rat).SetInt64(int64(boolOrder(b)))
	default:
		n, ok := e.Field.Number(v)
		if !ok {
			return false
		}
		x, _ = ratOf(n)
	}
	for _, r := range e.Ranges {
		low := r.Low == nil || x.Cmp(r.Low) > 0 || x.Cmp(r.Low) == 0 && !r.LowOpen
		high := r.High == nil || x.Cmp(r.High) < 0 || x.Cmp(r.High) == 0 && !r.HighOpen
		if low && high {
			return true
		}
	}
	return false
}
