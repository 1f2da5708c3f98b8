//lint:file-ignore ST1005 the messages are Elasticsearch's, to the letter

package moment

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// fields are what a text gave: -1 is nothing.
type fields struct {
	year, month, day, yearDay  int
	hour, hour12, min, sec, ns int
	pm                         int
	hasYear                    bool
	offset                     int
	hasOffset                  bool
	zone                       *time.Location
	weekday                    int
	weekYear, week             int
	millis                     int
	dayNanos                   int // of the day, from N
	isoYear, isoWeek, isoDay   int // of the built-in formats of weeks
}

// ImpossibleError is a date that no calendar has, such as February 30.
type ImpossibleError struct{ Message string }

func (e *ImpossibleError) Error() string { return e.Message }

// Parse reads a text; zone is what a text without one is in.
func (p *Pattern) Parse(s string, zone *time.Location) (time.Time, error) {
	for i := range p.alts {
		a := &p.alts[i]
		if a.known != nil {
			if t, ok := a.known.Value(s); ok {
				at := t.Time()
				if zone != time.UTC && !hasZone(s) && !strings.HasPrefix(a.name, "epoch") {
					y, m, d := at.Date()
					hh, mm, ss := at.Clock()
					at = time.Date(y, m, d, hh, mm, ss, at.Nanosecond(), zone)
				}
				return at, nil
			}
			continue
		}
		f := fields{month: -1, day: -1, yearDay: -1, hour: -1, hour12: -1, min: -1, sec: -1, ns: -1, pm: -1, weekday: -1, millis: -1, weekYear: -1, week: -1, dayNanos: -1, isoYear: noYear}
		if rest, ok := parseParts(a.parts, s, &f); ok && rest == "" {
			return f.time(zone)
		}
	}
	return time.Time{}, fmt.Errorf("failed to parse date field [%s] with format [%s]", s, p.source)
}

// hasZone reports whether an ISO text ends in an offset.
func hasZone(s string) bool {
	_, clock, ok := strings.Cut(s, "T")
	return ok && strings.ContainsAny(clock, "Zz+-")
}

func parseParts(parts []part, s string, f *fields) (string, bool) {
	for i := range parts {
		p := &parts[i]
		switch {
		case p.sub != nil:
			saved := *f
			if rest, ok := parseParts(p.sub, s, f); ok {
				s = rest
			} else {
				*f = saved
			}
		case p.letter == 0:
			if !strings.HasPrefix(s, p.text) {
				return s, false
			}
			s = s[len(p.text):]
		default:
			rest, ok := parseLetter(p, reserved(parts[i+1:]), s, f)
			if !ok {
				return s, false
			}
			s = rest
		}
	}
	return s, true
}

// reserved is how many digits the numbers of fixed width behind a number take.
func reserved(parts []part) int {
	n := 0
	for _, p := range parts {
		if p.letter == 0 || p.sub != nil || !numeric(p.letter, p.n) || p.n == 1 && p.letter != 'S' || strings.ContainsRune("uyY", p.letter) && p.n > 2 {
			break
		}
		n += p.n
	}
	return n
}

// noYear is none that a text can give.
const noYear = math.MinInt

func numeric(letter rune, n int) bool {
	if strings.ContainsRune("MLec", letter) {
		return n < 3
	}
	return strings.ContainsRune("uyYDdwWFhKkHmsSnANIJP", letter)
}

func parseLetter(p *part, keep int, s string, f *fields) (string, bool) {
	if !numeric(p.letter, p.n) {
		return parseText(p, s, f)
	}
	year := strings.ContainsRune("uyYI", p.letter)
	sign := ""
	if year && p.n > 2 && s != "" && (s[0] == '-' || s[0] == '+') {
		sign, s = s[:1], s[1:]
	}
	lo, hi := p.n, p.n
	if p.n == 1 && p.letter != 'S' || year && p.n > 2 || strings.ContainsRune("nAN", p.letter) {
		hi = 19
	}
	if p.letter == 'D' && p.n < 3 {
		hi = 3
	}
	switch p.letter {
	case 'I':
		lo, hi = 1, 9
	case 'J':
		lo, hi = 1, 2
	}
	digits := 0
	for digits < len(s) && s[digits]-'0' <= 9 {
		digits++
	}
	n := min(digits, hi)
	if hi > lo && keep > 0 {
		n = min(n, max(lo, digits-keep))
	}
	if n < lo || year && p.letter != 'I' && p.n > 2 && n > p.n && sign == "" {
		return s, false
	}
	v, err := strconv.Atoi(sign + s[:n])
	if err != nil {
		return s, false
	}
	text := s[:n]
	s = s[n:]
	switch p.letter {
	case 'Y':
		if p.n == 2 {
			v += 2000
		}
		f.weekYear = v
	case 'w':
		f.week = v
	case 'e', 'c':
		f.weekday = v - 1
	case 'u', 'y':
		if p.n == 2 {
			v += 2000
		}
		f.year, f.hasYear = v, true
	case 'M', 'L':
		f.month = v
	case 'd':
		f.day = v
	case 'D':
		f.yearDay = v
	case 'H':
		f.hour = v
	case 'k':
		f.hour = v % 24
	case 'h':
		f.hour12 = v % 12
	case 'K':
		f.hour12 = v
	case 'm':
		f.min = v
	case 's':
		f.sec = v
	case 'S':
		f.ns, _ = strconv.Atoi((text + "000000000")[:9])
	case 'n':
		f.ns = v
	case 'A':
		f.millis = v
	case 'N':
		f.dayNanos = v
	case 'I':
		if sign == "+" || sign == "-" && v == 0 {
			return s, false
		}
		f.isoYear = v
	case 'J':
		f.isoWeek = v
	case 'P':
		f.isoDay = v
	}
	return s, true
}

