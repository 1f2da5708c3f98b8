package predicate

import (
	"regexp"
	"strconv"
	"strings"
)

// Versions are legal with any number of main parts, without leading zeros, as Elasticsearch's version type has it.
var legalVersion = regexp.MustCompile(`^(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))*` +
	`(?:-(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*)?` +
	`(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$`)

// VersionKey maps a version to a text whose order is the version's: numbers by value, a pre-release before its release, of
// which the parts compare by value if they are numbers and else as texts, numbers first; what is no version after all that
// are, and the empty text last.
func VersionKey(s string) string {
	if s == "" {
		return "\xff\xff"
	}
	if !legalVersion.MatchString(s) {
		return "\xff" + s
	}
	rest, build, hasBuild := strings.Cut(s, "+")
	main, pre, hasPre := strings.Cut(rest, "-")
	var b strings.Builder
	lengthPrefixed(&b, main)
	if !hasPre {
		b.WriteByte(3)
	} else {
		b.WriteByte(2)
		for _, part := range strings.Split(pre, ".") {
			if strings.Trim(part, "0123456789") == "" {
				b.WriteByte(1)
				lengthPrefixed(&b, part)
			} else {
				b.WriteByte(2)
				b.WriteString(part)
			}
			b.WriteByte(0) // less than any character, so that a text comes before longer ones
		}
		b.WriteByte(0)
	}
	if hasBuild {
		b.WriteString("+" + build)
	}
	return b.String()
}

// lengthPrefixed writes s with the length in front of every group of digits, so that longer numbers sort later.
func lengthPrefixed(b *strings.Builder, s string) {
	for i := 0; i < len(s); {
		n := 0
		for i+n < len(s) && s[i+n]-'0' <= 9 {
			n++
		}
		if n == 0 {
			b.WriteByte(s[i])
			i++
			continue
		}
		size := strconv.Itoa(n)
		b.WriteByte(0x80 | byte(len(size)))
		b.WriteString(size + s[i:i+n])
		i += n
	}
}
