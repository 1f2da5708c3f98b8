package eval

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/event"
)

// A reference for sequences and samples with everything that keys can be: of the sequence and of the step, several at a
// time, optional, missing, with several values of several kinds, and with conditions that propagate. It is the text of
// LANGUAGE.md 6, 7: one matcher for each key that occurs, stage by stage over all events.

// refStep is a step of a generated query. Its condition is a letter and, maybe, a test of one field.
type refStep struct {
	letter  string
	missing bool
	runs    int
	keys    []string // of the step; "?" in front of an optional one
	test    *refTest
}

// refTest is a condition on a field: true if some value is one of the list; the negation of that with not.
type refTest struct {
	field  string
	values []string
	not    bool
	copied bool // it is no "or", so it holds for the other steps too
}

func (c *refTest) String() string {
	list := `("` + strings.Join(c.values, `", "`) + `")`
	switch {
	case c.copied && c.not:
		return c.field + " not in " + list
	case c.copied && len(c.values) > 1:
		return c.field + " in " + list
	case c.copied:
		return c.field + ` == "` + c.values[0] + `"`
	}
	return c.field + " : " + list
}

type refQuery struct {
	sample  bool
	keys    []string
	maxspan int64
	steps   []refStep
	until   *refStep
	pipes   []limit
	size    int // -1 = none
	perKey  int
}

func (q *refQuery) String() string {
	var b strings.Builder
	b.WriteString(map[bool]string{true: "sample", false: "sequence"}[q.sample])
	if len(q.keys) > 0 {
		b.WriteString(" by " + strings.Join(q.keys, ", "))
	}
	if q.maxspan > 0 {
		fmt.Fprintf(&b, " with maxspan=%dms", q.maxspan)
	}
	for _, s := range q.steps {
		b.WriteString(" " + s.String())
	}
	if q.until != nil {
		b.WriteString(" until " + q.until.String())
	}
	for _, l := range q.pipes {
		fmt.Fprintf(&b, " | %s %d", map[bool]string{true: "tail", false: "head"}[l.tail], l.n)
	}
	return b.String()
}

func (s refStep) String() string {
	text := fmt.Sprintf(`[any where s == "%s"`, s.letter)
	if s.missing {
		text = "!" + text
	}
	if s.test != nil {
		text += " and " + s.test.String()
	}
	text += "]"
	if len(s.keys) > 0 {
		text += " by " + strings.Join(s.keys, ", ")
	}
	if s.runs > 1 {
		text += fmt.Sprintf(" with runs=%d", s.runs)
	}
	return text
}

// refEvent is an event: letters, time, tiebreaker (-1 none), values of the key fields.
type refEvent struct {
	index   int
	at      int64
	tie     int
	letters string
	fields  map[string][]any
}

func (e *refEvent) doc() string {
	m := map[string]any{"@timestamp": e.at, "s": strings.Split(e.letters, "")}
	if e.tie >= 0 {
		m["tie"] = e.tie
	}
	for name, vals := range e.fields {
		m[name] = vals
	}
	b, _ := json.Marshal(m)
	return string(b)
}

// refKey is the text of a join value, in front of it its rank among the kinds; null is the empty text.
func refKey(v any) string {
	switch v := v.(type) {
	case bool:
		return "1" + strconv.FormatBool(v)
	case int:
		return fmt.Sprintf("2%03d", v)
	case string:
		return "3" + v
	}
	return ""
}

func refKeyText(k string) string {
	switch {
	case k == "":
		return "null"
	case k[0] == '2':
		n, _ := strconv.Atoi(k[1:])
		return strconv.Itoa(n)
	}
	return k[1:]
}

// tuples are the combinations of key values with which an event takes part in a step.
func (e *refEvent) tuples(names []string, until bool) [][]string {
	out := [][]string{{}}
	for _, name := range names {
		field, optional := strings.CutPrefix(name, "?")
		var values []string
		for _, v := range e.fields[field] {
			if v != nil && !slices.Contains(values, refKey(v)) {
				values = append(values, refKey(v))
			}
		}
		if len(values) == 0 && (optional || until) {
			values = []string{""}
		}
		var next [][]string
		for _, head := range out {
			for _, v := range values {
				next = append(next, append(slices.Clone(head), v))
			}
		}
		out = next
	}
	return out
}

// holds reports whether the test is true for an event, on another field maybe.
func (c *refTest) holds(e *refEvent, field string) bool {
	found := slices.ContainsFunc(e.fields[field], func(v any) bool {
		text := fmt.Sprint(v)
		return v != nil && slices.ContainsFunc(c.values, func(w string) bool { return w == text || !c.copied && strings.EqualFold(w, text) })
	})
	return found != c.not
}

// stages are the steps with their runs written out.
func (q *refQuery) stages() []*refStep {
	var out []*refStep
	for i := range q.steps {
		for range max(1, q.steps[i].runs) {
			out = append(out, &q.steps[i])
		}
	}
	return out
}