func parseText(p *part, s string, f *fields) (string, bool) {
	switch p.letter {
	case 'M', 'L':
		if p.n == 5 { // the narrow names are numbers
			for m := 12; m > 0; m-- {
				if rest, ok := strings.CutPrefix(s, strconv.Itoa(m)); ok {
					f.month = m
					return rest, true
				}
			}
			return s, false
		}
		for m := time.January; m <= time.December; m++ {
			if name := string(text(nil, m.String(), p.n)); strings.HasPrefix(s, name) {
				f.month = int(m)
				return s[len(name):], true
			}
		}
		return s, false
	case 'E', 'e', 'c':
		for d := time.Sunday; d <= time.Saturday; d++ {
			if name := string(text(nil, d.String(), p.n)); strings.HasPrefix(s, name) {
				f.weekday = int(d)
				return s[len(name):], true
			}
		}
		return s, false
	case 'a':
		for i, name := range []string{"AM", "PM"} {
			if strings.HasPrefix(s, name) {
				f.pm = i
				return s[2:], true
			}
		}
		return s, false
	case 'G':
		if strings.HasPrefix(s, "AD") {
			return s[2:], true
		}
		return s, false
	}
	return parseZone(p, s, f)
}

func parseZone(p *part, s string, f *fields) (string, bool) {
	f.hasOffset = true
	if strings.HasPrefix(s, "Z") && strings.ContainsRune("XVzZ", p.letter) && (p.letter != 'Z' || p.n == 5) {
		return s[1:], true
	}
	if p.letter == 'V' || p.letter == 'z' || p.letter == 'v' {
		end := strings.IndexFunc(s, func(r rune) bool {
			return !(r|0x20 >= 'a' && r|0x20 <= 'z' || r == '/' || r == '_' || r == '-' || r == '+' || r == ':' || r >= '0' && r <= '9')
		})
		if end < 0 {
			end = len(s)
		}
		if zone, err := Zone(s[:end]); err == nil && end > 0 {
			f.zone = zone
			return s[end:], true
		}
		return s, false
	}
	if p.letter == 'O' || p.letter == 'Z' && p.n == 4 {
		rest, ok := strings.CutPrefix(s, "GMT")
		if !ok {
			return s, false
		}
		if s = rest; s == "" || s[0] != '+' && s[0] != '-' {
			return s, true
		}
	}
	if len(s) < 3 || s[0] != '+' && s[0] != '-' {
		return s, false
	}
	h, err := strconv.Atoi(s[1:3])
	if err != nil {
		return s, false
	}
	rest := s[3:]
	colon := p.letter != 'Z' && (p.n == 3 || p.n == 5 || p.letter == 'O') || p.letter == 'Z' && p.n == 5
	body, hadColon := strings.CutPrefix(rest, ":")
	m := 0
	if len(body) >= 2 && hadColon == colon && body[0]-'0' <= 9 {
		if m, err = strconv.Atoi(body[:2]); err != nil {
			return s, false
		}
		rest = body[2:]
	} else if p.letter == 'Z' || p.n > 1 {
		return s, false
	}
	f.offset = h*3600 + m*60
	if s[0] == '-' {
		f.offset = -f.offset
	}
	return rest, true
}

// Zone returns the zone of a name or of an offset such as "+05:30".
func Zone(name string) (*time.Location, error) {
	switch name {
	case "Z", "UTC", "GMT", "":
		return time.UTC, nil
	}
	for _, layout := range []string{"-07:00", "-0700", "-07"} {
		if t, err := time.Parse(layout, strings.TrimPrefix(strings.TrimPrefix(name, "UTC"), "GMT")); err == nil {
			_, offset := t.Zone()
			return time.FixedZone(name, offset), nil
		}
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, fmt.Errorf("unknown time zone `%s`", name)
	}
	return zone, nil
}

