package mitre

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/wording"
)

// ReadHistory reads the JSON form of the Enterprise history: {"versions", "tactics", "techniques"}, each entry with
// "id", "first_version" and lists of [version, value] pairs "status", "names", "tactics", "revoked_by".
func ReadHistory(r io.Reader) (*History, error) {
	type pair [2]json.RawMessage
	type entry struct {
		ID        string
		First     string `json:"first_version"`
		Status    []pair
		Names     []pair
		Tactics   []pair
		RevokedBy []pair `json:"revoked_by"`
	}
	var in struct {
		Versions            []string
		Tactics, Techniques []entry
	}
	data, err := io.ReadAll(io.LimitReader(r, MaxSize))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return nil, wording.JSONError(data, err)
	}
	h := &History{Releases: in.Versions}
	for _, x := range append(in.Tactics, in.Techniques...) {
		e := entryHistory{id: x.ID, first: x.First}
		for kind, pairs := range map[string][]pair{"name": x.Names, "tactics": x.Tactics, "revoked": x.RevokedBy, "status": x.Status} {
			if len(pairs) < 2 && kind != "revoked" && kind != "status" {
				continue
			}
			for _, p := range pairs {
				c, err := readChange(kind, p)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", x.ID, err)
				}
				if c.kind != "status" {
					e.changes = append(e.changes, c)
				}
			}
		}
		h.sortChanges(&e)
		h.entries = append(h.entries, e)
	}
	slices.SortFunc(h.entries, func(a, b entryHistory) int { return strings.Compare(a.id, b.id) })
	return h, nil
}

func (h *History) sortChanges(e *entryHistory) {
	slices.SortFunc(e.changes, func(a, b change) int {
		if d := slices.Index(h.Releases, a.release) - slices.Index(h.Releases, b.release); d != 0 {
			return d
		}
		return strings.Compare(a.kind, b.kind)
	})
}

// readChange turns a [version, value] pair into a change. Of states only "deprecated" says what no other list does.
func readChange(kind string, p [2]json.RawMessage) (change, error) {
	c := change{kind: kind}
	if err := json.Unmarshal(p[0], &c.release); err != nil {
		return c, err
	}
	if kind == "tactics" {
		var list []string
		err := json.Unmarshal(p[1], &list)
		c.value = strings.Join(list, ",")
		return c, err
	}
	err := json.Unmarshal(p[1], &c.value)
	if kind == "status" && c.value == "deprecated" {
		c.kind, c.value = "deprecated", ""
	}
	return c, err
}

// Extend adds a release from its catalog: new ids, new names, moves and retirements of the Enterprise domain against
// previous, the catalog of the release before. It does nothing for a release that the history knows.
func (h *History) Extend(previous, next *Catalog) {
	if slices.Contains(h.Releases, next.Version) {
		return
	}
	h.Releases = append(h.Releases, next.Version)
	for _, t := range next.tactics {
		old := previous.Tactic(t.ID)
		if t.Domain != Enterprise {
			continue
		}
		if e := h.at(t.ID, firstKnown(old != nil, previous, next)); old != nil && old.Name != t.Name {
			e.replace("name", old.Name, t.Name, next.Version)
		}
	}
	for i := range next.techniques {
		t := &next.techniques[i]
		old := previous.Technique(t.ID)
		if t.Domain != Enterprise {
			continue
		}
		e := h.at(t.ID, firstKnown(old != nil, previous, next))
		if old == nil || old.Status != Live {
			continue
		}
		switch {
		case t.Status == Revoked:
			e.changes = append(e.changes, change{next.Version, "revoked", t.RevokedBy})
			continue
		case t.Status == Deprecated:
			e.changes = append(e.changes, change{next.Version, "deprecated", ""})
			continue
		}
		if old.Name != t.Name {
			e.replace("name", old.Name, t.Name, next.Version)
		}
		if a, b := tacticList(old), tacticList(t); a != b {
			e.replace("tactics", a, b, next.Version)
		}
	}
}

// firstKnown is the release that an id not in the history counts from.
func firstKnown(old bool, previous, next *Catalog) string {
	if old {
		return previous.Version
	}
	return next.Version
}

// tacticList writes the tactics of a technique as the history does.
func tacticList(t *Technique) string {
	names := make([]string, len(t.Tactics))
	for i, x := range t.Tactics {
		names[i] = x.Shortname
	}
	slices.Sort(names)
	return strings.Join(names, ",")
}

// at returns the entry of an id, made with that first release if it is new.
func (h *History) at(id, first string) *entryHistory {
	i, ok := slices.BinarySearchFunc(h.entries, id, func(e entryHistory, id string) int { return strings.Compare(e.id, id) })
	if !ok {
		h.entries = slices.Insert(h.entries, i, entryHistory{id: id, first: first})
	}
	return &h.entries[i]
}

// replace records a new value; the first change of its kind also records the value before.
func (e *entryHistory) replace(kind, old, value, release string) {
	if !slices.ContainsFunc(e.changes, func(c change) bool { return c.kind == kind }) {
		e.changes = slices.Insert(e.changes, 0, change{e.first, kind, old})
	}
	e.changes = append(e.changes, change{release, kind, value})
}
