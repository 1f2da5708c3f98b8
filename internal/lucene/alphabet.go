package lucene

import (
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// alphabet partitions the code points into classes that no part of an expression tells apart.
type alphabet struct {
	ascii [utf8.RuneSelf]uint16
	lows  []rune   // first code point of each range, ascending; the first is 0
	class []uint16 // of the range
	count int
}

func (a *alphabet) of(r rune) uint16 {
	if r < utf8.RuneSelf {
		return a.ascii[r]
	}
	i, ok := slices.BinarySearch(a.lows, r)
	if !ok {
		i--
	}
	return a.class[i]
}

// builder turns syntax into nodes: first it collects the sets, then it partitions, then it makes the nodes.
type builder struct {
	fold Case
	sets map[string]set
	abc  *alphabet
	alg  *algebra
	bits map[string][]uint64
}

func setKey(s set) string {
	k := make([]byte, 0, 8*len(s))
	for _, r := range s {
		k = utf8.AppendRune(strconv.AppendInt(k, int64(r.lo), 36), '-')
		k = append(strconv.AppendInt(k, int64(r.hi), 36), ',')
	}
	return string(k)
}

func (b *builder) charSet(r rune) set {
	var s set
	b.fold.orbit(r, func(q rune) { s = append(s, runeRange{q, q}) })
	s.normalize()
	return s
}

func (b *builder) collect(x syntax) {
	switch x := x.(type) {
	case text:
		for _, r := range x {
			s := b.charSet(r)
			b.sets[setKey(s)] = s
		}
	case class:
		b.sets[setKey(x.set)] = x.set
	case interval:
		for c := byte('0'); c <= '9'; c++ {
			b.collect(digits(c, c))
		}
		b.collect(x.plain())
	case concat:
		b.collectAll(x)
	case union:
		b.collectAll(x)
	case both:
		b.collectAll(x)
	case negation:
		b.collect(x.x)
	case repeat:
		b.collect(x.x)
	}
}

func (b *builder) collectAll(list []syntax) {
	for _, x := range list {
		b.collect(x)
	}
}

// partition cuts the code points at every boundary of a set and gives ranges that lie in the same sets one class.
func (b *builder) partition() {
	keys := slices.Sorted(maps.Keys(b.sets))
	cuts := b.cuts()
	member := b.membership(keys, cuts)
	b.abc = newAlphabet(cuts, member)
	b.alg = newAlgebra(b.abc.count)
	b.bits = map[string][]uint64{}
	for ki, k := range keys {
		bits := make([]uint64, b.alg.words)
		for i, m := range member {
			if m[ki/8]>>(ki%8)&1 != 0 {
				bits[b.abc.class[i]/64] |= 1 << (b.abc.class[i] % 64)
			}
		}
		b.bits[k] = bits
	}
}

// cuts are the code points at which a set begins or has ended, ascending, with 0: the ranges between them lie in a set wholly or not at all.
func (b *builder) cuts() []rune {
	cuts := []rune{0}
	for _, s := range b.sets {
		for _, r := range s {
			cuts = append(cuts, r.lo)
			if r.hi < utf8.MaxRune {
				cuts = append(cuts, r.hi+1)
			}
		}
	}
	slices.Sort(cuts)
	return slices.Compact(cuts)
}

// membership is for each range the bit set of the sets that hold it, by their place among the keys.
func (b *builder) membership(keys []string, cuts []rune) [][]byte {
	member := make([][]byte, len(cuts))
	for i := range member {
		member[i] = make([]byte, (len(keys)+7)/8)
	}
	for ki, k := range keys {
		for _, r := range b.sets[k] {
			i, _ := slices.BinarySearch(cuts, r.lo)
			for ; i < len(cuts) && cuts[i] <= r.hi; i++ {
				member[i][ki/8] |= 1 << (ki % 8)
			}
		}
	}
	return member
}

// newAlphabet gives ranges of equal membership one class.
func newAlphabet(cuts []rune, member [][]byte) *alphabet {
	abc := &alphabet{lows: cuts, class: make([]uint16, len(cuts))}
	seen := map[string]uint16{}
	for i, m := range member {
		c, ok := seen[string(m)]
		if !ok {
			c = uint16(len(seen))
			seen[string(m)] = c
		}
		abc.class[i] = c
	}
	abc.count = len(seen)
	for r, i := rune(0), 0; r < utf8.RuneSelf; r++ {
		for i+1 < len(cuts) && cuts[i+1] <= r {
			i++
		}
		abc.ascii[r] = abc.class[i]
	}
	return abc
}

func (b *builder) set(s set) *node { return b.alg.chars(b.bits[setKey(s)]) }

func (b *builder) build(x syntax) *node {
	a := b.alg
	switch x := x.(type) {
	case text:
		runes, n := []rune(x), a.empty
		for _, r := range slices.Backward(runes) {
			n = a.cat(b.set(b.charSet(r)), n)
		}
		return n
	case anyChar:
		return a.anyChar
	case anyText:
		return a.all
	case class:
		if len(x.set) == 0 {
			return a.none
		}
		return b.set(x.set)
	case concat:
		n := a.empty
		for _, y := range slices.Backward(x) {
			n = a.cat(b.build(y), n)
		}
		return n
	case union:
		return a.alt(b.buildAll(x)...)
	case both:
		return a.and(b.buildAll(x)...)
	case negation:
		return a.not(b.build(x.x))
	case repeat:
		return a.repeat(b.build(x.x), x.min, x.max)
	}
	return a.none
}

func (b *builder) buildAll(list []syntax) []*node {
	out := make([]*node, len(list))
	for i, x := range list {
		out[i] = b.build(x)
	}
	return out
}
