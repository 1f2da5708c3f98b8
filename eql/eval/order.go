package eval

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/esdate"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/search"
)

// ordinal is the place of an event in time (LANGUAGE.md 6.1).
type ordinal struct {
	at    esdate.Instant
	none  bool           // no timestamp: after all others
	tie   *eqlfunc.Value // nil without
	index int
}

func (o *ordinal) compare(p *ordinal) int {
	switch {
	case o.none != p.none:
		if o.none {
			return 1
		}
		return -1
	case !o.none:
		if c := o.at.Compare(p.at); c != 0 {
			return c
		}
	}
	if o.tie != p.tie {
		if c := compareTies(o.tie, p.tie); c != 0 {
			return c
		}
	}
	return cmp.Compare(o.index, p.index)
}

// compareTies orders tiebreakers ascending; an event without one comes after those that have it.
func compareTies(a, b *eqlfunc.Value) int {
	switch {
	case a == b:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	if a.Numeric() && b.Numeric() {
		return predicate.CompareExact(*a, *b)
	}
	if c, ok := eqlfunc.Compare(*a, *b); ok {
		return c
	}
	return cmp.Compare(a.Kind, b.Kind)
}

// OrderError reports an event that lies before its predecessor; see package search.
type OrderError = search.OrderError

// ordinal reads the place of an event in time.
func (p *Program) ordinal(rec *event.Record, index int) (ordinal, error) {
	o := ordinal{index: index}
	vs := predicate.Values(rec, p.timestamp.Slot)
	switch {
	case len(vs) == 1:
		at, ok := p.timestamp.Instant(&vs[0])
		if !ok {
			return o, fmt.Errorf("timestamp %q in %q is no date", vs[0].Text, p.timestamp.Name)
		}
		o.at = at
	case p.sequence && len(vs) == 0:
		return o, fmt.Errorf("no timestamp in %q", p.timestamp.Name)
	case p.sequence:
		return o, fmt.Errorf("%d timestamps in %q, expected one", len(vs), p.timestamp.Name)
	default:
		o.none = true
	}
	if n := p.ties(rec); n > 1 && p.sequence {
		return o, fmt.Errorf("%d tiebreakers in %q, expected one", n, p.tiebreak.Name)
	}
	o.tie = p.tie(rec)
	return o, nil
}

// ties counts the tiebreakers of an event.
func (p *Program) ties(rec *event.Record) int {
	if p.tiebreak == nil {
		return 0
	}
	return len(predicate.Values(rec, p.tiebreak.Slot))
}

// tie reads the tiebreaker of an event, of several values the smallest; nil without one.
func (p *Program) tie(rec *event.Record) *eqlfunc.Value {
	if p.tiebreak == nil {
		return nil
	}
	var least *eqlfunc.Value
	ties := predicate.Values(rec, p.tiebreak.Slot)
	for i := range ties {
		if v, ok := p.tiebreak.Scalar(&ties[i]); ok && (least == nil || compareTies(&v, least) < 0) {
			v.Str = strings.Clone(v.Str) // the record's memory is reused
			least = &v
		}
	}
	return least
}
