package lucene

import (
	"math/bits"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
	"unsafe"
)

// hole stands for "?" in a segment.
const hole rune = -1

// segment is a run of literal code points and holes, the part of a pattern between two stars. It matches a fixed number
// of code points, so the leftmost place is always the best one.
type segment struct {
	fold    Case
	lit     string // representatives under fold; with holes: only for display
	runes   []rune // the same with holes
	holes   bool
	ascii   bool // no holes, and no code point of lit or its equals is outside ASCII, except as wide says
	wide    bool // ascii, but k or s under Fold also match U+212A and U+017F
	anchor  int  // ascii and folding: index into lit of the byte to look for
	letter  bool // that byte is a letter
	hostile *slowSearch
}

// slowSearch holds the tables for searches in which plain candidate checking turns quadratic; built on first need.
type slowSearch struct {
	once  sync.Once
	fail  []int32           // Knuth-Morris-Pratt, without holes
	masks map[rune][]uint64 // shift-and, with holes
	any   []uint64          // mask of the holes alone
}

// newSegment takes over the runes of a pattern. One that is looked for anywhere in a value needs searched beside.
func newSegment(runes []rune, fold Case) segment {
	g := segment{fold: fold, runes: runes, ascii: true}
	for i, r := range runes {
		if r == hole {
			g.holes, g.ascii = true, false
			continue
		}
		r = fold.Rune(r)
		runes[i] = r
		g.ascii = g.ascii && r < utf8.RuneSelf
		g.wide = g.wide || fold == Fold && (r == 'k' || r == 's')
	}
	if !g.holes {
		g.lit = string(runes)
		return g
	}
	shown := slices.Clone(runes)
	for i, r := range shown {
		if r == hole {
			shown[i] = '?'
		}
	}
	g.lit = string(shown)
	return g
}

// searched makes a segment ready for index.
func (g segment) searched() segment {
	g.hostile = &slowSearch{}
	if g.ascii {
		g.pickAnchor()
	}
	return g
}

// rarity tells of a byte how seldom it stands in paths and command lines; frequent letters come first.
var rarity = func() (out [256]int8) {
	for i := range out {
		out[i] = 40
	}
	for i, c := range []byte("etaoinsrldcumphfgbywvkxjqz") {
		out[c] = int8(i)
	}
	for _, c := range []byte(" \\/0") {
		out[c] = 15
	}
	return out
}()

// pickAnchor chooses the byte that is probably rarest.
func (g *segment) pickAnchor() {
	best := int8(-1)
	for i := 0; i < len(g.lit); i++ {
		c := g.lit[i]
		if rarity[c] > best {
			best, g.anchor = rarity[c], i
			g.letter = 'a' <= c && c <= 'z'
		}
	}
}

// prefix returns the number of bytes of s that the segment matches at its start, or -1.
func (g *segment) prefix(s string) int {
	if g.fold == Sensitive && !g.holes {
		if strings.HasPrefix(s, g.lit) {
			return len(g.lit)
		}
		return -1
	}
	if !g.ascii {
		return g.prefixRunes(s)
	}
	if len(s) < len(g.lit) {
		return -1
	}
	for i := 0; i < len(g.lit); i++ {
		if c := s[i]; lowerByte(c) != g.lit[i] {
			if c >= utf8.RuneSelf && g.wide {
				return g.prefixRunes(s)
			}
			return -1
		}
	}
	return len(g.lit)
}

func (g *segment) prefixRunes(s string) int {
	at := 0
	for _, want := range g.runes {
		if at == len(s) {
			return -1
		}
		r, n := utf8.DecodeRuneInString(s[at:])
		if want != hole && r != want && g.fold.Rune(r) != want {
			return -1
		}
		at += n
	}
	return at
}

// suffix returns where the segment's match at the end of s starts, or -1.
func (g *segment) suffix(s string) int {
	if g.fold == Sensitive && !g.holes {
		if strings.HasSuffix(s, g.lit) {
			return len(s) - len(g.lit)
		}
		return -1
	}
	if !g.ascii {
		return g.suffixRunes(s)
	}
	if len(s) < len(g.lit) {
		return -1
	}
	off := len(s) - len(g.lit)
	for i := len(g.lit) - 1; i >= 0; i-- {
		if c := s[off+i]; lowerByte(c) != g.lit[i] {
			if c >= utf8.RuneSelf && g.wide {
				return g.suffixRunes(s)
			}
			return -1
		}
	}
	return off
}

func (g *segment) suffixRunes(s string) int {
	end := len(s)
	for i := len(g.runes) - 1; i >= 0; i-- {
		if end == 0 {
			return -1
		}
		r, n := utf8.DecodeLastRuneInString(s[:end])
		if want := g.runes[i]; want != hole && r != want && g.fold.Rune(r) != want {
			return -1
		}
		end -= n
	}
	return end
}

