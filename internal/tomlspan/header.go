package tomlspan

import (
	"fmt"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/rulevet/rulevet/source"
)

// header handles [a.b] and [[a.b]].
func (b *builder) header(e *unstable.Node) int {
	parts := b.keyParts(e.Key())
	last := parts[len(parts)-1]
	head := b.headerSpan(parts, e.Kind == unstable.ArrayTable)
	b.merging, b.repeated = false, nil
	b.echo = below(b.again, parts)
	if !b.echo {
		b.again = nil
	}
	if len(parts) > MaxDepth {
		b.tooDeep(head)
		return head.End
	}
	if below(b.refused, parts) {
		b.detach(last, head)
		return head.End
	}
	b.refused = nil
	b.path = append(b.path[:0], b.d.Root)
	parent := b.d.Root
	for _, p := range parts[:len(parts)-1] {
		n := b.get(parent, p.name)
		switch {
		case n == nil:
			n = b.headed(source.TableNode, source.FromSubheader, p, head)
			b.add(parent, n)
		case n.Form == source.FromArrayHead:
			b.path = append(b.path, n)
			n = n.Children[len(n.Children)-1]
		case n.Form == source.FromValue:
			b.conflict(p, n, "a table")
			b.refused = names(parts)
			b.detach(last, head)
			return head.End
		}
		b.path = append(b.path, n)
		parent = n
	}
	if e.Kind == unstable.ArrayTable {
		if !b.arrayHeader(parent, last, head) {
			b.refused = names(parts)
		}
	} else if !b.tableHeader(parent, last, head) {
		b.refused = names(parts)
	} else if b.merging && !b.echo {
		b.again = names(parts)
	}
	for _, n := range b.path {
		n.Entry.End = max(n.Entry.End, head.End)
	}
	return head.End
}

// names lists the parts of a key.
func names(parts []keyPart) []string {
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = p.name
	}
	return out
}

// below reports a key of something in a table, whose path may be nil for none.
func below(table []string, parts []keyPart) bool {
	if table == nil || len(parts) <= len(table) {
		return false
	}
	for i, name := range table {
		if parts[i].name != name {
			return false
		}
	}
	return true
}

// headerSpan is the header with its brackets, which the parser does not give.
func (b *builder) headerSpan(parts []keyPart, array bool) Span {
	s := Span{Start: parts[0].span.Start, End: parts[len(parts)-1].span.End}
	for b.d.Text[s.Start] != '[' {
		s.Start--
	}
	for b.d.Text[s.End] != ']' {
		s.End++
	}
	s.End++
	if array {
		s.Start--
		s.End++
	}
	return s
}

// headed is a new node that a header makes.
func (b *builder) headed(kind source.Kind, form source.Form, key keyPart, head Span) *Node {
	n := b.newNode(kind, form)
	n.Key, n.KeySpan, n.Span, n.Entry = key.name, key.span, head, head
	return n
}

// detach sends the entries that follow to a table outside the tree.
func (b *builder) detach(key keyPart, head Span) {
	n := b.headed(source.TableNode, source.FromHeader, key, head)
	b.table = n
	b.path = append(b.path[:0], n)
}

// tableHeader handles [key] in a table; false if the key is something else already.
func (b *builder) tableHeader(parent *Node, key keyPart, head Span) bool {
	n := b.get(parent, key.name)
	switch {
	case n == nil:
		n = b.headed(source.TableNode, source.FromHeader, key, head)
		b.add(parent, n)
	case n.Form == source.FromSubheader:
		n.Form = source.FromHeader
		n.KeySpan, n.Span = key.span, head
	case n.Form == source.FromHeader:
		if !b.echo {
			b.report(Error{Kind: Duplicate, Span: head,
				Message: fmt.Sprintf("table %s is defined twice", b.quote(head)),
				Hint:    "move these keys to the first one",
				Related: []source.Related{{Span: n.Span, Message: "first defined here"}}})
		}
		b.merging = true
	default:
		b.conflict(key, n, "a table")
		b.detach(key, head)
		return false
	}
	b.table = n
	b.path = append(b.path, n)
	return true
}

// arrayHeader handles [[key]] in a table; false if the key is something else already.
func (b *builder) arrayHeader(parent *Node, key keyPart, head Span) bool {
	arr := b.get(parent, key.name)
	switch {
	case arr == nil:
		arr = b.headed(source.ArrayNode, source.FromArrayHead, key, head)
		b.add(parent, arr)
	case arr.Form != source.FromArrayHead:
		b.conflict(key, arr, "an array of tables")
		b.detach(key, head)
		return false
	}
	n := b.newNode(source.TableNode, source.FromHeader)
	n.Span, n.Entry = head, head
	b.add(arr, n)
	b.table = n
	b.path = append(b.path, arr, n)
	return true
}
