package eql

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// doubleQuoted lexes "…" and """…""" (LANGUAGE.md 1.4).
func (l *lexer) doubleQuoted() {
	s := l.src[l.pos:]
	if strings.HasPrefix(s, `"""`) {
		l.rawString(s)
		return
	}
	escaped := false
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			if escaped {
				l.checkEscapes(s[1:i], l.pos+1)
			}
			l.emit(tString, i+1)
			return
		case '\\':
			escaped = true
			if i+1 < len(s) && s[i+1] != '\n' && s[i+1] != '\r' {
				i++
			}
		case '\n', '\r':
			l.openString(i)
			return
		}
	}
	l.openString(len(s))
}

func (l *lexer) openString(n int) {
	hint := "close the string with a double quote on the same line"
	if text := l.src[l.pos : l.pos+n]; strings.Contains(text, `\"`) {
		hint = `\" is a quote inside the string: before the closing quote a backslash is written \\`
	}
	open := Span{Start: l.pos, End: l.pos + n}
	if t, inner := l.strayQuote(); t != nil {
		at := int(t.start)
		if inner {
			at = int(t.end) - 1
		}
		l.open = append(l.open, Span{Start: at, End: open.End})
		if inner {
			l.errorf(Span{Start: int(t.end) - 1, End: int(t.end)}, innerQuoteHint, innerQuote)
		} else {
			l.errorf(Span{Start: int(t.start), End: int(t.end)}, "close the string with a double quote where its text ends", "string is not closed")
		}
	} else {
		l.open = append(l.open, open)
		l.errorf(open, hint, "string is not closed")
	}
	l.emit(tString, n)
}

const (
	innerQuote     = "a quote inside a string has to be escaped"
	innerQuoteHint = `write \" for it, or put the string in """…"""`
)

// strayQuote looks on the line of an open string for what left it open: an earlier string behind whose closing quote a word
// goes on. Either that quote is meant to stand inside the string, or the string lacks its closing quote and runs on to where the next
// one begins: then it holds the operators of the query.
func (l *lexer) strayQuote() (t *token, inner bool) {
	first := strings.LastIndexAny(l.src[:l.pos], "\r\n") + 1
	for i := len(l.toks) - 1; i >= 0 && int(l.toks[i].start) >= first; i-- {
		if k := &l.toks[i]; k.kind == tString && goesOn(l.src, int(k.end)) {
			t = k
		}
	}
	return t, t != nil && !queryText().MatchString(l.src[t.start:t.end])
}

