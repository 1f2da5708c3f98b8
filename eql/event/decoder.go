package event

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unsafe"
)

// maxDepth is the deepest nesting of objects and arrays that is followed, far beyond any mapping's limit (20 in
// Elasticsearch by default).
const maxDepth = 500

// SyntaxError says where a document is not JSON. Offset counts bytes from the start of the document.
type SyntaxError struct {
	Offset  int
	Message string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%s at byte %d", e.Message, e.Offset) }

// node is a step of the layout's name tree.
type node struct {
	children map[string]*node
	slot     int        // -1 if no field of the layout ends here
	nulls    []nullSlot // further slots of the field, in which an explicit null counts as a value
}

type nullSlot struct {
	slot int
	text string
}

func newNode() *node { return &node{slot: -1} }

func (n *node) child(key string) *node {
	c := n.children[key]
	if c == nil {
		c = newNode()
		if n.children == nil {
			n.children = map[string]*node{}
		}
		n.children[key] = c
	}
	return c
}

// Decoder fills records with the fields of a layout. It reads a document once, front to back, and builds nothing for
// what the layout does not name. It is not safe for concurrent use.
//
// Field names may be nested objects, dotted keys or a mixture. What a document says twice counts twice, as the values
// of an array. Values of skipped members are not checked beyond strings that end and brackets that nest.
type Decoder struct {
	root  *node
	slots int
	rec   *Record
	scan  scanner
}

// NewDecoder returns a decoder for the fields that the layout has now.
func NewDecoder(l *Layout) *Decoder {
	d := &Decoder{root: newNode(), slots: len(l.Names())}
	for slot, name := range l.Names() {
		n := d.root
		for part := range strings.SplitSeq(name, ".") {
			n = n.child(part)
		}
		if text, ok := l.nulls[slot]; ok {
			n.nulls = append(n.nulls, nullSlot{slot, text})
		} else {
			n.slot = slot
		}
	}
	return d
}

// Decode reads one JSON object into rec, whose former values it replaces. Values share memory with doc, so doc must stay
// as it is while the record is used.
func (d *Decoder) Decode(doc []byte, rec *Record) error {
	rec.reset(d.slots)
	d.rec = rec
	d.scan = scanner{buf: doc}
	s := &d.scan
	s.space()
	if s.pos == len(s.buf) || s.buf[s.pos] != '{' {
		return s.fail("expected an object, found %s", s.found())
	}
	if err := d.object(d.root, 0); err != nil {
		return err
	}
	s.space()
	if s.pos < len(s.buf) {
		return s.fail("expected the end of the document, found %s", s.found())
	}
	return nil
}

func (r *Record) reset(slots int) {
	if len(r.Slots) != slots {
		r.Slots = make([][]Value, slots)
		return
	}
	for i := range r.Slots {
		r.Slots[i] = r.Slots[i][:0]
	}
}

// object reads the members of the object at the cursor.
func (d *Decoder) object(n *node, depth int) error {
	s := &d.scan
	if depth > maxDepth {
		return s.fail("nested more than %d deep", maxDepth)
	}
	s.pos++
	s.space()
	if s.peek() == '}' {
		s.pos++
		return nil
	}
	for {
		key, err := s.key()
		if err != nil {
			return err
		}
		if err := d.value(n.find(key), depth); err != nil {
			return err
		}
		s.space()
		switch s.peek() {
		case ',':
			s.pos++
			s.space()
		case '}':
			s.pos++
			return nil
		default:
			return s.fail("expected `,` or `}`, found %s", s.found())
		}
	}
}

// find follows a key, dots in it included; nil if no field of the layout lies below.
func (n *node) find(key string) *node {
	if n == nil {
		return nil
	}
	if c, ok := n.children[key]; ok {
		return c
	}
	if strings.IndexByte(key, '.') < 0 {
		return nil
	}
	for part := range strings.SplitSeq(key, ".") {
		if n = n.children[part]; n == nil {
			return nil
		}
	}
	return n
}

// value reads the value at the cursor into the slots at and below n, or skips it.
func (d *Decoder) value(n *node, depth int) error {
	s := &d.scan
	s.space()
	if n == nil {
		return s.skip(depth)
	}
	switch c := s.peek(); c {
	case '{':
		if n.children == nil {
			return s.skip(depth)
		}
		return d.object(n, depth+1)
	case '[':
		return d.array(n, depth+1)
	case '"':
		text, err := s.string()
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

func (d *Decoder) array(n *node, depth int) error {
	s := &d.scan
	if depth > maxDepth {
		return s.fail("nested more than %d deep", maxDepth)
	}
	s.pos++
	s.space()
	if s.peek() == ']' {
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

// put stores a value; a Missing one is an explicit null.
func (d *Decoder) put(n *node, v Value) {
	if n.slot >= 0 && v.Kind != Missing {
		d.rec.Slots[n.slot] = append(d.rec.Slots[n.slot], v)
	}
	for _, s := range n.nulls {
		w := v
		if v.Kind == Missing {
			w = Value{Kind: String, Text: s.text}
		}
		d.rec.Slots[s.slot] = append(d.rec.Slots[s.slot], w)
	}
}

// number classifies the text of a JSON number.
func number(text string) (Value, error) {
	v := Value{Text: text}
	if !strings.ContainsAny(text, ".eE") {
		if i, err := strconv.ParseInt(text, 10, 64); err == nil {
			v.Kind, v.Bits = Int, uint64(i)
			return v, nil
		}
		if u, err := strconv.ParseUint(text, 10, 64); err == nil {
			v.Kind, v.Bits = Uint, u
			return v, nil
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && !math.IsInf(f, 0) {
		return v, err
	}
	v.Kind, v.Bits = Float, math.Float64bits(f)
	return v, nil
}

// text gives a view of bytes as a string; the bytes must not change while it is used.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
