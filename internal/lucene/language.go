package lucene

import (
	"slices"
	"unicode/utf8"
)

// Pattern is a set of texts, each of which it matches as a whole: a *Wildcard or a *Regexp.
type Pattern interface {
	Match(s string) bool
	// syntax is the expression, with the letters that equal one another written out.
	syntax() syntax
}

func (w *Wildcard) syntax() syntax {
	var list concat
	add := func(s *segment) {
		for _, r := range s.runes {
			if r == hole {
				list = append(list, anyChar{})
				continue
			}
			list = append(list, letters(r, w.fold))
		}
	}
	add(&w.head)
	for i := range w.mid {
		list = append(list, anyText{})
		add(&w.mid[i])
	}
	if w.stars {
		list = append(list, anyText{})
		add(&w.tail)
	}
	return list
}

func (re *Regexp) syntax() syntax { return spellOut(re.tree, re.fold) }

// letters is the class of the code points that equal one.
func letters(r rune, c Case) class {
	b := builder{fold: c}
	return class{b.charSet(r)}
}

// spellOut replaces texts by the classes of their letters; classes are folded already.
func spellOut(x syntax, c Case) syntax {
	list := func(in []syntax) []syntax {
		out := make([]syntax, len(in))
		for i, y := range in {
			out[i] = spellOut(y, c)
		}
		return out
	}
	switch x := x.(type) {
	case text:
		var out concat
		for _, r := range string(x) {
			out = append(out, letters(r, c))
		}
		return out
	case concat:
		return concat(list(x))
	case union:
		return union(list(x))
	case both:
		return both(list(x))
	case negation:
		return negation{spellOut(x.x, c)}
	case repeat:
		return repeat{x: spellOut(x.x, c), min: x.min, max: x.max}
	}
	return x
}

// Effort is how much work a question to Find may be.
type Effort int

// Efforts: for a question that somebody waits for, and for one of very many.
const (
	Thorough Effort = 200_000
	Quick    Effort = 10_000
)

// Find looks for a text that matches a pattern of every list in within, and no pattern of outside: a shortest one. decided
// is false if the question is too hard for the effort, in which case there may be one or not.
func Find(within [][]Pattern, outside []Pattern, effort Effort) (text string, found, decided bool) {
	b := &builder{fold: Sensitive, sets: map[string]set{}}
	var in []union
	for _, list := range within {
		in = append(in, unionOf(list))
	}
	out := unionOf(outside)
	for _, u := range in {
		b.collect(u)
	}
	b.collect(out)
	b.partition()
	parts := make([]*node, 0, len(in)+1)
	for _, u := range in {
		parts = append(parts, b.build(u))
	}
	if len(out) > 0 {
		parts = append(parts, b.alg.not(b.build(out)))
	}
	return b.shortest(b.alg.and(parts...), effort)
}

func unionOf(list []Pattern) union {
	out := make(union, len(list))
	for i, p := range list {
		out[i] = p.syntax()
	}
	return out
}

// visit is how the search came to a node.
type visit struct {
	n      *node
	parent int
	class  int
}

// shortest finds a shortest text of a language by walking its derivatives breadth first.
func (b *builder) shortest(start *node, effort Effort) (text string, found, decided bool) {
	samples := b.abc.samples()
	list := []visit{{n: start, parent: -1}}
	seen := map[*node]bool{start: true, b.alg.none: true}
	if start == b.alg.none {
		return "", false, true
	}
	for i := 0; i < len(list); i++ {
		if list[i].n.nullable {
			return spell(list, i, samples), true, true
		}
		for class := range b.abc.count {
			next := b.alg.derivative(list[i].n, class)
			if seen[next] {
				continue
			}
			seen[next] = true
			list = append(list, visit{next, i, class})
		}
		if b.alg.work > int(effort) || b.alg.size > maxWords {
			return "", false, false
		}
	}
	return "", false, true
}

func spell(list []visit, i int, samples []rune) string {
	var runes []rune
	for ; list[i].parent >= 0; i = list[i].parent {
		runes = append(runes, samples[list[i].class])
	}
	for l, r := 0, len(runes)-1; l < r; l, r = l+1, r-1 {
		runes[l], runes[r] = runes[r], runes[l]
	}
	return string(runes)
}

