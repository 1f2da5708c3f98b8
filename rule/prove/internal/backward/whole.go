package backward

import (
	"regexp"
	"strings"
)

var anyKey = regexp.MustCompile(`%\{([^}]*)\}`)

// dissectText fills in the keys of a pattern of DISSECT.
func dissectText(pattern string, pieces map[string]string) string {
	return anyKey.ReplaceAllStringFunc(pattern, func(s string) string {
		key, _, _ := strings.Cut(strings.TrimSuffix(strings.TrimLeft(s[2:len(s)-1], "+?"), "->"), "/")
		if v, ok := pieces[key]; ok {
			return v
		}
		return "x"
	})
}
