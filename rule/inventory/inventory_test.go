package inventory_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/inventory"
)

func parse(text string) *rule.File {
	f, _ := rule.Parse("r.toml", []byte("[rule]\n"+text))
	return f
}

func TestFields(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
		notRead    string
	}{
		{"EQL", `type = "eql"` + "\n" + `query = 'sequence by host.id [process where ?a.b == 1] [file where length(c) > 2] by d'`, nil, "the query is not valid EQL"},
		{"EQL with keys", `type = "eql"` + "\n" + `query = 'sequence by host.id [process where ?a.b == 1] [file where length(c) > 2]'`, []string{"a.b", "c", "host.id"}, ""},
		{"KQL and other keys", `type = "threshold"
language = "kuery"
query = 'a : 1 and not b > 2'
timestamp_override = "event.ingested"
[rule.threshold]
field = ["user.name"]
value = 1
[[rule.threshold.cardinality]]
field = "c"
value = 2
[rule.alert_suppression.duration]
unit = "m"
value = 1
[[rule.filters]]
[rule.filters.meta]
key = "f"
[[rule.severity_mapping]]
field = "s"`, []string{"a", "b", "c", "event.ingested", "f", "s", "user.name"}, ""},
		{"indicators", `type = "threat_match"
query = 'a : 1'
threat_query = 'b : 2'
[[rule.threat_mapping]]
[[rule.threat_mapping.entries]]
field = "source.ip"
type = "mapping"
value = "threat.indicator.ip"`, []string{"a", "b", "source.ip"}, ""},
		{"ES|QL", `type = "esql"` + "\n" + `query = 'from x | eval n = length(a) | rename b as m | where n > 1 and m == "c"'`, []string{"a", "b"}, ""},
		{"new terms", "type = \"new_terms\"\nquery = 'a : *'\nnew_terms_fields = [\"n\"]\nhistory_window_start = \"now-7d\"", []string{"a", "n"}, ""},
		{"Lucene", "type = \"query\"\nlanguage = \"lucene\"\nquery = 'a:1 AND (b:[1 TO 2] OR _exists_:c) AND a:2'", []string{"a", "b", "c"}, ""},
		{"not Lucene", "type = \"query\"\nlanguage = \"lucene\"\nquery = 'a:('", []string{}, "the query is not valid in Lucene's syntax"},
		{"machine learning", `type = "machine_learning"`, []string{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := inventory.Build([]*rule.File{parse(tt.text)})[0]
			if d := cmp.Diff(tt.notRead, got.NotRead); d != "" {
				t.Errorf("not read (-want +got):\n%s", d)
			}
			if d := cmp.Diff(tt.want, got.Fields); tt.want != nil && d != "" {
				t.Errorf("fields (-want +got):\n%s", d)
			}
		})
	}
}

func ExampleUses() {
	entries := inventory.Build([]*rule.File{
		parse("name = \"A\"\ntype = \"query\"\nquery = 'user.name : a'"),
		parse("name = \"B\"\ntype = \"eql\"\nquery = 'any where user.name == \"a\" and host.id != null'"),
	})
	for _, u := range inventory.Uses(entries, func(e inventory.Entry) []string { return e.Fields }) {
		fmt.Println(u.Name, u.Rules)
	}
	// Output:
	// host.id [1]
	// user.name [0 1]
}
