package hunt

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"sync/atomic"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/esdate"
)

// Input is one source of events: NDJSON or what else event.Reader reads, plain or compressed.
type Input struct {
	Name string                        // in the report, a path as given
	Open func() (io.ReadCloser, error) // begins reading; called once, and what it returns is closed
	// Once says that it can be opened only once, as standard input. Other inputs are opened a first time to see when their
	// events begin.
	Once bool
}

// maxOpen bounds the inputs that are open at the same time.
const maxOpen = 32

// maxDamages bounds the damaged records that a report lists of one input.
const maxDamages = 10

// stream is an input while it is read.
type stream struct {
	Input
	number int
	at     int64 // milliseconds: the time of the event at hand; of one without a time that of the event before
	read   int   // documents so far
	result InputResult
	event  *seen // at hand; nil before the first and behind the last
	ended  bool  // read to its end

	// What follows is there while it is open: a goroutine of its own reads it into batches.
	open   bool
	queue  chan *batch   // in the order of the input
	free   chan *batch   // to be filled
	quit   chan struct{} // ends the reading
	now    *batch        // of the event at hand
	next   int           // event in it
	begins atomic.Bool   // nobody has asked for more than its first event
}

// merger reads all inputs in order of time.
type merger struct {
	crew    *crew
	all     []*stream
	waiting []*stream // not open yet, by the time of their first event
	open    []*stream
	current *stream
	until   int64 // the current stream is the next one up to this time
	bytes   atomic.Int64
}

// newMerger looks when each input begins. With one input there is nothing to put in order.
func newMerger(c *crew, inputs []Input) *merger {
	m := &merger{crew: c}
	for i, in := range inputs {
		s := &stream{Input: in, number: i, at: minTime}
		s.result.Name = in.Name
		if len(inputs) > 1 {
			m.peek(s)
		}
		m.all = append(m.all, s)
	}
	m.waiting = slices.Clone(m.all)
	slices.SortStableFunc(m.waiting, func(a, b *stream) int { return cmp.Compare(a.at, b.at) })
	return m
}

const minTime = -1 << 62

// peek reads the first event of an input for its time. An input that can be opened again is closed.
func (m *merger) peek(s *stream) {
	before := m.bytes.Load()
	s.begins.Store(true)
	m.start(s)
	if s.Once || !s.open {
		return
	}
	at := s.at
	m.close(s)
	m.bytes.Store(before)
	s.at, s.read, s.result, s.event = at, 0, InputResult{Name: s.Name}, nil
	s.begins.Store(false)
}

// start opens an input and reads its first event. What fails is in its result.
func (m *merger) start(s *stream) {
	file, err := s.Open()
	if err != nil {
		s.result.Error = err.Error()
		return
	}
	counted := &counting{file, &m.bytes}
	reader, err := event.NewReader(s.Name, counted)
	if err != nil {
		s.result.Error = err.Error()
		file.Close()
		return
	}
	s.open = true
	s.queue, s.free, s.quit = make(chan *batch, maxBatches), make(chan *batch, maxBatches), make(chan struct{})
	go m.fill(s, reader, counted)
	m.advance(s)
}

// maxBatches bounds the batches of one input.
const maxBatches = 64

// fill reads an input into batches until its end, or until quit.
func (m *merger) fill(s *stream, reader *event.Reader, file io.Closer) {
	defer close(s.queue)
	defer file.Close()
	defer reader.Close()
	has := 0
	for more := true; more; {
		b := m.batch(s, &has)
		if b == nil {
			return
		}
		size := batchSize
		if s.begins.Load() {
			size = 1
		}
		b.name = s.Name
		more = reader.Fill(&b.in, size)
		m.crew.jobs <- b
		s.queue <- b
	}
}

// batch returns a batch to fill; nil if the reading is to end.
func (m *merger) batch(s *stream, has *int) *batch {
	select {
	case <-s.quit:
		return nil
	case b := <-s.free:
		return b
	default:
	}
	if *has < maxBatches && (*has == 0 || !s.begins.Load()) {
		if b := m.crew.get(*has); b != nil {
			*has++
			return b
		}
	}
	select {
	case <-s.quit:
		return nil
	case b := <-s.free:
		return b
	}
}

