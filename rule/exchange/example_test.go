package exchange_test

import (
	"fmt"
	"time"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/exchange"
)

func ExampleImporter() {
	im := exchange.Importer{Today: time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)}
	im.Add("export.ndjson", []byte(`{"rule_id": "a1", "name": "Odd shell", "type": "eql", "language": "eql", "query": "process where true", "revision": 3}`))
	files, problems, counts := im.Files()
	fmt.Println(counts.Rules, problems)
	fmt.Print(files[0].Name, "\n", string(files[0].Text))
	// Output:
	// 1 []
	// odd_shell.toml
	// [metadata]
	// creation_date = "2026/11/28"
	// maturity = "production"
	// updated_date = "2026/11/28"
	//
	// [rule]
	// language = "eql"
	// name = "Odd shell"
	// rule_id = "a1"
	// type = "eql"
	//
	// query = '''
	// process where true
	// '''
	//
	// [metadata.extended.kibana]
	// imported = "2026/11/28"
	// trimmed = ["query"]
	//
	// [metadata.extended.kibana.rule]
	// revision = 3
}

func ExampleExporter() {
	file, diags := rule.Parse("odd_shell.toml", []byte(`[rule]
name = "Odd shell"
description = "A shell that is odd."
rule_id = "a1"
type = "eql"
severity = "low"
risk_score = 21
query = '''
process where true
'''
`))
	var ex exchange.Exporter
	ex.Add(file, diags)
	text, problems, counts := ex.NDJSON()
	fmt.Println(counts.Rules, problems)
	fmt.Println(len(text) > 0)
	// Output:
	// 1 []
	// true
}
