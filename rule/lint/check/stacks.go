package check

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Version is a stack version, major, minor, patch.
type Version [3]int

func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2]) }

// Compare is negative if v is older than w, 0 if they are equal, positive if it is newer.
func (v Version) Compare(w Version) int { return slices.CompareFunc(v[:], w[:], cmp.Compare) }

// ParseVersion reads X.Y or X.Y.Z; what follows the third number is ignored.
func ParseVersion(s string) (v Version, ok bool) {
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

// defaultStacks are the stacks that upstream supports at package version 9.6.
func defaultStacks() []Version {
	return []Version{{8, 19, 0}, {9, 3, 0}, {9, 4, 0}, {9, 5, 0}, {9, 6, 0}}
}

// StackVersions lists the supported stacks, oldest first; it is never empty.
func (c *Config) StackVersions() []Version {
	var out []Version
	for _, s := range c.Stacks {
		if v, ok := ParseVersion(s); ok {
			out = append(out, v)
		}
	}
	if len(out) == 0 {
		return defaultStacks()
	}
	slices.SortFunc(out, Version.Compare)
	return slices.Compact(out)
}
