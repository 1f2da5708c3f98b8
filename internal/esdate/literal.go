package esdate

import (
	"fmt"
	"strings"
	"time"
)

// Value parses a date of a document. A numeric text is epoch milliseconds when the format admits them, also where
// another format would read it as a year (spec/eql.md 12.1.11).
func (f *Format) Value(s string) (Instant, bool) {
	if len(s) > 0 && (s[0]-'0' <= 9 || s[0] == '-') && f.millis {
		if at, ok := Epoch(s, 1); ok {
			return at, true
		}
	}
	for _, p := range f.alts {
		if d, ok := p(s); ok {
			if at, ok := d.instant(); ok {
				return at, true
			}
		}
	}
	return Instant{}, false
}

// Literal parses a date literal of a query to the first and the last instant it stands for; they are equal for an
// exact one. Date mathematics ("now-1h/d", "2020-01-01||+1M/d") is resolved against now.
func (f *Format) Literal(s string, now time.Time) (lo, hi Instant, err error) {
	if math, ok := strings.CutPrefix(s, "now"); ok {
		return evalMath(s, math, now, now)
	}
	text, math, hasMath := strings.Cut(s, "||")
	for _, p := range f.alts {
		d, ok := p(text)
		if !ok {
			continue
		}
		at, ok := d.instant()
		if !ok {
			continue
		}
		hi := at
		if d.unit != exact && d.epoch == nil {
			hi = endOf(at, d.unit, d.offset)
		}
		if !hasMath {
			return at, hi, nil
		}
		return evalMath(s, math, at.Time(), hi.Time())
	}
	return lo, hi, fmt.Errorf("cannot parse %q as a date with format %q", s, f.spec)
}

// endOf is the last nanosecond of the unit that begins at the instant. offset matters for units with varying length.
func endOf(at Instant, u unit, offset int) Instant {
	zone := time.FixedZone("", offset)
	return FromTime(add(at.Time().In(zone), u, 1).Add(-1))
}

func add(t time.Time, u unit, n int) time.Time {
	switch u {
	case second:
		return t.Add(time.Duration(n) * time.Second)
	case minute:
		return t.Add(time.Duration(n) * time.Minute)
	case hour:
		return t.Add(time.Duration(n) * time.Hour)
	case day:
		return t.AddDate(0, 0, n)
	case week:
		return t.AddDate(0, 0, 7*n)
	case month:
		return addMonths(t, n)
	case year:
		return addMonths(t, 12*n)
	}
	return t
}

// addMonths keeps the day within the target month, as java.time does: January 31 plus a month is the end of February.
func addMonths(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, t.Location()).AddDate(0, n, 0)
	d := min(t.Day(), daysIn(first.Year(), int(first.Month())))
	return time.Date(first.Year(), first.Month(), d, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
}

func floor(t time.Time, u unit) time.Time {
	y, m, d := t.Date()
	switch u {
	case second:
		return t.Truncate(time.Second)
	case minute:
		return time.Date(y, m, d, t.Hour(), t.Minute(), 0, 0, t.Location())
	case hour:
		return time.Date(y, m, d, t.Hour(), 0, 0, 0, t.Location())
	case week:
		d -= (int(t.Weekday()) + 6) % 7
	case month:
		d = 1
	case year:
		m, d = 1, 1
	}
	return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
}

// evalMath applies "+1d", "-2h", "/M" and so on. Rounding goes down for the first and up for the last instant.
func evalMath(src, math string, lo, hi time.Time) (Instant, Instant, error) {
	fail := func() (Instant, Instant, error) {
		return Instant{}, Instant{}, fmt.Errorf("cannot parse date mathematics in %q", src)
	}
	for math != "" {
		op := math[0]
		n, i, ok := digits(math, 1, 0, 9)
		if i == 1 {
			n = 1
		}
		if !ok || i >= len(math) || op == '/' && i > 1 {
			return fail()
		}
		u, ok := mathUnit(math[i])
		if !ok || n > 1e6 {
			return fail()
		}
		switch op {
		case '+':
			lo, hi = add(lo, u, n), add(hi, u, n)
		case '-':
			lo, hi = add(lo, u, -n), add(hi, u, -n)
		case '/':
			lo, hi = floor(lo, u), add(floor(hi, u), u, 1).Add(-1)
		default:
			return fail()
		}
		math = math[i+1:]
	}
	return FromTime(lo), FromTime(hi), nil
}

func mathUnit(c byte) (unit, bool) {
	switch c {
	case 'y':
		return year, true
	case 'M':
		return month, true
	case 'w':
		return week, true
	case 'd':
		return day, true
	case 'h', 'H':
		return hour, true
	case 'm':
		return minute, true
	case 's':
		return second, true
	}
	return 0, false
}
