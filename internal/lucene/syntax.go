package lucene

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxRegexpLength is index.max_regex_length: a longer pattern, in UTF-16 units, fails at run time.
const MaxRegexpLength = 1000

// maxDepth bounds nested groups and complements.
const maxDepth = 500

// JoinPatterns returns the one expression that a list of patterns stands for, "a|b".
func JoinPatterns(patterns []string) string { return strings.Join(patterns, "|") }

// RegexpLength returns the length of a pattern as index.max_regex_length counts it.
func RegexpLength(pattern string) int {
	n := 0
	for _, r := range pattern {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// SyntaxError is an error in a regular expression. Offset is the byte offset into the pattern.
type SyntaxError struct {
	Pattern string
	Offset  int
	Message string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s at offset %d of regular expression %.80q", e.Message, e.Offset, e.Pattern)
}

// syntax is a node of a parsed expression.
type syntax interface{ isSyntax() }

type (
	text     string            // literal code points; empty = the empty string
	anyChar  struct{}          // .
	anyText  struct{}          // @
	nothing  struct{}          // #
	class    struct{ set set } // [...], \d; already folded where it must be
	concat   []syntax
	union    []syntax
	both     []syntax // a&b
	negation struct{ x syntax }
	repeat   struct {
		x        syntax
		min, max int // max -1 = unbounded
	}
)

func (text) isSyntax()     {}
func (anyChar) isSyntax()  {}
func (anyText) isSyntax()  {}
func (nothing) isSyntax()  {}
func (class) isSyntax()    {}
func (concat) isSyntax()   {}
func (union) isSyntax()    {}
func (both) isSyntax()     {}
func (negation) isSyntax() {}
func (repeat) isSyntax()   {}

// parser reads Lucene's regular expression syntax with all optional operators on, as of Lucene 10.5. An operator where an
// operand must stand is a literal, as in Lucene's recursive descent.
type parser struct {
	source string // the pattern as written
	in     string // without the quantifiers that Elasticsearch drops
	moved  []int  // offsets of in in source; nil if they are the same
	pos    int
	depth  int
	fold   Case
}

type syntaxPanic struct{ err *SyntaxError }

// catch runs f and returns the syntax error it stopped at.
func catch(f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			sp, ok := r.(syntaxPanic)
			if !ok {
				panic(r)
			}
			err = sp.err
		}
	}()
	f()
	return nil
}

func parseRegexp(pattern string, c Case) (tree syntax, err error) {
	if pattern == "" {
		return text(""), nil
	}
	p := &parser{source: pattern, fold: c}
	p.in, p.moved = collapse(pattern)
	err = catch(func() {
		tree = p.union()
		if p.more() {
			p.fail(p.pos, "expected the end, found %q", p.in[p.pos:p.pos+1])
		}
	})
	return tree, err
}

func (p *parser) fail(at int, format string, args ...any) {
	if p.moved != nil {
		at = p.moved[at]
	}
	panic(syntaxPanic{&SyntaxError{Pattern: p.source, Offset: at, Message: fmt.Sprintf(format, args...)}})
}

func (p *parser) more() bool { return p.pos < len(p.in) }

// peek reports whether the next byte is one of the given ASCII characters.
func (p *parser) peek(chars string) bool {
	return p.more() && strings.IndexByte(chars, p.in[p.pos]) >= 0
}

