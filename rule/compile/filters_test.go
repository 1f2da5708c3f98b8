package compile

import (
	"strings"
	"testing"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/rule"
)

const filteredRule = `[rule]
type = "query"
language = "kuery"
index = ["logs-endpoint.events.process-*"]
query = "event.category : process"

`

const processEvent = `{"event": {"category": ["process"]}, "process": {"name": "CMD.exe", "pid": 42}, "host": {"name": "h1"}, "source": {"ip": "10.1.2.3"}}`

func TestFilters(t *testing.T) {
	for _, tt := range []struct{ name, filters, want string }{
		{"none", "", "match"},
		{"phrase", "[[rule.filters]]\nquery.match_phrase.\"host.name\" = \"h1\"\n", "match"},
		{"another phrase", "[[rule.filters]]\nquery.match_phrase.\"host.name\" = \"h2\"\n", "no match"},
		{"negated", "[[rule.filters]]\nmeta.negate = true\nquery.match_phrase.\"host.name\" = \"h1\"\n", "no match"},
		{"disabled", "[[rule.filters]]\nmeta.disabled = true\nquery.match_phrase.\"host.name\" = \"h2\"\n", "match"},
		{"phrases", "[[rule.filters]]\n[rule.filters.query.bool]\nminimum_should_match = 1\nshould = [{match_phrase = {\"host.name\" = \"h2\"}}, {match_phrase = {\"host.name\" = \"h1\"}}]\n", "match"},
		{"range", "[[rule.filters]]\nquery.range.\"process.pid\" = {gte = 40, lt = 42}\n", "no match"},
		{"exists", "[[rule.filters]]\nquery.exists.field = \"user.name\"\n", "no match"},
		{"exists beside meta", "[[rule.filters]]\nmeta.negate = true\nexists.field = \"user.name\"\n", "match"},
		{"wildcard of any case", "[[rule.filters]]\nquery.wildcard.\"process.name\" = {value = \"cmd.???\", case_insensitive = true}\n", "match"},
		{"query string", "[[rule.filters]]\nquery.query_string = {query = \"process.pid:[40 TO 50] AND NOT host.name:h2\"}\n", "match"},
		{"terms", "[[rule.filters]]\nquery.terms.\"source.ip\" = [\"10.0.0.0/8\"]\n", "match"},
		{"combined", "[[rule.filters]]\nmeta = {type = \"combined\", relation = \"OR\", params = [{query = {exists = {field = \"user.name\"}}}, {query = {exists = {field = \"host.name\"}}}]}\n", "match"},
		{"two", "[[rule.filters]]\nquery.exists.field = \"host.name\"\n[[rule.filters]]\nquery.exists.field = \"user.name\"\n", "no match"},
		{"not known", "[[rule.filters]]\nquery.exists.field = \"host.name\"\n[[rule.filters]]\nquery.script.script = \"x\"\n", "number 2 of `filters` cannot be applied: query `script` is not known"},
		{"not a query", "[[rule.filters]]\nquery = 5\n", "number 1 of `filters` cannot be applied: expected a query"},
		{"refused", "[[rule.filters]]\nquery.term.\"process.pid\" = \"x\"\n", "a filter is refused"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file, _ := rule.Parse("r.toml", []byte(filteredRule+tt.filters))
			p, err := (&Compiler{}).Compile(file, Options{})
			got := ""
			if err != nil {
				got = err.Error()
			} else {
				var rec event.Record
				if err := event.NewDecoder(p.Layout()).Decode([]byte(processEvent), &rec); err != nil {
					t.Fatal(err)
				}
				got = "no match"
				if p.Steps()[0].Node.Eval(&rec) == predicate.Yes {
					got = "match"
				}
			}
			if !strings.Contains(got, tt.want) || tt.want == "match" && got != "match" {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
