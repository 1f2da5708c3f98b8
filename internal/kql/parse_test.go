package kql

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// show writes a tree in brackets.
func show(n Node) string {
	list := func(op string, items []Node) string {
		var out []string
		for _, i := range items {
			out = append(out, show(i))
		}
		return "(" + op + " " + strings.Join(out, " ") + ")"
	}
	switch n := n.(type) {
	case nil:
		return ""
	case *And:
		return list("and", n.Items)
	case *Or:
		return list("or", n.Items)
	case *Not:
		return list("not", []Node{n.Item})
	case *Nested:
		return n.Field.Text + "{" + show(n.Item) + "}"
	case *Range:
		return n.Field.Text + n.Op + show(&Value{n.Value})
	case *Is:
		return n.Field.Text + ":" + show(n.Value)
	case *Value:
		return literal(n.Literal)
	case *Text:
		return "text " + literal(n.Literal)
	}
	return "?"
}

func literal(l *Literal) string {
	s := l.Text
	if l.Quoted {
		s = fmt.Sprintf("%q", s)
	}
	if l.Wild {
		s += "~"
	}
	return s
}

func TestParse(t *testing.T) {
	for _, tt := range []struct{ query, want string }{
		{"", ""},
		{" \n", ""},
		{"a:b", "a:b"},
		{"a : b and not c:d or e:f", "(or (and a:b (not c:d)) e:f)"},
		{"a:(b or c) and (d:e or f:g)", "(and a:(or b c) (or d:e f:g))"},
		{"a:(b and not (c or d))", "a:(and b (not (or c d)))"},
		{`a:"b \"c\" \\ d"`, `a:"b \"c\" \\ d"`},
		{"a:*", "a:*~"},
		{"a.*:b", "a.*:b"},
		{"a >= 5 and b<3", "(and a>=5 b<3)"},
		{"a:{ b:c and d:e }", "a{(and b:c d:e)}"},
		{"free", "text free"},
		{`"two words"`, `text "two words"`},
		{"a: foo bar*", "a:foo bar*~"},
		{`a:foo\:bar\*`, "a:foo:bar*"},
		{`a:\and`, "a:and"},
		{"a:notable and orange:x", "(and a:notable orange:x)"},
		{"A:B AND NOT C:D", "(and A:B (not C:D))"},
		{"a:b\nand\nc:d", "(and a:b c:d)"},
		{"a:x.y-z/w", "a:x.y-z/w"},
		{"not not a:b", "?"},
	} {
		n, problems := Parse(tt.query)
		got := show(n)
		if tt.want == "?" {
			if len(problems) == 0 {
				t.Errorf("Parse(%q) = %s, want a problem", tt.query, got)
			}
			continue
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || len(problems) > 0 {
			t.Errorf("Parse(%q): problems %v (-want +got):\n%s", tt.query, problems, diff)
		}
	}
}

func TestProblems(t *testing.T) {
	for _, tt := range []struct{ name, query, want string }{
		{"bracket not closed", "a:(b or c", "syntax ( ( is not closed"},
		{"bracket of a list not closed", "a:((b or c) and d:e", "syntax ( ( is not closed"},
		{"bracket too many", "a:b) and c:d", "syntax ) ) without an opening bracket"},
		{"quote not closed", `a:"b and c:d`, `syntax "b and c:d the quote is not closed`},
		{"opening quote lost", `a:b" and c:"d"`, "syntax \" expected and, or, or the end of the query, found \""},
		{"no operator", "a:b c:d", "syntax c expected and, or, or the end of the query, found c"},
		{"no operator behind quotes", `a:"b" c:d`, "syntax c expected and, or, or the end of the query, found c"},
		{"no colon", `a "b"`, "syntax \" expected and, or, or the end of the query, found \""},
		{"equals", `a == "b"`, "syntax a == = is not an operator of KQL"},
		{"equals, bare", `a == b`, "syntax a == b = is not an operator of KQL"},
		{"and and", "a:b and and c:d", "syntax and expected a field or a value, found and"},
		{"dangling", "a:b and ", "syntax and expected a field or a value, found the end of the query"},
		{"no value", "a: and b:c", "syntax and expected a value, found and"},
		{"no value at the end", "a:", "syntax a: expected a value, found the end of the query"},
		{"empty brackets", "a:()", "syntax ) expected a value, found )"},
		{"bad escape", `a:C\Windows`, `syntax \W unknown escape \W`},
		{"a single backslash in quotes stays", `a:"C\Windows"`, ""},
		{"a tab in a path", `a:"C:\Windows\tmp"`, `escape \t \t is white space here, not a backslash and a letter`},
		{"a tab elsewhere", `a:"one\ttwo"`, ""},
		{"several words", "a:b c", "strict b c text of several words without quotes: b c"},
		{"no blank", "(a:b)and (c:d)", "space and no blank beside and"},
		{"no blank behind", "a:b or(c:d)", "space or no blank beside or"},
		{"no blank behind not", "not(c:d)", "space not no blank beside not"},
		{"two colons", "a:b:c", "syntax : expected and, or, or the end of the query, found :"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, problems := Parse(tt.query)
			var got []string
			for _, p := range problems {
				kind := map[Kind]string{Syntax: "syntax", KeywordSpace: "space", Strict: "strict", Escape: "escape"}[p.Kind]
				got = append(got, strings.TrimSpace(kind+" "+strings.TrimSpace(tt.query[p.Span.Start:p.Span.End])+" "+p.Message))
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, "\n")); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.query, diff)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`a:(b or "c") and not d:{e:*}`, "a >= 1 or(b:c", "\xff:\\", "a:b and", "((((", "\u00a0a:b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		if len(query) > 1<<12 {
			return
		}
		n, problems := Parse(query)
		for _, p := range problems {
			if p.Span.Start < 0 || p.Span.Start > p.Span.End || p.Span.End > len(query) || p.Message == "" {
				t.Fatalf("%q: problem %+v", query, p)
			}
			if p.Kind == Syntax && n != nil {
				t.Fatalf("%q: a tree in spite of %+v", query, p)
			}
		}
		Walk(n, func(n Node) {
			if s := n.Span(); s.Start < 0 || s.Start >= s.End || s.End > len(query) {
				t.Fatalf("%q: span %v of %T", query, s, n)
			}
		})
	})
}
