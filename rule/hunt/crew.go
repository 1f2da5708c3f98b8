package hunt

import (
	"fmt"
	"strings"
	"sync"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/search"
)

// batch is a piece of an input on its way: the goroutine of the input fills it, a worker of the crew finds out what its events mean
// to the rules, and the run takes them in order.
type batch struct {
	in     event.Batch
	name   string
	events []seen
	hits   []search.Hit // of all events
	ready  chan struct{}
}

// seen is an event, or what should be one.
type seen struct {
	doc      event.Doc
	err      error // it is none
	at       int64 // milliseconds, if timed
	timed    bool
	host     string // what matches are counted by, if it has hits
	from, to int32  // of hits
}

// moment is the time of the event.
func (f *seen) moment() moment { return moment{f.at, f.timed} }

const (
	batchSize = 192 << 10 // bytes
	maxHits   = 1 << 14   // that a batch keeps room for
)

// crew are the workers of a run. Batches are independent of one another: whatever the number of workers, the result is the same.
type crew struct {
	jobs    chan *batch
	done    sync.WaitGroup
	workers int

	mu    sync.Mutex
	free  []*batch
	given int // batches that inputs have
}

// newCrew starts the workers of a run over the programs of a hunt.
func newCrew(h *Hunt, set *search.SetRun) *crew {
	c := &crew{jobs: make(chan *batch), workers: h.opts.jobs()}
	for range c.workers {
		w := &worker{hunt: h, matcher: set.NewMatcher(), unpacker: event.NewUnpacker(h.layout), indexes: &selector{h, map[string]search.Selection{}}}
		c.done.Go(func() {
			for b := range c.jobs {
				w.work(b)
				b.ready <- struct{}{}
			}
		})
	}
	return c
}

// stop ends the workers.
func (c *crew) stop() {
	close(c.jobs)
	c.done.Wait()
}

// minBatches is what every open input gets: one to fill while the other is used.
const minBatches = 2

// get returns a batch for an input that has so many; nil if it must do with these.
func (c *crew) get(has int) *batch {
	c.mu.Lock()
	defer c.mu.Unlock()
	if has >= minBatches && c.given >= 2*c.workers+minBatches {
		return nil
	}
	c.given++
	if n := len(c.free); n > 0 {
		b := c.free[n-1]
		c.free = c.free[:n-1]
		return b
	}
	return &batch{ready: make(chan struct{}, 1)}
}

func (c *crew) put(b *batch) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.given--
	c.free = append(c.free, b)
}

// worker decodes events and finds the rules that they concern.
type worker struct {
	hunt     *Hunt
	matcher  *search.Matcher
	unpacker *event.Unpacker
	indexes  *selector
	host     string // of the event before
}

func (w *worker) work(b *batch) {
	clear(b.hits)
	b.events, b.hits = b.events[:0], b.hits[:0]
	if cap(b.hits) > maxHits {
		b.hits = nil
	}
	w.unpacker.Each(&b.in, func(doc event.Doc, rec *event.Record, err error) {
		f := seen{doc: doc, err: err, from: int32(len(b.hits))}
		if err == nil {
			w.look(b, &f, rec)
		}
		f.to = int32(len(b.hits))
		b.events = append(b.events, f)
	})
}

// look finds out what an event means.
func (w *worker) look(b *batch, f *seen, rec *event.Record) {
	stamps := rec.Values(w.hunt.timeSlot)
	if f.at, f.timed = timeOf(stamps); len(stamps) > 0 && !f.timed {
		f.err = fmt.Errorf("%s:%d: record %d: @timestamp %s is no date, so that Elasticsearch would not take the event", b.name, f.doc.Line, f.doc.Record, rule.Quote(stamps[0].Text))
		return
	}
	b.hits = w.matcher.Match(rec, w.indexes.of(f.doc.IndexName), b.hits)
	if len(b.hits) == int(f.from) {
		return
	}
	if host := hostOf(rec, w.hunt.groupSlots); host != w.host {
		w.host = strings.Clone(host) // the record's memory is used again
	}
	f.host = w.host
}

// hostOf is the first value in the first of some slots that has one.
func hostOf(rec *event.Record, slots []int) string {
	for _, slot := range slots {
		if vs := rec.Values(slot); len(vs) > 0 {
			return vs[0].Text
		}
	}
	return ""
}
