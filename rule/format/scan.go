package format

import (
	"bytes"
	"slices"

	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
)

// stringLength returns the length of the TOML string that b starts with, quotes included, or of what there is of it.
func stringLength(b []byte) int {
	n, _ := tomlspan.StringEnd(b, 0)
	return n
}

// crlfInString reports whether a multi-line string holds a CRLF, which a change of line ends would alter.
func crlfInString(src []byte) bool {
	for i := 0; i < len(src); {
		switch src[i] {
		case '"', '\'':
			n := stringLength(src[i:])
			if bytes.Contains(src[i:i+n], []byte("\r\n")) {
				return true
			}
			i += n
		case '#':
			j := bytes.IndexByte(src[i:], '\n')
			if j < 0 {
				return false
			}
			i += j
		default:
			i++
		}
	}
	return false
}

// headerParts counts the parts of a table's name.
func headerParts(line []byte) int {
	parts := 1
	for i := 0; i < len(line) && line[i] != ']' && line[i] != '\n'; i++ {
		switch line[i] {
		case '.':
			parts++
		case '"', '\'':
			i += stringLength(line[i:]) - 1
		}
	}
	return parts
}

// sameTree reports whether two key trees hold the same keys and values in the same order; with anyOrder the order of
// keys in a table does not count.
func sameTree(a, b *rule.Node, anyOrder bool) bool {
	if a.Kind != b.Kind || a.Str != b.Str || a.Int != b.Int || a.Float != b.Float && a.Float == a.Float || a.Bool != b.Bool ||
		len(a.Children) != len(b.Children) {
		return false
	}
	for i, c := range a.Children {
		other := b.Children[i]
		if anyOrder && a.Kind == rule.TableNode {
			other = b.Get(c.Key)
		}
		if other == nil || c.Key != other.Key || !sameTree(c, other, anyOrder) {
			return false
		}
	}
	return true
}

func sameComments(a, b []rule.Comment, anyOrder bool) bool {
	texts := func(list []rule.Comment) []string {
		var out []string
		for _, c := range list {
			out = append(out, string(bytes.TrimRight([]byte(c.Text), " \t\r")))
		}
		if anyOrder {
			slices.Sort(out)
		}
		return out
	}
	return slices.Equal(texts(a), texts(b))
}

// sortMetadata orders the entries of [metadata] by key. src is laid out already: every entry begins at a line's start.
func sortMetadata(src []byte) []byte {
	doc := tomlspan.Parse(src)
	table := doc.Lookup("metadata")
	if len(doc.Errors) > 0 || table == nil || table.Kind != rule.TableNode || table.Inline || len(table.Children) == 0 {
		return src
	}
	type block struct {
		key  string
		text []byte
	}
	start := lineEnd(src, table.Span.End)
	at := start
	var blocks []block
	for _, c := range table.Children {
		if c.Kind == rule.TableNode && !c.Inline || c.Entry.Start < at {
			return src // sub-tables and dotted keys keep their order
		}
		end := lineEnd(src, c.Entry.End)
		blocks = append(blocks, block{c.Key, src[at:end]})
		at = end
	}
	slices.SortStableFunc(blocks, func(a, b block) int { return bytes.Compare([]byte(a.key), []byte(b.key)) })
	out := append([]byte(nil), src[:start]...)
	for _, b := range blocks {
		out = append(out, b.text...)
	}
	return layOut(append(out, src[at:]...))
}

// lineEnd returns the place behind the line break that follows the offset.
func lineEnd(src []byte, offset int) int {
	if i := bytes.IndexByte(src[offset:], '\n'); i >= 0 {
		return offset + i + 1
	}
	return len(src)
}
