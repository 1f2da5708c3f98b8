package eval

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rulevet/rulevet/eql"
)

// refDateValue reads a value of a document.
func refDateValue(t eql.Type, v any) any {
	var at time.Time
	switch v := v.(type) {
	case int64:
		at = time.UnixMilli(v)
		if v >= 1000 && v <= 9999 { // a year
			at = time.Date(int(v), 1, 1, 0, 0, 0, 0, time.UTC)
		}
	case float64:
		at = time.Unix(0, int64(math.Round(v*1e6)))
	case string:
		n, ok := refNumber(v)
		switch {
		case ok && len(v) != 4 && strings.Trim(v, "-.0123456789") == "":
			at = time.Unix(0, int64(math.Round(n.float()*1e6)))
		default:
			lo, _, ok := refISO(v)
			if !ok {
				return nil
			}
			at = lo
		}
	default:
		return nil
	}
	at = at.UTC()
	if s, isText := v.(string); t == eql.TypeDateNanos && (!refNanos(at) || isText && refShortTime.MatchString(s)) {
		return nil
	}
	if t == eql.TypeDate {
		at = time.UnixMilli(at.UnixMilli()).UTC()
	}
	return at
}

// refISO knows the ISO forms, each with the unit it gives.
func refISO(s string) (lo, hi time.Time, ok bool) {
	for layout, unit := range map[string]func(time.Time) time.Time{
		"2006":                 func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }, // hours and what is below are filled up only
		"2006-01":              func(t time.Time) time.Time { return t.AddDate(0, 0, 1) },
		"2006-01-02":           func(t time.Time) time.Time { return t.AddDate(0, 0, 1) },
		"2006-01-02T15":        func(t time.Time) time.Time { return t.Add(time.Hour) },
		"2006-01-02T15:04":     func(t time.Time) time.Time { return t.Add(time.Minute) },
		"2006-01-02T15:04:05":  func(t time.Time) time.Time { return t.Add(time.Second) },
		"2006-01-02T15:04:05.": func(t time.Time) time.Time { return t.Add(1) },
	} {
		layout, fraction := strings.CutSuffix(layout, ".")
		if fraction != strings.Contains(s, ".") { // time.Parse would take a fraction anywhere
			continue
		}
		for _, zone := range []string{"", "Z07:00"} {
			if t, err := time.Parse(layout+zone, s); err == nil && (zone == "" || len(layout) > 10) {
				return t.UTC(), unit(t).Add(-1).UTC(), true
			}
		}
	}
	return lo, hi, false
}

// dateLiteral reads a literal of a query: the first and the last instant it stands for.
func (r *reference) dateLiteral(s string) (lo, hi time.Time) {
	text, math, isMath := strings.Cut(s, "||")
	var ok bool
	switch {
	case strings.HasPrefix(s, "now"):
		lo, hi, math, isMath, ok = r.now, r.now, s[3:], true, true
	default:
		lo, hi, ok = refISO(text)
		if n, err := strconv.ParseInt(text, 10, 64); !ok && err == nil {
			lo, ok = time.UnixMilli(n).UTC(), true
			hi = lo.Add(time.Millisecond - 1)
		}
	}
	if !ok {
		panic(refError("no date: " + s))
	}
	if isMath {
		lo, hi = refDateMath(math, lo), refDateMathEnd(math, lo)
	}
	return lo, hi
}

// refShortTime is a time without seconds, which a date_nanos does not read.
var refShortTime = regexp.MustCompile(`T(\d\d(:\d\d)?)?($|[Z|+-])`)

// refNanos tells whether 63 bits of nanoseconds hold a time.
func refNanos(t time.Time) bool {
	return !t.Before(time.Unix(0, 0)) && !t.After(time.Unix(0, math.MaxInt64))
}

var refMathStep = regexp.MustCompile(`^([+-])(\d*)([yMwdhms])|^/([yMwdhms])`)

func refDateMath(math string, t time.Time) time.Time { return refApply(math, t, false) }

func refDateMathEnd(math string, t time.Time) time.Time { return refApply(math, t, true) }

func refApply(math string, t time.Time, end bool) time.Time {
	for math != "" {
		m := refMathStep.FindStringSubmatch(math)
		if m == nil {
			panic(refError("no date mathematics: " + math))
		}
		math = math[len(m[0]):]
		if m[4] != "" {
			t = refRound(t, m[4])
			if end {
				t = refAdd(t, m[4], 1).Add(-time.Millisecond)
			}
			continue
		}
		n, err := strconv.Atoi(m[2])
		if err != nil {
			n = 1
		}
		if m[1] == "-" {
			n = -n
		}
		t = refAdd(t, m[3], n)
	}
	return t
}

func refAdd(t time.Time, unit string, n int) time.Time {
	switch unit {
	case "y", "M":
		if unit == "y" {
			n *= 12
		}
		to := t.AddDate(0, n, 0)
		for want := (int(t.Month()) - 1 + n%12 + 12) % 12; int(to.Month())-1 != want; to = to.AddDate(0, 0, -1) {
			// the day does not exist: its last one does
		}
		return to
	case "w":
		return t.AddDate(0, 0, 7*n)
	case "d":
		return t.AddDate(0, 0, n)
	}
	return t.Add(time.Duration(n) * map[string]time.Duration{"h": time.Hour, "m": time.Minute, "s": time.Second}[unit])
}

func refRound(t time.Time, unit string) time.Time {
	y, mo, d := t.Date()
	switch unit {
	case "y":
		return time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC)
	case "M":
		return time.Date(y, mo, 1, 0, 0, 0, 0, time.UTC)
	case "w":
		for t = time.Date(y, mo, d, 0, 0, 0, 0, time.UTC); t.Weekday() != time.Monday; t = t.AddDate(0, 0, -1) {
		}
		return t
	case "d":
		return time.Date(y, mo, d, 0, 0, 0, 0, time.UTC)
	}
	return t.Truncate(map[string]time.Duration{"h": time.Hour, "m": time.Minute, "s": time.Second}[unit])
}

// refDateText is what ZonedDateTime prints.
func refDateText(t time.Time) string {
	s := t.Format("2006-01-02T15:04:05.999999999")
	if t.Nanosecond() == 0 {
		s = strings.TrimSuffix(s, ":00")
	} else if pad := len(s) - strings.IndexByte(s, '.') - 1; pad%3 != 0 {
		s += "00"[:3-pad%3]
	}
	return s + "Z"
}
