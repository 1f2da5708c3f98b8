package eqlfunc

import (
	"math"
	"testing"

	"github.com/rulevet/rulevet/internal/esdate"
)

func val(x any) Value {
	switch x := x.(type) {
	case nil:
		return Value{}
	case bool:
		return OfBool(x)
	case int:
		return OfInt(int64(x))
	case int64:
		return OfLong(x)
	case uint64:
		return OfUnsigned(x)
	case float64:
		return OfDouble(x)
	case string:
		return OfString(x)
	}
	panic("unexpected type")
}

func vals(xs []any) []Value {
	var out []Value
	for _, x := range xs {
		out = append(out, val(x))
	}
	return out
}

// TestCall holds one row per rule of eql/LANGUAGE.md 5.3, 6.3; want is the printed value, "error" an error.
func TestCall(t *testing.T) {
	for _, c := range []struct {
		name string // "~" for the case-insensitive form
		args []any
		want string
	}{
		{"add", []any{4, 0.5}, "4.5"},
		{"add", []any{nil, 4}, "null"},
		{"ADD", []any{math.MaxInt32, 1}, "error"},
		{"add", []any{int64(math.MaxInt32), 1}, "2147483648"},
		{"add", []any{uint64(math.MaxUint64), -1}, "18446744073709551614"},
		{"divide", []any{4, 3}, "1"},
		{"divide", []any{-7, 2}, "-3"},
		{"divide", []any{1, 0}, "error"},
		{"divide", []any{1, 0.0}, "Infinity"},
		{"modulo", []any{10, 0.5}, "0.0"},
		{"modulo", []any{-10, -6}, "-4"},
		{"modulo", []any{10, -6}, "4"},
		{"multiply", []any{int64(math.MinInt64), -1}, "error"},
		{"subtract", []any{1, 0.2}, "0.8"},
		{"add", []any{"x", 1}, "error"},
		{"between", []any{"one two three", "one", "three"}, " two "},
		{"between", []any{"one two three", "one", "e"}, " two thr"},
		{"between", []any{"one two three", "one", "e", true}, " two thre"},
		{"between", []any{"one two three", "four", "e"}, ""},
		{"between", []any{"abc", "", "c"}, "abc"},
		{"between", []any{"abc", "a", ""}, "abc"},
		{"between", []any{"aXb", "X", "a", true}, ""},
		{"between", []any{"abc", nil, "c"}, "error"},
		{"between", []any{nil, nil, "c"}, "null"},
		{"between~", []any{"aXbYc", "x", "y"}, "b"},
		{"between~", []any{"\u212aXa\u023aBYc", "KX", "Y"}, "a\u023aB"}, // letters whose small form has more or fewer bytes
		{"between~", []any{"\u0130XabY", "x", "y"}, "bY"},               // the small form is longer in Java too: offsets shift
		{"between", []any{"abc", "", "", true}, "abc"},
		{"between", []any{"abc", "", ""}, "abc"},
		{"between", []any{"", "a", "b"}, ""},
		{"between", []any{"abc", "a", "x", true}, ""},
		{"between", []any{"abcb", "a", "b", nil}, "error"},
		{"cidrMatch", []any{"10.1.2.3", "10.9.9.9/8"}, "true"},
		{"cidrMatch", []any{"11.1.2.3", "10.0.0.0/8", "::/0"}, "true"},
		{"cidrMatch", []any{"2001:db8::1", "2001:db8::/33"}, "true"},
		{"cidrMatch", []any{"2001:db8:8000::1", "2001:db8::/33"}, "false"},
		{"cidrMatch", []any{"10.1.2.3", "10.0.0.0/33"}, "error"},
		{"cidrMatch", []any{nil, "10.0.0.0/8"}, "null"},
		{"concat", []any{"a", 1, true, 42.5, 1e10}, "a1true42.51.0E10"},
		{"concat", []any{"a", nil}, "null"},
		{"endsWith", []any{"FooBar", "bar"}, "false"},
		{"endsWith~", []any{"FooBar", "bar"}, "true"},
		{"endsWith", []any{"", ""}, "true"},
		{"startsWith~", []any{"FooBar", "fOO"}, "true"},
		{"startsWith", []any{nil, "fOO"}, "null"},
		{"startsWith~", []any{"\u212aelvin", "k"}, "true"},
		{"startsWith~", []any{"\u017fum", "S"}, "false"}, // toLowerCase leaves the long s
		{"endsWith~", []any{"\u039f\u0394\u039f\u03a3", "\u03bf\u03c2"}, "true"},
		{"stringContains~", []any{"\u03a3\u0391\u03a3\u0391", "\u03c3\u03b1\u03c3"}, "true"},
		{"endsWith~", []any{"\u0130", "\u0307"}, "true"},
		{"indexOf~", []any{"\u0130B", "b"}, "2"},
		{"stringContains", []any{"abc", ""}, "false"},
		{"stringContains", []any{"abc", "b"}, "true"},
		{"stringContains", []any{"abc", nil}, "null"},
		{"indexOf", []any{"foobarbaz", "ba", 4}, "6"},
		{"indexOf", []any{"foobarbaz", "ba", nil}, "3"},
		{"indexOf", []any{"foobarbaz", "BA"}, "null"},
		{"indexOf~", []any{"foobarbaz", "BA"}, "3"},
		{"indexOf", []any{"abc", "", 2}, "2"},
		{"indexOf", []any{"abc", "", 4}, "null"},
		{"indexOf", []any{"a😀", "", 2}, "2"}, // between the halves of a surrogate pair
		{"indexOf", []any{"abc", "a", -5}, "0"},
		{"indexOf", []any{"a😀b", "b"}, "3"},
		{"length", []any{"a😀b"}, "4"},
		{"length", []any{""}, "0"},
		{"length", []any{12345}, "5"},
		{"number", []any{"0x1337"}, "4919"},
		{"number", []any{"0x1337", 16}, "4919"},
		{"number", []any{"-0x1"}, "error"},
		{"number", []any{"052403", 8}, "21763"},
		{"number", []any{" -3.5e1 "}, "-35.0"},
		{"number", []any{"5d"}, "5.0"},
		{"number", []any{"1_0"}, "error"},
		{"number", []any{"inf"}, "error"},
		{"number", []any{"Infinity"}, "Infinity"},
		{"number", []any{"99999999999999999999"}, "1.0E20"},
		{"number", []any{""}, "error"},
		{"number", []any{"z", 36}, "35"},
		{"number", []any{"1", 99}, "error"},
		{"string", []any{2.1828}, "2.1828"},
		{"string", []any{0.0001}, "1.0E-4"},
		{"string", []any{1e7}, "1.0E7"},
		{"string", []any{9999999.0}, "9999999.0"},
		{"substring", []any{"hello world", -5, -1}, "worl"},
		{"substring", []any{"hello world", 9, 3}, ""},
		{"substring", []any{"hello world", -60, 5}, "hello"},
		{"substring", []any{"hello world", -20, -15}, ""},
		{"substring", []any{"hello world", nil, 5}, "hello world"},
		{"substring", []any{"héllo😀", 1, 5}, "éllo"},
		{"substring", []any{"a😀b", 2}, "\ufffdb"},
	} {
		name, fold := c.name, false
		if name[len(name)-1] == '~' {
			name, fold = name[:len(name)-1], true
		}
		f, ok := Lookup(name)
		if !ok {
			t.Fatalf("no function %s", name)
		}
		v, err := f.Call(fold, vals(c.args))
		got := v.Text()
		if err != nil {
			got = "error"
		}
		if got != c.want {
			t.Errorf("%s(%v) = %q (%v), want %q", c.name, c.args, got, err, c.want)
		}
	}
}

