package compile

import (
	"testing"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/search"
)

// TestSearchedFields: what only KQL() and QSTR() name is read from events.
func TestSearchedFields(t *testing.T) {
	for _, call := range []string{`KQL("event.action : start and x.y : (a or b*)")`, `QSTR("event.action:start AND x.y:b*")`} {
		f, _ := rule.Parse("r.toml", []byte("[rule]\nname = \"r\"\ntype = \"esql\"\nlanguage = \"esql\"\nquery = '''FROM logs-* | WHERE "+call+"'''\n"))
		p, err := (&Compiler{}).Compile(f, Options{})
		if err != nil {
			t.Fatal(err)
		}
		decoder := event.NewDecoder(p.Layout())
		for doc, want := range map[string]int{`{"event":{"action":"start"},"x":{"y":"bc"}}`: 1, `{"event":{"action":"start"},"x":{"y":"c"}}`: 0, `{"x":{"y":"bc"}}`: 0} {
			var rec event.Record
			if err := decoder.Decode([]byte(doc), &rec); err != nil {
				t.Fatal(err)
			}
			state := p.Start(search.Start{})
			if err := state.Feed(&rec, search.Ref{Source: []byte(doc)}, nil); err != nil {
				t.Fatal(err)
			}
			if got := len(state.Finish()); got != want {
				t.Errorf("%s on %s: %d rows, want %d", call, doc, got, want)
			}
		}
	}
}
