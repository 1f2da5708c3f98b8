package hunt

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/rulevet/rulevet/rule"
)

// Collector makes a Report of what another engine found, such as a cluster over its own data. Its zero value is not ready:
// see NewCollector.
type Collector struct {
	opts       Options
	rules      []RuleResult
	hosts      counter
	timeline   timeline
	notChecked []NotChecked
	inputs     []InputResult
	all        tally
	incomplete bool
	name       string
}

// NewCollector returns a Collector. Of the options By and Samples count.
func NewCollector(o Options) *Collector { return &Collector{opts: o, hosts: newCounter(maxHosts)} }

// Match is a match of another engine.
type Match struct {
	Time   time.Time // of the last event; zero = unknown
	Host   string    // what matches are counted by; empty = none
	Sample Sample    // its events with their sources
}

// Samples is the number of matches to keep of each rule.
func (c *Collector) Samples() int { return c.opts.samples() }

// Rule adds a rule that ran. Total is the number of its matches where matches are not all of them, which limited says then;
// failure is what kept it from an answer.
func (c *Collector) Rule(file *rule.File, matches []Match, total int, limited, failure string) {
	t := tally{hosts: newCounter(maxRuleHosts)}
	i := len(c.rules)
	for _, m := range matches {
		at := moment{m.Time.UnixMilli(), !m.Time.IsZero()}
		t.add(at)
		c.all.add(at)
		t.hosts.add(m.Host)
		if v := c.hosts.add(m.Host); v != nil {
			v.addRule(i)
		}
		if at.ok {
			c.timeline.add(at.at)
		}
		if len(t.samples) < c.opts.samples() {
			t.samples = append(t.samples, m.Sample)
		}
	}
	res := RuleResult{Path: file.Path, RuleID: file.Rule.ID, Name: file.Rule.Name, Severity: file.Rule.Severity, Matches: max(total, len(matches)),
		Hosts: t.hosts.counts(), Samples: append([]Sample{}, t.samples...), Limited: limited}
	if t.timed {
		res.First, res.Last = isoTime(t.first), isoTime(t.last)
	}
	if failure != "" {
		res.Failures, res.Failure = 1, failure
	}
	c.incomplete = c.incomplete || failure != "" || limited != ""
	c.rules = append(c.rules, res)
}

// NotChecked adds a rule that did not run.
func (c *Collector) NotChecked(file *rule.File, why string) {
	c.notChecked = append(c.notChecked, NotChecked{Path: file.Path, RuleID: file.Rule.ID, Name: file.Rule.Name, Why: why})
}

// Searched says what was searched; failure is what ended the search before its end.
func (c *Collector) Searched(name, failure string) {
	c.name = name
	if failure != "" {
		c.inputs = append(c.inputs, InputResult{Name: name, Error: failure})
		c.incomplete = true
	}
}

// Report returns the result.
func (c *Collector) Report() *Report {
	out := &Report{SchemaVersion: SchemaVersion, By: cmp.Or(c.opts.By, "host.name"), Rules: append([]RuleResult{}, c.rules...), Hosts: c.hosts.counts(),
		Timeline: c.timeline.buckets(), BucketSeconds: width(c.timeline.level) / 1000,
		Cluster: c.name, NotChecked: append([]NotChecked{}, c.notChecked...), Inputs: append([]InputResult{}, c.inputs...)}
	s := &out.Summary
	s.Rules, s.NotChecked, s.Complete = len(c.rules), len(c.notChecked), !c.incomplete
	for _, r := range c.rules {
		s.Matches += r.Matches
		if r.Matches > 0 {
			s.Fired++
		}
	}
	if c.all.timed {
		s.First, s.Last = isoTime(c.all.first), isoTime(c.all.last)
	}
	slices.SortStableFunc(out.Rules, func(a, b RuleResult) int { return cmp.Or(b.Matches-a.Matches, strings.Compare(a.Path, b.Path)) })
	return out
}
