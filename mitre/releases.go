package mitre

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// History tells when the entries of ATT&CK Enterprise came and changed, by release. It is immutable.
type History struct {
	Releases []string // "1.0" to "19.1", oldest first
	entries  []entryHistory
}

// entryHistory is one id; changes stand in the order of releases.
type entryHistory struct {
	id, first string
	changes   []change
}

// change holds from a release on. The kinds are name, tactics (shortnames joined by commas), revoked (by value) and
// deprecated.
type change struct{ release, kind, value string }

// Period is a value of an id, a name say, that held from the release Since to the release Until, both inclusive. Until is empty while it still holds.
type Period struct{ ID, Value, Since, Until string }

func (h *History) entry(id string) *entryHistory {
	i, ok := slices.BinarySearchFunc(h.entries, id, func(e entryHistory, id string) int { return strings.Compare(e.id, id) })
	if !ok {
		return nil
	}
	return &h.entries[i]
}

// First returns the release in which an id first appeared, or "".
func (h *History) First(id string) string {
	if e := h.entry(id); e != nil {
		return e.first
	}
	return ""
}

// Retired returns the release in which an id was revoked or deprecated, or "".
func (h *History) Retired(id string) string {
	if e := h.entry(id); e != nil {
		for _, c := range e.changes {
			if c.kind == "revoked" || c.kind == "deprecated" {
				return c.release
			}
		}
	}
	return ""
}

// Names returns the names an id has had, oldest first. An id that was never renamed has none here: its name is in the
// catalogs.
func (h *History) Names(id string) []Period { return h.spans(h.entry(id), "name") }

// TacticSets returns the sets of tactics that a technique belonged to, shortnames joined by commas, oldest first. A
// technique that never moved has none here.
func (h *History) TacticSets(id string) []Period { return h.spans(h.entry(id), "tactics") }

func (h *History) spans(e *entryHistory, kind string) []Period {
	if e == nil {
		return nil
	}
	var out []Period
	for _, c := range e.changes {
		if c.kind != kind {
			continue
		}
		if n := len(out); n > 0 {
			out[n-1].Until = h.before(c.release)
		}
		out = append(out, Period{ID: e.id, Value: c.value, Since: c.release})
	}
	return out
}

// Called returns the former names equal to name, of whatever id, by id.
func (h *History) Called(name string) []Period {
	var out []Period
	for i := range h.entries {
		for _, s := range h.spans(&h.entries[i], "name") {
			if s.Value == name && s.Until != "" {
				out = append(out, s)
			}
		}
	}
	return out
}

// before returns the release before another, or "".
func (h *History) before(release string) string {
	if i := slices.Index(h.Releases, release); i > 0 {
		return h.Releases[i-1]
	}
	return ""
}

// The table form of a history:
//
//	mitre history 1
//	releases  1.0  2.0  ...  19.1
//	T1001     1.0
//	TA0005    3.0  3.0 name Defense Evasion  19.0 name Stealth
//	T1562.001 7.0  19.0 revoked T1685
const historyHeader = "mitre history 1"

// MarshalText writes the history in the table form that this package embeds.
func (h *History) MarshalText() ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nreleases\t%s\n", historyHeader, strings.Join(h.Releases, "\t"))
	for _, e := range h.entries {
		fmt.Fprintf(&b, "%s\t%s", e.id, e.first)
		for _, c := range e.changes {
			b.WriteString("\t" + strings.TrimSuffix(c.release+" "+c.kind+" "+c.value, " "))
		}
		b.WriteByte('\n')
	}
	return b.Bytes(), nil
}

func decodeHistory(s string) (*History, error) {
	h := &History{entries: make([]entryHistory, 0, strings.Count(s, "\n"))}
	for i, line := range strings.Split(strings.TrimSuffix(s, "\n"), "\n") {
		switch {
		case i == 0:
			if line != historyHeader {
				return nil, fmt.Errorf("line 1: want %q", historyHeader)
			}
			continue
		case i == 1:
			h.Releases = strings.Split(line, "\t")[1:]
			continue
		}
		id, rest, _ := strings.Cut(line, "\t")
		first, rest, _ := strings.Cut(rest, "\t")
		e := entryHistory{id: id, first: first}
		for rest != "" {
			var c change
			var field string
			field, rest, _ = strings.Cut(rest, "\t")
			c.release, field, _ = strings.Cut(field, " ")
			c.kind, c.value, _ = strings.Cut(field, " ")
			if !slices.Contains([]string{"name", "tactics", "revoked", "deprecated"}, c.kind) {
				return nil, fmt.Errorf("line %d: unknown change %q", i+1, c.kind)
			}
			e.changes = append(e.changes, c)
		}
		h.entries = append(h.entries, e)
	}
	return h, nil
}
