package lucene

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPitfalls(t *testing.T) {
	for _, tt := range []struct{ pattern, operators, ranges string }{
		{`a.b*`, ``, ``},
		{`a@b@c#`, `1@ 5#`, ``},
		{`\@\#\~\&\"`, ``, ``},
		{`["@#&~<]`, ``, ``},
		{`[]@]@`, `4@`, ``},
		{`[^]@]&~b`, `5& 6~`, ``},
		{`"a@[a-z]"`, `0"`, ``},
		{`<1-20>[\]@]`, ``, ``},
		{`[a-z]x[A-F0-9]`, ``, `1a-z 7A-F`},
		{`[a-zA-Z][^A-Fa-z]`, ``, `13a-z`},
		{`[0-9\-a-c]`, ``, `6a-c`},
		{`a-z\[a-z]`, ``, ``},
	} {
		if err := CheckRegexp(tt.pattern); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(tt.operators, listing(Operators(tt.pattern))); diff != "" {
			t.Errorf("operators of %s (-want +got)\n%s", tt.pattern, diff)
		}
		if diff := cmp.Diff(tt.ranges, listing(OneCaseRanges(tt.pattern))); diff != "" {
			t.Errorf("ranges of %s (-want +got)\n%s", tt.pattern, diff)
		}
	}
}

func listing(list []Pitfall) string {
	s := ""
	for i, p := range list {
		if i > 0 {
			s += " "
		}
		s += fmt.Sprint(p.Offset, p.Text)
	}
	return s
}

func FuzzPitfalls(f *testing.F) {
	f.Add(`[a-z"@<`)
	f.Fuzz(func(t *testing.T, pattern string) {
		for _, p := range append(Operators(pattern), OneCaseRanges(pattern)...) {
			if pattern[p.Offset:p.Offset+len(p.Text)] != p.Text {
				t.Errorf("%q: %q is not at %d", pattern, p.Text, p.Offset)
			}
		}
	})
}

func TestAnchor(t *testing.T) {
	for pattern, want := range map[string]string{
		"^a": "^", "a$": "$", "(?i)a": "(?", "a(?:b)": "(?",
		"": "", `\^a`: "", `a\$`: "", `a\\$`: "$", "a^b$c": "", `\(?a`: "", `[$]`: "", `a[^$]`: "", `"(?"`: "", "[(?]": "",
	} {
		if got := Anchor(pattern); got != want {
			t.Errorf("Anchor(%q) = %q, want %q", pattern, got, want)
		}
	}
}
