package schema

import (
	"slices"
	"strings"
)

// notFound decides between absent and undecidable.
func (v *View) notFound(name string, r *Result) {
	r.Presence = Absent
	if v.find(v.outside, name, name, r); len(r.Types) > 0 {
		r.Presence, r.Outside = Known, true
		r.Gaps = v.gapsOf(r.Types[0].Sources[0])
		return
	}
	if parent := v.openObject(name); parent != "" {
		r.Presence, r.Parent = Undecidable, parent
		r.Gaps = append(r.Gaps, Gap{Kind: OpenObject, Object: parent})
	}
	for _, t := range v.targets {
		for _, g := range t.Gaps {
			if v.described(t, g) {
				continue
			}
			if g.Kind != OldPackage || v.catalog.owns(t.Package, name) {
				r.Presence = Undecidable
			}
			r.Gaps = append(r.Gaps, g)
		}
	}
}

// gapsOf returns the gaps of the targets whose package has a table.
func (v *View) gapsOf(s Source) []Gap {
	name, _, _ := strings.Cut(s.Table, ".")
	for _, t := range v.targets {
		if t.Package == name && len(t.Gaps) > 0 {
			return t.Gaps
		}
	}
	return nil
}

// described reports whether an overlay made for the target fills a gap: one that lists all fields fills any but that of
// a pattern that can match anything, every other only that of an unknown pattern.
func (v *View) described(t *resolved, g Gap) bool {
	return g.Kind != OpenPattern && slices.ContainsFunc(v.catalog.overlays, func(o *Overlay) bool {
		return len(o.Patterns) > 0 && (o.Complete || g.Kind == UnknownName) && o.appliesTo(indexName(t.Pattern))
	})
}

// openObject returns the nearest ancestor that is an object without listed members.
func (v *View) openObject(name string) string {
	parent := parentOf(name)
	for len(parent) > v.longest() { // no listed name is so long
		parent = parentOf(parent)
	}
	for ; parent != ""; parent = parentOf(parent) {
		var p Result
		v.find(v.layers, parent, parent, &p)
		if len(p.Types) > 0 {
			if (p.Field.Type == "object" || p.Field.Type == "nested") && !v.HasMembers(parent) && p.Field.Dynamic != "strict" && p.Field.Dynamic != "false" {
				return parent
			}
			return ""
		}
		if v.HasMembers(parent) {
			return "" // a plain object with listed members
		}
	}
	return ""
}

// HasMembers reports whether the view lists a field below parent.
func (v *View) HasMembers(parent string) bool {
	if len(parent) >= v.longest() {
		return false
	}
	below := v.catalog.below(parent)
	has := func(t *table) bool { return t.hasAny(below) }
	return slices.ContainsFunc(v.layers, has) || slices.ContainsFunc(v.loose, has)
}

// span are the names from one up to another: their numbers in the embedded catalog, and themselves.
type span struct {
	first, behind uint32
	from, to      string
}

// below are the names of the members of an object.
func (c *Catalog) below(parent string) span {
	from, to := parent+".", parent+"/" // "/" comes behind "."
	return span{c.data.From(from), c.data.From(to), from, to}
}

// hasAny reports whether a table has one of some names.
func (t *table) hasAny(s span) bool {
	if t.overlay != nil {
		list := t.overlay.Fields
		i, _ := slices.BinarySearchFunc(list, s.from, func(f Field, name string) int { return strings.Compare(f.Name, name) })
		return i < len(list) && list[i].Name < s.to
	}
	list := t.entries()
	i, _ := slices.BinarySearchFunc(list, s.first, compareEntry)
	return i < len(list) && list[i].Name < s.behind
}

// longestEmbedded is more than the length of the longest name in the embedded catalog.
const longestEmbedded = 256

// longest is no less than the length of the longest listed name.
func (v *View) longest() int {
	v.longestOnce.Do(func() {
		v.longestName = longestEmbedded
		for _, t := range slices.Concat(v.layers, v.loose) {
			if t.overlay != nil {
				for _, f := range t.overlay.Fields {
					v.longestName = max(v.longestName, len(f.Name))
				}
			}
		}
	})
	return v.longestName
}

// names yields every listed name of the view, some of them more than once.
func (v *View) names() func(func(string) bool) {
	return func(yield func(string) bool) {
		all := v.catalog.names()
		for _, t := range slices.Concat(v.layers, v.loose) {
			if t.overlay != nil {
				for _, f := range t.overlay.Fields {
					if !yield(f.Name) {
						return
					}
				}
				continue
			}
			for _, e := range t.entries() {
				if int(e.Name) < len(all) && !yield(all[e.Name]) {
					return
				}
			}
		}
	}
}

// owns reports whether a name lies in the part of the name space that a package uses and ECS does not: newer versions
// of the package may have added it.
func (c *Catalog) owns(pkgName, name string) bool {
	root, _, _ := strings.Cut(name, ".")
	if root == pkgName {
		return true
	}
	id, below := c.data.Find(root), c.below(root)
	uses := func(t *table) bool { return t.has(id) || t.hasAny(below) }
	if uses(c.tables["ecs/"+c.stacks[len(c.stacks)-1].ECS]) {
		return false
	}
	p := c.packages[pkgName]
	return p != nil && slices.ContainsFunc(p.streams, func(s *stream) bool { return uses(s.tables[0]) })
}
