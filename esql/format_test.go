package esql

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFormat(t *testing.T) {
	for src, want := range map[string]string{
		"from a|where x==1   and  y  | keep x,y":                                      "from a\n| where x == 1 and y\n| keep x, y\n",
		"from a, b   metadata _id,_index\n\n\n| stats n=count(*) ,COUNT( y )  by z\n": "from a, b metadata _id, _index\n\n| stats n = count(*), COUNT( y ) by z\n",
		"from a | where x in (\"p\",\n\"q\") // why\n  and not y // more\n| limit 5":  "from a\n| where x in (\"p\",\n        \"q\") // why\n    and not y // more\n| limit 5\n",
		"from a | fork (where x|limit 1)(where y)|keep z":                             "from a\n| fork (where x | limit 1)(where y)\n| keep z\n",
		"// first\nfrom a /* b */ | eval x=-1,y= f ( x ) - 2 , z = a . b :: long":     "// first\nfrom a /* b */\n| eval x = -1, y = f(x) - 2, z = a.b::long\n",
		"from a | where match(m,\"x\",{\"operator\" : \"AND\"}) and m:\"y\"":          "from a\n| where match(m, \"x\", {\"operator\": \"AND\"}) and m:\"y\"\n",
	} {
		got, err := Format(src)
		if err != nil {
			t.Errorf("%q: %v", src, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got)\n%s", src, diff)
		}
		checkFormat(t, src)
	}
	if _, err := Format("from a | where"); err != ErrSyntax {
		t.Errorf("got %v, want ErrSyntax", err)
	}
}

// checkFormat wants the same tree and the same columns behind Format, and no change by another Format.
func checkFormat(t *testing.T, src string) {
	t.Helper()
	once, err := Format(src)
	if err != nil {
		return
	}
	twice, err := Format(once)
	if err != nil || once != twice {
		t.Errorf("Format of %q is not stable (%v):\n%s\n%s", src, err, once, twice)
	}
	a, b := tree(src), tree(once)
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("Format of %q changes the tree (-want +got)\n%s\n%s", src, diff, once)
	}
}

// tree prints the tokens of a query without its layout, the columns it makes, and its comments.
func tree(src string) []string {
	q, _ := Parse(src)
	info, _ := Check(q, nil)
	var out []string
	for _, t := range lex(src).toks {
		out = append(out, src[t.start:t.end])
	}
	for _, a := range info.Columns {
		out = append(out, "column "+a.Name)
	}
	for n := range Preorder(q) {
		if x, ok := n.(Expr); ok {
			out = append(out, FormatExpr(x))
		}
	}
	return out
}

func TestFormatRules(t *testing.T) {
	var rules []sharedCase
	readShared(t, "rules.json", &rules)
	for _, c := range rules {
		checkFormat(t, ruleQuery(t, c.Path))
	}
	var cases []sharedCase
	readShared(t, "cases.json", &cases)
	for _, c := range cases {
		checkFormat(t, c.Query)
	}
}
