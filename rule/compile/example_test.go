package compile_test

import (
	"fmt"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/search"
)

const relay = `[rule]
type = "threshold"
language = "kuery"
index = ["logs-endpoint.events.process-*"]
query = 'process.name: relay'
threshold = {field = ["user.name"], value = 2}
`

func ExampleCompiler_Compile() {
	file, _ := rule.Parse("relay.toml", []byte(relay))
	var compiler compile.Compiler // with the embedded catalog
	program, err := compiler.Compile(file, compile.Options{})
	if err != nil {
		panic(err)
	}
	state, decoder := program.Start(search.Start{}), event.NewDecoder(program.Layout())
	var record event.Record
	for i, user := range []string{"ida", "olu", "ida"} {
		doc := fmt.Sprintf(`{"process": {"name": "relay"}, "user": {"name": %q}}`, user)
		if err := decoder.Decode([]byte(doc), &record); err != nil {
			panic(err)
		}
		if err := state.Feed(&record, search.Ref{Index: i}, nil); err != nil {
			panic(err)
		}
	}
	for _, result := range state.Finish() {
		fmt.Println(*result.Keys[0], len(result.Events), "events")
	}
	// Output:
	// ida 2 events
}
