package tomlspan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSyntaxErrors: what is wrong, where, and what kind of mistake it is.
func TestSyntaxErrors(t *testing.T) {
	for _, tt := range []struct {
		src, at string // the text of the span
		kind    Kind
		message string
	}{
		{`a = "x`, `"x`, UnclosedString, `string is not closed: no " follows on the line`},
		{`a = "`, `"`, UnclosedString, `string is not closed: no " follows on the line`},
		{"a = '\nb = 1", `'`, UnclosedString, `string is not closed: no ' follows on the line`},
		{"a = \"\"\"\nx\n", `"""`, UnclosedString, `string is not closed: no """ follows`},
		{"a = \"\"\"\nx\nb = \"\"\"y\"\"\"\n", `"""`, UnclosedString, "string is not closed: it ends at the opening quotes of `b`"},
		{`a = '''x''''''`, "''''''", UnclosedString, "too many quotes at the end of the string: ''' closes it"},
		{"a = \"\"\"x\n\t", `"""`, UnclosedString, `string is not closed: no """ follows`},
		{`a = "x\q"`, `\q`, BadEscape, "`\\q` is no escape that TOML knows"},
		{`a = "x\“u"`, `\“`, BadEscape, "`\\“` is no escape that TOML knows"},
		{`a = "x\u12"`, `\u12"`, BadEscape, "`\\u12\"` is no escape that TOML knows"},
		{"a = \"\"\"x\\u1\n\"\"\"", `\u1`, BadEscape, "`\\u1` is no escape that TOML knows"},
		{`a = "\uD800"`, `\uD800`, BadEscape, "`\\uD800` is no escape that TOML knows"},
		{"a = \"x\x01\"", "\x01", ControlCharacter, "control character U+0001 in a string"},
		{"a = 1 # x\x01", "\x01", ControlCharacter, "control character U+0001"},
		{"a = [1,\r 2]", "\r", ControlCharacter, "a carriage return stands without a line feed"},
		{"a = '''x\ry'''", "\r", ControlCharacter, "a carriage return stands without a line feed"},
		{"a = “x”", "“", WrongQuote, "“ is not a quotation mark of TOML"},
		{`"""` + "\na = 1", `"""`, StrayQuotes, `""" closes no string`},
		{"a = [1, 2", "[", Unclosed, "array is not closed: no ] follows"},
		{"a = [1, false", "[", Unclosed, "array is not closed: no ] follows"},
		{"a = [\n{ b = ", "[", Unclosed, "array is not closed: no ] follows"},
		{"a = [\n\"x\",\nb = 1\n", "[", Unclosed, "array is not closed before the next entry"},
		{"a = { b = 1", "{", Unclosed, "inline table is not closed: no } follows"},
		{"a =\nb = 1", "a =", NoValue, "`a` has no value"},
		{"a = 5m", "5m", NotAValue, "`5m` is not a TOML value"},
		{"a = 12x\n", "12x", NotAValue, "`12x` is not a TOML value"},
		{"a = [1, 12x]\n", "12x", NotAValue, "`12x` is not a TOML value"},
		{"a = -\"x\"\n", "-\"x\"", NotAValue, "`-\"x\"` is not a TOML value"},
		{"a = 2026/01/02\"\n", "2026/01/02\"", NotAValue, "`2026/01/02\"` is not a TOML value"},
		{"a = True\n", "True", NotAValue, "`True` is not a TOML value"},
		{"a = [1 2]", "1", MissingComma, "a comma is missing behind this entry of the array"},
		{"a = {b = 1 c = 2}", "1", MissingComma, "a comma is missing behind this entry of the inline table"},
		{`a = ["x"y"]`, `y"`, MissingComma, "`y\"` follows the end of a string: the quotes do not pair up"},
		{"[a\nb = 1", "[a", BadHeader, "table header `[a` is not closed by ]"},
		{"[[a]\nb = 1", "[[a]", BadHeader, "table header `[[a]` is not closed by ]]"},
		{"[a] b = 1", "b = 1", BehindValue, "a second entry stands on the line: `b = 1`"},
		{"a = 1 ]", "]", BehindValue, "] closes nothing that is open"},
		{`a = "x" y`, "y", BehindValue, "unexpected `y` behind the value"},
		{"// a\n", "// a", NotAnEntry, "`// a` is not an entry"},
		{"a: 1\n", ":", NotAnEntry, "expected = behind the key `a`, found :"},
		{"= 1\n", "= 1", NotAnEntry, "the key is missing before ="},
		{"a b = 1\n", "b", NotAnEntry, "expected = behind the key `a`, found `b`"},
		{"[t]\na = 1\na = 2\n", "a", Duplicate, "key `a` is defined twice"},
		{"a = 1\n[a]\n", "a", Conflicting, "`a` is an integer already and cannot be a table"},
		{"a = 99999999999999999999\n", "99999999999999999999", BadValue, "integer `99999999999999999999` is out of the range of 64 bits"},
	} {
		doc := Parse([]byte(tt.src))
		if len(doc.Errors) != 1 {
			t.Errorf("%q: %d errors: %+v", tt.src, len(doc.Errors), doc.Errors)
			continue
		}
		e := doc.Errors[0]
		if d := cmp.Diff(fmt.Sprintf("%d %q %s", tt.kind, tt.at, tt.message), fmt.Sprintf("%d %q %s", e.Kind, doc.Slice(e.Span), e.Message)); d != "" {
			t.Errorf("%q (-want +got):\n%s", tt.src, d)
		}
		if doc.Truncated != e.Kind.Grammar() {
			t.Errorf("%q: truncated %v", tt.src, doc.Truncated)
		}
		if e.Fix != nil {
			if _, err := Apply([]byte(tt.src), e.Fix.Edits); err != nil {
				t.Errorf("%q: %v", tt.src, err)
			}
		}
	}
}

