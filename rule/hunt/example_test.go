package hunt_test

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/hunt"
)

// A rule that must be quiet on traffic that is known to be good.
func Example() {
	file, _ := rule.Parse("rules/shadow.toml", []byte(`[rule]
name = "Shadow file read"
type = "eql"
language = "eql"
query = '''
process where process.name : "cat" and process.args : "/etc/shadow"
'''
`))
	h, err := hunt.New([]*rule.File{file}, hunt.Options{})
	if err != nil {
		panic(err)
	}
	events := `{"@timestamp":"2026-01-01T00:00:00Z","event":{"category":"process"},"host":{"name":"web-1"},"process":{"name":"cat","args":["cat","/etc/hosts"]}}
{"@timestamp":"2026-01-01T00:00:01Z","event":{"category":"process"},"host":{"name":"web-2"},"process":{"name":"cat","args":["cat","/etc/shadow"]}}
`
	report, err := h.Run(context.Background(), []hunt.Input{{Name: "good.ndjson",
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(events)), nil }}})
	if err != nil {
		panic(err)
	}
	fmt.Println(report.Headline())
	for _, r := range report.Rules {
		fmt.Println(r.Name, "on", r.Hosts.Top[0].Value)
	}
	// Output:
	// 1 rule, 1 fired: 1 match in 2 events from 2026-01-01T00:00:00.000Z to 2026-01-01T00:00:01.000Z
	// Shadow file read on web-2
}
