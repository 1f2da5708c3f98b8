package lucene

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Case says how letters compare.
type Case uint8

// Sensitive compares code points. Fold is Unicode simple case folding, what Elasticsearch builds on Lucene 10.5 and
// later do; FoldASCII folds A to Z only, what older ones do (spec/eql.md 12.1.3).
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
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
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

// orbit calls f for every code point that equals r under c, r included.
func (c Case) orbit(r rune, f func(rune)) {
	f(r)
	switch {
	case c == Sensitive:
	case c == Fold:
		for q := unicode.SimpleFold(r); q != r; q = unicode.SimpleFold(q) {
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
