// Package hunt runs every rule of a set over an archive of events in one pass and tells which of them fire, how often,
// when and where: to see what a rule would have found in the past, or that it is quiet on known-good traffic.
//
// Inputs are read side by side, each opened when its first event is due, so that events come in order of time across
// files whose own events are in order. Event queries and samples do not care; of sequences the events that match a step are
// held back in a buffer, which puts input in order that is not quite. What comes too late even for that makes the rule's
// result incomplete, and the report says so.
//
// The query and the filters of the rule decide: schedules, exceptions, suppression and the limit of signals a run are not applied.
//
// Events are decoded, and the rules that they concern found, by as many goroutines as there are cores; what these find is taken in the
// order of the events, so that the result is that of one core.
//
// Memory does not grow with the archive: samples, hosts, pending sequences and the buffer are limited, and where a limit was
// reached the report says that too. The documents of events that may become part of a result are held in a file without a name.
package hunt

import (
	"context"
	"runtime"
	"time"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/indexname"
	"github.com/rulevet/rulevet/internal/parallel"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/schema"
	"github.com/rulevet/rulevet/search"
)

// Options of a hunt. The zero value is useful.
type Options struct {
	// Catalog has the field types of the rules' indexes; nil: the embedded one.
	Catalog *schema.Catalog
	// Languages are further ones that rules may be in.
	Languages []compile.Language
	// Stack is the version that the rules are run as on, as compile.Compiler has it.
	Stack string
	// Beside gives what a rule reads beside events; nil: nothing is given.
	Beside func(file *rule.File) *compile.Beside
	// By is the field whose values matches are counted by; empty: host.name, or else host.hostname or host.id.
	By string
	// AnyIndex runs a rule also on events whose _index its patterns rule out.
	AnyIndex bool
	// Samples is the number of matches to keep of each rule, with their events; 0 is 3, a negative number none.
	Samples int
	// Buffer is the number of bytes of events of sequences that may be held back to put them in order; 0 is 32 MiB.
	Buffer int
	// MaxPending is the number of sequences that may wait for their next event, over all rules; 0 is 200,000.
	MaxPending int
	// MaxSize is the number of bytes that queries which group or sort may keep, over all rules; 0 is 48 MiB.
	MaxSize int
	// Jobs is the number of goroutines that compile rules, decode events and look for the rules that they concern; 0 is one a core. The
	// result does not depend on it.
	Jobs int
	// Now is what "now" in a date literal means; zero is the time of New.
	Now time.Time
	// Progress is called every few thousand events; nil: never.
	Progress func(Progress)
}

// Progress is how far a hunt has got.
type Progress struct {
	Events, Matches int   // read, and matches found, so far
	Bytes           int64 // read of the inputs, compressed as they are
}

func (o Options) samples() int {
	if o.Samples == 0 {
		return 3
	}
	return max(o.Samples, 0)
}

func (o Options) beside(file *rule.File) *compile.Beside {
	if o.Beside == nil {
		return nil
	}
	return o.Beside(file)
}

// jobs is the number of goroutines that work at the same time.
func (o Options) jobs() int { return max(1, or(o.Jobs, runtime.GOMAXPROCS(0))) }

func or(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

// Hunt is a compiled set of rules. It is immutable and safe for concurrent use.
type Hunt struct {
	opts       Options
	rules      []huntRule
	notChecked []NotChecked
	set        *search.Set
	layout     *event.Layout
	timeSlot   int
	groupSlots []int // the first with a value counts
}

// huntRule is a rule that runs.
type huntRule struct {
	file    *rule.File
	indexes indexname.Patterns
}

// New compiles the rules of files. Those that cannot be run are in the report as not checked, with the reason.
func New(files []*rule.File, o Options) (*Hunt, error) {
	h := &Hunt{opts: o, layout: &event.Layout{}}
	h.timeSlot = h.layout.Add("@timestamp")
	names := []string{"host.name", "host.hostname", "host.id"}
	if o.By != "" {
		names = []string{o.By}
	}
	for _, name := range names {
		h.groupSlots = append(h.groupSlots, h.layout.Add(name))
	}
	compiler := &compile.Compiler{Catalog: o.Catalog, Stack: o.Stack, Languages: o.Languages}
	beside := make([]*compile.Beside, len(files)) // asked for one after another: the caller need not know of goroutines
	for i, file := range files {
		beside[i] = o.beside(file)
	}
	compiled := make([]*compile.Program, len(files))
	refused := make([]error, len(files))
	_ = parallel.Each(context.Background(), o.jobs(), len(files), func(i int) {
		compiled[i], refused[i] = compiler.Compile(files[i], compile.Options{Layout: h.layout, Now: o.Now, Archive: true, Beside: beside[i]})
	})
	var programs []*compile.Program
	for i, file := range files {
		if err := refused[i]; err != nil {
			h.notChecked = append(h.notChecked, NotChecked{Path: file.Path, RuleID: file.Rule.ID, Name: file.Rule.Name, Why: err.Error()})
			continue
		}
		programs = append(programs, compiled[i])
		h.rules = append(h.rules, huntRule{file, indexname.New(compiled[i].Indexes())})
	}
	set, err := search.NewSet(programs)
	if err != nil {
		return nil, err
	}
	h.set = set
	return h, nil
}

// Rules returns the number of rules that run.
func (h *Hunt) Rules() int { return len(h.rules) }
