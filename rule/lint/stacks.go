package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// version is a stack version, major, minor, patch.
type version [3]int

func (v version) String() string { return fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2]) }

func (v version) compare(w version) int { return slices.CompareFunc(v[:], w[:], cmp.Compare) }

// parseVersion reads X.Y or X.Y.Z; what follows the third number is ignored.
func parseVersion(s string) (v version, ok bool) {
	for i, part := range strings.SplitN(s, ".", 3) {
		digits := strings.TrimRight(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-.")
		if j := strings.IndexFunc(part, func(r rune) bool { return r < '0' || r > '9' }); j >= 0 {
			digits = part[:j]
		}
		n, err := strconv.Atoi(digits)
		if err != nil || i < 2 && digits != part {
			return v, false
		}
		v[i] = n
		ok = i >= 1
	}
	return v, ok
}

// defaultStacks are the stacks that upstream supports at package version 9.6 (spec/rule-format.md section 8).
func defaultStacks() []version {
	return []version{{8, 19, 0}, {9, 3, 0}, {9, 4, 0}, {9, 5, 0}, {9, 6, 0}}
}

// stacks lists the supported stacks, oldest first; it is never empty.
func (c *Config) stacks() []version {
	var out []version
	for _, s := range c.Stacks {
		if v, ok := parseVersion(s); ok {
			out = append(out, v)
		}
	}
	if len(out) == 0 {
		return defaultStacks()
	}
	slices.SortFunc(out, version.compare)
	return slices.Compact(out)
}
