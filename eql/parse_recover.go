package eql

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/near"
)

// What the parser does after an error: where it goes on, and which errors only follow from earlier ones.

// stragglers reports what stands behind a complete expression and is not its end. The parser goes on where another
// condition begins, so that later errors are found, and joins it with and.
func (p *parser) stragglers(x Expr, ends func() bool) Expr {
	for !ends() {
		p.straggler()
		if p.resume(ends); ends() {
			break
		}
		from := p.i
		y := p.expr()
		if p.i == from {
			p.i++
		}
		at := y.Span().Start
		x = p.binary(And, Span{Start: at, End: at}, x, y)
	}
	return x
}

// nearWords returns the keywords that the current token may be a slip of.
func (p *parser) nearWords(words ...string) []string {
	if t := p.tok(); t.kind == tIdent && t.end-t.start > 1 {
		return near.Names(strings.ToLower(p.text(t)), words)
	}
	return nil
}

// misspelt reports the current token as a slip of a keyword.
func (p *parser) misspelt(expected, word string) {
	t := p.tok()
	p.confused = p.i
	p.add(Issue{Span: t.span(), Message: fmt.Sprintf("expected %s, found %s", expected, p.describe(t)), Hint: "did you mean " + word + "?",
		Edits: []Edit{{Span: t.span(), New: word}}, Unsafe: true})
}

// resume skips to the end, behind the next "and" or "or", or to a token that begins a condition.
func (p *parser) resume(ends func() bool) {
	for depth := 0; !p.at(tEOF) && !p.at(tPipe); p.i++ {
		switch k := p.kind(); {
		case k == tLParen:
			depth++
		case depth > 0:
			if k == tRParen {
				depth--
			}
		case ends() || p.conditionAhead():
			return
		case k == tAnd || k == tOr || k == tAndAnd || k == tOrOr:
			p.i++
			return
		}
	}
}

// maxPathAhead bounds the look at a field name ahead, in tokens.
const maxPathAhead = 64

// conditionAhead tells whether a condition begins here: not, or a name with an operator or parenthesis behind it.
func (p *parser) conditionAhead() bool {
	n := 0
	switch p.kind() {
	case tNot:
		return true
	case tQuestion:
		n++
	}
	for n < maxPathAhead && isName(p.peek(n).kind) {
		n++
		switch p.peek(n).kind {
		case tDot:
			n++
		case tLParen, tEq, tNe, tLt, tLe, tGt, tGe, tAssign, tColon, tIn, tInFold, tLike, tLikeFold, tRegex, tRegexFold, tNot:
			return true
		default:
			return false
		}
	}
	return false
}

func isName(k kind) bool { return k == tIdent || k == tQuotedIdent || k == tTildeIdent }

// straggler reports a token that cannot follow a complete condition.
func (p *parser) straggler() {
	t, hint := p.tok(), ""
	if names := p.nearWords("and", "or", "in", "like", "regex", "not"); len(names) > 0 && !p.consequence() && p.peek(1).kind != tDot && !p.behindQuote() {
		p.misspelt("and, or, or the end of the condition", names[0])
		return
	}
	switch t.kind {
	case tIdent:
		if word := strings.ToLower(p.text(t)); word == "contains" || word == "startswith" || word == "endswith" || word == "matches" || word == "rlike" {
			hint = "EQL has no such operator: use :, like or a function such as stringContains(field, \"…\")"
		} else if p.i > 0 && p.prevEnd() == int(t.start) && p.toks[p.i-1].kind == tInt {
			hint = "a name that begins with a digit needs back-quotes"
		} else {
			hint = "two conditions need and or or between them"
		}
	case tColon, tLike, tLikeFold, tRegex, tRegexFold, tIn, tInFold:
		hint = "one condition can have only one such operator"
	case tWhere:
		hint = "a query has one where"
	case tBang:
		hint = "write not in front of the whole comparison"
	case tDot, tQuestion:
		hint = "two conditions need and or or between them"
	case tAssign, tEq:
		hint = "comparisons cannot be chained"
	case tLBracket:
		hint = "array indexes and lists in brackets do not exist"
	case tComma:
		hint = "conditions are combined with and or or"
	case tRParen, tRBracket:
		hint = "remove it, or add the opening one"
	case tString, tRawString, tOldString, tInt, tDecimal:
		hint = "an operator is missing in front of it"
	}
	p.expected("and, or, or the end of the condition", hint)
}

// consequence tells whether an error at the current token comes from an earlier one: the token was reported already,
// or one closely before it, or it is a parenthesis that has its partner and is only met at the wrong time.
func (p *parser) consequence() bool {
	const calm = 2 // tokens after which an unexpected one is an error of its own
	return p.lastErr == p.i || p.confused >= 0 && (p.i-p.confused <= calm || p.at(tRParen) && p.pair(p.i) >= 0)
}

// dropConsequences removes what the grammar says about a line with a string that is not closed, where code and text
// are mistaken for each other, about brackets whose partner may stand in such a string, and what lies behind a "/*" that
// was swallowed up. The first error always stays.
func (p *parser) dropConsequences(open []Span) {
	swallowed := p.swallowed()
	if len(open) == 0 && swallowed == len(p.src) {
		return
	}
	unclosed := len(open) > 0
	open = slices.DeleteFunc(open, func(s Span) bool { return s.Start >= swallowed })
	kept := p.issues[:0:0]
	for i, is := range p.issues {
		_, itself := slices.BinarySearchFunc(open, is.Span.Start, func(s Span, at int) int { return cmp.Compare(s.Start, at) })
		switch {
		case is.Span.Start >= swallowed:
		case i < p.lexed && (itself || len(is.Edits) > 0 || is.Level != Error):
			kept = append(kept, is)
		case unclosed && slices.Contains(p.unbalanced, i) || len(open) > 0 && p.onLineOf(open, is.Span.Start):
		default:
			kept = append(kept, is)
		}
	}
	if slices.ContainsFunc(kept, func(is Issue) bool { return is.Level == Error }) {
		p.issues = kept
	}
}

// swallowed finds a comment that has no end or is not balanced, behind an error: without that error its "/*" would be
// part of a text ("/etc/*"). It returns the end of the source if there is none.
func (p *parser) swallowed() int {
	first, comment := len(p.src), len(p.src)
	for i, is := range p.issues {
		switch isComment := strings.HasPrefix(p.src[is.Span.Start:], "/*"); {
		case isComment && i < p.lexed:
			comment = min(comment, is.Span.Start)
		case is.Level == Error && i >= p.lexed && !slices.Contains(p.unbalanced, i):
			first = min(first, is.Span.Start)
		}
	}
	if first < comment {
		return comment
	}
	return len(p.src)
}

// onLineOf tells whether an offset lies on the line of one of the spans, which are in order.
func (p *parser) onLineOf(open []Span, at int) bool {
	i, _ := slices.BinarySearchFunc(open, at, func(s Span, at int) int { return cmp.Compare(s.Start, at) })
	if i < len(open) && !strings.ContainsAny(p.src[at:open[i].Start], "\r\n") {
		return true
	}
	return i > 0 && !strings.ContainsAny(p.src[open[i-1].Start:at], "\r\n")
}

func (p *parser) afterLexError() bool {
	from := 0
	if p.i > 0 {
		from = int(p.toks[p.i-1].start)
	}
	to := int(p.tok().end)
	for i := range p.issues[:p.lexed] {
		is := &p.issues[i]
		if is.Level == Error && is.Span.Start >= from && is.Span.Start < to+1 && len(is.Edits) == 0 {
			return true
		}
	}
	return false
}
