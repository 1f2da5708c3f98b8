// Package backtrack is a regular expression engine with what package regexp leaves out and java.util.regex and Oniguruma
// have: look-around, atomic groups, possessive repetition, back-references, class intersection. It searches by
// backtracking with a limit on steps, so that no expression can hang a run.
package backtrack

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Flavor says whose syntax and defaults an expression has.
type Flavor uint8

// Java is java.util.regex; Ruby is Oniguruma's default, which grok patterns are written for: "^" and "$" stand at lines.
const (
	Java Flavor = iota
	Ruby
)

// Limits on what an expression may be.
const (
	maxDepth   = 200
	maxProgram = 200000
)

// SyntaxError says where an expression is wrong.
type SyntaxError struct {
	Pattern string
	Offset  int // in bytes
	Message string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s near index %d in the regular expression `%s`", e.Message, e.Offset, e.Pattern)
}

type nodeKind uint8

const (
	nEmpty nodeKind = iota
	nChar
	nSet
	nCat
	nAlt
	nRepeat
	nGroup // capturing
	nAtomic
	nLook
	nBackref
	nAssert
)

type node struct {
	kind     nodeKind
	r        rune
	fold     bool
	set      *set
	subs     []*node
	min, max int  // nRepeat; max -1: no limit
	lazy     bool // nRepeat
	poss     bool
	n        int // nGroup, nBackref: the group
	neg      bool
	behind   bool
	op       opcode // nAssert
}

type flags struct{ fold, dotAll, multi, extended bool }

type parser struct {
	flavor Flavor
	src    string
	at     int
	flags  flags
	groups int
	names  map[string][]int
	depth  int
	refs   []ref
	// quoteEnd is the end of a \Q...\E; up to it all characters stand for themselves.
	quoteEnd int
}

type ref struct {
	node *node
	name string
	at   int
}

func (p *parser) fail(at int, format string, args ...any) error {
	return &SyntaxError{p.src, at, fmt.Sprintf(format, args...)}
}

func (p *parser) more() bool { return p.at < len(p.src) }

func (p *parser) peek(s string) bool { return strings.HasPrefix(p.src[p.at:], s) }

func (p *parser) accept(s string) bool {
	if p.peek(s) {
		p.at += len(s)
		return true
	}
	return false
}

func (p *parser) next() rune {
	r, n := utf8.DecodeRuneInString(p.src[p.at:])
	p.at += n
	return r
}

func (p *parser) parse() (*node, error) {
	n, err := p.alternatives()
	if err != nil {
		return nil, err
	}
	if p.more() {
		return nil, p.fail(p.at, "unmatched closing `)`")
	}
	for _, r := range p.refs {
		if r.name != "" {
			groups := p.names[r.name]
			if len(groups) == 0 {
				return nil, p.fail(r.at, "no group has the name `%s`", r.name)
			}
			r.node.n = groups[len(groups)-1]
		}
		if r.node.n > p.groups {
			return nil, p.fail(r.at, "no group has the number %d", r.node.n)
		}
	}
	return n, nil
}

func (p *parser) alternatives() (*node, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		return nil, p.fail(p.at, "more than %d groups within one another", maxDepth)
	}
	alt := &node{kind: nAlt}
	for {
		n, err := p.sequence()
		if err != nil {
			return nil, err
		}
		alt.subs = append(alt.subs, n)
		if !p.accept("|") {
			break
		}
	}
	if len(alt.subs) == 1 {
		return alt.subs[0], nil
	}
	return alt, nil
}

func (p *parser) sequence() (*node, error) {
	cat := &node{kind: nCat}
	for p.more() && (p.at < p.quoteEnd || !p.peek("|") && !p.peek(")")) {
		if p.flags.extended && p.at >= p.quoteEnd && p.skipComment() {
			continue
		}
		n, err := p.atom()
		if err != nil {
			return nil, err
		}
		if n == nil {
			continue
		}
		if n, err = p.repeats(n); err != nil {
			return nil, err
		}
		cat.subs = append(cat.subs, n)
	}
	return cat, nil
}

func (p *parser) skipComment() bool {
	switch c := p.src[p.at]; {
	case c == '#':
		for p.more() && p.src[p.at] != '\n' {
			p.at++
		}
		return true
	case c == ' ' || c >= '\t' && c <= '\r':
		p.at++
		return true
	}
	return false
}

