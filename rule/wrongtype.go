package rule

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/source"
)

// wrongType words a value of another type than the schema's, with a fix where the value says what was meant.
func (v *validator) wrongType(b breach, code string) {
	n, at := b.node, b.node.Span
	want := expected(b.schema)
	d := Diagnostic{Message: fmt.Sprintf("%s is %s, expected %s", name(b), n.Describe(), want)}
	switch n.Kind {
	case TableNode, ArrayNode:
		if n.Form != source.FromValue && n.KeySpan != (Span{}) {
			at = n.KeySpan
		}
	default:
		d.Message = fmt.Sprintf("%s is %s %s, expected %s", name(b), n.Describe(), Quote(v.f.text[n.Span.Start:n.Span.End]), want)
	}
	if len(b.path) == 1 && n.Kind != TableNode && b.schema.Type.allow(&Node{Kind: TableNode}) {
		d.Hint = fmt.Sprintf("write a table: [%s]", b.path[0])
	} else if path := strings.Join(b.path, "."); n.Form == source.FromArrayHead && b.schema.Type.allow(&Node{Kind: TableNode}) {
		d.Hint = "write [" + path + "]"
	} else if n.Form == source.FromHeader && want == "an array of tables" {
		d.Hint = "write [[" + path + "]]"
	}
	if n.Form == source.FromArrayHead && len(n.Children) == 1 && b.schema.Type.allow(&Node{Kind: TableNode}) {
		d.Fixes = reheader(n, "["+strings.Join(b.path, ".")+"]")
	}
	if message, text := v.converted(b); message != "" {
		d.Fixes = []Fix{{Message: message, Edits: []Edit{{Span: n.Span, New: text}}}}
	}
	v.add(code, at, d)
}

// expected words the types of a schema.
func expected(s *schema) string {
	var words []string
	for _, t := range s.Type {
		switch t {
		case "object":
			words = append(words, "a table")
		case "array":
			words = append(words, arrayOf(s.Items))
		case "integer":
			words = append(words, "an integer")
		default:
			words = append(words, "a "+t)
		}
	}
	return strings.Join(words, " or ")
}

func arrayOf(items *schema) string {
	switch {
	case items == nil || len(items.Type) != 1:
		return "an array"
	case items.Type[0] == "object":
		return "an array of tables"
	case items.Type[0] == "array":
		return "an array of arrays"
	}
	return "an array of " + items.Type[0] + "s"
}

// converted proposes a value of the right type: a verb phrase and the new text, or "".
func (v *validator) converted(b breach) (message, text string) {
	n := b.node
	raw := v.f.text[n.Span.Start:n.Span.End]
	for _, t := range b.schema.Type {
		switch t {
		case "integer":
			text = asInteger(n)
		case "boolean":
			if s := strings.ToLower(n.Str); n.Kind == StringNode && (s == "true" || s == "false") {
				text = s
			}
		case "string":
			text = asString(n, raw)
		case "array":
			if arrayOf(b.schema.Items) == "an array of strings" && n.Kind == StringNode {
				text = "[" + raw + "]"
			} else if arrayOf(b.schema.Items) == "an array of tables" && n.Kind == TableNode && n.Form == source.FromHeader {
				text = "[" + raw + "]"
			}
		}
		if text != "" {
			return "write " + Quote(text), text
		}
	}
	return "", ""
}

func asInteger(n *Node) string {
	switch n.Kind {
	case StringNode:
		if i, err := strconv.ParseInt(strings.TrimSpace(n.Str), 10, 64); err == nil {
			return strconv.FormatInt(i, 10)
		}
	case FloatNode:
		if n.Float == math.Trunc(n.Float) && math.Abs(n.Float) < 1<<53 {
			return strconv.FormatInt(int64(n.Float), 10)
		}
	}
	return ""
}

// asString quotes a number, boolean or date, and takes the only string out of an array.
func asString(n *Node, raw string) string {
	switch n.Kind {
	case DateNode:
		return QuoteTOML(strings.ReplaceAll(raw, "-", "/"))
	case IntegerNode, FloatNode, BoolNode:
		return QuoteTOML(raw)
	case ArrayNode:
		if len(n.Children) == 1 && n.Children[0].Kind == StringNode {
			return n.Spelling.Doc[n.Children[0].Span.Start:n.Children[0].Span.End]
		}
	}
	return ""
}
