package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval"
)

// TestQueryHeld: an ES|QL query whose groups take more than their limit ends with the event, and one whose groups fit does not.
func TestQueryHeld(t *testing.T) {
	var events strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&events, "{\"host\":{\"id\":\"host-%d\"}}\n", i)
	}
	for query, broken := range map[string]bool{
		"FROM logs | STATS n = COUNT(*) BY host.id":                           true,
		"FROM logs | STATS n = COUNT(*)":                                      false,
		"FROM logs | STATS names = VALUES(host.id)":                           true,
		"FROM logs | WHERE host.id == \"host-7\" | STATS COUNT(*) BY host.id": false,
	} {
		c := &command{Options{Stdin: strings.NewReader(events.String()), Env: func(string) string { return "" }, Now: time.Now}}
		q, _ := esql.Parse(query)
		program, err := eval.Compile(q, eval.Options{Indexes: []*eval.Index{{Fields: []eval.Field{{Name: "host.id", Type: "keyword"}}}}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.esqlRun(context.Background(), program, []string{"-"}, 256<<10)
		var exit *exitError
		switch {
		case !broken && err != nil, broken && (!errors.As(err, &exit) || exit.code != exitFailed):
			t.Errorf("%s: %v", query, err)
		case broken && (!strings.HasPrefix(err.Error(), "standard input:") || !strings.Contains(err.Error(), "MiB of groups and rows")):
			t.Errorf("%s: %v", query, err)
		}
	}
}