// samples picks a code point of each class: a letter or digit if it has one, else something that prints.
func (a *alphabet) samples() []rune {
	out := make([]rune, a.count)
	best := make([]int, a.count)
	offer := func(r rune, rank int) {
		if c := a.of(r); best[c] < rank {
			best[c], out[c] = rank, r
		}
	}
	for _, low := range a.lows {
		if utf8.ValidRune(low) {
			offer(low, 1)
		}
	}
	for r := rune(0x7e); r > 0x20; r-- {
		offer(r, 2)
	}
	for r := 'Z'; r >= 'A'; r-- {
		offer(r, 3)
	}
	for r := '9'; r >= '0'; r-- {
		offer(r, 4)
	}
	for r := 'z'; r >= 'a'; r-- {
		offer(r, 5)
	}
	return out
}

// Sample is a text that the pattern matches, with nothing where it has "*" and "x" where it has "?"; only tells that there is
// no other.
func (w *Wildcard) Sample() (text string, only bool) {
	text = w.head.sample()
	for i := range w.mid {
		text += w.mid[i].sample()
	}
	text += w.tail.sample()
	if w.stars || w.kind == GeneralKind {
		return text, false
	}
	if w.fold != Sensitive { // a text without letters is alone even if case does not matter
		for _, r := range text {
			n := 0
			if w.fold.orbit(r, func(rune) { n++ }); n != 1 {
				return text, false
			}
		}
	}
	return text, true
}

// sample is a text that a segment matches.
func (g *segment) sample() string {
	if !g.holes {
		return g.lit
	}
	runes := slices.Clone(g.runes)
	for i, r := range runes {
		if r == hole {
			runes[i] = 'x'
		}
	}
	return string(runes)
}

// Contains reports whether every text that v matches is matched, as far as a look at the two patterns can tell: true is right,
// false may be wrong. It reads v as a text, in which a "*" stands for what only a "*" matches.
func (w *Wildcard) Contains(v *Wildcard) bool {
	if w.kind == AnyKind {
		return true
	}
	if w.fold != v.fold && (w.fold == Sensitive || v.fold == Fold) {
		return false
	}
	pattern, text := w.symbols(), v.symbols()
	at, i := 0, 0       // of pattern, of text
	star, from := -1, 0 // the last "*" of the pattern, and where in the text what follows it was tried
	for i < len(text) {
		switch {
		case at < len(pattern) && pattern[at] == anyRun:
			star, from = at, i
			at++
		// Folding what v's literal parts hold as w does is enough, because w tells fewer letters apart.
		case at < len(pattern) && text[i] != anyRun && (pattern[at] == hole || text[i] != hole && pattern[at] == w.fold.Rune(text[i])):
			at++
			i++
		case star >= 0:
			from++
			at, i = star+1, from
		default:
			return false
		}
	}
	for at < len(pattern) && pattern[at] == anyRun {
		at++
	}
	return at == len(pattern)
}

// anyRun stands for "*" among code points and holes.
const anyRun rune = -2

// symbols is the pattern as code points, holes and stars.
func (w *Wildcard) symbols() []rune {
	out := append([]rune(nil), w.head.runes...)
	if !w.stars {
		return out
	}
	for i := range w.mid {
		out = append(append(out, anyRun), w.mid[i].runes...)
	}
	return append(append(out, anyRun), w.tail.runes...)
}

// Example is a text that the pattern matches and that looks like one: with "x" where it has "*" and "?", and the drive C.
func (w *Wildcard) Example() string {
	var runes []rune
	add := func(s *segment) {
		for i, r := range s.runes {
			if r == hole {
				r = 'x'
				if len(runes) == 0 && i+1 < len(s.runes) && s.runes[i+1] == ':' {
					r = 'C'
				}
			}
			runes = append(runes, r)
		}
	}
	add(&w.head)
	for i := range w.mid {
		runes = append(runes, 'x')
		add(&w.mid[i])
	}
	if w.stars {
		runes = append(runes, 'x')
		add(&w.tail)
	}
	return string(runes)
}
