//lint:file-ignore ST1005 the messages are Elasticsearch's, to the letter

// Package moment has the arithmetic and the patterns of java.time that ES|QL's dates go by.
package moment

import (
	"fmt"
	"math"
	"math/bits"
	"strings"
	"time"
)

// Span is a time span: a date_period of months and days, or a time_duration.
type Span struct {
	Period       bool
	Months, Days int64
	Nanos        int64
}

// NewSpan returns a span of n units, named in the singular.
func NewSpan(n int64, unit string) (Span, error) {
	calendar := map[string][2]int64{"day": {0, 1}, "week": {0, 7}, "month": {1, 0}, "quarter": {3, 0}, "year": {12, 0}}
	if c, ok := calendar[unit]; ok {
		return Span{Period: true, Months: n * c[0], Days: n * c[1]}, nil
	}
	clock := map[string]int64{"nanosecond": 1, "microsecond": 1e3, "millisecond": 1e6, "second": 1e9, "minute": 60e9, "hour": 3600e9}
	u, ok := clock[unit]
	if !ok {
		return Span{}, fmt.Errorf("unknown time unit `%s`", unit)
	}
	hi, lo := bits.Mul64(uint64(max(n, -n)), uint64(u))
	if hi != 0 || lo > math.MaxInt64 {
		return Span{}, fmt.Errorf("the time span `%d %s` is too long", n, unit)
	}
	return Span{Nanos: n * u}, nil
}

// ParseSpan reads a text such as "2 hours".
func ParseSpan(text string) (Span, error) {
	var n int64
	var unit string
	if _, err := fmt.Sscanf(text, "%d %s", &n, &unit); err != nil {
		return Span{}, fmt.Errorf("`%s` is no time span: expected a whole number and a unit, as in 2 hours", text)
	}
	unit = strings.ToLower(unit)
	short := map[string]string{"ms": "millisecond", "s": "second", "sec": "second", "m": "minute", "min": "minute", "h": "hour", "d": "day", "w": "week",
		"mo": "month", "q": "quarter", "y": "year", "yr": "year"}
	if long, ok := short[unit]; ok {
		unit = long
	}
	return NewSpan(n, strings.TrimSuffix(unit, "s"))
}

// Neg returns the span with the other sign.
func (s Span) Neg() Span { return Span{s.Period, -s.Months, -s.Days, -s.Nanos} }

// Plus adds two spans of one kind.
func (s Span) Plus(t Span) Span {
	return Span{s.Period, s.Months + t.Months, s.Days + t.Days, s.Nanos + t.Nanos}
}

// maxYear is the last year of java.time.
const maxYear = 999999999

// Add moves an instant by a span.
func Add(t time.Time, s Span) (time.Time, error) {
	if !s.Period {
		return t.Add(time.Duration(s.Nanos)), nil
	}
	y, m, d := t.Date()
	months := int64(y)*12 + int64(m) - 1 + s.Months
	year := floorDiv(months, 12)
	if year > maxYear || year < -maxYear {
		return t, fmt.Errorf("Invalid value for Year (valid values -999999999 - 999999999): %d", year)
	}
	month := time.Month(months-year*12) + 1
	d = min(d, daysIn(int(year), month))
	hh, mm, ss := t.Clock()
	if s.Days > maxYear || s.Days < -maxYear {
		return t, fmt.Errorf("the number of days is out of range: %d", s.Days)
	}
	return time.Date(int(year), month, d+int(s.Days), hh, mm, ss, t.Nanosecond(), t.Location()), nil
}

func daysIn(year int, m time.Month) int {
	return time.Date(year, m+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// Trunc rounds an instant down to a multiple of a span.
func Trunc(t time.Time, s Span) time.Time {
	y, m, d := t.Date()
	at := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, t.Location()) }
	switch {
	case !s.Period:
		return fixed(t, s.Nanos)
	case s.Months%12 == 0 && s.Months > 0:
		n := s.Months / 12
		return at(int(floorDiv(int64(y)-1, n)*n)+1, 1, 1)
	case s.Months > 0:
		total := int64(y)*12 + int64(m) - 1
		if s.Months != 1 && s.Months != 3 {
			total = int64(y-1)*12 + int64(m) - 1
			total = floorDiv(total, s.Months) * s.Months
			return at(int(floorDiv(total, 12))+1, time.Month(total-floorDiv(total, 12)*12)+1, 1)
		}
		total = floorDiv(total, s.Months) * s.Months
		return at(int(floorDiv(total, 12)), time.Month(total-floorDiv(total, 12)*12)+1, 1)
	case s.Days == 1:
		return at(y, m, d)
	case s.Days == 7:
		back := (int(t.Weekday()) + 6) % 7
		return at(y, m, d-back)
	}
	day := floorDiv(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix(), 86400)
	day = floorDiv(day, s.Days) * s.Days
	return at(1970, 1, 1+int(day))
}

