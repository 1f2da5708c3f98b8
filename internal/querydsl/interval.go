package querydsl

import (
	"bytes"
	"math"
	"net/netip"
	"strings"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/esdate"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/mapping"
)

// point is a bound of an interval: a number, an instant or an address, by the type of the field.
type point struct {
	n    number
	at   esdate.Instant
	addr [16]byte
}

// intervalType knows the points of one type of ranges.
type intervalType struct {
	query   func(text string, up bool) (point, error)
	value   func(v *event.Value, up bool) (point, bool)
	compare func(a, b point) int
	whole   bool // between two points that follow one another there is none
}

// closed includes the bounds of an interval of whole numbers.
func (t *intervalType) closed(x interval) interval {
	if t.whole && x.openLo {
		x.lo.n, x.openLo = x.lo.n.above(), false
	}
	if t.whole && x.openHi {
		x.hi.n, x.openHi = x.hi.n.below(), false
	}
	return x
}

func (c *compiler) intervalType(q Query, f *field, r *Range) (intervalType, error) {
	name := f.typeName()
	bad := func(text, what string) error {
		return c.fail(q, f, "%s is no %s, which field %s of type %s needs", wording.Quote(text), what, wording.Quote(f.name), name)
	}
	switch name {
	case "ip_range":
		p := &predicate.Field{Class: predicate.IPClass}
		return intervalType{
			func(text string, _ bool) (point, error) {
				a, ok := eqlfunc.ParseIP(unscoped(text))
				if !ok {
					return point{}, bad(text, "address")
				}
				return point{addr: a}, nil
			},
			func(v *event.Value, _ bool) (point, bool) { a, ok := p.Address(v); return point{addr: a}, ok },
			func(a, b point) int { return bytes.Compare(a.addr[:], b.addr[:]) },
			false,
		}, nil
	case "date_range":
		format, err := esdate.NewFormat(f.info.Format)
		if err != nil {
			return intervalType{}, c.fail(q, f, "%v", err)
		}
		asked := format // by the query
		if r.Format != "" {
			if asked, err = esdate.NewFormat(r.Format); err != nil {
				return intervalType{}, c.fail(q, f, "%v", err)
			}
		}
		zone, err := esdate.Zone(r.TimeZone)
		if err != nil {
			return intervalType{}, c.fail(q, f, "%v", err)
		}
		return intervalType{
			func(text string, up bool) (point, error) {
				at, err := asked.Bound(text, c.opts.Now, up, zone)
				if err != nil {
					return point{}, bad(text, "date")
				}
				return point{at: at.Floor()}, nil
			},
			func(v *event.Value, up bool) (point, bool) {
				at, err := format.Bound(v.Text, c.opts.Now, up, nil)
				return point{at: at.Floor()}, err == nil
			},
			func(a, b point) int { return a.at.Compare(b.at) },
			false,
		}, nil
	}
	of := &field{kind: numbers, typ: mapping.TypeOf(strings.TrimSuffix(name, "_range"))}
	return intervalType{
		func(text string, up bool) (point, error) {
			n, ok := of.parse(Text(text))
			if !ok || of.typ.Integral() && !n.whole && n.float != math.Trunc(n.float) {
				return point{}, bad(text, "number")
			}
			if lo, hi := limits(of.typ); of.typ.Integral() && (n.compare(lo) < 0 || n.compare(hi) > 0) {
				return point{}, c.fail(q, f, "%s is out of the range of field %s of type %s", wording.Quote(text), wording.Quote(f.name), name)
			}
			if of.typ.Integral() {
				return point{n: n}, nil
			}
			if n = of.rounded(n); math.IsInf(n.float, 0) {
				return point{}, bad(text, "finite number")
			}
			return point{n: n}, nil
		},
		func(v *event.Value, _ bool) (point, bool) { n, ok := of.stored(v); return point{n: n}, ok },
		func(a, b point) int { return of.compare(a.n, b.n) },
		of.typ.Integral(),
	}, nil
}

// interval is a range with optional, optionally excluded bounds.
type interval struct {
	lo, hi         point
	hasLo, hasHi   bool
	openLo, openHi bool
}

// meets reports whether two intervals have a point in common.
func (a *interval) meets(b *interval, compare func(x, y point) int) bool {
	before := func(x, y *interval) bool { // x ends before y begins
		if !x.hasHi || !y.hasLo {
			return false
		}
		c := compare(x.hi, y.lo)
		return c < 0 || c == 0 && (x.openHi || y.openLo)
	}
	return !before(a, b) && !before(b, a)
}

// intervals compiles a test whether the field has a range that meets the one of the query. r has the format and time zone of its dates.
func (c *compiler) intervals(q Query, f *field, b bounds, r *Range) (predicate.Node, error) {
	t, err := c.intervalType(q, f, r)
	if err != nil {
		return nil, err
	}
	want := interval{hasLo: b.lo != nil, hasHi: b.hi != nil, openLo: b.openLo, openHi: b.openHi}
	if b.lo != nil {
		if want.lo, err = t.query(b.lo.Text, b.openLo); err != nil {
			return nil, err
		}
	}
	if b.hi != nil {
		if want.hi, err = t.query(b.hi.Text, !b.openHi); err != nil {
			return nil, err
		}
	}
	if want.hasLo && want.hasHi && t.compare(want.lo, want.hi) > 0 {
		return nil, c.fail(q, f, "the range of field %s begins at %s, behind its end %s", wording.Quote(f.name), wording.Quote(b.lo.Text), wording.Quote(b.hi.Text))
	}
	if want = t.closed(want); want.hasLo && want.hasHi {
		if d := t.compare(want.lo, want.hi); d > 0 || d == 0 && (want.openLo || want.openHi) {
			return predicate.Never(), nil
		}
	}
	path := c.relative(f.path)
	return &intervalNode{c.layout.AddObjects(path), c.layout.Add(path), want, t}, nil
}

type intervalNode struct {
	objects, slot int
	want          interval
	typ           intervalType
}

// Eval implements predicate.Node.
func (n *intervalNode) Eval(rec *event.Record) predicate.Verdict {
	for _, o := range predicate.Values(rec, n.objects) {
		if x, ok := n.read(o.Text); ok && x.meets(&n.want, n.typ.compare) {
			return predicate.Yes
		}
	}
	for _, v := range predicate.Values(rec, n.slot) {
		if x, ok := block(v.Text); ok && x.meets(&n.want, n.typ.compare) {
			return predicate.Yes
		}
	}
	return predicate.No
}

func (n *intervalNode) read(object string) (x interval, ok bool) {
	ok = true
	anyLeaf(object, func(path []byte, v event.Value) bool {
		key := string(path)
		p, good := n.typ.value(&v, key == "gt" || key == "lte")
		ok = ok && good
		switch key {
		case "gte", "gt":
			x.lo, x.hasLo, x.openLo = p, true, key == "gt"
		case "lte", "lt":
			x.hi, x.hasHi, x.openHi = p, true, key == "lt"
		}
		return false
	})
	return n.typ.closed(x), ok
}

// block is the addresses of a block "10.0.0.0/8" as an interval.
func block(text string) (interval, bool) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return interval{}, false
	}
	lo := p.Masked().Addr().As16()
	hi := lo
	bits := p.Bits()
	if p.Addr().Is4() {
		bits += 96
	}
	for i := bits; i < 128; i++ {
		hi[i/8] |= 0x80 >> (i % 8)
	}
	return interval{lo: point{addr: lo}, hi: point{addr: hi}, hasLo: true, hasHi: true}, true
}

// Cost implements predicate.Node.
func (n *intervalNode) Cost() int { return predicate.RegexCost }
