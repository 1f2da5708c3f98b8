package tomlspan

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// quotes is the number of quotes that open the string that starts at i: one or three.
func quotes[T string | []byte](text T, i int) int {
	if i+2 < len(text) && text[i+1] == text[i] && text[i+2] == text[i] {
		return 3
	}
	return 1
}

// StringEnd is the offset behind the string that starts at i, quotes included. One that is not closed ends with its line or, between
// three quotes, with the text.
func StringEnd[T string | []byte](text T, i int) (end int, closed bool) {
	n, quote := quotes(text, i), text[i]
	for j := i + n; j < len(text); j++ {
		switch c := text[j]; {
		case c == '\\' && quote == '"':
			j++
		case c == '\n' && n == 1:
			return j, false
		case c == quote && n == 1:
			return j + 1, true
		case c == quote && quotes(text, j) == 3:
			end := j + 3
			for end < len(text) && text[end] == quote && end < j+5 { // two quotes more belong to the content
				end++
			}
			return end, true
		}
	}
	return len(text), false
}

// badEscape finds the escape of a string in double quotes that TOML does not know and that lies around an offset.
func badEscape(text string, open, around int) (Span, bool) {
	if text[open] != '"' {
		return Span{}, false
	}
	q := quotes(text, open)
	for i := open + q; i <= around && i < len(text); {
		if text[i] != '\\' {
			i++
			continue
		}
		n, ok := escapeLength(text[i:], q == 3)
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
