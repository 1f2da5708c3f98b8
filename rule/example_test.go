package rule_test

import (
	"fmt"

	"github.com/rulevet/rulevet/rule"
)

const harbour = `[rule]
name = "Relay Started"
type = "eql"
query = '''
process where process.name == "relay"
'''
`

func ExampleParse() {
	file, diagnostics := rule.Parse("relay.toml", []byte(harbour))
	fmt.Println(len(diagnostics), file.Rule.Name, file.Rule.Type)
	at := file.Lookup("rule", "query").Span
	fmt.Println(file.Position(at.Start).Line)
	// Output:
	// 0 Relay Started eql
	// 4
}

func ExampleApply() {
	file, _ := rule.Parse("relay.toml", []byte(harbour))
	name := file.Lookup("rule", "name").Span
	changed, err := rule.Apply(file.Src, []rule.Edit{{Span: name, New: `"Winch Started"`}})
	if err != nil {
		panic(err)
	}
	fmt.Print(string(rule.UnifiedDiff("relay.toml", "relay.toml", file.Src, changed)))
	// Output:
	// --- relay.toml
	// +++ relay.toml
	// @@ -1,5 +1,5 @@
	//  [rule]
	// -name = "Relay Started"
	// +name = "Winch Started"
	//  type = "eql"
	//  query = '''
	//  process where process.name == "relay"
}
