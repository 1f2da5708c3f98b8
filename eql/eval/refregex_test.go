package eval

import (
	"slices"
	"strconv"
	"strings"
)

// refPattern is a regular expression of Lucene (LANGUAGE.md 4.6): which positions a match that starts at one may
// end at.
type refPattern struct {
	ends     func(s []rune, at int, fold refLetters) []int
	operator bool   // anything but literal characters
	literal  string // without an operator
}

func (p refPattern) matches(s string, fold refLetters) bool {
	return slices.Contains(p.ends([]rune(s), 0, fold), len([]rune(s)))
}

// refReader parses by recursive descent: union, intersection, concatenation, repetition, complement, atom.
type refReader struct {
	in []rune
	at int
}

func refRegex(pattern string) refPattern {
	r := &refReader{in: []rune(pattern)}
	if pattern == "" {
		return refChars("")
	}
	p := r.union()
	if r.at < len(r.in) {
		panic(refError("regular expression: " + pattern))
	}
	return p
}

func (r *refReader) sees(c rune) bool { return r.at < len(r.in) && r.in[r.at] == c }

func (r *refReader) take(c rune) bool {
	if r.sees(c) {
		r.at++
		return true
	}
	return false
}

func (r *refReader) next() rune {
	if r.at == len(r.in) {
		panic(refError("regular expression ends too early"))
	}
	r.at++
	return r.in[r.at-1]
}

func refChars(s string) refPattern {
	return refPattern{literal: s, ends: func(t []rune, at int, fold refLetters) []int {
		for _, c := range s {
			if at == len(t) || t[at] != c && !fold.same(t[at], c) {
				return nil
			}
			at++
		}
		return []int{at}
	}}
}

func refOp(ends func(s []rune, at int, fold refLetters) []int) refPattern {
	return refPattern{operator: true, ends: ends}
}

func (r *refReader) union() refPattern {
	p := r.both()
	if !r.take('|') {
		return p
	}
	q := r.union()
	return refOp(func(s []rune, at int, fold refLetters) []int {
		return append(p.ends(s, at, fold), q.ends(s, at, fold)...)
	})
}

func (r *refReader) both() refPattern {
	p := r.concat()
	if !r.take('&') {
		return p
	}
	q := r.both()
	return refOp(func(s []rune, at int, fold refLetters) []int {
		other := q.ends(s, at, fold)
		return slices.DeleteFunc(p.ends(s, at, fold), func(i int) bool { return !slices.Contains(other, i) })
	})
}

func (r *refReader) concat() refPattern {
	p := r.repeat()
	for r.at < len(r.in) && !r.sees(')') && !r.sees('|') && !r.sees('&') {
		p = refThen(p, r.repeat())
	}
	return p
}

func refThen(p, q refPattern) refPattern {
	if !p.operator && !q.operator {
		return refChars(p.literal + q.literal)
	}
	return refOp(func(s []rune, at int, fold refLetters) []int {
		var out []int
		for _, i := range distinct(p.ends(s, at, fold)) {
			out = append(out, q.ends(s, i, fold)...)
		}
		return distinct(out)
	})
}

func distinct(list []int) []int {
	slices.Sort(list)
	return slices.Compact(list)
}

func (r *refReader) repeat() refPattern {
	p := r.complement()
	for {
		switch {
		case r.take('?'):
			p = refTimes(p, 0, 1)
		case r.take('*'):
			p = refTimes(p, 0, -1)
		case r.take('+'):
			p = refTimes(p, 1, -1)
		case r.take('{'):
			lo := r.number()
			hi := lo
			if r.take(',') {
				hi = -1
				if !r.sees('}') {
					hi = r.number()
				}
			}
			if !r.take('}') || hi >= 0 && hi < lo {
				panic(refError("bad repetition"))
			}
			p = refTimes(p, lo, hi)
		default:
			return p
		}
	}
}

func (r *refReader) number() int {
	from := r.at
	for r.at < len(r.in) && r.in[r.at] >= '0' && r.in[r.at] <= '9' {
		r.at++
	}
	n, err := strconv.Atoi(string(r.in[from:r.at]))
	if err != nil {
		panic(refError("no number"))
	}
	return n
}

func refTimes(p refPattern, lo, hi int) refPattern {
	return refOp(func(s []rune, at int, fold refLetters) []int {
		var out []int
		now := []int{at}
		for n := 0; len(now) > 0 && (hi < 0 && n <= lo+len(s)+1 || n <= hi); n++ {
			var next []int
			for _, i := range now {
				next = append(next, p.ends(s, i, fold)...)
			}
			if n >= lo {
				out = append(out, now...)
			}
			now = distinct(next)
		}
		return distinct(out)
	})
}

