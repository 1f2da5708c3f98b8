package lucene

import (
	"errors"
	"math/rand"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRegexp(t *testing.T) {
	tests := []struct {
		pattern, value string
		c              Case
		want           bool
	}{
		{"", "", Sensitive, true},
		{"", "a", Sensitive, false},
		{"abc", "xabc", Sensitive, false},
		{"a.c", "a\nc", Sensitive, true},
		{"a.c", "aéc", Sensitive, true},
		{"^a$", "^a$", Sensitive, true},
		{"^a$", "a", Sensitive, false},
		{"a{2}", "aa", Sensitive, true},
		{"a{2,}", "a", Sensitive, false},
		{"a{2,3}", "aaaa", Sensitive, false},
		{"(ab){2}{2}", "abababab", Sensitive, true},
		{"a|b&c", "a", Sensitive, true},
		{".*a.*&.*b.*", "xbxax", Sensitive, true},
		{".*a.*&.*b.*", "xax", Sensitive, false},
		{"~(.*a.*)", "bcd", Sensitive, true},
		{"~(.*a.*)", "bad", Sensitive, false},
		{"~ab", "bb", Sensitive, true},
		{"~~a", "a", Sensitive, true},
		{"x~yz", "xz", Sensitive, true},
		{"@x@", "\nx\n", Sensitive, true},
		{"#", "", Sensitive, false},
		{"a|#", "a", Sensitive, true},
		{"()", "", Sensitive, true},
		{"(a|())b", "b", Sensitive, true},
		{`"a.b"c`, "a.bc", Sensitive, true},
		{`"a.b"`, "axb", Sensitive, false},
		{`"ab"*`, "abab", Sensitive, true},
		{`\"a\"`, `"a"`, Sensitive, true},
		{`<1-100>`, "007", Sensitive, true},
		{`<1-100>`, "101", Sensitive, false},
		{`<01-10>`, "7", Sensitive, false},
		{`<01-10>`, "07", Sensitive, true},
		{`<10-01>`, "07", Sensitive, true},
		{`<0-5>`, "0", Sensitive, true},
		{`<0-5>`, "", Sensitive, false},
		{`v<8-12>x`, "v11x", Sensitive, true},
		{"[]a]", "]", Sensitive, true},
		{"[^]a]", "b", Sensitive, true},
		{"[.@&~<#\"*]+", `.@&~<#"*`, Sensitive, true},
		{"[a-c-]", "-", Sensitive, true},
		{`[\w.]+`, "a_Z.9", Sensitive, true},
		{`[^\d]`, "5", Sensitive, false},
		{`\s`, "\v", Sensitive, false},
		{`\S\W\D`, "a-b", Sensitive, true},
		{`[\]\-]+`, "]-", Sensitive, true},
		{"*a", "*a", Sensitive, true},
		{"|a", "|a", Sensitive, true},
		{")", ")", Sensitive, true},
		{"{a", "{a", Sensitive, true},
		{"(?i)a", "?ia", Sensitive, true},
		{"(?:a)", "?:a", Sensitive, true},
		{"a.*?b", "ab", Sensitive, true},
		{"ABC", "abc", Sensitive, false},
		{"ABC", "abc", Fold, true},
		{`"aB"c`, "AbC", Fold, true},
		{"[a-z]+", "ABC", Fold, false},
		{"[abc]+", "ABC", Fold, true},
		{"[^a]", "A", Fold, false},
		{"[a-a]", "A", Fold, true},
		{"[a-ab]", "A", Fold, false},
		{"[^a-a]", "A", Fold, false},
		{"[K-Kz]", "k", Fold, false},
		{`[\w-]+`, "a-b", Sensitive, true},
		{`[x-z\.-]+`, ".-y", Sensitive, true},
		{`[\]-]+`, "-]", Sensitive, true},
		{`[\\-a]`, "]", Sensitive, false},
		{`[\\-a]+`, `a-\`, Sensitive, true},
		{`[\.-9]`, "5", Sensitive, false},
		{`[\.-9]+`, "9-.", Sensitive, true},
		{`[a-\d]+`, "abcd", Sensitive, true},
		{`[a-\d]`, "5", Sensitive, false},
		{`[a-\t]`, "s", Sensitive, true},
		{"<+1-5>", "03", Sensitive, true},
		{"<+1-+5>", "3", Sensitive, false},
		{"<+1-+5>", "03", Sensitive, true},
		{"<\u0663-5>", "4", Sensitive, true},
		{"<\u0663-5>", "2", Sensitive, false},
		{"<00-5>", "003", Sensitive, true},
		{"#*", "", Sensitive, false},
		{"#?", "", Sensitive, true},
		{"#?+", "", Sensitive, false}, // one *
		{"(#?)+", "", Sensitive, true},
		{"#{0,}", "", Sensitive, false},
		{"#{0,3}", "", Sensitive, true},
		{"#{0}", "", Sensitive, true},
		{"~@*", "", Sensitive, false},
		{"(a&b)*", "", Sensitive, false},
		{"(a&b)?", "", Sensitive, true},
		{"?+", "*", Sensitive, true},
		{"?+", "?", Sensitive, false},
		{`\?+`, "??", Sensitive, true},
		{"[?+]", "+", Sensitive, true},
		{`"?+"`, "?+", Sensitive, true},
		{"a+?", "", Sensitive, true},
		{"\u0130", "i", Fold, true},
		{"\u0130", "I", Fold, false},
		{"i", "\u0130", Fold, false},
		{"x\u0131y", "XIY", Fold, true},
		{".*\u0130stanbul.*", "in istanbul", Fold, true},
		{"\ufb05", "\ufb06", Fold, true},
		{"\ua7cb", "\u0264", Fold, true},
		{"k", "\u212a", Fold, true},
		{"k", "\u212a", FoldASCII, false},
		{".*é.*x{2}", "aÉxX", Fold, true},
		{".*é.*x{2}", "aÉxX", FoldASCII, false},
		{"x{1500}", strings.Repeat("x", 1500), Sensitive, true},
		{"x{1500}", strings.Repeat("x", 1499), Sensitive, false},
		{"***************\nstr", "0", Sensitive, false},
		{strings.Repeat("(", 300) + "a" + strings.Repeat(")*", 300), strings.Repeat("a", 1000), Sensitive, true},
		{strings.Repeat("(a?", 200) + strings.Repeat(")*", 200), strings.Repeat("a", 1000), Sensitive, true},
	}
	for _, tt := range tests {
		re, err := CompileRegexp(tt.pattern, tt.c)
		if err != nil {
			t.Errorf("CompileRegexp(%q): %v", tt.pattern, err)
			continue
		}
		if got := re.Match(tt.value); got != tt.want {
			t.Errorf("%q, case %d: Match(%.40q) = %t, want %t", tt.pattern, tt.c, tt.value, got, tt.want)
		}
	}
}

func TestRegexpErrors(t *testing.T) {
	tests := []struct {
		pattern string
		offset  int
		message string
	}{
		{"a|", 2, "unexpected end"},
		{`a\`, 2, "unexpected end"},
		{"a{,3}", 2, "expected a number"},
		{"a{2", 3, "expected }"},
		{"a{3,2}", 1, "out of order"},
		{"a{99999999999}", 2, "too large"},
		{"a)", 1, "expected the end"},
		{"(a", 0, "missing )"},
		{"é[a", 2, "missing ]"},
		{"[a-]", 1, "invalid range"},
		{"[+-]", 1, "missing ]"},
		{"[z-a]", 1, "invalid range"},
		{`a\t`, 1, `invalid character class \t`},
		{`\p{L}`, 0, `invalid character class \p`},
		{`[\n]`, 1, `invalid character class \n`},
		{`a"b`, 1, "missing closing"},
		{"a<b", 1, "missing >"},
		{"<abc>", 0, "no automaton"},
		{"<1-b>", 0, "bad interval"},
		{"<1-2-3>", 0, "bad interval"},
		{"<-1-5>", 0, "bad interval"},
		{"<1--5>", 0, "bad interval"},
		{"<1_0-20>", 0, "bad interval"},
		{"<1- 5>", 0, "bad interval"},
		{"<->", 0, "bad interval"},
		{"<1-2147483648>", 0, "bad interval"},
		{"a?+<x>", 3, "no automaton"}, // offsets are those of what the user wrote
		{"a{-1}", 2, "expected a number"},
		{"a{+1}", 2, "expected a number"},
		{"a{\u0663}", 2, "expected a number"},
		{`[a-\]]`, 1, "invalid range"},
		{"~", 1, "unexpected end"},
		{"a&", 2, "unexpected end"},
		{strings.Repeat("(", 600), 500, "nested"},
	}
	for _, tt := range tests {
		_, err := CompileRegexp(tt.pattern, Sensitive)
		var se *SyntaxError
		if !errors.As(err, &se) {
			t.Errorf("%.20q: error %v, want a *SyntaxError", tt.pattern, err)
			continue
		}
		if !strings.Contains(se.Message, tt.message) || se.Offset != tt.offset && tt.message != "nested" && tt.message != "missing ]" {
			t.Errorf("%.20q: %q at %d, want %q at %d", tt.pattern, se.Message, se.Offset, tt.message, tt.offset)
		}
	}
	for _, p := range []string{strings.Repeat("a", 1001), strings.Repeat("\U0001F600", 501), "~(.*a.{50})", "((a|b){500}){500}", ".*a.{13}",
		"(ab){5001}", "a{10001}", ".*a.{20}.*", strings.Repeat(".*a", 320)} {
		if _, err := CompileRegexp(p, Sensitive); err == nil {
			t.Errorf("%.20q: no error", p)
		}
	}
}

func TestLiteral(t *testing.T) {
	for pattern, want := range map[string]string{
		`net\.exe`: "net.exe", `"a.b"c`: "a.bc", "(ab)(c)": "abc", "[a]b": "ab", "": "", "^a": "^a",
	} {
		re, err := CompileRegexp(pattern, Sensitive)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := re.Literal(); !ok || got != want {
			t.Errorf("Literal of %q = %q, %t", pattern, got, ok)
		}
	}
	for _, pattern := range []string{"a|a", "a?", "a.", "#", "a{1}", "[ab]", "~a"} {
		re, err := CompileRegexp(pattern, Sensitive)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := re.Literal(); ok {
			t.Errorf("Literal of %q = %q", pattern, got)
		}
	}
}

// ends is the definition of a syntax tree: the positions where a match that starts at i may end.
func ends(x syntax, s []rune, i int, c Case) map[int]bool {
	out := map[int]bool{}
	switch x := x.(type) {
	case text:
		for k, r := range []rune(x) {
			if i+k >= len(s) || c.Rune(s[i+k]) != c.Rune(r) {
				return out
			}
		}
		out[i+utf8.RuneCountInString(string(x))] = true
	case anyChar:
		if i < len(s) {
			out[i+1] = true
		}
	case anyText:
		for j := i; j <= len(s); j++ {
			out[j] = true
		}
	case class:
		for _, r := range x.set {
			if i < len(s) && r.lo <= s[i] && s[i] <= r.hi {
				out[i+1] = true
			}
		}
	case concat:
		out[i] = true
		for _, y := range x {
			next := map[int]bool{}
			for j := range out {
				for k := range ends(y, s, j, c) {
					next[k] = true
				}
			}
			out = next
		}
	case union:
		for _, y := range x {
			for j := range ends(y, s, i, c) {
				out[j] = true
			}
		}
	case both:
		out = ends(x[0], s, i, c)
		for _, y := range x[1:] {
			e := ends(y, s, i, c)
			for j := range out {
				if !e[j] {
					delete(out, j)
				}
			}
		}
	case negation:
		e := ends(x.x, s, i, c)
		for j := i; j <= len(s); j++ {
			if !e[j] {
				out[j] = true
			}
		}
	case repeat:
		hi := x.max
		if hi < 0 {
			hi = x.min + len(s) + 1
		}
		now := map[int]bool{i: true}
		for n := 0; n <= hi && len(now) > 0; n++ {
			next := map[int]bool{}
			for j := range now {
				if n >= x.min {
					out[j] = true
				}
				for k := range ends(x.x, s, j, c) {
					next[k] = true
				}
			}
			now = next
		}
	}
	return out
}

func checkAgainstDefinition(t *testing.T, p, s string, c Case) (matched, compiled bool) {
	t.Helper()
	re, err := CompileRegexp(p, c)
	if err != nil {
		return false, false
	}
	want := ends(re.tree, []rune(s), 0, c)[len([]rune(s))]
	if got := re.Match(s); got != want {
		t.Fatalf("%q, case %d: Match(%q) = %t, want %t", p, c, s, got, want)
	}
	if re.auto != nil && re.auto.fallback != nil {
		if got := re.auto.fallback().MatchString(s); got != want {
			t.Fatalf("%q, case %d: fallback on %q = %t, want %t", p, c, s, got, want)
		}
	}
	if want && !strings.Contains(c.String(s), re.Required()) {
		t.Fatalf("%q matches %q without the required %q", p, s, re.Required())
	}
	return want, true
}

func TestRegexpAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	pieces := strings.Split("a b A k . .* @ # | & ~ ( ) [ab] [^a] [a-c] ? * + {2} {0,2} {1,} \"ab\" <1-12> \\d \\w 1 é () \\.", " ")
	matched, compiled := 0, 0
	for range 8_000 {
		var b strings.Builder
		for range 1 + r.Intn(8) {
			b.WriteString(pieces[r.Intn(len(pieces))])
		}
		c := Case(r.Intn(3))
		for range 4 {
			m, ok := checkAgainstDefinition(t, b.String(), randomText(r, []rune("aabbAcKk\u212aéÉ109\n."), 7), c)
			if m {
				matched++
			}
			if ok {
				compiled++
			}
		}
	}
	if compiled < 5_000 || matched < 1_000 {
		t.Errorf("%d compiled, %d matched: the generator is too wild", compiled, matched)
	}
}

func FuzzRegexp(f *testing.F) {
	for _, p := range []string{"a|b", "~(a&b)", `"x"[^a-z]{2,3}<1-20>`, `(\w+\.)*`} {
		f.Add(p, "ab1", uint8(1))
	}
	f.Fuzz(func(t *testing.T, p, s string, c uint8) {
		if len(p) > 24 || len(s) > 12 || !utf8.ValidString(p) || !utf8.ValidString(s) || strings.ContainsRune(p, '{') && len(p) > 12 {
			t.Skip()
		}
		if n := strings.Count(p, "*") + strings.Count(p, "+") + strings.Count(p, "?") + strings.Count(p, "{"); n > 4 {
			t.Skip() // the definition takes exponential time on nested repetition
		}
		checkAgainstDefinition(t, p, s, Case(c%3))
	})
}

func TestAutomatonOutgrown(t *testing.T) {
	re, err := CompileRegexp(".*a.{12}", Sensitive)
	if err != nil {
		t.Fatal(err)
	}
	re.auto.limit = 1000
	r := rand.New(rand.NewSource(4))
	for range 3 {
		s := []byte(strings.Repeat("b", 30_000))
		for i := range s {
			s[i] = "ab"[r.Intn(2)]
		}
		if got, want := re.Match(string(s)), s[len(s)-13] == 'a'; got != want {
			t.Fatalf("got %t, want %t", got, want)
		}
	}
	if !re.auto.full.Load() {
		t.Error("limits were not reached: the test shows nothing")
	}
}

func TestRegexpDoesNotAllocate(t *testing.T) {
	re, err := CompileRegexp(`.*-e(nc|ncodedcommand)? +[A-Za-z0-9+/=]{20,}.*`, Fold)
	if err != nil {
		t.Fatal(err)
	}
	s := "powershell.exe -NoProfile -Enc " + strings.Repeat("QUJD", 20)
	re.Match(s)
	if n := testing.AllocsPerRun(10, func() { re.Match(s) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkRegexp(b *testing.B) {
	s := "powershell.exe -NoProfile -NonInteractive -Enc " + strings.Repeat("QUJD", 20)
	for _, p := range []string{`.*bypass.*`, `.*-e(nc|ncodedcommand)? +[A-Za-z0-9+/=]{20,}.*`, `(cmd|powershell)\.exe.*`} {
		re, err := CompileRegexp(p, Fold)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(p, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				re.Match(s)
			}
		})
	}
}
