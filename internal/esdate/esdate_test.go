package esdate

import (
	"math"
	"testing"
	"time"
)

func TestLiteral(t *testing.T) {
	now := time.Date(2024, 3, 31, 13, 45, 10, 0, time.UTC)
	for _, c := range []struct{ format, in, lo, hi string }{
		{"", "2024", "2024-01-01T00:00:00.000Z", "2024-12-31T23:59:59.999999999Z"},
		{"", "2024-02", "2024-02-01T00:00:00.000Z", "2024-02-29T23:59:59.999999999Z"},
		{"", "2024-02-03", "2024-02-03T00:00:00.000Z", "2024-02-03T23:59:59.999999999Z"},
		{"", "2024-02-03T04", "2024-02-03T04:00:00.000Z", "2024-02-03T04:59:59.999999999Z"},
		{"", "2024-02-03T04:05:06Z", "2024-02-03T04:05:06.000Z", "2024-02-03T04:05:06.999999999Z"},
		{"", "2024-02-03T04:05:06.5Z", "2024-02-03T04:05:06.500Z", "2024-02-03T04:05:06.500Z"},
		{"", "2024-02-03T04:05:06.123456789+02:00", "2024-02-03T02:05:06.123456789Z", "2024-02-03T02:05:06.123456789Z"},
		{"", "1000000", "1970-01-01T00:16:40.000Z", "1970-01-01T00:16:40.000Z"},
		{"", "-1.5", "1969-12-31T23:59:59.998500000Z", "1969-12-31T23:59:59.998500000Z"},
		{"", "now-1h", "2024-03-31T12:45:10.000Z", "2024-03-31T12:45:10.000Z"},
		{"", "now-1M", "2024-02-29T13:45:10.000Z", "2024-02-29T13:45:10.000Z"},
		{"", "now/w", "2024-03-25T00:00:00.000Z", "2024-03-31T23:59:59.999999999Z"},
		{"", "2024-02-03||+1M/M", "2024-03-01T00:00:00.000Z", "2024-03-31T23:59:59.999999999Z"},
		{"", "2024-02-30", "error", ""},
		{"", "2024-2-3", "error", ""},
		{"", "now-x", "error", ""},
		{"", "2024-02-03||/q", "error", ""},
		{"date_optional_time", "2024-2-3", "2024-02-03T00:00:00.000Z", "2024-02-03T23:59:59.999999999Z"},
		{"dd-MM-yyyy", "03-02-2024", "2024-02-03T00:00:00.000Z", "2024-02-03T23:59:59.999999999Z"},
		{"yyyy/MM/dd HH:mm:ss.SSS", "2024/02/03 04:05:06.007", "2024-02-03T04:05:06.007Z", "2024-02-03T04:05:06.007Z"},
		{"basic_date", "20240203", "2024-02-03T00:00:00.000Z", "2024-02-03T23:59:59.999999999Z"},
		{"epoch_second", "1.5", "1970-01-01T00:00:01.500Z", "1970-01-01T00:00:01.500Z"},
	} {
		f, err := NewFormat(c.format)
		if err != nil {
			t.Fatal(err)
		}
		lo, hi, err := f.Literal(c.in, now)
		gotLo, gotHi := lo.String(), hi.String()
		if err != nil {
			gotLo, gotHi = "error", ""
		}
		if gotLo != c.lo || gotHi != c.hi {
			t.Errorf("%q with %q: [%s, %s] (%v), want [%s, %s]", c.in, c.format, gotLo, gotHi, err, c.lo, c.hi)
		}
	}
}

// TestISOAgainstTime compares the fast reader with the time package over the years that both can print.
func TestISOAgainstTime(t *testing.T) {
	f := Default()
	for at := int64(-62135596800000); at < 253402300000000; at += 1234567890123 {
		want := time.UnixMilli(at).UTC()
		got, ok := f.Value(want.Format("2006-01-02T15:04:05.000Z"))
		if !ok || got.Milli != at {
			t.Fatalf("%s: %v %v", want, got, ok)
		}
	}
}

func TestValue(t *testing.T) {
	f := Default()
	for in, want := range map[string]string{
		"2024":               "1970-01-01T00:00:02.024Z", // a numeric text in a document is milliseconds
		"1504126051000":      "2017-08-30T20:47:31.000Z",
		"2024-02-03":         "2024-02-03T00:00:00.000Z",
		"131509374294.36514": "1974-03-03T02:22:54.294365140Z",
		"x":                  "", "": "", "99999999999999999999": "", "2024-02-03T": "2024-02-03T00:00:00.000Z",
	} {
		got := ""
		if at, ok := f.Value(in); ok {
			got = at.String()
		}
		if got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func TestSubSaturates(t *testing.T) {
	a, b := Instant{Milli: math.MaxInt64}, Instant{Milli: math.MinInt64}
	if a.Sub(b) != math.MaxInt64 || b.Sub(a) != math.MinInt64 {
		t.Error("no saturation")
	}
	if d := (Instant{Milli: 2, Nano: 1}).Sub(Instant{Milli: 1, Nano: 2}); d != time.Millisecond-1 {
		t.Error(d)
	}
}

func TestBadFormats(t *testing.T) {
	for _, s := range []string{"EEE", "'x", "yyyy[-MM]", "dd||"} {
		if _, err := NewFormat(s); err == nil {
			t.Errorf("%q is accepted", s)
		}
	}
}

func FuzzLiteral(f *testing.F) {
	f.Add("", "2024-02-03||+1M/M")
	f.Add("dd-MM-yyyy", "01-02-2024")
	f.Fuzz(func(t *testing.T, format, s string) {
		p, err := NewFormat(format)
		if err != nil {
			return
		}
		lo, hi, err := p.Literal(s, time.Unix(0, 0))
		if err == nil && lo.Compare(hi) > 0 {
			t.Errorf("%q with %q: empty range", s, format)
		}
		p.Value(s)
	})
}
