package block

import (
	"regexp"
	"strings"
)

// legalVersion: any number of main parts without leading zeros, then what semantic versions allow.
var legalVersion = regexp.MustCompile(`^(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))*` +
	`(?:-(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*)?` +
	`(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$`)

// Marks within the key of a version: before the length of a number, after the main part with and without a pre-release.
const (
	numberMark     = 1
	preReleaseMark = 2
	releaseMark    = 3
	maxDigits      = 127
	emptyVersion   = "\x04"
)

// EncodeVersion maps a version to a key whose order is that of versions: numbers by value, a pre-release before its
// release, what is no version after all that are.
func EncodeVersion(s string) string {
	if s == "" { // comes behind all versions
		return emptyVersion
	}
	if !legalVersion.MatchString(s) {
		return s
	}
	rest, build, hasBuild := strings.Cut(s, "+")
	main, pre, hasPre := strings.Cut(rest, "-")
	var b strings.Builder
	if !prefixed(&b, main) {
		return s
	}
	if hasPre {
		b.WriteByte(preReleaseMark)
		b.WriteByte('-')
		if !prefixed(&b, pre) {
			return s
		}
	} else {
		b.WriteByte(releaseMark)
	}
	if hasBuild {
		b.WriteString("+" + build)
	}
	return b.String()
}

// prefixed writes s with a mark and the length before each group of digits.
func prefixed(b *strings.Builder, s string) bool {
	for i := 0; i < len(s); {
		n := 0
		for i+n < len(s) && s[i+n]-'0' <= 9 {
			n++
		}
		switch {
		case n > maxDigits:
			return false
		case n == 0:
			b.WriteByte(s[i])
			i++
			continue
		}
		b.WriteByte(numberMark)
		b.WriteByte(0x80 | byte(n))
		b.WriteString(s[i : i+n])
		i += n
	}
	return true
}

// DecodeVersion returns the version of a key.
func DecodeVersion(key string) string {
	if key == emptyVersion {
		return ""
	}
	if len(key) == 0 || key[0] != numberMark {
		return key
	}
	var b strings.Builder
	for i := 0; i < len(key); i++ {
		switch key[i] {
		case numberMark:
			i++ // the length
		case preReleaseMark, releaseMark:
		default:
			b.WriteByte(key[i])
		}
	}
	return b.String()
}
