package esql

import (
	"strings"
	"unicode/utf8"
)

// The tokens of each mode.

// expr reads a token of an expression, and of the modes that have the same words.
func (l *lexer) expr(m mode) {
	c := l.src[l.pos]
	two := ""
	if l.pos+1 < len(l.src) {
		two = l.src[l.pos : l.pos+2]
	}
	switch {
	case isLetter(c) || (c == '_' || c == '@') && len(two) == 2 && isWord(two[1]):
		end := l.word()
		l.exprWord(m, end)
	case isDigit(c) || c == '.' && len(two) == 2 && isDigit(two[1]):
		l.number()
	case c == '"':
		l.string()
	case c == '`':
		l.backquote(tQuotedIdent)
	case c == '?':
		l.param()
	default:
		l.operator(c, two)
	}
}

func (l *lexer) exprWord(m mode, end int) {
	word := l.src[l.pos:end]
	k := tIdent
	switch m {
	case modeExpr:
		k = keyword(word)
	case modeShow:
		if strings.EqualFold(word, "info") {
			k = tInfo
		}
	case modeInline:
		if strings.EqualFold(word, "stats") {
			k = tStats
			l.setMode(modeExpr)
		}
	case modeSet:
		switch strings.ToLower(word) {
		case "true", "false", "null":
			k = keyword(word)
		}
	}
	l.emit(k, end)
}

func (l *lexer) operator(c byte, two string) {
	switch two {
	case "==":
		l.emit(tEq, l.pos+2)
		return
	case "=~":
		l.emit(tCIEq, l.pos+2)
		return
	case "!=":
		l.emit(tNe, l.pos+2)
		return
	case "<=":
		l.emit(tLe, l.pos+2)
		return
	case ">=":
		l.emit(tGe, l.pos+2)
		return
	case "::":
		l.emit(tCast, l.pos+2)
		return
	case "&&":
		l.bad(l.pos+2, "unexpected `&&`", "write AND")
		return
	}
	if k := single(c); k != tEOF {
		l.emit(k, l.pos+1)
		if k == tSemicolon && l.mode() == modeSet {
			l.stack = l.stack[:len(l.stack)-1]
		}
		return
	}
	_, n := utf8.DecodeRuneInString(l.src[l.pos:])
	hint := ""
	switch c {
	case '\'':
		if end := strings.IndexByte(l.src[l.pos+1:], '\''); end >= 0 && !strings.ContainsAny(l.src[l.pos+1:l.pos+1+end], "\r\n|") {
			l.bad(l.pos+end+2, "unexpected `'`: strings stand in double quotes", "write \"…\"")
			return
		}
		hint = "strings stand in double quotes"
	case '!':
		hint = "write NOT"
	}
	l.bad(l.pos+n, "unexpected "+quoted(l.src[l.pos:l.pos+n]), hint)
}

func single(c byte) kind {
	switch c {
	case ':':
		return tColon
	case ';':
		return tSemicolon
	case ',':
		return tComma
	case '.':
		return tDot
	case '=':
		return tAssign
	case '<':
		return tLt
	case '>':
		return tGt
	case '+':
		return tPlus
	case '-':
		return tMinus
	case '*':
		return tStar
	case '/':
		return tSlash
	case '%':
		return tPercent
	case '{':
		return tLBrace
	case '}':
		return tRBrace
	}
	return tEOF
}

// number reads 1, 1., .5, 1.5e-3.
func (l *lexer) number() {
	i, k := l.pos, tInt
	digits := func() {
		for i < len(l.src) && isDigit(l.src[i]) {
			i++
		}
	}
	digits()
	if i < len(l.src) && l.src[i] == '.' {
		k = tDecimal
		i++
		digits()
	}
	if i < len(l.src) && lower(l.src[i]) == 'e' {
		j := i + 1
		if j < len(l.src) && (l.src[j] == '+' || l.src[j] == '-') {
			j++
		}
		if j < len(l.src) && isDigit(l.src[j]) {
			i, k = j, tDecimal
			digits()
		}
	}
	l.emit(k, i)
}

