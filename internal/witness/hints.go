package witness

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/predicate"
)

// maxLength bounds the texts that are varied.
const maxLength = 20000

// collect makes values of hints.
func (l *leaf) collect(list []predicate.Hints) {
	for _, h := range list {
		for _, shape := range h.Shapes {
			l.shapes = append(l.shapes, shape)
			l.try(anys(predicate.Fill(shape))...)
		}
		for _, re := range h.Regexps {
			l.try(anys(predicate.RegexpTexts(re))...)
		}
		for _, v := range h.Values {
			l.value(h.Op, v)
		}
		for _, list := range h.Lists {
			var out []any
			for _, v := range list {
				out = append(out, plain(v))
			}
			l.lists = append(l.lists, out)
		}
	}
	l.edges()
	if len(list) == 1 && list[0].Family != "" {
		l.relate(list[0])
	}
}

// relate notes the alternatives of a family.
func (l *leaf) relate(h predicate.Hints) {
	l.family, l.alts = h.Family, make(map[string]bool, len(h.Shapes)+len(h.Values))
	for _, s := range h.Shapes {
		l.alts[s] = true
	}
	for _, v := range h.Values {
		l.alts[predicate.ValueID(v)] = true
	}
}

func (l *leaf) try(values ...any) { l.tries = append(l.tries, values...) }

// value adds a literal, and what lies beside it.
func (l *leaf) value(op predicate.CompareOp, v predicate.Value) {
	switch v.Kind {
	case eqlfunc.Bool:
		l.try(v.True(), !v.True())
	case eqlfunc.Integer, eqlfunc.Long:
		n := v.Int()
		switch op {
		case predicate.Gt, predicate.Ge:
			l.try(n+1, n, n-1)
		case predicate.Lt, predicate.Le:
			l.try(n-1, n, n+1)
		default:
			l.try(n, n+1, n-1)
		}
	case eqlfunc.Double:
		x := v.Float()
		l.try(x, x+0.5, x-0.5)
	case eqlfunc.String:
		l.try(v.Str)
		l.try(dates(v.Str)...)
		l.try(addresses(v.Str)...)
		if !strings.ContainsAny(v.Str, "*?") { // it would read as a pattern
			l.shapes = append(l.shapes, v.Str)
		}
	}
}

// plain is a literal as a document has it.
func plain(v predicate.Value) any {
	switch v.Kind {
	case eqlfunc.Bool:
		return v.True()
	case eqlfunc.Integer, eqlfunc.Long:
		return v.Int()
	case eqlfunc.Double:
		return v.Float()
	}
	return v.Str
}

// edges adds what lies just outside of the texts so far.
func (l *leaf) edges() {
	if len(l.paths) == 0 {
		return
	}
	for _, v := range slices.Clone(l.tries) {
		if t, ok := v.(string); ok && len(t) < maxLength/2 {
			l.try(swapCase(t), strings.ToUpper(t), before(t), t+"x", "a-"+t)
			if half := len(t) / 2; len(l.paths) > 1 { // one part for each field
				l.try(t[:half], t[half:])
			}
		}
	}
}

// dates are a time, one millisecond before and one after it; nothing if the text is none.
func dates(s string) []any {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		var out []any
		for _, d := range []time.Duration{0, time.Millisecond, -time.Millisecond, 25 * time.Hour} {
			out = append(out, t.Add(d).UTC().Format("2006-01-02T15:04:05.000Z"))
		}
		return out
	}
	return nil
}

// addresses are addresses inside and just outside of an address or a block.
func addresses(s string) []any {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		a, err := netip.ParseAddr(s)
		if err != nil {
			return nil
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	first := p.Masked().Addr()
	last := first.AsSlice()
	for i := p.Bits(); i < first.BitLen(); i++ {
		last[i/8] |= 1 << (7 - i%8)
	}
	end, _ := netip.AddrFromSlice(last)
	var out []any
	for _, a := range []netip.Addr{first.Next(), first, end, end.Next(), first.Prev()} {
		if a.IsValid() {
			out = append(out, a.String())
		}
	}
	return out
}
