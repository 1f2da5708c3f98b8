package backtrack

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// set is a class of code points.
type set struct {
	neg    bool
	fold   bool
	ranges []rune // pairs
	preds  []func(rune) bool
	subs   []*set
	and    *set // what a rune must be in besides
	ascii  *[2]uint64
}

func (s *set) has(r rune) bool {
	if r < 128 && s.ascii != nil {
		return s.ascii[r>>6]&(1<<(r&63)) != 0
	}
	return s.compute(r)
}

func (s *set) compute(r rune) bool {
	in := s.in(r)
	if !in && s.fold {
		for f := unicode.SimpleFold(r); f != r && !in; f = unicode.SimpleFold(f) {
			in = s.in(f)
		}
	}
	if in && s.and != nil {
		in = s.and.has(r)
	}
	return in != s.neg
}

func (s *set) in(r rune) bool {
	for i := 0; i+1 < len(s.ranges); i += 2 {
		if r >= s.ranges[i] && r <= s.ranges[i+1] {
			return true
		}
	}
	for _, f := range s.preds {
		if f(r) {
			return true
		}
	}
	return slices.ContainsFunc(s.subs, func(sub *set) bool { return sub.has(r) })
}

// freeze prepares the answers for ASCII.
func (s *set) freeze() {
	for _, sub := range s.subs {
		sub.freeze()
	}
	if s.and != nil {
		s.and.freeze()
	}
	var bits [2]uint64
	for r := rune(0); r < 128; r++ {
		if s.compute(r) {
			bits[r>>6] |= 1 << (r & 63)
		}
	}
	s.ascii = &bits
}

// class parses a bracket expression after its "[".
func (p *parser) class(start int) (*set, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		return nil, p.fail(start, "more than %d classes within one another", maxDepth)
	}
	top := &set{fold: p.flags.fold, neg: p.accept("^")}
	cur := top
	for first := true; p.more(); first = false {
		switch {
		case p.peek("]") && !(first && p.flavor == Ruby):
			p.at++
			return top, nil
		case p.accept("&&"):
			cur.and = &set{fold: p.flags.fold}
			cur = cur.and
			continue
		case p.flavor == Ruby && p.peek("[:"):
			s, err := p.posix()
			if err != nil {
				return nil, err
			}
			cur.subs = append(cur.subs, s)
			continue
		case p.peek("["):
			at := p.at
			p.at++
			s, err := p.class(at)
			if err != nil {
				return nil, err
			}
			cur.subs = append(cur.subs, s)
			continue
		}
		if err := p.classItem(cur); err != nil {
			return nil, err
		}
	}
	return nil, p.fail(start, "`[` without `]`")
}

func (p *parser) classItem(s *set) error {
	lo, sub, err := p.classChar()
	if err != nil {
		return err
	}
	if sub != nil {
		s.subs = append(s.subs, sub)
		return nil
	}
	hi := lo
	if p.peek("-") && p.at+1 < len(p.src) && p.src[p.at+1] != ']' && p.src[p.at+1] != '[' && !strings.HasPrefix(p.src[p.at+1:], "&&") {
		at := p.at
		p.at++
		h, sub, err := p.classChar()
		if err != nil {
			return err
		}
		if sub != nil { // [a-\d]: the hyphen stands for itself
			s.ranges = append(s.ranges, lo, lo, '-', '-')
			s.subs = append(s.subs, sub)
			return nil
		}
		if hi = h; hi < lo {
			return p.fail(at, "the range `%c-%c` is empty", lo, hi)
		}
	}
	s.ranges = append(s.ranges, lo, hi)
	return nil
}

// classChar reads one member of a class: a code point, or the set that an escape stands for.
func (p *parser) classChar() (rune, *set, error) {
	start := p.at
	r := p.next()
	if r != '\\' || !p.more() {
		return r, nil, nil
	}
	r = p.next()
	if r == 'b' && p.flavor == Ruby {
		return '\b', nil, nil
	}
	if s, ok, err := p.classEscape(r, start); ok || err != nil {
		return 0, s, err
	}
	c, err := p.charEscape(r, start)
	return c, nil, err
}

func (p *parser) posix() (*set, error) {
	start := p.at
	p.at += 2
	neg := p.accept("^")
	end := strings.Index(p.src[p.at:], ":]")
	if end < 0 {
		return nil, p.fail(start, "`[:` without `:]`")
	}
	name := p.src[p.at : p.at+end]
	p.at += end + 2
	f := property(name)
	if f == nil {
		return nil, p.fail(start, "unknown class `[:%s:]`", name)
	}
	return &set{neg: neg, preds: []func(rune) bool{f}}, nil
}

var (
	digitASCII = []rune{'0', '9'}
	wordASCII  = []rune{'0', '9', 'A', 'Z', '_', '_', 'a', 'z'}
	spaceASCII = []rune{'\t', '\r', ' ', ' '}
)

// isWord is what \b and [[:word:]] go by. In Ruby's flavour that is more than \w, which knows ASCII only.
func isWord(f Flavor, r rune) bool {
	if r < 128 || f == Java {
		return r == '_' || r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z' && r < 128
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) || unicode.Is(unicode.Pc, r)
}

