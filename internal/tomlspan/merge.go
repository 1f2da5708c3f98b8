package tomlspan

import (
	"fmt"
	"slices"
	"sort"

	"github.com/rulevet/rulevet/source"
)

// Span, Edit and Node are those of package source.
type (
	Span = source.Span
	Edit = source.Edit
	Node = source.Node
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

// Conflict says why a fix was left out: it changes what an earlier fix changes in another way.
type Conflict struct {
	Index int // of the fix that was left out
	With  int // of the fix that was taken; -1 if the fix's own edits overlap or lie outside the text
}

// owned is an edit of a fix.
type owned struct {
	Edit
	fix int
}

// Merge joins the edits of several fixes of one text of the given size, sorted by place. Fixes are taken in order and whole or not
// at all: one that overlaps a fix taken before, or inserts at the same place something else, is left out and reported.
// An edit that two fixes make alike is made once.
func Merge(size int, fixes [][]Edit) (edits []Edit, conflicts []Conflict) {
	var taken []owned // sorted by start, disjoint
next:
	for i, fix := range fixes {
		sorted := sortedEdits(fix)
		if !disjoint(sorted, size) {
			conflicts = append(conflicts, Conflict{i, -1})
			continue
		}
		var fresh []Edit
		for _, e := range sorted {
			other, same := meets(taken, e)
			if other >= 0 {
				conflicts = append(conflicts, Conflict{i, other})
				continue next
			}
			if !same {
				fresh = append(fresh, e)
			}
		}
		for _, e := range fresh {
			at := sort.Search(len(taken), func(k int) bool { return taken[k].Span.Start > e.Span.Start })
			taken = slices.Insert(taken, at, owned{e, i})
		}
	}
	for _, e := range taken {
		edits = append(edits, e.Edit)
	}
	return edits, conflicts
}

// meets looks for an edit among those taken: other is the fix of one that cannot be made beside it, -1 if there is none; same
// tells that it is made already.
func meets(taken []owned, e Edit) (other int, same bool) {
	at := sort.Search(len(taken), func(k int) bool { return taken[k].Span.End >= e.Span.Start })
	for _, o := range taken[at:] {
		switch {
		case o.Span.Start > e.Span.End:
			return -1, same
		case o.Edit == e:
			same = true
		case collide(o.Span, e.Span):
			return o.fix, false
		}
	}
	return -1, same
}

// disjoint reports whether sorted edits lie in a text of the given size and do not overlap.
func disjoint(sorted []Edit, size int) bool {
	last := 0
	for _, e := range sorted {
		if e.Span.Start < last || e.Span.End < e.Span.Start || e.Span.End > size {
			return false
		}
		last = e.Span.End
	}
	return true
}

// collide reports whether two different edits cannot both be made: they share a byte, or insert at one place, or one
// inserts at the edge of what the other replaces, where the order would be a guess.
func collide(a, b Span) bool {
	if a.Start < b.End && b.Start < a.End {
		return true
	}
	aInserts, bInserts := a.Start == a.End, b.Start == b.End
	switch {
	case aInserts && bInserts:
		return a.Start == b.Start
	case aInserts:
		return b.Start <= a.Start && a.Start <= b.End
	case bInserts:
		return a.Start <= b.Start && b.Start <= a.End
	}
	return false
}
