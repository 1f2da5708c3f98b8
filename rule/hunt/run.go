package hunt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/search"
)

// originBits is where search.Ref.Origin holds the number of the input above that of the record.
const originBits = 40

// progressEvery is the number of events between two calls of Options.Progress.
const progressEvery = 1 << 13

// run is one hunt at work.
type run struct {
	hunt     *Hunt
	merger   *merger
	set      *search.SetRun
	tallies  []tally
	hosts    counter
	timeline timeline
	sources  int // bytes of samples
	summary  Totals
	first    moment
	last     moment

	now    *stream // of the event at hand; nil in the end
	lookup *event.Decoder
	rec    event.Record // of an earlier event
	slots  []int        // of the time and of what matches are counted by, in rec

	vault *vault // documents of earlier events

	decoder *event.Decoder // of all fields; nil until it is needed
	whole   event.Record   // of the event at hand
}

// Run reads all inputs. Its error is that of the context only, together with what was found until then: an input that
// cannot be read is in the report.
func (h *Hunt) Run(ctx context.Context, inputs []Input) (*Report, error) {
	r := &run{hunt: h, tallies: make([]tally, len(h.rules)), hosts: newCounter(maxHosts), vault: newVault(vaultChunk, vaultRecent, vaultDisk)}
	defer r.vault.close()
	r.locate()
	for i := range r.tallies {
		r.tallies[i].hosts = newCounter(maxRuleHosts)
	}
	r.set = h.set.NewRun(search.SetOptions{Match: r.match, Fail: r.fail, Keep: r.keep, Buffer: or(h.opts.Buffer, 32<<20), MaxPending: or(h.opts.MaxPending, 200_000),
		MaxSize: or(h.opts.MaxSize, 48<<20)})
	crew := newCrew(h, r.set)
	defer crew.stop()
	r.merger = newMerger(crew, inputs)
	for r.now = r.merger.next(); r.now != nil; r.now = r.merger.next() {
		r.take(r.now)
		if r.summary.Events++; r.summary.Events%progressEvery == 0 {
			if r.pause(ctx) != nil {
				break
			}
		}
	}
	if r.now != nil {
		r.merger.stop("interrupted")
		r.now = nil
	}
	r.set.Close()
	return r.report(), ctx.Err()
}

// take takes the event at hand of an input.
func (r *run) take(s *stream) {
	r.observe(s)
	f := s.event
	ref := search.Ref{Index: r.summary.Events, ID: f.doc.ID, Source: f.doc.Source, Origin: int64(s.number)<<originBits | int64(s.read-1)}
	r.set.Take(ref, s.now.hits[f.from:f.to], r.record)
}

// record decodes the event at hand: for rules that cannot do with what the crew found out.
func (r *run) record() *event.Record {
	if r.decoder == nil {
		r.decoder = event.NewDecoder(r.hunt.layout)
	}
	doc := &r.now.event.doc
	_ = r.decoder.Decode(doc.Source, &r.whole) // it could be decoded before
	r.whole.ID, r.whole.Index = doc.ID, doc.IndexName
	return &r.whole
}

// locate prepares the look at single events.
func (r *run) locate() {
	l := &event.Layout{}
	for _, slot := range append([]int{r.hunt.timeSlot}, r.hunt.groupSlots...) {
		r.slots = append(r.slots, l.Add(r.hunt.layout.Names()[slot]))
	}
	r.lookup = event.NewDecoder(l)
}

func (r *run) pause(ctx context.Context) error {
	if r.hunt.opts.Progress != nil {
		r.hunt.opts.Progress(Progress{r.summary.Events, r.summary.Matches, r.merger.bytes.Load()})
	}
	return ctx.Err()
}

// observe notes the time of an event.
func (r *run) observe(s *stream) {
	s.result.Events++
	if !s.event.timed {
		return
	}
	if !r.first.ok || s.at < r.first.at {
		r.first = moment{s.at, true}
	}
	if r.last.ok && s.at < r.last.at {
		r.summary.Unordered = true
	} else {
		r.last = moment{s.at, true}
	}
}

// match takes a match of a rule.
func (r *run) match(i int, m search.Result) {
	r.summary.Matches++
	t := &r.tallies[i]
	var last *search.Ref // none of an aggregated row
	for n := len(m.Events) - 1; last == nil && n >= 0; n-- {
		last = m.Events[n]
	}
	var at moment
	host := ""
	if last != nil {
		at, host = r.about(last)
	}
	t.add(at)
	t.hosts.add(host)
	if v := r.hosts.add(host); v != nil {
		v.addRule(i)
	}
	if at.ok {
		r.timeline.add(at.at)
	}
	if len(t.samples) < r.hunt.opts.samples() {
		t.samples = append(t.samples, r.sample(m))
	}
}

