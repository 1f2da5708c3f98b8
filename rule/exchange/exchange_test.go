package exchange

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/format"
)

// options is an export that uses what Kibana has: one rule of every type, and every list, action and area of a rule.
const options = `
{"id":"5f1e0000-0000-4000-8000-000000000001","rule_id":"a0000000-0000-4000-8000-000000000001","name":"Shell from a document","type":"eql","language":"eql","query":"process where process.name : \"cmd.exe\"\n  and process.args : \"C:\\\\Temp\\\\*\"","description":"Finds a \"shell\" that a word processor starts; the text is long enough that a rule file would lay it out over two or more lines.","severity":"high","risk_score":73,"risk_score_mapping":[],"severity_mapping":[{"field":"event.severity","operator":"equals","value":"9","severity":"critical"}],"author":["Blue Team"],"license":"","false_positives":["An installer that opens a shell from a document on purpose, which is seen in some offices on a Monday morning, mostly."],"from":"now-540s","to":"now","interval":"5m","max_signals":50,"enabled":false,"tags":["OS: Windows"],"references":["https://example.com/a"],"note":"# Look\n\nat \\ it \"\"\" twice","setup":"","threat":[{"framework":"MITRE ATT&CK","tactic":{"id":"TA0002","name":"Execution","reference":"https://attack.mitre.org/tactics/TA0002/"},"technique":[]}],"index":["logs-endpoint.events.process-*"],"filters":[{"meta":{"negate":false,"disabled":false,"type":"phrase","key":"host.os.type","params":{"query":"windows"},"alias":null,"index":"5e"},"query":{"match_phrase":{"host.os.type":"windows"}},"$state":{"store":"appState"}}],"exceptions_list":[{"id":"e1","list_id":"l-1","type":"rule_default","namespace_type":"single"}],"actions":[{"id":"c-1","action_type_id":".slack","group":"default","params":{"message":"Rule {{context.rule.name}} \"fired\"\nlook"},"frequency":{"notifyWhen":"onActiveAlert","throttle":null,"summary":true},"uuid":"u-1","alerts_filter":{"query":{"kql":"a : 1","filters":[]}}}],"response_actions":[{"action_type_id":".osquery","params":{"query":"select 1;","timeout":60,"ecs_mapping":{"host.name":{"field":"name"}}}},{"action_type_id":".endpoint","params":{"command":"kill-process","comment":"","config":{"field":"process.entity_id","overwrite":false}}}],"alert_suppression":{"group_by":["host.id"],"duration":{"unit":"m","value":5},"missing_fields_strategy":"suppress"},"investigation_fields":{"field_names":["process.command_line"]},"meta":{"from":"4m","kibana_siem_app_url":"https://kibana.example/app","deep":{"a":[1,2.50,1e3,-0,{"b":[[],{}]}]}},"timestamp_override":"event.ingested","timestamp_override_fallback_disabled":true,"rule_name_override":"process.name","timeline_id":"t","timeline_title":"T","building_block_type":"default","throttle":"no_actions","outcome":"exactMatch","version":7,"revision":3,"immutable":false,"rule_source":{"type":"internal"},"related_integrations":[{"package":"endpoint","version":"^9.0.0"}],"required_fields":[{"name":"process.name","type":"keyword","ecs":true}],"created_at":"2026-03-01T23:30:00.000Z","created_by":"ann","updated_at":"2026-04-02T00:10:00.000+02:00","updated_by":"bob","execution_summary":{"last_execution":{"date":"2026-04-02T00:00:00.000Z","status":"succeeded","metrics":{"total_search_duration_ms":null}}},"a key of tomorrow":{"x":[null,1]},"event_category_override":"event.kind","tiebreaker_field":"event.sequence","timestamp_field":"@timestamp"}
{"rule_id":"a0000000-0000-4000-8000-000000000002","author":["Ann"],"name":"Count","type":"threshold","language":"kuery","query":"","description":"c","severity":"low","risk_score":21,"threshold":{"field":["user.name"],"value":3,"cardinality":[{"field":"source.ip","value":2}]},"alert_suppression":{"duration":{"unit":"h","value":1}},"data_view_id":"logs-*","filters":[],"exceptions_list":[{"id":"x","list_id":"gone","type":"detection","namespace_type":"agnostic"}]}
{"rule_id":"a0000000-0000-4000-8000-000000000003","author":["Ann"],"name":"Neu: Anmeldung – größer","type":"new_terms","language":"kuery","query":"event.category : authentication\r\nand x: '''","description":"  two  blanks ","severity":"low","risk_score":21.5,"new_terms_fields":["user.name","host.name"],"history_window_start":"now-14d","index":["logs-*"],"threat":null}
{"rule_id":"a0000000-0000-4000-8000-000000000004","author":["Ann"],"name":"Indicator","type":"threat_match","language":"kuery","query":"*:*","description":"i","severity":"low","risk_score":21,"threat_index":["logs-ti_*"],"threat_query":"@timestamp >= \"now-30d\"","threat_language":"kuery","threat_mapping":[{"entries":[{"field":"file.hash.sha256","type":"mapping","value":"threat.indicator.file.hash.sha256","negate":false}]}],"threat_filters":[],"threat_indicator_path":"threat.indicator","concurrent_searches":1,"items_per_search":9000}
{"rule_id":"a0000000-0000-4000-8000-000000000005","author":["Ann"],"name":"Rare","type":"machine_learning","description":"m","severity":"low","risk_score":21,"anomaly_threshold":50,"machine_learning_job_id":["job"],"meta":{}}
{"rule_id":"a0000000-0000-4000-8000-000000000006","author":["Ann"],"name":"Rows","type":"esql","language":"esql","query":"FROM logs-* METADATA _id\n| LIMIT 5\n","description":"e","severity":"low","risk_score":21,"index":[],"filters":[]}
{"rule_id":"a0000000-0000-4000-8000-000000000007","author":["Ann"],"name":"Saved","type":"saved_query","saved_id":"s-1","language":"lucene","query":"a:b'","description":"s","severity":"low","risk_score":21}
{"rule_id":"a0000000-0000-4000-8000-000000000008","author":["Ann"],"name":"Count","type":"query","language":"kuery","query":"a:1","description":"s","severity":"low","risk_score":21,"note":"\nfirst","setup":"ends with \"","new_terms_fields":["x"]}
{"_version":"WzE=","created_at":"2026-03-01T10:00:00.000Z","created_by":"ann","description":"d","id":"e1","immutable":false,"list_id":"l-1","name":"Exceptions of a shell","namespace_type":"single","os_types":[],"tags":[],"tie_breaker_id":"tb","type":"rule_default","updated_at":"2026-03-02T10:00:00.000Z","updated_by":"ann","version":1,"meta":null}
{"_version":"WzI=","comments":[{"comment":"ok","created_at":"2026-03-01T10:00:00.000Z","created_by":"ann","id":"cm"}],"created_at":"2026-03-01T10:00:00.000Z","created_by":"ann","description":"d","entries":[{"field":"process.name","operator":"included","type":"match_any","value":["a.exe","b.exe"]},{"field":"p","type":"nested","entries":[{"field":"q","operator":"included","type":"match","value":"r"}]}],"expire_time":null,"id":"i1","item_id":"it-1","list_id":"l-1","name":"n","namespace_type":"single","os_types":["windows"],"tags":[],"tie_breaker_id":"tc","type":"simple","updated_at":"2026-03-02T10:00:00.000Z","updated_by":"ann"}
{"id":"c-1","type":"action","updated_at":"2026-03-01T10:00:00.000Z","created_at":"2026-02-01T10:00:00.000Z","version":"WzM=","attributes":{"actionTypeId":".slack","name":"To the room","isMissingSecrets":true,"config":{},"secrets":{},"x":null},"references":[],"managed":false,"coreMigrationVersion":"8.8.0","typeMigrationVersion":"10.1.0"}
{"exported_count":11,"exported_rules_count":8,"missing_rules":[],"missing_rules_count":0,"exported_exception_list_count":1,"exported_exception_list_item_count":1,"exported_action_connector_count":1}
`

