package fn

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// extracted is what JSON_EXTRACT gives, for comparison: a text behind "=", null, or an error.
func extracted(doc, path string) string {
	p, err := newJSONPath(path)
	if err != nil {
		return err.Error()
	}
	text, null, err := p.extract(&jsonWalk{}, doc)
	switch {
	case err != nil:
		return err.Error()
	case null:
		return "null"
	}
	return "=" + text
}

func TestJSONExtract(t *testing.T) {
	const invalid, empty, bounds = "invalid JSON input", "empty JSON input", "array index out of bounds"
	for _, c := range []struct{ doc, path, want string }{
		{`{"a":1,"a":2}`, "a", "=1"}, // the first one ends the search
		{`{"a":{"b":1},"a":{"c":2}}`, "a.c", "path [a.c] does not exist"},
		{`{"b":1,"b":2,"a":1}`, "a", invalid}, // a key twice, in what is read
		{`{"b":1,"\u0062":2,"a":1}`, "a", invalid},
		{`{"b":{"c":1,"c":2},"a":1}`, "a", invalid},
		{`{"b":1,"b":2,"a":1}`, "$", invalid},
		{`{"a":{"b":1,"b":2}}`, "a.b", "=1"},
		{`{"x":{"b":1},"b":2,"y":{"b":3}}`, "y.b", "=3"},
		{`{"a":1,"b":nope}`, "a", "=1"}, // what stands behind is not read
		{`{"a":1} x`, "a", "=1"},
		{`{"a":1`, "a", "=1"},
		{`{"a":1`, "b", invalid},
		{`{"b":nope,"a":1}`, "a", invalid},
		{`{"b":{"c":"\x"},"a":1}`, "a", invalid},
		{`{"b":[1,2},"a":1}`, "a", invalid},
		{`{"b":[1,],"a":1}`, "a", invalid},
		{`{"b":12a,"a":1}`, "a", invalid},
		{`{"a":12a}`, "a", "=12"},
		{`{"a":truex}`, "a", invalid},
		{`{"a":1,}`, "b", invalid},
		{"{\"b\":\"\xff\",\"a\":1}", "a", invalid},
		{"", "a", empty},
		{" // x", "a", empty},
		{"nope", "a", invalid},
		{"5", "a", "path [a] does not exist"},
		{"5,", "a", invalid},
		{"[1]", "a", "path [a] does not exist"},
		{`{"a":1}`, "[0]", "path [[0]] does not exist"},
		{"null", "$", "null"},
		{`{"a":null}`, "a", "null"},
		{`{"a":null}`, "a.b", "path [a.b] does not exist"},
		{`{"a.b":1}`, "a.b", "path [a.b] does not exist"},
		{`{"a.b":1}`, "['a.b']", "=1"},
		{`{"a":[1,2,{"b":3}]}`, "a[2].b", "=3"},
		{`{"a":[{"b":1}]}`, "a.b", "path [a.b] does not exist"},
		{`{"a":[1,2]}`, "a[2]", bounds},
		{`{"a":[]}`, "a[0]", bounds},
		{`{"a": { "b" : 1 , "c":[ 1 ,2]} }`, "a", `={ "b" : 1 , "c":[ 1 ,2]}`},
		{`{"a":["x\u0041"]}`, "a", `=["x\u0041"]`},
		{`  {"a": 1}  `, "$", `={"a": 1}`},
		{` "x" `, "", "=x"},
		{" 5\n\n", "$", "=5\n"},
		{`{"a":1.50}`, "a", "=1.50"},
		{`{"a":1E+05}`, "a", "=1E+05"},
		{`{"a":-0}`, "a", "=-0"},
		{`{"a":01}`, "a", invalid},
		{`{"a":1.}`, "a", invalid},
		{`{"a":NaN}`, "a", invalid},
		{`{"a":` + strings.Repeat("1", 991) + `e111111111}`, "a", "=" + strings.Repeat("1", 991) + "e111111111"},
		{`{"a":` + strings.Repeat("1", 1001) + `}`, "a", invalid},
		{`{"a":"x\u0041\n\"y\/"}`, "a", "=xA\n\"y/"},
		{`{"a":"\ud83d\ude00"}`, "a", "=😀"},
		{`{"a":"a\ud800\u0041\udc00z"}`, "a", "=a\ufffdA\ufffdz"},
		{`{"a":"\u12"}`, "a", invalid},
		{"{\"a\":\"x\ty\"}", "a", invalid},
		{`{"\u0061":1}`, "a", "=1"},
		{`{"é":1}`, "é", "=1"},
		{`{"":1}`, "['']", "=1"},
		{"\ufeff{/*x*/\"a\"/**/:// y\n1}", "a", "=1"},
		{`{"a":/*x`, "a", invalid},
		{"# x\n{\"a\":1}", "a", invalid},
		{`{"b":` + strings.Repeat("[", 999) + strings.Repeat("]", 999) + `,"a":1}`, "a", "=1"},
		{`{"b":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `,"a":1}`, "a", invalid},
		{manyMembers(100, "k7"), "k99", invalid},
		{manyMembers(100, "k70"), "k99", invalid},
		{manyMembers(100, "last"), "k99", "=99"},
	} {
		if diff := cmp.Diff(c.want, extracted(c.doc, c.path)); diff != "" {
			t.Errorf("%.60q %q: -want +got\n%s", c.doc, c.path, diff)
		}
	}
}

// manyMembers is an object with the keys k0, k1 and so on, the one before the last standing for another.
func manyMembers(n int, other string) string {
	var b strings.Builder
	for i := range n {
		key := fmt.Sprintf("k%d", i)
		if i == n-2 {
			key = other
		}
		fmt.Fprintf(&b, `,"%s":%d`, key, i)
	}
	return "{" + b.String()[1:] + "}"
}

func TestJSONPath(t *testing.T) {
	const doc = `{"a":{"b":1,"b'c":2,"b\\":3,"$":4},"x":[[1,2],[3,{"y":5}]],"é":6}`
	for _, c := range []struct{ path, want string }{
		{"a.b", "=1"}, {"$.a.b", "=1"}, {"$['a']['b']", "=1"}, {"$.['a'].b", "=1"}, {"[ \t'a' ].b", "=1"}, {`["a"]["b"]`, "=1"},
		{`a['b\'c']`, "=2"}, {`a["b'c"]`, "=2"}, {`a["b\'c"]`, "=2"}, {`a['b\\']`, "=3"}, {"a.$", "=4"},
		{"x[ 1 ][+1].y", "=5"}, {"$.é", "=6"}, {"$.", "=" + doc}, {" a", "path [ a] does not exist"},
		{"a[-1]", "array index out of bounds"},
		{".a", "Invalid JSON path [.a]: path cannot start with a dot at position 0"},
		{"$..a", "Invalid JSON path [$..a]: path cannot start with a dot at position 2"},
		{"$a", "Invalid JSON path [$a]: expected [.] or [[] after [$] at position 1"},
		{"😀.b.", "Invalid JSON path [😀.b.]: path cannot end with a dot at position 4"},
		{"a..b", "Invalid JSON path [a..b]: consecutive dots at position 1"},
		{"a.['b']", "Invalid JSON path [a.['b']]: empty key name at position 2"},
		{"a]", "Invalid JSON path [a]]: expected [.] or [[] before []] at position 1"},
		{"a[0]é", "Invalid JSON path [a[0]é]: expected [.] or [[] before [é] at position 4"},
		{"a[ ", "Invalid JSON path [a[ ]: unterminated bracket at position 1"},
		{"a[ ]", "Invalid JSON path [a[ ]]: empty brackets at position 1"},
		{"a[0", "Invalid JSON path [a[0]: missing closing bracket for array index at position 1"},
		{"a[ 01 ]", "Invalid JSON path [a[ 01 ]]: leading zeros are not allowed in array index [01] at position 1"},
		{"a[ x ]", "Invalid JSON path [a[ x ]]: expected integer array index, got [x] at position 1"},
		{"a[2147483648]", "Invalid JSON path [a[2147483648]]: expected integer array index, got [2147483648] at position 1"},
		{`a['b\`, `Invalid JSON path [a['b\]: unterminated quoted key at position 1`},
		{"['a'x]", "Invalid JSON path [['a'x]]: expected closing bracket after quoted key at position 0"},
	} {
		if diff := cmp.Diff(c.want, extracted(doc, c.path)); diff != "" {
			t.Errorf("%q: -want +got\n%s", c.path, diff)
		}
	}
}

// FuzzJSONExtract holds JSON_EXTRACT of a member against Go's own reader, for documents that both take.
func FuzzJSONExtract(f *testing.F) {
	for _, doc := range []string{`{"a":1,"b":{"c":[1,2.5e3,null]}}`, ` {"a": "x\u0041\n", "b\\": true} `, `{"a":{"a":{"a":""}}}`, `[{"a":1},{"a":-0.1E+2}]`, `{"é":"\ud83d\ude00"}`, `{"a":/**/1}`} {
		f.Add(doc, "a")
	}
	f.Add(`{"a":{"b":[1]}}`, "$.a['b'][0]")
	f.Fuzz(func(t *testing.T, doc, path string) {
		got := extracted(doc, path)
		var members map[string]json.RawMessage
		p, err := newJSONPath(path)
		if err != nil || len(p.steps) != 1 || !p.steps[0].isKey || !utf8.ValidString(doc) || json.Unmarshal([]byte(doc), &members) != nil || members == nil {
			return
		}
		want := p.missing.Error()
		if v, ok := members[p.steps[0].name]; ok {
			var text string
			switch {
			case string(v) == "null":
				want = "null"
			case json.Unmarshal(v, &text) == nil:
				want = "=" + text
			default:
				want = "=" + string(v)
			}
		}
		if got != want && got != errJSONInvalid.Error() && extracted(doc, "$") != errJSONInvalid.Error() { // a key twice, too deep, too many digits
			t.Errorf("%q of %q: got %q, want %q", path, doc, got, want)
		}
	})
}

func BenchmarkJSONExtract(b *testing.B) {
	doc := `{"@timestamp":"2018-12-04T00:31:05.886Z","agent":{"type":"filebeat"},"event":{"category":["process"],"code":"10"},` +
		`"process":{"pid":780,"executable":"C:\\WINDOWS\\system32\\svchost.exe","name":"svchost.exe"},"winlog":{"event_data":{"CallTrace":"` +
		strings.Repeat(`C:\\WINDOWS\\SYSTEM32\\ntdll.dll+9a3c4|`, 20) + `"}}}`
	for _, path := range []string{"process.name", "sip.method"} {
		p, err := newJSONPath(path)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(path, func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			var w jsonWalk
			for b.Loop() {
				_, _, _ = p.extract(&w, doc)
			}
		})
	}
}
