package eval

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rulevet/rulevet/search"
)

// Progress tells how far the events of one key got; see package search.
type Progress = search.Progress

// tracer follows the machine of a run: for each key the attempt that got furthest.
type tracer struct {
	p        *Program
	best     map[string]*attempt
	keyless  map[*stage]int       // an event that matches the step, but lacks a join key
	seen     map[*stage]*sighting // events that match the step, with their keys
	complete map[string]bool
	present  map[string][]intruder // by key: the events of missing steps, in order
}

// intruder is an event of a step that must be missing.
type intruder struct {
	stage, index int
	at           int64
}

type attempt struct {
	events []*kept
	reason string
}

// sighting is the last event that matched a step.
type sighting struct {
	index int
	key   tuple
	count int
}

// NewTrace starts a search of a sequence or sample that also remembers how far each key got; see Progress. It sorts its input.
func (p *Program) NewTrace() *Run {
	r := p.NewRun(false)
	r.finder.trace = &tracer{p, map[string]*attempt{}, map[*stage]int{}, map[*stage]*sighting{}, map[string]bool{}, map[string][]intruder{}}
	if r.machine != nil {
		r.machine.trace = r.finder.trace
	}
	return r
}

// matched notes an event that satisfies the condition of a step.
func (t *tracer) matched(s *stage, index int, keys [][]byte) {
	if len(keys) == 0 {
		t.keyless[s] = index
		return
	}
	old := t.seen[s]
	if old == nil {
		old = new(sighting)
		t.seen[s] = old
	}
	*old = sighting{index, tuple(keys[0]), old.count + 1}
}

// grew notes a sequence that has got one event longer.
func (t *tracer) grew(events []*kept, key []byte) {
	if old := t.best[string(key)]; old == nil || len(events) >= len(old.events) {
		t.best[string(key)] = &attempt{events: slices.Clone(events)}
	}
}

// stopped notes why a sequence ended that was among the longest of its key.
func (t *tracer) stopped(events []*kept, key []byte, reason string) {
	if old := t.best[string(key)]; old == nil || len(events) >= len(old.events) {
		t.best[string(key)] = &attempt{slices.Clone(events), reason}
	}
}

func (t *tracer) late(events []*kept, key []byte, e *entry, over int64) {
	t.stopped(events, key, fmt.Sprintf("event %d matches %s %s over maxspan", e.ord.index, t.step(len(events)), time.Duration(over)))
}

func (t *tracer) until(st *state, key []byte, e *entry) {
	for _, events := range st.slots {
		if len(events) > 0 {
			t.stopped(events, key, fmt.Sprintf("until fired at event %d", e.ord.index))
		}
	}
}

func (t *tracer) unwanted(stage int, key []byte, e *entry) {
	t.present[string(key)] = append(t.present[string(key)], intruder{stage, e.ord.index, e.ord.at.Milli})
}

// rejected notes that a complete sequence is none, because an event of a missing step came between or too near.
func (t *tracer) rejected(c *candidate, stage int) {
	reason := fmt.Sprintf("an event of step %d, which must be missing, is present", t.p.stages[stage].term+1)
	if in, ok := t.intruder(c, stage); ok {
		reason = fmt.Sprintf("event %d matches step %d, which must be missing", in.index, t.p.stages[in.stage].term+1)
	}
	t.stopped(c.events, []byte(c.key), reason)
}

// intruder finds the event that spoils a sequence: between the neighbors of the stage, the last one before the first
// event, or the first one after the last.
func (t *tracer) intruder(c *candidate, stage int) (found intruder, ok bool) {
	before := 0 // positive stages
	for _, s := range t.p.stages[:stage] {
		if !s.missing {
			before++
		}
	}
	first, last := c.events[0].ord.at.Milli, c.events[len(c.events)-1].ord.at.Milli
	for _, in := range t.present[string(c.key)] {
		switch {
		case before > 0 && before < len(c.events):
			if in.stage == stage && in.at > c.events[before-1].ord.at.Milli && in.at < c.events[before].ord.at.Milli {
				return in, true
			}
		case before == 0 && in.at < first && t.leads(in.stage):
			found, ok = in, true
		case before > 0 && in.at > last && !t.leads(in.stage):
			return in, true
		}
	}
	return found, ok
}

