package eval

import (
	"errors"
	"fmt"
	"slices"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval/internal/fn"
	"github.com/rulevet/rulevet/event"
)

// Run is one run of a program over events. It is not safe for concurrent use.
type Run struct {
	fn.Run
	// Answer is the model of this run, in the place of Options.Answer; nil: that. It may be set until the first event is added.
	Answer func(prompt string) (answer string, ok bool)
	p      *Program
	cover  *Coverage
	feeds  []*feed
	rows   []sink // of ROW
	// Each takes the rows of the result, in order, in the place of Result.Rows and Result.Docs; nil: these do. Of rows that stand for
	// events the row itself is left out. It may be set until the first event is added. If the run fails, what was taken is no result.
	Each     func(row string, doc *Doc)
	out      *collector
	warnings []string
	warned   map[*fn.Site]int
	docs     int
	made     int // rows that commands made of others
	held     int // estimated bytes of what the commands keep
}

// Doc is an event that a row comes from.
type Doc struct {
	Number int // of the events that were added, from 0
	Note   any // as Meta has it
}

// maxMade is how many rows commands may make of others in one run, and maxMadeEach how many more for each event: those that MV_EXPAND and
// joins multiply. The circuit breakers and time limits of Elasticsearch, which end such a query, do not exist here.
const (
	maxMade     = 1 << 22
	maxMadeEach = 256
)

// multiply fails the run if a command makes too many rows.
func (r *Run) multiply(rows int, by esql.Node) bool {
	if r.made += rows; r.made > maxMade+maxMadeEach*r.docs {
		r.Fail(&Error{Span: by.Span(), Message: fmt.Sprintf("more than [%d] rows that are made of others are not supported", maxMade+maxMadeEach*r.docs)})
	}
	return r.Err == nil
}

// Start begins a run. Coverage may be nil; it is added to.
func (p *Program) Start(cover *Coverage) *Run {
	r := &Run{p: p, cover: cover, warned: map[*fn.Site]int{}}
	r.Run = fn.Run{Now: p.opts.Now, Zone: p.env.Zone, Warn: r.warn}
	r.out = &collector{r: r, columns: p.columns}
	r.open(p.root, r.out)
	return r
}

// open starts a pipeline whose result goes to last.
func (r *Run) open(p *pipeline, last sink) {
	for _, s := range slices.Backward(p.steps) {
		last = s.open(r, last)
	}
	switch {
	case p.source != nil:
		r.feeds = append(r.feeds, newFeed(r, p.source, last, true))
	default:
		r.rows = append(r.rows, last)
	}
}

// maxFailures is how many failures of one expression are told.
const maxFailures = 20

func (r *Run) warn(site *fn.Site, err error) {
	n := r.warned[site]
	if n == 0 {
		r.warnings = append(r.warnings, fmt.Sprintf("Line %d:%d: evaluation of [%s] failed, treating result as null. Only first %d failures recorded.", site.Line, site.Column, site.Text, maxFailures))
	}
	r.warned[site] = n + 1
	if n >= maxFailures {
		return
	}
	text := fmt.Sprintf("Line %d:%d: %s", site.Line, site.Column, err)
	if !slices.Contains(r.warnings, text) {
		r.warnings = append(r.warnings, text)
	}
}

// Meta is what is known of an event beside its fields.
type Meta struct {
	ID, Index string // _id and _index of the event; may be empty
	// Source is the document; it is needed for queries on documents and for _source, and may change after the call.
	Source []byte
	// Note is the caller's own note on the event, for Doc. It is held as long as a row comes from the event.
	Note any
}

// Add gives the run the next event, decoded with the program's layout. It returns false when no more events can change the
// result.
func (r *Run) Add(rec *event.Record, meta *Meta) (more bool) {
	return r.feed(func(f *feed, doc int) { f.add(rec, meta, doc) })
}

// AddEvent is Add for an event that a Reader of the program has read.
func (r *Run) AddEvent(e *Event, meta *Meta) (more bool) {
	return r.feed(func(f *feed, doc int) { f.addEvent(e, meta, doc) })
}

func (r *Run) feed(add func(f *feed, doc int)) (more bool) {
	defer r.guard()
	doc := r.docs
	r.docs++
	want := false
	for _, f := range r.feeds {
		if !f.full {
			add(f, doc)
			want = true
		}
	}
	return want && r.Err == nil
}

// Held estimates the memory of what the run keeps until its end: groups, rows that are to be sorted, rows of the result. In bytes.
func (r *Run) Held() int { return r.held }

// guard makes an error of a panic, which is a fault of this package.
func (r *Run) guard() {
	if v := recover(); v != nil {
		r.Fail(recovered(v))
	}
}

// end lets what is left through all steps.
func (r *Run) end() {
	defer r.guard()
	for _, f := range r.feeds {
		f.flush()
		f.next.finish()
	}
	for _, s := range r.rows {
		s.push(&batch{n: 1})
		s.finish()
	}
}

// Finish ends the run. The error is that of the query: what Elasticsearch refuses while it runs.
func (r *Run) Finish() (*Result, error) {
	r.end()
	if r.Err != nil {
		var at *fn.SiteError
		if errors.As(r.Err, &at) {
			return nil, &Error{Span: esql.Span{Start: at.Site.Start, End: at.Site.End}, Message: at.Err.Error()}
		}
		return nil, r.Err
	}
	return r.out.result(r), nil
}
