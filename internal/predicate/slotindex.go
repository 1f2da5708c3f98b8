package predicate

import (
	"encoding/binary"
	"slices"
	"strings"
	"unsafe"

	"github.com/rulevet/rulevet/internal/lucene"
)

// slotIndex finds the atoms of one slot that a text meets.
type slotIndex struct {
	slot    int
	number  int              // among those of the index
	any     int32            // the atom "has a value"; -1 if no guard is that
	whole   map[string]int32 // atom by text
	lengths uint64           // which lengths the texts of whole have; bit 63: that and more
	grams   *gramIndex       // of prefixes, suffixes and parts of at least gramSize bytes
	short   *shortIndex      // of the shorter ones
}

// needAtom is a need with the number of its atom.
type needAtom struct {
	need Need
	atom int32
}

func lengthBit(n int) uint64 { return 1 << min(n, 63) }

func newSlotIndex(slot int, list []needAtom) *slotIndex {
	x := &slotIndex{slot: slot, any: -1, whole: map[string]int32{}}
	var long, short []needAtom
	for _, n := range list {
		switch {
		case n.need == (Need{}):
			x.any = n.atom
		case n.need.kind == NeedWhole:
			x.whole[n.need.text] = n.atom
			x.lengths |= lengthBit(len(n.need.text))
		case len(n.need.text) < gramSize:
			short = append(short, n)
		default:
			long = append(long, n)
		}
	}
	if len(long) > 0 {
		x.grams = newGramIndex(long)
	}
	if len(short) > 0 {
		x.short = newShortIndex(short)
	}
	return x
}

// find appends the atoms that the text meets, some perhaps more than once.
func (x *slotIndex) find(folded string, atoms []int32) []int32 {
	if x.lengths&lengthBit(len(folded)) != 0 {
		if a, ok := x.whole[folded]; ok {
			atoms = append(atoms, a)
		}
	}
	if x.grams != nil {
		atoms = x.grams.find(folded, atoms)
	}
	if x.short != nil {
		atoms = x.short.find(folded, atoms)
	}
	return atoms
}

// foldInto is lucene.Fold.String into a buffer. The result lives in s or buf.
func foldInto(buf []byte, s string) (string, []byte) {
	buf = append(buf[:0], s...)
	all, changed := byte(0), false
	for i, c := range buf {
		all |= c
		if c-'A' < 26 {
			buf[i] = c | 0x20
			changed = true
		}
	}
	switch {
	case all >= 0x80:
		buf = lucene.Fold.AppendKey(buf[:0], s)
	case !changed:
		return s, buf
	}
	return unsafe.String(unsafe.SliceData(buf), len(buf)), buf
}

// gramIndex finds many literals in a text at once. Of each literal it knows one run of gramSize bytes, the rarest; a text
// is searched for these with one look into a bitmap at each place, and only what is found is compared with the literals.
type gramIndex struct {
	filter  [1 << (gramBits - 6)]uint64 // by hash of the gram
	buckets [1<<gramBucketBits + 1]int32
	entries []gramEntry // by bucket
}

const (
	gramSize       = 4
	gramBits       = 15
	gramBucketBits = 10
)

type gramEntry struct {
	gram uint32
	back int32 // place of the gram in the literal
	needAtom
}

func gramHash(g uint32) uint32 { return g * 0x9E3779B1 >> (32 - gramBits) }

func gramAt(s string, i int) uint32 {
	return binary.LittleEndian.Uint32(unsafe.Slice(unsafe.StringData(s), len(s))[i:])
}

func newGramIndex(list []needAtom) *gramIndex {
	frequency := map[uint32]int{}
	for _, n := range list {
		for i := 0; i+gramSize <= len(n.need.text); i++ {
			frequency[gramAt(n.need.text, i)]++
		}
	}
	x := &gramIndex{}
	for _, n := range list {
		at := rarestGram(n.need.text, frequency)
		g := gramAt(n.need.text, at)
		h := gramHash(g)
		x.filter[h>>6] |= 1 << (h & 63)
		x.entries = append(x.entries, gramEntry{g, int32(at), n})
	}
	bucket := func(e gramEntry) int { return int(gramHash(e.gram) >> (gramBits - gramBucketBits)) }
	slices.SortStableFunc(x.entries, func(a, b gramEntry) int { return bucket(a) - bucket(b) })
	for _, e := range x.entries {
		x.buckets[bucket(e)+1]++
	}
	for i := range len(x.buckets) - 1 {
		x.buckets[i+1] += x.buckets[i]
	}
	return x
}

// rarestGram chooses the gram that the fewest other literals have: what many rules look for, such as "windows" in a path,
// events have too. Of equals the one with the rarest letters counts.
func rarestGram(s string, frequency map[uint32]int) int {
	best, least := 0, 1<<30
	for i := 0; i+gramSize <= len(s); i++ {
		score := frequency[gramAt(s, i)] << 10
		for j := range gramSize {
			score += commonness(s[i+j])
		}
		if score < least {
			best, least = i, score
		}
	}
	return best
}

// commonness ranks bytes by how often paths and command lines have them.
func commonness(c byte) int {
	const common = "zqjxkvwybgfhpmucdlr0nsoiat /.\\e" // frequent ones last
	return 1 + strings.IndexByte(common, c)
}

// find appends the literals that the text contains as they ask for, some perhaps more than once.
func (x *gramIndex) find(s string, atoms []int32) []int32 {
	if len(s) < gramSize {
		return atoms
	}
	g := gramAt(s, 0) << 8
	for i := gramSize - 1; i < len(s); i++ {
		g = g>>8 | uint32(s[i])<<24
		if h := gramHash(g); x.filter[h>>6]>>(h&63)&1 != 0 {
			atoms = x.compare(s, i-gramSize+1, g, h, atoms)
		}
	}
	return atoms
}

func (x *gramIndex) compare(s string, at int, g, h uint32, atoms []int32) []int32 {
	b := h >> (gramBits - gramBucketBits)
	for i := x.buckets[b]; i < x.buckets[b+1]; i++ {
		e := &x.entries[i]
		if e.gram != g {
			continue
		}
		from := at - int(e.back)
		to := from + len(e.need.text)
		switch {
		case from < 0 || to > len(s), e.need.kind == NeedPrefix && from > 0, e.need.kind == NeedSuffix && to < len(s):
		case s[from:to] == e.need.text:
			atoms = append(atoms, e.atom)
		}
	}
	return atoms
}
