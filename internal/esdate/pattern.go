package esdate

import (
	"fmt"
	"strings"
)

// token is one element of a java.time pattern: a field letter with its count, or literal text.
type token struct {
	letter byte // 0 for literal text
	count  int
	text   string
}

// compilePattern reads the subset of java.time patterns that index mappings use.
func compilePattern(p string) ([]token, error) {
	var toks []token
	for i := 0; i < len(p); {
		c := p[i]
		switch {
		case c == '\'':
			end := strings.IndexByte(p[i+1:], '\'')
			if end < 0 {
				return nil, fmt.Errorf("unclosed quote")
			}
			text := p[i+1 : i+1+end]
			if text == "" {
				text = "'"
			}
			toks = append(toks, token{text: text})
			i += end + 2
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			n := 1
			for i+n < len(p) && p[i+n] == c {
				n++
			}
			if !strings.ContainsRune("yuMdHmsSnZXx", rune(c)) || c == 'M' && n > 2 {
				return nil, fmt.Errorf("pattern letter %q is not supported", p[i:i+n])
			}
			toks = append(toks, token{letter: c, count: n})
			i += n
		case c == '[' || c == ']' || c == '{' || c == '}' || c == '#':
			return nil, fmt.Errorf("pattern character %q is not supported", string(c))
		default:
			toks = append(toks, token{text: string(c)})
			i++
		}
	}
	if len(toks) == 0 {
		return nil, fmt.Errorf("empty pattern")
	}
	return toks, nil
}

func matchPattern(toks []token, s string) (fields, bool) {
	f := fields{month: 1, day: 1, unit: year}
	f.year = 1970
	i := 0
	for k, t := range toks {
		if t.letter == 0 {
			if !strings.HasPrefix(s[i:], t.text) {
				return f, false
			}
			i += len(t.text)
			continue
		}
		next, ok := f.read(t, s, i, k+1 < len(toks) && toks[k+1].letter != 0)
		if !ok {
			return f, false
		}
		i = next
	}
	return f, i == len(s)
}

// read parses one pattern field. adjacent means that another field follows directly, so the width is fixed.
func (f *fields) read(t token, s string, i int, adjacent bool) (next int, ok bool) {
	lo, hi := t.count, t.count
	if t.count == 1 && !adjacent {
		hi = 19
	}
	var v int
	var u unit
	switch t.letter {
	case 'Z', 'X', 'x':
		return f.zone(s, i)
	case 'S', 'n':
		start := i
		v, i, ok = digits(s, i, lo, min(max(hi, t.count), 9))
		for n := i - start; n < 9 && t.letter == 'S'; n++ {
			v *= 10
		}
		f.nano, f.unit = v, exact
		return i, ok && v < 1e9
	case 'y', 'u':
		if t.count == 4 || t.count == 1 {
			hi = max(hi, 4)
		}
		v, i, ok = digits(s, i, lo, min(hi, 9))
		if t.count == 2 {
			v += 2000
		}
		f.year, u = v, year
	case 'M':
		f.month, i, ok = digits(s, i, lo, min(hi, 2))
		u = month
	case 'd':
		f.day, i, ok = digits(s, i, lo, min(hi, 2))
		u = day
	case 'H':
		f.hour, i, ok = digits(s, i, lo, min(hi, 2))
		u = hour
	case 'm':
		f.min, i, ok = digits(s, i, lo, min(hi, 2))
		u = minute
	case 's':
		f.sec, i, ok = digits(s, i, lo, min(hi, 2))
		u = second
	}
	f.unit = min(f.unit, u)
	return i, ok
}
