package rule

import "strings"

// Shrink drops what the file holds but for the values of some keys ("rule.tags", "metadata.maturity") with all that is in them, so
// that many files can be kept at once. Root has these keys only, and Rule and Metadata say what they say; comments are gone. Src, the
// positions in it, and Query stay.
func (f *File) Shrink(keep ...string) {
	root := bare(f.Root)
	for _, path := range keep {
		from, to := f.Root, root
		parts := strings.Split(path, ".")
		for i, key := range parts {
			child := from.Get(key)
			if child == nil {
				break
			}
			copied := to.Get(key)
			if i == len(parts)-1 {
				if copied == nil {
					to.Children = append(to.Children, copyOf(child))
				}
				break
			}
			if copied == nil {
				copied = bare(child)
				to.Children = append(to.Children, copied)
			}
			from, to = child, copied
		}
	}
	query := f.Query
	f.Root, f.Rule, f.Metadata, f.Comments = root, &Rule{}, &Metadata{}, nil
	f.fill()
	f.Query = query
}

// bare is a node without children.
func bare(n *Node) *Node {
	return &Node{Kind: n.Kind, Key: n.Key, KeySpan: n.KeySpan, Span: n.Span, Entry: n.Entry, Str: n.Str, Int: n.Int, Float: n.Float,
		Bool: n.Bool, Inline: n.Inline, Form: n.Form, Spelling: n.Spelling}
}

// copyOf is a node in memory of its own.
func copyOf(n *Node) *Node {
	out := bare(n)
	if len(n.Children) > 0 {
		out.Children = make([]*Node, len(n.Children))
		for i, c := range n.Children {
			out.Children[i] = copyOf(c)
		}
	}
	return out
}
