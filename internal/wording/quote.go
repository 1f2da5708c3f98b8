package wording

import (
	"strings"
	"unicode/utf8"
)

// Quote shows a piece of the user's text in a message: in backquotes, on one line, shortened to 60 characters.
func Quote(s string) string {
	const most = 60
	var b strings.Builder
	n := 0
	for word := range strings.FieldsSeq(s) {
		if n > 0 {
			b.WriteByte(' ')
			n++
		}
		b.WriteString(cut(word, most+1)) // a text may be of megabytes
		if n += utf8.RuneCountInString(cut(word, most+1)); n > most {
			return "`" + cut(b.String(), most-1) + "…`"
		}
	}
	return "`" + b.String() + "`"
}

// cut is the first n characters of a text.
func cut(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