// index returns the end of the leftmost match in s, or -1.
func (g *segment) index(s string) int {
	if g.fold == Sensitive && !g.holes {
		i := strings.Index(s, g.lit)
		if i < 0 {
			return -1
		}
		return i + len(g.lit)
	}
	if !g.ascii || g.wide && !isASCII(s) {
		return g.indexRunes(s)
	}
	return g.indexASCII(s)
}

// indexASCII looks for the anchor byte and compares around it. All of the segment matches one byte each.
func (g *segment) indexASCII(s string) int {
	m := len(g.lit)
	c := g.lit[g.anchor]
	rest := len(s) - (m - 1 - g.anchor) // anchors at or behind rest cannot match
	for at, budget := g.anchor, 4*len(s)+64; at < rest; at++ {
		var n int
		if g.letter {
			n = indexLetter(s[at:rest], c)
		} else {
			n = strings.IndexByte(s[at:rest], c)
		}
		if n < 0 {
			return -1
		}
		at += n
		start, i := at-g.anchor, 0
		for i < m && lowerByte(s[start+i]) == g.lit[i] {
			i++
		}
		if i == m {
			return start + m
		}
		if budget -= i; budget < 0 {
			return g.indexHostile(s)
		}
	}
	return -1
}

func (g *segment) indexRunes(s string) int {
	budget := 8*len(s) + 64
	for at := 0; at <= len(s); {
		i, pos := 0, at
		for i < len(g.runes) && pos < len(s) {
			r, n := utf8.DecodeRuneInString(s[pos:])
			if want := g.runes[i]; want != hole && r != want && g.fold.Rune(r) != want {
				break
			}
			i, pos = i+1, pos+n
		}
		switch {
		case i == len(g.runes):
			return pos
		case pos == len(s):
			return -1
		}
		if budget -= i; budget < 0 {
			return g.indexHostile(s)
		}
		_, n := utf8.DecodeRuneInString(s[at:])
		at += n
	}
	return -1
}

// indexHostile is index with a guarantee: linear without holes, len(s)*len(runes)/64 with them.
func (g *segment) indexHostile(s string) int {
	g.hostile.once.Do(g.buildHostile)
	if g.holes {
		return g.shiftAnd(s)
	}
	fail, k := g.hostile.fail, 0
	for at := 0; at < len(s); {
		r, n := utf8.DecodeRuneInString(s[at:])
		r = g.fold.Rune(r)
		at += n
		for k > 0 && g.runes[k] != r {
			k = int(fail[k-1])
		}
		if g.runes[k] == r {
			if k++; k == len(g.runes) {
				return at
			}
		}
	}
	return -1
}

func (g *segment) buildHostile() {
	h, m := g.hostile, len(g.runes)
	if !g.holes {
		h.fail = make([]int32, m)
		for i, k := 1, 0; i < m; i++ {
			for k > 0 && g.runes[k] != g.runes[i] {
				k = int(h.fail[k-1])
			}
			if g.runes[k] == g.runes[i] {
				k++
			}
			h.fail[i] = int32(k)
		}
		return
	}
	words := (m + 63) / 64
	h.any, h.masks = make([]uint64, words), map[rune][]uint64{}
	for i, r := range g.runes {
		if r == hole {
			h.any[i/64] |= 1 << (i % 64)
		} else if h.masks[r] == nil {
			h.masks[r] = make([]uint64, words)
		}
	}
	for r, mask := range h.masks {
		copy(mask, h.any)
		for i, q := range g.runes {
			if q == r {
				mask[i/64] |= 1 << (i % 64)
			}
		}
	}
}

func (g *segment) shiftAnd(s string) int {
	h := g.hostile
	state := make([]uint64, len(h.any))
	last, bit := (len(g.runes)-1)/64, uint(len(g.runes)-1)%64
	for at := 0; at < len(s); {
		r, n := utf8.DecodeRuneInString(s[at:])
		at += n
		mask := h.masks[g.fold.Rune(r)]
		if mask == nil {
			mask = h.any
		}
		carry := uint64(1)
		for w, x := range state {
			state[w] = (x<<1 | carry) & mask[w]
			carry = x >> 63
		}
		if state[last]>>bit&1 != 0 {
			return at
		}
	}
	return -1
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// word loads eight bytes of s at i, little-endian. The caller has checked i+8 <= len(s).
func word(s string, i int) uint64 {
	b := unsafe.Slice(unsafe.StringData(s), len(s))[i : i+8 : i+8]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// indexLetter returns the first index of the lower-case letter c or its capital in s, or -1. Eight bytes at a time:
// setting bit 5 makes exactly the two cases of a letter equal.
func indexLetter(s string, c byte) int {
	i, want := 0, uint64(c)*ones
	for ; i+8 <= len(s); i += 8 {
		x := (word(s, i) | 0x20*ones) ^ want
		if hit := (x - ones) &^ x & highs; hit != 0 {
			return i + bits.TrailingZeros64(hit)/8
		}
	}
	for ; i < len(s); i++ {
		if s[i]|0x20 == c {
			return i
		}
	}
	return -1
}

func isASCII(s string) bool {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		if word(s, i)&highs != 0 {
			return false
		}
	}
	for ; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