// leads reports a missing stage before the first positive one.
func (t *tracer) leads(at int) bool {
	return !slices.ContainsFunc(t.p.stages[:at], func(s *stage) bool { return !s.missing })
}

func (t *tracer) completed(c *candidate) { t.complete[string(c.key)] = true }

// step names a positive step by its number in the query, and by its run if it has several.
func (t *tracer) step(at int) string {
	s, run := t.stage(at)
	if s == nil {
		return "the end"
	}
	if run > 0 {
		return fmt.Sprintf("step %d (run %d)", s.term+1, run+1)
	}
	return fmt.Sprintf("step %d", s.term+1)
}

// stage finds a positive stage, and its number among the runs of one step.
func (t *tracer) stage(at int) (s *stage, run int) {
	n := -1
	for i, s := range t.p.stages {
		if s.missing {
			continue
		}
		if n++; n == at {
			for run = 0; i-run > 0 && t.p.stages[i-run-1] == s; run++ {
			}
			return s, run
		}
	}
	return nil, 0
}

// waits says why a sequence that was never stopped did not go on: no event matches its next step, or none with its key.
func (t *tracer) waits(at int, key tuple) string {
	s, _ := t.stage(at)
	switch seen := t.seen[s]; {
	case seen == nil && t.hasKeyless(s):
		return fmt.Sprintf("event %d matches %s, but lacks %s", t.keyless[s], t.step(at), strings.Join(s.keyNames(), ", "))
	case seen == nil:
		return fmt.Sprintf("no event matches %s", t.step(at))
	case seen.key != key && len(s.keys) > 0:
		return fmt.Sprintf("event %d matches %s, but with %s", seen.index, t.step(at), keyText(s, seen.key))
	}
	return fmt.Sprintf("no event matches %s after it", t.step(at))
}

func (t *tracer) hasKeyless(s *stage) bool { _, ok := t.keyless[s]; return ok }

// keyText is `host.id "h1", process.pid "7"`.
func keyText(s *stage, key tuple) string {
	var parts []string
	for i, v := range key.strings(s.keys, false) {
		text := "null"
		if v != nil {
			text = fmt.Sprintf("%q", clip(*v))
		}
		parts = append(parts, s.keys[i].f.Name+" "+text)
	}
	return strings.Join(parts, ", ")
}

// Progress lists, after Finish, how far the sequences of each key got that has no result: the furthest first, then by
// key. If no event matched the first step, the only entry says so. It is empty for runs that NewTrace did not start.
func (r *Run) Progress() []Progress {
	t := r.finder.trace
	switch {
	case t == nil:
		return nil
	case r.samples != nil:
		return r.sampleProgress()
	case r.machine == nil:
		return nil
	}
	var keys []tuple
	for key := range t.best {
		if !t.complete[key] {
			keys = append(keys, tuple(key))
		}
	}
	slices.SortFunc(keys, func(a, b tuple) int {
		if d := len(t.best[string(b)].events) - len(t.best[string(a)].events); d != 0 {
			return d
		}
		return a.compare(b)
	})
	out := []Progress{}
	for _, key := range keys {
		out = append(out, t.progress(key))
	}
	if len(out) == 0 && len(t.complete) == 0 {
		out = append(out, Progress{Reason: t.waits(0, "")})
	}
	return out
}

func (t *tracer) progress(key tuple) Progress {
	a := t.best[string(key)]
	g := Progress{Keys: key.strings(t.p.stages[0].keys, false)}
	for _, e := range a.events {
		g.Events = append(g.Events, &e.ref)
	}
	reason := a.reason
	if reason == "" {
		reason = t.waits(len(a.events), key)
	}
	total := 0
	for _, s := range t.p.stages {
		if !s.missing {
			total++
		}
	}
	g.Reason = fmt.Sprintf("%d of %d steps; %s", len(a.events), total, reason)
	if first, _ := t.stage(0); len(first.keys) > 0 {
		g.Reason = keyText(first, key) + ": " + g.Reason
	}
	return g
}

// maxKeyText bounds what is shown of a hostile key, in bytes.
const maxKeyText = 120

func clip(s string) string {
	if len(s) <= maxKeyText {
		return s
	}
	return strings.ToValidUTF8(s[:maxKeyText], "") + "..."
}