// matches reports whether an event satisfies a step: its own condition, and those that other steps have on their key of
// the same position.
func (q *refQuery) matches(e *refEvent, s *refStep) bool {
	if !strings.Contains(e.letters, s.letter) || s.test != nil && !s.test.holds(e, s.test.field) {
		return false
	}
	if s == q.until {
		return true
	}
	mine := append(slices.Clone(q.keys), s.keys...)
	for i := range q.steps {
		from := &q.steps[i]
		if from == s || from.missing || from.test == nil || !from.test.copied {
			continue
		}
		for at, name := range append(slices.Clone(q.keys), from.keys...) {
			if strings.TrimPrefix(name, "?") == from.test.field {
				if !from.test.holds(e, strings.TrimPrefix(mine[at], "?")) {
					return false
				}
				break
			}
		}
	}
	return true
}

// has reports whether an event takes part in a step with a key.
func (q *refQuery) has(e *refEvent, s *refStep, key []string) bool {
	return q.matches(e, s) && slices.ContainsFunc(e.tuples(append(slices.Clone(q.keys), s.keys...), s == q.until), func(t []string) bool {
		return slices.Equal(t, key)
	})
}

// allKeys are the keys that occur, in their order.
func (q *refQuery) allKeys(events []*refEvent) [][]string {
	var out [][]string
	for _, e := range events {
		for i := range q.steps {
			out = append(out, e.tuples(append(slices.Clone(q.keys), q.steps[i].keys...), false)...)
		}
	}
	slices.SortFunc(out, slices.Compare)
	return slices.CompactFunc(out, slices.Equal)
}

type refResult struct {
	key    []string
	events []*refEvent // nil for a missing one
}

func (x refResult) String() string {
	var b strings.Builder
	for _, k := range x.key {
		b.WriteString(refKeyText(k) + ",")
	}
	b.WriteString(":")
	for _, e := range x.events {
		if e == nil {
			b.WriteString(" -")
		} else {
			fmt.Fprintf(&b, " %d", e.index)
		}
	}
	return b.String()
}

// sequences runs the matcher of LANGUAGE.md 6.2 for one key, over events in order.
func (q *refQuery) sequences(events []*refEvent, key []string) [][]int {
	var pending [][]int
	first := true
	for _, s := range q.stages() {
		if s.missing {
			continue
		}
		var next [][]int
		for i, e := range events {
			if !q.has(e, s, key) {
				continue
			}
			if first {
				next = append(next, []int{i})
				continue
			}
			n := len(pending)
			for n > 0 && pending[n-1][len(pending[n-1])-1] >= i {
				n--
			}
			if n == 0 {
				continue
			}
			taken := pending[n-1]
			pending = pending[n:]
			late := q.maxspan > 0 && e.at-events[taken[0]].at > q.maxspan
			if !late && !q.stopped(events, key, taken[len(taken)-1], i) {
				next = append(next, append(slices.Clone(taken), i))
			}
		}
		pending, first = next, false
	}
	return pending
}

func (q *refQuery) stopped(events []*refEvent, key []string, last, now int) bool {
	for i := last; i < now && q.until != nil; i++ {
		if q.has(events[i], q.until, key) {
			return true
		}
	}
	return false
}

// stands applies the missing steps to a sequence of positive events.
func (q *refQuery) stands(events []*refEvent, key []string, found []int) bool {
	stages := q.stages()
	at := func(i int) int64 { return events[found[i]].at }
	first, last := at(0), at(len(found)-1)
	var lead, trail []int64
	done := 0
	for _, s := range stages {
		if !s.missing {
			done++
			continue
		}
		for _, e := range events {
			switch {
			case !q.has(e, s, key):
			case done == 0 && e.at < first:
				lead = append(lead, e.at)
			case done == len(found) && e.at > last:
				trail = append(trail, e.at)
			case done > 0 && done < len(found) && e.at > at(done-1) && e.at < at(done):
				return false
			}
		}
	}
	leads, trails := stages[0].missing, stages[len(stages)-1].missing
	switch {
	case len(lead) == 0 && len(trail) == 0, leads && len(lead) == 0, trails && len(trail) == 0:
		return true
	case leads && trails:
		return slices.Min(trail)-slices.Max(lead) > q.maxspan
	case leads:
		return last-slices.Max(lead) > q.maxspan
	}
	return slices.Min(trail)-first > q.maxspan
}

// sampled finds the samples of one key: distinct events, one for each step, in input order with backtracking.
func (q *refQuery) sampled(events []*refEvent, key []string) [][]*refEvent {
	var out [][]*refEvent
	var choose func(chosen []*refEvent)
	choose = func(chosen []*refEvent) {
		if len(out) == q.perKey {
			return
		}
		if len(chosen) == len(q.steps) {
			out = append(out, slices.Clone(chosen))
			return
		}
		for _, e := range events {
			if !slices.Contains(chosen, e) && q.has(e, &q.steps[len(chosen)], key) {
				choose(append(slices.Clone(chosen), e))
			}
		}
	}
	choose(nil)
	return out
}

