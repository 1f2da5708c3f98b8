package kql_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/kql"
)

// show writes a tree in brackets.
func show(n kql.Node) string {
	list := func(op string, items []kql.Node) string {
		var out []string
		for _, i := range items {
			out = append(out, show(i))
		}
		return "(" + op + " " + strings.Join(out, " ") + ")"
	}
	switch n := n.(type) {
	case nil:
		return ""
	case *kql.And:
		return list("and", n.Items)
	case *kql.Or:
		return list("or", n.Items)
	case *kql.Not:
		return list("not", []kql.Node{n.Item})
	case *kql.Nested:
		return n.Field.Text + "{" + show(n.Item) + "}"
	case *kql.Range:
		return n.Field.Text + n.Op + literal(n.Value)
	case *kql.Is:
		return literal(n.Field) + ":" + show(n.Value)
	case *kql.Value:
		return literal(n.Literal)
	case *kql.Text:
		if n.Literal == nil {
			return "text " + show(n.Item)
		}
		return "text " + literal(n.Literal)
	case *kql.Bad:
		return "bad"
	}
	return "?"
}

func literal(l *kql.Literal) string {
	switch l.Kind {
	case kql.Quoted:
		return fmt.Sprintf("%q", l.Text)
	case kql.Pattern:
		return "~" + strings.Join(l.Parts(), "%")
	case kql.Null, kql.True, kql.False:
		return "<" + l.Text + ">"
	}
	return l.Text
}

// parseCases are queries with their tree in Kibana's and in Elasticsearch's reading; "-" is a refusal.
var parseCases = []struct{ name, query, kuery, server string }{
	{"blank", " \n", "", ""},
	{"one", "a:b", "a:b", "a:b"},
	{"list", "a : (b or c)", "a:(or b c)", "a:(or b c)"},
	{"and binds tighter in Kibana", "a:1 and b:2 or c:3", "(or (and a:1 b:2) c:3)", "(and a:1 (or b:2 c:3))"},
	{"or first", "a:1 or b:2 and c:3", "(or a:1 (and b:2 c:3))", "(or a:1 (and b:2 c:3))"},
	{"values group from the left", "a:(x or y and z)", "a:(or x (and y z))", "a:(and (or x y) z)"},
	{"long chain", "a:1 and b:2 and c:3", "(and a:1 b:2 c:3)", "(and a:1 b:2 c:3)"},
	{"not", "not a:b and not c:d", "(and (not a:b) (not c:d))", "(and (not a:b) (not c:d))"},
	{"not of a list", "a:(b and not (c or d))", "a:(and b (not (or c d)))", "a:(and b (not (or c d)))"},
	{"not not", "not not a:b", "-", "(not (not a:b))"},
	{"not before a value", "a: not b", "-", "a:(not b)"},
	{"upper case", "a:b AND NOT c:d", "(and a:b (not c:d))", "(and a:b (not c:d))"},
	{"no blank before a bracket", "not(a:b)", "-", "(not a:b)"},
	{"quotes", `a:"b \"c\" \\ d"`, `a:"b \"c\" \\ d"`, `a:"b \"c\" \\ d"`},
	{"backslash that escapes nothing", `a:"b\q"`, `a:"b\\q"`, `a:"b\\q"`},
	{"escape", `a:b\:c\*`, "a:b:c*", "a:b:c*"},
	{"unknown escape", `a:b\c`, "-", "-"},
	{"escaped keyword", `a:\and`, "a:and", "a:and"},
	{"line break before keyword", `a:x\not`, "a:x\not", "a:xnot"},
	{"unicode escape", `a:\u0041b`, "a:Ab", "a:Ab"},
	{"wildcards", "a:b*c*", "a:~b%c%", "a:~b%c%"},
	{"escape before the star", `a:b\:c*`, "a:~b:c%", "a:b:c*"},
	{"exists", "a:*", "a:~%", "a:~%"},
	{"pattern of names", "a.*:b", "~a.%:b", "~a.%:b"},
	{"range", "a >= 5 and b<3", "(and a>=5 b<3)", "(and a>=5 b<3)"},
	{"nested", "a:{ b:c and d:e }", "a{(and b:c d:e)}", "a{(and b:c d:e)}"},
	{"text", "free text", "text free text", "text free text"},
	{"quoted text", `"two words"`, `text "two words"`, `text "two words"`},
	{"words of a value", "a: b c", "a:b c", "a:b c"},
	{"keyword at the end", "a: b and", "a:b and", "a:b and"},
	{"keyword alone", "a: or", "a:or", "a:or"},
	{"keyword twice", "a: b and and c: d", "(and a:b and c:d)", "(and a:b and c:d)"},
	{"not inside of a word", "a: cannot go", "-", "a:cannot go"},
	{"a word that begins so", "a:notable and orange:x", "(and a:notable orange:x)", "(and a:notable orange:x)"},
	{"words of JSON", "a:null or b:true", "(or a:<null> b:<true>)", "(or a:null b:true)"},
	{"name with a blank", "a b: c", "a b:c", "-"},
	{"open bracket", "a:(b or c", "-", "-"},
	{"open quote", `a:"b and c:d`, "-", "-"},
	{"closed too often", "a:b) and c:d", "-", "-"},
	{"no operator", `a:"b" c:d`, "-", "-"},
	{"comparison without value", "a >", "-", "-"},
	{"brackets around the same operator", "a :b or  (b or c)", "(or a:b (or text b text c))", "(or a:b (or text b text c))"},
	{"keyword before a brace", "a:{b And}", "a{text b And}", "-"},
	{"keyword before an operator", "(b And) or c or a:or", "(or text b And text c a:or)", "(or text b And text c a:or)"},
	{"keyword behind not", "a:(not(or 0))", "-", "a:(not or 0)"},
	{"no-break space", "a:b\u00a0and\u00a0c:d", "(and a:b c:d)", "-"},
	{"ideographic space", "a:b\u3000", "a:b", "a:b"},
}

