package mutation_test

import (
	"fmt"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/mutation"
)

func ExampleOf() {
	q, _ := eql.Parse(`process where process.pid > 4 and user.name : "i*"`)
	for _, m := range mutation.Of(q, mutation.Options{}) {
		m.Apply()
		fmt.Println(m.Kind, "|", eql.Format(q))
		m.Revert()
	}
	// Output:
	// category | any where process.pid > 4 and user.name: "i*"
	// drop-clause | process where user.name: "i*"
	// negate | process where not process.pid > 4 and user.name: "i*"
	// number | process where process.pid >= 4 and user.name: "i*"
	// number | process where process.pid > 5 and user.name: "i*"
	// drop-clause | process where process.pid > 4
	// and-or | process where process.pid > 4 or user.name: "i*"
	// negate | process where process.pid > 4 and not user.name: "i*"
	// case | process where process.pid > 4 and user.name like "i*"
	// wildcard | process where process.pid > 4 and user.name: "*i*"
	// wildcard | process where process.pid > 4 and user.name: "i"
}
