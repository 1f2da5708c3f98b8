package schema

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
)

// MaxSuggestions is the number of names Suggest returns at most.
const MaxSuggestions = 5

// Near is a listed name close to one that is not listed.
type Near struct {
	Name     string // of the field
	Distance int    // edits (insert, delete, replace, swap neighbours) between the two, letter case aside; 0: case only
}

// Suggest returns the names of the view nearest to name, nearest first, at most five. Names that share only their ends
// ("file.sha256" and "file.hash.sha256") come after those within a few edits.
func (v *View) Suggest(name string) []string { return v.SuggestMore(name, v.Near(name)) }

// SuggestMore is Suggest where the near names are known.
func (v *View) SuggestMore(name string, near []Near) []string {
	out := make([]string, 0, MaxSuggestions)
	for _, n := range near {
		out = append(out, n.Name)
	}
	if len(out) == MaxSuggestions {
		return out
	}
	for _, n := range v.sameEnds(name) {
		if len(out) < MaxSuggestions && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// Near returns the names within a few edits of name, nearest first, at most five.
func (v *View) Near(name string) []Near {
	limit := editLimit(name)
	folded := strings.ToLower(name)
	letters := letterSet(folded)
	var list []candidate
	for _, n := range v.listed() {
		if abbreviates(folded, n.folded) {
			d := min(limit, len(n.folded)-len(folded)) // the end is dropped, or lost
			list = append(list, candidate{n.name, d, d, v.catalog.popularity(n.name)})
			continue
		}
		// An edit changes the set of letters by two at most.
		if abs(len(n.name)-len(name)) > limit || bits.OnesCount64(n.letters^letters) > 2*limit {
			continue
		}
		if d := editDistance(folded, n.folded, limit); d <= limit && !otherLeaf(folded, n.folded, d) {
			list = append(list, candidate{n.name, d, editDistance(name, n.name, limit+1), v.catalog.popularity(n.name)})
		}
	}
	slices.SortFunc(list, candidate.compare)
	out := make([]Near, 0, MaxSuggestions)
	for _, c := range list {
		if len(out) == MaxSuggestions {
			break
		}
		if v.valued(c.name) {
			out = append(out, Near{c.name, c.distance})
		}
	}
	return out
}

// abbreviates reports whether a name is the beginning of another with the same parent: "process.exe" of "process.executable".
func abbreviates(name, of string) bool {
	if len(of) <= len(name) || !strings.HasPrefix(of, name) { // first of all: a name may be long
		return false
	}
	leaf := name[strings.LastIndexByte(name, '.')+1:]
	return len(leaf) >= 3 && !strings.ContainsAny(of[len(name):], "._")
}

// otherLeaf reports whether two names with the same parent differ in most of a short last part: another word, not a slip.
func otherLeaf(a, b string, distance int) bool {
	i, j := strings.LastIndexByte(a, '.')+1, strings.LastIndexByte(b, '.')+1
	return a[:i] == b[:j] && 2*distance > min(len(a)-i, len(b)-j)
}

// valued reports whether a listed name is one that an event can have a value for: an object is none, however near its name.
func (v *View) valued(name string) bool {
	switch v.Describe(name).Field.Type {
	case "object", "nested", "group":
		return false
	}
	return true
}

// listedName is a name of a view, prepared for the search for near names.
type listedName struct {
	name, folded string
	letters      uint64
}

// listed returns the names of the view, templates aside, each once.
func (v *View) listed() []listedName {
	v.listOnce.Do(func() {
		seen := map[string]bool{}
		for n := range v.names() {
			if !seen[n] && !strings.Contains(n, "*") {
				seen[n] = true
				folded := strings.ToLower(n)
				v.list = append(v.list, listedName{n, folded, letterSet(folded)})
			}
		}
	})
	return v.list
}

// letterSet has a bit for every character that occurs, folded into 64.
func letterSet(s string) uint64 {
	var set uint64
	for i := range len(s) {
		set |= 1 << (s[i] & 63)
	}
	return set
}

// candidate is a possible suggestion. exact is the distance with letter case.
type candidate struct {
	name                     string
	distance, exact, popular int
}

func (c candidate) compare(d candidate) int {
	return cmp.Or(cmp.Compare(c.distance, d.distance), cmp.Compare(c.exact, d.exact), cmp.Compare(d.popular, c.popular),
		cmp.Compare(strings.Count(c.name, "."), strings.Count(d.name, ".")), strings.Compare(c.name, d.name))
}

// editLimit is how far a name may be from what the user meant: one edit for the shortest names, three for long ones.
func editLimit(name string) int {
	return min(3, max(1, len(name)/5))
}

// sameEnds lists names with the same first and last part.
func (v *View) sameEnds(name string) []string {
	first, _, ok := strings.Cut(name, ".")
	last := name[strings.LastIndexByte(name, '.')+1:]
	if !ok || last == "" {
		return nil
	}
	var list []string
	for _, n := range v.listed() {
		if strings.HasPrefix(n.name, first+".") && strings.HasSuffix(n.name, "."+last) && v.valued(n.name) {
			list = append(list, n.name)
		}
	}
	slices.Sort(list)
	slices.SortStableFunc(list, func(a, b string) int {
		return cmp.Or(cmp.Compare(v.catalog.popularity(b), v.catalog.popularity(a)), cmp.Compare(strings.Count(a, "."), strings.Count(b, ".")))
	})
	return list
}

// Children lists fields directly below an object, those that rules use most first, at most five.
func (v *View) Children(parent string) []string {
	list := slices.DeleteFunc(v.Names(parent+"."), func(n string) bool { return strings.Contains(n[len(parent)+1:], ".") })
	slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(v.catalog.popularity(b), v.catalog.popularity(a)) })
	return list[:min(len(list), MaxSuggestions)]
}