// TestRepeatedMistakes counts a slip once: what follows from it is not said again.
func TestRepeatedMistakes(t *testing.T) {
	for _, tt := range []struct {
		src  string
		want []string
	}{
		{"[a]\nx = 1\n[a.b]\ny = 1\n[[a]]\nx = 2\n[a.b]\ny = 2\n", []string{"`a` is a table already and cannot be an array of tables"}},
		{"[a]\nx = 1\n[a.b]\ny = 1\n[a]\nx = 2\n[a.b]\ny = 2\n", []string{"table `[a]` is defined twice"}},
		{"[a]\n[a.b]\n[a]\n[c]\n[a.b]\n", []string{"table `[a]` is defined twice", "table `[a.b]` is defined twice"}},
		{"[a]\n[a.b]\n[[a]]\n[c]\n[a.b]\n", []string{"`a` is a table already and cannot be an array of tables", "table `[a.b]` is defined twice"}},
		{"[a]\nx = 1\ny = 1\nx = 2\ny = 2\n", []string{"key `x` is defined twice"}},
		{"[a]\nx = 1\nx = 2\ny = 1\ny = 2\n", []string{"key `x` is defined twice", "key `y` is defined twice"}},
		{"a = {x = 1, x = 2, y = 1, y = 2}\n", []string{"key `x` is defined twice", "key `y` is defined twice"}},
		{"[a]\nx = 1\ny = 1\nx = 2\ny = 99999999999999999999\n", []string{"key `x` is defined twice",
			"integer `99999999999999999999` is out of the range of 64 bits", "key `y` is defined twice"}},
	} {
		var got []string
		for _, e := range Parse([]byte(tt.src)).Errors {
			got = append(got, e.Message)
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%q (-want +got):\n%s", tt.src, d)
		}
	}
}

// TestEscapeLength holds the escapes that are known here to those that the parser takes.
func TestEscapeLength(t *testing.T) {
	for c := rune(0x20); c < 0x7f; c++ {
		for _, rest := range []string{"", "0", "41", "0041", "D800", "00000041", "00110000", "g1"} {
			body := `\` + string(c) + rest
			if strings.ContainsAny(body[1:], `"\`) && body != `\"` && body != `\\` {
				continue
			}
			n, ok := escapeLength(body+`"`, false)
			valid := len(Parse([]byte(`a = "`+body+`"`)).Errors) == 0
			if ok != valid || ok && n > len(body) {
				t.Errorf("%s: length %d, known %v, the parser says %v", body, n, ok, valid)
			}
		}
	}
}
