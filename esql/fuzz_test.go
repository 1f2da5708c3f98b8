package esql

import "testing"

func seeds(f *testing.F) {
	for src := range parseErrors {
		f.Add(src)
	}
	f.Add(`FROM a METADATA _id | WHERE x == "1.2.3.4" AND NOT y LIKE ("a*") | EVAL z = CASE(x > 1, "a", TO_UPPER(b)), w = b::long | KEEP z, w*, *`)
	f.Add(`FROM a | STATS c = COUNT(*) WHERE x, m = MAX(y) + 1 BY k = BUCKET(@timestamp, 1 hour), z | SORT c DESC NULLS LAST | LIMIT 5 BY z`)
	f.Add(`FROM a | GROK m "%{WORD:x:int} (?<y>a)" | DISSECT n "%{p} %{+q/1}" APPEND_SEPARATOR="," | RENAME x AS y, y AS z | MV_EXPAND z`)
	f.Add(`FROM a | FORK (WHERE x : "y" | LIMIT 1) (ENRICH p ON b WITH c = d) | LOOKUP JOIN l ON a == b | COMPLETION r = "p" WITH {"inference_id": "x"}`)
}

func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src string) {
		q, issues := Parse(src)
		checkSpans(t, src, q, q.Span())
		for _, i := range issues {
			if i.Span.Start < 0 || i.Span.End > len(src) || i.Span.Start > i.Span.End {
				t.Errorf("%v out of %d bytes", i.Span, len(src))
			}
		}
		checkFormat(t, src)
	})
}

func FuzzCheck(f *testing.F) {
	seeds(f)
	s := &Schema{Fields: FieldMap{"x": "keyword", "y": "long", "b": "ip", "m": "text", "z": "keyword|long", "@timestamp": "date", "k": "double"},
		Lookups: map[string]Fields{"l": FieldMap{"b": "ip", "j": "keyword"}}, Policies: map[string]*Policy{"p": {Match: "b", Type: "match", Fields: []PolicyField{{"d", "long"}}}},
		Inference: map[string]string{"x": "completion"}}
	f.Fuzz(func(t *testing.T, src string) {
		for _, schema := range []*Schema{s, nil} {
			_, issues := Verify(src, schema)
			for _, i := range issues {
				if i.Span.Start < 0 || i.Span.End > len(src) || i.Span.Start > i.Span.End || i.Message == "" || i.Code == "" {
					t.Errorf("%+v of %d bytes", i, len(src))
				}
			}
		}
	})
}