// queryText is what a query has between two strings, and text seldom.
var queryText = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(==|!=|\S\s*:\s+"$|\s(and|or|not|in|like~?|regex~?|where)\s.*[:=(~]\s*"$|\sin\s*\("$|,\s*"$)`)
})

// goesOn reports whether a word stands directly behind a place.
func goesOn(src string, at int) bool {
	r, _ := utf8.DecodeRuneInString(src[at:])
	return at < len(src) && (r == '_' || r == '-' || r == '\\' || r == '%' || r == '*' || r == '?' || r == '/' || unicode.IsLetter(r) || unicode.IsDigit(r))
}

// rawString lexes """…""": no escapes, one line; up to two quotes after the closing three belong to the content.
func (l *lexer) rawString(s string) {
	n, lines := rawLength(s)
	switch {
	case n == 0:
		n = lineLength(s)
		l.open = append(l.open, Span{Start: l.pos, End: l.pos + n})
		l.errorf(Span{Start: l.pos, End: l.pos + n}, `close the string with """ on the same line`, "raw string is not closed")
	case lines:
		l.errorf(Span{Start: l.pos, End: l.pos + n}, "join the lines, or write a normal string with \\n", "raw string goes over more than one line")
	}
	l.emit(tRawString, n)
}

// rawLength returns the length of the raw string at the start of s and whether it holds a line end; 0 if not closed.
func rawLength(s string) (n int, lines bool) {
	end := strings.Index(s[3:], `"""`)
	if end < 0 {
		return 0, false
	}
	lines = strings.ContainsAny(s[3:3+end], "\r\n")
	n = end + 6
	for extra := 0; extra < 2 && n < len(s) && s[n] == '"'; extra++ {
		n++
	}
	return n, lines
}

// oldString lexes '…', ?"…" and ?'…'; prefix is the length of "?".
func (l *lexer) oldString(prefix int) {
	s := l.src[l.pos:]
	quote, n := s[prefix], prefix+1
	for n < len(s) && s[n] != quote && s[n] != '\n' && s[n] != '\r' {
		if s[n] == '\\' && n+1 < len(s) && s[n+1] != '\n' && s[n+1] != '\r' {
			n++
		}
		n++
	}
	if n >= len(s) || s[n] != quote {
		l.open = append(l.open, Span{Start: l.pos, End: l.pos + n})
		l.errorf(Span{Start: l.pos, End: l.pos + n}, `strings are written "…" or """…"""`, "string is not closed")
		l.emit(tOldString, n)
		return
	}
	n++
	at, content := Span{Start: l.pos, End: l.pos + n}, s[prefix+1:n-1]
	if prefix == 0 {
		var edits []Edit
		if text, ok := doubleQuoteOf(content); ok {
			edits = []Edit{{Span: at, New: text}}
		}
		l.report(at, `write "…"`, edits, "single quotes do not enclose a string: %s", asWritten(s[:n]))
	} else {
		var edits []Edit
		if raw, ok := rawQuote(content); ok && !strings.Contains(content, `\`+string(quote)) {
			edits = []Edit{{Span: at, New: raw}}
		}
		l.report(at, `write """…"""`, edits, "%s is not a raw string any more: %s", s[:2], asWritten(s[:n]))
	}
	l.emit(tOldString, n)
}

// doubleQuoteOf rewrites the inside of '…' for "…"; false if an escape is not known there.
func doubleQuoteOf(content string) (string, bool) {
	if bad, _ := scanEscapes(content); len(bad) > 0 {
		return "", false
	}
	var sb strings.Builder
	sb.WriteByte('"')
	for i := 0; i < len(content); i++ {
		switch content[i] {
		case '\\':
			sb.WriteByte('\\')
			i++
		case '"':
			sb.WriteByte('\\')
		}
		sb.WriteByte(content[i])
	}
	sb.WriteByte('"')
	return sb.String(), true
}

// rawQuote writes s as a raw string, if it can be one.
func rawQuote(s string) (string, bool) {
	text := `"""` + s + `"""`
	n, lines := rawLength(text)
	return text, n == len(text) && !lines
}

func isTypographicQuote(r rune) bool {
	return r >= 0x2018 && r <= 0x201F || r == 0xAB || r == 0xBB || r == 0x2039 || r == 0x203A
}

// typographic lexes a string in quotes as a word processor makes them, closed by any such quote or a plain one.
func (l *lexer) typographic(open rune, n int) {
	s := l.src[l.pos:]
	single := open >= 0x2018 && open <= 0x201B || open == 0x2039 || open == 0x203A
	for i, r := range s[n:] {
		i += n
		if r == '\n' || r == '\r' {
			break
		}
		if !isTypographicQuote(r) && !(r == '"' && !single) && !(r == '\'' && single) {
			continue
		}
		end := i + utf8.RuneLen(r)
		at := Span{Start: l.pos, End: l.pos + end}
		var edits []Edit
		if bad, _ := scanEscapes(s[n:i]); len(bad) == 0 && !strings.Contains(s[n:i], `"`) {
			edits = []Edit{{Span: at, New: `"` + s[n:i] + `"`}}
		}
		l.report(at, `write "…" with plain double quotes`, edits, "typographic quotes do not enclose a string: %s", asWritten(s[:end]))
		l.emit(tOldString, end)
		return
	}
	l.errorf(Span{Start: l.pos, End: l.pos + n}, "use plain double quotes", "unexpected character %q (%U)", open, open)
	l.pos += n
}

// badEscape is a backslash sequence that EQL does not know; offsets count from the start of the string's content.
type badEscape struct {
	Span
	why string
}

// scanEscapes finds the bad escapes in the content of a string, and tells whether it holds escapes that would change
// their meaning if the author meant a literal backslash (\n, \t, \b, \f, \r).
func scanEscapes(s string) (bad []badEscape, control bool) {
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			continue
		}
		if i+1 >= len(s) {
			bad = append(bad, badEscape{Span{Start: i, End: i + 1}, "backslash at the end"})
			break
		}
		switch s[i+1] {
		case '"', '\'', '\\':
			i++
		case 'b', 't', 'n', 'f', 'r':
			control = true
			i++
		case 'u':
			n, _, why := unicodeEscape(s[i:])
			if why != "" {
				bad = append(bad, badEscape{Span{Start: i, End: i + n}, why})
			}
			i += n - 1
		default:
			_, n := utf8.DecodeRuneInString(s[i+1:])
			bad = append(bad, badEscape{Span{Start: i, End: i + 1 + n}, "unknown escape"})
			i += n
		}
	}
	return bad, control
}

// unicodeEscape reads \u{H…} at the start of s: its length, its value, and what is wrong with it.
func unicodeEscape(s string) (n int, r rune, why string) {
	if len(s) < 3 || s[2] != '{' {
		return 2, 0, "unknown escape"
	}
	end := 3
	for end < len(s) && charClass[s[end]]&charHex != 0 {
		end++
	}
	if end >= len(s) || s[end] != '}' {
		return end, 0, "unicode escape is not closed"
	}
	hex := s[3:end]
	end++
	if len(hex) < 2 || len(hex) > 8 {
		return end, 0, fmt.Sprintf("unicode escape needs 2 to 8 hex digits, found %d", len(hex))
	}
	v, _ := strconv.ParseUint(hex, 16, 64)
	switch {
	case v > 0x10FFFF:
		return end, 0, "unicode escape is above 10ffff"
	case v >= 0xD800 && v <= 0xDFFF:
		return end, 0, "unicode escape is a surrogate"
	}
	return end, rune(v), ""
}

