package esql

import (
	"math"
	"strings"
	"unicode/utf8"
)

// mode is what a word means at a place: ES|QL's lexer has a stack of modes, one for each kind of command.
type mode uint8

const (
	modeCommand mode = iota // a command's name
	modeExpr
	modeFrom    // index names
	modeJoin    // index name, then ON
	modeProject // KEEP, DROP: patterns
	modeRename
	modeEnrich      // the name of a policy
	modeEnrichField // behind ON or WITH
	modeName        // MV_EXPAND: a plain name, no word is reserved
	modeShow
	modeFork
	modeSet
	modeInline
	modePromQL
)

// frame is an entry of the stack of modes.
type frame struct {
	mode  mode
	open  tokenFrame
	depth uint16 // brackets open inside it, when it begins
}

// tokenFrame is what opened a frame.
type tokenFrame uint8

const (
	openCommand tokenFrame = iota
	openParen
	openBracket
	openSub // the parenthesis of a subquery or a branch of FORK
)

// lexer cuts a query into tokens. It never stops: what it can't read becomes a tBad token with an issue.
type lexer struct {
	src      string
	pos      int
	stack    []frame
	depth    uint16 // open brackets
	toks     []token
	comments []Comment
	issues   []Issue
}

// commands are the names of commands that a release knows, with the mode of what follows.
func commandMode(word string) (mode, bool) {
	switch word {
	case "FROM", "TS":
		return modeFrom, true
	case "KEEP", "DROP":
		return modeProject, true
	case "ENRICH":
		return modeEnrich, true
	case "RENAME":
		return modeRename, true
	case "MV_EXPAND":
		return modeName, true
	case "SHOW":
		return modeShow, true
	case "FORK":
		return modeFork, true
	case "SET":
		return modeSet, true
	case "LOOKUP":
		return modeJoin, true
	case "INLINE":
		return modeInline, true
	case "PROMQL":
		return modePromQL, true
	case "CHANGE_POINT", "COMPLETION", "DISSECT", "EVAL", "FUSE", "GROK", "INLINESTATS", "IP_LOCATION", "LIMIT", "METRICS_INFO", "MMR",
		"REGISTERED_DOMAIN", "RERANK", "ROW", "SAMPLE", "SORT", "STATS", "TS_INFO", "URI_PARTS", "USER_AGENT", "WHERE":
		return modeExpr, true
	}
	return modeExpr, false
}

// commandNames are the commands, source commands first.
func commandNames() []string {
	return []string{"FROM", "ROW", "SHOW", "TS", "PROMQL", "SET", "CHANGE_POINT", "COMPLETION", "DISSECT", "DROP", "ENRICH", "EVAL", "FORK", "FUSE", "GROK",
		"INLINE STATS", "INLINESTATS", "IP_LOCATION", "KEEP", "LIMIT", "LOOKUP JOIN", "METRICS_INFO", "MMR", "MV_EXPAND", "REGISTERED_DOMAIN", "RENAME", "RERANK",
		"SAMPLE", "SORT", "STATS", "TS_INFO", "URI_PARTS", "USER_AGENT", "WHERE"}
}

func lex(src string) *lexer {
	l := &lexer{src: src, stack: []frame{{mode: modeCommand}}, toks: make([]token, 0, len(src)/4+4)}
	for {
		l.space()
		if l.pos >= len(src) {
			break
		}
		l.next()
	}
	l.emit(tEOF, len(src))
	return l
}

func (l *lexer) emit(k kind, end int) {
	l.toks = append(l.toks, token{int32(l.pos), int32(end), k, l.depth})
	l.pos = end
	switch k {
	case tLParen, tLSub, tLBracket, tLBrace:
		if l.depth < math.MaxUint16 {
			l.depth++
		}
	case tRParen, tRBracket, tRBrace:
		if l.depth > 0 {
			l.depth--
		}
	}
}

func (l *lexer) bad(end int, message, hint string) {
	l.issues = append(l.issues, Issue{Code: codeOf("syntax"), Level: Error, Phase: Parsing, Span: Span{Start: l.pos, End: end}, Message: message, Hint: hint})
	l.emit(tBad, end)
}

