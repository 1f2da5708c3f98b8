package event

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// fieldsOf decodes a document and writes the values of each field as "kind text".
func fieldsOf(t *testing.T, doc string, names ...string) map[string][]string {
	t.Helper()
	var l Layout
	for _, n := range names {
		l.Add(n)
	}
	var rec Record
	if err := NewDecoder(&l).Decode([]byte(doc), &rec); err != nil {
		t.Fatalf("decode %s: %v", doc, err)
	}
	kinds := map[Kind]string{Bool: "bool", Int: "int", Uint: "uint", Float: "float", String: "string"}
	got := map[string][]string{}
	for slot, name := range l.Names() {
		for _, v := range rec.Values(slot) {
			got[name] = append(got[name], kinds[v.Kind]+" "+v.Text)
		}
	}
	return got
}

func TestDecode(t *testing.T) {
	tests := []struct {
		name, doc string
		fields    []string
		want      map[string][]string
	}{
		{"nested keys", `{"process":{"name":"sh","pid":7}}`, []string{"process.name", "process.pid"},
			map[string][]string{"process.name": {"string sh"}, "process.pid": {"int 7"}}},
		{"dotted keys", `{"process.name":"sh"}`, []string{"process.name"}, map[string][]string{"process.name": {"string sh"}}},
		{"dotted below nested", `{"process":{"parent.name":"init"}}`, []string{"process.parent.name"}, map[string][]string{"process.parent.name": {"string init"}}},
		{"nested below dotted", `{"process.parent":{"name":"init"}}`, []string{"process.parent.name"}, map[string][]string{"process.parent.name": {"string init"}}},
		{"arrays, nulls dropped", `{"a":[1,null,[2,"x"]]}`, []string{"a"}, map[string][]string{"a": {"int 1", "int 2", "string x"}}},
		{"arrays of objects", `{"a":[{"b":1},{"b":[2,3],"c":4}]}`, []string{"a.b", "a.c"}, map[string][]string{"a.b": {"int 1", "int 2", "int 3"}, "a.c": {"int 4"}}},
		{"an object is no value", `{"a":{"b":1}}`, []string{"a"}, map[string][]string{}},
		{"a field and a field below it", `{"a":["x",{"b":1}]}`, []string{"a", "a.b"}, map[string][]string{"a": {"string x"}, "a.b": {"int 1"}}},
		{"escapes", `{"a":"\u00e9\n\ud83d\ude00\ud83d\\"}`, []string{"a"}, map[string][]string{"a": {"string é\n😀\ufffd\\"}}},
		{"escaped key", `{"\u0061":1}`, []string{"a"}, map[string][]string{"a": {"int 1"}}},
		{"numbers", `{"a":[-1,18446744073709551615,1.5,1e3,99999999999999999999]}`, []string{"a"},
			map[string][]string{"a": {"int -1", "uint 18446744073709551615", "float 1.5", "float 1e3", "float 99999999999999999999"}}},
		{"booleans", `{"a":[true,false]}`, []string{"a"}, map[string][]string{"a": {"bool true", "bool false"}}},
		{"names of many parts", `{"a.b.c.d.e.f.g.h.i.j":1,"a":{"b.c.d.e.f.g.h.i.j":2,"b":{"c":{"d.e.f.g.h.i.j":3}}},"a.b.c.d.e.f.g.h.i":{"j":4,"k":5},"a.b.c.d.e.f.g.h.i.k":6}`,
			[]string{"a.b.c.d.e.f.g.h.i.j"}, map[string][]string{"a.b.c.d.e.f.g.h.i.j": {"int 1", "int 2", "int 3", "int 4"}}},
		{"names alike at both ends", `{"process.aa.name-one":1,"process.bb.name-one":2,"process.aaa.name-one":3}`,
			[]string{"process.aa.name-one", "process.bb.name-one"}, map[string][]string{"process.aa.name-one": {"int 1"}, "process.bb.name-one": {"int 2"}}},
		{"skipped members", `{"x":{"y":["}",{"a":"\\\""}]},"a":1}`, []string{"a"}, map[string][]string{"a": {"int 1"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, fieldsOf(t, tt.doc, tt.fields...)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestDecodeErrors(t *testing.T) {
	tests := []struct{ name, doc, want string }{
		{"no object", `[1]`, `expected an object, found '[' at byte 0`},
		{"nothing", ``, `expected an object, found the end of the input at byte 0`},
		{"cut off", `{"a":`, `expected a value, found the end of the input at byte 5`},
		{"bad word", `{"a":nul}`, "expected a value, found `nul` at byte 5"},
		{"leading zero", `{"a":01}`, "expected a value, found `01` at byte 5"},
		{"trailing comma", `{"a":1,}`, `expected a key in double quotes, found '}' at byte 7`},
		{"open string", `{"a":"x`, `string without closing quote at byte 7`},
		{"raw control character", "{\"a\":\"x\ny\"}", `control character '\n' in a string at byte 7`},
		{"bad escape", `{"a":"\x"}`, "unknown escape `\\x` at byte 6"},
		{"skipped brackets", `{"b":[}]}`, `unexpected '}' at byte 6`},
		{"more behind", `{} {}`, `expected the end of the document, found '{' at byte 3`},
		{"deep", strings.Repeat(`{"a":`, 1000), `nested more than 500 deep at byte 2505`},
		{"deep and skipped", `{"b":` + strings.Repeat(`[`, 1000), `nested more than 500 deep at byte 506`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var l Layout
			l.Add("a" + strings.Repeat(".a", 999))
			l.Add("a")
			var rec Record
			err := NewDecoder(&l).Decode([]byte(tt.doc), &rec)
			if err == nil || err.Error() != tt.want {
				t.Errorf("error = %v, want %s", err, tt.want)
			}
		})
	}
}

// compress packs text with gzip.
func compress(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.String()
}

func TestReader(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"one document", `{"a":1}`, `0 1:1 {"a":1}`},
		{"laid out", "{\n  \"a\": {\n \"b\": 1}\n}\n", "0 1:1 {\n  \"a\": {\n \"b\": 1}\n}"},
		{"NDJSON with blank lines and CRLF", "{\"a\":1}\r\n\r\n{\"a\":2}\r\n", "0 1:1 {\"a\":1}; 1 2:3 {\"a\":2}"},
		{"two on a line", `{"a":1} {"a":2}`, `0 1:1 {"a":1}; 1 2:1 {"a":2}`},
		{"array", "[\n{\"a\":1},\n{\"a\":2}]", `0 1:2 {"a":1}; 1 2:3 {"a":2}`},
		{"empty array", `[]`, ``},
		{"byte order mark", "\xef\xbb\xbf{\"a\":1}", `0 1:1 {"a":1}`},
		{"hit lines", `{"_index":"i","_id":"7","_source":{"a":1}}`, `0 1:1 7@i {"a":1}`},
		{"search response", `{"took":1,"hits":{"total":{"value":2},"hits":[{"_id":"x","_source":{"a":1}},{"_id":"y","fields":{"a":[2]}}]}}`, `0 1:1 x@ {"a":1}; 1 1:1 y@ {"a":[2]}`},
		{"EQL events", `{"hits":{"events":[{"_id":"x","_source":{"a":1}}]}}`, `0 1:1 x@ {"a":1}`},
		{"EQL sequences with a missing event", `{"hits":{"sequences":[{"join_keys":["k"],"events":[{"_id":"x","_source":{"a":1}},{"missing":true}]}]}}`, `0 1:1 x@ {"a":1}`},
		{"bulk", "{\"index\":{\"_index\":\"i\",\"_id\":\"1\"}}\n{\"a\":1}\n{\"delete\":{\"_id\":\"9\"}}\n{\"create\":{}}\n{\"a\":2}\n", `0 2:2 1@i {"a":1}; 1 5:5 {"a":2}`},
		{"bulk updates", "{\"update\":{\"_id\":\"1\",\"retry_on_conflict\":3}}\n{\"doc\":{\"a\":1},\"doc_as_upsert\":true}\n{\"update\":{\"_id\":\"2\"}}\n{\"script\":{\"source\":\"x\"},\"upsert\":{\"b\":2}}\n" +
			"{\"update\":{\"_id\":\"3\"}}\n{\"script\":\"x\"}\n{\"index\":{\"_id\":\"4\",\"version\":7,\"version_type\":\"external\"}}\n{\"c\":3}\n",
			`0 2:2 1@ {"a":1}; 1 4:4 2@ {"b":2}; 2 8:8 4@ {"c":3}`},
		{"no bulk", "{\"update\":{\"version\":\"1.2\"}}\n{\"index\":{\"name\":\"x\"}}\n", `0 1:1 {"update":{"version":"1.2"}}; 1 2:2 {"index":{"name":"x"}}`},
		{"missing event of a sequence", `{"hits":{"sequences":[{"events":[{"_id":"1","_source":{"a":1}},{"_index":"","_id":"","_source":null,"missing":true},{"_id":"","_source":{},"missing":true}]}]}}`,
			`0 1:1 1@ {"a":1}`},
		{"a field called index", `{"index":{"name":"x"}}`, `0 1:1 {"index":{"name":"x"}}`},
		{"a field called hits", `{"hits":5}`, `0 1:1 {"hits":5}`},
		{"gzip", compress(`{"a":1}`), `0 1:1 {"a":1}`},
		{"brackets in strings", `{"a":"}{\"]"}{"b":1}`, `0 1:1 {"a":"}{\"]"}; 1 2:1 {"b":1}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := readAll(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func readAll(in string) (string, error) {
	r, err := NewReader("in", strings.NewReader(in))
	if err != nil {
		return "", err
	}
	defer r.Close()
	var out []string
	for {
		doc, err := r.Next()
		if errors.Is(err, io.EOF) {
			return strings.Join(out, "; "), nil
		}
		if err != nil {
			return "", err
		}
		id := ""
		if doc.ID != "" {
			id = doc.ID + "@" + doc.IndexName + " "
		}
		out = append(out, strings.Join([]string{itoa(doc.Index), " ", itoa(doc.Record), ":", itoa(doc.Line), " ", id, string(doc.Source)}, ""))
	}
}

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }

func TestReaderErrors(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"comma between lines", "{\"a\":1},\n{\"a\":2}", `in:1: record 2: expected a JSON object, found ',': no comma stands between the lines of NDJSON`},
		{"UTF-16", "\xff\xfe{\x00", `in:1: record 1: expected a JSON object, found byte 0xFF: UTF-16 is not read, save the file as UTF-8`},
		{"not JSON", "{\"a\":1}\nhello", `in:2: record 2: expected a JSON object, found 'h'`},
		{"cut off", "{\"a\":1}\n{\"a\":", "in:2: record 2: object without closing `}`"},
		{"open array", `[{"a":1}`, "in:1: record 1: array without closing `]`"},
		{"bulk without source", `{"index":{}}`, `in:1: record 1: bulk action without a source line`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := readAll(tt.in); err == nil || err.Error() != tt.want {
				t.Errorf("error = %v, want %s", err, tt.want)
			}
		})
	}
}

// flatten reads a document with encoding/json: the values of each field as "kind text", in document order.
func flatten(t *testing.T, doc []byte) map[string][]string {
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	out := map[string][]string{}
	var value func(path string)
	value = func(path string) {
		tok, err := dec.Token()
		if err != nil {
			t.Fatalf("%q: %v", doc, err)
		}
		switch tok := tok.(type) {
		case json.Delim:
			for dec.More() {
				if tok == '[' {
					value(path)
					continue
				}
				key, _ := dec.Token()
				value(path + "." + key.(string))
			}
			_, _ = dec.Token()
		case string:
			out[path] = append(out[path], "string "+tok)
		case json.Number:
			out[path] = append(out[path], "number "+tok.String())
		case bool:
			out[path] = append(out[path], fmt.Sprint("bool ", tok))
		}
	}
	value("")
	return out
}

// FuzzDecode compares the decoder with encoding/json: what that accepts as an object is accepted, and the values of all
// fields are the same, in the same order.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{"a":1,"b":{"a":[true,null,"x\u0041"]}}`, `{"a":"\ud83d\ude00"}`, `{"x":[{"y":"}"}],"a":-1.5e3}`, `{"a":1}x`,
		`{"a.b":[{"a":"\\"}], "b" : {"a.b":{"c":2}},"a":{"b.c":"` + strings.Repeat("x", 70) + `\""}}`, `{"process.name":"\"","process":{"name":[1,[2]]}}`} {
		f.Add([]byte(s))
	}
	var l Layout
	for _, name := range []string{"a", "b", "a.b", "b.a", "a.a.a", "b.a.b", "a.b.c", "process.name", "process.parent.name", "a\\b", "", "a."} {
		l.Add(name)
	}
	d, rec := NewDecoder(&l), new(Record)
	f.Fuzz(func(t *testing.T, doc []byte) {
		if len(doc) > 1<<16 {
			return
		}
		err := d.Decode(doc, rec)
		for range 3 { // by then objects may be known
			var fresh Record
			want := NewDecoder(&l).Decode(doc, &fresh)
			if err = d.Decode(doc, rec); fmt.Sprint(err) != fmt.Sprint(want) || err == nil && !slices.Equal(valuesOf(rec), valuesOf(&fresh)) {
				t.Fatalf("%q: %v, %v, want %v, %v", doc, rec.Slots, err, fresh.Slots, want)
			}
		}
		if trimmed := bytes.TrimLeft(doc, " \t\r\n"); !json.Valid(doc) || trimmed[0] != '{' {
			return // what is skipped is not checked in full, so Decode may accept more
		}
		if err != nil {
			if strings.Contains(err.Error(), "deep") {
				return
			}
			t.Fatalf("%q: %v", doc, err)
		}
		all := flatten(t, doc)
		for slot, name := range l.Names() {
			want, got := all["."+name], kindsOf(rec.Values(slot))
			if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
				t.Fatalf("%q: %q (-want +got):\n%s", doc, name, d)
			}
		}
	})
}

// kindsOf writes values as flatten does. encoding/json replaces bytes that are no UTF-8.
func kindsOf(vs []Value) []string {
	var out []string
	for _, v := range vs {
		kind := "number "
		switch v.Kind {
		case String:
			kind = "string "
		case Bool:
			kind = "bool "
		}
		out = append(out, kind+string([]rune(v.Text)))
	}
	return out
}

// documents reads an input by Next and Decode, by Read or in batches, and writes what comes, errors too.
func documents(in []byte, by string) (out []string) {
	var l Layout
	for _, name := range []string{"a", "a.b", "b", "fields.x", "hits"} {
		l.Add(name)
	}
	r, err := NewReader("in", bytes.NewReader(in))
	if err != nil {
		return []string{err.Error()}
	}
	defer r.Close()
	index := 0
	write := func(doc Doc, rec *Record, err error) {
		if err != nil {
			out = append(out, err.Error())
			return
		}
		out = append(out, fmt.Sprintf("%d %d %d %q %q %q %v", index, doc.Record, doc.Line, rec.ID, rec.Index, doc.Source, rec.Slots))
		index++
	}
	if by == "batch" {
		u, b := NewUnpacker(&l), new(Batch)
		for more := true; more; {
			more = r.Fill(b, 40)
			u.Each(b, write)
		}
		return out
	}
	d, rec := NewDecoder(&l), new(Record)
	for {
		var doc Doc
		if by == "read" {
			doc, err = r.Read(d, rec)
		} else if doc, err = r.Next(); err == nil {
			if err = d.Decode(doc.Source, rec); err != nil {
				err = &InputError{Name: "in", Record: doc.Record, Line: doc.Line, Err: err}
			}
			rec.ID, rec.Index = doc.ID, doc.IndexName
		}
		if errors.Is(err, io.EOF) {
			return out
		}
		write(doc, rec, err)
	}
}

// compareReading fails unless an input gives the same in all ways.
func compareReading(t *testing.T, in []byte) {
	t.Helper()
	want := documents(in, "next")
	for _, by := range []string{"read", "batch"} {
		if d := cmp.Diff(want, documents(in, by)); d != "" {
			t.Fatalf("%q (-Next and Decode +%s):\n%s", in, by, d)
		}
	}
}

// inputs are whole inputs of all shapes.
var inputs = []string{
	"{\"a\":1}\n{\"a\":{\"b\":\"x\\\"\"}}\r\n\n {\"b\":[1,2]} \n{\"a\":2}",
	"[\n{\"a\":1},\n{\"b\":2}\n,{\"b\":3}\n]\n",
	"[{\"a\":1},{\"b\":2}\n]\n[]\n{\"a\":1}\n",
	"{\"a\":1}{\"a\":2}\n{\"a\":3}\n",
	"{\n \"a\": 1\n}\n{\"a\":\n2}\n{\"a\":3}\n",
	"{\"_index\":\"i\",\"_id\":\"7\",\"_source\":{\"a\":1}}\n{\"_id\":\"\\u0041\",\"_source\":{\"a\":2},\"fields\":{}}\n{\"_source\":3}\n",
	"{\"hits\":{\"hits\":[{\"_id\":\"x\",\"_source\":{\"a\":1}},{\"_id\":\"y\",\"fields\":{\"a\":[2]}}]}}\n{\"hits\":1}\n{\"fields\":{\"x\":1}}\n",
	"{\"index\":{\"_id\":\"1\"}}\n{\"a\":1}\n{\"delete\":{\"_id\":\"9\"}}\n{\"create\":{}}\n{\"a\":2}\n{\"index\":5}\n",
	"{\"x\":[\\\"}]}\n{\"a\":\"\"}\n",
	"\ufeff{\"a\":1}\n{\"a\":tru}\n",
	"{\"a\":\"} {\"}\n{\"a\":\"}{\\\\\"}\n{\"b\":[\"} \"]}\n{\"a\":1}",
}

// FuzzRead compares Read and batches with Next and Decode.
func FuzzRead(f *testing.F) {
	for _, in := range inputs {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > 1<<16 {
			return
		}
		compareReading(t, in)
	})
}

