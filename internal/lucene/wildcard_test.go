package lucene

import (
	"math/rand"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWildcard(t *testing.T) {
	tests := []struct {
		pattern, value string
		c              Case
		want           bool
		kind           Kind
	}{
		{"", "", Sensitive, true, ExactKind},
		{"", "a", Sensitive, false, ExactKind},
		{"*", "", Sensitive, true, AnyKind},
		{"**", "x\ny", Fold, true, AnyKind},
		{"?*", "", Fold, false, GeneralKind},
		{"?*", "\n", Fold, true, GeneralKind},
		{"?", "é", Fold, true, GeneralKind},
		{"??", "é", Fold, false, GeneralKind},
		{"?", "\U0001F600", Sensitive, true, GeneralKind},
		{"cmd.exe", "CMD.EXE", Sensitive, false, ExactKind},
		{"cmd.exe", "CMD.EXE", Fold, true, ExactKind},
		{"cmd.exe", "cmdXexe", Fold, false, ExactKind},
		{`C:\Temp\*`, `c:\temp\x`, Fold, true, PrefixKind},
		{`C:\Temp\*`, `c:\temp`, Fold, false, PrefixKind},
		{`*\cmd.exe`, `C:\Windows\CMD.exe`, Fold, true, SuffixKind},
		{`*\*`, `C:\Windows`, Sensitive, true, ContainsKind},
		{`*-enc*`, `powershell -ENCodedCommand`, Fold, true, ContainsKind},
		{"a*b", "ab", Sensitive, true, SegmentsKind},
		{"a*a", "a", Sensitive, false, SegmentsKind},
		{"*ab*ba*", "xabay", Fold, false, SegmentsKind},
		{"*ab*ba*", "xAB--bA", Fold, true, SegmentsKind},
		{"a?c*e", "abcde", Fold, true, GeneralKind},
		{"*a?c*", "aacc", Fold, true, GeneralKind},
		{"*k*", "300 \u212a", Fold, true, ContainsKind},
		{"*k*", "300 \u212a", FoldASCII, false, ContainsKind},
		{"kelvin", "\u212aelvin", Fold, true, ExactKind},
		{"*mask", "ma\u017fk", Fold, true, SuffixKind},
		{"STRASSE", "straße", Fold, false, ExactKind},
		{"É*", "école", Fold, true, PrefixKind},
		{"É*", "école", FoldASCII, false, PrefixKind},
		{"*ΣΑΣ*", "xσας", Fold, true, ContainsKind},
		{"%_", "ab", Fold, false, ExactKind},
	}
	for _, tt := range tests {
		w := NewWildcard(tt.pattern, tt.c)
		if got := w.Match(tt.value); got != tt.want {
			t.Errorf("NewWildcard(%q, %d).Match(%q) = %t, want %t", tt.pattern, tt.c, tt.value, got, tt.want)
		}
		if w.Kind() != tt.kind {
			t.Errorf("NewWildcard(%q).Kind() = %d, want %d", tt.pattern, w.Kind(), tt.kind)
		}
	}
}

func TestNeedle(t *testing.T) {
	tests := []struct {
		name, needle, value string
		make                func(string, bool, Case) *Wildcard
		wildcards, want     bool
	}{
		{"star", "a*b", "xaXXbx", NewContains, true, true},
		{"star, literal", "a*b", "xaXXbx", NewContains, false, false},
		{"escaped star", `p=\*`, "p=* ", NewContains, true, true},
		{"escaped star is no wildcard", `p=\*`, "p=x", NewContains, true, false},
		{"one backslash escapes", `\cmd.exe`, "mycmd.exe", NewSuffix, true, true},
		{"one backslash, literal", `\cmd.exe`, "mycmd.exe", NewSuffix, false, false},
		{"trailing backslash", `a\`, `xa\`, NewSuffix, true, true},
		{"empty", "", "x", NewContains, true, true},
	}
	for _, tt := range tests {
		if got := tt.make(tt.needle, tt.wildcards, Sensitive).Match(tt.value); got != tt.want {
			t.Errorf("%s: got %t, want %t", tt.name, got, tt.want)
		}
	}
	if !NewPrefix("a*", Fold).Match("A*b") || NewPrefix("a*", Fold).Match("Axb") {
		t.Error("NewPrefix is not literal")
	}
}

// slowMatch is the definition: backtracking over code points.
func slowMatch(p, s []rune, c Case) bool {
	switch {
	case len(p) == 0:
		return len(s) == 0
	case p[0] == '*':
		return slowMatch(p[1:], s, c) || len(s) > 0 && slowMatch(p, s[1:], c)
	case len(s) == 0:
		return false
	}
	return (p[0] == '?' || c.Rune(p[0]) == c.Rune(s[0])) && slowMatch(p[1:], s[1:], c)
}

func randomText(r *rand.Rand, alphabet []rune, n int) string {
	var b strings.Builder
	for range r.Intn(n + 1) {
		b.WriteRune(alphabet[r.Intn(len(alphabet))])
	}
	return b.String()
}

func TestWildcardAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	values, patterns := []rune("aAbkK\u212aséÉ\n"), []rune("aAbkKséÉ**??")
	hits := 0
	for range 100_000 {
		p, s, c := randomText(r, patterns, 6), randomText(r, values, 12), Case(r.Intn(3))
		want := slowMatch([]rune(p), []rune(s), c)
		w := NewWildcard(p, c)
		if got := w.Match(s); got != want {
			t.Fatalf("NewWildcard(%q, %d).Match(%q) = %t, want %t", p, c, s, got, want)
		}
		if want {
			hits++
			if req := w.Required(); !strings.Contains(c.String(s), req) {
				t.Fatalf("pattern %q: %q lacks the required %q", p, s, req)
			}
		}
	}
	if hits < 1000 {
		t.Errorf("only %d matches: the generator is too wild", hits)
	}
}

// TestSegmentSearch drives the guaranteed searches directly: on ordinary values they are never reached.
func TestSegmentSearch(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	for range 50_000 {
		p, s, c := randomText(r, []rune("aAbk?"), 8), randomText(r, []rune("aAbk\u212a"), 30), Case(r.Intn(3))
		toks := []rune{}
		for _, q := range p {
			toks = append(toks, wildcardRune(q))
		}
		if len(toks) == 0 {
			continue
		}
		g := newSegment(toks, c).searched()
		if a, b := g.indexHostile(s), g.indexRunes(s); a != b || a != g.index(s) {
			t.Fatalf("segment %q in %q: hostile %d, runes %d, index %d", p, s, a, b, g.index(s))
		}
	}
}

func TestHostileWildcards(t *testing.T) {
	long := strings.Repeat("a", 4<<20)
	for _, p := range []string{
		"*a*a*a*a*a*a*a*a*b", "a*a*a*a*b*", "*" + strings.Repeat("a", 2000) + "b*", "*" + strings.Repeat("a?", 200) + "b*",
		"*" + strings.Repeat("a*", 1000) + "b", "*" + strings.Repeat("é", 500) + "*",
	} {
		for _, c := range []Case{Sensitive, Fold} {
			if NewWildcard(p, c).Match(long) {
				t.Errorf("%.20q matches", p)
			}
		}
	}
	if NewWildcard("*"+strings.Repeat("é", 500)+"x*", Fold).Match(strings.Repeat("É", 1<<20)) {
		t.Error("non-ASCII run matches")
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	value := `C:\Windows\System32\WindowsPowerShell\v1.0\POWERSHELL.EXE -NoProfile -EncodedCommand AAAA é`
	for _, p := range []string{"powershell*", "*powershell.exe*", "*AAAA é", "?:\\*\\powershell.exe*-enc*", "*É*", "*?É"} {
		for _, c := range []Case{Sensitive, Fold, FoldASCII} {
			w := NewWildcard(p, c)
			if n := testing.AllocsPerRun(10, func() { w.Match(value) }); n != 0 {
				t.Errorf("%q, case %d: %v allocations", p, c, n)
			}
		}
	}
}

func TestFoldString(t *testing.T) {
	for _, c := range []Case{Sensitive, Fold, FoldASCII} {
		for _, s := range []string{"", "abc", "AbC", "\u212aÉé", "ς"} {
			for _, q := range []string{"", "ABC", "kéÉ", "Σ", "abc"} {
				if got, want := c.Equal(s, q), c.String(s) == c.String(q); got != want {
					t.Errorf("case %d: Equal(%q, %q) = %t", c, s, q, got)
				}
			}
			if got := string(c.AppendKey(nil, s)); got != c.String(s) {
				t.Errorf("AppendKey(%q) = %q", s, got)
			}
		}
	}
}

func FuzzWildcard(f *testing.F) {
	f.Add("*a?b*", "xaab", uint8(1))
	f.Fuzz(func(t *testing.T, p, s string, c uint8) {
		if len(p) > 12 || len(s) > 30 || !utf8.ValidString(p) || !utf8.ValidString(s) {
			t.Skip()
		}
		cs := Case(c % 3)
		if got, want := NewWildcard(p, cs).Match(s), slowMatch([]rune(p), []rune(s), cs); got != want {
			t.Errorf("NewWildcard(%q, %d).Match(%q) = %t, want %t", p, cs, s, got, want)
		}
	})
}

func BenchmarkWildcard(b *testing.B) {
	value := `C:\Windows\System32\WindowsPowerShell\v1.0\POWERSHELL.EXE -NoProfile -NonInteractive -EncodedCommand AAAA`
	for _, p := range []string{"powershell.exe", `C:\Windows\*`, `*-encodedcommand aaaa`, `*-noninteractive*`, `*bypass*`, `?:\Windows\*\powershell.exe*-enc*`} {
		for _, c := range []Case{Sensitive, Fold} {
			w := NewWildcard(p, c)
			b.Run([]string{"sensitive/", "fold/"}[c]+p, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					w.Match(value)
				}
			})
		}
	}
}
