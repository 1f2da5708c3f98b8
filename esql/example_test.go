package esql_test

import (
	"fmt"

	"github.com/rulevet/rulevet/esql"
)

func ExampleVerify() {
	schema := &esql.Schema{Fields: esql.FieldMap{"user.name": "keyword", "process.pid": "long"}}
	info, _ := esql.Verify(`FROM logs-* | STATS n = COUNT(*), top = MAX(process.pid) BY user.name`, schema)
	for _, c := range info.Columns {
		fmt.Println(c.Name, c.Type.Column())
	}
	query := `FROM logs-* | WHERE user.name > 5`
	_, issues := esql.Verify(query, schema)
	for _, i := range issues {
		fmt.Printf("%s: %s\n", query[i.Span.Start:i.Span.End], i.Message)
	}
	// Output:
	// n long
	// top long
	// user.name keyword
	// user.name > 5: > cannot go with these types: `user.name` is keyword, `5` is integer
}

func ExampleFormat() {
	text, err := esql.Format(`from logs-* | where process.pid>4 | keep user.name`)
	fmt.Println(text, err)
	// Output:
	// from logs-*
	// | where process.pid > 4
	// | keep user.name
	//  <nil>
}
