package eval

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/esdate"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/mapping"
)

// keyKind orders join values of different kinds (LANGUAGE.md 6.7).
type keyKind byte

const (
	nullKey keyKind = iota
	boolKey
	numberKey
	dateKey
	ipKey
	stringKey
	versionKeyKind
)

// keyValue is one join value. Equal values are equal as Go values.
type keyValue struct {
	kind  keyKind
	num   eqlfunc.Value // boolean, number, date
	width byte          // of a number: see joinKey
	str   string        // string, version, and the 16 bytes of an ip
}

// keyOf reads a value of a field as a join value; ok is false if the mapping does not index it.
func keyOf(f *predicate.Field, v *event.Value) (k keyValue, ok bool) {
	if f.Class == predicate.IPClass {
		a, ok := f.Address(v)
		return keyValue{kind: ipKey, str: string(a[:])}, ok
	}
	s, ok := f.Scalar(v)
	switch s.Kind {
	case eqlfunc.Bool:
		return keyValue{kind: boolKey, num: s}, ok
	case eqlfunc.Date:
		return keyValue{kind: dateKey, num: s}, ok
	case eqlfunc.String:
		if f.Class == predicate.VersionClass {
			return keyValue{kind: versionKeyKind, str: s.Str}, ok
		}
		return keyValue{kind: stringKey, str: s.Str}, ok
	}
	return keyValue{kind: numberKey, num: canonical(s)}, ok
}

// widthOf numbers the Java types in which the values of numeric fields meet as join keys of a sequence; 0 is none.
func widthOf(t mapping.Type) byte {
	switch t {
	case mapping.Byte:
		return 1
	case mapping.Short:
		return 2
	case mapping.Integer:
		return 3
	case mapping.Long:
		return 4
	case mapping.UnsignedLong:
		return 5
	case mapping.HalfFloat, mapping.Float:
		return 6
	case mapping.ScaledFloat, mapping.Double:
		return 7
	}
	return 0
}

// setWidths keeps numbers of different types apart, at each position of the keys where all types are known. A sequence compares
// them as Java objects; samples are made by an aggregation, to which all whole numbers are alike.
func (p *Program) setWidths() {
	all := p.stages
	if p.until != nil {
		all = append(all[:len(all):len(all)], p.until)
	}
	for i := range p.keys {
		if slices.ContainsFunc(all, func(s *stage) bool { return i >= len(s.keys) || widthOf(s.keys[i].f.Type) == 0 }) {
			continue
		}
		for _, s := range all {
			s.keys[i].width = widthOf(s.keys[i].f.Type)
		}
	}
}

// canonical gives equal numbers one form, whatever their types.
func canonical(n eqlfunc.Value) eqlfunc.Value {
	switch {
	case n.Kind == eqlfunc.Double:
		if x := n.Float(); x > -1<<53 && x < 1<<53 && x == float64(int64(x)) {
			return eqlfunc.OfLong(int64(x))
		}
	case n.Kind == eqlfunc.Unsigned && int64(n.Bits) < 0:
	default:
		return eqlfunc.OfLong(int64(n.Bits))
	}
	return n
}

func (k keyValue) compare(o keyValue) int {
	if k.kind != o.kind {
		return cmp.Compare(k.kind, o.kind)
	}
	switch k.kind {
	case numberKey:
		if c := predicate.CompareExact(k.num, o.num); c != 0 {
			return c
		}
		return cmp.Compare(k.width, o.width)
	case boolKey, dateKey:
		c, _ := eqlfunc.Compare(k.num, o.num)
		return c
	case versionKeyKind:
		return strings.Compare(predicate.VersionKey(k.str), predicate.VersionKey(o.str))
	}
	return strings.Compare(k.str, o.str)
}

// appendTo writes the value in a form that readKey reads back; equal values have equal forms.
func (k keyValue) appendTo(b []byte) []byte {
	b = append(b, byte(k.kind))
	switch k.kind {
	case nullKey:
		return b
	case boolKey, numberKey, dateKey:
		b = append(b, byte(k.num.Kind), k.width)
		b = binary.LittleEndian.AppendUint64(b, k.num.Bits)
		return binary.LittleEndian.AppendUint32(b, uint32(k.num.Nano))
	}
	b = binary.AppendUvarint(b, uint64(len(k.str)))
	return append(b, k.str...)
}

