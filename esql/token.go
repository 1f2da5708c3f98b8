package esql

// kind is the kind of a token of the lexer.
type kind uint8

const (
	tEOF kind = iota
	tBad      // a character or an unfinished literal that no rule of the mode takes: reported by the lexer

	tCommand // a word in the place of a command that is one
	tUnknown // a word in the place of a command that is none

	tIdent
	tQuotedIdent // `…`
	tPattern     // a name in KEEP, DROP, RENAME and ENRICH … ON, wildcards and back-quotes included
	tSource      // index name, name of a policy
	tInt
	tDecimal
	tString // "…" and """…"""
	tParam  // ?, ?1, ?name
	tParam2 // ??, ??1, ??name

	// Keywords of expressions.
	tAnd
	tAs
	tAsc
	tBy
	tDesc
	tFalse
	tFirst
	tIn
	tIs
	tLast
	tLike
	tNot
	tNull
	tNulls
	tOn
	tOr
	tRlike
	tTrue
	tWhere
	tWith

	// Keywords of one mode each.
	tMetadata
	tInfo
	tJoin
	tStats

	tColon
	tCast // ::
	tSemicolon
	tComma
	tDot
	tAssign
	tEq
	tCIEq // =~
	tNe
	tLt
	tLe
	tGt
	tGe
	tPlus
	tMinus
	tStar
	tSlash
	tPercent
	tLBracket
	tRBracket
	tLParen
	tRParen
	tLSub // ( of a subquery or a branch of FORK
	tRSub
	tLBrace
	tRBrace
	tPipe
)

// token is a piece of the source that the grammar sees.
type token struct {
	start, end int32
	kind       kind
	depth      uint16 // open brackets around it, its own not counted for an opening one
}

func (t token) span() Span { return Span{Start: int(t.start), End: int(t.end)} }

// keyword returns the kind of a word of an expression; tIdent if it is none.
func keyword(s string) kind {
	if len(s) < 2 || len(s) > 5 {
		return tIdent
	}
	var b [5]byte
	for i := 0; i < len(s); i++ {
		b[i] = lower(s[i])
	}
	switch string(b[:len(s)]) {
	case "and":
		return tAnd
	case "asc":
		return tAsc
	case "by":
		return tBy
	case "desc":
		return tDesc
	case "false":
		return tFalse
	case "first":
		return tFirst
	case "in":
		return tIn
	case "is":
		return tIs
	case "last":
		return tLast
	case "like":
		return tLike
	case "not":
		return tNot
	case "null":
		return tNull
	case "nulls":
		return tNulls
	case "on":
		return tOn
	case "or":
		return tOr
	case "rlike":
		return tRlike
	case "true":
		return tTrue
	case "where":
		return tWhere
	case "with":
		return tWith
	}
	return tIdent
}

func (k kind) isKeyword() bool { return k >= tAnd && k <= tWith }

func lower(c byte) byte {
	if c-'A' < 26 {
		return c + 'a' - 'A'
	}
	return c
}

func isLetter(c byte) bool { return lower(c)-'a' < 26 }
func isDigit(c byte) bool  { return c-'0' < 10 }

// isWord tells whether a byte continues a name.
func isWord(c byte) bool { return isLetter(c) || isDigit(c) || c == '_' }

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
