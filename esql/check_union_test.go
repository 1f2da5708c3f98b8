package esql

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestUnionConversions holds which functions read a field that has several types.
func TestUnionConversions(t *testing.T) {
	s := &Schema{Fields: FieldMap(map[string]string{"label": "keyword|text", "size": "long|double"})}
	got := map[string]bool{}
	for _, x := range []string{"TO_STRING(label)", "label::keyword", "TO_UPPER(label)", "TO_LOWER(label)", "TO_BASE64(label)", "LENGTH(label)", "TO_LONG(size)", "size::double", "ABS(size)"} {
		_, issues := Verify("FROM ev | EVAL x = "+x, s)
		got[x] = len(errorsOf(issues)) == 0
	}
	want := map[string]bool{"TO_STRING(label)": true, "label::keyword": true, "TO_UPPER(label)": false, "TO_LOWER(label)": false, "TO_BASE64(label)": false, "LENGTH(label)": false,
		"TO_LONG(size)": true, "size::double": true, "ABS(size)": false}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("accepted (-want +got):\n%s", d)
	}
}
