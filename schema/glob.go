package schema

import "strings"

// globMatch reports whether pattern, in which * stands for any text, matches s. A * in s is an ordinary character, so
// globMatch(a, b) also answers whether pattern a covers everything that pattern b matches.
func globMatch(pattern, s string) bool {
	star, mark := -1, 0
	p, i := 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && pattern[p] == s[i]:
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// globOverlap reports whether some text is matched by both patterns.
func globOverlap(a, b string) bool {
	// Literal ends decide most pairs.
	for a != "" && b != "" && a[0] != '*' && b[0] != '*' {
		if a[0] != b[0] {
			return false
		}
		a, b = a[1:], b[1:]
	}
	for a != "" && b != "" && a[len(a)-1] != '*' && b[len(b)-1] != '*' {
		if a[len(a)-1] != b[len(b)-1] {
			return false
		}
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return overlapRest(a, b)
}

// overlapRest is the general case: reach[j] tells whether a[:i] and b[:j] can match a common text.
func overlapRest(a, b string) bool {
	reach := make([]bool, len(b)+1)
	next := make([]bool, len(b)+1)
	for i := 0; i <= len(a); i++ {
		for j := 0; j <= len(b); j++ {
			switch {
			case i == 0 && j == 0:
				next[j] = true
			default:
				// *: extends over the other side's next character, or over nothing.
				next[j] = i > 0 && a[i-1] == '*' && (reach[j] || j > 0 && next[j-1]) ||
					j > 0 && b[j-1] == '*' && (next[j-1] || i > 0 && reach[j]) ||
					i > 0 && j > 0 && a[i-1] == b[j-1] && reach[j-1]
			}
		}
		reach, next = next, reach
	}
	return reach[len(b)]
}
