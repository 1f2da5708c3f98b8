package querydsl

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"strings"
	"time"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/esdate"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/mapping"
)

// instant is a value of a date field in its resolution.
func (f *field) instant(v *event.Value) (esdate.Instant, bool) {
	p := &predicate.Field{Class: predicate.DateClass, Format: f.format}
	if f.typ == mapping.DateNanos {
		p.Class = predicate.NanosClass
	}
	return p.Instant(v)
}

// bounds are those of a Range as texts; a null is none.
type bounds struct {
	lo, hi         *Value
	openLo, openHi bool // without the bound itself
}

func boundsOf(q *Range) bounds {
	b := bounds{lo: q.GTE, hi: q.LTE}
	if q.GT != nil {
		b.lo, b.openLo = q.GT, true
	}
	if q.LT != nil {
		b.hi, b.openHi = q.LT, true
	}
	if b.lo != nil && b.lo.Kind == Null {
		b.lo = nil
	}
	if b.hi != nil && b.hi.Kind == Null {
		b.hi = nil
	}
	return b
}

func (b bounds) id() string {
	id := fmt.Sprint("range ", b.openLo, b.openHi)
	for _, v := range []*Value{b.lo, b.hi} {
		if v == nil {
			id += " -"
		} else {
			id += fmt.Sprintf(" %q", v.Text)
		}
	}
	return id
}

func (b bounds) hints() predicate.Hints {
	h := predicate.Hints{}
	for _, v := range []*Value{b.lo, b.hi} {
		if v != nil {
			h.Values = append(h.Values, literal(*v))
		}
	}
	switch {
	case b.lo != nil && b.openLo:
		h.Op = predicate.Gt
	case b.lo != nil:
		h.Op = predicate.Ge
	case b.openHi:
		h.Op = predicate.Lt
	default:
		h.Op = predicate.Le
	}
	return h
}

// holds reports whether a value lies within, given how it compares with the bounds.
func (b bounds) holds(lo, hi func() int) bool {
	if b.lo != nil {
		if c := lo(); c < 0 || c == 0 && b.openLo {
			return false
		}
	}
	if b.hi != nil {
		if c := hi(); c > 0 || c == 0 && b.openHi {
			return false
		}
	}
	return true
}

// rangeNode compiles an interval.
func (c *compiler) rangeNode(q Query, f *field, r *Range) (predicate.Node, error) {
	b := boundsOf(r)
	switch f.kind {
	case unmapped, objects:
		return predicate.Never(), nil
	case dates:
		return c.dateRange(q, f, r)
	case numbers:
		return c.numberRange(q, f, b)
	case addresses:
		return c.addressRange(q, f, b)
	case keywords, keyed, versions, texts:
		return c.textRange(q, f, b)
	case booleans:
		return c.booleanRange(q, f, b)
	case flattened:
		return c.flatRange(q, f, b)
	case open:
		return c.openRange(f, b), nil
	case ranges:
		return c.intervals(q, f, b, r)
	}
	return nil, c.noType(q, f, "range")
}

func (c *compiler) numberRange(q Query, f *field, b bounds) (predicate.Node, error) {
	var n [2]number
	for i, v := range []*Value{b.lo, b.hi} {
		if v == nil {
			continue
		}
		var ok bool
		if n[i], ok = f.parse(*v); !ok {
			return nil, c.fail(q, f, "%s is no number, which field %s of type %s needs", wording.Quote(v.Text), wording.Quote(f.name), f.typeName())
		}
		typ := f.typ
		if typ == mapping.Byte || typ == mapping.Short {
			typ = mapping.Integer
		}
		if lo, hi := limits(typ); typ.Integral() && (n[i].compare(lo) < 0 || n[i].compare(hi) > 0) {
			return nil, c.fail(q, f, "%s is out of the range of field %s of type %s", wording.Quote(v.Text), wording.Quote(f.name), f.typeName())
		}
		if f.typ == mapping.Float || f.typ == mapping.ScaledFloat || f.typ == mapping.Double {
			n[i] = f.rounded(n[i])
		}
	}
	return c.test(f, b.id(), predicate.TypedCost, func(v *event.Value) bool {
		x, ok := f.stored(v)
		return ok && b.holds(func() int { return f.compare(x, n[0]) }, func() int { return f.compare(x, n[1]) })
	}, nil, b.within(n[0].rat(), n[1].rat())), nil
}

func (c *compiler) addressRange(q Query, f *field, b bounds) (predicate.Node, error) {
	var a [2][16]byte
	for i, v := range []*Value{b.lo, b.hi} {
		if v == nil {
			continue
		}
		var ok bool
		if a[i], ok = eqlfunc.ParseIP(unscoped(v.Text)); !ok {
			return nil, c.fail(q, f, "%s is no address, which field %s of type ip needs", wording.Quote(v.Text), wording.Quote(f.name))
		}
	}
	p := &predicate.Field{Class: predicate.IPClass}
	return c.test(f, b.id(), predicate.TypedCost, func(v *event.Value) bool {
		x, ok := p.Address(v)
		return ok && b.holds(func() int { return bytes.Compare(x[:], a[0][:]) }, func() int { return bytes.Compare(x[:], a[1][:]) })
	}, nil, b.within(predicate.AddressNumber(a[0]), predicate.AddressNumber(a[1]))), nil
}

