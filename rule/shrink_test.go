package rule

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is kept of a file reads as before, with its places; the rest is gone.
func TestShrink(t *testing.T) {
	src := "# first\n[metadata]\nmaturity = \"production\"\nintegration = [\"endpoint\"]\n\n[rule]\nname = \"Odd shell\"\ntags = [\"A: b\", \"C\"]\nquery = '''\nprocess where true\n'''\nnote = \"n\"\n\n[[rule.filters]]\nquery = { x = 1 }\n"
	whole, _ := Parse("a.toml", []byte(src))
	f, diags := Parse("a.toml", []byte(src))
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	f.Shrink("metadata.integration", "rule.name", "rule.tags", "rule.filters", "rule.absent", "absent.key")
	want := &Rule{Name: "Odd shell", Tags: []string{"A: b", "C"}, Filters: 1}
	if diff := cmp.Diff(want, f.Rule); diff != "" {
		t.Errorf("rule (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&Metadata{Integration: []string{"endpoint"}}, f.Metadata); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
	for _, path := range [][]any{{"rule"}, {"rule", "name"}, {"rule", "tags", 1}, {"rule", "filters", 0, "query", "x"}, {"metadata", "integration"}} {
		a, b := whole.Lookup(path...), f.Lookup(path...)
		if b == nil || a.Span != b.Span || a.Entry != b.Entry || a.KeySpan != b.KeySpan {
			t.Errorf("%v is %v, want %v", path, b, a)
		}
	}
	for _, path := range [][]any{{"rule", "note"}, {"rule", "query"}, {"metadata", "maturity"}, {"absent"}} {
		if n := f.Lookup(path...); n != nil {
			t.Errorf("%v is still there: %v", path, n)
		}
	}
	if len(f.Comments) > 0 {
		t.Errorf("comments %v are still there", f.Comments)
	}
	if got := f.Query.FileSpan(0, 7); f.Slice(got) != "process" {
		t.Errorf("the query begins with %q, want %q", f.Slice(got), "process")
	}
	edits, err := f.Lookup("rule", "tags", 1).Text().Edits(ValueEdit{Start: 0, End: 1, New: "D"})
	if err != nil || len(edits) != 1 || f.Slice(edits[0].Span) != "C" {
		t.Errorf("edits of a kept value are %v, %v", edits, err)
	}
}
