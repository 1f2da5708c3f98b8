package event

import "math/bits"

// skip moves behind the value at the cursor.
func (s *scanner) skip(depth int) error {
	switch s.peek() {
	case '"':
		end, _ := s.endOfString(s.pos + 1)
		if s.pos = end + 1; end < len(s.buf) {
			return nil
		}
		s.pos = len(s.buf)
		return s.fail("string without closing quote")
	case '{', '[':
		return s.skipNested(depth)
	}
	return s.skipScalar()
}

// brackets is the stack of open brackets of a skipped value, a set bit for an object.
type brackets struct {
	depth int
	open  [maxDepth/64 + 1]uint64
}

// push opens the bracket c: of { and [ only the former has the bit 0x20.
func (b *brackets) push(c byte) {
	w, bit := &b.open[b.depth>>6], uint64(1)<<(b.depth&63)
	b.depth++
	*w &^= bit
	if c&0x20 != 0 {
		*w |= bit
	}
}

// pop closes the innermost bracket and reports whether c is its partner.
func (b *brackets) pop(c byte) bool {
	b.depth--
	return b.open[b.depth>>6]>>(b.depth&63)&1 != 0 == (c&0x20 != 0)
}

// skipNested moves behind an object or array: brackets must nest, strings must end. It visits brackets only.
func (s *scanner) skipNested(depth int) error {
	var b brackets
	w := s.pos >> 6
	here := s.blocks[w].brackets &^ (1<<(uint(s.pos)&63) - 1)
	for {
		for ; here != 0; here &= here - 1 {
			s.pos = w<<6 + bits.TrailingZeros64(here)
			c := s.buf[s.pos]
			if c&2 != 0 { // of the brackets { and [ have this bit
				if depth+b.depth > maxDepth || b.depth > maxDepth {
					return s.fail("nested more than %d deep", maxDepth)
				}
				b.push(c)
				continue
			}
			if !b.pop(c) {
				return s.fail("unexpected %s", s.found())
			}
			if b.depth == 0 {
				s.pos++
				return nil
			}
		}
		if w++; w == len(s.blocks) {
			break
		}
		here = s.blocks[w].brackets
	}
	s.pos = len(s.buf)
	if s.end.quoted != 0 {
		return s.fail("string without closing quote")
	}
	return s.fail("object or array without closing bracket")
}

// whole reports that a text is one object: its brackets nest, and the first one closes at the very end.
func (s *scanner) whole(text []byte) bool {
	s.load(text)
	return s.skipNested(0) == nil && s.pos == len(text) && s.end.stray == 0
}
