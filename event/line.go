package event

import (
	"bytes"
	"strings"
)

// Read reads the next document into rec, which gets the fields of d. It gives what Next and then Decode give, for less: a
// line that the decoder accepts as one document needs no search for the document's end. The error is io.EOF or an
// *InputError.
func (r *Reader) Read(d *Decoder, rec *Record) (Doc, error) {
	if cap(r.buf) > maxBuffer {
		r.buf = nil
	}
	if doc, ok := r.readLine(d, rec); ok {
		rec.ID, rec.Index = doc.ID, doc.IndexName
		return r.number(doc), nil
	}
	doc, err := r.Next()
	if err != nil {
		return doc, err
	}
	if err := d.Decode(doc.Source, rec); err != nil {
		return doc, &InputError{Name: r.name, Record: doc.Record, Line: doc.Line, Err: err}
	}
	rec.ID, rec.Index = doc.ID, doc.IndexName
	return doc, nil
}

// ahead is a buffered line that may be one document: behind white space and, in an array, a comma.
type ahead struct {
	text []byte
	size int // bytes to the end of the line, from the cursor
	line int // number of the line
	next place
}

// lineAhead finds the line without moving the cursor.
func (r *Reader) lineAhead() (a ahead, ok bool) {
	chunk, _ := r.in.Peek(r.in.Buffered())
	i := 0
	a.line, a.next = r.line, r.place
	for ; i < len(chunk) && chunk[i] != '{'; i++ {
		switch c := chunk[i]; {
		case c == '\n':
			a.line++
		case c == ' ' || c == '\t' || c == '\r':
		case c == ',' && a.next == behind:
			a.next = between
		default:
			return a, false
		}
	}
	n := bytes.IndexByte(chunk[i:], '\n')
	if n < 0 || a.next == behind || a.line == r.mixed {
		return a, false
	}
	a.text, a.size = chunk[i:i+n], i+n+1
	if a.text[n-1] <= ' ' {
		a.text = bytes.TrimRight(a.text, " \t\r")
	}
	if a.next != outside {
		a.next = behind
		if last := len(a.text) - 1; a.text[last] == ',' {
			a.text, a.next = a.text[:last], between
		}
	}
	return a, true
}

// readLine decodes the next line if that is buffered and exactly one document, perhaps in a hit. Otherwise it leaves
// everything to Next.
func (r *Reader) readLine(d *Decoder, rec *Record) (Doc, bool) {
	if r.action != nil || len(r.pending) > 0 {
		return Doc{}, false
	}
	a, ok := r.lineAhead()
	if !ok || mayBeAction(a.text) {
		return Doc{}, false
	}
	doc := Doc{Source: a.text}
	d.wrapping = true
	err := d.Decode(a.text, rec)
	d.wrapping = false
	if err == errWrapped {
		if doc, ok = r.hits.read(a.text); ok {
			err = d.Decode(doc.Source, rec)
		}
	}
	if err != nil {
		r.mixed = a.line
		return Doc{}, false
	}
	_, _ = r.in.Discard(a.size)
	r.record++
	r.line, r.place = a.line+1, a.next
	doc.Record, doc.Line = r.record, a.line
	return doc, true
}

// hitReader takes documents out of hits.
type hitReader struct {
	scan  scanner
	texts Record // memory of its strings
	index string // of the hit before
}

// read takes the document out of a hit, which has an object as _source; ok is false for anything else.
func (h *hitReader) read(raw []byte) (doc Doc, ok bool) {
	s := &h.scan
	s.load(raw)
	h.texts.reset(0)
	ok = s.members(&h.texts, func(key string, value []byte) bool {
		switch {
		case key == "_source":
			doc.Source = value
			return value[0] == '{'
		case key == "_id" || key == "_index":
			if value[0] != '"' {
				return false
			}
			s.pos -= len(value)
			text, err := s.string(&h.texts)
			switch {
			case key == "_id":
				doc.ID = strings.Clone(text)
			case text != h.index: // mostly the same as before
				h.index = strings.Clone(text)
				fallthrough
			default:
				doc.IndexName = h.index
			}
			return err == nil
		}
		return true
	})
	return doc, ok && doc.Source != nil && s.stray() == nil
}

// members calls visit with each member of the object that is the whole buffer; the cursor is behind the value. It reports
// whether the object is sound and all visits returned true.
func (s *scanner) members(rec *Record, visit func(key string, value []byte) bool) bool {
	if s.peek() != '{' {
		return false
	}
	for s.pos++; ; s.pos++ {
		if s.space(); s.peek() != '"' {
			return false // an empty object is no envelope
		}
		key, err := s.string(rec)
		if s.space(); err != nil || s.peek() != ':' {
			return false
		}
		s.pos++
		s.space()
		start := s.pos
		if s.skip(0) != nil || !visit(key, s.buf[start:s.pos]) {
			return false
		}
		switch s.space(); s.peek() {
		case ',':
		case '}':
			s.pos++
			s.space()
			return s.pos == len(s.buf)
		default:
			return false
		}
	}
}
