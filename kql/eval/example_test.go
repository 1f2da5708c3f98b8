package eval_test

import (
	"fmt"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/kql"
	"github.com/rulevet/rulevet/kql/eval"
)

func ExampleCompile() {
	q, _ := kql.Parse(`process.name: (relay or win*) and not user.name: ida`, kql.Kuery)
	program, err := eval.Compile(q, nil, eval.Options{})
	if err != nil {
		panic(err)
	}
	decoder := event.NewDecoder(program.Layout())
	var record event.Record
	for _, doc := range []string{`{"process": {"name": "winch"}}`, `{"process": {"name": "relay"}, "user": {"name": ["olu", "ida"]}}`} {
		if err := decoder.Decode([]byte(doc), &record); err != nil {
			panic(err)
		}
		fmt.Println(program.Match(&record))
	}
	// Output:
	// true
	// false
}