// TestReadMutated runs the comparison of FuzzRead over inputs with a few bytes changed.
func TestReadMutated(t *testing.T) {
	const changes = "{}[]\"\\,:\n a1"
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 5_000 {
		in := []byte(inputs[rnd.IntN(len(inputs))])
		for range rnd.IntN(4) {
			in[rnd.IntN(len(in))] = changes[rnd.IntN(len(changes))]
		}
		compareReading(t, in)
	}
}

// TestManyObjectsOnOneLine: reading an element must not cost the rest of the line, nor pile up readers.
func TestManyObjectsOnOneLine(t *testing.T) {
	const n = 200_000
	objects := strings.Repeat(`{"a":"}\"{"},`, n)
	for name, in := range map[string]string{
		"array":      "[" + strings.TrimSuffix(objects, ",") + "]",
		"one by one": strings.ReplaceAll(objects, ",", " "),
	} {
		r, err := NewReader(name, strings.NewReader(in))
		if err != nil {
			t.Fatal(err)
		}
		count := 0
		for {
			doc, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if string(doc.Source) != `{"a":"}\"{"}` || doc.Line != 1 {
				t.Fatalf("%s: document %d on line %d is %q", name, doc.Index, doc.Line, doc.Source)
			}
			count++
		}
		if count != n {
			t.Errorf("%s: %d documents, want %d", name, count, n)
		}
	}
}

