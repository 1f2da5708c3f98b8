package ruletest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/eql/event"
)

// Failure is what Matcher.Explain is asked about.
type Failure struct {
	Events [][]byte
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
	case e.program.IsEvent():
		x.falseClauses()
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
			for _, s := range saw(x.e.program.Explain(x.recs[i]), nil) {
				if len(s.Values) > 0 {
					seen = append(seen, s.String())
				}
			}
			x.line("%s matches: %s", x.f.name(i), strings.Join(seen, ", "))
		}
	}
}

// saw collects what the leaves of a clause saw, each field once.
func saw(c *eval.Clause, into []eval.Seen) []eval.Seen {
	for _, s := range c.Seen {
		if !slices.ContainsFunc(into, func(have eval.Seen) bool { return have.Field == s.Field }) {
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
	var wanted []int
	for _, h := range x.f.Missing {
		wanted = append(wanted, h.Events...)
	}
	said, more := 0, 0
	for i, rec := range x.recs {
		reason := "cannot be read"
		if rec != nil {
			reason = x.e.program.FirstFalse(rec)
		}
		if reason == "" || len(wanted) > 0 && !slices.Contains(wanted, i) {
			continue
		}
		if said == maxExplained {
			more++
			continue
		}
		said++
		x.line("%s: %s", x.f.name(i), reason)
	}
	if more > 0 {
		x.line("and %s more", plural(more, "event"))
	}
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
			for s, c := range x.e.program.Explain(x.recs[i]).Children {
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
	run := x.e.program.NewTrace()
	for i, rec := range x.recs {
		if rec == nil || run.Feed(rec, eval.Ref{Index: i}) != nil {
			return
		}
	}
	run.Finish()
	all := run.Progress()
	for _, p := range all[:min(len(all), maxExplained)] {
		x.line("%s", p)
	}
	if more := len(all) - maxExplained; more > 0 {
		x.line("and %s more", plural(more, "key"))
	}
}

// emptySteps tells why no event matches a step.
func (x *explainer) emptySteps() {
	var steps [][]*eval.Clause // by step, an outcome for each event
	for _, rec := range x.recs {
		if rec == nil {
			continue
		}
		for s, c := range x.e.program.Explain(rec).Children {
			if s == len(steps) {
				steps = append(steps, nil)
			}
			steps[s] = append(steps[s], c)
		}
	}
	for s, outcomes := range steps {
		if slices.ContainsFunc(outcomes, func(c *eval.Clause) bool { return c.Value }) {
			continue
		}
		x.line("step %d of %d matches no event:", s+1, len(steps))
		for i, c := range outcomes[:min(len(outcomes), maxExplained)] {
			x.line("  %s: %s", x.f.name(i), c.Reason())
		}
	}
}
