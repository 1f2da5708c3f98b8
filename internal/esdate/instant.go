// Package esdate parses dates and date mathematics as Elasticsearch's date mappings do: the built-in formats that
// occur in practice, java.time patterns, epoch numbers, "now-1h" and "2020-01-01||/M". A literal stands for the whole
// unit it names ("2020-01-01" is a day), so it parses to a range.
package esdate

import (
	"math"
	"time"
)

// Instant is a point in time: milliseconds since the epoch and the nanoseconds (0 to 999,999) within the millisecond.
// The millisecond part spans what a date field of Elasticsearch can hold, which an int64 of nanoseconds does not.
type Instant struct {
	Milli int64
	Nano  int32
}

// FromTime converts a time.
func FromTime(t time.Time) Instant {
	return Instant{Milli: t.UnixMilli(), Nano: int32(t.Nanosecond() % 1e6)}
}

// Time is the instant as a UTC time.
func (a Instant) Time() time.Time { return time.UnixMilli(a.Milli).Add(time.Duration(a.Nano)).UTC() }

// Compare orders two instants: -1, 0 or 1.
func (a Instant) Compare(b Instant) int {
	switch {
	case a.Milli < b.Milli:
		return -1
	case a.Milli > b.Milli:
		return 1
	case a.Nano < b.Nano:
		return -1
	case a.Nano > b.Nano:
		return 1
	}
	return 0
}

// Floor drops the nanoseconds within the millisecond: the resolution of a date field.
func (a Instant) Floor() Instant { return Instant{Milli: a.Milli} }

// Sub is a-b in nanoseconds. It saturates at the bounds of a duration (about 292 years).
func (a Instant) Sub(b Instant) time.Duration {
	d := a.Milli - b.Milli
	if (d < 0) != (a.Milli < b.Milli) { // overflow
		d = math.MaxInt64
		if a.Milli < b.Milli {
			d = math.MinInt64
		}
	}
	const limit = math.MaxInt64/int64(time.Millisecond) - 1
	switch {
	case d > limit:
		return math.MaxInt64
	case d < -limit:
		return math.MinInt64
	}
	return time.Duration(d)*time.Millisecond + time.Duration(a.Nano-b.Nano)
}

// String is the ISO form that Elasticsearch prints: milliseconds, or nanoseconds if the instant has any.
func (a Instant) String() string {
	if a.Nano != 0 {
		return a.Time().Format("2006-01-02T15:04:05.000000000Z")
	}
	return a.Time().Format("2006-01-02T15:04:05.000Z")
}
