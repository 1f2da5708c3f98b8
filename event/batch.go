package event

import "errors"

// Batch is records of an input that were found but not decoded yet: what one goroutine reads with Reader.Fill, and another decodes
// with an Unpacker. Its memory is used again by the next Fill.
type Batch struct {
	name  string
	text  []byte // of all records
	found []found
}

// found is a record of a batch: an error, a document that the reader has unwrapped already, or a top-level value.
type found struct {
	doc      Doc // without its Source, which is text[from:to]
	from, to int
	settled  bool
	err      error
}

// maxFound bounds the records of a batch.
const maxFound = 1 << 12

// maxBatch bounds the memory that a batch keeps for its next use, in bytes.
const maxBatch = 1 << 20

// Fill reads records into a batch, whose former ones are gone, until it has about so many bytes of them or what follows has yet to
// arrive. It reports whether there may be more. What it leaves to the Unpacker is given there as Read would give it; Next and
// Read go on behind the last record.
func (r *Reader) Fill(b *Batch, size int) (more bool) {
	b.reset(r.name)
	for len(b.text) < size && len(b.found) < maxFound {
		switch {
		case len(r.pending) > 0:
			b.add(r.pending[0], true)
			r.pending = r.pending[1:]
			continue
		case len(b.found) > 0 && r.in.Buffered() == 0:
			return true
		}
		raw, line, err := r.value()
		switch {
		case err != nil && !r.ended:
			b.found = append(b.found, found{err: err})
		case err != nil:
			var broken *InputError
			if errors.As(err, &broken) {
				b.found = append(b.found, found{err: err})
			}
			return false
		default:
			r.settle(b, raw, line)
		}
	}
	return true
}

// settle adds a record to a batch. Only bulk actions, and what follows them, need the reader.
func (r *Reader) settle(b *Batch, raw []byte, line int) {
	if r.action == nil && !mayBeAction(raw) {
		b.add(Doc{Record: r.record, Line: line, Source: raw}, false)
		return
	}
	if done, doc := r.unwrap(raw, line); done {
		b.add(doc, true)
	}
}

func (b *Batch) reset(name string) {
	clear(b.found)
	b.name, b.found, b.text = name, b.found[:0], b.text[:0]
	if cap(b.text) > maxBatch {
		b.text = nil
	}
}

func (b *Batch) add(doc Doc, settled bool) {
	from := len(b.text)
	b.text = append(b.text, doc.Source...)
	doc.Source = nil
	b.found = append(b.found, found{doc: doc, from: from, to: len(b.text), settled: settled})
}

// Len is the number of records.
func (b *Batch) Len() int { return len(b.found) }

// Unpacker decodes the documents of batches. It is not safe for concurrent use.
type Unpacker struct {
	decoder *Decoder
	hits    hitReader
	rec     Record
}

// NewUnpacker returns an unpacker for the fields that the layout has now.
func NewUnpacker(l *Layout) *Unpacker { return &Unpacker{decoder: NewDecoder(l)} }

// Each visits the documents of a batch in order: what Reader.Read gives for them, but for Doc.Index, which is 0. With an error, an
// *InputError, there is no record. Source, and the texts of the record, are valid as long as the batch is not filled again, the record itself
// until visit returns.
func (u *Unpacker) Each(b *Batch, visit func(doc Doc, rec *Record, err error)) {
	for i := range b.found {
		f := &b.found[i]
		if f.err != nil {
			visit(Doc{}, nil, f.err)
			continue
		}
		doc := f.doc
		doc.Source = b.text[f.from:f.to:f.to]
		if f.settled {
			u.decode(b, doc, visit)
			continue
		}
		u.decoder.wrapping = true
		err := u.decoder.Decode(doc.Source, &u.rec)
		u.decoder.wrapping = false
		if err == nil {
			u.rec.ID, u.rec.Index = "", ""
			visit(doc, &u.rec, nil)
			continue
		}
		for _, d := range unwrapped(doc, &u.hits) {
			u.decode(b, d, visit)
		}
	}
}

// decode visits a document that is unwrapped.
func (u *Unpacker) decode(b *Batch, doc Doc, visit func(doc Doc, rec *Record, err error)) {
	if err := u.decoder.Decode(doc.Source, &u.rec); err != nil {
		visit(doc, nil, &InputError{Name: b.name, Record: doc.Record, Line: doc.Line, Err: err})
		return
	}
	u.rec.ID, u.rec.Index = doc.ID, doc.IndexName
	visit(doc, &u.rec, nil)
}
