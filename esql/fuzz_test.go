package esql

import "testing"

func FuzzParse(f *testing.F) {
	for src := range parseErrors {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		q, issues := Parse(src)
		checkSpans(t, src, q, q.Span())
		for _, i := range issues {
			if i.Span.Start < 0 || i.Span.End > len(src) || i.Span.Start > i.Span.End {
				t.Errorf("%v out of %d bytes", i.Span, len(src))
			}
		}
	})
}