// popularity is the number of public rules that use a field: a tie between two names goes to the one people write.
func (c *Catalog) popularity(name string) int { return c.popular()[name] }

// editDistance is the optimal string alignment distance of two texts, or limit+1 if it is more than limit.
func editDistance(a, b string, limit int) int {
	for a != "" && b != "" && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for a != "" && b != "" && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if a == "" || b == "" || abs(len(a)-len(b)) > limit {
		return min(limit+1, max(len(a), len(b)))
	}
	const stack = 64
	var buf [3][stack]int
	rows := [3][]int{buf[0][:], buf[1][:], buf[2][:]}
	if len(b)+1 > stack {
		for i := range rows {
			rows[i] = make([]int, len(b)+1)
		}
	}
	return align(a, b, limit, rows)
}

// align fills the rows of the dynamic program; rows[2] belongs to the character before.
func align(a, b string, limit int, rows [3][]int) int {
	before, last, row := rows[2], rows[1], rows[0]
	for j := 0; j <= len(b); j++ {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		best := i
		for j := 1; j <= len(b); j++ {
			d := last[j-1]
			if a[i-1] != b[j-1] {
				d = 1 + min(d, last[j], row[j-1])
				if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
					d = min(d, before[j-2]+1)
				}
			}
			row[j] = d
			best = min(best, d)
		}
		if best > limit {
			return limit + 1
		}
		before, last, row = last, row, before
	}
	return min(limit+1, last[len(b)])
}

func abs(n int) int { return max(n, -n) }

// NearestOf returns the texts of a list within a few edits of name, nearest first, at most five.
func NearestOf(name string, list []string) []string {
	limit := editLimit(name)
	var near []candidate
	for _, s := range list {
		if d := editDistance(strings.ToLower(name), strings.ToLower(s), limit); d <= limit {
			near = append(near, candidate{name: s, distance: d})
		}
	}
	slices.SortFunc(near, candidate.compare)
	out := make([]string, 0, MaxSuggestions)
	for _, c := range near[:min(len(near), MaxSuggestions)] {
		out = append(out, c.name)
	}
	return out
}
