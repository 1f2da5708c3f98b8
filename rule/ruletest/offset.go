package ruletest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// offset moves the events from..to of a case so that the first of them lies at d after the case's first event.
type offset struct {
	from, to int
	d        time.Duration
}

// zeroTime is the timestamp of a first event that has none, where other events are placed relative to it.
var zeroTime = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// applyOffsets writes the timestamps of the events that have an at. Events that came from one base keep their
// distances.
func applyOffsets(events []caseEvent, offsets []offset, field string) error {
	if len(offsets) == 0 || len(events) == 0 {
		return nil
	}
	start, ok, err := eventTime(events[0].doc, field)
	if err != nil {
		return err
	}
	if !ok {
		start = zeroTime
		events[0].doc.set(field, formatTime(start))
	}
	for _, o := range offsets {
		first, ok, err := eventTime(events[o.from].doc, field)
		if err != nil {
			return err
		}
		for i, e := range events[o.from:o.to] {
			target := start.Add(o.d)
			if i > 0 {
				own, has, err := eventTime(e.doc, field)
				if err != nil {
					return err
				}
				if has && ok {
					target = target.Add(own.Sub(first))
				}
			}
			e.doc.set(field, formatTime(target))
		}
	}
	return nil
}

// eventTime reads the timestamp of an event; ok is false if it has none.
func eventTime(d document, field string) (t time.Time, ok bool, err error) {
	v, _ := d.get(field)
	if list, isList := v.([]any); isList && len(list) == 1 {
		v = list[0]
	}
	switch v := v.(type) {
	case nil:
		return t, false, nil
	case string:
		t, err = parseTime(v)
		return t, err == nil, err
	case json.Number:
		t, err = epochMillis(v.String())
		return t, err == nil, err
	case int64:
		return time.UnixMilli(v).UTC(), true, nil
	default:
		return t, false, fmt.Errorf("%s is %s, expected a date", field, describe(v))
	}
}

func parseTime(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04Z07:00", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	if t, err := epochMillis(s); err == nil {
		return t, nil
	}
	return time.Time{}, fmt.Errorf("%q is no date", s)
}

func epochMillis(s string) (time.Time, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no date: expected milliseconds since 1970", s)
	}
	return time.UnixMilli(n).UTC(), nil
}

// formatTime writes milliseconds, as agents do, or nanoseconds where the time has them.
func formatTime(t time.Time) string {
	t = t.UTC()
	if t.Nanosecond()%int(time.Millisecond) != 0 {
		return t.Format("2006-01-02T15:04:05.000000000Z")
	}
	return t.Format("2006-01-02T15:04:05.000Z")
}

// parseOffset reads a duration as Go writes them, with d for days in front: +5s, -1m30s, +2d12h.
func parseOffset(s string) (time.Duration, error) {
	sign, rest := time.Duration(1), s
	switch {
	case strings.HasPrefix(s, "+"):
		rest = s[1:]
	case strings.HasPrefix(s, "-"):
		sign, rest = -1, s[1:]
	}
	var days time.Duration
	if i := strings.IndexByte(rest, 'd'); i > 0 {
		n, err := strconv.ParseUint(rest[:i], 10, 16)
		if err != nil {
			return 0, fmt.Errorf("%q is no offset", s)
		}
		days, rest = time.Duration(n)*24*time.Hour, rest[i+1:]
		if rest == "" {
			return sign * days, nil
		}
	}
	if strings.HasPrefix(rest, "+") || strings.HasPrefix(rest, "-") {
		return 0, fmt.Errorf("%q is no offset", s)
	}
	d, err := time.ParseDuration(rest)
	if err != nil {
		return 0, fmt.Errorf("%q is no offset", s)
	}
	return sign * (days + d), nil
}
