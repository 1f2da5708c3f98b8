package esdate

import (
	"fmt"
	"strings"
	"time"
)

// Bound parses a date that bounds a range, as the range query of a date field does. With up the bound lies at the end of
// what the text stands for: parts that it leaves out are filled up to the end of the day, the month and the day themselves
// with 1, so "2024" goes to the end of January 1st. Date mathematics starts from the first instant, whatever up is; only
// "/d" and its like go up. A text without a zone is in zone; nil is UTC.
func (f *Format) Bound(s string, now time.Time, up bool, zone *time.Location) (Instant, error) {
	if zone == nil {
		zone = time.UTC
	}
	text, math, hasMath := strings.Cut(s, "||")
	if rest, ok := strings.CutPrefix(s, "now"); ok {
		return boundMath(s, rest, now.In(zone).Truncate(time.Millisecond), up)
	}
	for _, p := range f.alts {
		d, ok := p(text)
		if !ok {
			continue
		}
		at, ok := d.instant()
		if !ok {
			continue
		}
		place := zone
		if d.epoch != nil {
			place = time.UTC
		} else if d.region != nil {
			place = d.region
		} else if d.zoned {
			place = time.FixedZone("", d.offset)
		} else if zone != time.UTC {
			t := at.Time()
			at = FromTime(time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone))
		}
		if hasMath {
			return boundMath(s, math, at.Time().In(place), up)
		}
		if up && d.unit != exact {
			at = FromTime(add(at.Time().In(place), min(d.unit, day), 1).Add(-1))
		}
		return at, nil
	}
	return Instant{}, fmt.Errorf("cannot parse %q as a date with format %q", s, f.spec)
}

// boundMath applies date mathematics to one instant.
func boundMath(src, math string, t time.Time, up bool) (Instant, error) {
	lo, hi, err := evalMath(src, math, t)
	if up {
		return hi, err
	}
	return lo, err
}
