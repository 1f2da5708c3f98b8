package event

import (
	"encoding/binary"
	"math/bits"
)

// block tells of 64 bytes of a document where what matters stands, one bit a byte, the first byte in bit 0.
type block struct {
	quotes   uint64 // quotes that begin or end a string
	brackets uint64 // { } [ ] outside of strings
	special  uint64 // backslashes and control characters, in strings or not
}

// carry is what indexing hands from one block to the next. Its zero value is the state at the start of a document.
// The assembly knows its layout.
type carry struct {
	escaped uint64 // 1 if the last byte was a backslash that escapes the next one
	quoted  uint64 // all ones inside of a string
	stray   uint64 // not zero once a backslash stood outside of a string
}

// index fills out with the blocks of buf; out has len(buf)/64+1 entries, so that the end of buf has a block too. The
// bytes behind the end count as blanks.
func index(buf []byte, out []block, c *carry) {
	whole := len(buf) / 64
	if whole > 0 {
		indexBlocks(buf[:whole*64], out, c)
	}
	var tail [64]byte
	n := copy(tail[:], buf[whole*64:])
	for i := n; i < len(tail); i++ {
		tail[i] = ' '
	}
	indexBlocks(tail[:], out[whole:], c)
}

const (
	lows  = 0x0101010101010101
	highs = 0x8080808080808080
	evens = 0x5555555555555555
)

// indexPortable is index for whole blocks in plain Go, eight bytes at a time.
func indexPortable(buf []byte, out []block, c *carry) {
	for i := 0; i+64 <= len(buf); i += 64 {
		var quotes, slashes, control, brackets uint64
		for j := 0; j < 64; j += 8 {
			w := binary.LittleEndian.Uint64(buf[i+j:])
			folded := w | lows*0x20 // '[' becomes '{', ']' becomes '}'
			q := zeros(w ^ lows*'"')
			s := zeros(w ^ lows*'\\')
			k := zeros(w & (lows * 0xe0))
			b := zeros(folded^lows*'{') | zeros(folded^lows*'}')
			if q != 0 {
				quotes |= gather(q) << j
			}
			if s|k|b != 0 { // most words have none of these
				slashes |= gather(s) << j
				control |= gather(k) << j
				brackets |= gather(b) << j
			}
		}
		out[i/64] = c.block(quotes, slashes, control, brackets)
	}
}

// block settles which quotes count and what lies outside of strings.
func (c *carry) block(quotes, slashes, control, brackets uint64) block {
	quotes &^= c.escapes(slashes)
	quoted := prefixXor(quotes) ^ c.quoted
	c.quoted = uint64(int64(quoted) >> 63)
	c.stray |= slashes &^ quoted
	return block{quotes, brackets &^ quoted, slashes | control}
}

// escapes returns the bytes that a backslash before them escapes. In a run of backslashes every second one is escaped; an
// addition carries along the runs that begin at odd places, which swaps the parity for what follows them.
func (c *carry) escapes(slashes uint64) uint64 {
	slashes &^= c.escaped
	follows := slashes<<1 | c.escaped
	oddStarts := slashes &^ evens &^ follows
	sum, over := bits.Add64(oddStarts, slashes, 0)
	c.escaped = over
	return (evens ^ sum<<1) & follows
}

// zeros sets the high bit of every byte of w that is zero, exactly.
func zeros(w uint64) uint64 {
	return ^((w &^ highs) + ^uint64(highs) | w) & highs
}

// gather collects the high bits of the bytes of w, which has no other bits, in its low byte.
func gather(w uint64) uint64 { return (w >> 7) * 0x0102040810204080 >> 56 }

// prefixXor sets each bit to the parity of the bits up to and with it: ones from each opening quote to before the closing one.
func prefixXor(x uint64) uint64 {
	for s := 1; s < 64; s <<= 1 {
		x ^= x << s
	}
	return x
}
