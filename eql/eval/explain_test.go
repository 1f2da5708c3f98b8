package eval_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/search"
)

// load compiles a query without a mapping and decodes one event for it.
func load(t *testing.T, query, doc string) (*eval.Program, *event.Record) {
	t.Helper()
	q, issues := eql.Parse(query)
	if len(issues) > 0 {
		t.Fatal(query, issues)
	}
	p, err := eval.Compile(q, nil, eval.Options{})
	if err != nil {
		t.Fatal(query, err)
	}
	rec := new(event.Record)
	if err := event.NewDecoder(p.Layout()).Decode([]byte(doc), rec); err != nil {
		t.Fatal(doc, err)
	}
	return p, rec
}

func TestFirstFalse(t *testing.T) {
	const doc = `{"event":{"category":"process"},"name":"CMD.exe","args":["a","b"],"n":3}`
	for _, tt := range []struct{ query, want string }{
		{`process where name : "cmd.exe"`, ``},
		{`process where name == "cmd.exe"`, `name == "cmd.exe" is false: name is "CMD.exe"`},
		{`file where name : "cmd.exe"`, `event.category == "file" is false: event.category is "process"`},
		{`any where name : "cmd.exe" and user == "root"`, `user == "root" is false: user is missing`},
		{`any where n == 3 and args == "c"`, `args == "c" is false: args is ["a", "b"]`},
		{`any where n == 4 or args == "c"`, `n == 4 or args == "c" is false: n is 3, args is ["a", "b"]`},
		{`any where not (n == 4 or args == "b")`, `args == "b" is true, but negated: args is ["a", "b"]`},
		{`any where not (n == 3 and args == "b")`, `n == 3 and args == "b" is true, but negated: n is 3, args is ["a", "b"]`},
		{`any where n == 3 and not not args == "c"`, `args == "c" is false: args is ["a", "b"]`},
		{`any where length(name) > 10`, `length(name) > 10 is false: name is "CMD.exe"`},
		{`any where n == 3 and 1 == 2`, `1 == 2 is false (the same for every event)`},
		{`any where divide(n, 0) == 1`, `divide(n, 0) == 1 is false (its script fails on this event): n is 3`},
		{`sequence [any where n == 4] with runs=2 [any where n == 5]`, `step 1: n == 4 is false: n is 3; step 2: n == 5 is false: n is 3`},
	} {
		p, rec := load(t, tt.query, doc)
		if diff := cmp.Diff(tt.want, search.FirstFalse(p, rec)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.query, diff)
		}
	}
}

func TestExplain(t *testing.T) {
	p, rec := load(t, `process where n > 1 and not (name : "a*" or length(name) == 3)`,
		`{"event":{"category":"process"},"name":["x","Abc"],"n":[0,7]}`)
	want := `false and
true    event.category == "process"  # event.category is "process"
false   and
true      n > 1  # n is [0, 7]
false     not
true        or
true          name: "a*"  # name is ["x", "Abc"]
true          length(name) == 3  # name is ["x", "Abc"]
`
	if diff := cmp.Diff(want, search.Explain(p, rec).String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
