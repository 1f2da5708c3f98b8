package facts

import (
	"strconv"
	"strings"
	"time"

	"github.com/rulevet/rulevet/rule"
)

// Defaults of Kibana for the keys of a rule's schedule.
const (
	defaultFrom     = 6 * time.Minute
	defaultInterval = 5 * time.Minute
)

// unitDuration is the length of a unit of date math; months and years are taken as 30 and 365 days.
func unitDuration(unit string) (time.Duration, bool) {
	switch unit {
	case "ms":
		return time.Millisecond, true
	case "s":
		return time.Second, true
	case "m":
		return time.Minute, true
	case "h", "H":
		return time.Hour, true
	case "d":
		return 24 * time.Hour, true
	case "w":
		return 7 * 24 * time.Hour, true
	case "M":
		return 30 * 24 * time.Hour, true
	case "y":
		return 365 * 24 * time.Hour, true
	}
	return 0, false
}

// parseSpan reads digits and a unit, one of units ("m s h d").
func parseSpan(s, units string) (time.Duration, bool) {
	i := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if i <= 0 || !strings.Contains(" "+units+" ", " "+s[i:]+" ") {
		return 0, false
	}
	n, err := strconv.ParseInt(s[:i], 10, 64)
	unit, ok := unitDuration(s[i:])
	if err != nil || !ok || n > int64((1<<63-1)/unit) {
		return 0, false
	}
	return time.Duration(n) * unit, true
}

const (
	fromUnits     = "y M w d h H m s"
	intervalUnits = "m s h d"
)

// ParseFrom reads "now-9m" and returns how far it reaches back.
func ParseFrom(s string) (time.Duration, bool) {
	if s == "now" {
		return 0, true
	}
	rest, ok := strings.CutPrefix(s, "now-")
	if !ok {
		return 0, false
	}
	return parseSpan(rest, fromUnits)
}

// ParseInterval reads an interval, "5m".
func ParseInterval(s string) (time.Duration, bool) { return parseSpan(s, intervalUnits) }

// LookbackOf is how long a window the rule searches: to - from, with their defaults; ok is false if one is malformed or
// from is the present, which other checks tell.
func LookbackOf(f *rule.File) (d time.Duration, ok bool) {
	start, end := defaultFrom, time.Duration(0)
	if n := f.Lookup("rule", "from"); n != nil {
		if start, ok = ParseFrom(n.Str); !ok || n.Str == "now" {
			return 0, false
		}
	}
	if n := f.Lookup("rule", "to"); n != nil {
		if end, ok = ParseFrom(n.Str); !ok {
			return 0, false
		}
	}
	return start - end, true
}

// IntervalOf is how often the rule runs; ok is false if the value is malformed.
func IntervalOf(f *rule.File) (d time.Duration, ok bool) {
	if n := f.Lookup("rule", "interval"); n != nil {
		return ParseInterval(n.Str)
	}
	return defaultInterval, true
}

// SpanText writes a duration as a rule does: the largest unit that leaves no rest.
func SpanText(d time.Duration) string {
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if d > 0 && d%u.unit == 0 {
			return strconv.FormatInt(int64(d/u.unit), 10) + u.name
		}
	}
	return strconv.FormatInt(d.Milliseconds(), 10) + "ms"
}

// ParseDate reads a date of the metadata, "2024/05/21". form is whether it has the right shape.
func ParseDate(s string) (t time.Time, form, ok bool) {
	form = len(s) == 10 && s[4] == '/' && s[7] == '/' && digits(s[:4]) && digits(s[5:7]) && digits(s[8:])
	t, err := time.Parse("2006/01/02", s)
	return t, form, form && err == nil
}

func digits(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}