func (r *refReader) complement() refPattern {
	if !r.take('~') {
		return r.class()
	}
	p := r.complement()
	return refOp(func(s []rune, at int, fold refLetters) []int {
		not := p.ends(s, at, fold)
		var out []int
		for i := at; i <= len(s); i++ {
			if !slices.Contains(not, i) {
				out = append(out, i)
			}
		}
		return out
	})
}

func refOne(test func(c rune, fold refLetters) bool) refPattern {
	return refOp(func(s []rune, at int, fold refLetters) []int {
		if at < len(s) && test(s[at], fold) {
			return []int{at + 1}
		}
		return nil
	})
}

func (r *refReader) class() refPattern {
	if !r.take('[') {
		return r.atom()
	}
	negated := r.take('^')
	var tests []func(c rune, fold refLetters) bool
	var single []rune
	for n := 0; n == 0 || r.at < len(r.in) && !r.sees(']'); n++ {
		if test := r.predefined(); test != nil {
			if r.sees('-') {
				panic(refError("a class starts a range"))
			}
			tests = append(tests, test)
			continue
		}
		lo := r.char()
		if !r.take('-') {
			single = append(single, lo)
			tests = append(tests, func(c rune, fold refLetters) bool { return c == lo || fold.same(c, lo) })
			continue
		}
		if r.predefined() != nil {
			panic(refError("a class ends a range"))
		}
		hi := r.char()
		if lo > hi {
			panic(refError("bad range"))
		}
		tests = append(tests, func(c rune, _ refLetters) bool { return lo <= c && c <= hi })
	}
	if !r.take(']') {
		panic(refError("no ]"))
	}
	if len(tests) == 1 && len(single) == 1 && !negated { // a character, no class
		return refChars(string(single))
	}
	return refOne(func(c rune, fold refLetters) bool {
		return slices.ContainsFunc(tests, func(t func(rune, refLetters) bool) bool { return t(c, fold) }) != negated
	})
}

func (r *refReader) predefined() func(c rune, fold refLetters) bool {
	if !r.sees('\\') || r.at+1 == len(r.in) {
		return nil
	}
	c := r.in[r.at+1]
	sets := map[rune]string{'d': "0123456789", 's': "\t\n\r ", 'w': "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"}
	set, ok := sets[c|0x20]
	if c > 'z' || !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') {
		return nil
	}
	if !ok {
		panic(refError("no such class"))
	}
	r.at += 2
	return func(x rune, _ refLetters) bool { return strings.ContainsRune(set, x) == (c >= 'a') }
}

func (r *refReader) char() rune {
	r.take('\\')
	return r.next()
}

func (r *refReader) atom() refPattern {
	switch {
	case r.take('.'):
		return refOne(func(rune, refLetters) bool { return true })
	case r.take('#'):
		return refOp(func([]rune, int, refLetters) []int { return nil })
	case r.take('@'):
		return refTimes(refOne(func(rune, refLetters) bool { return true }), 0, -1)
	case r.take('"'):
		n := slices.Index(r.in[r.at:], '"')
		if n < 0 {
			panic(refError("no closing quote"))
		}
		r.at += n + 1
		return refChars(string(r.in[r.at-n-1 : r.at-1]))
	case r.take('('):
		if r.take(')') {
			return refChars("")
		}
		p := r.union()
		if !r.take(')') {
			panic(refError("no )"))
		}
		return p
	case r.take('<'):
		return r.interval()
	}
	if test := r.predefined(); test != nil {
		return refOne(test)
	}
	return refChars(string(r.char()))
}

// interval matches what reads as a number between the bounds; of bounds of one width, only texts of that width.
func (r *refReader) interval() refPattern {
	n := slices.Index(r.in[r.at:], '>')
	if n < 0 {
		panic(refError("no >"))
	}
	a, b, _ := strings.Cut(string(r.in[r.at:r.at+n]), "-")
	r.at += n + 1
	lo, err1 := strconv.Atoi(a)
	hi, err2 := strconv.Atoi(b)
	if err1 != nil || err2 != nil {
		panic(refError("bad interval"))
	}
	if lo > hi {
		lo, hi = hi, lo
	}
	return refOp(func(s []rune, at int, _ refLetters) []int {
		var out []int
		for end := at + 1; end <= len(s) && s[end-1] >= '0' && s[end-1] <= '9'; end++ {
			v, err := strconv.Atoi(string(s[at:end]))
			if err == nil && lo <= v && v <= hi && (len(a) != len(b) || end-at == len(a)) {
				out = append(out, end)
			}
		}
		return out
	})
}
