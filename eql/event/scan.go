package event

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads JSON from a buffer.
type scanner struct {
	buf []byte
	pos int
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

// key reads a member's name and the colon behind it.
func (s *scanner) key() (string, error) {
	if s.peek() != '"' {
		return "", s.fail("expected a key in double quotes, found %s", s.found())
	}
	key, err := s.string()
	if err != nil {
		return "", err
	}
	s.space()
	if s.peek() != ':' {
		return "", s.fail("expected `:` after the key %q, found %s", key, s.found())
	}
	s.pos++
	return key, nil
}

// string reads the string at the cursor. Without escapes the result is a view of the buffer.
func (s *scanner) string() (string, error) {
	start := s.pos + 1
	i := start
	for i < len(s.buf) {
		switch c := s.buf[i]; {
		case c == '"':
			s.pos = i + 1
			return text(s.buf[start:i]), nil
		case c == '\\':
			return s.escaped(start, i)
		case c < ' ':
			s.pos = i
			return "", s.fail("control character %s in a string", strconv.QuoteRune(rune(c)))
		}
		i++
	}
	s.pos = len(s.buf)
	return "", s.fail("string without closing quote")
}

// escaped reads a string whose first escape is at i into memory of its own.
func (s *scanner) escaped(start, i int) (string, error) {
	out := append(make([]byte, 0, 2*(i-start)+16), s.buf[start:i]...)
	for i < len(s.buf) {
		switch c := s.buf[i]; {
		case c == '"':
			s.pos = i + 1
			return text(out), nil
		case c == '\\':
			var err error
			if out, i, err = s.escape(out, i); err != nil {
				return "", err
			}
		case c < ' ':
			s.pos = i
			return "", s.fail("control character %s in a string", strconv.QuoteRune(rune(c)))
		default:
			out = append(out, c)
			i++
		}
	}
	s.pos = len(s.buf)
	return "", s.fail("string without closing quote")
}

// escape appends the character of the escape at i and returns the place behind it. A lone surrogate becomes U+FFFD.
func (s *scanner) escape(out []byte, i int) ([]byte, int, error) {
	s.pos = i
	if i+1 >= len(s.buf) {
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
	return nil, 0, s.fail("unknown escape `\\%c`", s.buf[i+1])
}

func (s *scanner) hex4(at int) (rune, bool) {
	if at+4 > len(s.buf) {
		return 0, false
	}
	v, err := strconv.ParseUint(string(s.buf[at:at+4]), 16, 32)
	return rune(v), err == nil
}

// scalar reads a number, true, false or null; null gives a Missing value.
func (s *scanner) scalar() (Value, error) {
	start := s.pos
	for s.pos < len(s.buf) && isScalar(s.buf[s.pos]) {
		s.pos++
	}
	word := text(s.buf[start:s.pos])
	switch word {
	case "null":
		return Value{}, nil
	case "true":
		return Value{Kind: Bool, Bits: 1, Text: word}, nil
	case "false":
		return Value{Kind: Bool, Text: word}, nil
	}
	if !validNumber(word) {
		s.pos = start
		if word == "" {
			return Value{}, s.fail("expected a value, found %s", s.found())
		}
		return Value{}, s.fail("expected a value, found `%s`", clip(word))
	}
	v, err := number(word)
	if err != nil {
		s.pos = start
		return Value{}, s.fail("`%s` is not a number", clip(word))
	}
	return v, nil
}

func clip(word string) string {
	if len(word) > 40 {
		return word[:40] + "…"
	}
	return word
}

// isScalar reports the bytes that words and numbers are made of.
func isScalar(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '+' || c == '.'
}

// validNumber applies JSON's grammar of numbers, which is narrower than strconv's.
func validNumber(w string) bool {
	i := 0
	digits := func() bool {
		from := i
		for i < len(w) && w[i] >= '0' && w[i] <= '9' {
			i++
		}
		return i > from
	}
	if i < len(w) && w[i] == '-' {
		i++
	}
	from := i
	if !digits() || w[from] == '0' && i > from+1 {
		return false
	}
	if i < len(w) && w[i] == '.' {
		i++
		if !digits() {
			return false
		}
	}
	if i < len(w) && (w[i] == 'e' || w[i] == 'E') {
		i++
		if i < len(w) && (w[i] == '+' || w[i] == '-') {
			i++
		}
		if !digits() {
			return false
		}
	}
	return i == len(w)
}

// skip moves behind the value at the cursor.
func (s *scanner) skip(depth int) error {
	switch s.peek() {
	case '"':
		return s.skipString()
	case '{', '[':
		return s.skipNested(depth)
	}
	_, err := s.scalar()
	return err
}

func (s *scanner) skipString() error {
	i := s.pos + 1
	for {
		j := bytes.IndexByte(s.buf[min(i, len(s.buf)):], '"')
		if j < 0 {
			s.pos = len(s.buf)
			return s.fail("string without closing quote")
		}
		i += j
		back := i
		for s.buf[back-1] == '\\' {
			back--
		}
		if (i-back)%2 == 0 {
			s.pos = i + 1
			return nil
		}
		i++
	}
}

// skipNested moves behind an object or array: brackets must nest, strings must end.
func (s *scanner) skipNested(depth int) error {
	var room [32]byte
	open := room[:0]
	for s.pos < len(s.buf) {
		switch c := s.buf[s.pos]; c {
		case '"':
			if err := s.skipString(); err != nil {
				return err
			}
			continue
		case '{', '[':
			if depth+len(open) > maxDepth {
				return s.fail("nested more than %d deep", maxDepth)
			}
			open = append(open, c)
		case '}', ']':
			if open[len(open)-1] != c-2 { // '{' and '[' stand two before their closing brackets
				return s.fail("unexpected %s", s.found())
			}
			if open = open[:len(open)-1]; len(open) == 0 {
				s.pos++
				return nil
			}
		}
		s.pos++
	}
	return s.fail("object or array without closing bracket")
}
