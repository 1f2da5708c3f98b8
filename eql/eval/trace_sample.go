package eval

import (
	"fmt"
	"slices"
	"strings"
)

// sampleProgress lists the keys without a sample and what they lack: the ones with most steps first, then by key.
func (r *Run) sampleProgress() []Progress {
	var short []*bucket
	for _, b := range r.samples.keys {
		if len(b.lacks()) > 0 || len(b.pick(1)) == 0 {
			short = append(short, b)
		}
	}
	slices.SortFunc(short, func(a, b *bucket) int {
		if d := len(a.lacks()) - len(b.lacks()); d != 0 {
			return d
		}
		return a.key.compare(b.key)
	})
	out := []Progress{}
	for _, b := range short {
		out = append(out, r.finder.trace.sampleKey(b))
	}
	if len(out) == 0 && len(r.samples.keys) == 0 {
		out = append(out, Progress{Reason: r.finder.trace.waits(0, "")})
	}
	return out
}

// lacks are the steps without any event, by position.
func (b *bucket) lacks() (steps []int) {
	for i, events := range b.clauses {
		if len(events) == 0 {
			steps = append(steps, i)
		}
	}
	return steps
}

func (t *tracer) sampleKey(b *bucket) Progress {
	g := Progress{Keys: b.key.strings(t.p.stages[0].keys, true)}
	var reasons []string
	for i, events := range b.clauses {
		if len(events) == 0 {
			reasons = append(reasons, t.waits(i, b.key))
			continue
		}
		g.Events = append(g.Events, &events[0].ref)
	}
	if len(reasons) == 0 {
		reasons = []string{"there are not enough different events, one for each step"}
	}
	g.Reason = fmt.Sprintf("%s: %d of %d steps; %s", keyText(t.p.stages[0], b.key), len(g.Events), len(b.clauses), strings.Join(reasons, "; "))
	return g
}
