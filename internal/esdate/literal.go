package esdate

import (
	"fmt"
	"time"
)

// Value parses a date of a document by the first format that takes it: "2024" is a year before it is a number of milliseconds.
func (f *Format) Value(s string) (Instant, bool) {
	for _, p := range f.alts {
		if d, ok := p(s); ok {
			if at, ok := d.instant(); ok {
				return at, true
			}
		}
	}
	return Instant{}, false
}

// Literal parses a date literal of a query to the first and the last instant it stands for; they are equal for an exact
// one. A date without a time stands for one day, that on which it begins: "2024" is the first of January. Date mathematics
// ("now-1h/d", "2020-01-01||+1M/d") is resolved against now; only its rounding makes a range.
func (f *Format) Literal(s string, now time.Time) (lo, hi Instant, err error) {
	if lo, err = f.Bound(s, now, false, nil); err == nil {
		hi, err = f.Bound(s, now, true, nil)
	}
	return lo, hi, err
}

func add(t time.Time, u unit, n int) time.Time {
	switch u {
	case millisecond:
		return t.Add(time.Duration(n) * time.Millisecond)
	case second:
		return addSeconds(t, int64(n))
	case minute:
		return addSeconds(t, 60*int64(n))
	case hour:
		return addSeconds(t, 3600*int64(n))
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

// addSeconds has no bound of 292 years, which a duration has.
func addSeconds(t time.Time, n int64) time.Time {
	return time.Unix(t.Unix()+n, int64(t.Nanosecond())).In(t.Location())
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

// evalMath applies "+1d", "-h", "/M" and so on. Rounding goes down for the first instant, and for the last one up to the last
// millisecond of the unit.
func evalMath(src, math string, at time.Time) (Instant, Instant, error) {
	lo, hi := at, at
	for rest := math; rest != ""; {
		op := rest[0]
		n, i, ok := digits(rest, 1, 0, 10)
		if i == 1 {
			n = 1
		}
		if !ok || i >= len(rest) || n > maxMath || op == '/' && n != 1 {
			return Instant{}, Instant{}, mathError(src)
		}
		u, ok := mathUnit(rest[i])
		if !ok {
			return Instant{}, Instant{}, mathError(src)
		}
		switch op {
		case '+':
			lo, hi = add(lo, u, n), add(hi, u, n)
		case '-':
			lo, hi = add(lo, u, -n), add(hi, u, -n)
		case '/':
			lo, hi = floor(lo, u), add(floor(hi, u), u, 1).Add(-time.Millisecond)
		default:
			return Instant{}, Instant{}, mathError(src)
		}
		if y := lo.Year(); y < -maxYear || y > maxYear {
			return Instant{}, Instant{}, mathError(src)
		}
		rest = rest[i+1:]
	}
	return FromTime(lo), FromTime(hi), nil
}

const (
	maxMath = 1<<31 - 1 // an int of Java
	maxYear = 280_000   // about what fits into milliseconds
)

func mathError(src string) error { return fmt.Errorf("cannot parse date mathematics in %q", src) }

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