func (p *parser) repeats(n *node) (*node, error) {
	for p.more() && p.at >= p.quoteEnd {
		lo, hi, ok, err := p.quantifier()
		if err != nil || !ok {
			return n, err
		}
		rep := &node{kind: nRepeat, subs: []*node{n}, min: lo, max: hi}
		switch {
		case p.accept("?"):
			rep.lazy = true
		case p.accept("+"):
			rep.poss = true
		}
		n = rep
		if p.flavor == Java && p.more() && strings.ContainsRune("*+?", rune(p.src[p.at])) {
			return nil, p.fail(p.at, "nothing to repeat before `%c`", p.src[p.at])
		}
	}
	return n, nil
}

func (p *parser) quantifier() (lo, hi int, ok bool, err error) {
	switch p.src[p.at] {
	case '*':
		p.at++
		return 0, -1, true, nil
	case '+':
		p.at++
		return 1, -1, true, nil
	case '?':
		p.at++
		return 0, 1, true, nil
	case '{':
		return p.braces()
	}
	return 0, 0, false, nil
}

func (p *parser) braces() (lo, hi int, ok bool, err error) {
	end := strings.IndexByte(p.src[p.at:], '}')
	start := p.at
	if end < 0 {
		if p.flavor == Ruby {
			return 0, 0, false, nil
		}
		return 0, 0, false, p.fail(start, "`{` without `}`")
	}
	text := p.src[p.at+1 : p.at+end]
	from, to, ranged := strings.Cut(text, ",")
	lo, err1 := strconv.Atoi(from)
	hi = lo
	var err2 error
	switch {
	case ranged && to == "":
		hi = -1
	case ranged:
		hi, err2 = strconv.Atoi(to)
	}
	if from == "" && ranged && p.flavor == Ruby {
		lo, err1 = 0, nil
	}
	if err1 != nil || err2 != nil || lo < 0 || hi < -1 || ranged && to == "" && from == "" {
		if p.flavor == Ruby {
			return 0, 0, false, nil
		}
		return 0, 0, false, p.fail(start, "illegal repetition")
	}
	if hi >= 0 && lo > hi || lo > 10000 || hi > 10000 {
		return 0, 0, false, p.fail(start, "illegal repetition range")
	}
	p.at += end + 1
	return lo, hi, true, nil
}

// atom parses one item; nil for what is none, such as "(?i)".
func (p *parser) atom() (*node, error) {
	start := p.at
	r := p.next()
	if start < p.quoteEnd {
		if p.at >= p.quoteEnd {
			p.accept(`\E`)
		}
		return p.char(r), nil
	}
	switch r {
	case '(':
		return p.group(start)
	case '[':
		s, err := p.class(start)
		return &node{kind: nSet, set: s}, err
	case '.':
		return &node{kind: nSet, set: p.dot()}, nil
	case '^':
		if p.flavor == Ruby || p.flags.multi {
			return &node{kind: nAssert, op: opLineStart}, nil
		}
		return &node{kind: nAssert, op: opTextStart}, nil
	case '$':
		if p.flavor == Ruby || p.flags.multi {
			return &node{kind: nAssert, op: opLineEnd}, nil
		}
		return &node{kind: nAssert, op: opFinalEnd}, nil
	case '\\':
		return p.escape(start)
	case '*', '+', '?':
		return nil, p.fail(start, "nothing to repeat before `%c`", r)
	case '{':
		if p.flavor == Java {
			if !p.more() || p.src[p.at]-'0' > 9 {
				return nil, p.fail(start, "illegal repetition")
			}
			p.at = start // repeats nothing
			return &node{kind: nEmpty}, nil
		}
	}
	return p.char(r), nil
}

func (p *parser) char(r rune) *node {
	return &node{kind: nChar, r: r, fold: p.flags.fold && foldable(r)}
}

func foldable(r rune) bool { return unicode.SimpleFold(r) != r }

func (p *parser) dot() *set {
	switch {
	case p.flags.dotAll:
		return &set{neg: true}
	case p.flavor == Ruby:
		return &set{neg: true, ranges: []rune{'\n', '\n'}}
	}
	return &set{neg: true, ranges: []rune{'\n', '\n', '\r', '\r', 0x85, 0x85, 0x2028, 0x2029}}
}

