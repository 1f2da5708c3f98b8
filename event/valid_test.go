package event_test

import (
	"encoding/json"
	"testing"

	"github.com/rulevet/rulevet/event"
)

// FuzzValid: what Walker.Valid takes for JSON is what encoding/json does.
func FuzzValid(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":[1,"x\u00e9",{"b":null}],"c":true}`, `{"a":01}`, `{"a":1.}`, `{"a":-}`, `{"a":"\x"}`, "{\"a\":\"\t\"}",
		`{"a":tru}`, `{"a":1e}`, `{"a" :1 , "b":[ ] } `, `{"a":1}x`, `{"a":"\ud800"}`, `{,}`, `{"a":1,}`, `[1,]`, "{\"a\":1}\n", `{"a":.5}`, `{"a":+1}`,
		`{"a":NaN}`, "{\"\xff\":1}", `{"a":"\u12g4"}`, `{"a":-0.0e+10}`, "{\"a\":\u00a01}", "{\"a\":\"\x7f\"}", "\ufeff{}", "{}\x00", `"a"`, ``, ` `} {
		f.Add([]byte(s))
	}
	var w event.Walker
	f.Fuzz(func(t *testing.T, doc []byte) {
		if got, want := w.Valid(doc), json.Valid(doc); got != want {
			t.Errorf("%q: %v, encoding/json says %v", doc, got, want)
		}
	})
}
