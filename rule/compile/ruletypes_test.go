package compile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/search"
)

// found runs a rule over documents and lists its results and how far the rest got.
func found(t *testing.T, keys, query string, docs ...string) []string {
	t.Helper()
	p, err := new(Compiler).Compile(ruleOf(keys, query), Options{})
	if err != nil {
		return []string{err.Error()}
	}
	decoder, state := event.NewDecoder(p.Layout()), p.Start(search.Start{Trace: true})
	var rec event.Record
	for i, doc := range docs {
		if err := decoder.Decode([]byte(doc), &rec); err != nil {
			t.Fatal(err)
		}
		if err := state.Feed(&rec, search.Ref{Index: i}, nil); err != nil {
			return []string{err.Error()}
		}
	}
	out := []string{}
	for _, r := range state.Finish() {
		text := ""
		for _, k := range r.Keys {
			text += *k + " "
		}
		for _, e := range r.Events {
			text += fmt.Sprint(e.Index) + " "
		}
		out = append(out, strings.TrimSpace(text))
	}
	if tracer, ok := search.As[search.Tracer](state); ok {
		for _, g := range tracer.Progress() {
			out = append(out, g.Reason)
		}
	}
	return out
}

func TestThreshold(t *testing.T) {
	login := func(ip, user string) string {
		return fmt.Sprintf(`{"event":{"outcome":"failure"},"source":{"ip":%s},"user":{"name":%s}}`, ip, user)
	}
	const query = "event.outcome: failure"
	const head = "type = \"threshold\"\n"
	a := login(`"10.0.0.1"`, `"ann"`)
	tests := []struct {
		name, keys string
		docs       []string
		want       []string
	}{
		{"one field", head + `threshold = {field = ["source.ip"], value = 2}`, []string{a, login(`"10.0.0.2"`, `"ann"`), login(`"::ffff:10.0.0.1"`, `"bob"`)},
			[]string{"10.0.0.1 0 2", `source.ip "10.0.0.2": 1 of 2 events`}},
		{"no field is one group", head + `threshold = {field = [], value = 3}`, []string{a, a, a, `{}`}, []string{"0 1 2"}},
		{"an empty name is none", head + `threshold = {field = [""], value = 3}`, []string{a, a}, []string{"all events: 2 of 3 events"}},
		{"two fields, an array in each group", head + `threshold = {field = ["user.name", "source.ip"], value = 2}`, []string{a, login(`["10.0.0.1","10.0.0.2"]`, `["ann","bob"]`)},
			[]string{"ann 10.0.0.1 0 1", `user.name "ann", source.ip "10.0.0.2": 1 of 2 events`, `user.name "bob", source.ip "10.0.0.1": 1 of 2 events`, `user.name "bob", source.ip "10.0.0.2": 1 of 2 events`}},
		{"an event without the field is in no group", head + `threshold = {field = ["source.ip"], value = 1}`, []string{login("null", `"ann"`)}, []string{}},
		{"cardinality", head + `threshold = {field = ["source.ip"], value = 2, cardinality = [{field = "user.name", value = 2}]}`, []string{a, a, login(`"10.0.0.1"`, `"bob"`)},
			[]string{"10.0.0.1 0 1 2"}},
		{"cardinality not reached", head + `threshold = {field = ["source.ip"], value = 2, cardinality = [{field = "user.name", value = 2}]}`, []string{a, a},
			[]string{`source.ip "10.0.0.1": 2 of 2 events, 1 of 2 values of user.name`}},
		{"no threshold", head, nil, []string{"the query cannot be run: the rule has no threshold of at least 1"}},
	}
	for _, tt := range tests {
		if d := cmp.Diff(tt.want, found(t, tt.keys, query, tt.docs...)); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
	}
}

func TestNewTerms(t *testing.T) {
	start := func(at, user string) string {
		return fmt.Sprintf(`{"@timestamp":%q,"event":{"type":"start"},"user":{"name":%s},"host":{"id":"h"}}`, at, user)
	}
	const query = "event.type: start"
	const keys = "type = \"new_terms\"\nfrom = \"now-9m\"\nnew_terms_fields = [\"user.name\"]\nhistory_window_start = \"now-7d\""
	tests := []struct {
		name string
		docs []string
		want []string
	}{
		{"the first event of a new one", []string{start("2026-01-10T00:00:00Z", `"ann"`), start("2026-01-10T00:01:00Z", `"ann"`)}, []string{"ann 0"}},
		{"seen in the history", []string{start("2026-01-08T00:00:00Z", `"ann"`), start("2026-01-10T00:01:00Z", `"ann"`)},
			[]string{`user.name "ann" is not new: event 0 has it, before the window of the rule`}},
		{"seen before the history", []string{start("2026-01-01T00:00:00Z", `"ann"`), start("2026-01-10T00:01:00Z", `"ann"`)}, []string{"ann 1"}},
		{"arrays", []string{start("2026-01-08T00:00:00Z", `"ann"`), start("2026-01-10T00:01:00Z", `["ann","bob","eve"]`)},
			[]string{"bob 1", "eve 1", `user.name "ann" is not new: event 0 has it, before the window of the rule`}},
		{"in any order", []string{start("2026-01-10T00:01:00Z", `"ann"`), start("2026-01-10T00:00:30Z", `"ann"`)}, []string{"ann 1"}},
		{"without a time it is now", []string{`{"event":{"type":"start"},"user":{"name":"ann"}}`}, []string{"ann 0"}},
		{"without the field", []string{`{"event":{"type":"start"}}`}, []string{}},
	}
	for _, tt := range tests {
		got := found(t, keys, query, tt.docs...)
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
	}
}