func TestParse(t *testing.T) {
	for _, tt := range parseCases {
		for flavor, want := range map[kql.Flavor]string{kql.Kuery: tt.kuery, kql.Server: tt.server} {
			t.Run(fmt.Sprint(tt.name, "/", flavor), func(t *testing.T) {
				q, issues := kql.Parse(tt.query, flavor)
				got := show(q.Root)
				if kql.HasErrors(issues) {
					got = "-"
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("Parse(%q) %v (-want +got):\n%s", tt.query, issues, diff)
				}
			})
		}
	}
}

// TestFormat: the formatted query has the same tree, and formatting it again changes nothing.
func TestFormat(t *testing.T) {
	for _, tt := range parseCases {
		for _, flavor := range []kql.Flavor{kql.Kuery, kql.Server} {
			q, issues := kql.Parse(tt.query, flavor)
			if kql.HasErrors(issues) {
				continue
			}
			text := kql.Format(q)
			again, issues := kql.Parse(text, flavor)
			if diff := cmp.Diff(show(q.Root), show(again.Root)); diff != "" || kql.HasErrors(issues) {
				t.Errorf("%s: %q becomes %q: %v (-want +got):\n%s", flavor, tt.query, text, issues, diff)
			}
			if twice := kql.Format(again); twice != text {
				t.Errorf("%s: %q becomes %q, then %q", flavor, tt.query, text, twice)
			}
		}
	}
}

func TestMessages(t *testing.T) {
	for _, tt := range []struct{ name, query, want string }{
		{"bracket", "a:(b or c", "query/syntax 9 expected `)`, found the end of the query: `(` of line 1, column 3 is not closed"},
		{"bracket too many", "a:b) and c:d", "query/syntax 3 `)` closes nothing: no bracket is open here"},
		{"quote", `a:"b and c:d`, "query/syntax 2 the quote is not closed"},
		{"escape", `a:b\c`, "query/syntax 3 unknown escape `\\c`"},
		{"not inside of a word", "a: cannot go", "query/syntax 6 `not` cannot stand here: it ends the text before it, also inside of a word"},
		{"no blank behind", "a:b and(c:d)", "query/kql-keyword-space 4 `and` needs a blank behind it to be an operator"},
		{"no blank before", "(a:b)and c:d", "query/kql-keyword-space 5 `and` needs a blank before it to be an operator"},
		{"no value", "a: ", "query/syntax 3 expected a value, found the end of the query"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, issues := kql.Parse(tt.query, kql.Kuery)
			var got []string
			for _, i := range issues {
				got = append(got, fmt.Sprintf("%s %d %s", i.Code, i.Span.Start, i.Message))
			}
			if diff := cmp.Diff([]string{tt.want}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestRecovery: what stands behind a mistake is read all the same.
func TestRecovery(t *testing.T) {
	q, issues := kql.Parse(`a:b\c and d:"e" and f > ) and g:h`, kql.Kuery)
	if got, want := show(q.Root), `(and bad d:"e" bad g:h)`; got != want || len(issues) != 2 {
		t.Errorf("tree %s, issues %v, want %s and 2 issues", got, issues, want)
	}
	if fields := kql.Fields(q); len(fields) != 2 || fields[0].Name != "d" || fields[1].Name != "g" {
		t.Errorf("fields %v, want d and g", fields)
	}
}

func ExampleParse() {
	q, _ := kql.Parse(`process.name : (cmd.exe or powershell*) and not user.name : "SYSTEM"`, kql.Kuery)
	for _, f := range kql.Fields(q) {
		fmt.Println(f.Name)
	}
	// Output:
	// process.name
	// user.name
}

func ExampleFormat() {
	q, _ := kql.Parse(`process.name:(cmd.exe OR nc)AND  not user.id:0`, kql.Server)
	fmt.Println(kql.Format(q))
	// Output: process.name : (cmd.exe or nc) and not user.id : 0
}

func FuzzParse(f *testing.F) {
	for _, tt := range parseCases {
		f.Add(tt.query)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, flavor := range []kql.Flavor{kql.Kuery, kql.Server} {
			q, issues := kql.Parse(text, flavor)
			for _, i := range issues {
				if i.Span.Start < 0 || i.Span.End > len(text) || i.Span.Start > i.Span.End || i.Message == "" {
					t.Fatalf("%s: issue %+v of a text of %d bytes", flavor, i, len(text))
				}
			}
			kql.Check(q, nil)
			if kql.HasErrors(issues) {
				continue
			}
			formatted := kql.Format(q)
			again, issues := kql.Parse(formatted, flavor)
			if kql.HasErrors(issues) || show(again.Root) != show(q.Root) {
				t.Fatalf("%s: %q becomes %q: %v\n%s\n%s", flavor, text, formatted, issues, show(q.Root), show(again.Root))
			}
			if twice := kql.Format(again); twice != formatted {
				t.Fatalf("%s: %q becomes %q, then %q", flavor, text, formatted, twice)
			}
		}
	})
}
