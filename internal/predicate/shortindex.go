package predicate

import "strings"

// shortIndex finds literals that are shorter than a gram. Prefixes and suffixes stand in tables, and a text is searched for
// parts by the pairs of bytes that they begin with.
type shortIndex struct {
	ends   [gramSize]map[string][]needAtom // prefixes and suffixes, by length
	single [256][]int32                    // parts of one byte
	ones   bool                            // there are such
	pairs  map[uint16][]needAtom           // longer parts
	filter [1 << 16 / 64]uint64            // of pairs
}

func newShortIndex(list []needAtom) *shortIndex {
	x := &shortIndex{pairs: map[uint16][]needAtom{}}
	for _, n := range list {
		text := n.need.text
		switch {
		case n.need.kind != NeedPart:
			if x.ends[len(text)] == nil {
				x.ends[len(text)] = map[string][]needAtom{}
			}
			x.ends[len(text)][text] = append(x.ends[len(text)][text], n)
		case len(text) == 1:
			x.single[text[0]] = append(x.single[text[0]], n.atom)
			x.ones = true
		default:
			p := pairAt(text, 0)
			x.pairs[p] = append(x.pairs[p], n)
			x.filter[p>>6] |= 1 << (p & 63)
		}
	}
	return x
}

func pairAt(s string, i int) uint16 { return uint16(s[i]) | uint16(s[i+1])<<8 }

// find appends the literals that the text contains as they ask for, some perhaps more than once.
func (x *shortIndex) find(s string, atoms []int32) []int32 {
	for n, table := range x.ends {
		if table == nil || len(s) < n {
			continue
		}
		atoms = ending(table[s[:n]], NeedPrefix, atoms)
		atoms = ending(table[s[len(s)-n:]], NeedSuffix, atoms)
	}
	if x.ones {
		var seen [4]uint64
		for i := range len(s) {
			if c := s[i]; seen[c>>6]>>(c&63)&1 == 0 {
				seen[c>>6] |= 1 << (c & 63)
				atoms = append(atoms, x.single[c]...)
			}
		}
	}
	if len(x.pairs) == 0 {
		return atoms
	}
	for i := 0; i+1 < len(s); i++ {
		p := pairAt(s, i)
		if x.filter[p>>6]>>(p&63)&1 == 0 {
			continue
		}
		for _, n := range x.pairs[p] {
			if strings.HasPrefix(s[i:], n.need.text) {
				atoms = append(atoms, n.atom)
			}
		}
	}
	return atoms
}

// ending appends the atoms of one kind.
func ending(list []needAtom, kind NeedKind, atoms []int32) []int32 {
	for _, n := range list {
		if n.need.kind == kind {
			atoms = append(atoms, n.atom)
		}
	}
	return atoms
}
