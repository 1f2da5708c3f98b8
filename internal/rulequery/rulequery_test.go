package rulequery

import (
	"testing"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/rule"
)

// TestUnknownFields matches events on fields that the schema of the indexes does not have: it may be old, or the index
// have fields of its own.
func TestUnknownFields(t *testing.T) {
	file, _ := rule.Parse("x.toml", []byte("[rule]\ntype = \"eql\"\nlanguage = \"eql\"\nindex = [\"logs-endpoint.events.process-*\"]\n"))
	c := &Compiler{}
	fields, err := c.Fields(file)
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]bool{
		`process where process.custom == "x"`:                          true,
		`process where process.custom : "X" and ?custom.thing == 5`:    true,
		`process where ?custom.gone == null and length(custom.t) == 2`: true,
		`process where process.custom == "y"`:                          false,
		`process where ?custom.gone == "x"`:                            false,
	} {
		q, _ := eql.Parse(query)
		p, err := Compile(q, fields, Options(file))
		if err != nil {
			t.Fatal(query, err)
		}
		var rec event.Record
		if err := event.NewDecoder(p.Layout()).Decode([]byte(`{"event":{"category":"process"},"process":{"custom":"x"},"custom":{"thing":5,"t":"ab"}}`), &rec); err != nil {
			t.Fatal(err)
		}
		if got, err := p.Match(&rec); err != nil || got != want {
			t.Errorf("%s: %v, %v, want %v", query, got, err, want)
		}
	}
}