// fixed rounds down to a multiple of nanoseconds of local time.
func fixed(t time.Time, nanos int64) time.Time {
	_, offset := t.Zone()
	sec := t.Unix() + int64(offset)
	if nanos%1e9 == 0 {
		n := nanos / 1e9
		return time.Unix(floorDiv(sec, n)*n-int64(offset), 0).In(t.Location())
	}
	// milliseconds: instants of whole days stay within int64
	if nanos%1e6 == 0 {
		ms := sec*1000 + int64(t.Nanosecond())/1e6
		n := nanos / 1e6
		return time.UnixMilli(floorDiv(ms, n)*n - int64(offset)*1000).In(t.Location())
	}
	if sec > math.MaxInt64/1000000000-1 || sec < math.MinInt64/1000000000+1 {
		return t
	}
	ns := sec*1e9 + int64(t.Nanosecond())
	return time.Unix(0, floorDiv(ns, nanos)*nanos-int64(offset)*1e9).In(t.Location())
}

// Valid reports why a span cannot be rounded to, nil if it can.
func (s Span) Valid() error {
	if s.Months < 0 || s.Days < 0 || s.Nanos < 0 || s.Months == 0 && s.Days == 0 && s.Nanos == 0 {
		return fmt.Errorf("Zero or negative time interval is not supported")
	}
	if s.Months != 0 && s.Days != 0 {
		return fmt.Errorf("Time interval is not supported: it has both months and days")
	}
	return nil
}

// Unit is a unit of DATE_DIFF.
type Unit uint8

// Units.
const (
	Year Unit = iota
	Quarter
	Month
	Week
	Day
	Hour
	Minute
	Second
	Millisecond
	Microsecond
	Nanosecond
)

// ParseUnit reads the name of a unit, in any case.
func ParseUnit(s string) (Unit, error) {
	switch strings.ToLower(s) {
	case "year", "years", "yyyy", "yy":
		return Year, nil
	case "quarter", "quarters", "qq", "q":
		return Quarter, nil
	case "month", "months", "mm", "m":
		return Month, nil
	case "week", "weeks", "wk", "ww":
		return Week, nil
	case "day", "days", "dd", "d", "dayofyear", "dy", "y", "weekday", "weekdays", "dw":
		return Day, nil
	case "hour", "hours", "hh":
		return Hour, nil
	case "minute", "minutes", "mi", "n":
		return Minute, nil
	case "second", "seconds", "ss", "s":
		return Second, nil
	case "millisecond", "milliseconds", "ms":
		return Millisecond, nil
	case "microsecond", "microseconds", "mcs":
		return Microsecond, nil
	case "nanosecond", "nanoseconds", "ns":
		return Nanosecond, nil
	}
	return 0, fmt.Errorf("A value of [YEAR, QUARTER, MONTH, DAYOFYEAR, DAY, WEEK, WEEKDAY, HOUR, MINUTE, SECOND, MILLISECOND, MICROSECOND, NANOSECOND] or their aliases is required; received [%s]", s)
}

// Diff counts the full units from a to b; both in the zone that calendar units go by.
func Diff(u Unit, a, b time.Time) (int64, bool) {
	switch u {
	case Year:
		return months(a, b) / 12, true
	case Quarter:
		return months(a, b) / 3, true
	case Month:
		return months(a, b), true
	case Week:
		return days(a, b) / 7, true
	case Day:
		return days(a, b), true
	}
	sec := b.Unix() - a.Unix()
	ns := int64(b.Nanosecond() - a.Nanosecond())
	if sec > 0 && ns < 0 {
		sec, ns = sec-1, ns+1e9
	} else if sec < 0 && ns > 0 {
		sec, ns = sec+1, ns-1e9
	}
	switch u {
	case Hour:
		return sec / 3600, true
	case Minute:
		return sec / 60, true
	case Second:
		return sec, true
	}
	per := map[Unit]int64{Millisecond: 1e3, Microsecond: 1e6, Nanosecond: 1e9}[u]
	if sec > math.MaxInt64/per-1 || sec < math.MinInt64/per+1 {
		return 0, false
	}
	return sec*per + ns/(1e9/per), true
}

