package backtrack

import (
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	for _, c := range []struct {
		flavor              Flavor
		pattern, text, want string // want: the groups with | between, "-" for no match
	}{
		{Java, "a(b*)c", "xabbc", "abbc|bb"},
		{Java, "(?<=x)a", "xa", "a"},
		{Java, "(?<!x)a", "xa", "-"},
		{Java, "(?<=x+)a", "yxxa", "a"},
		{Java, "(?<=(x|xy))a", "xya", "a|xy"},
		{Java, "(?=(b+))b", "abbb", "b|bbb"},
		{Java, "(?!b)[ab]", "ba", "a"},
		{Java, "(?>a+)ab", "aaab", "-"},
		{Java, "a++b", "aaab", "aaab"},
		{Java, "a*+a", "aaa", "-"},
		{Java, `(\w)\1`, "abccd", "cc|c"},
		{Java, `(?<q>['"]).*?\k<q>`, `x="it's"`, `"it's"|"`},
		{Java, "[a-z&&[^aeiou]]+", "eabcde", "bcd"},
		{Java, "(?i)HeLLo", "say hEllO", "hEllO"},
		{Java, "^b", "a\nb", "-"},
		{Ruby, "^b", "a\nb", "b"},
		{Java, "(?m)^b$", "a\nb\nc", "b"},
		{Java, "a$", "a\n", "a"},
		{Java, "(a*)*b", "aab", "aab|"},
		{Java, "(a|b|)*c", "abc", "abc|"},
		{Java, "a{2,3}?", "aaaa", "aa"},
		{Java, `\Qa.b\E+`, "xa.bb", "a.bb"},
		{Ruby, "[[:alpha:]]+", "12ab", "ab"},
		{Ruby, "(?<![0-9.+-])(?>[+-]?(?:(?:[0-9]+(?:\\.[0-9]+)?)|(?:\\.[0-9]+)))", "v 1.25", "1.25"},
		{Java, `\x41\u0042\p{Lu}`, "ABC", "ABC"},
		{Java, "", "", ""},
	} {
		re, err := Compile(c.pattern, c.flavor)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		loc, err := re.Find(c.text, 0)
		got := "-"
		if err != nil {
			got = err.Error()
		} else if loc != nil {
			var parts []string
			for i := 0; i < len(loc); i += 2 {
				if loc[i] >= 0 && loc[i+1] >= 0 {
					parts = append(parts, c.text[loc[i]:loc[i+1]])
				} else {
					parts = append(parts, "nil")
				}
			}
			got = strings.Join(parts, "|")
		}
		if got != c.want {
			t.Errorf("%s on %q: got %s, want %s", c.pattern, c.text, got, c.want)
		}
	}
}

func TestCompileErrors(t *testing.T) {
	for _, p := range []string{"(", ")", "[a", "*a", `\`, "a{2,1}", `\k<x>`, "(?<n>a)(?<n>b)", `\1`, "[b-a]", `\p{Nonsense}`, strings.Repeat("(", 500)} {
		if _, err := Compile(p, Java); err == nil {
			t.Errorf("%q: no error", p)
		}
	}
}

func TestTooComplex(t *testing.T) {
	re, err := Compile("(a*)*(a*)*(a*)*(a*)*b", Java)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := re.Find(strings.Repeat("a", 2000), 0); err != ErrTooComplex {
		t.Errorf("got %v, want %v", err, ErrTooComplex)
	}
}

func FuzzFind(f *testing.F) {
	f.Add("(a|b)*?c{2}[^d&&e](?<=x)", "abcc", true)
	f.Fuzz(func(t *testing.T, pattern, text string, ruby bool) {
		flavor := Java
		if ruby {
			flavor = Ruby
		}
		if len(pattern) > 200 || len(text) > 200 {
			return
		}
		re, err := Compile(pattern, flavor)
		if err != nil {
			return
		}
		loc, err := re.Find(text, 0)
		if err != nil || loc == nil {
			return
		}
		if loc[0] < 0 || loc[1] < loc[0] || loc[1] > len(text) {
			t.Fatalf("%q on %q: %v", pattern, text, loc)
		}
	})
}
