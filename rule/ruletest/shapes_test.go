package ruletest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func gzipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.String()
}

// TestEventShapes reads two events, of which the second matches, in every shape that a capture may have.
func TestEventShapes(t *testing.T) {
	const a, b = `{"process":{"interactive":false}}`, `{"process.interactive":true}`
	hit := func(id, source string) string { return fmt.Sprintf(`{"_index":"i","_id":%q,"_source":%s}`, id, source) }
	for _, tt := range []struct{ name, file, data string }{
		{"NDJSON", "match.ndjson", a + "\n" + b + "\n"},
		{"CRLF, byte order mark, blank lines", "match.ndjson", "\xef\xbb\xbf\r\n" + a + "\r\n\r\n" + b},
		{"JSON lines", "match.jsonl", a + "\n" + b},
		{"array", "match.json", "[\n" + a + ",\n" + b + "\n]\n"},
		{"laid out over lines", "match.json", "{\n \"process\": {\n  \"interactive\": false\n }\n}\n{\n \"process.interactive\": true\n}\n"},
		{"search response", "match.json", `{"took":1,"hits":{"total":{"value":2},"hits":[` + hit("1", a) + "," + hit("2", b) + `]}}`},
		{"EQL response with events", "match.json", `{"is_partial":false,"hits":{"events":[` + hit("1", a) + "," + hit("2", b) + `]}}`},
		{"EQL response with sequences", "match.json", `{"hits":{"sequences":[{"join_keys":["h"],"events":[` + hit("1", a) + `,{"_index":"","_id":"","_source":null,"missing":true},` + hit("2", b) + `]}]}}`},
		{"hits one a line", "match.ndjson", hit("1", a) + "\n" + hit("2", b)},
		{"bulk lines", "match.ndjson", `{"index":{"_id":"1"}}` + "\n" + a + "\n" + `{"delete":{"_id":"1"}}` + "\n" + `{"update":{"_id":"2"}}` + "\n" + `{"doc":` + b + "}\n"},
		{"gzip", "match.ndjson.gz", gzipped(a + "\n" + b)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := outcome(run(t, map[string]string{"r.toml": ruleText, "testdata/r/" + tt.file: tt.data}, Options{}))
			if d := cmp.Diff([]string{"r/match ok=true got=[[1]] "}, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestFixtureMistakes(t *testing.T) {
	const yes = `{"process":{"interactive":true}}`
	table := "[[case]]\nname = \"a\"\nbase = \"match.json\"\nmatch = true\n"
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"a golden for two files", map[string]string{"testdata/r/match.json": yes, "testdata/r/match.ndjson": yes, "testdata/r/match.golden.json": `{"matches":[{"events":[0]}]}`}, []string{
			`testdata/r/match.ndjson: error: shares the golden match.golden.json with match.json [fixtures/invalid-golden] (give one of the two another name)`,
			"r/match.json ok=false got=[] its golden is not its own", "r/match.ndjson ok=false got=[] its golden is not its own"}},
		{"two files and no golden", map[string]string{"testdata/r/match.json": yes, "testdata/r/match.ndjson": yes}, []string{
			"r/match.json ok=true got=[[0]] ", "r/match.ndjson ok=true got=[[0]] "}},
		{"a golden with a byte order mark", map[string]string{"testdata/r/match.json": yes, "testdata/r/match.golden.json": "\xef\xbb\xbf" + `{"matches":[{"events":[0]}]}`}, []string{
			"r/match ok=true got=[[0]] "}},
		{"one name in two tables", map[string]string{"a/testdata/r/match.json": yes, "a/testdata/r/cases.toml": table, "testdata/r/match.json": yes, "testdata/r/cases.toml": table, "a/r.toml": ruleText, "r.toml": "-"}, []string{
			`testdata/r/cases.toml:2:8: error: two cases are named "a": the other one is in a/testdata/r/cases.toml [fixtures/invalid-case]`,
			"r/a/testdata/r/match.json ok=true", "r/testdata/r/match.json ok=true", "r/a ok=true", "r/a ok=false got=[] the case is not valid"}},
		{"base outside of the file system", map[string]string{"testdata/r/match.json": yes, "testdata/r/cases.toml": "[[case]]\nname = \"a\"\nbase = \"../../../x.json\"\nmatch = true\n"}, []string{
			`testdata/r/cases.toml:3:8: error: base "../../../x.json" leads out of the file system [fixtures/invalid-case]`,
			"r/match ok=true got=[[0]] ", "r/a ok=false got=[] the case is not valid"}},
		{"no case in the table", map[string]string{"testdata/r/cases.toml": "# nothing\n"}, []string{
			`testdata/r/cases.toml:1:1: error: no [[case]] in the file [fixtures/invalid-case] (write [[case]] with name, base and match)`}},
		{"wrong types", map[string]string{"testdata/r/match.json": yes, "testdata/r/cases.toml": "[[case]]\nname = 7\nbase = \"match.json\"\nset = \"x\"\nunset = \"y\"\nrecord = 4\nmatch = -1\n"}, []string{
			`testdata/r/cases.toml:2:8: error: name must be a string, found an integer [fixtures/invalid-case]`,
			`testdata/r/cases.toml:4:7: error: set must be a table of field = value, found a string [fixtures/invalid-case]`,
			`testdata/r/cases.toml:5:9: error: unset must be a list of field names, found a string [fixtures/invalid-case] (write unset = ["field"])`,
			`testdata/r/cases.toml:6:10: error: record must be a number from 0 to 0, the position of an event in base [fixtures/invalid-case]`,
			`testdata/r/cases.toml:7:9: error: match must be true, false or a number of matches, found an integer [fixtures/invalid-case]`,
			"r/match ok=true got=[[0]] "}},
		{"TOML syntax", map[string]string{"testdata/r/cases.toml": "[[case]\nname = 1\n"}, []string{`testdata/r/cases.toml:1:1: error: `}},
		{"a deep base", map[string]string{"testdata/r/bases/on.json": yes, "testdata/r/cases.toml": "[[case]]\nname = \"a\"\nbase = \"bases/on.json\"\nmatch = 1\n"}, []string{
			"r/a ok=true got=[[0]] "}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{"r.toml": ruleText}
			for name, data := range tt.files {
				files[name] = data
				if data == "-" {
					delete(files, name)
				}
			}
			got := outcome(run(t, files, Options{}))
			if len(got) != len(tt.want) {
				t.Fatalf("got\n%s", strings.Join(got, "\n"))
			}
			for i, w := range tt.want {
				if !strings.HasPrefix(got[i], w) {
					t.Errorf("line %d is\n%s\nwant\n%s", i, got[i], w)
				}
			}
		})
	}
}

// TestSetAndUnset changes documents with nested, dotted and mixed keys.
func TestSetAndUnset(t *testing.T) {
	for _, tt := range []struct{ name, doc, unset, field, value, want string }{
		{"nested", `{"a":{"b":1,"c":2}}`, "", "a.b", `3`, `{"a":{"b":3,"c":2}}`},
		{"dotted", `{"a.b":1,"a.c":2}`, "", "a.b", `3`, `{"a":{"b":3},"a.c":2}`},
		{"both forms at once", `{"a.b":1,"a":{"b":2}}`, "", "a.b", `3`, `{"a":{"b":3}}`},
		{"an object under a dotted key", `{"a.b":{"c":1}}`, "", "a.b.d", `2`, `{"a.b":{"c":1,"d":2}}`},
		{"new", `{}`, "", "a.b.c", `"x"`, `{"a":{"b":{"c":"x"}}}`},
		{"a value in the way", `{"a":1}`, "", "a.b", `2`, `{"a":1,"a.b":2}`},
		{"a table sets its members", `{"a":{"b":1,"c":2}}`, "", "a", `{"b":5,"d.e":6}`, `{"a":{"b":5,"c":2,"d":{"e":6}}}`},
		{"an array replaces", `{"a":{"b":[1,2]}}`, "", "a.b", `[]`, `{"a":{"b":[]}}`},
		{"null", `{"a":1}`, "", "a", `null`, `{"a":null}`},
		{"unset nested leaves nothing empty", `{"a":{"b":{"c":1}},"d":2}`, "a.b.c", "", "", `{"d":2}`},
		{"unset dotted", `{"a.b.c":1,"a.b":{"c":2},"a.bc":3}`, "a.b", "", "", `{"a.bc":3}`},
		{"unset in arrays of objects", `{"a":[{"b":1,"c":2},{"b":3}]}`, "a.b", "", "", `{"a":[{"c":2},{}]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := parseDocument([]byte(tt.doc))
			if err != nil {
				t.Fatal(err)
			}
			if tt.unset != "" {
				d.unset(tt.unset)
			}
			if tt.field != "" {
				v, err := parseDocument([]byte(`{"v":` + tt.value + `}`))
				if err != nil {
					t.Fatal(err)
				}
				d.set(tt.field, v["v"])
			}
			got, err := d.encode()
			if diff := cmp.Diff(tt.want, string(got)); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// TestSetAll: of fields that are set together, the last one that says something counts.
func TestSetAll(t *testing.T) {
	d := document{"a": json.Number("5"), "x.y": json.Number("1")}
	d.setAll([]assignment{{"a.b.c", 1}, {"a.b", 2}, {"x", 3}, {"x.y", 4}, {"q", 1}, {"q", 2}, {"z.y", 1}, {"z", 2}})
	got, err := d.encode()
	if want := `{"a":5,"a.b":2,"q":2,"x":3,"x.y":4,"z":2}`; err != nil || string(got) != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}

// TestOffsets places events in time from the first one.
func TestOffsets(t *testing.T) {
	for _, tt := range []struct{ name, first, at, want string }{
		{"seconds", `"2026-05-04T10:00:00Z"`, "+5s", "2026-05-04T10:00:05.000Z"},
		{"before", `"2026-05-04T10:00:00.250Z"`, "-1m30s", "2026-05-04T09:58:30.250Z"},
		{"days", `"2026-02-28T23:00:00+02:00"`, "+1d2h", "2026-03-01T23:00:00.000Z"},
		{"milliseconds since 1970", `1000000`, "500ms", "1970-01-01T00:16:40.500Z"},
		{"nanoseconds are kept", `"2026-05-04T10:00:00.123456789Z"`, "+1s", "2026-05-04T10:00:01.123456789Z"},
		{"none", `null`, "+1s", "2024-01-01T00:00:01.000Z"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, ok := parseOffset(tt.at)
			events := []caseEvent{{doc: document{}}, {doc: document{"@timestamp": "2020-01-01T00:00:00Z"}}}
			first, err := parseDocument([]byte(`{"@timestamp":` + tt.first + `}`))
			if err != nil || ok != nil {
				t.Fatal(err, ok)
			}
			if tt.first != "null" {
				events[0].doc = first
			}
			if err := applyOffsets(events, []offset{{1, 2, d}}, "@timestamp"); err != nil {
				t.Fatal(err)
			}
			if got := events[1].doc["@timestamp"]; got != tt.want {
				t.Errorf("at %s is %v, want %s", tt.at, got, tt.want)
			}
		})
	}
	for _, bad := range []string{"", "5", "+", "+-5s", "5 s", "1d-2h", "x", "+99999999d"} {
		if d, err := parseOffset(bad); err == nil {
			t.Errorf("%q is taken for %v", bad, d)
		}
	}
}

// TestDiffOfManyMatches is bounded in what it shows and in the work: a golden may list every event of a large file.
func TestDiffOfManyMatches(t *testing.T) {
	var wanted, got []Hit
	for i := range 40_000 {
		if i != 17 {
			wanted = append(wanted, Hit{Events: []int{i}})
		}
		if i != 39_000 && i != 18 {
			got = append(got, Hit{Events: []int{i}})
		}
	}
	w := want{exact: wanted}
	missing, extra, _ := w.wrong(got)
	if d := cmp.Diff([][]Hit{{{Events: []int{18}}, {Events: []int{39_000}}}, {{Events: []int{17}}}}, [][]Hit{missing, extra}); d != "" {
		t.Errorf("missing and extra (-want +got):\n%s", d)
	}
	for _, part := range []string{`"[18]"`, `"[39000]"`, `"[17]"`} {
		if d := w.diff(got); !strings.Contains(d, part) || strings.Count(d, "\n") > 10 {
			t.Errorf("want a short difference with %s:\n%s", part, d)
		}
	}
	none := want{count: countNone}
	if d := none.diff(got); strings.Count(d, "\n") > maxDiff+5 || !strings.Contains(d, "and 39948 more matches") {
		t.Errorf("%d lines", strings.Count(d, "\n"))
	}
}
