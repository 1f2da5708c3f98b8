package compile

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
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

// TestESQLIndex: a query sees the _index of an event, whether FROM names it by an alias or not at all, and that of the first pattern where an
// event does not say it; so does a search whose events were prepared.
func TestESQLIndex(t *testing.T) {
	f, _ := rule.Parse("r.toml", []byte("[rule]\nname = \"r\"\ntype = \"esql\"\nlanguage = \"esql\"\n"+
		"query = '''FROM metrics-*, .alerts-* METADATA _index | EVAL cpu = CASE(_index LIKE \".ds-metrics-cpu*\", host.id, null), alert = CASE(_index LIKE \".internal.alerts*\", host.id, null)\n"+
		"| STATS c = COUNT(cpu), a = COUNT(alert), names = MV_CONCAT(MV_SORT(VALUES(_index)), \" \")'''\n"))
	p, err := (&Compiler{}).Compile(f, Options{})
	if err != nil {
		t.Fatal(err)
	}
	decoder := event.NewDecoder(p.Layout())
	for _, prepared := range []bool{false, true} {
		state := p.Start(search.Start{})
		preparing, ok := search.As[search.Preparing](state)
		if !ok {
			t.Fatal("the state does not prepare")
		}
		preparer := preparing.NewPreparer()
		for i, index := range []string{".ds-metrics-cpu-1", ".internal.alerts-x", "", ".ds-metrics-cpu-1", "logs-other"} {
			var rec event.Record
			doc := `{"host":{"id":"h"}}`
			if i == 1 {
				doc = `{"x":1}` // without any field of the query
			}
			if err := decoder.Decode([]byte(doc), &rec); err != nil {
				t.Fatal(err)
			}
			rec.Index = index
			if !prepared {
				err = state.Feed(&rec, search.Ref{Index: i}, nil)
			} else if e, failed := preparer.Prepare(&rec, []predicate.Verdict{predicate.Yes}); failed == nil && e != nil {
				err = preparing.Take(e, search.Ref{Index: i})
			} else {
				t.Fatal(e, failed)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		results := state.Finish()
		if len(results) != 1 {
			t.Fatalf("%d results", len(results))
		}
		var got []string
		for _, k := range results[0].Keys {
			got = append(got, *k)
		}
		want := []string{"2", "0", ".ds-metrics-cpu-1 .internal.alerts-x logs-other metrics-*"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("prepared: %v (-want +got):\n%s", prepared, diff)
		}
	}
}
