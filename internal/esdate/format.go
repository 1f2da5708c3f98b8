package esdate

import (
	"fmt"
	"strings"
)

// Format is a compiled "format" of a date mapping: alternatives that are tried in order.
type Format struct {
	spec   string
	alts   []parser
	millis bool
}

// Millis reports whether a whole number in a document is epoch milliseconds.
func (f *Format) Millis() bool { return f.millis }

type parser func(s string) (fields, bool)

// DefaultSpec is the format of a date field whose mapping does not give one.
const DefaultSpec = "strict_date_optional_time||epoch_millis"

// NanosSpec is the format of a date_nanos field whose mapping does not give one.
const NanosSpec = "strict_date_optional_time_nanos||epoch_millis"

// NewFormat compiles a format such as "strict_date_optional_time||epoch_millis" or "dd-MM-yyyy||epoch_second". The empty
// text is DefaultSpec. Named formats and pattern letters outside y u M d H m s S n Z X x are an error.
func NewFormat(spec string) (*Format, error) {
	if spec == "" {
		spec = DefaultSpec
	}
	f := &Format{spec: spec, millis: strings.Contains(spec, "epoch_millis")}
	for _, name := range strings.Split(spec, "||") {
		p, err := newParser(strings.TrimSpace(name))
		if err != nil {
			return nil, err
		}
		f.alts = append(f.alts, p)
	}
	return f, nil
}

// Default is the format of a date field whose mapping does not give one.
func Default() *Format {
	return &Format{spec: DefaultSpec, millis: true, alts: []parser{isoParser(true, false), epochParser(1)}}
}

// String is the format as given to NewFormat.
func (f *Format) String() string { return f.spec }

func isoParser(strict, needTime bool) parser {
	return func(s string) (fields, bool) { return parseISO(s, strict, needTime) }
}

// namedPatterns are the built-in formats that a plain pattern expresses.
var namedPatterns = map[string]string{
	"date":                           "yyyy-MM-dd",
	"year":                           "yyyy",
	"year_month":                     "yyyy-MM",
	"year_month_day":                 "yyyy-MM-dd",
	"basic_date":                     "yyyyMMdd",
	"basic_date_time":                "yyyyMMdd'T'HHmmss.SSSX",
	"basic_date_time_no_millis":      "yyyyMMdd'T'HHmmssX",
	"date_hour":                      "yyyy-MM-dd'T'HH",
	"date_hour_minute":               "yyyy-MM-dd'T'HH:mm",
	"date_hour_minute_second":        "yyyy-MM-dd'T'HH:mm:ss",
	"date_hour_minute_second_millis": "yyyy-MM-dd'T'HH:mm:ss.SSS",
	"date_time_no_millis":            "yyyy-MM-dd'T'HH:mm:ssX",
}

func newParser(name string) (parser, error) {
	base := strings.TrimPrefix(name, "strict_")
	strict := base != name
	switch base {
	case "date_optional_time":
		return isoParser(strict, false), nil
	case "date_optional_time_nanos": // a time has all its parts
		return func(s string) (fields, bool) {
			f, ok := parseISO(s, strict, false)
			return f, ok && (f.unit <= second || f.unit >= day && !strings.Contains(s, "T"))
		}, nil
	case "date_time":
		return isoParser(strict, true), nil
	}
	switch name {
	case "iso8601":
		return isoParser(true, false), nil
	case "epoch_millis":
		return epochParser(1), nil
	case "epoch_second":
		return epochParser(1000), nil
	}
	pattern := name
	if p, ok := namedPatterns[base]; ok {
		pattern = p
	}
	toks, err := compilePattern(pattern)
	if err != nil {
		return nil, fmt.Errorf("date format %q: %w", name, err)
	}
	lenient := name == "strict_date"
	return func(s string) (fields, bool) {
		f, ok := matchPattern(toks, s)
		f.lenient = lenient
		return f, ok
	}, nil
}

// epochParser reads a signed decimal number of milliseconds (unit 1) or seconds (unit 1000), with a fraction of up to
// nanosecond resolution.
func epochParser(milliPerUnit int64) parser {
	return func(s string) (fields, bool) {
		at, ok := Epoch(s, milliPerUnit)
		if !ok {
			return fields{}, false
		}
		f := fields{epoch: &at}
		switch {
		case strings.Contains(s, "."):
		case milliPerUnit == 1:
			f.unit = millisecond
		default:
			f.unit = second
		}
		return f, true
	}
}

// Detected tells whether dynamic mapping takes a text for a date: one in the default format, but for plain numbers.
func Detected(text string) bool {
	if _, number := Epoch(text, 1); number {
		return false
	}
	_, ok := Default().Value(text)
	return ok
}

// Epoch reads a signed decimal number of units of milliPerUnit milliseconds, with a fraction down to the nanosecond.
func Epoch(s string, milliPerUnit int64) (Instant, bool) {
	neg := strings.HasPrefix(s, "-")
	whole, frac, hasFrac := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	places := 6
	if milliPerUnit == 1000 {
		places = 9
	}
	if whole == "" || len(whole) > 18 || hasFrac && len(frac) > places {
		return Instant{}, false
	}
	const limit = int64(9e15) // about 285,000 years: what java.time can print
	var v int64
	for i := 0; i < len(whole); i++ {
		if whole[i]-'0' > 9 {
			return Instant{}, false
		}
		v = v*10 + int64(whole[i]-'0')
	}
	if v > limit/milliPerUnit {
		return Instant{}, false
	}
	nanos := int64(0) // of one unit
	scale := milliPerUnit * 1e6
	for i := 0; i < len(frac); i++ {
		if frac[i]-'0' > 9 {
			return Instant{}, false
		}
		scale /= 10
		nanos += scale * int64(frac[i]-'0')
	}
	milli, nano := v*milliPerUnit+nanos/1e6, nanos%1e6
	if neg {
		milli, nano = -milli, -nano
		if nano < 0 {
			milli, nano = milli-1, nano+1e6
		}
	}
	return Instant{Milli: milli, Nano: int32(nano)}, true
}
