package event

import (
	"bufio"
	"bytes"

	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// MaxRecord is the largest single document or response that is read, in bytes.
const MaxRecord = 64 << 20

// maxBuffer bounds the memory that is kept from one document to the next, in bytes.
const maxBuffer = 1 << 20

// maxWindow bounds the memory that a zstd stream may ask for, in bytes.
const maxWindow = 128 << 20

// Doc is one event document. Source is valid until the next call of Next or Read.
type Doc struct {
	Index     int    // 0-based over the whole input of the reader
	Record    int    // 1-based number of the top-level JSON value it came from
	Line      int    // 1-based line on which that value starts
	ID        string // _id, if the input has one
	IndexName string // _index, if the input has one
	Source    []byte // the document itself, unwrapped
}

// InputError says where an input is broken.
type InputError struct {
	Name         string // of the input, as given to NewReader
	Record, Line int    // number of the top-level value, and its first line, both from 1
	Column       int    // in bytes from 1, within Line; 0 = unknown
	// Ended says that nothing behind it can be read: the input itself failed, or a record is too large.
	Ended bool
	Err   error // the reason; a *SyntaxError if the text is no JSON
}

func (e *InputError) Error() string {
	if e.Column > 0 {
		return fmt.Sprintf("%s:%d:%d: record %d: %v", e.Name, e.Line, e.Column, e.Record, e.Err)
	}
	return fmt.Sprintf("%s:%d: record %d: %v", e.Name, e.Line, e.Record, e.Err)
}

func (e *InputError) Unwrap() error { return e.Err }

// Reader yields the event documents of an input, plain or compressed with gzip or zstd: one document, several one after
// another (NDJSON or laid out over lines), an array, a search response, an EQL search response, or bulk lines. Documents
// wrapped in a hit are unwrapped. It holds one top-level value in memory, elements of a top-level array one by one.
type Reader struct {
	name    string
	in      *bufio.Reader
	close   func()
	buf     []byte
	line    int
	record  int
	index   int
	place   place
	pending []Doc // documents of a response
	hits    hitReader
	action  *Doc // bulk action waiting for its source
	mixed   int  // line on which more than one document stands, or part of one
	source  *rewinder
	again   int64 // bytes that were read a second time
	skipped int   // bytes behind the last document that belong to none
	ended   bool  // nothing more can be read
}

// place says where the reader is among top-level values.
type place uint8

const (
	outside place = iota // of arrays
	first                // behind the opening bracket of an array
	behind               // an element
	between              // behind a comma
)

// expected says what may come at a place.
func (p place) expected() string {
	switch p {
	case first:
		return "a JSON object or `]`"
	case behind:
		return "`,` or `]`"
	}
	return "a JSON object"
}

// NewReader returns a reader; name stands in errors.
func NewReader(name string, r io.Reader) (*Reader, error) {
	in := bufio.NewReaderSize(r, bufferSize(r))
	rd := &Reader{name: name, line: 1, close: func() {}, source: &rewinder{in: r}}
	in.Reset(rd.source)
	magic, _ := in.Peek(4)
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("%s: gzip: %w", name, err)
		}
		ahead, stop := newReadAhead(z)
		rd.close = stop
		rd.source = &rewinder{in: ahead}
		in = bufio.NewReaderSize(rd.source, 256<<10)
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(in, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, fmt.Errorf("%s: zstd: %w", name, err)
		}
		ahead, stop := newReadAhead(z)
		rd.close = func() {
			stop()
			z.Close()
		}
		rd.source = &rewinder{in: ahead}
		in = bufio.NewReaderSize(rd.source, 256<<10)
	}
	if bom, _ := in.Peek(3); bytes.Equal(bom, []byte("\xef\xbb\xbf")) {
		_, _ = in.Discard(3)
	}
	rd.in = in
	return rd, nil
}

// bufferSize is smaller for an input that is known to be: thousands of small files would fill the memory with buffers.
func bufferSize(r io.Reader) int {
	const most = 256 << 10
	if known, ok := r.(interface{ Len() int }); ok {
		return max(512, min(known.Len()+1, most))
	}
	return most
}

// Close releases what decompression holds; after it nothing reads from the input. It does not close the input.
func (r *Reader) Close() {
	r.close()
	r.close = func() {}
}

// Next returns the next document, or io.EOF. Other errors are *InputError, after which the next call goes on behind the record that
// is broken: at the next line where it is a line of its own, else at the next line that starts with an object.
func (r *Reader) Next() (Doc, error) {
	for {
		if len(r.pending) > 0 {
			doc := r.pending[0]
			r.pending = r.pending[1:]
			return r.number(doc), nil
		}
		raw, line, err := r.value()
		if err != nil {
			return Doc{}, err
		}
		if done, doc := r.unwrap(raw, line); done {
			return r.number(doc), nil
		}
	}
}

