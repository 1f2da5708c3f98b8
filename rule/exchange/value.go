package exchange

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/rule"
)

// value is a JSON value. Numbers keep their text, so that 1.0 stays 1.0. Members of an object keep no order: both files
// that are written have one of their own.
type value struct {
	kind    rule.NodeKind // TableNode, ArrayNode, StringNode, IntegerNode, FloatNode, BoolNode or NullNode
	text    string        // of a string the value, of a number how JSON writes it
	truth   bool
	list    []*value
	members map[string]*value
}

func object() *value              { return &value{kind: rule.TableNode, members: map[string]*value{}} }
func text(s string) *value        { return &value{kind: rule.StringNode, text: s} }
func boolean(b bool) *value       { return &value{kind: rule.BoolNode, truth: b} }
func null() *value                { return &value{kind: rule.NullNode} }
func array(list ...*value) *value { return &value{kind: rule.ArrayNode, list: list} }
func integer(n int) *value        { return &value{kind: rule.IntegerNode, text: strconv.Itoa(n)} }

func texts(list []string) *value {
	out := array()
	for _, s := range list {
		out.list = append(out.list, text(s))
	}
	return out
}

// fromNode copies the tree of a file. It fails for what JSON does not have: a date of TOML, infinity.
func fromNode(f *rule.File, n *rule.Node) (*value, error) {
	v := &value{kind: n.Kind}
	switch n.Kind {
	case rule.TableNode:
		v.members = make(map[string]*value, len(n.Children))
		for _, c := range n.Children {
			m, err := fromNode(f, c)
			if err != nil {
				return nil, err
			}
			v.members[c.Key] = m
		}
	case rule.ArrayNode:
		for _, c := range n.Children {
			e, err := fromNode(f, c)
			if err != nil {
				return nil, err
			}
			v.list = append(v.list, e)
		}
	case rule.StringNode:
		v.text = n.Str
	case rule.BoolNode:
		v.truth = n.Bool
	case rule.IntegerNode:
		v.text = strconv.FormatInt(n.Int, 10)
		if written := f.Slice(n.Span); written == "-0" {
			v.text = written
		}
	case rule.FloatNode:
		v.text = f.Slice(n.Span)
		if !json.Valid([]byte(v.text)) {
			b, err := json.Marshal(n.Float)
			if err != nil {
				return nil, &placeError{n.Span, fmt.Sprintf("%s is no number that JSON knows", rule.Quote(v.text))}
			}
			v.text = string(b)
		}
	case rule.DateNode:
		return nil, &placeError{n.Span, fmt.Sprintf("%s is a date of TOML, which JSON does not know: put it in quotes", rule.Quote(n.Str))}
	}
	return v, nil
}

// placeError is an error with its place in the file.
type placeError struct {
	span    rule.Span
	message string
}

func (e *placeError) Error() string { return e.message }

// get follows keys; nil if they lead nowhere. It may be called on nil.
func (v *value) get(keys ...string) *value {
	for _, k := range keys {
		if v == nil {
			return nil
		}
		v = v.members[k]
	}
	return v
}

// str is the string at a key, or "".
func (v *value) str(key string) string {
	if c := v.get(key); c != nil && c.kind == rule.StringNode {
		return c.text
	}
	return ""
}

// strings are the strings of the list at a key.
func (v *value) strings(key string) []string {
	c := v.get(key)
	if c == nil {
		return nil
	}
	var out []string
	for _, e := range c.list {
		if e.kind == rule.StringNode {
			out = append(out, e.text)
		}
	}
	return out
}

// take removes a member and returns it.
func (v *value) take(key string) *value {
	m := v.members[key]
	delete(v.members, key)
	return m
}

// keys are the names of the members, sorted.
func (v *value) keys() []string {
	out := make([]string, 0, len(v.members))
	for k := range v.members {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// clone copies a value.
func (v *value) clone() *value {
	out := *v
	if v.members != nil {
		out.members = make(map[string]*value, len(v.members))
		for k, m := range v.members {
			out.members[k] = m.clone()
		}
	}
	out.list = slices.Clone(v.list)
	for i, e := range out.list {
		out.list[i] = e.clone()
	}
	return &out
}

// difference is the JSON pointer of the first place where two values differ, "" where they do not.
func difference(a, b *value, at string) (string, bool) {
	if a == nil || b == nil || a.kind != b.kind || a.text != b.text || a.truth != b.truth || len(a.list) != len(b.list) {
		return at, a != b
	}
	for i := range a.list {
		if where, differ := difference(a.list[i], b.list[i], at+"/"+strconv.Itoa(i)); differ {
			return where, true
		}
	}
	for _, k := range a.keys() {
		if where, differ := difference(a.members[k], b.members[k], at+"/"+pointerPart(k)); differ {
			return where, true
		}
	}
	for _, k := range b.keys() {
		if a.members[k] == nil {
			return at + "/" + pointerPart(k), true
		}
	}
	return "", false
}

func pointerPart(key string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
}

func pointerKeys(pointer string) []string {
	parts := strings.Split(pointer, "/")[1:]
	for i, p := range parts {
		parts[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(p)
	}
	return parts
}

// takeNulls removes the members that are null, at any depth, and returns their pointers. It reports false for a list that
// holds null, which TOML cannot say.
func (v *value) takeNulls(at string, pointers *[]string) bool {
	ok := true
	for _, k := range v.keys() {
		m, p := v.members[k], at+"/"+pointerPart(k)
		if m.kind == rule.NullNode {
			*pointers = append(*pointers, p)
			delete(v.members, k)
			continue
		}
		ok = m.takeNulls(p, pointers) && ok
	}
	for i, e := range v.list {
		if e.kind == rule.NullNode {
			ok = false
			continue
		}
		ok = e.takeNulls(at+"/"+strconv.Itoa(i), pointers) && ok
	}
	return ok
}

// putNull sets the member that a pointer leads to, where its parent is still there and has no such member.
func (v *value) putNull(pointer string) {
	if !strings.HasPrefix(pointer, "/") {
		return
	}
	keys := pointerKeys(pointer)
	last := keys[len(keys)-1]
	for _, k := range keys[:len(keys)-1] {
		if v.kind == rule.ArrayNode {
			i, err := strconv.Atoi(k)
			if err != nil || i < 0 || i >= len(v.list) {
				return
			}
			v = v.list[i]
			continue
		}
		if v = v.get(k); v == nil {
			return
		}
	}
	if v.kind == rule.TableNode && v.members[last] == nil {
		v.members[last] = null()
	}
}

// appendJSON writes a value on one line, keys sorted.
func (v *value) appendJSON(b []byte) []byte {
	switch v.kind {
	case rule.TableNode:
		b = append(b, '{')
		for i, k := range v.keys() {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, k), ':')
			b = v.members[k].appendJSON(b)
		}
		return append(b, '}')
	case rule.ArrayNode:
		b = append(b, '[')
		for i, e := range v.list {
			if i > 0 {
				b = append(b, ',')
			}
			b = e.appendJSON(b)
		}
		return append(b, ']')
	case rule.StringNode:
		return appendString(b, v.text)
	case rule.BoolNode:
		return strconv.AppendBool(b, v.truth)
	case rule.NullNode:
		return append(b, "null"...)
	}
	return append(b, v.text...)
}

// appendString writes a JSON string. Only what JSON demands is escaped, so that queries stay readable.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r < 0x20 || r == 0x2028 || r == 0x2029 || r == 0x7f:
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			b = append(b, string(r)...)
		}
	}
	return append(b, '"')
}
