package querydsl

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/words"
)

// maxToken is the longest word of the standard analyzer, in UTF-16 units; a longer one is cut into pieces.
const maxToken = 255

// tokens calls f with each word of a text as the standard analyzer finds it, but not yet in lower case, until f returns
// false.
func tokens(text string, f func(word string) bool) {
	if ascii(text) {
		asciiTokens(text, f)
		return
	}
	run := "" // of a script without blanks between words
	for it := words.FromString(text); it.Next(); {
		w := it.Value()
		first, _ := utf8.DecodeRuneInString(w)
		if complexScript(first) {
			run += w
			continue
		}
		if run != "" && !pieces(run, f) {
			return
		}
		run = ""
		if isWord(w) && !pieces(w, f) {
			return
		}
	}
	if run != "" {
		pieces(run, f)
	}
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// asciiTokens is the word break of ASCII text: letters, digits and underscores join; a period or an apostrophe joins
// letters and joins digits, a colon letters, a comma or semicolon digits.
func asciiTokens(text string, f func(string) bool) {
	for i := 0; i < len(text); {
		if !wordByte(text[i]) {
			i++
			continue
		}
		start, solid := i, false
		for i < len(text) {
			c := text[i]
			if wordByte(c) {
				solid = solid || c != '_'
				i++
				continue
			}
			if i+1 < len(text) && joins(text[i-1], c, text[i+1]) {
				i++
				continue
			}
			break
		}
		if solid && !pieces(text[start:i], f) {
			return
		}
	}
}

func wordByte(c byte) bool { return letterByte(c) || c >= '0' && c <= '9' || c == '_' }

func letterByte(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func joins(before, c, after byte) bool {
	digits := before >= '0' && before <= '9' && after >= '0' && after <= '9'
	letters := letterByte(before) && letterByte(after)
	switch c {
	case '.', '\'':
		return digits || letters
	case ':':
		return letters
	case ',', ';':
		return digits
	}
	return false
}

// isWord reports whether a segment between word boundaries is a word: it has a letter, a digit or is a symbol that stands
// for a word.
func isWord(w string) bool {
	for _, r := range w {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Nl, r) || unicode.Is(unicode.Other_Alphabetic, r) || emoji(r) {
			return true
		}
	}
	return false
}

// emoji reports symbols that are words to the standard analyzer.
func emoji(r rune) bool {
	switch {
	case r >= 0x1F000 && r <= 0x1FAFF, r >= 0x2600 && r <= 0x27BF, r >= 0x2300 && r <= 0x23FF, r == 0x00A9, r == 0x00AE, r == 0x203C, r == 0x2049,
		r == 0x2122, r == 0x2139, r >= 0x2194 && r <= 0x21AA, r >= 0x2934 && r <= 0x2935, r >= 0x2B05 && r <= 0x2B55, r == 0x3030, r == 0x303D, r == 0x3297, r == 0x3299:
		return true
	}
	return false
}

// complexScript reports letters of scripts whose words only a dictionary tells apart; a run of them is one word.
func complexScript(r rune) bool {
	return r >= 0x0E00 && unicode.In(r, unicode.Thai, unicode.Lao, unicode.Myanmar, unicode.Khmer, unicode.Tai_Le, unicode.New_Tai_Lue, unicode.Tai_Tham, unicode.Tai_Viet)
}

// pieces gives a word to f, cut to the longest length.
func pieces(w string, f func(string) bool) bool {
	if len(w) > maxToken {
		n := 0
		for i, r := range w {
			size := 1
			if r > 0xFFFF {
				size = 2
			}
			if n+size > maxToken {
				return f(w[:i]) && pieces(w[i:], f)
			}
			n += size
		}
	}
	return f(w)
}

// lower folds case code point by code point, as the analyzers do. It returns s itself if nothing changes.
func lower(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || c >= 'A' && c <= 'Z' {
			return strings.Map(unicode.ToLower, s)
		}
	}
	return s
}

// isLower reports whether lower(s) is low, without making it.
func isLower(s, low string) bool {
	for i, r := range s {
		if r < utf8.RuneSelf {
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
			if i >= len(low) || low[i] != byte(r) {
				return false
			}
			continue
		}
		return lower(s) == low
	}
	return len(s) == len(low)
}

// wordsOf lists the words of a text in lower case.
func wordsOf(text string) []string {
	var list []string
	tokens(text, func(w string) bool {
		list = append(list, lower(w))
		return true
	})
	return list
}
