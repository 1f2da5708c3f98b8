package eval_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/kql"
	"github.com/rulevet/rulevet/kql/eval"
	"github.com/rulevet/rulevet/kql/mutation"
	"github.com/rulevet/rulevet/schema"
	"github.com/rulevet/rulevet/search"
)

// TestCheckLucene: what matches nothing because of its field is told where it stands. Asked of Elasticsearch 9.5.3: none of the values
// reported here matches, and none makes the search fail.
func TestCheckLucene(t *testing.T) {
	catalog, err := schema.New()
	if err != nil {
		t.Fatal(err)
	}
	fields := fieldsOf(t, catalog, luceneMapping, nil)
	for _, tt := range []struct{ query, want string }{
		{"port:80 AND address:10.0.0.1 AND seen:[2026-01-01 TO now] AND ok:true AND name:/a.*/ AND text:\"a b\"", ""},
		{"port:many", "type-mismatch `many`"},
		{"port:(80 OR many)", "type-mismatch `many`"},
		{"port:[a TO 5]", "type-mismatch `[a TO 5]`"},
		{"port:>many", "type-mismatch `>many`"},
		{"port:8*", "type-mismatch `8*`"},
		{"port:/8.*/", "type-mismatch `/8.*/`"},
		{"address:300.1.1.1", "type-mismatch `300.1.1.1`"},
		{`address:10.0.0.0\/33`, `type-mismatch ` + "`" + `10.0.0.0\/33` + "`"},
		{"address:10.*", "type-mismatch `10.*`"},
		{"seen:yesterday OR name:x", "type-mismatch `yesterday`"},
		{"ok:yes", "type-mismatch `yes`"},
		{"name:/(a/", "type-mismatch `/(a/`"},
		{"NOT nme:x AND _exists_:prt AND _exists_:\"port\"", "unknown-field `nme`, unknown-field `prt`"},
		{`many AND na\*:5`, ""},
	} {
		q, issues := eval.ParseLucene(tt.query)
		if len(issues) > 0 {
			t.Fatalf("%s: %v", tt.query, issues)
		}
		got := ""
		for i, is := range eval.CheckLucene(q, fields) {
			if i > 0 {
				got += ", "
			}
			got += fmt.Sprintf("%s `%s`", is.Code[len("query/"):], tt.query[is.Span.Start:is.Span.End])
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.query, diff)
		}
	}
}

// TestLuceneCanonical: beside a clause that must match, those that should make no difference; order and repetition neither.
func TestLuceneCanonical(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"a:x OR b:y AND c:z", "b:y AND c:z", true},
		{"a:x AND b:y", "b:y AND a:x", true},
		{"a:x a:x b:y", "b:y OR a:x", true},
		{"a:(x OR y)", "a:x OR a:y", true},
		{"a:x AND NOT b:y", "a:x -b:y", true},
		{"a:x", "NOT a:x", false},
		{"a:x", "b:x", false},
		{"a:x", `a:"x"`, false},
		{"a:x OR b:y", "a:x AND b:y", false},
	} {
		a, err := eval.CompileLucene(tt.a, nil, eval.Options{})
		if err != nil {
			t.Fatal(err)
		}
		b, err := eval.CompileLucene(tt.b, nil, eval.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := a.Canonical() == b.Canonical(); got != tt.same {
			t.Errorf("%s and %s: the same is %v, want %v:\n%s\n%s", tt.a, tt.b, got, tt.same, a.Canonical(), b.Canonical())
		}
	}
}

// FuzzLucene: whatever the text, places lie in it and order, mutants differ from it, and a search over all fields refuses nothing that can be
// read.
func FuzzLucene(f *testing.F) {
	for _, s := range []string{"port:80 AND NOT (name:a* OR text:\"a b\"~2)", "+seen:[2026-01-01 TO now] -ok:true", "name:/a[0-9]+/ || _exists_:port", `address:10.0.0.0\/8`, "port:>=5^2", "a b~1 c:*"} {
		f.Add(s, benchEvent)
	}
	catalog, err := schema.New()
	if err != nil {
		f.Fatal(err)
	}
	f.Add("[1 TO \x1d\\w]", "{}") // a bound with an escape does not stand in the text as it is meant
	fields := fieldsOf(f, catalog, luceneMapping, nil)
	f.Fuzz(func(t *testing.T, text, doc string) {
		q, issues := eval.ParseLucene(text)
		within := func(at kql.Span) {
			if at.Start < 0 || at.End < at.Start || at.End > len(text) {
				t.Fatalf("%q: a place %v of %d bytes", text, at, len(text))
			}
		}
		for _, i := range issues {
			within(i.Span)
		}
		if kql.HasErrors(issues) {
			return
		}
		for _, i := range eval.CheckLucene(q, fields) {
			within(i.Span)
		}
		p, err := eval.CompileLucene(text, fields, eval.Options{})
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		for _, m := range mutation.OfLucene(text) {
			for _, e := range m.Edits {
				within(e.Span)
			}
			if search.Edited(text, m.Edits) == text {
				t.Fatalf("%q: a mutant that changes nothing: %v", text, m)
			}
		}
		var rec event.Record
		if event.NewDecoder(p.Layout()).Decode([]byte(doc), &rec) == nil {
			p.Match(&rec)
		}
	})
}

var luceneMapping = json.RawMessage(`{"properties": {"port": {"type": "long"}, "address": {"type": "ip"}, "seen": {"type": "date"},
	"ok": {"type": "boolean"}, "name": {"type": "keyword"}, "text": {"type": "text"}}}`)
