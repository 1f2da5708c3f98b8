package querydsl

import "strings"

// letters of Latin-1 and Latin Extended-A that the asciifolding filter replaces, by what they become.
var foldings = map[string]string{
	"ÀÁÂÃÄÅĀĂĄ": "A", "àáâãäåāăą": "a", "Æ": "AE", "æ": "ae", "ÇĆĈĊČ": "C", "çćĉċč": "c", "ÐĎĐ": "D", "ðďđ": "d", "ÈÉÊËĒĔĖĘĚ": "E", "èéêëēĕėęě": "e",
	"ĜĞĠĢ": "G", "ĝğġģ": "g", "ĤĦ": "H", "ĥħ": "h", "ÌÍÎÏĨĪĬĮİ": "I", "ìíîïĩīĭįı": "i", "Ĳ": "IJ", "ĳ": "ij", "Ĵ": "J", "ĵ": "j", "Ķ": "K", "ķĸ": "k",
	"ĹĻĽĿŁ": "L", "ĺļľŀł": "l", "ÑŃŅŇŊ": "N", "ñńņňŉŋ": "n", "ÒÓÔÕÖØŌŎŐ": "O", "òóôõöøōŏő": "o", "Œ": "OE", "œ": "oe", "ŔŖŘ": "R", "ŕŗř": "r",
	"ŚŜŞŠ": "S", "śŝşšſ": "s", "ß": "ss", "ẞ": "SS", "Þ": "TH", "þ": "th", "ŢŤŦ": "T", "ţťŧ": "t", "ÙÚÛÜŨŪŬŮŰŲ": "U", "ùúûüũūŭůűų": "u", "Ŵ": "W", "ŵ": "w",
	"ÝŶŸ": "Y", "ýÿŷ": "y", "ŹŻŽ": "Z", "źżž": "z",
}

var foldedLetters = foldingTable()

func foldingTable() map[rune]string {
	out := map[rune]string{}
	for from, to := range foldings {
		for _, r := range from {
			out[r] = to
		}
	}
	return out
}

// foldASCII writes letters with marks as the ASCII letters they are made of, as far as they are European.
func foldASCII(s string) string {
	if ascii(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if to, ok := foldedLetters[r]; ok {
			b.WriteString(to)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
