package mutation

import (
	"strings"
	"unicode"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/internal/lucene"
)

// hasLetters tells whether the case of a text can matter.
func hasLetters(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.SimpleFold(r) != r })
}

// patternHasLetters is hasLetters for a pattern. In a regular expression a class or a range of numbers may stand for letters
// without showing one.
func patternHasLetters(op eql.Op, s string) bool {
	if op == eql.Regex || op == eql.RegexFold {
		return hasLetters(s) || strings.ContainsAny(s, "[<\\")
	}
	return hasLetters(s)
}

// pattern is one member of a list: the values that it admits.
type pattern struct {
	symbols []rune // code points and wildcards
	folded  []rune // the same without case
	fold    bool   // case does not matter
	letters bool   // it could
}

// newPattern reads a text, with "*" and "?" as wildcards or not.
func newPattern(text string, wildcards, fold bool) pattern {
	p := pattern{fold: fold, letters: hasLetters(text)}
	for _, r := range text {
		switch {
		case r == '*' && wildcards:
			r = anyText
		case r == '?' && wildcards:
			r = anyRune
		}
		p.symbols = append(p.symbols, r)
	}
	p.folded = p.symbols
	if p.letters {
		p.folded = make([]rune, len(p.symbols))
		for i, r := range p.symbols {
			p.folded[i] = foldRune(r)
		}
	}
	return p
}

// covers tells whether every value that b admits is admitted by a. It may say no where the answer is yes.
func (a pattern) covers(b pattern) bool {
	switch {
	case a.fold:
		return includes(a.folded, b.folded)
	case b.fold && b.letters:
		return false
	}
	return includes(a.symbols, b.symbols)
}

// Symbols of a pattern that are no code points.
const (
	anyText rune = -1
	anyRune rune = -2
)

func foldRune(r rune) rune {
	if r < 0 {
		return r
	}
	return lucene.FoldASCII.Rune(r)
}

// includes matches the symbols of b by those of a as if they were text: "*" of a takes any symbols, "?" takes any but a
// "*". That is enough for inclusion, and the usual way with one place to fall back to decides it.
func includes(a, b []rune) bool {
	i, star, mark := 0, -1, 0
	for j := 0; j < len(b); {
		switch {
		case i < len(a) && a[i] == anyText:
			star, mark = i, j
			i++
		case i < len(a) && b[j] != anyText && (a[i] == anyRune || a[i] == b[j]):
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(a) && a[i] == anyText {
		i++
	}
	return i == len(a)
}

// covered tells whether every value that p admits is admitted by a member of the list.
func covered(p pattern, list []pattern) bool {
	for _, q := range list {
		if q.covers(p) {
			return true
		}
	}
	return false
}

// maxCompared bounds the members and operands that are compared with one another.
const maxCompared = 256

// matchPatterns are the members of a list of wildcard patterns; nil for regular expressions and very long lists.
func matchPatterns(m *eql.Match) []pattern {
	if m.Op == eql.Regex || m.Op == eql.RegexFold || len(m.List) > maxCompared {
		return nil
	}
	var list []pattern
	for _, l := range m.List {
		if l.Kind != eql.StringLiteral {
			return nil
		}
		list = append(list, newPattern(l.Str, true, m.Op != eql.Like))
	}
	return list
}

// sameWithout tells whether a list admits the same values without member i.
func sameWithout(list []pattern, i int) bool {
	return list != nil && (covered(list[i], list[:i]) || covered(list[i], list[i+1:]))
}

// sameWith tells whether a list admits the same values if member i becomes another.
func sameWith(list []pattern, i int, other string) bool {
	if list == nil {
		return false
	}
	p := newPattern(other, true, list[i].fold)
	return (p.covers(list[i]) || sameWithout(list, i)) && covered(p, list)
}

// sameIn tells whether the member i of an in list is there another time.
func sameIn(e *eql.In, i int) bool {
	l, ok := e.List[i].(*eql.Literal)
	if !ok || len(e.List) > maxCompared {
		return false
	}
	for n, x := range e.List {
		o, isLiteral := x.(*eql.Literal)
		if n != i && isLiteral && l.Kind == o.Kind && (l.Str == o.Str && l.Int == o.Int && l.Uint == o.Uint && l.Float == o.Float && l.Bool == o.Bool ||
			e.Fold && l.Kind == eql.StringLiteral && lucene.FoldASCII.Equal(l.Str, o.Str)) {
			return true
		}
	}
	return l.Kind == eql.NullLiteral // in drops nulls
}
