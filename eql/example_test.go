package eql_test

import (
	"fmt"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/mapping"
)

// fields is a mapping of two fields: all that Check asks for.
type fields struct{}

func (fields) Lookup(name string) (mapping.Info, mapping.Presence) {
	switch name {
	case "process.name":
		return mapping.Info{Type: mapping.Keyword}, mapping.Present
	case "process.pid":
		return mapping.Info{Type: mapping.Long}, mapping.Present
	}
	return mapping.Info{}, mapping.Absent
}

func (fields) Suggest(string) []string { return []string{"process.name"} }

func ExampleParse() {
	q, issues := eql.Parse(`process where process.name : "cmd*" and (process.pid > 4`)
	fmt.Println(eql.Format(q))
	for _, i := range issues {
		fmt.Println(i.Span.Start, i.Message)
	}
	// Output:
	// process where process.name: "cmd*" and (process.pid > 4)
	// 40 parenthesis is not closed
}

func ExampleCheck() {
	q, _ := eql.Parse(`process where proces.name == "cmd.exe" and process.pid : "4*"`)
	_, issues := eql.Check(q, fields{})
	for _, i := range issues {
		fmt.Printf("%s: %s\n", q.Source[i.Span.Start:i.Span.End], i.Message)
	}
	// Output:
	// proces.name: unknown field `proces.name`
	// process.pid: left side of `:` must be a string, found `process.pid` of type long
}
