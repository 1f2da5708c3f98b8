package querydsl

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/mapping"
)

type testFields map[string]mapping.Type

func (m testFields) Lookup(name string) (mapping.Info, mapping.Presence) {
	t, ok := m[name]
	if !ok {
		return mapping.Info{}, mapping.Absent
	}
	return mapping.Info{Type: t}, mapping.Present
}

func (testFields) Suggest(string) []string { return nil }

// TestExtent holds the extent of each leaf on a field of ordered values to what the leaf says of values.
func TestExtent(t *testing.T) {
	number := func(s string) Value { return Value{Number, s} }
	tests := map[string]struct {
		typ      mapping.Type
		literals []Value
		docs     []string
		read     func(f *predicate.Field, v *event.Value) *big.Rat
	}{
		"long":    {mapping.Long, []Value{number("3"), Text("-2"), number("2.5"), number("9223372036854775807")}, []string{"2", "3", "-2", `"4"`, "3.9", "9223372036854775807", `"x"`}, numberOf},
		"integer": {mapping.Integer, []Value{number("3"), number("-1.5")}, []string{"2", "3", "-1", "-2", "2147483647"}, numberOf},
		"double":  {mapping.Double, []Value{number("0.5"), number("3")}, []string{"0.5", "0.25", "3", "3.5", "-1"}, numberOf},
		"float":   {mapping.Float, []Value{number("0.1"), number("3")}, []string{"0.1", "0.100001", "0.0999999", "3", "-1"}, nil},
		"boolean": {mapping.Boolean, []Value{{Boolean, "true"}, Text("false")}, []string{"true", "false", `"true"`, `""`, "1"}, func(_ *predicate.Field, v *event.Value) *big.Rat {
			b, ok := storedBool(v)
			if !ok {
				return nil
			}
			return binary(b)
		}},
		"ip": {mapping.IP, []Value{Text("10.1.2.3"), Text("::1"), Text("255.255.255.255")}, []string{`"10.1.2.3"`, `"10.1.2.4"`, `"::1"`, `"9.255.255.255"`, `"no"`, "5"}, func(f *predicate.Field, v *event.Value) *big.Rat {
			a, ok := f.Address(v)
			if !ok {
				return nil
			}
			return predicate.AddressNumber(a)
		}},
	}
	for name, tt := range tests {
		var queries []Query
		queries = append(queries, &Exists{Field: "x"})
		for i, v := range tt.literals {
			w := tt.literals[(i+1)%len(tt.literals)]
			queries = append(queries, &Term{Field: "x", Value: v}, &Range{Field: "x", GT: &v}, &Range{Field: "x", GTE: &v}, &Range{Field: "x", LT: &v},
				&Range{Field: "x", LTE: &v}, &Range{Field: "x", GTE: &w, LT: &v}, &Range{Field: "x", GT: &v, LTE: &w})
		}
		if name == "ip" {
			queries = append(queries, &Term{Field: "x", Value: Text("10.0.0.0/8")})
		}
		layout := &event.Layout{}
		compared := 0
		for _, q := range queries {
			c, err := Compile(q, Options{Fields: testFields{"x": tt.typ}, Layout: layout})
			if err != nil {
				continue // a fraction on a whole number, in a range
			}
			e, ok := predicate.ExtentOf(c.Node)
			if _, constant := c.Node.(predicate.Constant); !ok && !constant && predicate.ID(c.Node) != "never" {
				t.Errorf("%s: no extent of %+v", name, q)
				continue
			}
			if tt.read == nil {
				continue
			}
			for _, doc := range tt.docs {
				var rec event.Record
				if err := event.NewDecoder(layout).Decode(fmt.Appendf(nil, `{"x":%s}`, doc), &rec); err != nil {
					t.Fatal(err)
				}
				want := c.Node.Eval(&rec) == predicate.Yes
				got := false
				if ok {
					x := tt.read(e.Field, &predicate.Values(&rec, 0)[0])
					got = x != nil && within(e.Ranges, x)
				}
				if got != want {
					t.Errorf("%s: %+v on %s: the extent says %v, the leaf %v", name, q, doc, got, want)
				}
				compared++
			}
		}
		if compared < 30 && tt.read != nil {
			t.Errorf("%s: only %d values were compared", name, compared)
		}
	}
}

func within(ranges []predicate.Range, x *big.Rat) bool {
	for _, r := range ranges {
		low := r.Low == nil || x.Cmp(r.Low) > 0 || x.Cmp(r.Low) == 0 && !r.LowOpen
		high := r.High == nil || x.Cmp(r.High) < 0 || x.Cmp(r.High) == 0 && !r.HighOpen
		if low && high {
			return true
		}
	}
	return false
}

// numberOf is what a field of numbers stores.
func numberOf(f *predicate.Field, v *event.Value) *big.Rat {
	typ := mapping.Double
	if f.Class == predicate.LongClass {
		typ = mapping.Long
	}
	n, ok := (&field{typ: typ}).stored(v)
	if !ok {
		return nil
	}
	return n.rat()
}
