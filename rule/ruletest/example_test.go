package ruletest_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/rulevet/rulevet/rule/ruletest"
)

// Execute runs fixtures from any file system. Here a near miss shows that the case of a name does not matter to ":".
func ExampleExecute() {
	repository := fstest.MapFS{
		"shell.toml": {Data: []byte(`[rule]
name = "Shell"
type = "eql"
language = "eql"
index = ["logs-endpoint.events.process-*"]
query = 'process where process.name : "cmd.exe" and process.parent.name : "winword.exe"'
`)},
		"testdata/shell/match.json": {Data: []byte(`{"event":{"category":"process"},"process":{"name":"CMD.EXE","parent":{"name":"WINWORD.EXE"}}}`)},
		"testdata/shell/cases.toml": {Data: []byte(`[[case]]
name = "from the desktop"
base = "match.json"
set = {"process.parent.name" = "explorer.exe"}
match = true
`)},
	}
	report, err := ruletest.Execute(context.Background(), repository, ruletest.Options{Coverage: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range report.Rules {
		for _, c := range r.Cases {
			fmt.Printf("%s: %v\n%s", c.Name, c.OK, c.Explain)
		}
		fmt.Println(r.Coverage.Covered, "of", r.Coverage.Conditions, "conditions")
	}
	// Output:
	// match: true
	// from the desktop: false
	// event 0: process.parent.name: "winword.exe" is false: process.parent.name is "explorer.exe"
	// 1 of 2 conditions
}