// lines are the objects of an NDJSON text but the last, by rule_id, list or id, as plain values.
func lines(t *testing.T, src string) map[string]any {
	t.Helper()
	out := map[string]any{}
	for line := range strings.Lines(strings.TrimSpace(src)) {
		var v map[string]any
		dec := json.NewDecoder(strings.NewReader(line))
		dec.UseNumber()
		if err := dec.Decode(&v); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if v["exported_count"] != nil {
			continue
		}
		out[fmt.Sprint(v["rule_id"], v["item_id"], v["id"])] = v
	}
	return out
}

func TestEveryOption(t *testing.T) {
	files, order := load(t, []byte(options))
	want := []string{"execution_shell_from_a_document.toml", "count.toml", "neu_anmeldung_gr_er.toml", "indicator.toml", "rare.toml", "rows.toml",
		"saved.toml", "count_a0000000.toml", "exceptions/exceptions_of_a_shell.toml", "action_connectors/to_the_room.toml"}
	if d := cmp.Diff(want, order); d != "" {
		t.Errorf("files (-want +got):\n%s", d)
	}
	back := string(export(t, files, order))
	if d := cmp.Diff(lines(t, options), lines(t, back)); d != "" {
		t.Errorf("the objects differ (-want +got):\n%s", d)
	}
	for _, name := range order {
		laid, err := format.Format(files[name], format.Options{})
		if err != nil || string(laid) != string(files[name]) {
			t.Errorf("%s: fmt would change it: %v\n%s", name, err, cmp.Diff(string(files[name]), string(laid)))
		}
		f, _ := rule.Parse(name, files[name])
		found := f.CheckCompanion()
		if f.Kind() == rule.RuleKind {
			found = f.ValidateSchema()
		}
		for _, d := range found {
			if d.Code != "schema/rule-type" && !strings.Contains(d.Message, "21.5") {
				t.Errorf("%s: %s %s", name, d.Message, f.Slice(d.Span))
			}
		}
	}
	second, secondOrder := load(t, []byte(back))
	for _, name := range secondOrder {
		if d := cmp.Diff(string(files[name]), string(second[name])); d != "" {
			t.Errorf("%s: the second import differs:\n%s", name, d)
		}
	}
	if again := string(export(t, second, secondOrder)); again != back {
		t.Errorf("the second export differs:\n%s", cmp.Diff(back, again))
	}
	if t.Failed() {
		t.Logf("%s", files[order[0]])
	}
}

