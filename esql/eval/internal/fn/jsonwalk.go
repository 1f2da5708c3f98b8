package fn

import (
	"math/bits"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// maxJSONDepth and maxJSONDigits are limits of Elasticsearch's parser.
const (
	maxJSONDepth  = 1000
	maxJSONDigits = 1000
)

func digit(c byte) bool { return c-'0' <= 9 }

func isJSONBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// peek is the byte at the cursor, 0 at the end.
func (w *jsonWalk) peek() byte {
	if w.pos < len(w.doc) {
		return w.doc[w.pos]
	}
	return 0
}

// blank moves over blanks and comments.
func (w *jsonWalk) blank() error {
	for w.pos < len(w.doc) {
		switch c := w.doc[w.pos]; {
		case isJSONBlank(c):
			w.pos++
		case c == '/':
			if !w.comment() {
				return errJSONInvalid
			}
		default:
			return nil
		}
	}
	return nil
}

// comment moves over a comment; ok is false if it has no end, or is none.
func (w *jsonWalk) comment() (ok bool) {
	rest := w.doc[w.pos:]
	switch {
	case strings.HasPrefix(rest, "//"):
		n := strings.IndexAny(rest, "\r\n")
		if n < 0 {
			n = len(rest)
		}
		w.pos += n
		return true
	case strings.HasPrefix(rest, "/*"):
		n := strings.Index(rest[2:], "*/")
		if n < 0 {
			return false
		}
		w.pos += n + 4
		return true
	}
	return false
}

// open moves into the object or array at the cursor; more is false if it is empty, and the cursor behind it then.
func (w *jsonWalk) open(closing byte) (more bool, err error) {
	w.pos++
	if w.deep++; w.deep > maxJSONDepth {
		return false, errJSONInvalid
	}
	if closing == '}' {
		w.keys.open()
	}
	if err := w.blank(); err != nil {
		return false, err
	}
	if w.peek() == closing {
		w.close(closing)
		return false, nil
	}
	return true, nil
}

// next moves to the next member or element; more is false behind the last one.
func (w *jsonWalk) next(closing byte) (more bool, err error) {
	if c := w.peek(); c != ',' && c != closing {
		if err := w.blank(); err != nil {
			return false, err
		}
	}
	switch w.peek() {
	case ',':
		w.pos++
		return true, w.blank()
	case closing:
		w.close(closing)
		return false, nil
	}
	return false, errJSONInvalid
}

func (w *jsonWalk) close(closing byte) {
	w.pos++
	w.deep--
	if closing == '}' {
		w.keys.close()
	}
}

// key reads a key and what stands between it and its value.
func (w *jsonWalk) key() (string, error) {
	if w.peek() != '"' {
		return "", errJSONInvalid
	}
	key, err := w.text()
	if err != nil {
		return "", err
	}
	if !w.keys.add(key) {
		return "", errJSONInvalid
	}
	if err := w.blank(); err != nil {
		return "", err
	}
	if w.peek() != ':' {
		return "", errJSONInvalid
	}
	w.pos++
	return key, w.blank()
}

// skip moves behind the value at the cursor.
func (w *jsonWalk) skip() error {
	switch w.peek() {
	case '{':
		more, err := w.open('}')
		for ; more && err == nil; more, err = w.next('}') {
			if _, err := w.key(); err != nil {
				return err
			}
			if err := w.skip(); err != nil {
				return err
			}
		}
		return err
	case '[':
		more, err := w.open(']')
		for ; more && err == nil; more, err = w.next(']') {
			if err := w.skip(); err != nil {
				return err
			}
		}
		return err
	case '"':
		end, _ := w.endOfText()
		if end < 0 {
			return errJSONInvalid
		}
		w.pos = end + 1
		return nil
	}
	return w.scalar()
}

// text reads the text at the cursor.
func (w *jsonWalk) text() (string, error) {
	from := w.pos + 1
	end, escaped := w.endOfText()
	if end < 0 {
		return "", errJSONInvalid
	}
	w.pos = end + 1
	if !escaped {
		return w.doc[from:end], nil
	}
	return unescapeJSON(w.doc[from:end]), nil
}

// endOfText is the place of the quote that ends the text at the cursor, -1 if that is none.
func (w *jsonWalk) endOfText() (end int, escaped bool) {
	wide := false
	from := w.pos + 1
	for i := from; i < len(w.doc); {
		if i += plainASCII(w.doc[i:]); i >= len(w.doc) {
			break
		}
		switch c := w.doc[i]; {
		case c == '"' && wide && !utf8.ValidString(w.doc[from:i]):
			return -1, false
		case c == '"':
			return i, escaped
		case c == '\\':
			n := jsonEscape(w.doc[i:])
			if n == 0 {
				return -1, false
			}
			escaped = true
			i += n
		case c < ' ':
			return -1, false
		default:
			wide = true
			i++
		}
	}
	return -1, false
}

// jsonEscape is the length of the escape at the start of a text, 0 if that is none.
func jsonEscape(s string) int {
	if len(s) > 1 {
		switch s[1] {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			return 2
		}
	}
	if _, ok := jsonUnit(s); ok {
		return 6
	}
	return 0
}

// plainASCII counts the bytes in front of the first quote, backslash, control character or byte that is not ASCII.
func plainASCII(s string) int {
	const lows, highs = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(s); i += 8 {
		b := (*[8]byte)(unsafe.Pointer(unsafe.StringData(s[i:])))
		v := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 | uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		quote, slash := v^lows*'"', v^lows*'\\'
		// the lowest of the high bits that are set is right, as what is borrowed goes upwards
		if stop := ((quote-lows)&^quote | (slash-lows)&^slash | (v - lows*' ') | v) & highs; stop != 0 {
			return i + bits.TrailingZeros64(stop)/8
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c == '"' || c == '\\' || c < ' ' || c >= utf8.RuneSelf {
			break
		}
	}
	return i
}

// unescapeJSON is a text with its escapes, which are right, resolved. A lone surrogate becomes U+FFFD.
func unescapeJSON(s string) string {
	out := make([]byte, 0, len(s))
	for {
		n := strings.IndexByte(s, '\\')
		if n < 0 {
			out = append(out, s...)
			return unsafe.String(unsafe.SliceData(out), len(out)) // nobody else has these bytes
		}
		out = append(out, s[:n]...)
		s = s[n:]
		if r, ok := jsonUnit(s); ok {
			s = s[6:]
			if low, ok := jsonUnit(s); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
				r = utf16.DecodeRune(r, low)
				s = s[6:]
			}
			out = utf8.AppendRune(out, r)
			continue
		}
		c := s[1]
		if at := strings.IndexByte("bfnrt", c); at >= 0 {
			c = "\b\f\n\r\t"[at]
		}
		out = append(out, c)
		s = s[2:]
	}
}

// jsonUnit is the number of an escape of UTF-16 at the start of a text.
func jsonUnit(s string) (r rune, ok bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	for _, c := range []byte(s[2:6]) {
		switch {
		case digit(c):
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

// scalar moves over the number, truth value or null at the cursor. What may stand behind it within an object or array is
// not looked at.
func (w *jsonWalk) scalar() error {
	rest := w.doc[w.pos:]
	for _, word := range []string{"true", "false", "null"} {
		if strings.HasPrefix(rest, word) {
			w.pos += len(word)
			if c := w.peek(); digit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == '$' || c >= utf8.RuneSelf {
				return errJSONInvalid
			}
			return nil
		}
	}
	n, digits := jsonNumber(rest)
	if n == 0 || digits > maxJSONDigits {
		return errJSONInvalid
	}
	w.pos += n
	if w.deep == 0 && w.pos < len(w.doc) { // the number is the document: the blank that ends it belongs to it
		if !isJSONBlank(w.doc[w.pos]) {
			return errJSONInvalid
		}
		w.pos++
	}
	return nil
}

// jsonNumber is the length of the number at the start of a text, 0 if there is none, and how many digits it has.
func jsonNumber(s string) (n, digits int) {
	run := func() bool {
		from := n
		for n < len(s) && digit(s[n]) {
			n++
		}
		digits += n - from
		return n > from
	}
	if n < len(s) && s[n] == '-' {
		n++
	}
	zero := n < len(s) && s[n] == '0'
	if !run() || zero && digits > 1 {
		return 0, 0
	}
	if n < len(s) && s[n] == '.' {
		if n++; !run() {
			return 0, 0
		}
	}
	if n < len(s) && s[n]|0x20 == 'e' {
		if n++; n < len(s) && (s[n] == '+' || s[n] == '-') {
			n++
		}
		if !run() {
			return 0, 0
		}
	}
	return n, digits
}
