package rule

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/source"
)

// One slip in the structure of a file makes many breaches: keys under a lost header are unknown in the table above it and missing in
// their own. What is here finds the slip and takes the rest away.

// lostTable is a table of the format that has no header in the file: it is absent, or only headers of its sub-tables are left.
type lostTable struct {
	path   []string // from the root
	node   *Node    // what is left of it; nil if it is absent
	parent *Node
	schema *schema // of the table, of an element where it is an array
	array  bool    // written [[path]]
}

// header is the header of the table as it has to be written.
func (t lostTable) header() string {
	path := strings.Join(t.path, ".")
	if t.array {
		return "[[" + path + "]]"
	}
	return "[" + path + "]"
}

// maxLost bounds the tables without a header that are looked at: a file with more is no rule.
const maxLost = 50

// lostTables lists the tables without a header: [metadata] and [rule] if they are absent, and all of which only sub-tables are left.
func (v *validator) lostTables() []lostTable {
	var out []lostTable
	root := &schema{Properties: map[string]*schema{"metadata": ruleSchema().Definitions["metadata"], "rule": ruleSchema().Definitions["rule_untyped"]}}
	for _, key := range []string{"metadata", "rule"} {
		if v.f.Root.Get(key) == nil && v.lacks(v.f.Root, key) {
			out = append(out, lostTable{path: []string{key}, parent: v.f.Root, schema: root.Properties[key]})
		}
	}
	var walk func(n *Node, s *schema, path []string)
	walk = func(n *Node, s *schema, path []string) {
		for _, c := range n.Children {
			if len(out) >= maxLost {
				return
			}
			p := s.Properties[c.Key]
			if p == nil {
				continue
			}
			here, array := append(slices.Clip(path), c.Key), p.Items != nil
			if array {
				p = p.Items
			}
			switch {
			case c.Form == source.FromSubheader:
				out = append(out, lostTable{path: here, node: c, parent: n, schema: p, array: array})
				walk(c, p, here)
			case c.Form == source.FromHeader:
				walk(c, p, here)
			case c.Form == source.FromArrayHead:
				for _, e := range c.Children {
					walk(e, p, here)
				}
			}
		}
	}
	walk(v.f.Root, root, nil)
	return out
}

// lacks reports whether a table lacks a required key.
func (v *validator) lacks(table *Node, key string) bool { return slices.Contains(v.absent[table], key) }

// settle marks what is left of a table as explained: nothing is said of what it lacks or of its form.
func (v *validator) settle(t lostTable) {
	if t.node != nil {
		v.halves[t.node] = true
	}
	v.take(t.parent, t.path[len(t.path)-1])
	v.doubtful = append(v.doubtful, strings.Join(t.path, "."))
}

// findLostHeaders finds the runs of keys that lost the header above them: all keys that a table does not know are keys of one
// table without a header.
func (v *validator) findLostHeaders() {
	unknown := map[*Node][]*Node{} // by the table they stand in
	var tables []breach            // the first of each table
	for _, b := range v.breaches {
		if b.keyword == "additionalProperties" && v.meant[b.node] == "" && !slices.Contains(unknown[b.parent], b.node) {
			if unknown[b.parent] == nil {
				tables = append(tables, b)
			}
			if len(unknown[b.parent]) < maxGuesses {
				unknown[b.parent] = append(unknown[b.parent], b.node)
			}
		}
	}
	if len(tables) == 0 || len(tables) > maxLost {
		return
	}
	lost := v.lostTables()
	for _, b := range tables {
		keys := unknown[b.parent]
		i := slices.IndexFunc(lost, func(t lostTable) bool { return t.node != b.parent && t.knows(keys) })
		if i >= 0 {
			v.lostHeader(lost[i], b.parent, keys)
			lost = slices.Delete(lost, i, i+1)
		} else if t, ok := below(b); ok && len(keys) > 1 && t.knows(keys) {
			v.lostHeader(t, b.parent, keys)
		}
	}
}

// knows reports whether nodes are entries, and all of them keys of the table.
func (t lostTable) knows(keys []*Node) bool {
	return !slices.ContainsFunc(keys, func(n *Node) bool { return !entry(n) || t.schema.Properties[n.Key] == nil })
}

// below is the sub-table whose header may be missing above a key that a table does not know: one that it may have, or have more of.
func below(b breach) (lostTable, bool) {
	for _, key := range slices.Sorted(maps.Keys(b.schema.Properties)) {
		p := b.schema.Properties[key]
		array := p.Items != nil
		if array {
			p = p.Items
		}
		if p.Properties[b.node.Key] != nil && (array || b.parent.Get(key) == nil) {
			return lostTable{path: append(slices.Clone(b.path[:len(b.path)-1]), key), parent: b.parent, schema: p, array: array}, true
		}
	}
	return lostTable{}, false
}

// entry reports a node that is a "key = value" line.
func entry(n *Node) bool { return n.Form == source.FromValue || n.Form == source.FromDotted }

