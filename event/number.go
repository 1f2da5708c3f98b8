package event

import (
	"math"
	"strconv"
	"strings"
	"unsafe"
)

// word returns what stands at the cursor up to the next byte that is part of no number or literal, and moves behind it.
func (s *scanner) word() string {
	start := s.pos
	for s.pos < len(s.buf) && isScalar(s.buf[s.pos]) {
		s.pos++
	}
	return text(s.buf[start:s.pos])
}

// scalar reads a number, true, false or null; null gives a Missing value.
func (s *scanner) scalar() (Value, error) {
	word := s.word()
	switch word {
	case "null":
		return Value{}, nil
	case "true":
		return Value{Kind: Bool, Bits: 1, Text: word}, nil
	case "false":
		return Value{Kind: Bool, Text: word}, nil
	}
	if !validNumber(word) {
		return Value{}, s.noScalar(word)
	}
	return number(word), nil
}

// skipScalar moves behind a number, true, false or null.
func (s *scanner) skipScalar() error {
	word := s.word()
	if validNumber(word) || word == "true" || word == "false" || word == "null" {
		return nil
	}
	return s.noScalar(word)
}

// noScalar reports a word that is no value; the cursor is behind it.
func (s *scanner) noScalar(word string) error {
	s.pos -= len(word)
	if word == "" {
		return s.fail("expected a value, found %s", s.found())
	}
	return s.fail("expected a value, found `%s`", clip(word))
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
	if len(w) > 0 && w[0] == '-' {
		w = w[1:]
	}
	n := digits(w)
	if n == 0 || w[0] == '0' && n > 1 {
		return false
	}
	if w = w[n:]; w == "" {
		return true
	}
	if w[0] == '.' {
		if n = digits(w[1:]); n == 0 {
			return false
		}
		w = w[1+n:]
	}
	if len(w) > 0 && w[0]|0x20 == 'e' {
		w = w[1:]
		if len(w) > 0 && (w[0] == '+' || w[0] == '-') {
			w = w[1:]
		}
		if n = digits(w); n == 0 {
			return false
		}
		w = w[n:]
	}
	return w == ""
}

// digits counts the decimal digits at the start.
func digits(w string) int {
	n := 0
	for n < len(w) && w[n]-'0' <= 9 {
		n++
	}
	return n
}

// number classifies the text of a valid JSON number. What is too large for a double is infinite.
func number(text string) Value {
	v := Value{Text: text}
	if !strings.ContainsAny(text, ".eE") {
		if i, err := strconv.ParseInt(text, 10, 64); err == nil {
			v.Kind, v.Bits = Int, uint64(i)
			return v
		}
		if u, err := strconv.ParseUint(text, 10, 64); err == nil {
			v.Kind, v.Bits = Uint, u
			return v
		}
	}
	f, _ := strconv.ParseFloat(text, 64)
	v.Kind, v.Bits = Float, math.Float64bits(f)
	return v
}

// text gives a view of bytes as a string; the bytes must not change while it is used.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