func TestCompare(t *testing.T) {
	const null = -9
	for _, c := range []struct {
		a, b any
		want int
	}{
		{1, 1.0, 0}, {int64(1), 1, 0}, {uint64(math.MaxUint64), -1, 1}, {-1, uint64(1), -1},
		{"a", "b", -1}, {"a", 1, null}, {nil, nil, null}, {false, true, -1}, {"\U0001F600", "\uffff", 1},
	} {
		got, ok := Compare(val(c.a), val(c.b))
		if !ok {
			got = null
		}
		if got != c.want {
			t.Errorf("Compare(%v, %v) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
	if !EqualFold("ÄbC", "äBc") || EqualFold("a", "ab") {
		t.Error("EqualFold")
	}
	if v, err := Neg(OfUnsigned(1 << 63)); err != nil || v.Int() != math.MinInt64 {
		t.Errorf("Neg(1<<63) = %v, %v", v, err)
	}
}

func TestDateText(t *testing.T) {
	for milli, want := range map[int64]string{0: "1970-01-01T00:00Z", 1000: "1970-01-01T00:00:01Z", 1001: "1970-01-01T00:00:01.001Z"} {
		if got := OfDate(esdate.Instant{Milli: milli}).Text(); got != want {
			t.Errorf("%d prints %q, want %q", milli, got, want)
		}
	}
}