// textRange orders texts by their bytes; those of a text field word by word.
func (c *compiler) textRange(q Query, f *field, b bounds) (predicate.Node, error) {
	lo, hi := "", ""
	change := func(s string) string { return s }
	if f.norm != nil {
		change = f.norm
	}
	if b.lo != nil {
		lo = change(b.lo.Text)
	}
	if b.hi != nil {
		hi = change(b.hi.Text)
	}
	if f.kind == versions {
		lo, hi = predicate.VersionKey(lo), predicate.VersionKey(hi)
		change = predicate.VersionKey
	}
	within := func(s string) bool {
		return b.holds(func() int { return strings.Compare(s, lo) }, func() int { return strings.Compare(s, hi) })
	}
	t := predicate.Text{Match: within, Cost: predicate.TypedCost, ID: b.id(), Hints: b.hints()}
	switch {
	case f.kind == texts:
		return c.wordTest(f, t), nil
	case f.kind == versions:
		t.Match = func(s string) bool { return s != "" && within(change(s)) }
	}
	return c.textTest(f, t), nil
}

func (c *compiler) flatRange(q Query, f *field, b bounds) (predicate.Node, error) {
	return c.flatText(f, predicate.Text{Match: func(s string) bool {
		return b.holds(func() int { return strings.Compare(s, b.lo.Text) }, func() int { return strings.Compare(s, b.hi.Text) })
	}, ID: b.id()}), nil
}

func (c *compiler) booleanRange(q Query, f *field, b bounds) (predicate.Node, error) {
	var n [2]int
	for i, v := range []*Value{b.lo, b.hi} {
		if v == nil {
			continue
		}
		x, ok := predicate.ParseBool(v.Text)
		if !ok || v.Text == "" {
			return nil, c.fail(q, f, "%s is neither true nor false, which field %s of type boolean needs", wording.Quote(v.Text), wording.Quote(f.name))
		}
		n[i] = order(x)
	}
	return c.test(f, b.id(), predicate.TypedCost, func(v *event.Value) bool {
		x, ok := storedBool(v)
		return ok && b.holds(func() int { return order(x) - n[0] }, func() int { return order(x) - n[1] })
	}, nil, b.within(big.NewRat(int64(n[0]), 1), big.NewRat(int64(n[1]), 1))), nil
}

func order(b bool) int {
	if b {
		return 1
	}
	return 0
}

// openRange compares values of a field that no mapping describes: numbers with numbers, all else as texts.
func (c *compiler) openRange(f *field, b bounds) predicate.Node {
	any := &field{kind: open}
	var n [2]number
	numeric := true
	for i, v := range []*Value{b.lo, b.hi} {
		if v == nil {
			continue
		}
		x, ok := parseNumber(v.Text)
		n[i], numeric = any.rounded(x), numeric && ok
	}
	return c.test(f, b.id(), predicate.TypedCost, func(v *event.Value) bool {
		if v.Kind != event.String {
			x, ok := any.stored(v)
			return ok && numeric && b.holds(func() int { return x.compare(n[0]) }, func() int { return x.compare(n[1]) })
		}
		return b.holds(func() int { return strings.Compare(v.Text, b.lo.Text) }, func() int { return strings.Compare(v.Text, b.hi.Text) })
	}, nil, b.hints())
}

// dateRange compiles an interval of time. A text that leaves parts of a date out stands for the first instant below and for
// the last one above.
func (c *compiler) dateRange(q Query, f *field, r *Range) (predicate.Node, error) {
	b := boundsOf(r)
	format := f.format
	if r.Format != "" {
		var err error
		if format, err = esdate.NewFormat(r.Format); err != nil {
			return nil, c.fail(q, f, "%v", err)
		}
	}
	zone, err := esdate.Zone(r.TimeZone)
	if err != nil {
		return nil, c.fail(q, f, "%v", err)
	}
	var at [2]esdate.Instant
	for i, v := range []*Value{b.lo, b.hi} {
		if v == nil {
			continue
		}
		up := i == 0 && b.openLo || i == 1 && !b.openHi // gt and lte go to the end of the unit
		x, err := format.Bound(v.Text, c.opts.Now, up, zone)
		if err != nil {
			return nil, c.fail(q, f, "%s is no date that field %s can read (format %s)", wording.Quote(v.Text), wording.Quote(f.name), format)
		}
		if f.typ == mapping.Date {
			x = x.Floor()
		} else if x.Milli < 0 || x.Compare(esdate.FromTime(time.Unix(0, math.MaxInt64))) > 0 {
			return nil, c.fail(q, f, "%s is before 1970 or after 2262-04-11, which field %s of type date_nanos cannot hold", wording.Quote(v.Text), wording.Quote(f.name))
		}
		at[i] = x
	}
	return c.test(f, fmt.Sprint(b.id(), r.Format, r.TimeZone, at), predicate.TypedCost, func(v *event.Value) bool {
		x, ok := f.instant(v)
		return ok && b.holds(func() int { return x.Compare(at[0]) }, func() int { return x.Compare(at[1]) })
	}, nil, b.moments(f, at)), nil
}
