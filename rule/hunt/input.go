package hunt

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/esdate"
	"github.com/rulevet/rulevet/rule"
)

// Input is one source of events: NDJSON or what else event.Reader reads, plain or compressed.
type Input struct {
	Name string
	Open func() (io.ReadCloser, error)
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
	number  int
	file    io.ReadCloser
	reader  *event.Reader
	decoder *event.Decoder
	rec     event.Record
	doc     event.Doc
	at      int64 // milliseconds: the time of the event at hand; of one without a time that of the event before
	read    int   // documents so far
	result  InputResult
	begun   bool // the event at hand has not been taken yet
	ended   bool // read to its end
}

// merger reads all inputs in order of time.
type merger struct {
	hunt    *Hunt
	all     []*stream
	waiting []*stream // not open yet, by the time of their first event
	open    []*stream
	current *stream
	until   int64 // the current stream is the next one up to this time
	bytes   int64
}

// newMerger looks when each input begins. With one input there is nothing to put in order.
func newMerger(h *Hunt, inputs []Input) *merger {
	m := &merger{hunt: h}
	for i, in := range inputs {
		s := &stream{Input: in, number: i, at: minTime}
		s.result.Name = in.Name
		if len(inputs) > 1 {
			m.peek(s)
		}
		m.all = append(m.all, s)
	}
	m.waiting = slices.Clone(m.all)
	slices.SortStableFunc(m.waiting, func(a, b *stream) int { return compareTimes(a.at, b.at) })
	return m
}

const minTime = -1 << 62

func compareTimes(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// peek reads the first event of an input for its time. An input that can be opened again is closed.
func (m *merger) peek(s *stream) {
	before := m.bytes
	m.start(s)
	if s.Once || s.file == nil {
		return
	}
	at := s.at
	s.close()
	m.bytes = before
	*s = stream{Input: s.Input, number: s.number, at: at}
	s.result.Name = s.Name
}

// start opens an input and reads its first event. What fails is in its result.
func (m *merger) start(s *stream) {
	file, err := s.Open()
	if err != nil {
		s.result.Error = err.Error()
		return
	}
	s.file = &counting{file, &m.bytes}
	if s.reader, err = event.NewReader(s.Name, s.file); err != nil {
		s.result.Error = err.Error()
		s.close()
		return
	}
	s.decoder = event.NewDecoder(m.hunt.layout)
	m.advance(s)
}

// counting counts the bytes that are read.
type counting struct {
	io.ReadCloser
	n *int64
}

func (c *counting) Read(b []byte) (int, error) {
	n, err := c.ReadCloser.Read(b)
	*c.n += int64(n)
	return n, err
}

// advance reads the next event of an input; begun is false at the end.
func (m *merger) advance(s *stream) {
	s.begun = false
	for s.reader != nil {
		doc, err := s.reader.Read(s.decoder, &s.rec)
		var broken *event.InputError
		switch {
		case errors.Is(err, io.EOF):
			s.ended = true
			s.close()
			return
		case errors.As(err, &broken) && !broken.Ended:
			s.read++
			s.damaged(err)
			continue
		case err != nil:
			s.result.Error = err.Error()
			s.close()
			return
		}
		s.read++
		at, timed := timeOf(s.rec.Values(m.hunt.timeSlot))
		if stamps := s.rec.Values(m.hunt.timeSlot); len(stamps) > 0 && !timed {
			s.damaged(fmt.Errorf("%s:%d: record %d: @timestamp %s is no date, so that Elasticsearch would not take the event", s.Name, doc.Line, doc.Record, rule.Quote(stamps[0].Text)))
			continue
		}
		s.doc, s.begun = doc, true
		if timed {
			s.at = at
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

func (s *stream) close() {
	if s.reader != nil {
		s.reader.Close()
	}
	if s.file != nil {
		s.file.Close()
	}
	s.reader, s.file = nil, nil
}

// stop ends the reading of all inputs that are not at their ends.
func (m *merger) stop(why string) {
	m.open = slices.DeleteFunc(m.open, func(s *stream) bool { return !s.begun })
	for _, s := range slices.Concat(m.open, m.waiting) {
		if s.result.Error == "" {
			s.result.Error = s.Name + ": " + why
		}
		s.close()
	}
}

// next returns the input whose event is due, or nil at the end of all.
func (m *merger) next() *stream {
	if s := m.current; s != nil {
		m.advance(s)
		if s.begun && s.at <= m.until {
			return s
		}
	}
	m.choose()
	return m.current
}

// choose opens the inputs that begin now and finds the one with the earliest event, of equals the one named first.
func (m *merger) choose() {
	m.open = slices.DeleteFunc(m.open, func(s *stream) bool { return !s.begun })
	for len(m.waiting) > 0 && len(m.open) < maxOpen && (len(m.open) == 0 || m.waiting[0].at <= m.earliest(nil).at) {
		s := m.waiting[0]
		m.waiting = m.waiting[1:]
		if s.file == nil && !s.ended && s.result.Error == "" {
			m.start(s)
		}
		if s.begun {
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
