// Package near finds the names that a misspelt word may have meant.
package near

import (
	"cmp"
	"slices"
	"strings"
)

// Names returns the names that differ from word by a small slip, nearest first and at most five: another case or
// separator, or one edit (a character added, dropped, replaced or swapped with its neighbour) for every three
// characters. A word never means itself.
func Names(word string, names []string) []string {
	type found struct {
		name string
		dist int
	}
	w := []rune(fold(word))
	if len(w) > 100 {
		return nil
	}
	limit := max(1, len(w)/3)
	var all []found
	for _, name := range names {
		if name == word {
			continue
		}
		n := []rune(fold(name))
		if len(n) > len(w)+limit || len(n)+limit < len(w) {
			continue
		}
		if d := distance(w, n); d <= limit && d < max(len(w), len(n)) {
			all = append(all, found{name, d})
		}
	}
	slices.SortFunc(all, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.dist, b.dist), cmp.Compare(a.name, b.name))
	})
	var out []string
	for _, f := range all[:min(5, len(all))] {
		out = append(out, f.name)
	}
	return slices.Compact(out)
}

// fold makes spellings equal that differ in case and separators only.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '-', ' ', '.':
			return '_'
		}
		return r
	}, strings.ToLower(s))
}

// Distance is the number of edits between two words, swaps of neighbours included. Letter case counts for nothing, nor do
// separators for one another.
func Distance(a, b string) int { return distance([]rune(fold(a)), []rune(fold(b))) }

// distance is the optimal string alignment distance: edits, and swaps of neighbours.
func distance(a, b []rune) int {
	prev2, prev, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], prev2[j-2]+1)
			}
		}
		prev2, prev, row = prev, row, prev2
	}
	return prev[len(b)]
}
