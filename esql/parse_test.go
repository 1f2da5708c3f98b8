package esql

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// place is "line:column" of an offset, both from 1, columns in code points.
func place(src string, at int) string {
	before := src[:at]
	line := strings.Count(before, "\n") + 1
	return fmt.Sprintf("%d:%d", line, len([]rune(before[strings.LastIndexByte(before, '\n')+1:]))+1)
}

func places(src string, issues []Issue) string {
	var out []string
	for _, i := range issues {
		out = append(out, place(src, i.Span.Start)+" "+strings.TrimPrefix(i.Code, "query/"))
	}
	return strings.Join(out, ", ")
}

// parseErrors are queries with the places of all their syntax errors.
var parseErrors = map[string]string{
	"FROM x | WHERE a == \"b\" | KEEP c":                               "",
	"FROM x, (FROM y | WHERE a | LIMIT 2) METADATA _id | KEEP c*":      "",
	"FROM x | FORK (WHERE a | LIMIT 1) (WHERE (b OR c)) | KEEP c":      "",
	"FROM x | WHERE a IN (FROM y | KEEP a) AND b | KEEP c":             "",
	"FROM x | ENRICH _any:p ON a.b WITH c = d, e":                      "",
	"FROM x | STATS n = COUNT(*) WHERE a > 1, COUNT(b) BY c, d = e":    "",
	"SET a = 1; FROM x | EVAL b = [1, -2], c = -d::keyword, `e f` = 1": "",
	"FROM x | WHERE a = 1 | EVAL b = | KEEP c, 1 , d":                  "1:18 syntax, 1:33 syntax, 1:43 syntax",
	"FROM x | EVAL a = f(1 2), b = (3, c = 4":                          "1:23 syntax, 1:33 syntax",
	"FROM x | FORK (WHERE a b | LIMIT) (KEEP c d)":                     "1:24 syntax, 1:28 syntax, 1:43 syntax",
	"FROM x | WHERE(a) | KEEP b":                                       "1:10 syntax",
	"FROM x | WHERE a) | KEEP b":                                       "1:17 syntax",
	"FROM x | WHERE a && b | KEEP b":                                   "1:18 syntax",
	"FROM x | WHERE a || b | KEEP b":                                   "1:18 syntax",
	"FROM x | WHERE a == 'b' | KEEP b":                                 "1:21 syntax",
	"FROM x | WHERE a == \"\\d\" | KEEP b,":                            "1:21 syntax, 1:35 syntax",
	"FROM x\n| WHERE a == \"b\n| KEEP c":                               "2:14 syntax",
	"FROM x | WHERE t > NOW() - 3 moons":                               "1:28 esql-literal",
	"FROM x | WHERE a == ?":                                            "1:21 syntax",
	"FROM x | FROM y":                                                  "1:10 syntax",
	"WHERE a":                                                          "1:1 syntax",
	"":                                                                 "1:1 syntax",
	"\xff(":                                                            "1:1 syntax",
	"FROM x | FILTR a | LIMIT 1":                                       "1:10 syntax",
}

func TestParseErrors(t *testing.T) {
	for src, want := range parseErrors {
		_, issues := Parse(src)
		if got := places(src, issues); got != want {
			t.Errorf("%s\n got %s\nwant %s\n%v", src, got, want, issues)
		}
	}
}

// TestSpans: spans nest, and lie in the source.
func TestSpans(t *testing.T) {
	for src := range parseErrors {
		q, _ := Parse(src)
		checkSpans(t, src, q, q.Span())
	}
}

func checkSpans(t *testing.T, src string, n Node, outer Span) {
	s := n.Span()
	if s.Start < outer.Start || s.End > outer.End || s.Start > s.End {
		t.Errorf("%s: %T %v is not in %v", src, n, s, outer)
	}
	Children(n, func(c Node) { checkSpans(t, src, c, s) })
}

func TestParseTree(t *testing.T) {
	q, issues := Parse(`FROM a | EVAL x = -1 - b.c::long * 2 day, y = NOT e OR d LIKE ("x*", """\d""")`)
	if len(issues) > 0 {
		t.Fatal(issues)
	}
	var got []string
	for n := range Preorder(q) {
		if x, ok := n.(Expr); ok {
			s := x.Span()
			got = append(got, fmt.Sprintf("%s %s", strings.TrimPrefix(fmt.Sprintf("%T", n), "*esql."), q.Source[s.Start:s.End]))
		}
	}
	want := []string{
		"Column x", "Binary -1 - b.c::long * 2 day", "Literal -1", "Binary b.c::long * 2 day", "Cast b.c::long", "Column b.c", "Literal 2 day",
		"Column y", "Binary NOT e OR d LIKE (\"x*\", \"\"\"\\d\"\"\")", "Unary NOT e", "Column e", "Like d LIKE (\"x*\", \"\"\"\\d\"\"\")", "Column d",
		"Literal \"x*\"", "Literal \"\"\"\\d\"\"\"",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