// classEscape is the set of an escape such as \d.
func (p *parser) classEscape(r rune, start int) (*set, bool, error) {
	switch r {
	case 'd', 'D':
		return &set{neg: r == 'D', ranges: digitASCII}, true, nil
	case 'w', 'W':
		return &set{neg: r == 'W', ranges: wordASCII}, true, nil
	case 's', 'S':
		return &set{neg: r == 'S', ranges: spaceASCII}, true, nil
	case 'v', 'V':
		if p.flavor == Java {
			return &set{neg: r == 'V', ranges: []rune{'\n', '\r', 0x85, 0x85, 0x2028, 0x2029}}, true, nil
		}
	case 'h', 'H':
		if p.flavor == Ruby {
			return &set{neg: r == 'H', ranges: []rune{'0', '9', 'a', 'f', 'A', 'F'}}, true, nil
		}
		return &set{neg: r == 'H', ranges: []rune{'\t', '\t', ' ', ' ', 0xa0, 0xa0, 0x1680, 0x1680, 0x180e, 0x180e, 0x2000, 0x200a, 0x202f, 0x202f, 0x205f, 0x205f, 0x3000, 0x3000}}, true, nil
	case 'p', 'P':
		return p.propertyEscape(r == 'P', start)
	}
	return nil, false, nil
}

func (p *parser) propertyEscape(neg bool, start int) (*set, bool, error) {
	name := ""
	if p.accept("{") {
		end := strings.IndexByte(p.src[p.at:], '}')
		if end < 0 {
			return nil, false, p.fail(start, "`\\p{` without `}`")
		}
		name = p.src[p.at : p.at+end]
		p.at += end + 1
	} else if p.more() {
		name = string(p.next())
	}
	if strings.HasPrefix(name, "^") {
		neg, name = !neg, name[1:]
	}
	f := property(name)
	if f == nil {
		return nil, false, p.fail(start, "unknown property `%s`", name)
	}
	return &set{neg: neg, preds: []func(rune) bool{f}}, true, nil
}

// property is the predicate of a property's name in either flavor.
func property(name string) func(rune) bool {
	plain := strings.ToLower(name)
	for _, prefix := range []string{"is", "in", "script=", "sc=", "general_category=", "gc="} {
		plain = strings.TrimPrefix(plain, prefix)
	}
	switch plain {
	case "alpha", "alphabetic":
		return unicode.IsLetter
	case "digit":
		return unicode.IsDigit
	case "alnum":
		return func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	case "upper", "uppercase", "javauppercase":
		return unicode.IsUpper
	case "lower", "lowercase", "javalowercase":
		return unicode.IsLower
	case "punct", "punctuation":
		return func(r rune) bool { return unicode.IsPunct(r) || r < 128 && unicode.IsSymbol(r) }
	case "space", "whitespace", "white_space":
		return unicode.IsSpace
	case "blank":
		return func(r rune) bool { return r == ' ' || r == '\t' }
	case "cntrl":
		return unicode.IsControl
	case "graph":
		return func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }
	case "print":
		return unicode.IsPrint
	case "xdigit":
		return func(r rune) bool {
			return r >= '0' && r <= '9' || r >= 'a' && r <= 'f' || r >= 'A' && r <= 'F'
		}
	case "word":
		return func(r rune) bool { return isWord(Ruby, r) }
	case "ascii":
		return func(r rune) bool { return r < 128 }
	}
	for _, tables := range []map[string]*unicode.RangeTable{unicode.Categories, unicode.Scripts, unicode.Properties} {
		for n, table := range tables {
			if strings.EqualFold(n, plain) {
				return func(r rune) bool { return unicode.Is(table, r) }
			}
		}
	}
	return nil
}

// charEscape is the code point of an escape.
func (p *parser) charEscape(r rune, start int) (rune, error) {
	switch r {
	case 'n':
		return '\n', nil
	case 't':
		return '\t', nil
	case 'r':
		return '\r', nil
	case 'f':
		return '\f', nil
	case 'a':
		return 7, nil
	case 'e':
		return 27, nil
	case 'v':
		return 11, nil
	case '0':
		return p.number(start, 8, 1, 3)
	case 'x':
		if p.accept("{") {
			c, err := p.number(start, 16, 1, 6)
			if err == nil && !p.accept("}") {
				err = p.fail(start, "`\\x{` without `}`")
			}
			return c, err
		}
		return p.number(start, 16, 1, 2)
	case 'u':
		return p.number(start, 16, 4, 4)
	case 'c':
		if p.more() {
			return p.next() ^ 64, nil
		}
	}
	if p.flavor == Java && (r|0x20 >= 'a' && r|0x20 <= 'z' && r < 128) {
		return 0, p.fail(start, "illegal escape `\\%c`", r)
	}
	return r, nil
}

func (p *parser) number(start, base, least, most int) (rune, error) {
	n := 0
	for n < most && p.at+n < len(p.src) && strings.IndexByte("0123456789abcdef"[:base], p.src[p.at+n]|0x20&^(p.src[p.at+n]>>1&0x20)) >= 0 {
		n++
	}
	v, err := strconv.ParseUint(p.src[p.at:p.at+n], base, 32)
	if err != nil || n < least || v > unicode.MaxRune {
		return 0, p.fail(start, "illegal number in an escape")
	}
	p.at += n
	return rune(v), nil
}
