package ruletest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/search"
)

// Failure is what Matcher.Explain is asked about.
type Failure struct {
	Events [][]byte // documents of the case, in its order
	IDs    []string // _id by event, "" where there is none; nil = none at all
	// Missing are the matches that were wanted and did not come, Extra those that came and were not wanted. Both are
	// empty if only the number of matches is wrong.
	Missing, Extra []Hit
}

// name is how an explanation calls an event.
func (f *Failure) name(i int) string {
	if i < len(f.IDs) && f.IDs[i] != "" {
		return fmt.Sprintf("event %d (_id %q)", i, f.IDs[i])
	}
	return fmt.Sprintf("event %d", i)
}

// maxExplained bounds the events that an explanation spells out.
const maxExplained = 5

// explainer writes the lines of an explanation.
type explainer struct {
	e    *evaluator
	f    *Failure
	recs []*event.Record // nil: the event cannot be decoded
	b    strings.Builder
}

// Explain implements Matcher. Of an event query it gives the first false clause of the events that should have matched,
// and what the clauses saw of those that should not; of a sequence how far its keys got, and of steps without any event
// the first false clause.
func (e *evaluator) Explain(f *Failure) string {
	x := explainer{e: e, f: f}
	decoder := event.NewDecoder(e.program.Layout())
	for _, raw := range f.Events {
		rec := new(event.Record)
		if decoder.Decode(raw, rec) != nil {
			rec = nil
		}
		x.recs = append(x.recs, rec)
	}
	x.extra()
	switch {
	case len(f.Extra) > 0 && len(f.Missing) == 0:
	case e.program.Steps()[0].Role == search.Whole:
		x.falseClauses()
		if !e.program.Plain() {
			x.progress()
		}
	default:
		x.missing()
		x.progress()
		x.emptySteps()
	}
	return x.b.String()
}

func (x *explainer) line(format string, args ...any) {
	fmt.Fprintf(&x.b, format, args...)
	x.b.WriteByte('\n')
}

// extra tells what the clauses saw of the events that should not have matched.
func (x *explainer) extra() {
	for _, h := range x.f.Extra[:min(len(x.f.Extra), maxExplained)] {
		for _, i := range h.Events {
			if i == Missing || i >= len(x.recs) || x.recs[i] == nil {
				continue
			}
			var seen []string
			for _, s := range saw(search.Explain(x.e.program, x.recs[i]), nil) {
				if len(s.Values) > 0 {
					seen = append(seen, s.String())
				}
			}
			x.line("%s matches: %s", x.f.name(i), strings.Join(seen, ", "))
		}
	}
}

// saw collects what the leaves of a clause saw, each field once.
func saw(c *search.Clause, into []search.Seen) []search.Seen {
	for _, s := range c.Seen {
		if !slices.ContainsFunc(into, func(have search.Seen) bool { return have.Field == s.Field }) {
			into = append(into, s)
		}
	}
	for _, kid := range c.Children {
		into = saw(kid, into)
	}
	return into
}

// falseClauses gives a line for each event that should have matched; if that is not known, for each that did not.
func (x *explainer) falseClauses() {
	wanted := map[int]bool{}
	for _, h := range x.f.Missing {
		for _, i := range h.Events {
			wanted[i] = true
		}
	}
	said, more := 0, 0
	for i, rec := range x.recs {
		if len(wanted) > 0 && !wanted[i] || rec != nil && x.matches(rec) {
			continue
		}
		if said == maxExplained {
			more++
			continue
		}
		said++
		reason := "cannot be read"
		if rec != nil {
			reason = cmp.Or(search.FirstFalse(x.e.program, rec), "does not match")
		}
		x.line("%s: %s", x.f.name(i), reason)
	}
	if more > 0 {
		x.line("and %s more", wording.Count(more, "event"))
	}
}

func (x *explainer) matches(rec *event.Record) bool {
	return search.Explain(x.e.program, rec).Value
}

// missing tells which steps the events of the matches that did not come satisfy.
func (x *explainer) missing() {
	for _, h := range x.f.Missing[:min(len(x.f.Missing), maxExplained)] {
		var parts []string
		for _, i := range h.Events {
			if i == Missing || i >= len(x.recs) || x.recs[i] == nil {
				continue
			}
			var steps []string
			for s, c := range search.Explain(x.e.program, x.recs[i]).Children {
				if c.Value {
					steps = append(steps, fmt.Sprint(s+1))
				}
			}
			what := "no step"
			if len(steps) > 0 {
				what = "step " + strings.Join(steps, " and ")
			}
			parts = append(parts, fmt.Sprintf("%s matches %s", x.f.name(i), what))
		}
		x.line("%v did not come: %s", h, strings.Join(parts, ", "))
	}
}

// progress tells for each key how far its sequence got and what stopped it.
func (x *explainer) progress() {
	state := x.e.program.Start(search.Start{Trace: true})
	tracer, ok := search.As[search.Tracer](state)
	if !ok {
		return
	}
	for i, rec := range x.recs {
		if rec == nil || state.Feed(rec, search.Ref{Index: i}, nil) != nil {
			return
		}
	}
	state.Finish()
	all := tracer.Progress()
	for _, p := range all[:min(len(all), maxExplained)] {
		x.line("%s", p)
	}
	if more := len(all) - maxExplained; more > 0 {
		x.line("and %s more", wording.Count(more, "key"))
	}
}

// stepView is what the first events showed of a step.
type stepView struct {
	matched  bool
	outcomes []string
}

// emptySteps tells why no event matches a step.
func (x *explainer) emptySteps() {
	steps := x.steps()
	for s, v := range steps {
		if v.matched {
			continue
		}
		x.line("step %d of %d matches no event:", s+1, len(steps))
		for _, line := range v.outcomes {
			x.line("  %s", line)
		}
	}
}

// steps looks at the events until every step has one.
func (x *explainer) steps() []*stepView {
	var steps []*stepView
	open := 1
	for i, rec := range x.recs {
		if rec == nil || open == 0 {
			continue
		}
		open = 0
		for s, c := range search.Explain(x.e.program, rec).Children {
			if s == len(steps) {
				steps = append(steps, &stepView{})
			}
			v := steps[s]
			v.matched = v.matched || c.Value
			if !v.matched && len(v.outcomes) < maxExplained {
				v.outcomes = append(v.outcomes, fmt.Sprintf("%s: %s", x.f.name(i), c.Reason()))
			}
			if !v.matched {
				open++
			}
		}
	}
	return steps
}
