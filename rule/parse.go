package rule

import (
	"bytes"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"
)

// Parse reads a rule file. It never fails: problems are diagnostics (file/encoding, file/syntax). What stands before a
// syntax error is in the tree; keys and tables that are defined twice keep their first value.
func Parse(name string, src []byte) (*File, []Diagnostic) {
	f := &File{Path: cleanPath(name), Src: src, Rule: &Rule{}, Metadata: &Metadata{}}
	f.Root = &Node{Kind: TableNode, origin: fromHeader, file: f, Span: Span{Start: 0, End: len(src)}, Entry: Span{Start: 0, End: len(src)}}
	diags, ok := f.decode(maxFileSize)
	if ok {
		diags = append(diags, f.read()...)
		f.fill()
	} else {
		f.Truncated = true
	}
	for i := range diags {
		diags[i].Path, diags[i].RuleID = f.Path, f.Rule.ID
	}
	return f, diags
}

func cleanPath(name string) string {
	if name == "" {
		return ""
	}
	return path.Clean(strings.ReplaceAll(name, "\\", "/"))
}

const byteOrderMark = "\ufeff"

// decode checks the encoding and sets f.text. It returns false if there is nothing to parse: a file of more than limit bytes, say.
func (f *File) decode(limit int) (diags []Diagnostic, ok bool) {
	report := func(code string, s Span, msg, hint string, fixes ...Fix) {
		diags = append(diags, Diagnostic{Code: code, Severity: Error, Span: s, Message: msg, Hint: hint, Fixes: fixes})
	}
	if len(f.Src) > limit {
		report("file/syntax", Span{}, fmt.Sprintf("file has %d bytes, more than the limit of %d", len(f.Src), limit), "")
		return diags, false
	}
	if bytes.HasPrefix(f.Src, []byte("\xff\xfe")) || bytes.HasPrefix(f.Src, []byte("\xfe\xff")) {
		report("file/encoding", Span{Start: 0, End: 2}, "file is UTF-16, expected UTF-8", "save it as UTF-8 without a byte order mark")
		return diags, false
	}
	clean := f.Src
	if bytes.HasPrefix(clean, []byte(byteOrderMark)) {
		mark := Span{Start: 0, End: len(byteOrderMark)}
		if f.Format == TOML {
			report("file/encoding", mark, "file starts with a byte order mark, which TOML 1.0 does not know",
				"save it as UTF-8 without a byte order mark",
				Fix{Message: "delete the byte order mark", Safe: true, Edits: []Edit{{Span: mark}}})
		}
		clean = append([]byte("   "), clean[len(byteOrderMark):]...)
	}
	if !utf8.Valid(clean) {
		var bad []Span
		clean, bad = blankInvalid(clean)
		report("file/encoding", bad[0], invalidMessage(f.Src, bad), invalidHint(f.Src[bad[0].Start]))
	}
	f.text = string(clean)
	return diags, true
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

// Quote shows a piece of the user's text in a message: in backquotes, on one line, shortened to 60 characters.
func Quote(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 60 {
		s = string(r[:59]) + "…"
	}
	return "`" + s + "`"
}
