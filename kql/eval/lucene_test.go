package eval_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/kql/eval"
	"github.com/rulevet/rulevet/schema"
)

// TestCheckLucene: what matches nothing because of its field is told where it stands. Asked of Elasticsearch 9.5.3: none of the values
// reported here matches, and none makes the search fail.
func TestCheckLucene(t *testing.T) {
	catalog, err := schema.New()
	if err != nil {
		t.Fatal(err)
	}
	fields := fieldsOf(t, catalog, json.RawMessage(`{"properties": {"port": {"type": "long"}, "address": {"type": "ip"}, "seen": {"type": "date"},
		"ok": {"type": "boolean"}, "name": {"type": "keyword"}, "text": {"type": "text"}}}`), nil)
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
