package eval

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"strings"

	"github.com/rulevet/rulevet/eql/event"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/esdate"
)

// maxKeyTuples bounds the product of the values of multi-valued join keys of one event.
const maxKeyTuples = 10_000

// keyKind orders key values of different kinds (spec/eql.md 12.3.18).
type keyKind uint8

const (
	nullKey keyKind = iota
	boolKey
	numberKey
	dateKey
	ipKey
	stringKey
	versionKeyKind
)

// keyValue is one value of a join key. canon is equal for equal values of one kind.
type keyValue struct {
	kind  keyKind
	canon string
	text  string
	num   eqlfunc.Value // numberKey, dateKey
}

// tuple is a combination of join key values.
type tuple struct {
	canon string
	vals  []keyValue
}

func (t *tuple) compare(o *tuple) int {
	for i := range t.vals {
		if c := t.vals[i].compare(&o.vals[i]); c != 0 {
			return c
		}
	}
	return 0
}

func (v *keyValue) compare(o *keyValue) int {
	if c := cmp.Compare(v.kind, o.kind); c != 0 {
		return c
	}
	switch v.kind {
	case numberKey:
		return compareExact(v.num, o.num)
	case dateKey:
		return v.num.Instant().Compare(o.num.Instant())
	}
	return strings.Compare(v.canon, o.canon)
}

// strings returns the values as text, nil for null.
func (t *tuple) strings() []*string {
	out := make([]*string, len(t.vals))
	for i := range t.vals {
		if t.vals[i].kind != nullKey {
			out[i] = &t.vals[i].text
		}
	}
	return out
}

// key reads a value of a join key; ok is false if the mapping does not index it.
func (f *field) key(v *event.Value, sample bool) (k keyValue, ok bool) {
	val, ok := f.script(v)
	if !ok {
		return k, false
	}
	switch f.class {
	case ipClass:
		addr, _ := f.address(v)
		return keyValue{kind: ipKey, canon: string(addr[:]), text: netip.AddrFrom16(addr).Unmap().String()}, true
	case versionClass:
		return keyValue{kind: versionKeyKind, canon: versionKey(v.Text), text: strings.Clone(v.Text)}, true
	}
	switch val.Kind {
	case eqlfunc.Bool:
		return keyValue{kind: boolKey, canon: val.Text(), text: val.Text()}, true
	case eqlfunc.String:
		text := strings.Clone(val.Str)
		return keyValue{kind: stringKey, canon: text, text: text}, true
	case eqlfunc.Date:
		at := val.Instant()
		return keyValue{kind: dateKey, canon: instantKey(at), text: dateText(at, sample), num: val}, true
	}
	return keyValue{kind: numberKey, canon: numberCanon(val), text: val.Text(), num: val}, true
}

// dateText prints a date key: ISO in sequences, epoch milliseconds in samples (spec/eql.md 12.1.10).
func dateText(at esdate.Instant, sample bool) string {
	if sample {
		return fmt.Sprint(at.Milli)
	}
	return at.String()
}

func instantKey(at esdate.Instant) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(at.Milli))
	return string(binary.BigEndian.AppendUint32(b, uint32(at.Nano)))
}

// numberCanon is equal for numbers of equal value, whatever their type.
func numberCanon(v eqlfunc.Value) string {
	if v.Kind == eqlfunc.Double {
		if x := v.Float(); x == math.Trunc(x) && math.Abs(x) < 1<<53 {
			v = eqlfunc.OfLong(int64(x))
		}
	}
	if v.Kind == eqlfunc.Integer {
		v = eqlfunc.OfLong(v.Int())
	}
	return v.Text()
}

// tuples returns the combinations of key values that an event takes part in at a stage: none if a key that is not
// optional has no value. With nulls every missing key is null, as for until (spec/eql.md 12.1.9).
func (s *stage) tuples(rec *event.Record, nulls, sample bool) ([]tuple, error) {
	out := []tuple{{}}
	for _, k := range s.keys {
		vals := k.values(rec, nulls, sample)
		if len(vals) == 0 {
			return nil, nil
		}
		if len(out)*len(vals) > maxKeyTuples {
			return nil, fmt.Errorf("more than %d combinations of join key values", maxKeyTuples)
		}
		next := make([]tuple, 0, len(out)*len(vals))
		for _, t := range out {
			for _, v := range vals {
				next = append(next, t.with(v))
			}
		}
		out = next
	}
	return out, nil
}

func (t tuple) with(v keyValue) tuple {
	canon := binary.AppendUvarint([]byte(t.canon), uint64(v.kind))
	canon = binary.AppendUvarint(canon, uint64(len(v.canon)))
	return tuple{string(append(canon, v.canon...)), append(t.vals[:len(t.vals):len(t.vals)], v)}
}

// values are the distinct values of one key; a single null if it is missing and may be.
func (k joinKey) values(rec *event.Record, nulls, sample bool) []keyValue {
	var out []keyValue
	vs := values(rec, k.f.slot)
next:
	for i := range vs {
		v, ok := k.f.key(&vs[i], sample)
		if !ok {
			continue
		}
		for _, have := range out {
			if have.kind == v.kind && have.canon == v.canon {
				continue next
			}
		}
		out = append(out, v)
	}
	if len(out) == 0 && (k.optional || nulls) {
		out = append(out, keyValue{})
	}
	return out
}
