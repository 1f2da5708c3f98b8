package esdate

import (
	"fmt"
	"strings"
	"time"

	"github.com/rulevet/rulevet/internal/wording"
)

// Zone reads a time zone as java.time.ZoneId does: Z, an offset +h, +HH, +HHmm, +HH:mm with seconds or without, UTC, GMT or UT with or
// without an offset, or the name of a region. UTC is nil.
func Zone(name string) (*time.Location, error) {
	switch name {
	case "", "Z", "Zulu", "UTC", "GMT", "UT":
		return nil, nil
	}
	rest := name
	for _, prefix := range []string{"UTC", "GMT", "UT"} {
		if after, ok := strings.CutPrefix(name, prefix); ok {
			rest = after
			break
		}
	}
	if rest != "" && (rest[0] == '+' || rest[0] == '-') {
		if len(rest) == 2 {
			rest = rest[:1] + "0" + rest[1:]
		}
		for _, layout := range []string{"-07:00", "-0700", "-07", "-07:00:00", "-070000"} {
			if t, err := time.Parse(layout, rest); err == nil && within18(t) {
				return t.Location(), nil
			}
		}
		return nil, fmt.Errorf("%s is no time zone", wording.Quote(name))
	}
	switch name {
	case "Local", "EST", "MST", "HST": // of this machine, and what Java does not know by itself
		return nil, fmt.Errorf("%s is no time zone", wording.Quote(name))
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%s is no time zone", wording.Quote(name))
	}
	return loc, nil
}

// within18 reports an offset of at most 18 hours, more than which Java does not take.
func within18(t time.Time) bool {
	_, offset := t.Zone()
	return offset >= -18*3600 && offset <= 18*3600
}