func (l *lexer) mode() mode { return l.stack[len(l.stack)-1].mode }
func (l *lexer) push(m mode, open tokenFrame) {
	l.stack = append(l.stack, frame{m, open, l.depth})
}
func (l *lexer) setMode(m mode) { l.stack[len(l.stack)-1].mode = m }
func (l *lexer) last() kind {
	if n := len(l.toks); n > 0 {
		return l.toks[n-1].kind
	}
	return tEOF
}

// space skips white space and comments. A block comment that is not closed ends nothing: it becomes tokens.
func (l *lexer) space() {
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		switch {
		case isSpace(c):
			l.pos++
		case c == '/' && strings.HasPrefix(l.src[l.pos:], "//"):
			end := l.pos
			for end < len(l.src) && l.src[end] != '\n' && l.src[end] != '\r' {
				end++
			}
			l.comments = append(l.comments, Comment{Range: Span{Start: l.pos, End: end}})
			l.pos = end
		case c == '/' && strings.HasPrefix(l.src[l.pos:], "/*"):
			end := blockEnd(l.src, l.pos)
			if end < 0 {
				l.bad(l.pos+2, "the comment is not closed", "close it with `*/`")
				l.pos = len(l.src)
				return
			}
			l.comments = append(l.comments, Comment{true, Span{Start: l.pos, End: end}})
			l.pos = end
		default:
			return
		}
	}
}

// blockEnd is the end of the block comment at i, which may hold others; -1 if it is not closed.
func blockEnd(src string, i int) int {
	depth := 0
	for i+1 < len(src) {
		switch {
		case src[i] == '/' && src[i+1] == '*':
			depth++
			i += 2
		case src[i] == '*' && src[i+1] == '/':
			depth--
			if i += 2; depth == 0 {
				return i
			}
		default:
			i++
		}
	}
	return -1
}

// next reads one token; white space is skipped already.
func (l *lexer) next() {
	m := l.mode()
	if m == modeCommand {
		l.command()
		return
	}
	c := l.src[l.pos]
	switch c {
	case '|':
		if m == modeExpr && strings.HasPrefix(l.src[l.pos:], "||") {
			l.bad(l.pos+2, "unexpected `||`", "write OR")
			return
		}
		l.pipe()
		return
	case ')':
		l.closeParen()
		return
	case '(':
		l.openParen()
		return
	case '[':
		l.emit(tLBracket, l.pos+1)
		if m == modeExpr {
			l.push(modeExpr, openBracket)
		}
		return
	case ']':
		l.emit(tRBracket, l.pos+1)
		if n := len(l.stack) - 1; l.stack[n].open == openBracket {
			l.stack = l.stack[:n]
		}
		return
	}
	switch m {
	case modeFrom, modeJoin:
		l.source(m)
	case modeProject, modeRename, modeEnrichField:
		l.pattern(m)
	case modeEnrich:
		l.policy()
	case modePromQL:
		l.promql()
	default:
		l.expr(m)
	}
}

// command reads the first word of a command: all up to white space, a bracket or a slash.
func (l *lexer) command() {
	end := l.pos
	for end < len(l.src) && !isSpace(l.src[end]) && l.src[end] != '[' && l.src[end] != ']' && l.src[end] != '/' {
		end++
	}
	if end == l.pos {
		_, n := utf8.DecodeRuneInString(l.src[l.pos:])
		l.bad(l.pos+n, "unexpected "+quoted(l.src[l.pos:l.pos+n])+": expected the name of a command", "")
		return
	}
	word := strings.ToUpper(l.src[l.pos:end])
	m, ok := commandMode(word)
	if ok {
		l.emit(tCommand, end)
		l.push(m, openCommand)
		return
	}
	l.unknown(end)
}

