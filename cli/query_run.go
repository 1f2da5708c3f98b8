package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/search"
	"github.com/rulevet/rulevet/source"
)

// querySearch runs a compiled query over the inputs.
type querySearch struct {
	c       *command
	f       *queryFlags
	text    string // of the query
	program *eval.Program
	files   []string
	out     *queryOutput

	mappings *mappings
	plain    *plainRun // of a language that is not EQL; then program is nil

	progress *progressBar
	read     int64 // bytes
	index    int   // of the next event, over all inputs

	// unknown lists the fields of the query that no mapping is known to have, for an input without any event.
	unknown func() []source.Issue

	ctx   context.Context // ends the reading
	named []error         // the first inputs and records that were left out
	bad   int             // all of them
}

// run searches and prints the results. What could not be read, or was not for an interrupt, is named on standard error, and
// is an error in the end.
func (s *querySearch) run(ctx context.Context) error {
	s.ctx = ctx
	s.progress = &progressBar{out: s.c.terminal(), now: s.c.Now, total: s.size()}
	s.progress.start()
	defer s.progress.clear()
	var run *eval.Run
	var err error
	results := s.plain.each
	if s.plain != nil {
		err = s.feed(s.plain)
	} else if run, err = s.search(); err == nil {
		results = run.Each
	}
	if err != nil {
		return err
	}
	s.progress.clear()
	if s.index == 0 && s.bad == 0 && s.unknown != nil {
		if issues := s.unknown(); len(issues) > 0 {
			if err := s.c.queryIssues(s.f, s.text, issues); err != nil {
				return err
			}
		}
	}
	s.out.bad = s.broken
	if err := results(s.out.add); err != nil {
		return err
	}
	if err := s.out.close(); err != nil {
		return err
	}
	if run != nil {
		for _, p := range run.Progress() {
			fmt.Fprintln(s.c.Stderr, p.String())
		}
	}
	return s.verdict()
}

// maxBroken bounds the broken records that are named.
const maxBroken = 10

// broken notes an input or a record that is left out.
func (s *querySearch) broken(err error) {
	if s.bad++; s.bad <= maxBroken {
		s.named = append(s.named, err)
	}
}

// verdict names what was left out.
func (s *querySearch) verdict() error {
	for _, err := range s.named {
		fmt.Fprintf(s.c.Stderr, "rulevet: %s\n", plainText(err))
	}
	if more := s.bad - len(s.named); more > 0 {
		fmt.Fprintf(s.c.Stderr, "rulevet: and %s more\n", wording.Count(more, "broken record"))
	}
	switch {
	case s.ctx.Err() != nil:
		return failed(fmt.Errorf("interrupted: the result is that of the first %s", wording.Count(s.index, "event")))
	case s.bad > 0:
		return failed(fmt.Errorf("the result is that of the %s that could be read", wording.Count(s.index, "event")))
	}
	return nil
}

// spillAt is how many bytes of results, and of events to be sorted, are kept in memory; what is beyond is put in order on disk.
const spillAt = 32 << 20

// search feeds all events to a run. Files are first read as if in order of time, in which a sequence needs little memory;
// if they are not, they are read again by a run that sorts.
func (s *querySearch) search() (*eval.Run, error) {
	sequence := s.program.IsSequence()
	if s.f.explain && !s.program.IsEvent() {
		run := s.program.NewTrace()
		return run, s.feed(eqlRun{run, s})
	}
	if s.f.inOrder || sequence && s.progress.total >= 0 {
		run := s.program.NewRun(true)
		if !s.f.inOrder {
			run.Spill(spillAt)
		}
		err := s.feed(eqlRun{run, s})
		var order *eval.OrderError
		if s.f.inOrder || !errors.As(err, &order) {
			return run, err
		}
		run.Close()
		s.index, s.read, s.out.matches = 0, 0, 0
		s.named, s.bad = nil, 0
	}
	run := s.program.NewRun(false)
	run.Spill(spillAt)
	return run, s.feed(eqlRun{run, s})
}

// size adds up the files; it is -1 if an input can be read only once.
func (s *querySearch) size() int64 {
	if len(s.files) == 0 {
		return -1
	}
	total := int64(0)
	for _, path := range s.files {
		info, err := os.Stat(path)
		if path == "-" || err == nil && !info.Mode().IsRegular() {
			return -1
		}
		if err == nil { // else feed will say so
			total += info.Size()
		}
	}
	return total
}

// running is a search as the loop over the inputs sees it.
type running interface {
	layout() *event.Layout
	// single tells that every event is decided by itself.
	single() bool
	// decode gives the program for the index of an event. If that needs fields that the decoder does not read yet, the event is
	// decoded again, by the decoder that is returned.
	decode(dec *event.Decoder, doc event.Doc, rec *event.Record) (search.Program, *event.Decoder, error)
	take(p search.Program, rec *event.Record, ref search.Ref) error
	Deliver(f func(search.Result))
	Drain() []search.Result
	Done() bool
}

