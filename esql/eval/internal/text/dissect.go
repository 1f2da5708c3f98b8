// Package text takes texts apart: DISSECT, GROK, and the words of full-text search.
package text

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Dissect is a compiled pattern of DISSECT: keys with delimiters between them.
type Dissect struct {
	prefix string
	keys   []dissectKey
	// Names are the columns, in the order of the pattern, each once.
	Names     []string
	separator string
}

type dissectKey struct {
	name   string // empty: skipped
	target int    // of Names; -1 for skipped ones
	join   bool   // "+": appended to the value of the same name
	order  int    // "/n"
	pad    bool   // "->": the delimiter may be repeated
	after  string // the delimiter behind it
}

// NewDissect compiles a pattern.
func NewDissect(pattern, separator string) (*Dissect, error) {
	d := &Dissect{separator: separator}
	bad := fmt.Errorf("invalid pattern for DISSECT: `%s`", pattern)
	rest := pattern
	start := strings.Index(rest, "%{")
	if start < 0 {
		return nil, bad
	}
	d.prefix, rest = rest[:start], rest[start:]
	for rest != "" {
		end := strings.IndexByte(rest, '}')
		if end < 0 {
			return nil, bad
		}
		k, err := newDissectKey(rest[2:end])
		if err != nil {
			return nil, fmt.Errorf("%w in `%s`", err, pattern)
		}
		rest = rest[end+1:]
		// A delimiter has a character at least: that of two keys side by side is the second of them.
		next := len(rest)
		if rest != "" {
			if i := strings.Index(rest[1:], "%{"); i >= 0 {
				next = i + 1
			}
		}
		k.after, rest = rest[:next], rest[next:]
		if k.name == "" {
			k.target = -1
		} else if k.target = slices.Index(d.Names, k.name); k.target < 0 {
			k.target = len(d.Names)
			d.Names = append(d.Names, k.name)
		}
		d.keys = append(d.keys, k)
	}
	if len(d.Names) == 0 {
		return nil, bad
	}
	return d, nil
}

func newDissectKey(s string) (dissectKey, error) {
	var k dissectKey
	s, k.pad = strings.CutSuffix(s, "->")
	switch {
	case strings.HasPrefix(s, "?"), s == "":
		return k, nil
	case strings.HasPrefix(s, "+"):
		k.join = true
		s = s[1:]
		if name, order, ok := strings.Cut(s, "/"); ok {
			n, err := strconv.Atoi(order)
			if err != nil {
				return k, fmt.Errorf("`/%s` is no order", order)
			}
			s, k.order = name, n
		}
	case strings.HasPrefix(s, "*"), strings.HasPrefix(s, "&"):
		return k, fmt.Errorf("reference keys such as `%%{%s}` are not supported", s)
	}
	if s == "" {
		return k, fmt.Errorf("a key without a name")
	}
	k.name = s
	return k, nil
}

// Match takes a text apart. The values are those of Names; ok is false if the pattern does not fit.
func (d *Dissect) Match(s string) (values []string, ok bool) {
	if !strings.HasPrefix(s, d.prefix) {
		return nil, false
	}
	s = s[len(d.prefix):]
	if s == "" { // there is nothing to take apart
		return nil, false
	}
	found := make([]string, len(d.keys))
	for i := 0; i < len(d.keys); i++ {
		k := d.keys[i]
		if k.after == "" {
			found[i], s = s, ""
			continue
		}
		at := strings.Index(s, k.after)
		if at < 0 {
			return nil, false
		}
		found[i], s = s[:at], s[at+len(k.after):]
		// A delimiter that follows at once is padding, or ends the next key with an empty value.
		for strings.HasPrefix(s, k.after) {
			s = s[len(k.after):]
			if !k.pad && i+1 < len(d.keys) {
				i++
			}
		}
	}
	return d.assemble(found), true
}

func (d *Dissect) assemble(found []string) []string {
	values := make([]string, len(d.Names))
	parts := make([][]int, len(d.Names))
	for i, k := range d.keys {
		if k.target >= 0 {
			parts[k.target] = append(parts[k.target], i)
		}
	}
	for t, list := range parts {
		slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(d.keys[a].order, d.keys[b].order) })
		for n, i := range list {
			switch {
			case n == 0:
				values[t] = found[i]
			case d.keys[i].join || d.keys[list[0]].join:
				values[t] += d.separator + found[i]
			default:
				values[t] = found[i]
			}
		}
	}
	return values
}
