// Package event turns event documents (JSON, nested or dotted keys) into records of field values. It knows nothing of
// EQL: a Layout says which fields are wanted, a Decoder fills a Record with just those.
package event

import "sync"

// Kind is the JSON kind of a value. Nulls are not stored: a null is a missing value. Objects are not values either.
type Kind uint8

// Kinds of values. Int holds numbers that fit int64, Uint integers above that, Float the rest.
const (
	Missing Kind = iota
	Bool
	Int
	Uint
	Float
	String
	Object // the JSON text of an object, only in slots of Layout.AddObjects
)

// Value is one scalar of an event. Text is the string, or the number or boolean as written in the document; it may
// share memory with the document and the record and is valid until the next Decode into the same Record.
type Value struct {
	Kind Kind   // says which of the values below counts
	Bits uint64 // Bool: 0 or 1; Int: int64; Uint; Float: math.Float64bits
	Text string // of a String: unescaped; of an Object nothing. Valid until the decoder's next document unless it was cloned
}

// Layout is an ordered set of field names, each with a slot. Several programs may share one, so that each event is
// decoded once. Programs that are compiled at the same time may add to it; it must not be changed once decoding has begun.
type Layout struct {
	mu    sync.Mutex // held while names are added
	names []string
	slots map[string]int
	nulls map[int]string // by slot
	fills map[int]string // by slot
	whole map[int]bool   // slots that take objects
}

// AddObjects returns a slot for the objects at a name as JSON texts, each element of an array by itself. The empty name is
// the document.
func (l *Layout) AddObjects(name string) int { return addApart(l, &l.whole, name, true) }

// AddNull is Add for a field whose explicit nulls count as this text, as a mapping's null_value has it. It shares a slot
// only with its like, so that programs with other mappings do not see the text.
func (l *Layout) AddNull(name, text string) int { return addApart(l, &l.nulls, name, text) }

// AddConstant is Add for a field whose mapping gives it one value, which events that lack it have too. Like AddNull it
// shares a slot only with its like.
func (l *Layout) AddConstant(name, text string) int { return addApart(l, &l.fills, name, text) }

// addApart returns the slot that has the name and stands with the value among the slots of its kind, a new one if there is none.
func addApart[T comparable](l *Layout, kind *map[int]T, name string, value T) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	for slot, v := range *kind {
		if v == value && l.names[slot] == name {
			return slot
		}
	}
	if *kind == nil {
		*kind = map[int]T{}
	}
	s := len(l.names)
	l.names = append(l.names, name)
	(*kind)[s] = value
	return s
}

// Add returns the slot of the field, a new one if the name is not in the layout yet.
func (l *Layout) Add(name string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s, ok := l.slots[name]; ok {
		return s
	}
	if l.slots == nil {
		l.slots = map[string]int{}
	}
	s := len(l.names)
	l.slots[name] = s
	l.names = append(l.names, name)
	return s
}

// Names returns the field names in slot order. A name may occur again with another meaning of null or of absence.
func (l *Layout) Names() []string { return l.names }

// Record holds the values of one event, by slot: arrays flattened, nulls dropped, in document order.
type Record struct {
	Slots [][]Value // the values of each field of the layout, in document order; empty: the document lacks it
	// ID and Index are the _id and _index of the document, if a Reader has read it and the input says so.
	ID, Index string

	used  []int   // slots that the decoder has filled
	loose []int   // those with values that stand in no part
	apart []bool  // by slot: it is among the loose
	parts []*Part // objects that the decoder knew
	texts []byte  // memory of texts with escapes

	decoded bool // all values come from a decoder
}

// maxTexts bounds the memory that a record keeps for texts with escapes from one event to the next, in bytes.
const maxTexts = 1 << 20

// reset empties the record and gives it that many slots. Only what the decoder filled is touched: a layout may have
// thousands of slots, an event has values for a few.
func (r *Record) reset(slots int) {
	if len(r.Slots) != slots || !r.decoded {
		r.Slots, r.apart, r.decoded = make([][]Value, slots), make([]bool, slots), true
	}
	for _, slot := range r.used {
		if slot < slots {
			r.Slots[slot] = r.Slots[slot][:0]
			r.apart[slot] = false
		}
	}
	r.used, r.loose, r.parts, r.texts = r.used[:0], r.loose[:0], r.parts[:0], r.texts[:0]
	if cap(r.texts) > maxTexts {
		r.texts = nil
	}
}

func (r *Record) add(slot int, v Value) {
	if !r.apart[slot] {
		r.apart[slot] = true
		r.loose = append(r.loose, slot)
	}
	r.put(slot, v)
}

func (r *Record) addPart(p *Part) {
	r.parts = append(r.parts, p)
	for i := range p.values {
		r.put(p.values[i].Slot, p.values[i].Value)
	}
}

func (r *Record) put(slot int, v Value) {
	vs := r.Slots[slot]
	if len(vs) == 0 {
		r.used = append(r.used, slot)
	}
	r.Slots[slot] = append(vs, v)
}

// Filled tells where the values of the record are: the slots with values that stand in no part, in no order, and the parts. ok is false
// for a record that no decoder has filled.
func (r *Record) Filled() (slots []int, parts []*Part, ok bool) { return r.loose, r.parts, r.decoded }

// Values returns the values in a slot; none if the event lacks the field.
func (r *Record) Values(slot int) []Value { return r.Slots[slot] }
