package hunt

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/rule"
)

// jobRules are rules of all the kinds that a hunt takes on in different ways.
func jobRules() []*rule.File {
	rows, _ := rule.Parse("rules/rows.toml", []byte("[rule]\nname = \"ROWS\"\nrule_id = \"r\"\ntype = \"esql\"\nlanguage = \"esql\"\nquery = \"from logs-*, other-1 metadata _id, _index, _version | where process.name == \\\"a\\\" and process.pid == 7\"\n"))
	kuery, _ := rule.Parse("rules/kuery.toml", []byte("[rule]\nname = \"KUERY\"\nrule_id = \"k\"\ntype = \"query\"\nlanguage = \"kuery\"\nindex = [\"logs-*\"]\nquery = \"process.name: (a or c*) and not host.name: \\\"h 2\\\"\"\n"))
	return []*rule.File{rows, kuery, ruleFile("pair", pair, ""),
		ruleFile("filtered", pair, "filters = [{meta = {negate = true}, query = {match = {\"host.name\" = \"h 1\"}}}]"),
		ruleFile("untilled", `sequence by host.name [any where process.name == "a"] with runs=2 [any where process.name == "b"] until [any where process.name == "c"]`, ""),
		ruleFile("missing", `sequence by host.name with maxspan=5s [any where process.name == "a"] ![any where process.name == "b"]`, ""),
		ruleFile("sample", `sample by host.name [any where process.name == "a"] [any where process.name == "c"]`, ""),
		ruleFile("failing", `any where 10 / process.pid > 2`, ""), ruleFile("failing-step", `sequence [any where 10 / process.pid > 2] [any where process.name == "a"]`, ""),
		ruleFile("piped", `any where process.name == "a" | tail 3`, "")}
}

// jobEvent writes an event, in one of the forms that an input may have it; some are none.
func jobEvent(r *rand.Rand, at int64) string {
	when := time.UnixMilli(at).UTC().Format("2006-01-02T15:04:05.000Z")
	doc := fmt.Sprintf(`{"@timestamp":%q,"process":{"name":["%c"],"pid":%d},"host":{"name":"h %d \"} {\""}}`, when, 'a'+r.IntN(4), r.IntN(8), r.IntN(3))
	switch r.IntN(60) {
	case 0:
		return `{"process":`
	case 1:
		return strings.Replace(doc, when, "soon", 1)
	case 2:
		return strings.ReplaceAll(doc, ",", ",\n")
	case 3:
		return `{"index":{"_index":"logs-x","_id":"7"}}` + "\n" + doc
	case 4:
		return `{"hits":{"hits":[{"_index":"logs-y","_id":"8","_source":` + doc + `},{"_id":"9","_source":` + doc + `}]}}`
	case 5, 6, 7, 8:
		return `{"_index":"other-` + fmt.Sprint(r.IntN(3)) + `","_id":"1","_source":` + doc + `}`
	case 9:
		return "[" + doc + "," + doc + "]"
	case 10:
		return `{"process":{"name":"b"}}`
	}
	return doc
}

// TestJobs: the report is the same whatever the number of workers, and of each rule what it is if the rule runs alone.
func TestJobs(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	var inputs []Input
	for i := range 4 {
		var lines []string
		at := int64(1_700_000_000_000) + r.Int64N(5_000_000)
		for range 3000 {
			at += r.Int64N(2000) - 100
			lines = append(lines, jobEvent(r, at))
		}
		inputs = append(inputs, input(fmt.Sprintf("%d.ndjson", i), lines...))
	}
	rules := jobRules()
	one := hunted(t, Options{Jobs: 1, Samples: 30}, rules, inputs...)
	if one.Summary.Fired < 8 || one.Summary.Damaged < 100 || one.Summary.NotChecked > 0 {
		t.Fatalf("%+v %+v", one.Summary, one.NotChecked)
	}
	for _, jobs := range []int{2, 5} {
		if d := cmp.Diff(one, hunted(t, Options{Jobs: jobs, Samples: 30}, rules, inputs...)); d != "" {
			t.Fatalf("%d workers (-one +%d):\n%s", jobs, jobs, d)
		}
	}
	for _, file := range rules {
		alone := hunted(t, Options{Jobs: 3, Samples: 30}, []*rule.File{file}, inputs...)
		for _, together := range one.Rules {
			if together.Path == file.Path {
				if d := cmp.Diff(together, alone.Rules[0]); d != "" {
					t.Errorf("%s (-together +alone):\n%s", file.Path, d)
				}
			}
		}
	}
}
