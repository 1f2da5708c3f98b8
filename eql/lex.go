package eql

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// lexer cuts a source into tokens. Comments are collected, blanks dropped; what is not EQL is reported once, here.
type lexer struct {
	src      string
	pos      int
	toks     []token
	comments []Comment
	issues   []Issue
	open     []Span // strings that are not closed on their line
	blanks   []Span // blanks that EQL does not know: NBSP and its kin
	braces   []brace
	ends     []int // offsets of all */; nil: not looked for yet
}

func (l *lexer) run() {
	l.toks = make([]token, 0, len(l.src)/5+8)
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		switch class := charClass[c]; {
		case class&charSpace != 0:
			l.pos++
		case class&charIdentStart != 0:
			l.ident()
		case class&charDigit != 0:
			l.number()
		default:
			l.punctuation(c)
		}
	}
	l.reportBlanks()
	l.dropBraces()
	l.toks = append(l.toks, token{int32(len(l.src)), int32(len(l.src)), tEOF})
}

func (l *lexer) emit(k kind, n int) {
	l.toks = append(l.toks, token{int32(l.pos), int32(l.pos + n), k})
	l.pos += n
}

func (l *lexer) peek(n int) byte {
	if l.pos+n < len(l.src) {
		return l.src[l.pos+n]
	}
	return 0
}

func (l *lexer) ident() {
	s, n := l.src[l.pos:], 1
	for n < len(s) && charClass[s[n]]&charIdent != 0 {
		n++
	}
	if n < len(s) && s[n] == '~' && s[0] != '_' && s[0] != '@' {
		l.emit(tildeKind(s[:n]), n+1)
		return
	}
	l.emit(keyword(s[:n]), n)
}

func tildeKind(s string) kind {
	switch s {
	case "in":
		return tInFold
	case "like":
		return tLikeFold
	case "regex":
		return tRegexFold
	}
	return tTildeIdent
}