func (f *fields) time(zone *time.Location) (time.Time, error) {
	bad := func(name string, v, lo, hi int) error {
		if v == -1 || v >= lo && v <= hi {
			return nil
		}
		return fmt.Errorf("Invalid value for %s (valid values %d - %d): %d", name, lo, hi, v)
	}
	for _, err := range []error{bad("MonthOfYear", f.month, 1, 12), bad("DayOfMonth", f.day, 1, 31)} {
		if err != nil {
			return time.Time{}, &ImpossibleError{err.Error()}
		}
	}
	for _, err := range []error{bad("HourOfDay", f.hour, 0, 23),
		bad("HourOfAmPm", f.hour12, 0, 11), bad("MinuteOfHour", f.min, 0, 59), bad("SecondOfMinute", f.sec, 0, 59), bad("DayOfYear", f.yearDay, 1, 366)} {
		if err != nil {
			return time.Time{}, err
		}
	}
	const day24 = 24 * 60 * 60
	if f.millis >= day24*1e3 || f.dayNanos >= day24*1e9 {
		return time.Time{}, errors.New("the day has fewer moments")
	}
	timed := f.hasTime()
	if !timed { // parts of a clock are left out
		f.hour, f.hour12, f.min, f.sec, f.ns = -1, -1, -1, -1, -1
	}
	if !f.hasYear {
		if f.month < 0 && f.weekYear < 0 && f.isoYear == noYear && !timed {
			return time.Time{}, fmt.Errorf("the text gives neither a year nor a month nor a time")
		}
		f.year = 1970
	} else if timed && f.month < 0 && f.yearDay < 0 { // with a time a year alone says nothing
		f.year = 1970
	}
	if f.month < 0 { // a day alone says nothing
		f.day = -1
	}
	month, day := max(f.month, 1), max(f.day, 1)
	if f.weekYear >= 0 && f.week > 0 && f.month < 0 && !f.hasYear {
		jan1 := time.Date(f.weekYear, 1, 1, 0, 0, 0, 0, time.UTC)
		t := jan1.AddDate(0, 0, 7*(f.week-1)+max(f.weekday, 0)-int(jan1.Weekday()))
		f.year, month, day, f.weekday = t.Year(), int(t.Month()), t.Day(), -1
	}
	if f.isoYear != noYear {
		jan4 := time.Date(f.isoYear, 1, 4, 0, 0, 0, 0, time.UTC)
		t := jan4.AddDate(0, 0, 7*(max(f.isoWeek, 1)-1)+max(f.isoDay, 1)-1-(int(jan4.Weekday())+6)%7)
		f.year, month, day = t.Year(), int(t.Month()), t.Day()
	}
	if f.yearDay > 0 && f.month < 0 {
		t := time.Date(f.year, 1, f.yearDay, 0, 0, 0, 0, time.UTC)
		month, day = int(t.Month()), t.Day()
	}
	if day > daysIn(f.year, time.Month(month)) {
		return time.Time{}, &ImpossibleError{fmt.Sprintf("Invalid date '%s %d'", strings.ToUpper(time.Month(month).String()), day)}
	}
	hour := max(f.hour, 0)
	if f.hour12 >= 0 {
		hour = f.hour12 + 12*max(f.pm, 0)
	}
	switch {
	case f.zone != nil:
		zone = f.zone
	case f.hasOffset:
		zone = time.FixedZone("", f.offset)
	}
	t := time.Date(f.year, time.Month(month), day, hour, max(f.min, 0), max(f.sec, 0), max(f.ns, 0), zone)
	if f.weekday >= 0 && int(t.Weekday()) != f.weekday {
		return time.Time{}, fmt.Errorf("the day of the week is %s, not %s", t.Weekday(), time.Weekday(f.weekday))
	}
	if f.millis >= 0 {
		t = t.Add(time.Duration(f.millis) * time.Millisecond)
	}
	if f.dayNanos >= 0 {
		t = t.Add(time.Duration(f.dayNanos))
	}
	return t, nil
}

// hasTime tells whether a text gave a time: an hour, and no smaller part without the one above it.
func (f *fields) hasTime() bool {
	switch {
	case f.millis >= 0 || f.dayNanos >= 0:
		return true
	case f.hour < 0 && (f.hour12 < 0 || f.pm < 0):
		return false
	}
	return f.min >= 0 && (f.sec >= 0 || f.ns < 0) || f.min < 0 && f.sec < 0 && f.ns < 0
}
