package matrix_test

import (
	"fmt"

	"github.com/rulevet/rulevet/mitre"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/matrix"
)

func ExampleBuild() {
	catalog, err := mitre.Load(mitre.ATTACK, "19")
	if err != nil {
		panic(err)
	}
	file, _ := rule.Parse("relay.toml", []byte(`[rule]
name = "Relay Started"
[[rule.threat]]
framework = "MITRE ATT&CK"
technique = [{id = "T1059", name = "Command and Scripting Interpreter", reference = "https://attack.mitre.org/techniques/T1059/"}]
tactic = {id = "TA0002", name = "Execution", reference = "https://attack.mitre.org/tactics/TA0002/"}
`))
	m := matrix.Build(catalog, mitre.Enterprise, []*rule.File{file})
	for _, column := range m.Columns {
		for _, cell := range column.Cells {
			if len(cell.Rules) > 0 {
				fmt.Println(column.Tactic.Name, cell.Technique.ID, cell.Rules[0].Rule.Name)
			}
		}
	}
	// Output:
	// Execution T1059 Relay Started
}
