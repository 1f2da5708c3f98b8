package prove

import (
	"slices"

	"github.com/rulevet/rulevet/internal/logic"
)

// Sequences of which the steps or the join keys differ.

// sameSteps reports whether two programs can be compared step by step: as many of the same kinds in the same places.
func sameSteps(a, b *side) bool {
	if a.frame.Kind != b.frame.Kind || len(a.steps) != len(b.steps) {
		return false
	}
	for i := range a.steps {
		if a.stop(i) != b.stop(i) || a.missing(i) != b.missing(i) || a.runs(i) != b.runs(i) {
			return false
		}
	}
	return true
}

// sameKeys reports whether two programs of the same steps join them by the same fields in the same order.
func sameKeys(a, b *side) bool {
	for i := range a.steps {
		x, y := a.keys(i), b.keys(i)
		if !slices.EqualFunc(x, y, func(x, y key) bool { return x == y }) {
			return false
		}
	}
	return true
}

// key is a join key of a step.
type key struct {
	field    string // its id
	optional bool
}

func (s *side) keys(step int) (out []key) {
	if step >= len(s.frame.Fields) {
		return nil
	}
	for i, f := range s.frame.Fields[step] {
		out = append(out, key{f.ID(), s.frame.Optional[step][i]})
	}
	return out
}

// coarser reports whether events that share the keys of a share those of b: each key of b is one of a in every step. at tells which step
// of a stands for each of b, nil: that of the same number.
func coarser(a, b *side, at []int) bool {
	var columns []int // of the keys of a, those that each step so far has for the first keys of b
	first := true
	for j := range b.steps {
		i := j
		if at != nil {
			if i = at[j]; i < 0 {
				continue
			}
		}
		mine, theirs := a.keys(i), b.keys(j)
		if first {
			first = false
			for _, k := range theirs {
				at := slices.IndexFunc(mine, k.fits)
				if at < 0 {
					return false
				}
				columns = append(columns, at)
			}
			continue
		}
		for n, k := range theirs {
			if n >= len(columns) || columns[n] >= len(mine) || !k.fits(mine[columns[n]]) {
				return false
			}
		}
	}
	return true
}

// fits reports whether what the events of another key share they share by this one. One that must be there does not let events through
// that lack it.
func (k key) fits(other key) bool { return k.field == other.field && (k.optional || !other.optional) }

// acrossSteps looks for what a matches and b does not, if their steps are not the same.
func (c *comparer) acrossSteps(a, b *side) direction {
	if c.embeds(a, b) {
		return direction{proved: true}
	}
	match, reason := c.beyond(a, b)
	return direction{match: match, reason: reason}
}

// maxEmbedded is the largest number of events of a match whose steps are compared with those of another query one by one.
const maxEmbedded = 32

// embeds proves that every match of a has one of b in it: the steps of b are found among those of a, in order. Nothing that b wants to be
// missing is looked into.
func (c *comparer) embeds(a, b *side) bool {
	if b.frame.Hopeless || b.frame.Kind != "event" && (a.frame.Kind != b.frame.Kind || a.frame.Rest != b.frame.Rest) ||
		!spanFits(a.frame.Span, b.frame.Span, false) || a.events() > maxEmbedded {
		return false
	}
	at := make([]int, len(b.steps)) // the step of a that stands for each of b
	next, left := 0, 0              // the step of a to be taken, and how many of its events are left
	if len(a.steps) > 0 {
		left = a.runs(0)
	}
	for j := range b.steps {
		at[j] = -1
		switch {
		case b.missing(j):
			return false
		case b.stop(j):
			if !c.stopped(a, b, j) {
				return false
			}
			continue
		}
		for range b.runs(j) {
			for next < len(a.steps) && (left == 0 || a.inverse(next) || !c.implies(a.forms[next], b.forms[j])) {
				if next++; next < len(a.steps) {
					left = a.runs(next)
				}
			}
			if next == len(a.steps) || at[j] >= 0 && at[j] != next {
				return false
			}
			at[j] = next
			left--
		}
	}
	return coarser(a, b, at)
}

func (c *comparer) implies(a, b *logic.Formula) bool {
	answer, _ := c.space.Implies(a, b)
	return answer == logic.Never
}

// stopped reports whether what ends a pending match of b ends one of a, too.
func (c *comparer) stopped(a, b *side, j int) bool {
	for i := range a.steps {
		if a.stop(i) && c.implies(b.forms[j], a.forms[i]) && slices.Equal(a.keys(i), b.keys(j)) && slices.Equal(a.keys(0), b.keys(0)) {
			return true
		}
	}
	return false
}