func (p *parser) match(c byte) bool {
	if p.more() && p.in[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

func (p *parser) next() rune {
	if !p.more() {
		p.fail(p.pos, "unexpected end")
	}
	r, n := utf8.DecodeRuneInString(p.in[p.pos:])
	p.pos += n
	return r
}

func (p *parser) enter() {
	if p.depth++; p.depth > maxDepth {
		p.fail(p.pos, "nested more than %d deep", maxDepth)
	}
}

func (p *parser) union() syntax {
	list := union{p.intersection()}
	for p.match('|') {
		list = append(list, p.intersection())
	}
	if len(list) == 1 {
		return list[0]
	}
	return list
}

func (p *parser) intersection() syntax {
	list := both{p.concat()}
	for p.match('&') {
		list = append(list, p.concat())
	}
	if len(list) == 1 {
		return list[0]
	}
	return list
}

func (p *parser) concat() syntax {
	list := concat{p.repeat()}
	for p.more() && !p.peek(")|&") {
		next := p.repeat()
		if a, ok := list[len(list)-1].(text); ok {
			if b, ok := next.(text); ok {
				list[len(list)-1] = a + b
				continue
			}
		}
		list = append(list, next)
	}
	if len(list) == 1 {
		return list[0]
	}
	return list
}

func (p *parser) repeat() syntax {
	x := p.complement()
	for n := 0; p.more(); n++ {
		switch {
		case p.match('?'):
			x = repeat{x, 0, 1}
		case p.match('*'):
			x = repeat{x, 0, -1}
		case p.match('+'):
			x = repeat{x, 1, -1}
		case p.match('{'):
			lo, hi := p.counts()
			x = repeat{x, lo, hi}
		default:
			return x
		}
		if n > maxDepth {
			p.fail(p.pos, "more than %d repetitions of one atom", maxDepth)
		}
	}
	return x
}

func (p *parser) counts() (lo, hi int) {
	open := p.pos - 1
	lo, ok := p.number()
	if !ok {
		p.fail(p.pos, "expected a number after {")
	}
	hi = lo
	if p.match(',') {
		if hi, ok = p.number(); !ok {
			hi = -1
		}
	}
	if !p.match('}') {
		p.fail(p.pos, "expected }")
	}
	if hi >= 0 && lo > hi {
		p.fail(open, "repetition bounds out of order in %q", p.in[open:p.pos])
	}
	return lo, hi
}

func (p *parser) number() (int, bool) {
	start := p.pos
	for p.peek("0123456789") {
		p.pos++
	}
	if start == p.pos {
		return 0, false
	}
	n, err := strconv.ParseInt(p.in[start:p.pos], 10, 32)
	if err != nil {
		p.fail(start, "number %.20s is too large", p.in[start:p.pos])
	}
	return int(n), true
}

func (p *parser) complement() syntax {
	flip := false
	any := false
	for p.match('~') {
		flip, any = !flip, true
	}
	x := p.classExp()
	if any && !flip {
		return negation{negation{x}}
	}
	if flip {
		return negation{x}
	}
	return x
}

func (p *parser) classExp() syntax {
	open := p.pos
	if !p.match('[') {
		return p.simple()
	}
	negate := p.match('^')
	var s set
	single := rune(-1)
	for n := 0; n == 0 || p.more() && !p.peek("]"); n++ {
		lo, hi := p.classItem(&s)
		if single = -1; n == 0 && lo == hi {
			single = lo
		}
	}
	if !p.match(']') {
		p.fail(open, "missing ] for [")
	}
	if single >= 0 && !negate {
		return text(string(single))
	}
	if single >= 0 {
		p.fold.orbit(single, func(r rune) { s = append(s, runeRange{r, r}) })
	}
	s.normalize()
	if negate {
		s = s.complement()
	}
	return class{s}
}

// classItem adds one item of a class. Single characters fold, ranges do not. What follows a backslash is single: only the
// end of a range may be escaped too, and there a letter stands for itself. It returns the bounds, or -1 and -2 for a
// predefined class.
func (p *parser) classItem(s *set) (lo, hi rune) {
	start := p.pos
	if pre, ok := p.predefined(); ok {
		*s = append(*s, pre...)
		return -1, -2
	}
	escaped := p.match('\\')
	lo = p.next()
	if escaped || !p.match('-') {
		p.fold.orbit(lo, func(r rune) { *s = append(*s, runeRange{r, r}) })
		return lo, lo
	}
	hi = p.char()
	if lo > hi {
		p.fail(start, "invalid range %q in a class", p.in[start:p.pos])
	}
	*s = append(*s, runeRange{lo, hi})
	return lo, hi
}

func (p *parser) simple() syntax {
	start := p.pos
	switch {
	case p.match('.'):
		return anyChar{}
	case p.match('#'):
		return nothing{}
	case p.match('@'):
		return anyText{}
	case p.match('"'):
		n := strings.IndexByte(p.in[p.pos:], '"')
		if n < 0 {
			p.fail(start, `missing closing " (write \" for a quote)`)
		}
		p.pos += n + 1
		return text(p.in[start+1 : p.pos-1])
	case p.match('('):
		return p.group(start)
	case p.match('<'):
		return p.interval(start)
	}
	if pre, ok := p.predefined(); ok {
		return class{pre}
	}
	return text(string(p.char()))
}

func (p *parser) group(start int) syntax {
	if p.match(')') {
		return text("")
	}
	p.enter()
	x := p.union()
	p.depth--
	if !p.match(')') {
		p.fail(start, "missing ) for (")
	}
	return x
}

func (p *parser) interval(start int) syntax {
	n := strings.IndexByte(p.in[p.pos:], '>')
	if n < 0 {
		p.fail(start, `missing > for < (write \< for the character)`)
	}
	body := p.in[p.pos : p.pos+n]
	p.pos += n + 1
	a, b, ok := strings.Cut(body, "-")
	if !ok {
		p.fail(start, "no automaton is named %.40q (write \\< for the character)", body)
	}
	lo, ok1 := javaInt(a)
	hi, ok2 := javaInt(b)
	if !ok1 || !ok2 {
		p.fail(start, "bad interval <%.40s>, expected two numbers up to %d", body, math.MaxInt32)
	}
	x := interval{lo: min(lo, hi), hi: max(lo, hi)}
	if RegexpLength(a) == RegexpLength(b) {
		x.width = RegexpLength(a)
	}
	return x
}

// javaInt reads what Java's Integer.parseInt reads, without a minus: a sign and decimal digits of any script.
func javaInt(s string) (int, bool) {
	digits := strings.TrimPrefix(s, "+")
	v := int64(0)
	for _, r := range digits {
		d := decimalDigit(r)
		if d < 0 {
			return 0, false
		}
		if v = 10*v + int64(d); v > math.MaxInt32 {
			return 0, false
		}
	}
	return int(v), digits != ""
}

// decimalDigit is the value of a digit of the Basic Multilingual Plane, or -1.
func decimalDigit(r rune) int {
	if r >= '0' && r <= '9' {
		return int(r - '0')
	}
	for _, x := range unicode.Nd.R16 {
		if r >= rune(x.Lo) && r <= rune(x.Hi) {
			return int(r-rune(x.Lo)) % 10
		}
	}
	return -1
}

// anyWidth is the numbers from lo to hi with any number of leading zeros.
func anyWidth(lo, hi int) syntax {
	var list union
	for limit := 10; lo <= hi; limit *= 10 { // one piece for each number of digits
		if end := min(hi, limit-1); lo <= end {
			list = append(list, sameWidth(strconv.Itoa(lo), strconv.Itoa(end)))
			lo = end + 1
		}
	}
	return concat{repeat{digits('0', '0'), 0, -1}, list}
}

// sameWidth is the digit strings from lo to hi, which have one length.
func sameWidth(lo, hi string) syntax {
	if lo == "" {
		return text("")
	}
	rest := len(lo) - 1
	if lo[0] == hi[0] {
		return concat{digits(lo[0], lo[0]), sameWidth(lo[1:], hi[1:])}
	}
	list := union{
		concat{digits(lo[0], lo[0]), sameWidth(lo[1:], strings.Repeat("9", rest))},
		concat{digits(hi[0], hi[0]), sameWidth(strings.Repeat("0", rest), hi[1:])},
	}
	if hi[0]-lo[0] > 1 {
		list = append(list, concat{digits(lo[0]+1, hi[0]-1), repeat{digits('0', '9'), rest, rest}})
	}
	return list
}

func digits(lo, hi byte) syntax { return class{set{{rune(lo), rune(hi)}}} }

// predefined reads \d and its kin; a backslash before any other letter is an error.
func (p *parser) predefined() (set, bool) {
	if !p.peek(`\`) || p.pos+1 >= len(p.in) {
		return nil, false
	}
	c := p.in[p.pos+1]
	var s set
	switch c | 0x20 {
	case 'd':
		s = set{{'0', '9'}}
	case 's':
		s = set{{'\t', '\n'}, {'\r', '\r'}, {' ', ' '}}
	case 'w':
		s = set{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}
	default:
		if 'a' <= c|0x20 && c|0x20 <= 'z' {
			p.fail(p.pos, "invalid character class \\%c", c)
		}
		return nil, false
	}
	p.pos += 2
	if c < 'a' {
		s = s.complement()
	}
	return s, true
}

// char reads one literal code point, escaped or not.
func (p *parser) char() rune {
	p.match('\\')
	return p.next()
}

// runeRange is an inclusive range of code points.
type runeRange struct{ lo, hi rune }

// set is a list of ranges; normalize sorts and merges them.
type set []runeRange

func (s *set) normalize() {
	slices.SortFunc(*s, func(a, b runeRange) int { return int(a.lo) - int(b.lo) })
	out := (*s)[:0]
	for _, r := range *s {
		if n := len(out); n > 0 && r.lo <= out[n-1].hi+1 {
			out[n-1].hi = max(out[n-1].hi, r.hi)
			continue
		}
		out = append(out, r)
	}
	*s = out
}

// complement needs a normalized set.
func (s set) complement() set {
	var out set
	next := rune(0)
	for _, r := range s {
		if r.lo > next {
			out = append(out, runeRange{next, r.lo - 1})
		}
		next = r.hi + 1
	}
	if next <= utf8.MaxRune {
		out = append(out, runeRange{next, utf8.MaxRune})
	}
	return out
}
