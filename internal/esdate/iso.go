package esdate

import (
	"strings"
	"time"
)

// unit is the smallest unit that a date text gives.
type unit uint8

const (
	exact       unit = iota // a fraction of a second, an epoch number with a fraction, "now"
	millisecond             // an epoch number
	second
	minute
	hour
	day
	week
	month
	year
)

// fields are the parts of a date, as parsed. A part that is not given has its lowest value.
type fields struct {
	year, month, day, hour, min, sec, nano int
	offset                                 int            // seconds east of UTC
	zoned                                  bool           // the text says so
	region                                 *time.Location // instead of offset
	lenient                                bool           // the days of a month run on into the next: strict_date
	unit                                   unit
	epoch                                  *Instant // set by the epoch formats, instead of the rest
}

func (f *fields) instant() (Instant, bool) {
	if f.epoch != nil {
		return *f.epoch, true
	}
	if f.month < 1 || f.month > 12 || f.day < 1 || f.day > daysIn(f.year, f.month) && !(f.lenient && f.day <= 31) ||
		f.hour > 23 || f.min > 59 || f.sec > 59 {
		return Instant{}, false
	}
	if f.region != nil {
		return FromTime(time.Date(f.year, time.Month(f.month), f.day, f.hour, f.min, f.sec, f.nano, f.region)), true
	}
	secs := daysFromCivil(f.year, f.month, f.day)*86400 + int64(f.hour)*3600 + int64(f.min)*60 + int64(f.sec) - int64(f.offset)
	return Instant{Milli: secs*1000 + int64(f.nano/1e6), Nano: int32(f.nano % 1e6)}, true
}

func daysIn(y, m int) int {
	switch m {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// daysFromCivil counts days since 1970-01-01 in the proleptic Gregorian calendar.
func daysFromCivil(y, m, d int) int64 {
	if m <= 2 {
		y--
	}
	era := y / 400
	if y < 0 {
		era = (y - 399) / 400
	}
	yoe := y - era*400
	mp := (m + 9) % 12
	doy := (153*mp+2)/5 + d - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return int64(era)*146097 + int64(doe) - 719468
}

// digits reads between lo and hi decimal digits at s[i:] and reports the value and the next position.
func digits(s string, i, lo, hi int) (v, next int, ok bool) {
	n := 0
	for i < len(s) && n < hi && s[i]-'0' <= 9 {
		v = v*10 + int(s[i]-'0')
		i++
		n++
	}
	return v, i, n >= lo
}

// parseISO reads [strict_]date_optional_time: a date of which month and day may be left out, and after "T" a time of
// which minutes, seconds and fraction may be left out, and an offset.
func parseISO(s string, strict, needTime bool) (f fields, ok bool) {
	lo := 1
	ylo := 1
	if strict {
		lo, ylo = 2, 4
	}
	f = fields{month: 1, day: 1, unit: year}
	i, negative := 0, !strict && strings.HasPrefix(s, "-")
	if negative {
		i = 1
	}
	yhi := 4
	if !strict {
		yhi = 5
	}
	if f.year, i, ok = digits(s, i, ylo, yhi); !ok {
		return f, false
	}
	if negative {
		f.year = -f.year
	}
	if i < len(s) && s[i] == '-' {
		if f.month, i, ok = digits(s, i+1, lo, 2); !ok {
			return f, false
		}
		f.unit = month
		if i < len(s) && s[i] == '-' {
			if f.day, i, ok = digits(s, i+1, lo, 2); !ok {
				return f, false
			}
			f.unit = day
		}
	}
	if i == len(s) {
		return f, !needTime
	}
	if s[i] != 'T' {
		return f, false
	}
	i++
	if i == len(s) { // upstream admits a bare "T"
		return f, !needTime
	}
	if i, ok = f.clock(s, i, lo); !ok {
		return f, false
	}
	i, ok = f.zone(s, i)
	return f, ok && i == len(s)
}

// clock reads HH[:mm[:ss[.fraction]]].
func (f *fields) clock(s string, i, lo int) (int, bool) {
	var ok bool
	if f.hour, i, ok = digits(s, i, lo, 2); !ok {
		return i, false
	}
	f.unit = hour
	if i >= len(s) || s[i] != ':' {
		return i, true
	}
	if f.min, i, ok = digits(s, i+1, lo, 2); !ok {
		return i, false
	}
	f.unit = minute
	if i >= len(s) || s[i] != ':' {
		return i, true
	}
	if f.sec, i, ok = digits(s, i+1, lo, 2); !ok {
		return i, false
	}
	f.unit = second
	if i < len(s) && (s[i] == '.' || s[i] == ',') {
		return f.fraction(s, i+1)
	}
	return i, true
}

// fraction reads one to nine digits of a second.
func (f *fields) fraction(s string, i int) (int, bool) {
	start := i
	v, i, ok := digits(s, i, 1, 9)
	if !ok {
		return i, false
	}
	for n := i - start; n < 9; n++ {
		v *= 10
	}
	f.nano, f.unit = v, exact
	return i, true
}

// zone reads the rest of a text: nothing, Z, an offset +HH, +HHmm, +HH:mm, each with seconds, UTC or GMT with or without an
// offset, or the name of a region.
func (f *fields) zone(s string, i int) (int, bool) {
	if i == len(s) {
		return i, true
	}
	switch s[i] {
	case 'Z':
		f.zoned = true
		return i + 1, true
	case '+', '-':
		return f.zoneOffset(s, i)
	}
	rest := s[i:]
	for _, prefix := range []string{"UTC", "GMT", "UT"} {
		if after, ok := strings.CutPrefix(rest, prefix); ok {
			switch {
			case after == "" || after == "0" && prefix == "GMT":
				f.zoned = true
				return len(s), true
			case after[0] == '+' || after[0] == '-':
				return f.namedOffset(s, len(s)-len(after))
			}
		}
	}
	if c := rest[0] | 0x20; c < 'a' || c > 'z' || !strings.Contains(rest, "/") {
		return i, false
	}
	region, err := time.LoadLocation(rest)
	if err != nil {
		return i, false
	}
	f.region, f.zoned = region, true
	return len(s), true
}

// namedOffset is zoneOffset behind UTC, where the hour may have one digit.
func (f *fields) namedOffset(s string, i int) (int, bool) {
	if len(s)-i == 2 {
		end, ok := f.zoneOffset(s[:i+1]+"0"+s[i+1:], i)
		return end - 1, ok
	}
	return f.zoneOffset(s, i)
}

func (f *fields) zoneOffset(s string, i int) (int, bool) {
	negative := s[i] == '-'
	h, i, ok := digits(s, i+1, 2, 2)
	if !ok {
		return i, false
	}
	parts, colon := [2]int{}, i < len(s) && s[i] == ':'
	for k := range parts {
		if i >= len(s) || colon != (s[i] == ':') {
			break
		}
		if colon {
			i++
		}
		if parts[k], i, ok = digits(s, i, 2, 2); !ok || parts[k] > 59 {
			return i, false
		}
	}
	f.offset, f.zoned = h*3600+parts[0]*60+parts[1], true
	if f.offset > 18*3600 {
		return i, false
	}
	if negative {
		f.offset = -f.offset
	}
	return i, true
}