// readKey decodes the first value of a tuple.
func readKey(s string) (k keyValue, rest string) {
	k.kind, s = keyKind(s[0]), s[1:]
	switch k.kind {
	case nullKey:
		return k, s
	case boolKey, numberKey, dateKey:
		b := []byte(s[2:14])
		k.num = eqlfunc.Value{Kind: eqlfunc.Kind(s[0]), Bits: binary.LittleEndian.Uint64(b), Nano: int32(binary.LittleEndian.Uint32(b[8:]))}
		k.width = s[1]
		return k, s[14:]
	}
	n, size := binary.Uvarint([]byte(s[:min(len(s), binary.MaxVarintLen64)]))
	s = s[size:]
	k.str = s[:n]
	return k, s[n:]
}

// text prints a join value; nil is null. In a sample a date prints as epoch milliseconds, in a sequence as ISO
// (LANGUAGE.md 6.7).
func (k keyValue) text(sample bool) *string {
	var s string
	switch k.kind {
	case nullKey:
		return nil
	case boolKey, numberKey:
		s = k.num.Text()
	case dateKey:
		at := esdate.Instant{Milli: int64(k.num.Bits), Nano: k.num.Nano}
		s = at.String()
		if sample {
			s = strconv.FormatInt(at.Milli, 10)
		}
	case ipKey:
		s = predicate.AddressText([16]byte([]byte(k.str)))
	default:
		s = strings.Clone(k.str)
	}
	return &s
}

// tuple is an encoded combination of join values, one for each key. Equal combinations are equal.
type tuple string

// strings returns the values of the keys as text, nil for null.
func (t tuple) strings(keys []joinKey, sample bool) []*string {
	out := []*string{}
	for s := string(t); s != ""; {
		var k keyValue
		k, s = readKey(s)
		if k.kind == numberKey && keys[len(out)].f.Fractional() {
			k.num = eqlfunc.OfDouble(k.num.Float()) // which equals the integer but prints as "5.0"
		}
		out = append(out, k.text(sample))
	}
	return out
}

// compare orders tuples of one length, value by value.
func (t tuple) compare(o tuple) int {
	if t == o {
		return 0
	}
	for a, b := string(t), string(o); a != "" && b != ""; {
		var x, y keyValue
		x, a = readKey(a)
		y, b = readKey(b)
		if c := x.compare(y); c != 0 {
			return c
		}
	}
	return 0
}

// maxKeyTuples bounds the product of the values of multi-valued join keys of one event.
const maxKeyTuples = 10_000

// keyer collects the tuples of events at one step. Its memory is reused.
type keyer struct {
	list, next [][]byte
	first      []byte
	vals       []keyValue
}

// tuples returns the combinations of key values with which an event takes part in a step, ascending and without
// duplicates: none if a key that is not optional has no value. With nulls every missing key is null, as for until
// (LANGUAGE.md 6.4). The result is valid until the next call; ok is false if there are too many.
func (k *keyer) tuples(keys []joinKey, rec *event.Record, nulls bool) (list [][]byte, ok bool) {
	k.list = append(k.list[:0], k.first[:0])
	single := true
	for i := range keys {
		k.collect(&keys[i], rec, nulls)
		switch len(k.vals) {
		case 0:
			return nil, true
		case 1:
			for j := range k.list {
				k.list[j] = k.vals[0].appendTo(k.list[j])
			}
			continue
		}
		single = false
		if len(k.list)*len(k.vals) > maxKeyTuples {
			return nil, false
		}
		k.next = k.next[:0]
		for _, head := range k.list {
			for _, v := range k.vals {
				k.next = append(k.next, v.appendTo(bytes.Clone(head)))
			}
		}
		k.list, k.next = k.next, k.list
	}
	if single {
		k.first = k.list[0]
	}
	return k.list, true
}

// collect reads the distinct values of one key, ascending; a single null if it is missing and may be.
func (k *keyer) collect(key *joinKey, rec *event.Record, nulls bool) {
	k.vals = k.vals[:0]
	vs := predicate.Values(rec, key.f.Slot)
	for i := range vs {
		if v, ok := keyOf(key.f, &vs[i]); ok {
			if v.kind == numberKey {
				v.width = key.width
			}
			k.vals = append(k.vals, v)
		}
	}
	switch {
	case len(k.vals) == 0 && (key.optional || nulls):
		k.vals = append(k.vals, keyValue{})
	case len(k.vals) > 1:
		slices.SortFunc(k.vals, keyValue.compare)
		k.vals = slices.Compact(k.vals)
	}
}
