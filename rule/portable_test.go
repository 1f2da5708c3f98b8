package rule

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestUnportable has what pytoml 0.1.21 and Python 3.11's tomllib refused when they were asked, and what they take.
func TestUnportable(t *testing.T) {
	for _, tt := range []struct{ src, what, fixed string }{
		{"a = 0x49", "an integer that is not decimal", "a = 73"},
		{"a = 0o17", "an integer that is not decimal", "a = 15"},
		{"a = 0b11", "an integer that is not decimal", "a = 3"},
		{"a = 0", "", ""}, {"a = -0", "", ""}, {"a = +5", "", ""}, {"a = 1_000", "", ""}, {"a = 1e5", "", ""},
		{"a = inf", "a float without digits", ""}, {"a = -nan", "a float without digits", ""},
		{"a.b = 1", "a dotted key", ""}, {"a = {b.c = 1}", "a dotted key", ""}, {"[a.b]\nc = 1", "", ""}, {"\"a.b\" = 1", "", ""},
		{`a = "\e[0m"`, `the escape \e, python`, `a = "\u001b[0m"`},
		{`a = "\x41"`, `an escape \x, python`, `a = "\u0041"`},
		{`a = "\\e \\x41 \u0041 \t"`, "", ""},
		{"a = { b = 1,\n c = 2 }", "an inline table over several lines, python", ""},
		{"a = { b = 1, # c\n c = 2 }", "an inline table over several lines, python", ""},
		{"a = { b = 1, }", "a comma behind the last entry of an inline table, python", "a = { b = 1}"},
		{"a = { b = [1,\n 2] }", "", ""}, {"a = {}", "", ""}, {"a = { b = \"\"\"x\ny\"\"\" }", "", ""},
		{"a = [1, \"x\"]", "an array of values of several types", ""}, {"a = [1, 1.5]", "an array of values of several types", ""},
		{"a = [[1], [\"x\"]]", "", ""}, {"a = [1, 2,]", "", ""},
		{"a = 2026-01-01", "a date or time that is not written with T, seconds and time zone", ""},
		{"a = 2026-01-01T10:00:00", "a date or time that is not written with T, seconds and time zone", ""},
		{"a = 2026-01-01T10:00:00Z", "", ""}, {"a = 2026-01-01T10:00:00.5+01:00", "", ""},
		{"a = \"x\ty\"", "a tab in a string with double quotes", `a = "x\ty"`},
		{"a = \"\"\"\n\ty\"\"\"", "a tab in a string with double quotes", "a = \"\"\"\n\\ty\"\"\""},
		{"a = 'x\ty'", "", ""}, {"a = '''\n\ty'''", "", ""},
		{`a = """x""""`, "a quote in front of the quotes that close a block", ""}, {`a = '''x'''''`, "a quote in front of the quotes that close a block", ""},
		{`a = """x"y""z"""`, "", ""}, {"a = \"\"\"\"\"\"", "", ""},
		{"a = \"\"\"x \\  \n y\"\"\"", "a line that ends in a backslash and blanks", "a = \"\"\"x \\\n y\"\"\""}, {"a = \"\"\"x \\\n y\"\"\"", "", ""},
	} {
		f, diags := Parse("a.toml", []byte(tt.src))
		var what []string
		fixed := ""
		for _, u := range f.Unportable() {
			text := u.What
			if u.Python {
				text += ", python"
			}
			what = append(what, text)
			if u.Fix != nil {
				out, err := Apply(f.Src, u.Fix.Edits)
				if err != nil {
					t.Errorf("%q: %v", tt.src, err)
				}
				fixed = string(out)
			}
		}
		if d := cmp.Diff(tt.what, strings.Join(what, "; ")); d != "" || len(diags) > 0 {
			t.Errorf("%q: %v (-want +got):\n%s", tt.src, diags, d)
		}
		if fixed != tt.fixed {
			t.Errorf("%q: fixed %q, want %q", tt.src, fixed, tt.fixed)
		}
	}
}