func digits(s string, n int) int {
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

// number lexes "1", "1.", "1.5", ".5" and exponents; the sign is an operator.
func (l *lexer) number() {
	s, k := l.src[l.pos:], tInt
	n := digits(s, 0)
	if n < len(s) && s[n] == '.' {
		k = tDecimal
		n = digits(s, n+1)
	}
	if n < len(s) && s[n]|0x20 == 'e' {
		e := n + 1
		if e < len(s) && (s[e] == '+' || s[e] == '-') {
			e++
		}
		if end := digits(s, e); end > e {
			k, n = tDecimal, end
		}
	}
	l.emit(k, n)
}

func (l *lexer) punctuation(c byte) {
	next := l.peek(1)
	switch c {
	case '"':
		l.doubleQuoted()
	case '`':
		l.backQuoted()
	case '\'':
		l.oldString(0)
	case '?':
		if next == '"' || next == '\'' {
			l.oldString(1)
			return
		}
		l.emit(tQuestion, 1)
	case '/':
		switch next {
		case '/':
			l.lineComment()
		case '*':
			l.blockComment()
		default:
			l.emit(tSlash, 1)
		}
	case '.':
		if isDigit(next) {
			l.number()
			return
		}
		l.emit(tDot, 1)
	case '=':
		l.emitPair(tAssign, next == '=', tEq)
	case '<':
		l.emitPair(tLt, next == '=', tLe)
	case '>':
		l.emitPair(tGt, next == '=', tGe)
	case '|':
		l.emitPair(tPipe, next == '|', tOrOr)
	case '!':
		if next == '=' {
			l.emit(tNe, 2)
			return
		}
		l.emitPair(tBang, next == '[', tMissing)
	case '&':
		if next == '&' {
			l.emit(tAndAnd, 2)
			return
		}
		l.unknown()
	default:
		if k := single(c); k != tEOF {
			l.emit(k, 1)
			return
		}
		l.unknown()
	}
}

// single maps the punctuation marks that no other token begins with.
func single(c byte) kind {
	switch c {
	case ':':
		return tColon
	case '+':
		return tPlus
	case '-':
		return tMinus
	case '*':
		return tStar
	case '%':
		return tPercent
	case ',':
		return tComma
	case '[':
		return tLBracket
	case ']':
		return tRBracket
	case '(':
		return tLParen
	case ')':
		return tRParen
	}
	return tEOF
}

func (l *lexer) emitPair(one kind, double bool, two kind) {
	if double {
		l.emit(two, 2)
		return
	}
	l.emit(one, 1)
}

func (l *lexer) lineComment() {
	n := strings.IndexAny(l.src[l.pos:], "\r\n")
	if n < 0 {
		n = len(l.src) - l.pos
	}
	l.comment(n, false)
}

func (l *lexer) comment(n int, block bool) {
	l.comments = append(l.comments, Comment{Text: l.src[l.pos : l.pos+n], Block: block, Range: Span{Start: l.pos, End: l.pos + n}})
	l.pos += n
}

// blockComment takes a comment with those nested in it: an inner /* opens one if as many */ follow as are needed to close
// all that are open then, else it is text.
func (l *lexer) blockComment() {
	start := l.pos
	if l.closers(start+2) == 0 {
		l.open = append(l.open, Span{Start: start, End: len(l.src)})
		l.errorf(Span{Start: start, End: start + 2}, "close it with */", "comment is not closed")
		l.comment(len(l.src)-start, true)
		return
	}
	at, unbalanced := start+2, false
	for depth := 1; depth > 0; {
		at += strings.IndexAny(l.src[at:], "*/")
		switch rest := l.src[at:]; {
		case strings.HasPrefix(rest, "*/"):
			depth--
			at += 2
		case strings.HasPrefix(rest, "/*") && l.closers(at+2) > depth:
			depth++
			at += 2
		default:
			unbalanced = unbalanced || strings.HasPrefix(rest, "/*")
			at++
		}
	}
	if unbalanced && len(l.issues) < maxIssues {
		l.issues = append(l.issues, Issue{
			Code: "query/comment-nesting", Level: Warning, Span: Span{Start: start, End: at},
			Message: fmt.Sprintf("nested comment is not balanced: everything up to this */ is a comment, %d bytes", at-start),
			Hint:    "remove the inner /*, or close it",
		})
	}
	l.comment(at-start, true)
}

// closers counts the ends of comments from an offset on.
func (l *lexer) closers(from int) int {
	if l.ends == nil {
		l.ends = []int{}
		for at := 0; ; {
			n := strings.Index(l.src[at:], "*/")
			if n < 0 {
				break
			}
			l.ends = append(l.ends, at+n)
			at += n + 2
		}
	}
	i, _ := slices.BinarySearch(l.ends, from)
	return len(l.ends) - i
}

func (l *lexer) backQuoted() {
	for i := l.pos + 1; i < len(l.src); i++ {
		if l.src[i] != '`' {
			continue
		}
		if i+1 < len(l.src) && l.src[i+1] == '`' {
			i++ // a doubled back-quote is one in the name
			continue
		}
		l.emit(tQuotedIdent, i+1-l.pos)
		return
	}
	n := lineLength(l.src[l.pos:])
	l.open = append(l.open, Span{Start: l.pos, End: l.pos + n})
	l.errorf(Span{Start: l.pos, End: l.pos + 1}, "close the name with a back-quote", "back-quoted name is not closed")
	l.emit(tQuotedIdent, n)
}

// lineLength is the length of the first line of s, its end excluded.
func lineLength(s string) int {
	if n := strings.IndexAny(s, "\r\n"); n >= 0 {
		return n
	}
	return len(s)
}

func (l *lexer) errorf(span Span, hint, format string, args ...any) {
	l.report(span, hint, nil, format, args...)
}

// report adds an error, up to maxIssues of them.
func (l *lexer) report(span Span, hint string, edits []Edit, format string, args ...any) {
	if len(l.issues) < maxIssues {
		l.issues = append(l.issues, Issue{
			Code: syntaxCode, Level: Error, Phase: "parse", Span: span, Message: fmt.Sprintf(format, args...), Hint: hint, Edits: edits,
		})
	}
}

// unknown reports a character that begins no token, and skips it.
func (l *lexer) unknown() {
	r, n := utf8.DecodeRuneInString(l.src[l.pos:])
	at := Span{Start: l.pos, End: l.pos + n}
	if isForeignBlank(r) {
		if k := len(l.blanks); k > 0 && l.blanks[k-1].End == at.Start {
			l.blanks[k-1].End = at.End
		} else {
			l.blanks = append(l.blanks, at)
		}
		l.pos += n
		return
	}
	if isTypographicQuote(r) {
		l.typographic(r, n)
		return
	}
	if r == '{' || r == '}' {
		l.brace(r == '{')
		return
	}
	hint := ""
	switch r {
	case '$':
		hint = "variables do not exist in Elasticsearch EQL"
	case '~':
		hint = "~ must directly follow in, like, regex or a function name"
	case ';':
		hint = "a query has no end mark"
	case '\\':
		hint = "a backslash can stand only inside a string"
	case '&':
		hint = "write and"
	case '#':
		hint = "comments begin with // or stand between /* and */"
	}
	switch {
	case r == utf8.RuneError && n <= 1:
		l.errorf(at, "save the file as UTF-8", "invalid UTF-8 byte 0x%02x", l.src[l.pos])
	case r >= 0x80:
		if hint == "" {
			hint = "a name with other characters than A-Z a-z 0-9 _ needs back-quotes"
		}
		l.errorf(at, hint, "unexpected character %q (%U)", r, r)
	default:
		l.errorf(at, hint, "unexpected character %q", r)
	}
	l.pos += n
}

// brace is a "{" whose "}" is still to come.
type brace struct{ issue, token int }

// dropBraces removes the tokens of braces that were not closed: they are stray characters.
func (l *lexer) dropBraces() {
	stray := map[int32]bool{}
	for _, b := range l.braces {
		stray[l.toks[b.token].start] = true
		l.issues[b.issue].Edits = nil
	}
	if len(stray) > 0 {
		l.toks = slices.DeleteFunc(l.toks, func(t token) bool { return stray[t.start] })
	}
}

// brace reports a list in braces, both as one issue, and goes on as with parentheses.
func (l *lexer) brace(open bool) {
	at, text, k := Span{Start: l.pos, End: l.pos + 1}, "(", tLParen
	if !open {
		text, k = ")", tRParen
	}
	edit := Edit{Span: at, New: text}
	if n := len(l.braces); n > 0 && !open {
		is := &l.issues[l.braces[n-1].issue]
		is.Edits = append(is.Edits, edit)
		l.braces = l.braces[:n-1]
		l.emit(k, 1)
		return
	}
	if !open || len(l.issues) >= maxIssues {
		l.report(at, "lists are written with parentheses", nil, "unexpected character %q", l.src[l.pos])
		l.pos++
		return
	}
	l.report(at, "lists are written with parentheses", []Edit{edit}, "unexpected character %q", l.src[l.pos])
	l.braces = append(l.braces, brace{len(l.issues) - 1, len(l.toks)})
	l.emit(k, 1)
}

func isForeignBlank(r rune) bool {
	switch {
	case r == '\f', r == '\v', r == 0x85, r == 0xA0, r == 0x1680, r == 0x180E, r >= 0x2000 && r <= 0x200F,
		r == 0x2028, r == 0x2029, r == 0x202F, r == 0x205F, r == 0x2060, r == 0x3000, r == 0xFEFF:
		return true
	}
	return false
}

// isZeroWidth tells blanks that are to be removed from those that stand for a space.
func isZeroWidth(r rune) bool {
	return r == 0x180E || r >= 0x200B && r <= 0x200F || r == 0x2060 || r == 0xFEFF
}

// reportBlanks reports all foreign blanks of the query as one issue with one repair.
func (l *lexer) reportBlanks() {
	if len(l.blanks) == 0 {
		return
	}
	edits := make([]Edit, 0, len(l.blanks))
	for _, b := range l.blanks {
		var sb strings.Builder
		for _, r := range l.src[b.Start:b.End] {
			if !isZeroWidth(r) {
				sb.WriteByte(' ')
			}
		}
		edits = append(edits, Edit{Span: b, New: sb.String()})
	}
	r, _ := utf8.DecodeRuneInString(l.src[l.blanks[0].Start:])
	more := ""
	if n := len(l.blanks); n > 1 {
		more = fmt.Sprintf(" (%d places)", n)
	}
	l.report(l.blanks[0], "use ordinary spaces, tabs and line ends", edits, "%U is not a blank in EQL%s", r, more)
}
