package lint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/rule/lint/check"
)

// queryRule is a rule with these indexes and query, and more lines of [rule].
func queryRule(t *testing.T, indexes, query string) string {
	t.Helper()
	list := strings.Split(indexes, ",")
	for i := range list {
		list[i] = fmt.Sprintf("%q", strings.TrimSpace(list[i]))
	}
	return layOver(t, fmt.Sprintf("# without metadata.integration\n[rule]\nindex = [%s]\nquery = %s\n", strings.Join(list, ", "), "'''"+query+"'''"))
}

// lintQuery lints a rule with these indexes and query, and writes what the checks say: "severity code `text` message".
func lintQuery(t *testing.T, indexes, query string, only ...string) string {
	t.Helper()
	return lintText(t, queryRule(t, indexes, query), &check.Config{Preset: check.Strict}, only...)
}

func lintText(t *testing.T, src string, config *check.Config, only ...string) string {
	t.Helper()
	l, err := New(Options{Config: config, Only: only})
	if err != nil {
		t.Fatal(err)
	}
	rep, err := l.Lint(t.Context(), []Source{{Path: "rule.toml", Src: []byte(src)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, d := range rep.Diagnostics {
		line := fmt.Sprintf("%s %s %s: %s", d.Severity, d.Code, src[d.Span.Start:d.Span.End], d.Message)
		if d.Hint != "" {
			line += " | " + d.Hint
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// TestEventFieldTiers has cases of every severity, and of what keeps a field from being reported.
func TestEventFieldTiers(t *testing.T) {
	const (
		network = "logs-endpoint.events.network-*"
		file    = "logs-endpoint.events.file-*"
		process = "logs-endpoint.events.process-*"
	)
	tests := []struct{ name, index, query, want string }{
		{"category of no stream", network, `file where file.path == "a"`, "error query/event-field file: no event of endpoint.events.network has category `file`: the clause never matches"},
		{"misspelt category", process, `proces where process.name == "a"`, "error query/event-field proces: no event of endpoint.events.process has category `proces`: the clause never matches | did you mean `process`?"},
		{"dead, not mapped", network, `network where registry.path == "a"`, "error query/event-field registry.path: `registry.path` is in no network event of Elastic Defend: the clause never matches | registry events on windows have it"},
		{"dead, mapped", network, `network where http.request.body.bytes > 3`, "warning query/event-field http.request.body.bytes: `http.request.body.bytes` is in no network event of Elastic Defend: the clause never matches"},
		{"arm, not mapped", network, `network where process.name == "a" or registry.path == "b"`, "warning query/event-field registry.path: `registry.path` is in no network event of Elastic Defend | registry events on windows have it"},
		{"arm, mapped", network, `network where process.name == "a" or http.request.body.bytes > 3`, "info query/event-field http.request.body.bytes: `http.request.body.bytes` is in no network event of Elastic Defend"},
		{"exclusion, not mapped", network, `network where process.name == "a" and not registry.path == "b"`, "warning query/event-field registry.path: `registry.path` is in no network event of Elastic Defend | registry events on windows have it"},
		{"system", file, `file where host.os.type == "linux" and file.Ext.windows.zone_identifier == 3`, "info query/event-field file.Ext.windows.zone_identifier: `file.Ext.windows.zone_identifier` is in no file event of Elastic Defend on linux: the clause never matches | file events on windows have it"},
		{"action", file, `file where event.action == "deletion" and file.Ext.original.path == "a"`, "info query/event-field file.Ext.original.path: `file.Ext.original.path` is in no file event of Elastic Defend with action deletion: the clause never matches | file events have it"},
		{"action of no event", network, `network where event.action == "conection_attempted"`, "warning query/event-field \"conection_attempted\": no documented network event of Elastic Defend has event.action `conection_attempted` | did you mean `connection_attempted`?"},
		{"conditions of no event", process, `process where host.os.type == "macos" and event.action == "token_steal"`, "warning query/event-field \"token_steal\": no documented process event of Elastic Defend has event.action `token_steal`"},
		{"only the culprit is an error", network, `network where registry.path == "a" and (process.name == "b" or dll.name == "c")`, "error query/event-field registry.path: `registry.path` is in no network event of Elastic Defend: the clause never matches | registry events on windows have it\n" +
			"warning query/event-field dll.name: `dll.name` is in no network event of Elastic Defend | library events on macos and windows have it"},
		{"join key", process, `sequence by registry.path [process where process.name == "a"] [process where process.name == "b"]`, "error query/event-field registry.path: `registry.path` is in no process event of Elastic Defend: the clause never matches | registry events on windows have it"},
		{"key of one step", process + "," + network, `sequence [process where process.name == "a"] by process.entity_id [network where process.name == "b"] by process.working_directory`, "error query/event-field process.working_directory: `process.working_directory` is in no network event of Elastic Defend: the clause never matches | process events on linux and windows have it"},
		{"branch of a category", process + ",logs-endpoint.events.library-*", `any where (event.category == "library" and dll.name == "a") or (event.category == "process" and dll.name == "b")`, "warning"},

		{"the event has it", process, `process where process.working_directory == "a"`, ""},
		{"each branch has its own", process + ",logs-endpoint.events.library-*", `any where (event.category == "library" and dll.name == "a") or (event.category == "process" and process.parent.name == "b")`, ""},
		{"optional", network, `network where ?registry.path == "a" or process.name == "b"`, ""},
		{"optional key", process, `sequence by ?registry.path [process where process.name == "a"] [process where process.name == "b"]`, ""},
		{"null test", network, `network where registry.path == null and process.name == "b"`, ""},
		{"another source", network + ",winlogbeat-*", `network where registry.path == "a"`, ""},
		{"pinned among others", network + ",winlogbeat-*", `network where event.dataset == "endpoint.events.network" and registry.path == "a"`, "error query/event-field registry.path: `registry.path` is in no network event of Elastic Defend: the clause never matches | registry events on windows have it"},
		{"open pattern", "logs-*", `network where registry.path == "a"`, ""},
		{"added on ingestion", network, `network where source.geo.country_name == "a" and event.ingested != "2020-01-01"`, ""},
		{"common field", network, `network where host.domain == "a"`, ""},
		{"known gap", process, `process where process.thread.Ext.call_stack_summary == "a"`, ""},
		{"stream without documents", "logs-endpoint.heartbeat-*", `any where registry.path == "a"`, ""},
		{"unknown to the catalog is reported once", network, `network where registry.pathh == "a"`, ""},
	}
	for _, tt := range tests {
		got := lintQuery(t, tt.index, tt.query, "query/event-field")
		if tt.want == "warning" {
			got, _, _ = strings.Cut(got, " ")
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestEventValues(t *testing.T) {
	const index = "winlogbeat-*"
	tests := []struct{ query, want string }{
		{`any where event.type == "starts"`, "warning query/event-value \"starts\": `starts` is none of the values that ECS allows for `event.type` | did you mean `start`?"},
		{`any where event.outcome in ("success", "failed")`, "info query/event-value \"failed\": `failed` is none of the values that ECS allows for `event.outcome` | allowed: failure, success, unknown"},
		{`any where event.kind : "alrt"`, "warning query/event-value \"alrt\": `alrt` is none of the values that ECS allows for `event.kind` | did you mean `alert`?"},
		{`any where event.category != "proces"`, "warning query/event-value \"proces\": `proces` is none of the values that ECS allows for `event.category` | did you mean `process`?"},
		{`netwrk where true`, "warning query/event-value netwrk: `netwrk` is none of the values that ECS allows for `event.category` | did you mean `network`?"},
		{`process where event.type == "deletion"`, "info query/event-type \"deletion\": ECS does not expect event type `deletion` in events of category `process` | expected: access, change, end, info, start"},
		{`any where event.category == "process" and event.type == "deletion"`, "info query/event-type \"deletion\": ECS does not expect event type `deletion` in events of category `process` | expected: access, change, end, info, start"},
		{`sequence by host.id [process where event.type == "start"] [file where event.type == "user"]`, "info query/event-type \"user\": ECS does not expect event type `user` in events of category `file` | expected: access, change, creation, deletion, info"},
		{`process where event.type == "start" and event.kind == "event" and event.outcome == "success"`, ""},
		{`any where event.type == "started" or host.os.type == "darwin"`, "warning query/event-value \"started\": `started` is none of the values that ECS allows for `event.type` | did you mean `start`?\n" +
			"warning query/event-value \"darwin\": `darwin` is none of the values that ECS allows for `host.os.type` | did you mean `macos`?"},
		{`any where event.type == "create"`, "warning query/event-value \"create\": `create` is none of the values that ECS allows for `event.type` | did you mean `creation`?"},
		{`any where event.type == "process_started"`, "info query/event-value \"process_started\": `process_started` is none of the values that ECS allows for `event.type` | allowed: access, admin, allowed, change, connection, creation, deletion, denied, device, end, error, group, indicator, info, installation, protocol, start, user"},
		{`process where event.type : "sta*"`, ""},
		{`any where event.type == "deletion"`, ""},
		{`any where event.category in ("process", "file") and event.type == "deletion"`, ""},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, lintQuery(t, index, tt.query, "query/event-value", "query/event-type")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.query, diff)
		}
	}
}

// TestKqlEventValues: a keyword is compared with its case; a source that writes a value in both ways is known to who asks for both.
func TestKqlEventValues(t *testing.T) {
	for _, tt := range []struct{ query, want string }{
		{"event.type:started", "warning query/event-value started: `started` is none of the values that ECS allows for `event.type` | did you mean `start`?"},
		{"event.category:(process or not Network)", "warning query/case-literal Network: `event.category` holds text in lower case, and `Network` is compared with its case | write it in lower case"},
		{"host.os.type:\\\"win\\\"", "warning query/event-value \\\"win\\\": `win` is none of the values that ECS allows for `host.os.type` | did you mean `windows`?"},
		{"event.type:(start or sta*) and event.outcome:(Success or success) and event.action:Start", ""},
	} {
		src := strings.NewReplacer("QUERY", tt.query).Replace("[metadata]\nmaturity = \"production\"\n[rule]\nname = \"x\"\nindex = [\"winlogbeat-*\"]\ntype = \"query\"\nlanguage = \"kuery\"\nquery = \"QUERY\"\n")
		if diff := cmp.Diff(tt.want, lintText(t, src, &check.Config{Preset: check.Strict}, "query/event-value", "query/case-literal")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.query, diff)
		}
	}
}
