//lint:file-ignore ST1005 the messages are Elasticsearch's, to the letter

package moment

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rulevet/rulevet/esql/eval/internal/block"
	"github.com/rulevet/rulevet/internal/esdate"
)

// Pattern is a compiled date format: a name that Elasticsearch knows, a pattern of java.time, or several with "||"
// between them.
type Pattern struct {
	source string
	alts   []alternative
}

type alternative struct {
	name  string // of a built-in format
	known *esdate.Format
	parts []part
}

// part is a run of one pattern letter, literal text, or an optional section.
type part struct {
	letter rune
	n      int
	text   string
	sub    []part
}

// named maps the built-in formats to patterns that write them.
func named(name string) (pattern string, ok bool) {
	name = strings.TrimPrefix(name, "strict_")
	switch name {
	case "date_optional_time", "date_time", "iso8601", "date_optional_time_nanos":
		return "uuuu-MM-dd'T'HH:mm:ss.SSSXXX", true
	case "date", "year_month_day":
		return "uuuu-MM-dd", true
	case "date_time_no_millis":
		return "uuuu-MM-dd'T'HH:mm:ssXXX", true
	case "date_hour":
		return "uuuu-MM-dd'T'HH", true
	case "date_hour_minute":
		return "uuuu-MM-dd'T'HH:mm", true
	case "date_hour_minute_second":
		return "uuuu-MM-dd'T'HH:mm:ss", true
	case "date_hour_minute_second_millis", "date_hour_minute_second_fraction":
		return "uuuu-MM-dd'T'HH:mm:ss.SSS", true
	case "basic_date":
		return "uuuuMMdd", true
	case "basic_date_time":
		return "uuuuMMdd'T'HHmmss.SSSXXX", true
	case "basic_date_time_no_millis":
		return "uuuuMMdd'T'HHmmssXXX", true
	case "basic_time":
		return "HHmmss.SSSXXX", true
	case "hour":
		return "HH", true
	case "hour_minute":
		return "HH:mm", true
	case "hour_minute_second":
		return "HH:mm:ss", true
	case "hour_minute_second_millis", "hour_minute_second_fraction":
		return "HH:mm:ss.SSS", true
	case "time":
		return "HH:mm:ss.SSSXXX", true
	case "time_no_millis":
		return "HH:mm:ssXXX", true
	case "year":
		return "uuuu", true
	case "year_month":
		return "uuuu-MM", true
	case "ordinal_date":
		return "uuuu-DDD", true
	case "weekyear":
		return "IIII", true
	case "weekyear_week":
		return "IIII-'W'JJ", true
	case "weekyear_week_day", "week_date":
		return "IIII-'W'JJ-P", true
	case "basic_week_date":
		return "IIII'W'JJP", true
	case "epoch_millis", "epoch_second":
		return "", true
	}
	return "", false
}

// NewPattern compiles a format.
func NewPattern(source string) (*Pattern, error) {
	p := &Pattern{source: source}
	if source == "" {
		return nil, errors.New("No date pattern provided")
	}
	for _, text := range strings.Split(source, "||") {
		var a alternative
		extra := ""
		if pattern, ok := named(text); ok {
			extra = "IJP"
			a.name = text
			a.known, _ = esdate.NewFormat(text)
			text = pattern
		}
		parts, rest, err := parsePattern(text, extra, 0)
		if err != nil {
			return nil, err
		}
		if rest != "" {
			return nil, errors.New("Pattern invalid as it contains ] without previous [")
		}
		a.parts = parts
		p.alts = append(p.alts, a)
	}
	return p, nil
}

const letters = "GuyDMLdQqYwWEecFaBhKkHmsSAnNVvzOXxZ"

