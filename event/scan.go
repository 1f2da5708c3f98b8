package event

import (
	"fmt"
	"math/bits"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads JSON from a buffer, with the help of an index of it.
type scanner struct {
	buf    []byte
	pos    int
	blocks []block
	end    carry // state at the end of buf
}

// maxKept bounds the index that is kept between documents, in blocks: room for documents of 1 MiB.
const maxKept = 1 << 14

// load indexes a document and puts the cursor at its start.
func (s *scanner) load(buf []byte) {
	n := len(buf)/64 + 1
	if cap(s.blocks) < n || cap(s.blocks) > maxKept && n <= maxKept {
		s.blocks = make([]block, max(n, 64))
	}
	s.buf, s.pos, s.blocks, s.end = buf, 0, s.blocks[:n], carry{}
	index(buf, s.blocks, &s.end)
}

// stray reports a backslash outside of strings, where the index and what the cursor has passed might differ.
func (s *scanner) stray() error {
	if s.end.stray == 0 {
		return nil
	}
	quoted := false
	for i := 0; i < len(s.buf); i++ {
		switch c := s.buf[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case c == '\\':
			s.pos = i
			return s.fail("unexpected %s", s.found())
		}
	}
	return nil
}

func (s *scanner) fail(format string, args ...any) error {
	return &SyntaxError{Offset: s.pos, Message: fmt.Sprintf(format, args...)}
}

// found names what stands at the cursor, for messages.
func (s *scanner) found() string {
	if s.pos >= len(s.buf) {
		return "the end of the input"
	}
	r, _ := utf8.DecodeRune(s.buf[s.pos:])
	return strconv.QuoteRune(r)
}

func (s *scanner) peek() byte {
	if s.pos < len(s.buf) {
		return s.buf[s.pos]
	}
	return 0
}

func (s *scanner) space() {
	for s.pos < len(s.buf) {
		switch s.buf[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return
		}
	}
}

// endOfString returns the place of the quote that ends the string whose text begins at pos, len(buf) if none does. plain
// reports a text without escapes and control characters.
func (s *scanner) endOfString(pos int) (end int, plain bool) {
	b, shift := &s.blocks[pos>>6], uint(pos)&63
	if q := b.quotes >> shift; q != 0 {
		n := bits.TrailingZeros64(q) & 63
		return pos + n, b.special>>shift&(1<<uint(n)-1) == 0
	}
	return s.endFar(pos, b.special>>shift)
}

// endFar is endOfString for a string that reaches into the next block.
func (s *scanner) endFar(pos int, special uint64) (end int, plain bool) {
	for w := pos>>6 + 1; w < len(s.blocks); w++ {
		b := &s.blocks[w]
		if b.quotes != 0 {
			n := bits.TrailingZeros64(b.quotes)
			return w<<6 + n, (special | b.special&(1<<uint(n)-1)) == 0
		}
		special |= b.special
	}
	return len(s.buf), false
}

// string reads the string at the cursor. Without escapes the result is a view of the buffer, else of the record's memory.
func (s *scanner) string(rec *Record) (string, error) {
	start := s.pos + 1
	end, plain := s.endOfString(start)
	if plain {
		s.pos = end + 1
		return text(s.buf[start:end]), nil
	}
	return s.escaped(rec, start, end)
}

// escaped reads a string with escapes, or reports what is wrong with it.
func (s *scanner) escaped(rec *Record, start, end int) (string, error) {
	from := len(rec.texts)
	out := rec.texts
	for i := start; i < end; {
		special := s.blocks[i>>6].special >> (uint(i) & 63)
		if special == 0 { // nor has the rest of the block
			next := min(end, i&^63+64)
			out = append(out, s.buf[i:next]...)
			i = next
			continue
		}
		at := min(end, i+bits.TrailingZeros64(special))
		out = append(out, s.buf[i:at]...)
		if i = at; i == end {
			break
		}
		switch c := s.buf[i]; {
		case c == '\\' && i+1 < len(s.buf) && s.buf[i+1] == '\\': // most of all, in paths
			out = append(out, '\\')
			i += 2
		case c == '\\':
			var err error
			if out, i, err = s.escape(out, i); err != nil {
				return "", err
			}
		default:
			s.pos = i
			return "", s.fail("control character %s in a string", strconv.QuoteRune(rune(c)))
		}
	}
	if s.pos = end + 1; end >= len(s.buf) {
		s.pos = len(s.buf)
		return "", s.fail("string without closing quote")
	}
	rec.texts = out
	return text(out[from:len(out):len(out)]), nil
}

// escape appends the character of the escape at i and returns the place behind it. A lone surrogate becomes U+FFFD.
func (s *scanner) escape(out []byte, i int) ([]byte, int, error) {
	s.pos = i
	if i+1 >= len(s.buf) {
		s.pos = len(s.buf)
		return nil, 0, s.fail("string without closing quote")
	}
	switch c := s.buf[i+1]; c {
	case '"', '\\', '/':
		return append(out, c), i + 2, nil
	case 'b':
		return append(out, '\b'), i + 2, nil
	case 'f':
		return append(out, '\f'), i + 2, nil
	case 'n':
		return append(out, '\n'), i + 2, nil
	case 'r':
		return append(out, '\r'), i + 2, nil
	case 't':
		return append(out, '\t'), i + 2, nil
	case 'u':
		r, ok := s.hex4(i + 2)
		if !ok {
			return nil, 0, s.fail("`\\u` needs four hex digits")
		}
		i += 6
		if utf16.IsSurrogate(r) {
			low, ok := s.hex4(i + 2)
			if pair := utf16.DecodeRune(r, low); ok && s.buf[i] == '\\' && s.buf[i+1] == 'u' && pair != utf8.RuneError {
				return utf8.AppendRune(out, pair), i + 6, nil
			}
			r = utf8.RuneError
		}
		return utf8.AppendRune(out, r), i, nil
	}
	r, _ := utf8.DecodeRune(s.buf[i+1:])
	return nil, 0, s.fail("unknown escape `\\%c`", r)
}

func (s *scanner) hex4(at int) (r rune, ok bool) {
	if at+4 > len(s.buf) {
		return 0, false
	}
	for _, c := range s.buf[at : at+4] {
		switch {
		case c-'0' <= 9:
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