// keep stores the document of the event at hand, unless it is too large to be shown, and makes a note of it.
func (r *run) keep(ref search.Ref) []byte {
	f := r.now.event
	n := note{moment: f.moment(), at: -1, size: len(ref.Source), host: f.host}
	if n.size <= maxSource {
		n.at = r.vault.put(ref.Source)
	}
	return n.append(nil)
}

// about is the time of an event and what it is counted by.
func (r *run) about(ref *search.Ref) (moment, string) {
	if r.now != nil && ref.Index == r.summary.Events {
		return r.now.event.moment(), r.now.event.host
	}
	if n, ok := readNote(ref.Source); ok {
		return n.moment, n.host
	}
	if r.lookup.Decode(ref.Source, &r.rec) != nil {
		return moment{}, ""
	}
	at, ok := timeOf(r.rec.Values(r.slots[0]))
	return moment{at, ok}, hostOf(&r.rec, r.slots[1:])
}

func (r *run) sample(m search.Result) Sample {
	out := Sample{Keys: m.Keys}
	for _, ref := range m.Events {
		if ref == nil {
			out.Events = append(out.Events, nil)
			continue
		}
		at, host := r.about(ref)
		out.Events = append(out.Events, r.sampleEvent(ref, at, strings.ToValidUTF8(strings.Clone(host), "\ufffd")))
	}
	return out
}

// fail takes an error of a rule at the event at hand.
func (r *run) fail(i int, err error) {
	t := &r.tallies[i]
	var limit *search.LimitError
	if errors.As(err, &limit) {
		if t.limited == "" {
			t.limited = r.place() + limited(limit)
		}
		return
	}
	if t.failures++; t.failures == 1 {
		t.failure = r.explain(err)
	}
}

func limited(e *search.LimitError) string {
	if e.Size > 0 {
		return fmt.Sprintf("%s KiB of groups and rows were held, with those of other rules more than there is room for: the rule was not run on the events behind this one", Grouped(e.Size>>10))
	}
	text := fmt.Sprintf("%s sequences or samples were pending, more than there is room for: ", Grouped(e.Pending))
	if e.Ended {
		return text + "the rule was not run on the events behind this one"
	}
	return text + fmt.Sprintf("those that had waited longest, over %v, were given up, so matches that take longer may be missing", e.Waited.Round(time.Second))
}

// explain words an error of package eval for somebody who knows files, not the numbers of events.
func (r *run) explain(err error) string {
	var late *search.OrderError
	text := strings.TrimPrefix(err.Error(), fmt.Sprintf("record %d: ", r.summary.Events))
	if errors.As(err, &late) {
		text = "the event comes too late to be put in order of time, which sequences need; sort the input, or allow a larger buffer"
	}
	return r.place() + text
}

// place names the event at hand.
func (r *run) place() string {
	if r.now == nil {
		return ""
	}
	return fmt.Sprintf("%s:%d: record %d: ", r.now.Name, r.now.event.doc.Line, r.now.read)
}

// report puts together what was counted.
func (r *run) report() *Report {
	s := &r.summary
	out := &Report{SchemaVersion: SchemaVersion, By: r.hunt.opts.By, Rules: []RuleResult{}, Hosts: r.hosts.counts(), Timeline: r.timeline.buckets(), BucketSeconds: width(r.timeline.level) / 1000,
		NotChecked: append([]NotChecked{}, r.hunt.notChecked...), Inputs: []InputResult{}}
	if out.By == "" {
		out.By = "host.name"
	}
	s.First, s.Last, s.Complete = r.first.String(), r.last.String(), true
	s.Rules, s.NotChecked = len(r.hunt.rules), len(out.NotChecked)
	for i := range r.tallies {
		res := r.rule(i)
		if res.Matches > 0 {
			s.Fired++
		}
		s.Complete = s.Complete && res.Failures == 0 && res.Limited == ""
		out.Rules = append(out.Rules, res)
	}
	slices.SortStableFunc(out.Rules, func(a, b RuleResult) int { return cmp.Or(b.Matches-a.Matches, strings.Compare(a.Path, b.Path)) })
	for _, in := range r.merger.all {
		s.Damaged += in.result.Damaged
		s.Complete = s.Complete && in.result.Damaged == 0 && in.result.Error == ""
		out.Inputs = append(out.Inputs, in.result)
	}
	out.Summary = *s
	return out
}

func (r *run) rule(i int) RuleResult {
	t, file := &r.tallies[i], r.hunt.rules[i].file
	res := RuleResult{Path: file.Path, RuleID: file.Rule.ID, Name: file.Rule.Name, Severity: file.Rule.Severity, Matches: t.matches,
		Hosts: t.hosts.counts(), Samples: t.samples, Failures: t.failures, Failure: t.failure, Limited: t.limited}
	if t.timed {
		res.First, res.Last = isoTime(t.first), isoTime(t.last)
	}
	if res.Samples == nil {
		res.Samples = []Sample{}
	}
	return res
}