func parsePattern(s, extra string, depth int) ([]part, string, error) {
	var parts []part
	literal := func(t string) {
		if n := len(parts); n > 0 && parts[n-1].letter == 0 && parts[n-1].sub == nil {
			parts[n-1].text += t
		} else {
			parts = append(parts, part{text: t})
		}
	}
	for s != "" {
		c := rune(s[0])
		switch {
		case c == '\'':
			end := 1
			text := ""
			for {
				i := strings.IndexByte(s[end:], '\'')
				if i < 0 {
					return nil, "", fmt.Errorf("Pattern ends with an incomplete string literal: %s", s)
				}
				text += s[end : end+i]
				end += i + 1
				if end >= len(s) || s[end] != '\'' {
					break
				}
				text += "'"
				end++
			}
			if text == "" {
				text = "'"
			}
			literal(text)
			s = s[end:]
		case c == '[':
			if depth > 20 {
				return nil, "", errors.New("the pattern has too many optional sections within one another")
			}
			sub, rest, err := parsePattern(s[1:], extra, depth+1)
			if err != nil {
				return nil, "", err
			}
			s = strings.TrimPrefix(rest, "]")
			parts = append(parts, part{sub: append([]part{}, sub...)})
		case c == ']':
			return parts, s, nil
		case c == '{' || c == '}' || c == '#':
			return nil, "", fmt.Errorf("Pattern includes reserved character: '%c'", c)
		case c|0x20 >= 'a' && c|0x20 <= 'z' && c < 128:
			if !strings.ContainsRune(letters+extra, c) {
				return nil, "", fmt.Errorf("Unknown pattern letter: %c", c)
			}
			n := len(s) - len(strings.TrimLeft(s, string(c)))
			if n > 19 || strings.ContainsRune("MLEecQqG", c) && n > 5 || strings.ContainsRune("dHhkKms", c) && n > 2 || c == 'S' && n > 9 || c == 'a' && n > 1 {
				return nil, "", fmt.Errorf("Too many pattern letters: %c", c)
			}
			parts = append(parts, part{letter: c, n: n})
			s = s[n:]
		default:
			literal(s[:1])
			s = s[1:]
		}
	}
	return parts, "", nil
}

// Format writes an instant.
func (p *Pattern) Format(t time.Time) (string, error) {
	a := &p.alts[0]
	switch strings.TrimPrefix(a.name, "strict_") {
	case "epoch_millis":
		s := strconv.FormatInt(t.UnixMilli(), 10)
		if ns := t.Nanosecond() % 1e6; ns != 0 {
			s += "." + strings.TrimRight(strconv.Itoa(1000000 + ns)[1:], "0")
		}
		return s, nil
	case "epoch_second":
		s := strconv.FormatInt(t.Unix(), 10)
		if ns := t.Nanosecond(); ns != 0 {
			s += "." + strings.TrimRight(strconv.Itoa(1000000000 + ns)[1:], "0")
		}
		return s, nil
	}
	return string(format(nil, a.parts, t)), nil
}

func format(dst []byte, parts []part, t time.Time) []byte {
	for i := range parts {
		p := &parts[i]
		switch {
		case p.sub != nil:
			dst = format(dst, p.sub, t)
		case p.letter == 0:
			dst = append(dst, p.text...)
		default:
			dst = formatLetter(dst, p.letter, p.n, t)
		}
	}
	return dst
}

func pad(dst []byte, v, width int) []byte {
	if v < 0 {
		dst = append(dst, '-')
		v = -v
	}
	s := strconv.Itoa(v)
	for range width - len(s) {
		dst = append(dst, '0')
	}
	return append(dst, s...)
}

func formatYear(dst []byte, year, n int) []byte {
	switch {
	case n == 2:
		return pad(dst, ((year%100)+100)%100, 2)
	case n >= 4 && year > 9999 && n < 5:
		return block.AppendYear(dst, year)
	}
	return pad(dst, year, n)
}

func text(dst []byte, name string, n int) []byte {
	switch n {
	case 4:
		return append(dst, name...)
	case 5:
		return append(dst, name[0])
	}
	return append(dst, name[:3]...)
}