// TestArchive: what depends on when a rule runs is not run over an archive.
func TestArchive(t *testing.T) {
	file := ruleOf("type = \"threshold\"\nthreshold = {field = [], value = 3}", "event.type: start")
	if _, err := new(Compiler).Compile(file, Options{Archive: true}); err == nil || !err.(*Error).Unsupported {
		t.Error(err)
	}
}

func TestThreatMatch(t *testing.T) {
	keys := `type = "threat_match"
threat_index = ["logs-ti_*"]
threat_query = "threat.indicator.type: ipv4"
[[rule.threat_mapping]]
[[rule.threat_mapping.entries]]
field = "source.ip"
type = "mapping"
value = "threat.indicator.ip"
[[rule.threat_mapping.entries]]
field = "user.name"
type = "mapping"
value = "threat.indicator.owner"
negate = true
[[rule.threat_mapping]]
[[rule.threat_mapping.entries]]
field = "dns.question.name"
type = "mapping"
value = "threat.indicator.domain"
`
	file, _ := rule.Parse("r.toml", []byte("[rule]\nname = \"x\"\nindex = [\"logs-endpoint.events.network-*\"]\nquery = 'event.type: start'\n"+keys))
	p, err := new(Compiler).Compile(file, Options{})
	if err != nil {
		t.Fatal(err)
	}
	threat := func(text string) string { return `TI{"threat":{"indicator":{"type":"ipv4",` + text + `}}}` }
	event1 := func(text string) string { return `{"event":{"type":"start"},` + text + `}` }
	for _, tt := range []struct {
		name string
		docs []string
		want string
	}{
		{"an address", []string{threat(`"ip":"10.0.0.1","owner":"eve"`), event1(`"source":{"ip":"::ffff:10.0.0.1"}`), event1(`"source":{"ip":"10.0.0.2"}`)}, "1"},
		{"the indicator after the event", []string{event1(`"source":{"ip":["1.1.1.1","10.0.0.1"]}`), threat(`"ip":"10.0.0.1","owner":"eve"`)}, "0"},
		{"a negated entry that holds", []string{threat(`"ip":"10.0.0.1","owner":"eve"`), event1(`"source":{"ip":"10.0.0.1"},"user":{"name":"eve"}`)}, ""},
		{"an entry without a value in the indicator", []string{threat(`"ip":"10.0.0.1"`), event1(`"source":{"ip":"10.0.0.1"}`)}, ""},
		{"an entry with several", []string{threat(`"ip":["10.0.0.1","10.0.0.2"],"owner":"eve"`), event1(`"source":{"ip":"10.0.0.1"}`)}, ""},
		{"the other group", []string{threat(`"domain":"bad.example"`), event1(`"dns":{"question":{"name":"bad.example"}}`)}, "1"},
		{"another type of indicator", []string{`TI{"threat":{"indicator":{"type":"url","domain":"bad.example"}}}`, event1(`"dns":{"question":{"name":"bad.example"}}`)},
			"none of the 1 indicators matches threat_query"},
		{"the query does not match", []string{threat(`"domain":"bad.example"`), `{"dns":{"question":{"name":"bad.example"}}}`}, ""},
		{"no indicator", []string{event1(`"source":{"ip":"10.0.0.1"}`)}, "no event is an indicator: none has an _index that fits threat_index"},
	} {
		decoder, state := event.NewDecoder(p.Layout()), p.Start(search.Start{})
		var rec event.Record
		for i, doc := range tt.docs {
			body, indicator := strings.CutPrefix(doc, "TI")
			if err := decoder.Decode([]byte(body), &rec); err != nil {
				t.Fatal(err)
			}
			rec.Index = "logs-endpoint.events.network-default"
			if indicator {
				rec.Index = ".ds-logs-ti_abusech.url-default-2026.01.01-000001"
			}
			if err := state.Feed(&rec, search.Ref{Index: i}, nil); err != nil {
				t.Fatal(err)
			}
		}
		got := ""
		for _, r := range state.Finish() {
			got += fmt.Sprint(r.Events[0].Index)
		}
		if tracer, ok := search.As[search.Tracer](state); ok && got == "" && strings.Contains(tt.want, "indicator") {
			got = tracer.Progress()[0].Reason
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
