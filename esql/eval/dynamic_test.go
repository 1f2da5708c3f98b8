package eval_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/esql/eval"
)

// TestSampler: the fields that documents add to a mapping; the first value of a field decides.
func TestSampler(t *testing.T) {
	mapped := []eval.Field{{Name: "labels", Type: "flattened"}, {Name: "host", Type: "object"}}
	tests := []struct {
		docs, want string // documents, and name:type, separated by blanks
	}{
		{`{"a":"x","n":1,"f":1.5,"e":1e3,"big":12345678901234567890,"b":true,"at":"2024-01-01T00:00:00Z","year":"2024"}`,
			"a:keyword at:date b:boolean big:long e:float f:float host:object labels:flattened n:long year:keyword"},
		{`{"a":{"b":{"c":1}},"d.e":"x","l":[{"m":null},{"m":[[],["x"]]}]}`, "a.b.c:long d.e:keyword host:object l.m:keyword labels:flattened"},
		{`{"a":1} {"a":"x"} {"a":{"b":1}}`, "a:long host:object labels:flattened"},
		{`{"labels":{"k":1},"labels.other":2,"host":{"name":"h"}}`, "host:object host.name:keyword labels:flattened"},
		{`{"a":1,"b":} {"b":"x"}`, "b:keyword host:object labels:flattened"},
		{`{} [1] null`, "host:object labels:flattened"},
	}
	for _, test := range tests {
		s := eval.NewSampler(&eval.Index{Fields: mapped})
		s.Keywords = true
		for doc := range strings.FieldsSeq(test.docs) {
			s.Add([]byte(doc))
		}
		var got []string
		for _, f := range s.Index().Fields {
			got = append(got, f.Name+":"+f.Type)
		}
		if diff := cmp.Diff(test.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.docs, diff)
		}
	}
}

// TestSamplerTexts: without Keywords a text is text with a keyword below, as Elasticsearch maps it.
func TestSamplerTexts(t *testing.T) {
	s := eval.NewSampler(&eval.Index{})
	s.Add([]byte(`{"a":"x"}`))
	want := []eval.Field{{Name: "a", Type: "text"}, {Name: "a.keyword", Source: "a", Type: "keyword", IgnoreAbove: 256}}
	if diff := cmp.Diff(want, s.Index().Fields); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestSamplerHostile: neither names without end nor endless names are kept.
func TestSamplerHostile(t *testing.T) {
	s := eval.NewSampler(&eval.Index{})
	var many strings.Builder
	for i := range 150_000 {
		fmt.Fprintf(&many, `"k%d":1,`, i)
	}
	s.Add([]byte("{" + many.String() + `"z":1}`))
	if n := len(s.Index().Fields); n != 100_000 {
		t.Errorf("%d fields, expected 100,000", n)
	}
	s = eval.NewSampler(&eval.Index{})
	s.Add([]byte(`{"` + strings.Repeat("a.", 500_000) + `":1,"` + strings.Repeat("b", 5000) + `":1,"c":1}`))
	if diff := cmp.Diff([]eval.Field{{Name: "c", Type: "long"}}, s.Index().Fields); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