// TestProblems holds that bad input is named with its place, and that the rest is carried over.
func TestProblems(t *testing.T) {
	good := `{"rule_id":"a","name":"Good","type":"query","query":"x:1","description":"d","severity":"low","risk_score":1}`
	tests := []struct {
		name, src string
		files     []string
		want      []string
	}{
		{"a broken line", good + "\n{\"rule_id\": \n{\"rule_id\":\"b\",\"name\":\"Next\"}", []string{"good.toml", "next.toml"},
			[]string{"x.ndjson:2:1: record 2: error: the object that starts here is not closed with `}`"}},
		{"a timeline", `{"savedObjectId":"x","timelineType":"default"}` + good, []string{"good.toml"}, []string{"x.ndjson:1:1: record 1: error: no rule, but a timeline"}},
		{"twice the same", good + good, []string{"good.toml"}, nil},
		{"twice, differing", good + "\n" + strings.Replace(good, "x:1", "x:2", 1), []string{"good.toml"},
			[]string{"x.ndjson:2:1: record 2: error: rule_id `a` stands twice, first at x.ndjson:1 (record 1), and the two differ"}},
		{"fewer than it says", good + "\n" + `{"exported_count":2,"exported_rules_count":2,"missing_rules":[{"rule_id":"z"}]}`, []string{"good.toml"},
			[]string{"x.ndjson:2:44: record 2: warning: the export says that it has 2 rules, 1 were read",
				"x.ndjson:2:62: record 2: warning: Kibana could not export everything: `missing_rules` has 1 entry"}},
		{"a page of many", `{"page":1,"perPage":1,"total":3,"data":[` + good + `]}`, []string{"good.toml"}, []string{"x.ndjson: warning: the answer holds 1 rule of 3"}},
		{"an answer of failure", `{"statusCode":401,"error":"Unauthorized","message":"no"}`, nil,
			[]string{"x.ndjson:1:1: record 1: error: no rule, but an error answer of Kibana (`Unauthorized: no`)"}},
		{"an item alone", `{"list_id":"l","item_id":"i","entries":[]}`, nil,
			[]string{"x.ndjson:1:1: record 1: error: an exception of the list `l`, which the export does not hold"}},
		{"a number too large", `{"rule_id":"a","risk_score":123456789012345678901}` + "\n" + good, []string{"good.toml"},
			[]string{"x.ndjson:1:29: record 1: error: integer `123456789012345678901` is out of the range of 64 bits"}},
		{"null in the shape of a file", `{"rule":{"":null,"name":"N"}}`, []string{"n.toml"},
			[]string{"x.ndjson:1:1: record 1: warning: null is left out, as at `/rule/`: TOML has none"}},
		{"null in a list of a file", `{"rule":{"name":"N","tags":[null]}}`, nil,
			[]string{"x.ndjson:1:1: record 1: error: a list holds null, which TOML cannot say"}},
		{"nothing", "", nil, []string{"x.ndjson: error: the file holds no JSON value, expected rules of Kibana"}},
		{"not JSON", "[rule]\nname = 1\n", nil, []string{"x.ndjson:1:2: record 1: error: found `rule`, expected a value", "x.ndjson:2:1: record 2: error: found `name`, expected a value"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			im := Importer{Today: today}
			im.Add("x.ndjson", []byte(tt.src))
			files, problems, _ := im.Files()
			var names, got []string
			for _, f := range files {
				names = append(names, f.Name)
			}
			for _, p := range problems {
				got = append(got, p.String())
			}
			if d := cmp.Diff(tt.files, names); d != "" {
				t.Errorf("files (-want +got):\n%s", d)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("problems (-want +got):\n%s", d)
			}
		})
	}
}

