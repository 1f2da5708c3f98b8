package rule

import "github.com/rulevet/rulevet/internal/tomlspan"

// Apply applies edits to src and returns the new text; src stays as it is. Edits that overlap or lie outside src are an
// error. Insertions at one place are made in the order given, before what replaces text there.
func Apply(src []byte, edits []Edit) ([]byte, error) { return tomlspan.Apply(src, edits) }

// Conflict says why a fix was left out: it changes what an earlier fix changes in another way.
type Conflict struct {
	Index int // of the fix that was left out
	With  int // of the fix that was taken; -1 if the fix's own edits overlap or lie outside the text
}

// Merge joins the edits of several fixes of one text of the given size. Fixes are taken in order and whole or not at
// all: one that overlaps a fix taken before, or inserts at the same place something else, is left out and reported.
// An edit that two fixes make alike is made once.
func Merge(size int, fixes []Fix) (edits []Edit, conflicts []Conflict) {
	all := make([][]Edit, len(fixes))
	for i, f := range fixes {
		all[i] = f.Edits
	}
	edits, found := tomlspan.Merge(size, all)
	for _, c := range found {
		conflicts = append(conflicts, Conflict(c))
	}
	return edits, conflicts
}

// UnifiedDiff returns the difference of two texts in the unified format with three lines of context, as diff -u and
// patch know it; nil if they are equal.
func UnifiedDiff(oldName, newName string, oldText, newText []byte) []byte {
	return tomlspan.UnifiedDiff(oldName, newName, oldText, newText)
}
