package search_test

import (
	"fmt"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/kql"
	kqleval "github.com/rulevet/rulevet/kql/eval"
	"github.com/rulevet/rulevet/search"
)

// Programs of several languages that share a layout look at one decoded event together.
func ExampleFirstFalse() {
	layout := new(event.Layout)
	one, _ := eql.Parse(`process where process.name == "relay" and process.pid > 4`)
	first, err := eval.Compile(one, nil, eval.Options{Layout: layout})
	if err != nil {
		panic(err)
	}
	other, _ := kql.Parse(`process.name: winch or process.pid >= 7`, kql.Kuery)
	second, err := kqleval.Compile(other, nil, kqleval.Options{Layout: layout})
	if err != nil {
		panic(err)
	}
	var record event.Record
	if err := event.NewDecoder(layout).Decode([]byte(`{"event": {"category": "process"}, "process": {"name": "relay", "pid": 2}}`), &record); err != nil {
		panic(err)
	}
	for _, p := range []search.Program{first, second} {
		fmt.Println(search.FirstFalse(p, &record))
	}
	// Output:
	// process.pid > 4 is false: process.pid is 2
	// process.name: winch or process.pid >= 7 is false: process.name is "relay", process.pid is 2
}
