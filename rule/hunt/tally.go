package hunt

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math/bits"
	"slices"
	"strings"
	"time"

	"github.com/rulevet/rulevet/search"
)

// Bounds of what is counted.
const (
	maxHosts     = 10_000    // distinct values over all rules
	maxRuleHosts = 100       // distinct values of one rule
	maxValue     = 256       // bytes of a value
	shownHosts   = 20        // in a report
	maxSource    = 64 << 10  // bytes of one event of a sample
	maxSources   = 128 << 20 // of all of them
)

// tally is what is counted of one rule.
type tally struct {
	matches     int
	first, last int64
	timed       bool
	hosts       counter
	samples     []Sample
	failures    int
	failure     string
	limited     string
}

// counter counts values, up to a number of distinct ones.
type counter struct {
	most   int
	values map[string]*valueCount
	others int
	none   int
}

type valueCount struct {
	matches int
	rules   []uint64 // a bit for each rule that matched
}

func (v *valueCount) addRule(i int) {
	for len(v.rules) <= i>>6 {
		v.rules = append(v.rules, 0)
	}
	v.rules[i>>6] |= 1 << (i & 63)
}

func (v *valueCount) countRules() int {
	n := 0
	for _, w := range v.rules {
		n += bits.OnesCount64(w)
	}
	return n
}

func newCounter(most int) counter { return counter{most: most, values: map[string]*valueCount{}} }

// add counts a value and returns its count; nil if it is one of the others.
func (c *counter) add(value string) *valueCount {
	if value == "" {
		c.none++
		return nil
	}
	value = value[:min(len(value), maxValue)]
	v := c.values[value]
	if v == nil {
		if len(c.values) >= c.most {
			c.others++
			return nil
		}
		v = &valueCount{}
		c.values[strings.Clone(value)] = v
	}
	v.matches++
	return v
}

// counts lists the most frequent values, equals by name.
func (c *counter) counts() Counts {
	out := Counts{Top: []Count{}, Others: c.others, None: c.none}
	for value, v := range c.values {
		out.Top = append(out.Top, Count{strings.ToValidUTF8(value, "\ufffd"), v.matches, v.countRules()})
	}
	slices.SortFunc(out.Top, func(a, b Count) int { return cmp.Or(b.Matches-a.Matches, strings.Compare(a.Value, b.Value)) })
	for len(out.Top) > shownHosts {
		out.Others += out.Top[len(out.Top)-1].Matches
		out.Top = out.Top[:len(out.Top)-1]
	}
	return out
}

// moment is the time of a match; ok is false if its events have none.
type moment struct {
	at int64 // milliseconds
	ok bool
}

func (m moment) String() string {
	if !m.ok {
		return ""
	}
	return isoTime(m.at)
}

// isoTime writes milliseconds as ISO 8601; nothing for what no calendar has.
func isoTime(at int64) string {
	t := time.UnixMilli(at).UTC()
	if t.Year() < 0 || t.Year() > 9999 {
		return ""
	}
	return t.Format("2006-01-02T15:04:05.000Z")
}

func (t *tally) add(m moment) {
	t.matches++
	if !m.ok {
		return
	}
	if !t.timed || m.at < t.first {
		t.first = m.at
	}
	if !t.timed || m.at > t.last {
		t.last = m.at
	}
	t.timed = true
}

// sampleEvent keeps an event of a sample, with its source while there is room.
func (r *run) sampleEvent(ref *search.Ref, m moment, host string) *SampleEvent {
	s := r.merger.all[ref.Origin>>originBits]
	out := &SampleEvent{Input: s.Name, Record: int(ref.Origin&(1<<originBits-1)) + 1, ID: ref.ID, Time: m.String(), Host: host}
	doc, size := ref.Source, len(ref.Source)
	var gone error
	if n, ok := readNote(doc); ok {
		if size = n.size; n.at >= 0 {
			doc, gone = r.vault.get(n.at, n.size)
		}
	}
	switch {
	case size > maxSource:
		out.Omitted = "the event is larger than 64 KiB"
	case r.sources+size > maxSources:
		out.Omitted = "the samples are larger than 128 MiB"
	case gone != nil:
		out.Omitted = "too much was read since the event to hold it till then"
	case !json.Valid(doc):
		out.Omitted = "the event is not valid JSON throughout"
	default:
		var b bytes.Buffer
		_ = json.Compact(&b, bytes.ToValidUTF8(doc, []byte("\ufffd")))
		out.Source = b.Bytes()
		r.sources += len(out.Source)
	}
	return out
}
