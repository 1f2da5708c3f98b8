package source

import "strings"

// BlankComments replaces the comments of an EQL or ES|QL query by blanks, so that offsets stay.
func BlankComments(query string) string {
	return strings.ReplaceAll(MaskComments(query, true), "\x00", " ")
}

// MaskComments replaces the bytes of comments by NUL; with keepStrings false those inside strings too.
func MaskComments(query string, keepStrings bool) string {
	out := []byte(query)
	mask := func(from, to int) {
		for i := from; i < to; i++ {
			if out[i] != '\n' {
				out[i] = 0
			}
		}
	}
	for i := 0; i < len(query); {
		n, isString := LexemeLength(query[i:])
		switch {
		case isString && !keepStrings:
			mask(i+1, i+n-1)
		case !isString && n > 1:
			mask(i, i+n)
		}
		i += n
	}
	return string(out)
}

// LexemeLength is the length of the comment or string at the start of s, else 1.
func LexemeLength(s string) (n int, isString bool) {
	end := func(open int, close string) int {
		if i := strings.Index(s[open:], close); i >= 0 {
			return open + i + len(close)
		}
		return len(s)
	}
	switch {
	case strings.HasPrefix(s, "//"):
		if i := strings.IndexByte(s, '\n'); i >= 0 {
			return i, false
		}
		return len(s), false
	case strings.HasPrefix(s, "/*"):
		return end(2, "*/"), false
	case strings.HasPrefix(s, `"""`):
		return end(3, `"""`), true
	case s[0] == '"':
		for i := 1; i < len(s); i++ {
			switch s[i] {
			case '\\':
				i++
			case '"', '\n':
				return i + 1, true
			}
		}
		return len(s), true
	}
	return 1, false
}