// unknown takes a word that is no command. Elasticsearch takes all of "WHERE(a)|KEEP"; the pipe, the parenthesis and
// what follows are tokens here, so that the rest of the query can be read.
func (l *lexer) unknown(end int) {
	if n := strings.IndexAny(l.src[l.pos:end], "|()"); n > 0 {
		end = l.pos + n
	} else if n == 0 {
		end = l.pos + 1
	}
	switch l.src[l.pos:end] {
	case "|":
		l.emit(tPipe, end)
		return
	case ")":
		l.closeParen()
		return
	}
	m := modeExpr
	if known, ok := commandMode(strings.ToUpper(l.src[l.pos:end])); ok {
		m = known
	}
	l.emit(tUnknown, end)
	l.push(m, openCommand)
}

// pipe ends a command, and what was left open in it.
func (l *lexer) pipe() {
	n := len(l.stack) - 1
	for l.stack[n].open == openParen || l.stack[n].open == openBracket {
		n--
	}
	if l.stack[n].mode != modeCommand {
		n--
	}
	l.stack = l.stack[:max(n, 0)+1]
	l.depth = l.stack[len(l.stack)-1].depth
	l.emit(tPipe, l.pos+1)
}

func (l *lexer) openParen() {
	switch l.mode() {
	case modeFork, modeFrom:
		l.emit(tLSub, l.pos+1)
		l.push(modeCommand, openSub)
	default:
		sub := l.mode() == modeExpr && l.last() == tIn
		l.emit(tLParen, l.pos+1)
		if sub {
			l.space()
			sub = l.subqueryAhead()
		}
		if sub {
			l.toks[len(l.toks)-1].kind = tLSub
			l.push(modeCommand, openSub)
			return
		}
		m := l.mode()
		if m != modePromQL && m != modeProject && m != modeRename {
			m = modeExpr
		}
		l.push(m, openParen)
	}
}

// subqueryAhead tells whether a source command follows.
func (l *lexer) subqueryAhead() bool {
	end := l.pos
	for end < len(l.src) && isWord(l.src[end]) {
		end++
	}
	switch strings.ToUpper(l.src[l.pos:end]) {
	case "FROM", "TS", "ROW", "SHOW", "PROMQL":
		return true
	}
	return false
}

// closeParen ends a group, or the branch or subquery whose last command this is.
func (l *lexer) closeParen() {
	l.emit(tRParen, l.pos+1)
	n := len(l.stack) - 1
	for l.stack[n].open == openBracket {
		n--
	}
	if l.stack[n].open == openCommand && n > 0 && l.stack[n-1].open == openSub {
		n--
	}
	switch l.stack[n].open {
	case openSub:
		l.toks[len(l.toks)-1].kind = tRSub
		fallthrough
	case openParen:
		l.depth = l.stack[n].depth - 1
		l.stack = l.stack[:n]
	}
}

// word reads a name of letters, digits and _, from a start that may be @ or _.
func (l *lexer) word() int {
	end := l.pos + 1
	for end < len(l.src) && isWord(l.src[end]) {
		end++
	}
	return end
}

// quotedName is the end of the back-quoted name at i; -1 if it is not closed. Two back-quotes stand for one.
func quotedName(src string, i int) int {
	for i++; i < len(src); i++ {
		if src[i] != '`' {
			continue
		}
		if i+1 < len(src) && src[i+1] == '`' {
			i++
			continue
		}
		return i + 1
	}
	return -1
}

// param reads ?, ?1, ?name, ??, ??1 or ??name.
func (l *lexer) param() {
	end, k := l.pos+1, tParam
	if end < len(l.src) && l.src[end] == '?' {
		end, k = end+1, tParam2
	}
	for end < len(l.src) && isWord(l.src[end]) {
		end++
	}
	l.emit(k, end)
}

// quoted puts text into back-quotes for a message, cut to a readable length.
func quoted(s string) string {
	const most = 120 // names of columns in rules have up to a hundred
	if len(s) > 5*most*utf8.UTFMax {
		s = s[:5*most*utf8.UTFMax]
	}
	if utf8.RuneCountInString(s) > most {
		r := []rune(s[:min(len(s), most*utf8.UTFMax)])
		s = string(r[:min(len(r), most)]) + "…"
	}
	s = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return "`" + s + "`"
}
