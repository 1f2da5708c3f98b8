package prove

import (
	"fmt"
	"slices"

	"github.com/rulevet/rulevet/internal/logic"
	"github.com/rulevet/rulevet/internal/witness"
	"github.com/rulevet/rulevet/search"
)

// Relation is how the matches of a new program relate to those of an old one. The zero value is Unknown.
type Relation uint8

// Relations.
const (
	Unknown   Relation = iota
	Equal              // the same events match, proved
	Narrower           // proved: what the new one matches, the old one does; shown: an event that only the old one matches
	Wider              // the other way round
	Different          // shown: events that only the old one matches, and that only the new one matches
)

// String is the name in output: "equal", "narrower", …
func (r Relation) String() string {
	return [...]string{"unknown", "equal", "narrower", "wider", "different"}[r]
}

// Comparison is what a change of a program does.
type Comparison struct {
	Relation Relation // what holds between the old query and the new one
	Why      string   // of Unknown: what could not be decided
	Lost     []Match  // what the old program matches and the new one does not
	Gained   []Match  // the other way round
	Step     int      // the step that the first difference was found in
	// Tied says of Lost and of Gained why the other query does not match, if that is not for the condition of a step: times, keys, steps.
	Tied [2]string
}

// Match is a set of events that a program matches: documents in order of time.
type Match struct{ Events [][]byte }

// Compare compares two programs that were compiled with one layout.
func Compare(old, changed search.Program) (*Comparison, error) {
	if old.Layout() != changed.Layout() {
		return nil, fmt.Errorf("the programs do not share a layout")
	}
	return newComparer(newSide(old), newSide(changed), witness.New(nil)).compare(), nil
}

// side is one of two programs.
type side struct {
	program search.Program
	frame   search.Frame
	steps   []*search.Step
	forms   []*logic.Formula
	// crowds turns an event into several, for a program that counts; nil: one is enough.
	crowds func(moment) [][]moment
}

func newSide(p search.Program) *side {
	return &side{program: p, steps: p.Steps(), frame: search.FrameOf(p)}
}

type comparer struct {
	space    *logic.Space
	solver   *witness.Solver
	old, new *side
}

func newComparer(old, changed *side, solver *witness.Solver) *comparer {
	c := &comparer{space: logic.New(), solver: solver, old: old, new: changed}
	c.space.Name(old.program.Layout().Names())
	for _, s := range []*side{old, changed} {
		for _, step := range s.steps {
			s.forms = append(s.forms, c.space.Of(step.Node))
		}
	}
	return c
}

func (c *comparer) compare() *Comparison {
	lost, gained := c.direction(c.old, c.new), c.direction(c.new, c.old)
	out := Comparison{}
	out.Tied = [2]string{lost.reason, gained.reason}
	if lost.match != nil {
		out.Lost, out.Step = []Match{*lost.match}, lost.step
	}
	if gained.match != nil {
		out.Gained = []Match{*gained.match}
		if lost.match == nil {
			out.Step = gained.step
		}
	}
	switch {
	case lost.proved && gained.proved:
		out.Relation = Equal
	case lost.match != nil && gained.match != nil:
		out.Relation = Different
	case lost.match != nil && gained.proved:
		out.Relation = Narrower
	case gained.match != nil && lost.proved:
		out.Relation = Wider
	default:
		out.Why = c.undecided(lost, gained)
	}
	return &out
}

// direction is what was found out about matches of one program that are none of the other.
type direction struct {
	proved bool // there is none
	match  *Match
	reason string // why the match is none of the other, if not for the condition of a step
	step   int
	hard   bool // the question was too hard for the bounds
	opaque bool // it turns on a part that proofs cannot look into
}

// direction looks for what a matches and b does not.
func (c *comparer) direction(a, b *side) direction {
	switch {
	case a.frame.Hopeless:
		return direction{proved: true}
	case !sameSteps(a, b):
		return c.acrossSteps(a, b)
	}
	// Around events that must be missing more time, or more events that match a step, can also take a match away.
	fragile := slices.Contains(a.frame.Missing, true)
	keys := sameKeys(a, b) || !fragile && !a.stops() && coarser(a, b, nil)
	out := direction{proved: !b.frame.Hopeless && a.frame.Rest == b.frame.Rest && keys && spanFits(a.frame.Span, b.frame.Span, fragile)}
	if !out.proved {
		if out.match, out.reason = c.beyond(a, b); out.match != nil {
			return out
		}
	}
	for i := range a.forms {
		from, to := a.forms[i], b.forms[i]
		if a.inverse(i) {
			from, to = to, from
		} else if fragile && from != to {
			if answer, _ := c.space.Implies(to, from); answer != logic.Never {
				out.proved = false
			}
		}
		answer, model := c.space.Implies(from, to)
		if answer == logic.Never {
			continue
		}
		out.proved = false
		out.hard = out.hard || answer == logic.Unknown
		if out.match != nil {
			continue
		}
		out.opaque = out.opaque || model != nil && len(model.Opaque()) > 0
		if out.match = c.match(a, b, i); out.match != nil {
			out.step = i
		}
	}
	return out
}

// spanFits tells whether events within one span lie within another, or with fragile in no shorter one either; 0 is any span.
func spanFits(a, b int64, fragile bool) bool {
	return a == b || !fragile && (b == 0 || a != 0 && a < b)
}

// inverse reports steps whose events prevent a match: with fewer of them there are more.
func (s *side) inverse(i int) bool { return s.stop(i) || s.missing(i) }

func (s *side) stop(i int) bool { return s.steps[i].Role == search.Stop }

func (s *side) missing(i int) bool { return i < len(s.frame.Missing) && s.frame.Missing[i] }

// stops reports a program of which a step ends what is pending.
func (s *side) stops() bool {
	return slices.ContainsFunc(s.steps, func(step *search.Step) bool { return step.Role == search.Stop })
}

func (c *comparer) undecided(lost, gained direction) string {
	list := []direction{lost, gained}
	switch {
	case slices.ContainsFunc(list, func(d direction) bool { return d.hard }):
		return "the question is too hard for the bounds of the proof"
	case slices.ContainsFunc(list, func(d direction) bool { return d.opaque }):
		return "the difference turns on a function or text search that proofs cannot look into"
	case lost.proved && gained.match == nil:
		return "what the old query matches, the new one does; no event was found that only the new one matches"
	case gained.proved && lost.match == nil:
		return "what the new query matches, the old one does; no event was found that only the old one matches"
	case c.old.frame.Kind != c.new.frame.Kind:
		return fmt.Sprintf("the old query is of kind %s, the new one of kind %s", c.old.frame.Kind, c.new.frame.Kind)
	case len(c.old.steps) != len(c.new.steps):
		return fmt.Sprintf("the old query has %d steps, the new one %d", len(c.old.steps), len(c.new.steps))
	case !sameSteps(c.old, c.new):
		return "the kinds of steps differ"
	case !sameKeys(c.old, c.new):
		return "the join keys differ"
	}
	return "no event was found that only one of the queries matches, and no proof that there is none"
}