// counting counts the bytes that are read.
type counting struct {
	io.ReadCloser
	n *atomic.Int64
}

func (c *counting) Read(b []byte) (int, error) {
	n, err := c.ReadCloser.Read(b)
	c.n.Add(int64(n))
	return n, err
}

// advance goes to the next event of an input; there is none at the end.
func (m *merger) advance(s *stream) {
	for s.event = nil; s.open; {
		if s.now == nil {
			b, more := <-s.queue
			if !more {
				s.ended = true
				m.close(s)
				return
			}
			<-b.ready
			s.now, s.next = b, 0
		}
		if s.next == len(s.now.events) {
			s.free <- s.now
			s.now = nil
			continue
		}
		f := &s.now.events[s.next]
		s.next++
		var broken *event.InputError
		if errors.As(f.err, &broken) && broken.Ended {
			s.result.Error = f.err.Error()
			m.close(s)
			return
		}
		s.read++
		if f.err != nil {
			s.damaged(f.err)
			continue
		}
		s.event = f
		if f.timed {
			s.at = f.at
		}
		return
	}
}

// damaged notes a record that is no event.
func (s *stream) damaged(err error) {
	s.result.Damaged++
	if len(s.result.Damages) < maxDamages {
		s.result.Damages = append(s.result.Damages, err.Error())
	}
}

// close ends the reading of an input.
func (m *merger) close(s *stream) {
	if !s.open {
		return
	}
	close(s.quit)
	if s.now != nil {
		m.crew.put(s.now)
	}
	for b := range s.queue {
		<-b.ready
		m.crew.put(b)
	}
	for len(s.free) > 0 {
		m.crew.put(<-s.free)
	}
	s.open, s.now, s.event = false, nil, nil
}

// stop ends the reading of all inputs that are not at their ends.
func (m *merger) stop(why string) {
	for _, s := range slices.Concat(m.open, m.waiting) {
		if s.result.Error == "" && !s.ended {
			s.result.Error = s.Name + ": " + why
		}
		m.close(s)
	}
}

// next returns the input whose event is due, or nil at the end of all.
func (m *merger) next() *stream {
	if s := m.current; s != nil {
		m.advance(s)
		if s.event != nil && s.at <= m.until {
			return s
		}
	}
	m.choose()
	return m.current
}

// choose opens the inputs that begin now and finds the one with the earliest event, of equals the one named first.
func (m *merger) choose() {
	m.open = slices.DeleteFunc(m.open, func(s *stream) bool { return s.event == nil })
	for len(m.waiting) > 0 && len(m.open) < maxOpen && (len(m.open) == 0 || m.waiting[0].at <= m.earliest(nil).at) {
		s := m.waiting[0]
		m.waiting = m.waiting[1:]
		if !s.open && !s.ended && s.result.Error == "" {
			m.start(s)
		}
		s.begins.Store(false)
		if s.event != nil {
			m.open = append(m.open, s)
		}
	}
	m.current = m.earliest(nil)
	if m.current == nil {
		return
	}
	m.until = 1<<63 - 1
	if rival := m.earliest(m.current); rival != nil {
		m.until = rival.at
		if rival.number < m.current.number {
			m.until--
		}
	}
	if len(m.waiting) > 0 && len(m.open) < maxOpen {
		m.until = min(m.until, m.waiting[0].at-1)
	}
}

func (m *merger) earliest(except *stream) *stream {
	var first *stream
	for _, s := range m.open {
		if s != except && (first == nil || s.at < first.at || s.at == first.at && s.number < first.number) {
			first = s
		}
	}
	return first
}

// timeOf reads a timestamp as milliseconds.
func timeOf(vs []event.Value) (int64, bool) {
	if len(vs) == 0 {
		return 0, false
	}
	if vs[0].Kind == event.Int {
		return int64(vs[0].Bits), true
	}
	at, ok := isoDates.Value(vs[0].Text)
	return at.Milli, ok
}

var isoDates = esdate.Default()
