package logic

import (
	"slices"
	"strings"
)

// scope is where a part of a condition matters: all of its members but the one that is looked at must be true, and so must those of
// the scopes above.
type scope struct {
	up      *scope
	members []*Formula // nil: the member was found to do nothing
	skip    int        // the member that is looked at
	leaves  leafIndex  // of the members
}

// scope makes the scope of members, which all are there still.
func (r *reviewer) scope(up *scope, members []*Formula) *scope {
	s := &scope{up: up, members: members, skip: -1, leaves: leafIndex{count: map[int]int{}, texts: map[textKey][]int{}, loose: map[int][]int{}, all: map[int][]int{}}}
	for _, f := range members {
		for _, a := range f.leaves() {
			s.leaves.add(r.space.atoms[a])
		}
	}
	return s
}

// drop takes the member that is looked at out for good.
func (s *scope) drop() {
	for _, a := range s.members[s.skip].leaves() {
		s.leaves.count[a]--
	}
	s.members[s.skip] = nil
}

// above are the members of the scopes above one, those of the outermost first; nil has none.
func (s *scope) above() []*Formula {
	if s == nil {
		return nil
	}
	return s.up.all()
}

// all are the members that must be true in a scope, and above it.
func (s *scope) all() []*Formula {
	if s == nil {
		return nil
	}
	out := slices.Clone(s.up.all())
	for i, f := range s.members {
		if f != nil && i != s.skip {
			out = append(out, f)
		}
	}
	return out
}

// leafIndex finds the leaves that may have to do with one: those that hold a single text by the text, others by their group.
type leafIndex struct {
	count map[int]int // members with a leaf
	texts map[textKey][]int
	loose map[int][]int // by group: leaves that are no single text
	all   map[int][]int // by group
}

// textKey is a text of a group of leaves, whatever the case of its letters.
type textKey struct {
	group int
	text  string
}

func (x *leafIndex) add(a *atom) {
	if x.count[a.number]++; x.count[a.number] > 1 || a.slot < 0 {
		return
	}
	x.all[a.group] = append(x.all[a.group], a.number)
	if text, ok := a.set.folded(); ok {
		key := textKey{a.group, text}
		x.texts[key] = append(x.texts[key], a.number)
	} else {
		x.loose[a.group] = append(x.loose[a.group], a.number)
	}
}

// folded is the text of a set that is a single one, letters in one case.
func (x *set) folded() (string, bool) {
	key, ok := x.only()
	if !ok {
		return "", false
	}
	return strings.ToLower(strings.ToUpper(key[1:])), true
}

// near are the leaves that may be tied to a leaf, which is among them if a member has it.
func (x *leafIndex) near(a *atom) [2][]int {
	if a.slot < 0 {
		return [2][]int{{a.number}}
	}
	if text, ok := a.set.folded(); ok {
		return [2][]int{x.texts[textKey{a.group, text}], x.loose[a.group]}
	}
	return [2][]int{x.all[a.group]}
}

// decides reports whether a leaf of a formula may decide a member of a scope, or of one above, or be decided by it.
func (r *reviewer) decides(f *Formula, s *scope) bool {
	return r.meets(f, s, func(a, b int) bool { return r.tied(a, b) })
}

// meets reports whether a leaf of a formula and one of a scope, or of one above, hold to each other.
func (r *reviewer) meets(f *Formula, s *scope, holds func(a, b int) bool) bool {
	mine := f.leaves()
	for ; s != nil; s = s.up {
		var skipped []int
		if s.skip >= 0 && s.members[s.skip] != nil {
			skipped = s.members[s.skip].leaves()
		}
		for _, a := range mine {
			for _, list := range s.leaves.near(r.space.atoms[a]) {
				for _, b := range list {
					if r.looks++; r.looks > maxLooks {
						return false
					}
					left := s.leaves.count[b]
					if _, own := slices.BinarySearch(skipped, b); own {
						left--
					}
					if left > 0 && holds(a, b) {
						return true
					}
				}
			}
		}
	}
	return false
}
