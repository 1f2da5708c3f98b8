package lucene

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestJava(t *testing.T) {
	tests := []struct {
		pattern, value string
		fold, want     bool
	}{
		{"a.c", "a\nc", false, false},
		{"a.c", "a\rc", false, false},
		{"a.c", "abc", false, true},
		{"abc", "xabc", false, false},
		{"^abc$", "abc", false, true},
		{"abc", "ABC", true, true},
		{"[a-c]+", "ABC", true, true},
		{"(?i)abc", "ABC", false, true},
		{"(?:a|b)+", "abab", false, true},
		{`\s`, "\v", false, true},
		{`[\s]`, "\v", false, true},
		{`\bfoo\b.*`, "foo bar", false, true},
		{`\x41\u0042`, "AB", false, true},
		{`\p{Upper}\p{L}[\p{Digit}_]`, "Xé7", false, true},
		{`\QA.B\E`, "A.B", false, true},
		{`\QA.B\E`, "AxB", false, false},
		{`@#&~<">`, `@#&~<">`, false, true},
		{`[@#&"~<]+`, `@#&~<"`, false, true},
		{`C:\\Temp\\.*`, `C:\Temp\x`, false, true},
		{`(?<n>a)b`, "ab", false, true},
		{`a{2,3}?`, "aaa", false, true},
		{"k", "\u212a", true, false},
		{"é", "É", true, false},
		{"[k-é]", "K", true, true},
		{"[é]", "É", true, false},
		{"[^k]", "K", true, false},
		{"[Y-b]+", "yZAB", true, true},
		{`\x6b\u006B[\x6B]`, "KkK", true, true},
		{"a(?i)b", "aB", false, true},
		{"a(?i)b", "Ab", false, false},
		{"(?i:a)b", "Ab", false, true},
		{"(?i:a)b", "aB", false, false},
		{"((?i)a)b", "AB", false, false},
		{"(?-i)a", "A", true, false},
		{`\p{Lower}`, "A", true, true},
		{"(?<n>a)b", "AB", true, true},
		{`[\w-]+`, "a-b", false, true},
		{`[a\-z]+`, "z-a", false, true},
	}
	for _, tt := range tests {
		re, err := CompileJava(tt.pattern, tt.fold)
		if err != nil {
			t.Errorf("%q: %v", tt.pattern, err)
			continue
		}
		if got := re.MatchString(tt.value); got != tt.want {
			t.Errorf("%q on %q: %t (as %s)", tt.pattern, tt.value, got, re)
		}
	}
}

func TestJavaWildcard(t *testing.T) {
	for _, tt := range []struct {
		pattern, value string
		fold, want     bool
	}{
		{"a*b", "a\nb", false, false},
		{"a*b", "axxb", false, true},
		{"a?b", "a\u2028b", false, false},
		{"a\n*", "a\nbc", false, true},
		{"A.*", "a.x", true, true},
		{"A.*", "axx", true, false},
		{"é*", "Éa", true, false},
	} {
		if got := NewJavaWildcard(tt.pattern, tt.fold).Match(tt.value); got != tt.want {
			t.Errorf("%q on %q: %t", tt.pattern, tt.value, got)
		}
	}
}

func TestJavaErrors(t *testing.T) {
	for pattern, want := range map[string]string{
		"(?=a)": "look-around", "(?<!a)b": "look-around", "(?>a)": "atomic", "a++": "possessive", "a{2}+": "possessive",
		`(a)\1`: "back-references", "[a-z&&[^b]]": "intersection", "[a[b]]": "class inside", "(?s).": "flag", "[a": "missing ]",
		`\`: "unexpected end", `\y`: "not supported", "(a": "missing", `\u12`: "hexadecimal", `\p{Nonsense}`: "invalid",
	} {
		_, err := CompileJava(pattern, false)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", pattern, err, want)
		}
	}
}

func FuzzJava(f *testing.F) {
	f.Add(`a[\p{L}&&b]\x{41}(?i:x)`)
	f.Fuzz(func(t *testing.T, p string) {
		if len(p) < 200 && utf8.ValidString(p) {
			if re, err := CompileJava(p, true); err == nil {
				re.MatchString("abc")
			}
		}
	})
}
