package tomlspan

import (
	"fmt"
	"strings"
)

// QuoteString writes a text as a one-line basic string.
func QuoteString(s string) string { return `"` + escapeFor(`"`, s) + `"` }

// QuotePlain writes a text as a one-line string, between single quotes where backslashes would have to be doubled and nothing speaks
// against them.
func QuotePlain(s string) string {
	if strings.ContainsAny(s, `\"`) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7F || r == '\'' || r == 0xFFFD }) {
		return "'" + s + "'"
	}
	return QuoteString(s)
}

// QuoteKey writes a key, bare if it can be.
func QuoteKey(key string) string {
	bare := func(r rune) bool {
		return r == '_' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	if key != "" && !strings.ContainsFunc(key, func(r rune) bool { return !bare(r) }) {
		return key
	}
	return QuoteString(key)
}

// List writes values, which are TOML already, as an array on one line.
func List(values []string) string { return "[" + strings.Join(values, ", ") + "]" }

// QuoteList writes texts as an array on one line.
func QuoteList(texts []string) string {
	quoted := make([]string, len(texts))
	for i, s := range texts {
		quoted[i] = QuoteString(s)
	}
	return List(quoted)
}

// EscapeBlock writes text as the content of a string between three double quotes: backslashes, quotes where three would meet or one
// would end it, control characters.
func EscapeBlock(s string) string {
	var b strings.Builder
	quotes := 0
	for i, r := range s {
		if r != '"' {
			quotes = 0
		}
		switch {
		case r == '"':
			if quotes++; quotes == 3 || i == len(s)-1 {
				b.WriteByte('\\')
				quotes = 0
			}
			b.WriteRune(r)
		case r == '\\':
			b.WriteString(`\\`)
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// QuoteLiteralBlock writes text between three single quotes, beginning on a line of its own; ok is false if it cannot stand there as
// it is.
func QuoteLiteralBlock(s string) (text string, ok bool) {
	ok = !strings.Contains(s, "'''") && !strings.HasSuffix(s, "'") && !strings.ContainsFunc(s, func(r rune) bool {
		return r < 0x20 && r != '\n' && r != '\t' || r == 0x7f
	})
	return "'''\n" + s + "'''", ok
}

// Float gives a number as JSON writes it the form of a TOML float: digits on both sides of the point.
func Float(s string) string {
	mantissa, exponent := s, ""
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, exponent = s[:i], s[i:]
	}
	if !strings.Contains(mantissa, ".") && exponent == "" {
		mantissa += ".0"
	}
	return mantissa + exponent
}
