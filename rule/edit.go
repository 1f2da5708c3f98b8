package rule

import (
	"fmt"
	"sort"
)

// Apply applies edits to src and returns the new text; src stays as it is. Edits that overlap or lie outside src are an
// error. Insertions at one place are made in the order given, before what replaces text there.
func Apply(src []byte, edits []Edit) ([]byte, error) {
	sorted := sortedEdits(edits)
	size, last := len(src), 0
	for i, e := range sorted {
		if e.Span.Start < 0 || e.Span.End < e.Span.Start || e.Span.End > len(src) {
			return nil, fmt.Errorf("edit %d:%d is outside the text of %d bytes", e.Span.Start, e.Span.End, len(src))
		}
		if e.Span.Start < last {
			p := sorted[i-1].Span
			return nil, fmt.Errorf("edit %d:%d overlaps edit %d:%d", e.Span.Start, e.Span.End, p.Start, p.End)
		}
		last = e.Span.End
		size += len(e.New) - (e.Span.End - e.Span.Start)
	}
	out := make([]byte, 0, size)
	at := 0
	for _, e := range sorted {
		out = append(out, src[at:e.Span.Start]...)
		out = append(out, e.New...)
		at = e.Span.End
	}
	return append(out, src[at:]...), nil
}

// sortedEdits returns the edits by start, insertions first, else in the order given.
func sortedEdits(edits []Edit) []Edit {
	sorted := append([]Edit(nil), edits...)
	sort.SliceStable(sorted, func(i, j int) bool {
		a, b := sorted[i].Span, sorted[j].Span
		if a.Start != b.Start {
			return a.Start < b.Start
		}
		return a.Start == a.End && b.Start != b.End
	})
	return sorted
}
