package compile

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/rule"
)

func ruleOf(keys, query string) *rule.File {
	file, _ := rule.Parse("r.toml", []byte("[rule]\nname = \"x\"\nindex = [\"logs-endpoint.events.process-*\"]\n"+keys+"\nquery = '''"+query+"'''\n"))
	return file
}

const eqlKeys = "type = \"eql\"\nlanguage = \"eql\""

// TestUnknownFields matches events on fields that the schema of the indexes does not have: it may be old, or the index
// have fields of its own.
func TestUnknownFields(t *testing.T) {
	c := &Compiler{}
	for query, want := range map[string]bool{
		`process where process.custom == "x"`:                          true,
		`process where process.custom : "X" and ?custom.thing == 5`:    true,
		`process where ?custom.gone == null and length(custom.t) == 2`: true,
		`process where process.custom == "y"`:                          false,
		`process where ?custom.gone == "x"`:                            false,
	} {
		p, err := c.Compile(ruleOf(eqlKeys, query), Options{})
		if err != nil {
			t.Fatal(query, err)
		}
		var rec event.Record
		if err := event.NewDecoder(p.Layout()).Decode([]byte(`{"event":{"category":"process"},"process":{"custom":"x"},"custom":{"thing":5,"t":"ab"}}`), &rec); err != nil {
			t.Fatal(err)
		}
		if got := p.Steps()[0].Node.Eval(&rec); got != predicate.VerdictOf(want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
}

// TestErrors: what is wrong with a rule and what is only not supported are told apart, and where it is wrong.
func TestErrors(t *testing.T) {
	for _, tt := range []struct{ keys, query, want string }{
		{eqlKeys, "process where true", "ok"},
		{`type = "query"`, "process.name: x", "ok"},
		{`type = "query"` + "\n" + `language = "lucene"`, "process.name:x", "ok"},
		{`language = "eql"`, "process where true", "ok"},
		{`type = "eql"` + "\n" + `language = "kuery"`, "a: b", `a rule of type "eql" cannot be in "kuery" (expected language = "eql")`},
		{`type = "query"` + "\n" + `language = "eql"`, "process where true", `a rule of type "query" cannot be in "eql" (expected language = "kuery")`},
		{`type = "machine_learning"`, "", `unsupported: a rule of type "machine_learning" has no query that can be run`},
		{`type = "nonesuch"`, "", `unsupported: rules of type "nonesuch" cannot be run`},
		{`language = "sigma"`, "", `unsupported: rules in "sigma" cannot be run, only`},
		{"", "", `the rule says neither its language nor its type`},
		{eqlKeys, "process where a = 1", "at `=`: the query is not valid: "},
		{eqlKeys, `process where process.pid == "x"`, "at `\"x\"`: the query cannot be run: "},
		{eqlKeys, `process where process.name == user.name`, "at `user.name`: the query cannot be run: "},
		{`type = "query"`, "process.name: (", "the query is not valid: "},
	} {
		file := ruleOf(tt.keys, tt.query)
		_, err := new(Compiler).Compile(file, Options{})
		got := "ok"
		var e *Error
		if errors.As(err, &e) {
			got = e.Message
			if text := file.Slice(e.Span); text != "" {
				got = "at `" + text + "`: " + got
			}
			if e.Unsupported {
				got = "unsupported: " + got
			}
			if e.Hint != "" {
				got += " (" + e.Hint + ")"
			}
		}
		if !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s %s: %s, want %s", tt.keys, tt.query, got, tt.want)
		}
	}
	file, _ := rule.Parse("x.toml", []byte("[rule]\nx = \n"))
	if _, err := new(Compiler).Compile(file, Options{}); err == nil || err.Error() != "the file is not valid TOML" {
		t.Error(err)
	}
	file, _ = rule.Parse("x.toml", []byte("[rule]\ntype = \"eql\"\n"))
	if _, err := new(Compiler).Compile(file, Options{}); err == nil || err.Error() != "the rule has no query" {
		t.Error(err)
	}
}

// TestMutants: each is a program of its own on the layout asked for, compiling one twice gives the same, and the program they come
// from stays as it is.
func TestMutants(t *testing.T) {
	p, err := new(Compiler).Compile(ruleOf(eqlKeys, `process where process.pid > 3 and process.name : "a*"`), Options{})
	if err != nil {
		t.Fatal(err)
	}
	layout := &event.Layout{}
	var got []string
	for _, m := range p.Mutants(layout) {
		one, two := m.Compile(), m.Compile()
		if (one == nil) != (two == nil) || one != nil && one.Layout() != layout {
			t.Errorf("%s: %v, %v", m.Change, one, two)
		}
		got = append(got, fmt.Sprintf("%s %s", m.Change, m.Diff(p.File.Query.Value)))
	}
	if len(got) < 8 || !strings.HasPrefix(got[0], "category [-process-]{+any+}") {
		t.Errorf("got %q", got)
	}
	var rec event.Record
	if err := event.NewDecoder(p.Layout()).Decode([]byte(`{"event":{"category":"process"},"process":{"pid":4,"name":"abc"}}`), &rec); err != nil {
		t.Fatal(err)
	}
	if v := p.Steps()[0].Node.Eval(&rec); v != predicate.Yes {
		t.Errorf("the program says %v after its mutants", v)
	}
	q, err := p.On(layout)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(p.Shape(), q.Shape()); d != "" || q.Layout() != layout {
		t.Errorf("on another layout (-want +got):\n%s", d)
	}
}
