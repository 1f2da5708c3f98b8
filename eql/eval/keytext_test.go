package eval

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/eql"
)

// TestKeyText pins how join keys of each type print, in sequences and in samples (LANGUAGE.md 6.3, 6.7).
func TestKeyText(t *testing.T) {
	for _, c := range []struct {
		typ              eql.Type
		value            string
		sequence, sample string
	}{
		{eql.TypeDouble, "5", "5.0", ""},
		{eql.TypeDouble, "5.0", "5.0", ""},
		{eql.TypeDouble, "5.25", "5.25", ""},
		{eql.TypeDouble, `"7"`, "7.0", ""},
		{eql.TypeDouble, "1e10", "1.0E10", ""},
		{eql.TypeDouble, "10000000", "1.0E7", ""},
		{eql.TypeDouble, "-3", "-3.0", ""},
		{eql.TypeDouble, "0.0001", "1.0E-4", ""},
		{eql.TypeDouble, "1e300", "1.0E300", ""},
		{eql.TypeFloat, "2", "2.0", ""},
		{eql.TypeFloat, "0.1", "0.10000000149011612", ""},
		{eql.TypeHalfFloat, "2049", "2048.0", ""},
		{eql.TypeScaledFloat, "12", "12.0", ""},
		{eql.TypeByte, "5", "5", ""},
		{eql.TypeShort, "5.0", "5", ""},
		{eql.TypeInteger, "5.9", "5", ""},
		{eql.TypeLong, "10000000", "10000000", ""},
		{eql.TypeLong, "1e3", "1000", ""},
		{eql.TypeUnsignedLong, "18446744073709551615", "18446744073709551615", ""},
		{eql.TypeUnsignedLong, "5", "5", ""},
		{eql.TypeBoolean, "true", "true", ""},
		{eql.TypeBoolean, `"false"`, "false", ""},
		{eql.TypeIP, `"2001:DB8:0:0:0:0:0:1"`, "2001:db8::1", ""},
		{eql.TypeIP, `"::ffff:10.0.0.1"`, "10.0.0.1", ""},
		{eql.TypeVersion, `"1.2.3-RC1"`, "1.2.3-RC1", ""},
		{eql.TypeKeyword, "5", "5", ""},
		{eql.TypeKeyword, "5.0", "5.0", ""},
		{eql.TypeKeyword, "true", "true", ""},
		{eql.TypeDate, `"2024-02-03T04:05:06.7Z"`, "2024-02-03T04:05:06.700Z", "1706933106700"},
		{eql.TypeDate, "1706933106700", "2024-02-03T04:05:06.700Z", "1706933106700"},
		{eql.TypeDateNanos, `"2024-02-03T04:05:06.700000001Z"`, "2024-02-03T04:05:06.700000001Z", "1706933106700"},
		// Without a mapping a whole number is an integer, however it is written.
		{eql.TypeUnknown, "5", "5", ""},
		{eql.TypeUnknown, "5.0", "5", ""},
		{eql.TypeUnknown, "1e3", "1000", ""},
		{eql.TypeUnknown, "5.5", "5.5", ""},
		{eql.TypeUnknown, `"5.0"`, "5.0", ""},
		{eql.TypeUnknown, "true", "true", ""},
	} {
		if c.sample == "" {
			c.sample = c.sequence
		}
		fields := fieldMap{"s": {Type: eql.TypeKeyword}, "@timestamp": {Type: eql.TypeDate}, "k": {Type: c.typ}}
		got := keyTexts(t, "sequence", fields, c.value)
		got = append(got, keyTexts(t, "sample", fields, c.value)...)
		if d := cmp.Diff([]string{c.sequence, c.sample}, got); d != "" {
			t.Errorf("%s key of %s (-want +got):\n%s", c.value, c.typ, d)
		}
	}
}

// TestKeyTextMixed joins a whole number of a double field with one of a long field: they are never equal in a sequence. A key
// prints as the field of the first step does.
func TestKeyTextMixed(t *testing.T) {
	fields := fieldMap{"s": {Type: eql.TypeKeyword}, "@timestamp": {Type: eql.TypeDate}, "d": {Type: eql.TypeDouble}, "l": {Type: eql.TypeLong}}
	docs := []string{`{"@timestamp":1,"s":"a","d":5,"l":5}`, `{"@timestamp":2,"s":"b","d":5,"l":5}`}
	for _, c := range []struct{ query, want string }{
		{`sequence [any where s == "a"] by d [any where s == "b"] by l`, ""},
		{`sequence [any where s == "a"] by l [any where s == "b"] by d`, ""},
		{`sequence by l [any where s == "a"] by d [any where s == "b"] by d`, "5 5.0"},
		{`sample by l, d [any where s == "a"] [any where s == "b"]`, "5 5.0"},
	} {
		got := ""
		for i, k := range resultKeys(t, c.query, fields, docs) {
			if i > 0 {
				got += " "
			}
			got += k
		}
		if got != c.want {
			t.Errorf("%s: keys %q, want %q", c.query, got, c.want)
		}
	}
}

// keyTexts are the keys of all results of a join of two events by one value of k.
func keyTexts(t *testing.T, kind string, fields fieldMap, value string) []string {
	t.Helper()
	docs := []string{fmt.Sprintf(`{"@timestamp":1,"s":"a","k":%s}`, value), fmt.Sprintf(`{"@timestamp":2,"s":"b","k":%s}`, value)}
	return resultKeys(t, kind+` by k [any where s == "a"] [any where s == "b"]`, fields, docs)
}

func resultKeys(t *testing.T, query string, fields eql.Fields, docs []string) []string {
	t.Helper()
	q := mustParse(t, query)
	info, _ := eql.Check(q, fields)
	p, err := Compile(q, info, Options{})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	run := p.NewRun(true)
	if err := feedAll(t, p, run, docs); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	var out []string
	for _, r := range run.Finish() {
		for _, k := range r.Keys {
			if k == nil {
				out = append(out, "null")
				continue
			}
			out = append(out, *k)
		}
	}
	return out
}
