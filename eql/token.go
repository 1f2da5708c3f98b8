package eql

// kind is the kind of a token of the lexer.
type kind uint8

const (
	tEOF kind = iota
	tIdent
	tQuotedIdent // `…`
	tTildeIdent  // name~
	tInt
	tDecimal
	tString    // "…"
	tRawString // """…"""
	tOldString // '…', ?"…", ?'…' and typographic quotes: reported by the lexer, taken as a string

	// Reserved words, in the order of their text (LANGUAGE.md 1.2).
	tAnd
	tAny
	tBy
	tFalse
	tIn
	tInFold
	tJoin
	tLike
	tLikeFold
	tMaxspan
	tNot
	tNull
	tOf
	tOr
	tRegex
	tRegexFold
	tSample
	tSequence
	tTrue
	tUntil
	tWhere
	tWith

	tColon
	tAssign
	tEq
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
	tDot
	tComma
	tLBracket
	tRBracket
	tLParen
	tRParen
	tPipe
	tQuestion
	tMissing // ![

	// Not EQL; kept as tokens so that the parser can say what to write instead.
	tAndAnd // &&
	tOrOr   // ||
	tBang   // !
)

// token is a piece of the source that the grammar sees. Offsets are 32 bit: maxSource is far below.
type token struct {
	start, end int32
	kind       kind
}

func (t token) span() Span { return Span{Start: int(t.start), End: int(t.end)} }

// keywords are the reserved words without "~".
func keyword(s string) kind {
	if len(s) < 2 || len(s) > 8 {
		return tIdent
	}
	switch s {
	case "and":
		return tAnd
	case "any":
		return tAny
	case "by":
		return tBy
	case "false":
		return tFalse
	case "in":
		return tIn
	case "join":
		return tJoin
	case "like":
		return tLike
	case "maxspan":
		return tMaxspan
	case "not":
		return tNot
	case "null":
		return tNull
	case "of":
		return tOf
	case "or":
		return tOr
	case "regex":
		return tRegex
	case "sample":
		return tSample
	case "sequence":
		return tSequence
	case "true":
		return tTrue
	case "until":
		return tUntil
	case "where":
		return tWhere
	case "with":
		return tWith
	}
	return tIdent
}

func (k kind) isKeyword() bool { return k >= tAnd && k <= tWith }

// startsExpr tells whether an expression can begin with the token.
func (k kind) startsExpr() bool {
	switch k {
	case tIdent, tQuotedIdent, tTildeIdent, tInt, tDecimal, tString, tRawString, tOldString,
		tNot, tNull, tTrue, tFalse, tPlus, tMinus, tLParen, tQuestion, tBang:
		return true
	}
	return false
}

const (
	charSpace = 1 << iota
	charIdentStart
	charIdent
	charDigit
	charHex
)

// charClass classifies the bytes below 0x80; all others are zero (LANGUAGE.md 1.1, 1.3).
var charClass = [256]uint8{
	' ': charSpace, '\t': charSpace, '\r': charSpace, '\n': charSpace,
	'_': charIdentStart | charIdent, '@': charIdentStart,
	'0': charDigit | charIdent | charHex, '1': charDigit | charIdent | charHex, '2': charDigit | charIdent | charHex,
	'3': charDigit | charIdent | charHex, '4': charDigit | charIdent | charHex, '5': charDigit | charIdent | charHex,
	'6': charDigit | charIdent | charHex, '7': charDigit | charIdent | charHex, '8': charDigit | charIdent | charHex,
	'9': charDigit | charIdent | charHex,
	'a': charLetterHex, 'b': charLetterHex, 'c': charLetterHex, 'd': charLetterHex, 'e': charLetterHex, 'f': charLetterHex,
	'A': charLetterHex, 'B': charLetterHex, 'C': charLetterHex, 'D': charLetterHex, 'E': charLetterHex, 'F': charLetterHex,
	'g': charLetter, 'h': charLetter, 'i': charLetter, 'j': charLetter, 'k': charLetter, 'l': charLetter, 'm': charLetter,
	'n': charLetter, 'o': charLetter, 'p': charLetter, 'q': charLetter, 'r': charLetter, 's': charLetter, 't': charLetter,
	'u': charLetter, 'v': charLetter, 'w': charLetter, 'x': charLetter, 'y': charLetter, 'z': charLetter,
	'G': charLetter, 'H': charLetter, 'I': charLetter, 'J': charLetter, 'K': charLetter, 'L': charLetter, 'M': charLetter,
	'N': charLetter, 'O': charLetter, 'P': charLetter, 'Q': charLetter, 'R': charLetter, 'S': charLetter, 'T': charLetter,
	'U': charLetter, 'V': charLetter, 'W': charLetter, 'X': charLetter, 'Y': charLetter, 'Z': charLetter,
}

const (
	charLetter    = charIdentStart | charIdent
	charLetterHex = charLetter | charHex
)

func isDigit(c byte) bool { return c-'0' < 10 }