// string reads "…" or """…""". An unfinished one ends with its line.
func (l *lexer) string() {
	if strings.HasPrefix(l.src[l.pos:], `"""`) {
		if end := rawEnd(l.src, l.pos); end >= 0 {
			l.emit(tString, end)
			return
		}
		l.brokenRaw()
		return
	}
	i := l.pos + 1
	wrong := -1
	for ; i < len(l.src) && l.src[i] != '"' && l.src[i] != '\n' && l.src[i] != '\r'; i++ {
		if l.src[i] != '\\' {
			continue
		}
		i++
		if i >= len(l.src) || !strings.ContainsRune(`tnr"\`, rune(l.src[i])) {
			if wrong < 0 {
				wrong = i - 1
			}
			if i < len(l.src) && (l.src[i] == '\n' || l.src[i] == '\r') {
				break
			}
		}
	}
	closed := i < len(l.src) && l.src[i] == '"'
	end := min(i, len(l.src))
	if closed {
		end++
	}
	switch {
	case !closed && end > l.pos && end < len(l.src):
		l.bad(end, "the string does not end on its line", `close it with ", or write \n for a line break`)
	case !closed:
		l.bad(end, "the string is not closed", `close it with "`)
	case wrong >= 0:
		_, n := utf8.DecodeRuneInString(l.src[wrong+1:])
		l.bad(end, "the string has an unknown escape "+quoted(l.src[wrong:wrong+1+n]), `write \\ for a backslash, or """…""", which takes all as it stands`)
	default:
		l.emit(tString, end)
	}
}

// brokenRaw reports a raw string that does not end on its line. It goes up to the next three quotes, if there are any,
// so that what is inside makes no errors of its own.
func (l *lexer) brokenRaw() {
	end := strings.Index(l.src[l.pos+3:], `"""`)
	if end >= 0 {
		l.bad(l.pos+3+end+3, "the string does not end on its line", `write \n in "…" for a line break`)
		return
	}
	end = len(l.src)
	if n := strings.IndexAny(l.src[l.pos:], "\r\n"); n >= 0 {
		end = l.pos + n
	}
	l.bad(end, "the string is not closed", `close it with """`)
}

// rawEnd is the end of the string """…""" at i, which may have up to two quotes before the closing three; -1 if it does
// not end on its line.
func rawEnd(src string, i int) int {
	n := strings.Index(src[i+3:], `"""`)
	if n < 0 || strings.ContainsAny(src[i+3:i+3+n], "\r\n") {
		return -1
	}
	end := i + 3 + n + 3
	for k := 0; k < 2 && end < len(src) && src[end] == '"'; k++ {
		end++
	}
	return end
}

func (l *lexer) backquote(k kind) {
	end := quotedName(l.src, l.pos)
	if end < 0 {
		end = len(l.src)
		if n := strings.IndexAny(l.src[l.pos:], "\r\n"); n >= 0 {
			end = l.pos + n
		}
		l.bad(end, "the back-quote is not closed", "close it with `")
		return
	}
	l.emit(k, end)
}

// source reads a token of FROM, or of LOOKUP JOIN up to ON.
func (l *lexer) source(m mode) {
	c := l.src[l.pos]
	switch c {
	case '"':
		l.string()
		return
	case ',', '=':
		l.emit(single(c), l.pos+1)
		return
	case ':':
		if strings.HasPrefix(l.src[l.pos:], "::") {
			l.emit(tCast, l.pos+2)
		} else {
			l.emit(tColon, l.pos+1)
		}
		return
	case '?':
		if m == modeJoin {
			l.param()
			return
		}
	}
	end := l.pos
	for end < len(l.src) && isSourceByte(l.src, end) {
		end++
	}
	if end == l.pos {
		l.bad(l.pos+1, "unexpected "+quoted(l.src[l.pos:l.pos+1]), "")
		return
	}
	word := l.src[l.pos:end]
	k := tSource
	switch {
	case m == modeFrom && strings.EqualFold(word, "metadata"):
		k = tMetadata
	case m == modeJoin && strings.EqualFold(word, "join") && l.last() == tCommand:
		k = tJoin
	case m == modeJoin && strings.EqualFold(word, "on"):
		k = tOn
		l.emit(k, end)
		l.setMode(modeExpr)
		return
	case m == modeJoin && strings.EqualFold(word, "as"):
		k = tAs
	}
	l.emit(k, end)
}

func isSourceByte(src string, i int) bool {
	switch src[i] {
	case ':', '"', '=', '|', ',', '[', ']', '(', ')', ' ', '\t', '\r', '\n':
		return false
	case '/':
		return i+1 < len(src) && src[i+1] != '/' && src[i+1] != '*'
	}
	return true
}

// pattern reads a token of KEEP, DROP, RENAME, or of ENRICH behind ON.
func (l *lexer) pattern(m mode) {
	c := l.src[l.pos]
	switch {
	case c == '`' || c == '*' || isLetter(c) || (c == '_' || c == '@') && l.pos+1 < len(l.src) && (isWord(l.src[l.pos+1]) || l.src[l.pos+1] == '*'):
		l.patternName(m)
	case c == '.' || c == ',' || c == '=' && m != modeProject:
		l.emit(single(c), l.pos+1)
	case c == '?':
		l.param()
	case c == '"' || c == '\'' || isDigit(c):
		// Not a name. Read as a whole, so that it makes one error.
		l.expr(modeName)
		if t := &l.toks[len(l.toks)-1]; t.kind != tBad {
			l.issues = append(l.issues, Issue{Code: codeOf("syntax"), Level: Error, Phase: Parsing, Span: t.span(),
				Message: "expected a name, found " + quoted(l.src[t.start:t.end]), Hint: "names stand without quotes, or in back-quotes"})
			t.kind = tBad
		}
	default:
		l.operator(c, "")
		if t := &l.toks[len(l.toks)-1]; t.kind != tBad {
			l.issues = append(l.issues, Issue{Code: codeOf("syntax"), Level: Error, Phase: Parsing, Span: t.span(),
				Message: "unexpected " + quoted(l.src[t.start:t.end]), Hint: "write a name with such characters in back-quotes"})
			t.kind = tBad
		}
	}
}

// patternName reads parts with and without back-quotes that stand together.
func (l *lexer) patternName(m mode) {
	end := l.pos
	for end < len(l.src) {
		c := l.src[end]
		switch {
		case c == '`':
			q := quotedName(l.src, end)
			if q < 0 {
				if end == l.pos {
					l.backquote(tPattern)
					return
				}
				l.emit(tPattern, end)
				return
			}
			end = q
			continue
		case isWord(c) || c == '*' || c == '@':
			end++
			continue
		}
		break
	}
	k := tPattern
	switch word := l.src[l.pos:end]; {
	case m != modeProject && strings.EqualFold(word, "as"):
		k = tAs
	case m == modeEnrichField && strings.EqualFold(word, "with"):
		k = tWith
	}
	l.emit(k, end)
}

// policy reads the name behind ENRICH, and ON or WITH.
func (l *lexer) policy() {
	c := l.src[l.pos]
	if c == '"' {
		l.string()
		return
	}
	end := l.pos
	for end < len(l.src) && !strings.ContainsRune(`\/?"<>| ,#`, rune(l.src[end])) && !isSpace(l.src[end]) && l.src[end] != ')' {
		end++
	}
	if end == l.pos {
		_, n := utf8.DecodeRuneInString(l.src[l.pos:])
		l.bad(l.pos+n, "unexpected "+quoted(l.src[l.pos:l.pos+n])+": expected the name of a policy", "")
		return
	}
	k := tSource
	switch word := l.src[l.pos:end]; {
	case strings.EqualFold(word, "on"):
		k = tOn
		l.setMode(modeEnrichField)
	case strings.EqualFold(word, "with"):
		k = tWith
		l.setMode(modeEnrichField)
	}
	l.emit(k, end)
}

// promql reads the text of PROMQL piece by piece; only brackets, quotes and pipes matter.
func (l *lexer) promql() {
	c := l.src[l.pos]
	switch {
	case c == '"':
		l.string()
	case c == '\'':
		end := l.pos + 1
		for end < len(l.src) && l.src[end] != '\'' {
			if l.src[end] == '\\' {
				end++
			}
			end++
		}
		l.emit(tString, min(end+1, len(l.src)))
	case isLetter(c) || c == '_' || c == '@':
		l.emit(tIdent, l.word())
	default:
		_, n := utf8.DecodeRuneInString(l.src[l.pos:])
		k := single(c)
		if k == tEOF {
			k = tIdent
		}
		l.emit(k, l.pos+n)
	}
}
