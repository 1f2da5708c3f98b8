package hunt

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"testing"
	"unicode/utf8"

	"github.com/rulevet/rulevet/rule"
)

// FuzzRun hunts in arbitrary bytes: whatever they are, the reports are well-formed and the numbers agree.
func FuzzRun(f *testing.F) {
	f.Add([]byte(letter(1, "a", "x")+"\n"+letter(2, "b", "x")), []byte(letter(3, "b", "x")))
	f.Add([]byte(`[{"host":{"name":["a",{"b":1},null]},"@timestamp":"soon"}]`), []byte(`{"hits":{"hits":[{"_index":"i","_source":{"process.name":"a"}}]}}`))
	f.Add([]byte("{\"process\":{\"name\":\"a\xff\"},\"@timestamp\":-9e18,\"host.name\":\"<\\u202e\"}"), []byte(`{"@timestamp":1e400,"process":{"name":"b"}`))
	f.Add([]byte(`{"index":{"_index":"x"}}`+"\n"+`{"process":{"name":"a"}}`), []byte("\x28\xb5\x2f\xfd\x00"))
	h, err := New([]*rule.File{ruleFile("pair", pair, ""), ruleFile("any", `any where process.name == "a" or process.name != null`, ""),
		ruleFile("sample", `sample by host.name [any where process.name == "a"] [any where process.name == "b"]`, ""), ruleFile("div", "any where 1 / process.pid > 0", "")}, Options{Buffer: 200})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, one, two []byte) {
		open := func(b []byte) func() (io.ReadCloser, error) {
			return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
		}
		r, err := h.Run(context.Background(), []Input{{Name: "one", Open: open(one)}, {Name: "two", Open: open(two)}})
		if err != nil {
			t.Fatal(err)
		}
		matches := 0
		for _, x := range r.Rules {
			matches += x.Matches
		}
		if matches != r.Summary.Matches || r.Inputs[0].Events+r.Inputs[1].Events != r.Summary.Events {
			t.Errorf("%d matches of rules: %+v", matches, r.Summary)
		}
		if out, err := json.Marshal(r); err != nil || !json.Valid(out) || !utf8.Valid(out) {
			t.Errorf("the result is no JSON: %v", err)
		}
	})
}