// value returns the bytes of the next record that is whole, and the line it starts on; the error is that of Next.
func (r *Reader) value() ([]byte, int, error) {
	raw, line, err := r.raw()
	if err != nil {
		waiting := r.action != nil
		r.action = nil // what it announced is broken
		if errors.Is(err, io.EOF) && waiting {
			return nil, 0, r.fail(r.line, 0, errors.New("bulk action without a source line"))
		}
		return nil, 0, err
	}
	r.record++
	return raw, line, nil
}

func (r *Reader) number(doc Doc) Doc {
	doc.Index = r.index
	r.index++
	r.skipped = 0
	return doc
}

func (r *Reader) fail(line, column int, err error) error {
	return &InputError{Name: r.name, Record: max(1, r.record), Line: line, Column: column, Ended: r.ended, Err: err}
}

// raw returns the bytes of the next top-level value, or element of a top-level array, and the line it starts on.
func (r *Reader) raw() ([]byte, int, error) {
	for {
		if r.ended {
			return nil, 0, io.EOF
		}
		if r.skipped > MaxRecord {
			r.ended = true
			return nil, 0, r.fail(r.line, 0, fmt.Errorf("no event in %d MiB; nothing behind them is read", MaxRecord>>20))
		}
		c, err := r.skipSpace()
		if err != nil {
			r.ended = true
			if errors.Is(err, io.EOF) && r.place != outside {
				return nil, 0, r.fail(r.line, 0, errors.New("array without closing `]`"))
			}
			return nil, 0, r.ioError(err)
		}
		switch {
		case c == '{' && r.place != behind:
			return r.object()
		case c == '[' && r.place == outside:
			r.place = first
		case c == ']' && (r.place == first || r.place == behind):
			r.place = outside
		case c == ',' && r.place == behind:
			r.place = between
		default:
			r.record++ // the one that should stand here
			err := r.fail(r.line, 0, fmt.Errorf("expected %s, found %s", r.place.expected(), foundByte(c)))
			r.skipLine()
			return nil, 0, err
		}
		_, _ = r.in.ReadByte()
	}
}

// object returns the bytes of the object at the cursor and the line it starts on.
func (r *Reader) object() ([]byte, int, error) {
	line := r.line
	if r.place != outside {
		r.place = behind
	} else if raw := r.wholeLine(); raw != nil {
		return raw, line, nil
	}
	raw, err := r.balanced()
	return raw, line, err
}

func (r *Reader) ioError(err error) error {
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	r.record++ // the one that should stand here
	return r.fail(r.line, 0, r.torn(err))
}

// skipSpace peeks at the next byte that is no white space.
func (r *Reader) skipSpace() (byte, error) {
	for {
		c, err := r.in.ReadByte()
		if err != nil {
			return 0, err
		}
		switch c {
		case '\n':
			r.line++
		case ' ', '\t', '\r':
		default:
			return c, r.in.UnreadByte()
		}
	}
}

// wholeLine returns the buffered line at the cursor, in place, if it can only be one object: it starts with "{", ends with
// "}", and the next line starts with "{", which inside a value would need a comma first. A "}" within it that a blank or
// "{" follows may be the end of an earlier object, which a closer look decides. Anything else gives nil and is left to balanced.
func (r *Reader) wholeLine() []byte {
	chunk, _ := r.in.Peek(r.in.Buffered())
	n := bytes.IndexByte(chunk, '\n')
	if n < 0 || n+1 >= len(chunk) || chunk[n+1] != '{' {
		return nil
	}
	line := bytes.TrimRight(chunk[:n], " \t\r")
	last := len(line) - 1
	if line[last] != '}' {
		return nil
	}
	for i := 0; i < last; i++ {
		j := bytes.IndexByte(line[i:last], '}')
		if j < 0 {
			break
		}
		if i += j; line[i+1] <= ' ' || line[i+1] == '{' {
			if r.hits.scan.whole(line) {
				break // it stands in a string
			}
			return nil
		}
	}
	_, _ = r.in.Discard(n + 1)
	r.line++
	return line
}

// foundByte names a byte that begins no document, with what it is likely to mean.
func foundByte(c byte) string {
	switch {
	case c == ',':
		return "',': no comma stands between the lines of NDJSON"
	case c == 0xff || c == 0xfe:
		return fmt.Sprintf("byte 0x%02X: UTF-16 is not read, save the file as UTF-8", c)
	case c >= 0x80:
		return fmt.Sprintf("byte 0x%02X", c)
	}
	return fmt.Sprintf("%q", c)
}