func (p *parser) group(start int) (*node, error) {
	kind := node{kind: nGroup}
	saved := p.flags
	name := ""
	switch {
	case !p.accept("?"):
	case p.accept(":"):
		kind.kind = nCat
	case p.accept(">"):
		kind.kind = nAtomic
	case p.accept("="):
		kind.kind = nLook
	case p.accept("!"):
		kind.kind, kind.neg = nLook, true
	case p.accept("<="):
		kind.kind, kind.behind = nLook, true
	case p.accept("<!"):
		kind.kind, kind.behind, kind.neg = nLook, true, true
	case p.accept("#") && p.flavor == Ruby:
		for p.more() && p.next() != ')' {
		}
		return nil, nil
	case p.accept("<"), p.accept("P<"), p.accept("'"):
		end := strings.IndexAny(p.src[p.at:], ">'")
		if end <= 0 {
			return nil, p.fail(p.at, "a group's name without its end")
		}
		name = p.src[p.at : p.at+end]
		p.at += end + 1
	default:
		inline, err := p.inlineFlags(start)
		if err != nil || inline {
			return nil, err
		}
		kind.kind = nCat
	}
	if kind.kind == nGroup {
		p.groups++
		kind.n = p.groups
		if name != "" {
			if p.flavor == Java && p.names[name] != nil {
				return nil, p.fail(start, "two groups have the name `%s`", name)
			}
			p.names[name] = append(p.names[name], p.groups)
		}
	}
	body, err := p.alternatives()
	if err != nil {
		return nil, err
	}
	if !p.accept(")") {
		return nil, p.fail(start, "`(` without `)`")
	}
	p.flags = saved
	kind.subs = []*node{body}
	return &kind, nil
}

// inlineFlags reads "i-s)" or "i:"; it reports whether the flags hold for the rest of the group.
func (p *parser) inlineFlags(start int) (bool, error) {
	on := true
	for p.more() {
		switch c := p.next(); c {
		case '-':
			on = false
		case 'i':
			p.flags.fold = on
		case 's':
			p.flags.dotAll = on
		case 'm':
			if p.flavor == Ruby {
				p.flags.dotAll = on
			} else {
				p.flags.multi = on
			}
		case 'x':
			p.flags.extended = on
		case 'u', 'U', 'd':
		case ')':
			return true, nil
		case ':':
			return false, nil
		default:
			return false, p.fail(start, "unknown group `(?%c`", c)
		}
	}
	return false, p.fail(start, "`(` without `)`")
}

func (p *parser) escape(start int) (*node, error) {
	if !p.more() {
		return nil, p.fail(start, "`\\` at the end")
	}
	r := p.next()
	switch r {
	case 'b':
		return &node{kind: nAssert, op: opWord}, nil
	case 'B':
		return &node{kind: nAssert, op: opNotWord}, nil
	case 'A':
		return &node{kind: nAssert, op: opTextStart}, nil
	case 'z':
		return &node{kind: nAssert, op: opTextEnd}, nil
	case 'Z':
		return &node{kind: nAssert, op: opFinalEnd}, nil
	case 'G':
		return &node{kind: nAssert, op: opTextStart}, nil
	case 'R':
		crlf := &node{kind: nCat, subs: []*node{{kind: nChar, r: '\r'}, {kind: nChar, r: '\n'}}}
		one := &node{kind: nSet, set: &set{ranges: []rune{'\n', '\r', 0x85, 0x85, 0x2028, 0x2029}}}
		return &node{kind: nAlt, subs: []*node{crlf, one}}, nil
	case 'k':
		if p.accept("<") {
			end := strings.IndexByte(p.src[p.at:], '>')
			if end > 0 {
				n := &node{kind: nBackref, fold: p.flags.fold}
				p.refs = append(p.refs, ref{n, p.src[p.at : p.at+end], start})
				p.at += end + 1
				return n, nil
			}
		}
		return nil, p.fail(start, "`\\k` without a group's name")
	case 'Q':
		p.quoteEnd = len(p.src)
		if i := strings.Index(p.src[p.at:], `\E`); i >= 0 {
			p.quoteEnd = p.at + i
		}
		if p.at == p.quoteEnd {
			p.accept(`\E`)
		}
		return nil, nil
	case 'E':
		return nil, nil
	}
	if r >= '1' && r <= '9' {
		n := &node{kind: nBackref, n: int(r - '0'), fold: p.flags.fold}
		p.refs = append(p.refs, ref{n, "", start})
		return n, nil
	}
	if s, ok, err := p.classEscape(r, start); ok || err != nil {
		return &node{kind: nSet, set: s}, err
	}
	c, err := p.charEscape(r, start)
	return p.char(c), err
}