// eqlRun is the search of an EQL query.
type eqlRun struct {
	*eval.Run
	s *querySearch
}

func (r eqlRun) layout() *event.Layout { return r.s.program.Layout() }
func (r eqlRun) single() bool          { return r.s.program.IsEvent() }

func (r eqlRun) decode(dec *event.Decoder, doc event.Doc, rec *event.Record) (search.Program, *event.Decoder, error) {
	if r.s.mappings == nil {
		return r.s.program, dec, nil
	}
	return r.s.mappings.decode(dec, doc, rec)
}

func (r eqlRun) take(p search.Program, rec *event.Record, ref search.Ref) error {
	return r.FeedAs(p.(*eval.Program), rec, ref)
}

// feed reads all inputs into the run. Positions count over all of them.
func (s *querySearch) feed(run running) error {
	if s.f.count {
		run.Deliver(func(search.Result) { s.out.matches++ })
	}
	files := s.files
	if len(files) == 0 {
		files = []string{"-"}
	}
	for _, path := range files {
		if err := s.feedFile(run, path); err != nil {
			return err
		}
		if run.Done() || s.ctx.Err() != nil {
			return nil
		}
	}
	return nil
}

func (s *querySearch) feedFile(run running, path string) error {
	if path == "-" {
		return s.feedInput(run, "standard input", newInterruptible(s.ctx, s.c.Stdin))
	}
	in, err := openEvents(s.ctx, path)
	if errors.Is(err, errInterrupted) {
		return nil
	}
	if err != nil {
		s.broken(err)
		return nil
	}
	defer in.Close()
	if info, err := in.Stat(); err == nil && !info.Mode().IsRegular() {
		return s.feedInput(run, path, newInterruptible(s.ctx, in))
	}
	return s.feedInput(run, path, in)
}

// openEvents opens a file of events, which may be a pipe, but no folder.
func openEvents(ctx context.Context, path string) (*os.File, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s: a folder, expected a file of events; hunt reads all files of a folder", path)
	}
	return openInterruptible(ctx, path)
}

// countingReader counts the bytes that are read.
type countingReader struct {
	io.Reader
	n *int64
}

func (r countingReader) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	*r.n += int64(n)
	return n, err
}

// progressEvery is the number of events between two looks at the clock.
const progressEvery = 1 << 12

func (s *querySearch) feedInput(run running, name string, in io.Reader) error {
	reader, err := event.NewReader(name, countingReader{in, &s.read})
	if err != nil {
		s.broken(err)
		return nil
	}
	defer reader.Close()
	var explain *bufio.Writer
	if s.f.explain && run.single() {
		explain = bufio.NewWriter(s.c.terminal())
		defer explain.Flush()
	}
	dec := event.NewDecoder(run.layout())
	var rec event.Record
	for {
		doc, err := reader.Read(dec, &rec)
		var program search.Program
		if err == nil {
			program, dec, err = run.decode(dec, doc, &rec)
		}
		var broken *event.InputError
		switch {
		case errors.Is(err, io.EOF), s.ctx.Err() != nil:
			return nil
		case errors.As(err, &broken):
			s.broken(err)
			continue
		case err != nil:
			return err
		}
		if err := s.feedEvent(run, program, &rec, doc); err != nil {
			err = fmt.Errorf("%s:%d: record %d: %w", name, doc.Line, doc.Record, err)
			if order := new(eval.OrderError); errors.As(err, &order) {
				return err
			}
			s.broken(err)
			continue
		}
		if explain != nil {
			explainRecord(explain, program, &rec, s.index)
		}
		if s.index++; s.index%progressEvery == 0 {
			s.progress.draw(s.read, s.index)
		}
		if s.f.inOrder && run.Done() {
			return nil
		}
	}
}

// feedEvent takes an event. Only what is printed is kept of it.
func (s *querySearch) feedEvent(run running, program search.Program, rec *event.Record, doc event.Doc) error {
	ref := search.Ref{Index: s.index}
	if !s.f.count {
		ref.ID, ref.Source = doc.ID, doc.Source
	}
	if err := run.take(program, rec, ref); err != nil {
		return eventError{err, s.index}
	}
	if !s.f.inOrder {
		return nil
	}
	if results := run.Drain(); len(results) > 0 {
		s.progress.clear()
		return s.out.stream(results)
	}
	return nil
}

// eventError is an error of a run without its own numbering of events, which the position in the file replaces.
type eventError struct {
	error
	index int
}

func (e eventError) Error() string {
	return strings.TrimPrefix(e.error.Error(), fmt.Sprintf("record %d: ", e.index))
}

func (e eventError) Unwrap() error { return e.error }