// lostHeader reports a run of keys without their header, at the first of them.
func (v *validator) lostHeader(t lostTable, table *Node, keys []*Node) {
	v.settle(t)
	for _, n := range keys {
		v.explained[n] = true
	}
	first := keys[0]
	d := Diagnostic{Message: fmt.Sprintf("the header %s is missing above %s", t.header(), Quote(first.Key)),
		Hint: "write " + t.header() + " on a line of its own there"}
	if t.node != nil {
		d.Related = []Related{{Span: t.node.KeySpan, Message: "its sub-tables stand here"}}
	}
	if table != v.f.Root {
		d.Related = append(d.Related, Related{Span: table.Span, Message: "without it, the keys belong to this table"})
	}
	if wrong := v.wrongHeader(table, keys); wrong != (Span{}) {
		d.Message = fmt.Sprintf("%s is the header of another table, expected %s above %s", Quote(v.f.text[wrong.Start:wrong.End]), t.header(), Quote(first.Key))
		d.Hint = "write " + t.header() + " in place of it"
		d.Fixes = []Fix{{Message: "replace it by " + t.header(), Edits: []Edit{{Span: wrong, New: t.header()}}}}
		d.Related = append(d.Related, Related{Span: first.KeySpan, Message: "the first of its keys"})
		v.add("schema/table-missing", wrong, d)
		return
	}
	if v.last(table, keys) {
		d.Fixes = []Fix{{Message: "insert " + t.header(), Edits: []Edit{{Span: Span{Start: first.Entry.Start, End: first.Entry.Start}, New: t.header() + "\n"}}}}
	}
	v.add("schema/table-missing", first.KeySpan, d)
}

// wrongHeader is the header directly above the first of the keys, if it has the name of a table that it does not start: it stands
// a second time, or has no other keys. Zero if there is none.
func (v *validator) wrongHeader(table *Node, keys []*Node) Span {
	above := strings.TrimRight(v.f.text[:keys[0].Entry.Start], " \t\r\n")
	start := strings.LastIndexByte(above, '\n') + 1
	header := above[start:]
	if !strings.HasPrefix(header, "[") || !strings.HasSuffix(header, "]") || strings.HasPrefix(header, "[[") || strings.Contains(header, "#") {
		return Span{}
	}
	if strings.Count("\n"+v.f.text, "\n"+header) < 2 && len(table.Children) > len(keys) {
		return Span{}
	}
	return Span{Start: start, End: len(above)}
}

// last reports whether no key of another table follows the first of the keys, so that a header in front of them takes nothing else along.
func (v *validator) last(table *Node, keys []*Node) bool {
	for _, c := range table.Children {
		if entry(c) && c.Entry.Start > keys[0].Entry.Start && !slices.Contains(keys, c) {
			return false
		}
	}
	return true
}

// findStrays finds the unknown keys that are missing in another table, and the unknown tables whose sub-tables stand at the right place.
func (v *validator) findStrays() {
	var lost []lostTable
	for i, b := range v.breaches {
		if b.keyword != "additionalProperties" || v.meant[b.node] != "" || v.explained[b.node] || i >= maxGuesses {
			continue
		}
		if lost == nil {
			lost = v.lostTables()
		}
		n := b.node
		if t := slices.IndexFunc(lost, func(t lostTable) bool { return t.path[len(t.path)-1] == n.Key && t.node != nil && !entry(n) }); t >= 0 {
			v.settle(lost[t])
			v.left[n] = lost[t].node
			v.homes[n] = lost[t].header()
			continue
		}
		if t := slices.IndexFunc(lost, func(t lostTable) bool {
			return n.Form == source.FromHeader && t.parent == b.parent && len(n.Children) > 0 && t.knows(n.Children)
		}); t >= 0 {
			v.meant[n] = lost[t].path[len(lost[t].path)-1]
			v.settle(lost[t])
			v.left[n] = lost[t].node
			continue
		}
		if inner := n.Children; n.Form == source.FromDotted && len(inner) == 1 && v.lacks(b.parent, inner[0].Key) {
			v.take(b.parent, inner[0].Key)
			v.inside[n] = inner[0].Key
			continue
		}
		v.strayKey(n)
	}
}

// take removes a key from what a table lacks.
func (v *validator) take(table *Node, key string) {
	v.absent[table] = slices.DeleteFunc(v.absent[table], func(k string) bool { return k == key })
}

// strayKey looks for the table that lacks an unknown key: the last one above it, or else the first below.
func (v *validator) strayKey(n *Node) {
	var home *breach
	for i := range v.breaches {
		b := &v.breaches[i]
		if b.keyword != "required" || b.key != n.Key || b.node == v.f.Root || !v.lacks(b.node, b.key) {
			continue
		}
		if home == nil || b.node.Span.Start < n.Entry.Start {
			home = b
		}
	}
	if home == nil {
		return
	}
	v.take(home.node, home.key)
	v.homes[n] = place(home.node, home.path)
	if !entry(n) {
		v.homes[n] = "[" + strings.Join(append(slices.Clone(home.path), n.Key), ".") + "]"
	}
}

// reheader is a fix that gives a table, or each of an array of them, another header; nil if headers of sub-tables repeat its name.
func reheader(n *Node, header string) []Fix {
	tables := []*Node{n}
	if n.Form == source.FromArrayHead {
		tables = n.Children
	}
	fix := Fix{Message: "write " + header}
	for _, t := range tables {
		if t.Form != source.FromHeader || slices.ContainsFunc(t.Children, func(c *Node) bool { return !entry(c) }) {
			return nil
		}
		fix.Edits = append(fix.Edits, Edit{Span: t.Span, New: header})
	}
	return []Fix{fix}
}
