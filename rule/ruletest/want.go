package ruletest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/internal/wording"
)

// countKind says how many matches are wanted. The zero value leaves the number open.
type countKind uint8

const (
	countOpen countKind = iota
	countNone
	countSome
	countExactly
)

// want is what a case expects: a number of matches, exact matches, or both.
type want struct {
	count countKind
	n     int   // countExactly
	exact []Hit // sorted; nil = not stated
}

// value is the wanted result as reports show it.
func (w want) value() any {
	switch {
	case w.exact != nil:
		return w.exact
	case w.count == countExactly:
		return w.n
	}
	return w.count != countNone
}

// holds tells whether matches, sorted, are what is wanted. It is called once per mutant and case: no diff is made.
func (w want) holds(got []Hit) bool {
	switch w.count {
	case countNone:
		if len(got) > 0 {
			return false
		}
	case countSome:
		if len(got) == 0 {
			return false
		}
	case countExactly:
		if len(got) != w.n {
			return false
		}
	}
	if w.exact == nil {
		return true
	}
	return slices.EqualFunc(w.exact, got, func(a, b Hit) bool {
		return slices.Equal(a.Events, b.Events) &&
			(a.Keys == nil || slices.EqualFunc(a.Keys, b.Keys, func(x, y *string) bool {
				return (x == nil) == (y == nil) && (x == nil || *x == *y)
			}))
	})
}

// wrong lists the matches that are wanted and absent, and those that came unwanted. Both are empty if there are too few
// matches of which only the number is stated. ok is false if there is nothing to explain: only keys differ.
func (w want) wrong(got []Hit) (missing, extra []Hit, ok bool) {
	switch {
	case w.count == countNone, w.count == countExactly && len(got) > w.n:
		return nil, got, true
	case len(w.exact) == 0 && len(got) == 0, w.exact == nil:
		return nil, nil, true
	}
	missing, extra = without(w.exact, got), without(got, w.exact)
	return missing, extra, len(missing)+len(extra) > 0
}

// without lists the hits whose events no hit of others has.
func without(hits, others []Hit) (out []Hit) {
	has := make(map[string]bool, len(others))
	for _, o := range others {
		has[o.place()] = true
	}
	for _, h := range hits {
		if !has[h.place()] {
			out = append(out, h)
		}
	}
	return out
}

// diff is the go-cmp diff of what was wanted and what matched. Package cmp varies its blanks on purpose; results do not.
func (w want) diff(got []Hit) string { return strings.ReplaceAll(w.cmpDiff(got), "\u00a0", " ") }

func (w want) cmpDiff(got []Hit) string {
	if w.exact != nil && (w.count != countSome || len(got) > 0) {
		return cmp.Diff(bounded(lines(w.exact, nil), lines(got, w.exact)))
	}
	switch w.count {
	case countNone:
		return cmp.Diff(bounded([]string{}, lines(got, nil)))
	case countExactly:
		return cmp.Diff(wording.Count(w.n, "match"), wording.Count(len(got), "match"))
	}
	return cmp.Diff("at least 1 match", wording.Count(len(got), "match"))
}

// maxDiff is the most matches that a difference compares line by line; of more only those that differ are shown, and of
// these the first.
const maxDiff = 50

func bounded(want, got []string) (wantOut, gotOut []string) {
	if len(want) <= maxDiff && len(got) <= maxDiff {
		return want, got
	}
	return cut(absent(want, got)), cut(absent(got, want))
}

// absent lists the lines that others lacks.
func absent(lines, others []string) []string {
	has := make(map[string]bool, len(others))
	for _, o := range others {
		has[o] = true
	}
	out := []string{}
	for _, l := range lines {
		if !has[l] {
			out = append(out, l)
		}
	}
	return out
}

func cut(lines []string) []string {
	if more := len(lines) - maxDiff; more > 0 {
		return append(slices.Clip(lines[:maxDiff]), "and "+wording.Count(more, "more match"))
	}
	return lines
}

// lines renders matches for a diff; keys that the wanted match of the same events does not state are left out.
func lines(matches, stated []Hit) []string {
	keyless := map[string]bool{}
	for _, s := range stated {
		if s.Keys == nil {
			keyless[s.place()] = true
		}
	}
	out := make([]string, 0, len(matches))
	for _, m := range matches {
		if keyless[m.place()] {
			m.Keys = nil
		}
		out = append(out, m.String())
	}
	return out
}

// place is a hit without its keys.
func (h Hit) place() string { return fmt.Sprint(h.Events) }

// sortHits brings matches into the one order in which they are compared and written: by positions, then keys.
func sortHits(ms []Hit) {
	slices.SortStableFunc(ms, func(a, b Hit) int {
		if c := slices.Compare(a.Events, b.Events); c != 0 {
			return c
		}
		return slices.CompareFunc(a.Keys, b.Keys, func(x, y *string) int {
			switch {
			case x == nil && y == nil:
				return 0
			case x == nil:
				return -1
			case y == nil:
				return 1
			}
			return strings.Compare(*x, *y)
		})
	})
}

// golden is the content of a <stem>.golden.json file.
type golden struct {
	Matches []Hit `json:"matches"`
}

func (l *fixtureLoader) readGolden(c *testCase) {
	bad := func(format string, args ...any) {
		l.problem(Problem{Code: codeGolden, Severity: "error", Path: c.golden, Message: fmt.Sprintf(format, args...),
			Hint: `expected {"matches":[{"events":[0,null,2],"keys":["h1"]}]}; --update writes it`})
		c.broken = "its golden cannot be read"
	}
	data, err := readFile(l.fsys, c.golden)
	if err != nil {
		l.problem(unreadable(c.golden, err))
		c.broken = "its golden cannot be read"
		return
	}
	hits, err := parseGolden(data)
	if err != nil {
		bad("not a golden: %v", err)
		return
	}
	for _, m := range hits {
		for _, e := range m.Events {
			if e >= len(c.events) && c.broken == "" {
				bad("event position %d is beyond the last event, which is %d", e, len(c.events)-1)
				return
			}
		}
	}
	c.want.exact = hits
}

// parseGolden reads a golden; its matches come in order.
func parseGolden(data []byte) ([]Hit, error) {
	var g golden
	if err := decodeStrict(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), &g); err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	if g.Matches == nil {
		return nil, errors.New("\"matches\" is missing")
	}
	sortHits(g.Matches)
	return g.Matches, nil
}

// encodeGolden writes one match a line, so that diffs of goldens read well.
func encodeGolden(ms []Hit) ([]byte, error) {
	if len(ms) == 0 {
		return []byte("{\"matches\": []}\n"), nil
	}
	var b strings.Builder
	b.WriteString("{\"matches\": [\n")
	for i, m := range ms {
		j, err := json.Marshal(m)
		if err != nil {
			return nil, err
		}
		b.WriteString("  ")
		b.Write(j)
		if i < len(ms)-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	b.WriteString("]}\n")
	return []byte(b.String()), nil
}
