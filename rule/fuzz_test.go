package rule

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/pelletier/go-toml/v2"
)

const fuzzCap = 1 << 16

// FuzzParse reads any bytes: no panic, spans nest, offset maps are exact, and what is accepted is what go-toml's own
// decoder accepts, with the same values.
func FuzzParse(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	f.Add([]byte("a = [1, [2, # c\n 3], {b = 1, c.d = [ ] }]\r\n[[x.y]]\n[x.y.z]\n\"q\\u0041\" = \"\"\"\\\n  x\\t\"\"\"\""))
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > fuzzCap {
			return
		}
		file, diags := Parse("fuzz.toml", src)
		if !file.Truncated || file.text != "" {
			checkTree(t, file)
		}
		for _, d := range diags {
			if d.Span.Start < 0 || d.Span.End < d.Span.Start || d.Span.End > len(src) || d.Message == "" {
				t.Fatalf("finding outside the file: %+v", d)
			}
			checkFixes(t, src, d)
		}
		for _, d := range file.ValidateSchema() {
			if d.Span.Start < 0 || d.Span.End < d.Span.Start || d.Span.End > len(src) || d.Message == "" {
				t.Fatalf("finding outside the file: %+v", d)
			}
			checkFixes(t, src, d)
		}
		var want map[string]any
		err := toml.Unmarshal(src, &want)
		if (err == nil) != (len(diags) == 0) {
			if len(diags) > 0 && onlyOurs(diags) {
				return
			}
			t.Fatalf("go-toml: %v, here: %+v", err, diags)
		}
		if err != nil {
			return
		}
		if diff := cmp.Diff(undated(want), plain(file.Root), cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("values differ from go-toml's (-want +got):\n%s", diff)
		}
	})
}

// onlyOurs reports whether the findings are limits and rules of this package, which go-toml lacks.
func onlyOurs(diags []Diagnostic) bool {
	for _, d := range diags {
		if d.Code != "file/encoding" && !cmp.Equal(d.Message, "nested deeper than 100 levels; the rest of the file is not read") {
			return false
		}
	}
	return true
}

func checkFixes(t *testing.T, src []byte, d Diagnostic) {
	t.Helper()
	for _, fix := range d.Fixes {
		if _, err := Apply(src, fix.Edits); err != nil {
			t.Fatalf("fix %q of %q: %v", fix.Message, d.Message, err)
		}
	}
}

// FuzzTextEdits edits a string's value through the offset map: what is read afterwards is the edited value.
func FuzzTextEdits(f *testing.F) {
	for _, lit := range []string{"'''\nab'c\r\nd'''", `"a\tb\u00e9"`, "\"\"\"\\\n  x\\\"\"\"\"", "'x'", `""`} {
		f.Add(lit, 0, 1, "new\n\"'")
	}
	f.Fuzz(func(t *testing.T, literal string, start, end int, text string) {
		if len(literal) > fuzzCap || len(text) > 1000 {
			return
		}
		src := []byte("a = 1\nk = " + literal + "\nz = 2\n")
		file, diags := Parse("", src)
		n := file.Lookup("k")
		if len(diags) > 0 || n == nil || n.Kind != StringNode || file.Lookup("z") == nil {
			return
		}
		tx := n.Text()
		edits, err := tx.Edits(ValueEdit{Start: start, End: end, New: text})
		if err != nil {
			return
		}
		out, err := Apply(src, edits)
		if err != nil {
			t.Fatal(err)
		}
		again, diags := Parse("", out)
		if len(diags) > 0 || again.Lookup("z") == nil {
			t.Fatalf("%q: edited file does not parse: %+v", out, diags)
		}
		got := again.Lookup("k").Str
		want := tx.Value[:start] + text + tx.Value[end:]
		if got != want && !hasCRLF(literal) {
			t.Fatalf("%q: value is %q, want %q", out, got, want)
		}
	})
}

func hasCRLF(s string) bool {
	for i := 1; i < len(s); i++ {
		if s[i-1] == '\r' && s[i] == '\n' {
			return true
		}
	}
	return false
}
