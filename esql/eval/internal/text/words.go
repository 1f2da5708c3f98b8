package text

import (
	"strings"
	"unicode"
)

// Words splits a text as Elasticsearch's standard analyzer does: runs of letters and digits, in small letters.
func Words(s string) []string {
	var words []string
	start := -1
	rs := []rune(s)
	end := func(i int) {
		if start >= 0 {
			words = append(words, strings.ToLower(string(rs[start:i])))
			start = -1
		}
	}
	for i, r := range rs {
		switch {
		case ideographic(r):
			end(i)
			words = append(words, string(r))
		case wordRune(r):
			if start < 0 {
				start = i
			}
		case start >= 0 && i+1 < len(rs) && joins(rs[i-1], r, rs[i+1]):
		default:
			end(i)
		}
	}
	end(len(rs))
	return words
}

func ideographic(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana) }

func wordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || unicode.In(r, unicode.Mn, unicode.Mc, unicode.Pc)
}

// joins tells whether a mark between two characters is part of a word: "don't", "cmd.exe", "1,000".
func joins(before, mark, after rune) bool {
	letters := unicode.IsLetter(before) && unicode.IsLetter(after)
	digits := unicode.IsDigit(before) && unicode.IsDigit(after)
	switch mark {
	case '.', '\'', '\u2018', '\u2019', '\u2024', '\ufe52', '\uff07', '\uff0e':
		return letters || digits
	case ':', '\u00b7', '\u0387', '\u2027':
		return letters
	case ',', ';':
		return digits
	}
	return false
}
