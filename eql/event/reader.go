package event

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// MaxRecord is the largest single document or response that is read, in bytes.
const MaxRecord = 64 << 20

// maxWindow bounds the memory that a zstd stream may ask for, in bytes.
const maxWindow = 128 << 20

// Doc is one event document. Source is valid until the next call of Next.
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
	Name         string
	Record, Line int
	Column       int // in bytes from 1, within Line; 0 = unknown
	Err          error
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
	array   bool // inside a top-level array
	started bool
	pending []Doc // documents of a response
	action  *Doc  // bulk action waiting for its source
}

// NewReader returns a reader; name stands in errors.
func NewReader(name string, r io.Reader) (*Reader, error) {
	in := bufio.NewReaderSize(r, 256<<10)
	rd := &Reader{name: name, line: 1, close: func() {}}
	magic, _ := in.Peek(4)
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("%s: gzip: %w", name, err)
		}
		in = bufio.NewReaderSize(z, 256<<10)
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(in, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, fmt.Errorf("%s: zstd: %w", name, err)
		}
		rd.close = z.Close
		in = bufio.NewReaderSize(z, 256<<10)
	}
	if bom, _ := in.Peek(3); bytes.Equal(bom, []byte("\xef\xbb\xbf")) {
		_, _ = in.Discard(3)
	}
	rd.in = in
	return rd, nil
}

// Close releases what decompression holds. It does not close the input.
func (r *Reader) Close() { r.close() }

// Next returns the next document, or io.EOF. Other errors are *InputError.
func (r *Reader) Next() (Doc, error) {
	for {
		if len(r.pending) > 0 {
			doc := r.pending[0]
			r.pending = r.pending[1:]
			return r.number(doc), nil
		}
		raw, line, err := r.raw()
		if err != nil {
			if errors.Is(err, io.EOF) && r.action != nil {
				return Doc{}, r.fail(r.line, 0, errors.New("bulk action without a source line"))
			}
			return Doc{}, err
		}
		r.record++
		done, doc, err := r.unwrap(raw, line)
		if err != nil {
			return Doc{}, err
		}
		if done {
			return r.number(doc), nil
		}
	}
}

func (r *Reader) number(doc Doc) Doc {
	doc.Index = r.index
	r.index++
	return doc
}

func (r *Reader) fail(line, column int, err error) error {
	return &InputError{Name: r.name, Record: max(1, r.record), Line: line, Column: column, Err: err}
}

// raw returns the bytes of the next top-level value, or element of a top-level array, and the line it starts on.
func (r *Reader) raw() ([]byte, int, error) {
	for {
		c, err := r.skipSpace()
		if err != nil {
			if errors.Is(err, io.EOF) && r.array {
				return nil, 0, r.fail(r.line, 0, errors.New("array without closing `]`"))
			}
			return nil, 0, r.ioError(err)
		}
		switch {
		case c == '[' && !r.started:
			r.array = true
		case c == ']' && r.array:
			r.array = false
		case c == ',' && r.array && r.started:
		case c == '{':
			r.started = true
			line := r.line
			if raw := r.wholeLine(); raw != nil {
				return raw, line, nil
			}
			raw, err := r.balanced()
			return raw, line, err
		default:
			return nil, 0, r.fail(r.line, 0, fmt.Errorf("expected a JSON object, found %q", c))
		}
		r.started = r.started || c == '['
		_, _ = r.in.ReadByte()
	}
}

func (r *Reader) ioError(err error) error {
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	return r.fail(r.line, 0, err)
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
// "{" follows may be the end of an earlier object. Anything else gives nil and is left to balanced.
func (r *Reader) wholeLine() []byte {
	chunk, _ := r.in.Peek(r.in.Buffered())
	n := bytes.IndexByte(chunk, '\n')
	if n < 0 || n+1 >= len(chunk) || chunk[n+1] != '{' || r.array {
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
			return nil
		}
	}
	_, _ = r.in.Discard(n + 1)
	r.line++
	return line
}

// balanced reads the object at the cursor, up to the bracket that closes it; what follows stays unread. Several objects
// may stand on one line, as in most arrays.
func (r *Reader) balanced() ([]byte, error) {
	r.buf = r.buf[:0]
	var b balance
	first := r.line
	for {
		if _, err := r.in.Peek(1); err != nil {
			r.record++
			if errors.Is(err, io.EOF) {
				err = errors.New("object without closing `}`")
			}
			return nil, r.fail(first, 0, err)
		}
		chunk, _ := r.in.Peek(r.in.Buffered())
		end := b.feed(chunk)
		if end >= 0 {
			chunk = chunk[:end]
		}
		if len(r.buf)+len(chunk) > MaxRecord {
			r.record++
			return nil, r.fail(first, 0, fmt.Errorf("record larger than %d MiB", MaxRecord>>20))
		}
		r.buf = append(r.buf, chunk...)
		r.line += bytes.Count(chunk, []byte{'\n'})
		_, _ = r.in.Discard(len(chunk))
		if end >= 0 {
			return r.buf, nil
		}
	}
}

// balance follows brackets and strings over chunks.
type balance struct {
	depth          int
	quoted, escape bool
}