func clock(t time.Time) int64 {
	h, m, s := t.Clock()
	return int64(h*3600+m*60+s)*1e9 + int64(t.Nanosecond())
}

func months(a, b time.Time) int64 {
	ya, ma, da := a.Date()
	yb, mb, db := b.Date()
	// As LocalDateTime.until: a day is given back for the clock, and what is left is counted by the date.
	if d := EpochDay(b) - EpochDay(a); d > 0 && clock(b) < clock(a) {
		yb, mb, db = time.Date(yb, mb, db-1, 0, 0, 0, 0, time.UTC).Date()
	} else if d < 0 && clock(b) > clock(a) {
		yb, mb, db = time.Date(yb, mb, db+1, 0, 0, 0, 0, time.UTC).Date()
	}
	return ((int64(yb-ya)*12+int64(mb)-int64(ma))*32 + int64(db-da)) / 32
}

// EpochDay is the number of days since 1970 of the local date.
func EpochDay(t time.Time) int64 {
	y, m, d := t.Date()
	return floorDiv(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix(), 86400)
}

func days(a, b time.Time) int64 {
	n := EpochDay(b) - EpochDay(a)
	ta, tb := clock(a), clock(b)
	if n > 0 && tb < ta {
		n--
	} else if n < 0 && tb > ta {
		n++
	}
	return n
}

// Extract returns a field of java.time's ChronoField, named in any case.
func Extract(field string, t time.Time) (int64, error) {
	y, m, d := t.Date()
	hh, mm, ss := t.Clock()
	ns := t.Nanosecond()
	dow := (int64(t.Weekday()) + 6) % 7 // from Monday, 0
	_, offset := t.Zone()
	sod := int64(hh*3600 + mm*60 + ss)
	switch strings.ToUpper(field) {
	case "NANO_OF_SECOND":
		return int64(ns), nil
	case "NANO_OF_DAY":
		return sod*1e9 + int64(ns), nil
	case "MICRO_OF_SECOND":
		return int64(ns / 1e3), nil
	case "MICRO_OF_DAY":
		return sod*1e6 + int64(ns/1e3), nil
	case "MILLI_OF_SECOND":
		return int64(ns / 1e6), nil
	case "MILLI_OF_DAY":
		return sod*1e3 + int64(ns/1e6), nil
	case "SECOND_OF_MINUTE":
		return int64(ss), nil
	case "SECOND_OF_DAY":
		return sod, nil
	case "MINUTE_OF_HOUR":
		return int64(mm), nil
	case "MINUTE_OF_DAY":
		return int64(hh*60 + mm), nil
	case "HOUR_OF_AMPM":
		return int64(hh % 12), nil
	case "CLOCK_HOUR_OF_AMPM":
		return int64((hh+11)%12 + 1), nil
	case "HOUR_OF_DAY":
		return int64(hh), nil
	case "CLOCK_HOUR_OF_DAY":
		return int64((hh+23)%24 + 1), nil
	case "AMPM_OF_DAY":
		return int64(hh / 12), nil
	case "DAY_OF_WEEK":
		return dow + 1, nil
	case "ALIGNED_DAY_OF_WEEK_IN_MONTH":
		return int64((d-1)%7 + 1), nil
	case "ALIGNED_DAY_OF_WEEK_IN_YEAR":
		return int64((t.YearDay()-1)%7 + 1), nil
	case "DAY_OF_MONTH":
		return int64(d), nil
	case "DAY_OF_YEAR":
		return int64(t.YearDay()), nil
	case "EPOCH_DAY":
		return EpochDay(t), nil
	case "ALIGNED_WEEK_OF_MONTH":
		return int64((d-1)/7 + 1), nil
	case "ALIGNED_WEEK_OF_YEAR":
		return int64((t.YearDay()-1)/7 + 1), nil
	case "MONTH_OF_YEAR":
		return int64(m), nil
	case "PROLEPTIC_MONTH":
		return int64(y)*12 + int64(m) - 1, nil
	case "YEAR_OF_ERA":
		if y < 1 {
			return int64(1 - y), nil
		}
		return int64(y), nil
	case "YEAR":
		return int64(y), nil
	case "ERA":
		if y < 1 {
			return 0, nil
		}
		return 1, nil
	case "INSTANT_SECONDS":
		return t.Unix(), nil
	case "OFFSET_SECONDS":
		return int64(offset), nil
	}
	return 0, fmt.Errorf("invalid date field for [DATE_EXTRACT]: %s", field)
}