// checkEscapes reports the bad escapes of a string as one issue. The repair doubles the backslashes; it is left out
// where another escape makes it uncertain what was meant ("C:\new\Temp").
func (l *lexer) checkEscapes(content string, offset int) {
	bad, control := scanEscapes(content)
	if len(bad) == 0 {
		return
	}
	first := bad[0]
	text := content[first.Start:first.End]
	var edits []Edit
	certain := !control
	for _, b := range bad {
		edits = append(edits, Edit{Span: Span{Start: offset + b.Start, End: offset + b.Start}, New: `\`})
		certain = certain && (b.why == "unknown escape" && content[b.Start+1] != 'u')
	}
	if !certain {
		edits = nil
	}
	hint := fmt.Sprintf(`write \%s, or put the string in """…""", which has no escapes`, text)
	if first.why != "unknown escape" {
		hint = `write \u{41} with 2 to 8 hex digits, or \\u for a backslash and a u`
	}
	at := Span{Start: offset + first.Start, End: offset + first.End}
	l.report(at, hint, edits, "%s %s in a string", first.why, asWritten(text))
}

// unescape resolves the escapes of a string; bad ones stand for themselves.
func unescape(s string) string {
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for {
		out = append(out, s[:i]...)
		s = s[i:]
		n := 2
		if len(s) < 2 {
			return string(append(out, s...))
		}
		switch s[1] {
		case 'b':
			out = append(out, '\b')
		case 't':
			out = append(out, '\t')
		case 'n':
			out = append(out, '\n')
		case 'f':
			out = append(out, '\f')
		case 'r':
			out = append(out, '\r')
		case '"', '\'', '\\':
			out = append(out, s[1])
		case 'u':
			var r rune
			var why string
			if n, r, why = unicodeEscape(s); why == "" {
				out = utf8.AppendRune(out, r)
			} else {
				out = append(out, s[:n]...)
			}
		default:
			out = append(out, s[:2]...)
		}
		s = s[n:]
		if i = strings.IndexByte(s, '\\'); i < 0 {
			return string(append(out, s...))
		}
	}
}

// stringValue is the value of a string token.
func stringValue(k kind, text string) string {
	switch {
	case k == tRawString:
		return strings.TrimPrefix(text, `"""`)[:max(0, rawContent(text))]
	case k == tOldString:
		return oldStringValue(text)
	}
	text = strings.TrimPrefix(text, `"`)
	if n := len(text); n > 0 && text[n-1] == '"' && !oddBackslashes(text[:n-1]) {
		text = text[:n-1]
	}
	return unescape(text)
}

// rawContent is the length of the content of a raw string token; an unclosed one reaches to its end.
func rawContent(text string) int {
	if n, _ := rawLength(text); n == len(text) {
		return n - 6
	}
	return len(text) - 3
}

func oddBackslashes(s string) bool {
	n := 0
	for n < len(s) && s[len(s)-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

func oldStringValue(text string) string {
	raw := strings.HasPrefix(text, "?")
	text = strings.TrimPrefix(text, "?")
	_, n := utf8.DecodeRuneInString(text)
	text = text[n:]
	if r, n := utf8.DecodeLastRuneInString(text); r == '"' || r == '\'' || isTypographicQuote(r) {
		text = text[:len(text)-n]
	}
	if raw {
		return text
	}
	return unescape(text)
}

// identValue is the name a (back-quoted) identifier stands for.
func identValue(k kind, text string) string {
	if k != tQuotedIdent {
		return text
	}
	text = strings.TrimSuffix(text[1:], "`")
	if strings.Contains(text, "``") {
		text = strings.ReplaceAll(text, "``", "`")
	}
	return text
}

// clip quotes source text for a message, shortened in the middle if it is long.
func clip(s string) string { return shorten(s, true) }

// asWritten shows a piece of the user's text in a message: in back-quotes, shortened like clip.
func asWritten(s string) string { return "`" + shorten(s, false) + "`" }

func shorten(s string, quoted bool) string {
	const most = 60
	if len(s) > most {
		head, tail := s[:most-20], s[len(s)-15:]
		s = strings.ToValidUTF8(head, "") + "…" + strings.ToValidUTF8(tail, "")
	}
	if strings.ContainsAny(s, "\r\n\t") || !utf8.ValidString(s) {
		if !quoted {
			return strings.Join(strings.Fields(strings.ToValidUTF8(s, "\ufffd")), " ")
		}
		return strconv.Quote(s)
	}
	return s
}