// feed returns the place behind the byte that closes the object, or -1.
func (b *balance) feed(chunk []byte) int {
	for i := 0; i < len(chunk); i++ {
		if b.quoted {
			if i = b.endString(chunk, i); b.quoted {
				return -1
			}
			continue
		}
		switch chunk[i] {
		case '"':
			b.quoted = true
		case '{', '[':
			b.depth++
		case '}', ']':
			if b.depth--; b.depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// endString returns the place of the quote that ends the string around chunk[i:]; quoted stays set if it is not in the
// chunk.
func (b *balance) endString(chunk []byte, i int) int {
	for ; i < len(chunk); i++ {
		switch c := chunk[i]; {
		case b.escape:
			b.escape = false
		case c == '\\':
			b.escape = true
		case c == '"':
			b.quoted = false
			return i
		}
	}
	return i
}

// envelope holds the members that tell wrapped documents from plain ones.
type envelope struct {
	ID     string          `json:"_id"`
	Index  string          `json:"_index"`
	Source json.RawMessage `json:"_source"`
	Fields json.RawMessage `json:"fields"`
	Hits   json.RawMessage `json:"hits"`
}

// maybeWrapped is a quick look for an envelope's members. The quote in front of a name is left out: being the most
// frequent byte of JSON it would slow the search.
func maybeWrapped(raw []byte) bool {
	return bytes.Contains(raw, []byte(`_source"`)) || bytes.Contains(raw, []byte(`hits"`)) ||
		bytes.Contains(raw, []byte(`fields"`))
}

// unwrap turns a top-level value into a document, or into pending ones. done is false if none is ready.
func (r *Reader) unwrap(raw []byte, line int) (done bool, doc Doc, err error) {
	doc = Doc{Record: r.record, Line: line, Source: raw}
	if r.action != nil {
		doc.ID, doc.IndexName = r.action.ID, r.action.IndexName
		r.action = nil
		return true, doc, nil
	}
	if action, ok := bulkAction(raw); ok {
		if action.Source == nil { // a delete has no source
			return false, doc, nil
		}
		waiting := action // only this one need live on the heap
		r.action = &waiting
		return false, doc, nil
	}
	if !maybeWrapped(raw) {
		return true, doc, nil
	}
	var env envelope
	if err := json.Unmarshal(raw, &env); err != nil {
		// The members have other types than an envelope's, or the document is broken: the decoder will say so.
		return true, doc, nil
	}
	if env.Source != nil {
		doc.ID, doc.IndexName, doc.Source = env.ID, env.Index, env.Source
		return true, doc, nil
	}
	if docs, ok := responseDocs(env.Hits); ok {
		for _, d := range docs {
			d.Record, d.Line = r.record, line
			r.pending = append(r.pending, d)
		}
		return false, doc, nil
	}
	if env.Fields != nil && env.Index != "" {
		doc.ID, doc.IndexName, doc.Source = env.ID, env.Index, env.Fields
	}
	return true, doc, nil
}

// bulkAction recognises an action line of the bulk API: one member named after the action, with an object of metadata.
// Source is nil for a delete.
func bulkAction(raw []byte) (Doc, bool) {
	rest := bytes.TrimLeft(raw, "{ \t\r\n")
	if len(rest) < 8 || rest[0] != '"' || bytes.IndexByte([]byte("icdu"), rest[1]) < 0 {
		return Doc{}, false
	}
	var name string
	for _, n := range []string{"index", "create", "delete", "update"} {
		if bytes.HasPrefix(rest[1:], []byte(n+`"`)) {
			name = n
		}
	}
	if name == "" {
		return Doc{}, false
	}
	var members map[string]map[string]any
	if json.Unmarshal(raw, &members) != nil || len(members) != 1 {
		return Doc{}, false
	}
	var doc Doc
	for key, v := range members[name] {
		if len(key) == 0 || key[0] != '_' && key != "routing" && key != "require_alias" && key != "pipeline" {
			return Doc{}, false // a document with a field of that name
		}
		text, _ := v.(string)
		switch key {
		case "_id":
			doc.ID = text
		case "_index":
			doc.IndexName = text
		}
	}
	if name != "delete" {
		doc.Source = raw
	}
	return doc, true
}

// responseDocs takes the documents out of the hits of a search or EQL search response.
func responseDocs(hits json.RawMessage) ([]Doc, bool) {
	if len(hits) == 0 || hits[0] != '{' {
		return nil, false
	}
	var body struct {
		Hits      *[]envelope `json:"hits"`
		Events    *[]envelope `json:"events"`
		Sequences *[]struct {
			Events []envelope `json:"events"`
		} `json:"sequences"`
	}
	if json.Unmarshal(hits, &body) != nil || body.Hits == nil && body.Events == nil && body.Sequences == nil {
		return nil, false
	}
	var docs []Doc
	add := func(envs []envelope) {
		for _, e := range envs {
			src := e.Source
			if src == nil {
				src = e.Fields
			}
			if src != nil { // a missing event of a sequence has none
				docs = append(docs, Doc{ID: e.ID, IndexName: e.Index, Source: src})
			}
		}
	}
	if body.Hits != nil {
		add(*body.Hits)
	}
	if body.Events != nil {
		add(*body.Events)
	}
	if body.Sequences != nil {
		for _, s := range *body.Sequences {
			add(s.Events)
		}
	}
	return docs, true
}