// randomValue makes a JSON value.
func randomValue(r *rand.Rand, depth int) *value {
	strs := []string{"", "a", "a b", " x", "x\n", "\n", "it's", `say "x"`, `"`, "'''", `"""`, `\`, "tab\t", "ü😀", "\u0000", "\r\n", "\u2028", "true", "1.0",
		strings.Repeat("long text ", 20) + "end", strings.Repeat("long  text ", 20), `ends with "`, strings.Repeat(`"q" `, 40) + "x", "\u007f", "# no comment", "= "}
	switch n := r.IntN(12); {
	case depth > 0 && n == 0:
		v := object()
		for range r.IntN(4) {
			keys := []string{"a", "b.c", "", "d e", `"`, "ü", "/~", "query", "note", "field", "kibana", "extended", "value", "true", "1"}
			v.members[keys[r.IntN(len(keys))]] = randomValue(r, depth-1)
		}
		return v
	case depth > 0 && n <= 2:
		v := array()
		for range r.IntN(4) {
			v.list = append(v.list, randomValue(r, depth-1))
		}
		return v
	case n == 3:
		return boolean(r.IntN(2) == 0)
	case n == 4:
		return null()
	case n == 5:
		nums := []string{"0", "-0", "1", "-17", "9223372036854775807"}
		return &value{kind: rule.IntegerNode, text: nums[r.IntN(len(nums))]}
	case n == 6:
		nums := []string{"0.0", "1.50", "1e3", "-2.5E-7", "1E+2", "-0.0", "1e300"}
		return &value{kind: rule.FloatNode, text: nums[r.IntN(len(nums))]}
	}
	return text(strs[r.IntN(len(strs))])
}

// randomRule makes a record of a rule: some keys as they should be, some with any value, some that nobody knows.
func randomRule(r *rand.Rand) *value {
	types := append(rule.Keys("")[:0:0], "query", "eql", "esql", "threshold", "new_terms", "threat_match", "machine_learning", "saved_query", "x")
	v := object()
	v.members["rule_id"], v.members["name"] = text("id"), text("A rule")
	v.members["type"] = text(types[r.IntN(len(types))])
	known := append(rule.Keys(""), "id", "created_at", "updated_at", "version", "output_index", "timestamp_override_fallback_disabled", "saved_id", "z z", "a/b~c")
	for range r.IntN(20) {
		key := known[r.IntN(len(known))]
		if key == "rule_id" || key == "type" {
			continue
		}
		switch d := defaults[key]; {
		case d != nil && r.IntN(3) == 0:
			v.members[key] = d.clone()
		case strings.HasSuffix(key, "_at") && r.IntN(2) == 0:
			v.members[key] = text("2026-01-02T03:04:05.678Z")
		default:
			v.members[key] = randomValue(r, 4)
		}
	}
	if r.IntN(4) == 0 {
		v.members["history_window_start"], v.members["new_terms_fields"] = text("now-7d"), texts([]string{"a"})
	}
	if r.IntN(8) == 0 {
		sub(v, "meta").members = map[string]*value{home: randomValue(r, 4)}
		if v.get("meta", home).kind == rule.TableNode {
			for _, k := range []string{"metadata", "transform", "note", "in_rule", "as_written", "rule", "api_form", "meta"} {
				if r.IntN(3) == 0 {
					v.get("meta", home).members[k] = randomValue(r, 3)
				}
			}
		}
	}
	return v
}

// checkRecord takes a record to a file and back.
func checkRecord(t *testing.T, v *value) {
	t.Helper()
	src := v.appendJSON(nil)
	if !json.Valid(src) {
		t.Fatalf("not JSON: %s", src)
	}
	im := Importer{Today: today}
	im.Add("x.ndjson", src)
	files, problems, _ := im.Files()
	for _, p := range problems {
		t.Errorf("%v\n%s", p, src)
	}
	for _, f := range files {
		laid, err := format.Format(f.Text, format.Options{})
		if err != nil || string(laid) != string(f.Text) {
			t.Errorf("fmt: %v\n%s", err, cmp.Diff(string(f.Text), string(laid)))
		}
	}
}

func TestRandomRecords(t *testing.T) {
	for seed := range uint64(3000) {
		checkRecord(t, randomRule(rand.New(rand.NewPCG(seed, 7))))
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func FuzzRecords(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(func(t *testing.T, a, b uint64) { checkRecord(t, randomRule(rand.New(rand.NewPCG(a, b)))) })
}

// FuzzImport feeds any text: whatever comes out is TOML that an export takes.
func FuzzImport(f *testing.F) {
	for line := range strings.Lines(options) {
		f.Add(line)
	}
	f.Add(`[{"rule_id":"a"},{"data":1}]`)
	f.Fuzz(func(t *testing.T, src string) {
		im := Importer{Today: today}
		im.Add("x.ndjson", []byte(src))
		files, problems, _ := im.Files()
		for _, p := range problems {
			if p.Hint == "please report this" {
				t.Errorf("%v", p)
			}
		}
		for _, file := range files {
			parsed, diags := rule.Parse(file.Name, file.Text)
			if len(diags) > 0 {
				t.Fatalf("%v\n%s", diags, file.Text)
			}
			var ex Exporter
			ex.Add(parsed, nil)
			ex.NDJSON()
		}
	})
}
