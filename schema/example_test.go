package schema_test

import (
	"fmt"

	"github.com/rulevet/rulevet/schema"
	"github.com/rulevet/rulevet/schema/overlay"
)

func ExampleCatalog_View() {
	catalog, err := schema.New()
	if err != nil {
		panic(err)
	}
	view := catalog.View(schema.Request{Indexes: []string{"logs-endpoint.events.process-*"}}, "")
	info, presence := view.Lookup("process.command_line")
	fmt.Println(info.Name, presence == schema.Known)
	fmt.Println(view.Suggest("process.comand_line")[0])
	// Output:
	// wildcard true
	// process.command_line
}

func ExampleCatalog_With() {
	catalog, err := schema.New()
	if err != nil {
		panic(err)
	}
	own, err := overlay.Read("mapping.json", []byte(`{"properties": {"pier": {"properties": {"berth": {"type": "keyword"}}}}}`), []string{"logs-pier-*"})
	if err != nil {
		panic(err)
	}
	view := catalog.With(own...).View(schema.Request{Indexes: []string{"logs-pier-*"}}, "")
	info, presence := view.Lookup("pier.berth")
	fmt.Println(info.Name, presence == schema.Known)
	// Output:
	// keyword true
}