// results are all results in order, limits applied.
func (q *refQuery) results(input []*refEvent) []string {
	events := slices.Clone(input)
	var all []refResult
	if q.sample {
		for _, key := range q.allKeys(events) {
			for _, found := range q.sampled(events, key) {
				all = append(all, refResult{key, found})
			}
		}
	} else {
		slices.SortFunc(events, refOrder)
		for _, key := range q.allKeys(events) {
			for _, found := range q.sequences(events, key) {
				if q.stands(events, key, found) {
					all = append(all, q.withMissing(events, key, found))
				}
			}
		}
		slices.SortStableFunc(all, func(a, b refResult) int { return refOrder(a.last(), b.last()) })
	}
	limits := slices.Clone(q.pipes)
	if q.size >= 0 {
		limits = append([]limit{{int64(q.size), len(q.pipes) == 0 || q.pipes[0].tail}}, limits...)
	}
	for _, l := range limits {
		n := min(int(l.n), len(all))
		if l.tail && !q.sample {
			all = all[len(all)-n:]
		} else {
			all = all[:n]
		}
	}
	out := []string{}
	for _, x := range all {
		out = append(out, x.String())
	}
	return out
}

func (x refResult) last() *refEvent {
	return slices.MaxFunc(slices.DeleteFunc(slices.Clone(x.events), func(e *refEvent) bool { return e == nil }), refOrder)
}

func (q *refQuery) withMissing(events []*refEvent, key []string, found []int) refResult {
	x := refResult{key: key}
	for _, s := range q.stages() {
		if s.missing {
			x.events = append(x.events, nil)
			continue
		}
		x.events = append(x.events, events[found[0]])
		found = found[1:]
	}
	return x
}

// refOrder is the order of events: time, tiebreaker with those that lack it last, input.
func refOrder(a, b *refEvent) int {
	tie := func(e *refEvent) int {
		if e.tie < 0 {
			return 1 << 30
		}
		return e.tie
	}
	switch {
	case a.at != b.at:
		return int(a.at - b.at)
	case tie(a) != tie(b):
		return tie(a) - tie(b)
	}
	return a.index - b.index
}

// found runs a query over events in the order given.
func (q *refQuery) found(t *testing.T, events []*refEvent, ordered bool) []string {
	t.Helper()
	opts := Options{TiebreakerField: "tie", MaxSamplesPerKey: q.perKey}
	if q.size >= 0 {
		opts.Size = &q.size
	}
	p, err := Compile(mustParse(t, q.String()), nil, opts)
	if err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	run, dec, rec := p.NewRun(ordered), event.NewDecoder(p.Layout()), new(event.Record)
	for _, e := range events {
		if err := dec.Decode([]byte(e.doc()), rec); err != nil {
			t.Fatal(err)
		}
		if err := run.Feed(rec, Ref{Index: e.index}); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	out := []string{}
	for _, r := range run.Finish() {
		var b strings.Builder
		for _, k := range r.Keys {
			if k == nil {
				b.WriteString("null,")
			} else {
				b.WriteString(*k + ",")
			}
		}
		b.WriteString(":")
		for _, e := range r.Events {
			if e == nil {
				b.WriteString(" -")
			} else {
				fmt.Fprintf(&b, " %d", e.Index)
			}
		}
		out = append(out, b.String())
	}
	return out
}

// TestKeysAgainstReference compares random sequences and samples over random events with the reference: in order of time,
// and as the events come.
func TestKeysAgainstReference(t *testing.T) {
	results, withResults := 0, 0
	for i := range *programs {
		g := &gen{rand.New(rand.NewPCG(*seed, 1<<43|uint64(i))), false, Options{}}
		n := compareKeys(t, g)
		if t.Failed() {
			t.Fatalf("program %d of seed %d", i, *seed)
		}
		if results += n; n > 0 {
			withResults++
		}
	}
	t.Logf("%d queries, %d with results, %d results compared", *programs, withResults, results)
	if withResults*8 < *programs {
		t.Errorf("the generator is lopsided: %d of %d have results", withResults, *programs)
	}
}

// compareKeys tries one query and returns the number of its results.
func compareKeys(t *testing.T, g *gen) int {
	t.Helper()
	q, events := g.refQuery(), g.refEvents()
	want := q.results(events)
	d := cmp.Diff(want, q.found(t, events, false))
	if d == "" && !q.sample {
		sorted := slices.Clone(events)
		slices.SortFunc(sorted, refOrder)
		d = cmp.Diff(want, q.found(t, sorted, true))
	}
	if d != "" {
		var docs []string
		for _, e := range events {
			docs = append(docs, e.doc())
		}
		t.Errorf("%s\nsize %d, %d per key, over\n%s\n(-want +got):\n%s", q, q.size, q.perKey, strings.Join(docs, "\n"), d)
	}
	return len(want)
}
