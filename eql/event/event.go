// Package event turns event documents (JSON, nested or dotted keys) into records of field values. It knows nothing of
// EQL: a Layout says which fields are wanted, a Decoder fills a Record with just those.
package event

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
)

// Value is one scalar of an event. Text is the string, or the number or boolean as written in the document; it may
// share memory with the decoder's buffer and is valid until the next Decode into the same Record.
type Value struct {
	Kind Kind
	Bits uint64 // Bool: 0 or 1; Int: int64; Uint; Float: math.Float64bits
	Text string
}

// Layout is an ordered set of field names, each with a slot. Several programs may share one, so that each event is
// decoded once. It must not be changed once decoding has begun.
type Layout struct {
	names []string
	slots map[string]int
	nulls map[int]string // by slot
}

// AddNull is Add for a field whose explicit nulls count as this text, as a mapping's null_value has it. It shares a slot
// only with its like, so that programs with other mappings do not see the text.
func (l *Layout) AddNull(name, text string) int {
	for slot, t := range l.nulls {
		if t == text && l.names[slot] == name {
			return slot
		}
	}
	if l.nulls == nil {
		l.nulls = map[int]string{}
	}
	s := len(l.names)
	l.names = append(l.names, name)
	l.nulls[s] = text
	return s
}

// Add returns the slot of the field, a new one if the name is not in the layout yet.
func (l *Layout) Add(name string) int {
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

// Names returns the field names in slot order. A name may occur again with another meaning of null.
func (l *Layout) Names() []string { return l.names }

// Record holds the values of one event, by slot: arrays flattened, nulls dropped, in document order.
type Record struct {
	Slots [][]Value
}

// Values returns the values in a slot; none if the event lacks the field.
func (r *Record) Values(slot int) []Value { return r.Slots[slot] }