func formatLetter(dst []byte, letter rune, n int, t time.Time) []byte {
	y, m, d := t.Date()
	hh, mm, ss := t.Clock()
	switch letter {
	case 'G':
		era := "AD"
		if y < 1 {
			era = "BC"
		}
		switch n {
		case 4:
			era = map[string]string{"AD": "Anno Domini", "BC": "Before Christ"}[era]
		case 5:
			era = era[:1]
		}
		return append(dst, era...)
	case 'u':
		return formatYear(dst, y, n)
	case 'y':
		if y < 1 {
			y = 1 - y
		}
		return formatYear(dst, y, n)
	case 'Y':
		wy, _ := sundayWeek(t)
		return formatYear(dst, wy, n)
	case 'w':
		_, w := sundayWeek(t)
		return pad(dst, w, n)
	case 'W':
		first := int(time.Date(y, m, 1, 0, 0, 0, 0, time.UTC).Weekday())
		return pad(dst, (first+d-1)/7+1, n)
	case 'I', 'J', 'P':
		wy, w := t.ISOWeek()
		return pad(dst, map[rune]int{'I': wy, 'J': w, 'P': (int(t.Weekday())+6)%7 + 1}[letter], n)
	case 'B':
		return append(dst, dayPeriod(hh, mm)...)
	case 'D':
		return pad(dst, t.YearDay(), n)
	case 'M', 'L':
		if n > 2 {
			return text(dst, m.String(), n)
		}
		return pad(dst, int(m), n)
	case 'd':
		return pad(dst, d, n)
	case 'Q', 'q':
		return formatQuarter(dst, (int(m)-1)/3+1, n)
	case 'E':
		return text(dst, t.Weekday().String(), n)
	case 'e', 'c':
		if n > 2 {
			return text(dst, t.Weekday().String(), n)
		}
		return pad(dst, int(t.Weekday())+1, n)
	case 'F':
		return pad(dst, (d-1)/7+1, n)
	case 'a':
		if hh < 12 {
			return append(dst, "AM"...)
		}
		return append(dst, "PM"...)
	case 'h':
		return pad(dst, (hh+11)%12+1, n)
	case 'K':
		return pad(dst, hh%12, n)
	case 'k':
		return pad(dst, (hh+23)%24+1, n)
	case 'H':
		return pad(dst, hh, n)
	case 'm':
		return pad(dst, mm, n)
	case 's':
		return pad(dst, ss, n)
	case 'S':
		return append(dst, strconv.Itoa(1000000000 + t.Nanosecond())[1:1+n]...)
	case 'n':
		return pad(dst, t.Nanosecond(), n)
	case 'A':
		return pad(dst, int(clock(t)/1e6), n)
	case 'N':
		return pad(dst, int(clock(t)), n)
	}
	return formatZone(dst, letter, n, t)
}

func dayPeriod(hh, mm int) string {
	switch {
	case hh == 0 && mm == 0:
		return "midnight"
	case hh == 12 && mm == 0:
		return "noon"
	case hh < 6 || hh >= 21:
		return "at night"
	case hh < 12:
		return "in the morning"
	case hh < 18:
		return "in the afternoon"
	}
	return "in the evening"
}

func formatQuarter(dst []byte, q, n int) []byte {
	switch n {
	case 3:
		return append(dst, 'Q', byte('0'+q))
	case 5:
		return append(dst, byte('0'+q))
	case 4:
		return append(dst, [...]string{"1st", "2nd", "3rd", "4th"}[q-1]+" quarter"...)
	}
	return pad(dst, q, n)
}

func formatZone(dst []byte, letter rune, n int, t time.Time) []byte {
	name, offset := t.Zone()
	if offset == 0 && (letter == 'X' || letter == 'Z' && n == 5) {
		return append(dst, 'Z')
	}
	switch letter {
	case 'V', 'v':
		if s := t.Location().String(); s != "UTC" {
			return append(dst, s...)
		}
		return append(dst, 'Z')
	case 'z':
		if offset == 0 {
			return append(dst, 'Z')
		}
		return append(dst, name...)
	case 'O':
		dst = append(dst, "GMT"...)
		if offset == 0 {
			return dst
		}
	case 'Z':
		if n == 4 {
			return formatZone(dst, 'O', 4, t)
		}
	}
	sign := byte('+')
	if offset < 0 {
		sign, offset = '-', -offset
	}
	dst = append(dst, sign)
	h, m := offset/3600, offset/60%60
	switch {
	case letter == 'O' && n == 1:
		dst = pad(dst, h, 1)
		if m != 0 {
			dst = pad(append(dst, ':'), m, 2)
		}
		return dst
	case letter != 'Z' && letter != 'O' && n == 1:
		dst = pad(dst, h, 2)
		if m != 0 {
			dst = pad(dst, m, 2)
		}
		return dst
	}
	dst = pad(dst, h, 2)
	if letter == 'O' || n == 3 && letter != 'Z' || n == 5 {
		dst = append(dst, ':')
	}
	return pad(dst, m, 2)
}

// sundayWeek is the week-based year and the week of a date, weeks starting on Sunday, the first with one day.
func sundayWeek(t time.Time) (year, week int) {
	y := t.Year()
	start := func(y int) int64 {
		jan1 := time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC)
		return EpochDay(jan1) - int64(jan1.Weekday())
	}
	day := EpochDay(t)
	if day >= start(y+1) {
		y++
	}
	return y, int((day-start(y))/7) + 1
}
