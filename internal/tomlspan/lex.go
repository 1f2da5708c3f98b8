package tomlspan

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Quotes are the opening quotes of the string that starts at i: one or three.
func Quotes(text string, i int) string {
	q := text[i : i+1]
	if triple := strings.Repeat(q, 3); strings.HasPrefix(text[i:], triple) {
		return triple
	}
	return q
}

// StringEnd is the offset behind the string that starts at i, quotes included. One that is not closed ends with its line or, between
// three quotes, with the text.
func StringEnd(text string, i int) (end int, closed bool) {
	q := Quotes(text, i)
	for j := i + len(q); j < len(text); j++ {
		switch c := text[j]; {
		case c == '\\' && q[0] == '"':
			j++
		case c == '\n' && len(q) == 1:
			return j, false
		case c == q[0] && strings.HasPrefix(text[j:], q):
			end := j + len(q)
			for len(q) == 3 && end < len(text) && text[end] == q[0] && end < j+5 { // two quotes more belong to the content
				end++
			}
			return end, true
		}
	}
	return len(text), false
}

// badEscape finds the escape of a string in double quotes that TOML does not know and that lies around an offset.
func badEscape(text string, open, around int) (Span, bool) {
	q := Quotes(text, open)
	if q[0] != '"' {
		return Span{}, false
	}
	for i := open + len(q); i <= around && i < len(text); {
		if text[i] != '\\' {
			i++
			continue
		}
		n, ok := escapeLength(text[i:], len(q) == 3)
		if !ok && around <= i+n {
			return Span{Start: i, End: i + n}, true
		}
		i += n
	}
	return Span{}, false
}

// escapeLength is the length of the escape at the start of s, up to the first character that is wrong with it; ok if TOML 1.1
// knows it.
func escapeLength(s string, block bool) (n int, ok bool) {
	if len(s) < 2 {
		return len(s), false
	}
	digits := 0
	switch s[1] {
	case 'b', 't', 'n', 'f', 'r', 'e', '"', '\\':
		return 2, true
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	case ' ', '\t', '\n', '\r':
		rest := strings.TrimLeft(s[1:], " \t")
		if block && (strings.HasPrefix(rest, "\n") || strings.HasPrefix(rest, "\r\n")) {
			return len(s) - len(rest), true
		}
		return 1 + wrong(s[1:]), false
	default:
		return 1 + wrong(s[1:]), false
	}
	for n = 2; n < 2+digits; n++ {
		if n == len(s) {
			return n, false
		}
		if strings.IndexByte("0123456789abcdefABCDEF", s[n]) < 0 {
			return n + wrong(s[n:]), false
		}
	}
	code, err := strconv.ParseUint(s[2:n], 16, 32)
	return n, err == nil && (code < 0xD800 || code > 0xDFFF) && code <= utf8.MaxRune
}

// wrong is the length of the character that an escape cannot hold; a line break is no part of it.
func wrong(s string) int {
	if s[0] == '\n' || s[0] == '\r' {
		return 0
	}
	_, size := utf8.DecodeRuneInString(s)
	return size
}
