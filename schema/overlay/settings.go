package overlay

import "strings"

// normalizers reads the normalizers of the settings of an index: name to filters, separated by commas. Settings may be nested
// or dotted, with "index." before them or not.
func normalizers(settings *node) map[string]string {
	out := map[string]string{}
	flatten(settings, "", func(path string, values []string) {
		path = strings.TrimPrefix(path, "index.")
		rest, ok := strings.CutPrefix(path, "analysis.normalizer.")
		name, filters := strings.CutSuffix(rest, ".filter")
		if ok && filters {
			out[name] = strings.Join(values, ",")
		}
	})
	return out
}

// flatten calls f for each scalar and list of scalars of an object, with the dotted path that leads to it.
func flatten(n *node, path string, f func(path string, values []string)) {
	switch {
	case n == nil:
	case n.kind == object:
		for _, m := range n.members {
			at := m.key
			if path != "" {
				at = path + "." + m.key
			}
			flatten(m.val, at, f)
		}
	case n.kind == list:
		var values []string
		for _, e := range n.elems {
			values = append(values, e.str())
		}
		f(path, values)
	case n.kind == scalar:
		f(path, []string{n.text})
	}
}
