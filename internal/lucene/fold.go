package lucene

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Case says how letters compare.
type Case uint8

// Sensitive compares code points. FoldASCII folds A to Z only, as all case-insensitive queries but regular expressions do;
// Fold is Unicode's simple case folding, as regular expressions do since Lucene 10.2.2.
const (
	Sensitive Case = iota
	Fold
	FoldASCII
)

// Rune returns the representative of all code points that equal r: itself, or under folding the lower-case ASCII
// letter if there is one, else the smallest code point.
func (c Case) Rune(r rune) rune {
	if c == Sensitive {
		return r
	}
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	if c == FoldASCII {
		return r
	}
	least := r
	for f := simpleFold(r); f != r; f = simpleFold(f) {
		least = min(least, f)
	}
	if 'A' <= least && least <= 'Z' {
		least += 'a' - 'A'
	}
	return least
}

// String returns s with every code point replaced by its representative: two strings are equal under c if and only if
// their results are. It returns s itself, without allocating, if nothing changes.
func (c Case) String(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf || 'A' <= s[i] && s[i] <= 'Z' {
			return c.rewrite(s)
		}
	}
	return s
}

func (c Case) rewrite(s string) string {
	if c == Sensitive {
		return s
	}
	return strings.Map(c.Rune, s)
}

// AppendKey appends c.String(s) to dst; it allocates only if dst is too small.
func (c Case) AppendKey(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		b := s[i]
		if b >= utf8.RuneSelf && c != Sensitive {
			for _, r := range s[i:] {
				dst = utf8.AppendRune(dst, c.Rune(r))
			}
			return dst
		}
		if c != Sensitive {
			b = lowerByte(b)
		}
		dst = append(dst, b)
	}
	return dst
}

// Equal reports whether a and b are equal under c.
func (c Case) Equal(a, b string) bool {
	if c == Sensitive {
		return a == b
	}
	for len(a) > 0 && len(b) > 0 {
		x, y := a[0], b[0]
		if x|y < utf8.RuneSelf {
			if lowerByte(x) != lowerByte(y) {
				return false
			}
			a, b = a[1:], b[1:]
			continue
		}
		r, n := utf8.DecodeRuneInString(a)
		q, m := utf8.DecodeRuneInString(b)
		if r != q && c.Rune(r) != c.Rune(q) {
			return false
		}
		a, b = a[n:], b[m:]
	}
	return len(a) == len(b)
}

// oneWay returns what a letter of a pattern matches that does not match it in turn: the dotted and the dotless i.
func oneWay(r rune) (rune, bool) {
	switch r {
	case '\u0130':
		return 'i', true
	case '\u0131':
		return 'I', true
	}
	return 0, false
}

func hasOneWay(s []rune) bool {
	return slices.ContainsFunc(s, func(r rune) bool { _, ok := oneWay(r); return ok })
}

// simpleFold is unicode.SimpleFold with what Lucene folds besides: variants of one letter, and what Unicode has added since
// version 15.
func simpleFold(r rune) rune {
	if q := unicode.SimpleFold(r); q != r || r < 0x19b {
		return q
	}
	if r >= 0x10d50 && r <= 0x10d65 {
		return r + 0x20
	}
	if r >= 0x10d70 && r <= 0x10d85 {
		return r - 0x20
	}
	for _, p := range [...][2]rune{{0x19b, 0xa7dc}, {0x264, 0xa7cb}, {0x390, 0x1fd3}, {0x3b0, 0x1fe3}, {0x1c89, 0x1c8a},
		{0xa7cc, 0xa7cd}, {0xa7da, 0xa7db}, {0xfb05, 0xfb06}} {
		if r == p[0] {
			return p[1]
		}
		if r == p[1] {
			return p[0]
		}
	}
	return r
}

// orbit calls f for every code point that equals r under c, r included.
func (c Case) orbit(r rune, f func(rune)) {
	f(r)
	switch {
	case c == Sensitive:
	case c == Fold:
		for q := simpleFold(r); q != r; q = simpleFold(q) {
			f(q)
		}
		if q, ok := oneWay(r); ok {
			f(q)
		}
	case 'A' <= r && r <= 'Z':
		f(r + 'a' - 'A')
	case 'a' <= r && r <= 'z':
		f(r - ('a' - 'A'))
	}
}

func lowerByte(b byte) byte {
	if b-'A' < 26 {
		b |= 0x20
	}
	return b
}
