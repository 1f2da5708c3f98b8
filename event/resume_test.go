package event

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// survivors reads an input to its end, past whatever is broken: the documents, and the errors as "LINE record N: why".
func survivors(t *testing.T, in io.Reader) (docs, bad []string) {
	t.Helper()
	r, err := NewReader("in", in)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var l Layout
	l.Add("a")
	d, rec := NewDecoder(&l), new(Record)
	for range 1_000_000 {
		doc, err := r.Read(d, rec)
		var broken *InputError
		switch {
		case err == io.EOF:
			return docs, bad
		case errors.As(err, &broken):
			bad = append(bad, fmt.Sprintf("%d record %d: %v", broken.Line, broken.Record, broken.Err))
		case err != nil:
			t.Fatal(err)
		default:
			docs = append(docs, string(doc.Source))
		}
	}
	t.Fatal("no end")
	return nil, nil
}

// TestBrokenRecords: what is broken costs itself, and not what stands behind it.
func TestBrokenRecords(t *testing.T) {
	const unclosed, next = "object without closing `}`", "object without closing `}` before the next line begins one"
	const quote = "string without closing quote at the end of the line"
	for _, tt := range []struct {
		name, in  string
		docs, bad []string
	}{
		{"torn last line", "{\"a\":1}\n{\"a\":2}\n{\"a\":", []string{`{"a":1}`, `{"a":2}`}, []string{"3 record 3: " + unclosed}},
		{"torn in a string at the end", "{\"a\":1}\n{\"a\":\"x", []string{`{"a":1}`}, []string{"2 record 2: " + unclosed}},
		{"torn in the middle", "{\"a\":1}\n{\"a\":2,\"b\":3\n{\"a\":3}\n{\"a\":4}\n", []string{`{"a":1}`, `{"a":3}`, `{"a":4}`}, []string{"2 record 2: " + next}},
		{"torn in a string", "{\"a\":\"x\n{\"a\":3}\n{\"a\":4}\n", []string{`{"a":3}`, `{"a":4}`}, []string{"1 record 1: " + quote}},
		{"torn behind a colon", "{\"a\":\n{\"a\":3}\n{\"a\":4}\n", []string{`{"a":3}`, `{"a":4}`}, []string{"1 record 1: " + next}},
		{"torn in a list", "{\"a\":[1,\n{\"a\":3}\n{\"a\":4}\n", []string{`{"a":3}`, `{"a":4}`}, []string{"1 record 1: " + next}},
		{"twice", "{\"a\":\n{\"a\":\n{\"a\":4}\n", []string{`{"a":4}`}, []string{"1 record 1: " + unclosed, "2 record 2: " + unclosed}},
		{"other lines", "hello\n{\"a\":1}\nworld\n\n1 2\n{\"a\":2}\n", []string{`{"a":1}`, `{"a":2}`}, []string{"1 record 1: expected a JSON object, found 'h'",
			"3 record 3: expected a JSON object, found 'w'", "5 record 4: expected a JSON object, found '1'"}},
		{"no object", "{\"a\":1}\n{a:2}\n{\"a\":3}\n", []string{`{"a":1}`, `{"a":3}`}, []string{"2 record 2: expected a key in double quotes, found 'a' at byte 1"}},
		{"laid out", "{\n  \"a\": 1\n}\n{\n  \"a\": \"x,\n  \"b\": 2\n}\n{\n  \"a\": 3\n}\n", []string{"{\n  \"a\": 1\n}", "{\n  \"a\": 3\n}"}, []string{"4 record 2: " + quote}},
		{"array cut off", "[{\"a\":1},\n{\"a\":2},\n{\"a\":", []string{`{"a":1}`, `{"a":2}`}, []string{"3 record 3: " + unclosed, "3 record 3: array without closing `]`"}},
		{"array with a torn element", "[\n{\"a\":1},\n{\"a\":\"x},\n{\"a\":3}\n]\n", []string{`{"a":1}`, `{"a":3}`}, []string{"3 record 2: " + quote}},
		{"bulk", "{\"index\":{}}\n{\"a\":1\n{\"index\":{}}\n{\"a\":2}\n", []string{`{"a":2}`}, []string{"2 record 2: " + next}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, in := range []io.Reader{strings.NewReader(tt.in), iotest.OneByteReader(strings.NewReader(tt.in)), strings.NewReader(compress(tt.in))} {
				docs, bad := survivors(t, in)
				if d := cmp.Diff(tt.docs, docs); d != "" {
					t.Errorf("documents (-want +got):\n%s", d)
				}
				if d := cmp.Diff(tt.bad, bad); d != "" {
					t.Errorf("errors (-want +got):\n%s", d)
				}
			}
		})
	}
}

// TestTornGzip: the records before the tear are read, and the error says how many.
func TestTornGzip(t *testing.T) {
	var b strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&b, "{\"a\":%d,\"b\":\"%x\"}\n", i, i*7919)
	}
	packed := compress(b.String())
	docs, bad := survivors(t, strings.NewReader(packed[:len(packed)/2]))
	if len(docs) < 5000 || len(bad) != 1 || !strings.Contains(bad[0], fmt.Sprintf("record %d: unexpected EOF; the input is broken off", len(docs)+1)) {
		t.Errorf("%d documents, errors %q", len(docs), bad)
	}
}

// TestRereadIsBounded: however an input nests what it never closes, little of it is read again.
func TestRereadIsBounded(t *testing.T) {
	for name, in := range map[string]string{
		"open lines":      strings.Repeat("{\"a\":[\n", 300_000),
		"torn triples":    strings.Repeat("{\"a\":\n{\"b\":2}\n", 200_000),
		"open, then long": strings.Repeat("{\"a\":[\n", 400) + strings.Repeat("{\"b\":1},\n", 200_000),
	} {
		r, err := NewReader("in", bytes.NewBufferString(in))
		if err != nil {
			t.Fatal(err)
		}
		for err != io.EOF {
			_, err = r.Next()
		}
		if r.again > 6*int64(len(in))+2*maxBuffer {
			t.Errorf("%s: %d of %d bytes read again", name, r.again, len(in))
		}
	}
}
