package lint

import (
	"cmp"
	"slices"
	"strings"
)

// quote shows the user's text in a message.
func quote(s string) string {
	s = strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s)
	if r := []rune(s); len(r) > 80 {
		s = string(r[:77]) + "..."
	}
	return "`" + s + "`"
}

// Nearest returns at most five of the names that are near to the word, nearest first: an edit distance of at most a
// third of the word's length, case ignored.
func Nearest(word string, names []string) []string {
	type near struct {
		name     string
		distance int
	}
	var found []near
	limit := max(1, len([]rune(word))/3)
	lower := []rune(strings.ToLower(word))
	for _, name := range names {
		if d := editDistance(lower, []rune(strings.ToLower(name))); d <= limit {
			found = append(found, near{name, d})
		}
	}
	slices.SortFunc(found, func(a, b near) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), strings.Compare(a.name, b.name))
	})
	var out []string
	for _, f := range found[:min(5, len(found))] {
		out = append(out, f.name)
	}
	return out
}

// editDistance is the Levenshtein distance, with a swap of neighbours as one step.
func editDistance(a, b []rune) int {
	if len(a)-len(b) > 20 || len(b)-len(a) > 20 || len(a) > 200 || len(b) > 200 {
		return 1 << 20
	}
	before, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := range a {
		cur[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			cur[j+1] = min(prev[j+1]+1, cur[j]+1, prev[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				cur[j+1] = min(cur[j+1], before[j-1]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(b)]
}