// TestLineNumbers: lines count on across objects laid out over several lines.
func TestLineNumbers(t *testing.T) {
	r, err := NewReader("x", strings.NewReader("{\"a\":\n1}\n\n{} {}\r\n{\"b\":[\n{}\n]}\n{"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1, 4, 4, 5} {
		doc, err := r.Next()
		if err != nil || doc.Line != want {
			t.Fatalf("line %d, error %v; want line %d", doc.Line, err, want)
		}
	}
	var ie *InputError
	if _, err := r.Next(); !errors.As(err, &ie) || ie.Line != 8 || ie.Record != 5 {
		t.Errorf("error %v, want one at line 8, record 5", err)
	}
}

func BenchmarkReadDecode(b *testing.B) {
	line := `{"@timestamp":"2024-01-01T00:00:00.000Z","event":{"category":["process"],"type":["start"],"action":"start"},"host":{"os":{"type":"windows"},"name":"h1"},"process":{"name":"cmd.exe","pid":1234,"executable":"C:\\Windows\\System32\\cmd.exe","args":["cmd.exe","/c","whoami"],"command_line":"cmd.exe /c whoami","parent":{"name":"explorer.exe","executable":"C:\\Windows\\explorer.exe"},"hash":{"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}},"user":{"name":"bob","domain":"LAB"}}` + "\n"
	in := strings.Repeat(line, 2000)
	var l Layout
	for _, f := range []string{"event.category", "event.type", "host.os.type", "process.name", "process.args"} {
		l.Add(f)
	}
	d, rec := NewDecoder(&l), &Record{}
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		r, _ := NewReader("x", strings.NewReader(in))
		for {
			doc, err := r.Next()
			if err != nil {
				break
			}
			if err := d.Decode(doc.Source, rec); err != nil {
				b.Fatal(err)
			}
		}
	}
}
