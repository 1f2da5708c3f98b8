package tomlspan

import (
	"bytes"
	"fmt"
	"unicode/utf8"
	"unsafe"

	"github.com/rulevet/rulevet/source"
)

// Decode checks the encoding of a text, of TOML or another format, and blanks what is no part of it: a byte order mark, which is an
// error where markIsError, and bytes that are no UTF-8. The offsets stay. It returns false if there is nothing to parse, as in a text
// of more than limit bytes. The text may be src itself, whose bytes may not change then.
func Decode(src []byte, limit int, markIsError bool) (text string, errs []Error, ok bool) {
	if len(src) > limit {
		return "", []Error{{Kind: TooLarge, Message: fmt.Sprintf("file has %d bytes, more than the limit of %d", len(src), limit)}}, false
	}
	if bytes.HasPrefix(src, []byte("\xff\xfe")) || bytes.HasPrefix(src, []byte("\xfe\xff")) {
		return "", []Error{{Kind: Encoding, Span: Span{Start: 0, End: 2}, Message: "file is UTF-16, expected UTF-8",
			Hint: "save it as UTF-8 without a byte order mark"}}, false
	}
	clean := src
	if bytes.HasPrefix(clean, []byte(source.ByteOrderMark)) {
		mark := Span{Start: 0, End: len(source.ByteOrderMark)}
		if markIsError {
			errs = append(errs, Error{Kind: Mark, Span: mark, Message: "file starts with a byte order mark, which TOML 1.0 does not know",
				Hint: "save it as UTF-8 without a byte order mark",
				Fix:  &Fix{Message: "delete the byte order mark", Safe: true, Edits: []Edit{{Span: mark}}}})
		}
		clean = append([]byte("   "), clean[len(source.ByteOrderMark):]...)
	}
	if !utf8.Valid(clean) {
		var bad []Span
		clean, bad = blankInvalid(clean)
		errs = append(errs, Error{Kind: Encoding, Span: bad[0], Message: invalidMessage(src, bad), Hint: invalidHint(src[bad[0].Start])})
	}
	return unsafe.String(unsafe.SliceData(clean), len(clean)), errs, true // nobody changes it
}

// blankInvalid replaces the bytes that are no UTF-8 by question marks, so that offsets stay and the rest can be read.
func blankInvalid(src []byte) (clean []byte, bad []Span) {
	clean = bytes.Clone(src)
	for i := 0; i < len(clean); {
		r, n := utf8.DecodeRune(clean[i:])
		if r == utf8.RuneError && n == 1 {
			clean[i] = '?'
			bad = append(bad, Span{Start: i, End: i + 1})
		}
		i += n
	}
	return clean, bad
}

func invalidMessage(src []byte, bad []Span) string {
	at := bad[0].Start
	msg := fmt.Sprintf("byte 0x%02X at offset %d is not UTF-8", src[at], at)
	if len(bad) > 1 {
		msg += fmt.Sprintf("; the file has %d such bytes", len(bad))
	}
	return msg
}

func invalidHint(c byte) string {
	if c >= 0xA0 { // the same in Latin-1 and Windows-1252
		return fmt.Sprintf("save the file as UTF-8; in Latin-1 the byte is %q", string(rune(c)))
	}
	return "save the file as UTF-8"
}
