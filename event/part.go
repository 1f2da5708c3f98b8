package event

import (
	"hash/maphash"
	"slices"
	"strings"
)

// Part is an object that documents of a decoder had again and again, such as the host of an event, with the values that it gives
// a record. It does not change, so that what follows from its values has to be found out only once.
type Part struct {
	// Memo is what the reader of the records has found out about the part; nil at first. It is gone with the part.
	Memo any

	text   string // the object as it stands in documents
	values []PartValue
	size   int // estimated bytes
}

// PartValue is a value of a part as it stands in records: in which slot, and what.
type PartValue struct {
	Slot  int   // that it fills
	Value Value // as a record has it
}

// Values returns the values in document order. They are valid as long as the part.
func (p *Part) Values() []PartValue { return p.values }

// Bounds of what is remembered.
const (
	partSize   = 1 << 10 // bytes of an object
	partValues = 64      // in an object
	partDepth  = 16      // of the object in its document
	partPlaces = 64      // objects of a node
	partRoom   = 4 << 20 // estimated bytes of a decoder
)

// partTrial is the number of objects after which a node decides whether it goes on, partPause that of those which it leaves alone if not.
const (
	partTrial = 1 << 9
	partPause = 1 << 13
)

// parts remembers the objects that came last at the nodes of a decoder. An object that has the bytes of an earlier one has its
// values, so it need not be read.
type parts struct {
	seed  maphash.Seed
	nodes []*nodeParts
	held  int // estimated bytes

	learning int         // objects around the cursor that are to be remembered
	journal  []PartValue // what they have given so far
}

// nodeParts are the objects of a node.
type nodeParts struct {
	last   *Part
	places []partPlace
	asked  int
	known  int
	pause  int
}

// partPlace holds an object whose hash leads there. To be remembered an object must come twice: most never do.
type partPlace struct {
	part *Part
	once uint64 // hash of the object that was not known
}

// find returns the part that stands at the cursor; of one that is not known to be a part, whether it should become one, and in which place.
func (x *parts) find(n *node, s *scanner) (p *Part, to *partPlace) {
	r := n.parts
	if r == nil {
		r = &nodeParts{}
		n.parts, x.nodes = r, append(x.nodes, r)
	}
	if r.pause > 0 {
		r.pause--
		return nil, nil
	}
	if r.asked++; r.asked == partTrial {
		x.settle(r)
	}
	if p := r.last; p != nil && p.stands(s.buf[s.pos:]) {
		r.known++
		return p, nil
	}
	return x.lookUp(r, s)
}

// stands reports a part at the start of a text: the object ends where the part does.
func (p *Part) stands(rest []byte) bool {
	return len(rest) >= len(p.text) && string(rest[:len(p.text)]) == p.text
}

// lookUp is find for another object than that before.
func (x *parts) lookUp(r *nodeParts, s *scanner) (*Part, *partPlace) {
	start := s.pos
	err := s.skipNested(0)
	raw := s.buf[start:s.pos]
	s.pos = start
	if err != nil || len(raw) > partSize {
		return nil, nil
	}
	if r.places == nil {
		r.places = make([]partPlace, partPlaces)
	}
	hash := maphash.Bytes(x.seed, raw)
	at := &r.places[hash%partPlaces]
	switch {
	case at.part != nil && at.part.text == string(raw):
		r.known++
		r.last = at.part
		return at.part, nil
	case at.once == hash:
		return nil, at
	}
	at.once = hash
	return nil, nil
}

// settle ends a trial.
func (x *parts) settle(r *nodeParts) {
	if r.known < partTrial/8 {
		for i := range r.places {
			x.drop(&r.places[i])
		}
		*r = nodeParts{pause: partPause}
	}
	r.asked, r.known = 0, 0
}

func (x *parts) drop(at *partPlace) {
	if at.part != nil {
		x.held -= at.part.size
		at.part = nil
	}
}

// keep makes a part of an object that has been read, with its values, which share memory with the document.
func (x *parts) keep(to *partPlace, object []byte, values []PartValue) {
	if len(values) > partValues {
		return
	}
	p := newPart(object, values)
	if x.held+p.size > partRoom {
		x.forget()
		return
	}
	x.drop(to)
	x.held += p.size
	to.part = p
}

// newPart copies an object and its values into memory of their own.
func newPart(object []byte, values []PartValue) *Part {
	size := len(object)
	for i := range values {
		size += len(values[i].Value.Text)
	}
	var texts strings.Builder
	texts.Grow(size)
	texts.Write(object)
	for i := range values {
		texts.WriteString(values[i].Value.Text)
	}
	text, rest := texts.String()[:len(object)], texts.String()[len(object):]
	p := &Part{text: text, values: slices.Clone(values), size: size + len(values)*partValueSize}
	for i := range p.values {
		v := &p.values[i].Value
		v.Text, rest = rest[:len(v.Text)], rest[len(v.Text):]
	}
	return p
}

// partValueSize is what a value costs beside its text, with what a Memo has of it, in bytes; an estimate.
const partValueSize = 256

// forget drops all parts.
func (x *parts) forget() {
	for _, r := range x.nodes {
		*r = nodeParts{pause: r.pause}
	}
	x.held = 0
}
