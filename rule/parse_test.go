package rule

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/internal/tomlspan"
)

func TestPosition(t *testing.T) {
	f, _ := Parse("p", []byte("\ufeffä = 1\r\nb = \"日本\"\n"))
	for _, tt := range []struct{ offset, line, column int }{
		{-5, 1, 1}, {0, 1, 1}, {3, 1, 1}, {5, 1, 2}, {9, 1, 6}, {11, 2, 1}, {16, 2, 6}, {19, 2, 7}, {22, 2, 8}, {24, 3, 1}, {99, 3, 1},
	} {
		p := f.Position(tt.offset)
		if p.Line != tt.line || p.Column != tt.column {
			t.Errorf("Position(%d) = %d:%d, want %d:%d", tt.offset, p.Line, p.Column, tt.line, tt.column)
		}
		if back, ok := f.Offset(p.Line, p.Column); !ok || f.Position(back).Line != tt.line || f.Position(back).Column != tt.column {
			t.Errorf("Offset(%d, %d) = %d", p.Line, p.Column, back)
		}
	}
	if _, ok := f.Offset(4, 1); ok {
		t.Error("line 4 exists")
	}
	if diff := cmp.Diff([]string{"\ufeffä = 1", "b = \"日本\"", ""}, []string{f.Line(1), f.Line(2), f.Line(3)}); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

// TestSpans writes the tree of a file with what each span covers.
func TestSpans(t *testing.T) {
	src := "top = 1 # c1\n[a.'b c']\nx.y = [1, [ 2 ], # c2\n { z = \"s\", w.v = true }, ]\nx.q = 2\n[[a.list]]\nk = ''\n[a.list.sub]\n[[a.list]]\n[a]\nlast = 1.5\n"
	f, diags := Parse("s", []byte(src))
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	checkTree(t, f)
	var b strings.Builder
	var dump func(n *Node, indent string)
	dump = func(n *Node, indent string) {
		for _, c := range n.Children {
			b.WriteString(indent + strings.Join([]string{f.Slice(c.KeySpan), f.Slice(c.Span), strings.ReplaceAll(f.Slice(c.Entry), "\n", "⏎")}, " | ") + "\n")
			dump(c, indent+"  ")
		}
	}
	dump(f.Root, "")
	want := `top | 1 | top = 1
a | [a] | [a.'b c']⏎x.y = [1, [ 2 ], # c2⏎ { z = "s", w.v = true }, ]⏎x.q = 2⏎[[a.list]]⏎k = ''⏎[a.list.sub]⏎[[a.list]]⏎[a]⏎last = 1.5
  'b c' | [a.'b c'] | [a.'b c']⏎x.y = [1, [ 2 ], # c2⏎ { z = "s", w.v = true }, ]⏎x.q = 2
    x | x | x.y = [1, [ 2 ], # c2⏎ { z = "s", w.v = true }, ]⏎x.q = 2
      y | [1, [ 2 ], # c2
 { z = "s", w.v = true }, ] | x.y = [1, [ 2 ], # c2⏎ { z = "s", w.v = true }, ]
         | 1 | 1
         | [ 2 ] | [ 2 ]
           | 2 | 2
         | { z = "s", w.v = true } | { z = "s", w.v = true }
          z | "s" | z = "s"
          w | w | w.v = true
            v | true | w.v = true
      q | 2 | x.q = 2
  list | [[a.list]] | [[a.list]]⏎k = ''⏎[a.list.sub]⏎[[a.list]]
     | [[a.list]] | [[a.list]]⏎k = ''⏎[a.list.sub]
      k | '' | k = ''
      sub | [a.list.sub] | [a.list.sub]
     | [[a.list]] | [[a.list]]
  last | 1.5 | last = 1.5
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Comment{{Text: "# c1", Span: Span{Start: 8, End: 12}}, {Text: "# c2", Span: Span{Start: 40, End: 44}}}, f.Comments); diff != "" {
		t.Errorf("comments (-want +got):\n%s", diff)
	}
}

func TestTextOffsets(t *testing.T) {
	for _, tt := range []struct{ name, literal, find, want string }{
		{"literal block", "'''\nprocess where x\n'''", "where", "where"},
		{"literal block with CRLF", "'''\r\na\r\nb'''", "b", "b"},
		{"no line break at the start", "'''abc'''", "b", "b"},
		{"quotes before the end", "'''a'''''", "''", "''"},
		{"basic with escapes", `"a\tb\u00e9c"`, "c", "c"},
		{"an escape", `"a\tb\u00e9c"`, "é", `\u00e9`},
		{"around an escape", `"a\tb\u00e9c"`, "bé", `b\u00e9`},
		{"basic block with continuation", "\"\"\"\na \\\n   b\\\\c\"\"\"", "b", "b"},
		{"over a continuation", "\"\"\"\na \\\n   b\"\"\"", " b", " \\\n   b"},
		{"continuation with CRLF", "\"\"\"a\\\r\n  \r\n b\"\"\"", "b", "b"},
		{"six and eight digits", `"\U0001F600x\x41"`, "😀x", `\U0001F600x`},
	} {
		f, diags := Parse("", []byte("k = "+tt.literal+"\n"))
		if len(diags) > 0 {
			t.Errorf("%s: %v", tt.name, diags)
			continue
		}
		text := f.Lookup("k").Text()
		at := strings.Index(text.Value, tt.find)
		s := text.FileSpan(at, at+len(tt.find))
		if got := f.Slice(s); got != tt.want {
			t.Errorf("%s: %q maps to %q, want %q", tt.name, tt.find, got, tt.want)
		}
		if back, ok := text.ValueOffset(s.Start); !ok || back != at {
			t.Errorf("%s: offset %d maps back to %d", tt.name, at, back)
		}
	}
}

func TestTextEdits(t *testing.T) {
	for _, tt := range []struct{ name, literal, find, new, want string }{
		{"literal block", "'''\na == b\n'''", "==", ":", "'''\na : b\n'''"},
		{"basic", `"a == \"b\""`, `"b"`, `"c\d"`, `"a == \"c\\d\""`},
		{"basic, several lines", `"a"`, "a", "x\ny\tz", `"x\ny\tz"`},
		{"basic block", "\"\"\"\na\n\"\"\"", "a", "x\n\"\"\"\\", "\"\"\"\nx\n\\\"\\\"\\\"\\\\\n\"\"\""},
		{"CRLF", "'''\r\na\r\n'''", "a", "x\ny", "'''\r\nx\r\ny\r\n'''"},
		{"quote in a literal", `'a'`, "a", "it's", ""},
		{"three quotes in a literal block", "'''a'''", "a", "x'''y", ""},
		{"line break in a literal", `'a'`, "a", "x\ny", ""},
		{"quotes that meet", "'''a''b'''", "a", "x'", ""},
		{"half a character", `'ä'`, "\xa4", "x", ""},
	} {
		src := "k = " + tt.literal + "\n"
		f, _ := Parse("", []byte(src))
		text := f.Lookup("k").Text()
		at := strings.Index(text.Value, tt.find)
		edits, err := text.Edits(ValueEdit{Start: at, End: at + len(tt.find), New: tt.new})
		if (err != nil) != (tt.want == "") {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
			continue
		}
		if err != nil {
			continue
		}
		out, err := Apply([]byte(src), edits)
		if want := "k = " + tt.want + "\n"; err != nil || string(out) != want {
			t.Errorf("%s: got %q, %v, want %q", tt.name, out, err, want)
		}
	}
}

func TestHostileFilesAreRefused(t *testing.T) {
	for name, src := range map[string]string{
		"deep array":       "a = " + strings.Repeat("[", 200000),
		"deep closed":      "a = " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000),
		"deep dotted key":  strings.Repeat("a.", 100000) + "b = 1",
		"deep header":      "[" + strings.Repeat("a.", 100000) + "b]",
		"deep inline":      "a = " + strings.Repeat("{a=", 5000) + "1" + strings.Repeat("}", 5000),
		"many duplicates":  "[t]\n" + strings.Repeat("a = 1\n", 100000),
		"one line":         "a = \"" + strings.Repeat("x", 1<<20),
		"too large":        strings.Repeat("# comment\n", 1<<20),
		"no UTF-8 at all":  strings.Repeat("\xff", 1000),
		"UTF-16":           "\xff\xfea\x00",
		"many open quotes": strings.Repeat("\"\"\"", 10001),
	} {
		f, diags := Parse(name, []byte(src))
		if len(diags) == 0 || len(diags) > tomlspan.MaxErrors+1 {
			t.Errorf("%s: %d findings", name, len(diags))
		}
		f.ValidateSchema()
		for _, d := range diags {
			if len(d.Message) > 300 {
				t.Errorf("%s: message of %d bytes", name, len(d.Message))
			}
		}
	}
}
