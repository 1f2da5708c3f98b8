package event

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
)

// maxDepth is the deepest nesting of objects and arrays that is followed, far beyond any mapping's limit (20 in
// Elasticsearch by default).
const maxDepth = 500

// SyntaxError says where a document is not JSON. Offset counts bytes from the start of the document.
type SyntaxError struct {
	Offset  int    // byte of the document, from 0
	Message string // one line, lower case, without the place
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%s at byte %d", e.Message, e.Offset) }

// errWrapped ends a decoding in which a member shows that the document may be an envelope around the real one.
var errWrapped = errors.New("perhaps an envelope")

// Decoder fills records with the fields of a layout. It indexes a document once, 64 bytes at a time, then visits the
// objects in which fields of the layout can be, and builds nothing for what the layout does not name. An object that has the
// bytes of an earlier one is not visited again. It is not safe for concurrent use.
//
// Field names may be nested objects, dotted keys or a mixture. What a document says twice counts twice, as the values
// of an array. Values of skipped members are not checked beyond strings that end and brackets that nest.
type Decoder struct {
	root     *node
	slots    int
	fills    []nullSlot // what an event without the field has
	rec      *Record
	scan     scanner
	parts    parts
	wrapping bool // stop at the members of an envelope
}

// NewDecoder returns a decoder for the fields that the layout has now.
func NewDecoder(l *Layout) *Decoder {
	d := &Decoder{root: newTree(l), slots: len(l.Names()), parts: parts{seed: maphash.MakeSeed()}}
	for slot, text := range l.fills {
		d.fills = append(d.fills, nullSlot{slot, text})
	}
	return d
}

// Decode reads one JSON object into rec, whose former values it replaces. Values share memory with doc, so doc must stay
// as it is while the record is used.
func (d *Decoder) Decode(doc []byte, rec *Record) error {
	rec.reset(d.slots)
	d.rec = rec
	s := &d.scan
	s.load(doc)
	if s.space(); s.peek() != '{' {
		return s.fail("expected an object, found %s", s.found())
	}
	start := s.pos
	if err := d.object(d.root, 0); err != nil {
		return err
	}
	d.keep(d.root, start)
	if s.space(); s.pos < len(s.buf) {
		return s.fail("expected the end of the document, found %s", s.found())
	}
	for _, f := range d.fills {
		if len(rec.Slots[f.slot]) == 0 {
			rec.add(f.slot, Value{Kind: String, Text: f.text})
		}
	}
	return s.stray()
}

// object reads the members of the object at the cursor. The place is kept apart from the cursor while members have the
// usual form: no white space, and keys without escapes.
func (d *Decoder) object(n *node, depth int) error {
	s := &d.scan
	if depth > maxDepth {
		return s.fail("nested more than %d deep", maxDepth)
	}
	s.pos++
	if s.space(); s.peek() == '}' {
		s.pos++
		return nil
	}
	buf, pos := s.buf, s.pos
	for {
		kid, at, err := d.member(n, pos, depth)
		if err != nil {
			return err
		}
		pos = at
		if next, ok := d.plainString(kid, pos); ok {
			pos = next
		} else {
			s.pos = pos
			if err := d.value(kid, depth); err != nil {
				return err
			}
			pos = s.pos
		}
		if pos < len(buf) && buf[pos] == ',' {
			pos++
			continue
		}
		s.pos = pos
		s.space()
		switch s.peek() {
		case ',':
			pos = s.pos + 1
		case '}':
			s.pos++
			return nil
		default:
			return s.fail("expected `,` or `}`, found %s", s.found())
		}
	}
}

// member reads a key and the colon behind it. It returns the node below n that the key leads to, nil if none, and where
// the value is.
func (d *Decoder) member(n *node, pos, depth int) (*node, int, error) {
	s := &d.scan
	if start := pos + 1; start+8 <= len(s.buf) && s.buf[pos] == '"' {
		end, plain := s.endOfString(start)
		if plain && end+1 < len(s.buf) && s.buf[end+1] == ':' {
			key := s.buf[start:end]
			if depth == 0 && d.wrapping && wraps(key) {
				return nil, 0, errWrapped
			}
			if n.sizes>>(len(key)&63)&1 == 0 && !n.deep {
				return nil, end + 2, nil
			}
			e := ends{head: binary.LittleEndian.Uint64(s.buf[start:])}
			if len(key) < 8 {
				e.head &= 1<<(8*uint(len(key))) - 1
			} else {
				e.tail = binary.LittleEndian.Uint64(key[len(key)-8:])
			}
			return n.find(key, e), end + 2, nil
		}
	}
	s.pos = pos
	if s.space(); s.peek() != '"' {
		return nil, 0, s.fail("expected a key in double quotes, found %s", s.found())
	}
	key, err := s.string(d.rec)
	if err != nil {
		return nil, 0, err
	}
	kid, err := d.follow(n, []byte(key), depth)
	return kid, s.pos, err
}

// plainString reads a string at pos that is skipped or has no escapes, and returns the place behind it.
func (d *Decoder) plainString(n *node, pos int) (next int, ok bool) {
	s := &d.scan
	if pos >= len(s.buf) || s.buf[pos] != '"' {
		return pos, false
	}
	end, plain := s.endOfString(pos + 1)
	if end >= len(s.buf) || n != nil && !plain {
		return pos, false
	}
	if n != nil {
		d.put(n, Value{Kind: String, Text: text(s.buf[pos+1 : end])})
	}
	return end + 1, true
}

// follow reads the colon behind a key, white space before it allowed, and finds the key's node.
func (d *Decoder) follow(n *node, key []byte, depth int) (*node, error) {
	s := &d.scan
	if s.space(); s.peek() != ':' {
		return nil, s.fail("expected `:` after the key %q, found %s", clip(string(key)), s.found())
	}
	s.pos++
	if depth == 0 && d.wrapping && wraps(key) {
		return nil, errWrapped
	}
	return n.find(key, endsOf(key)), nil
}

// wraps reports the members by which an envelope is told from a document.
func wraps(key []byte) bool {
	switch len(key) {
	case 4:
		return string(key) == "hits"
	case 6:
		return string(key) == "fields"
	case 7:
		return string(key) == "_source"
	}
	return false
}

// value reads the value at the cursor into the slots at and below n, or skips it.
func (d *Decoder) value(n *node, depth int) error {
	s := &d.scan
	if s.peek() <= ' ' {
		s.space()
	}
	if n == nil {
		return s.skip(depth)
	}
	switch s.peek() {
	case '{':
		start := s.pos
		err := d.inner(n, depth)
		if n.whole != nil && err == nil {
			d.keep(n, start)
		}
		return err
	case '[':
		return d.array(n, depth+1)
	case '"':
		text, err := s.string(d.rec)
		if err != nil {
			return err
		}
		d.put(n, Value{Kind: String, Text: text})
		return nil
	default:
		v, err := s.scalar()
		if err != nil {
			return err
		}
		d.put(n, v)
		return nil
	}
}

// inner reads an object below the document, of which only the slots below n take values. One that is known is not read again.
func (d *Decoder) inner(n *node, depth int) error {
	s := &d.scan
	switch {
	case n.below == 0:
		return s.skip(depth)
	case depth > partDepth || s.end.stray != 0: // with a stray backslash the index may take the same bytes for something else
		return d.object(n, depth+1)
	}
	part, to := d.parts.find(n, s)
	switch {
	case part != nil:
		s.pos += len(part.text)
		d.take(part)
		return nil
	case to != nil:
		return d.learn(n, to, depth)
	}
	return d.object(n, depth+1)
}

// take gives the record the values of a part.
func (d *Decoder) take(p *Part) {
	d.rec.addPart(p)
	if d.parts.learning > 0 {
		d.parts.journal = append(d.parts.journal, p.values...)
	}
}

// learn reads an object and remembers it.
func (d *Decoder) learn(n *node, to *partPlace, depth int) error {
	start, from := d.scan.pos, len(d.parts.journal)
	d.parts.learning++
	err := d.object(n, depth+1)
	d.parts.learning--
	if err == nil {
		d.parts.keep(to, d.scan.buf[start:d.scan.pos], d.parts.journal[from:])
	}
	if d.parts.learning == 0 {
		d.parts.journal = d.parts.journal[:0]
	}
	return err
}

func (d *Decoder) array(n *node, depth int) error {
	s := &d.scan
	if depth > maxDepth {
		return s.fail("nested more than %d deep", maxDepth)
	}
	s.pos++
	if s.space(); s.peek() == ']' {
		s.pos++
		return nil
	}
	for {
		if err := d.value(n, depth); err != nil {
			return err
		}
		s.space()
		switch s.peek() {
		case ',':
			s.pos++
		case ']':
			s.pos++
			return nil
		default:
			return s.fail("expected `,` or `]`, found %s", s.found())
		}
	}
}

// keep stores the text of the object that has just been read.
func (d *Decoder) keep(n *node, start int) {
	for _, slot := range n.whole {
		d.add(slot, Value{Kind: Object, Text: text(d.scan.buf[start:d.scan.pos])})
	}
}

// put stores a value; a Missing one is an explicit null.
func (d *Decoder) put(n *node, v Value) {
	if n.slot >= 0 && v.Kind != Missing {
		d.add(n.slot, v)
	}
	for _, s := range n.nulls {
		w := v
		if v.Kind == Missing {
			if s.text == "" {
				continue
			}
			w = Value{Kind: String, Text: s.text}
		}
		d.add(s.slot, w)
	}
}

func (d *Decoder) add(slot int, v Value) {
	d.rec.add(slot, v)
	if d.parts.learning > 0 {
		d.parts.journal = append(d.parts.journal, PartValue{slot, v})
	}
}
