package compile

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/esdate"
	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/mapping"
	"github.com/rulevet/rulevet/search"
)

// grouped is the program of a query whose events are put together by the values of fields.
type grouped struct {
	search.Program
	fields []*predicate.Field
	clocks []search.Clock // the first that an event has counts
}

// newGrouped resolves the fields. The time of an event is what it has in the field override, if there is one, or else in @timestamp.
func newGrouped(p search.Program, fields mapping.Fields, s Settings, override string, names []string) (*grouped, *predicate.Resolver, error) {
	r := &predicate.Resolver{Fields: fields, Layout: p.Layout(), Open: true, Now: s.Now}
	g := &grouped{Program: p}
	for _, name := range []string{override, "@timestamp"} {
		if name == "" {
			continue
		}
		at, err := r.Timestamp(name)
		if err != nil {
			return nil, nil, err
		}
		g.clocks = append(g.clocks, search.NewClock(at))
	}
	for _, name := range names {
		f, err := r.Field(name)
		if err != nil {
			return nil, nil, err
		}
		g.fields = append(g.fields, f)
	}
	return g, r, nil
}

// at is the time of an event; ok is false for one without.
func (g *grouped) at(rec *event.Record) (at esdate.Instant, ok bool) {
	for _, c := range g.clocks {
		if at, ok = c.At(rec); ok {
			break
		}
	}
	return at, ok
}

// Plain implements search.Program: results are no single events.
func (g *grouped) Plain() bool { return false }

// hit tells whether an event satisfies the query.
func (g *grouped) hit(rec *event.Record, ref search.Ref, given []predicate.Verdict) (bool, error) {
	step := g.Steps()[0]
	v := predicate.No
	if given != nil {
		v = given[0]
	} else {
		v = step.Node.Eval(rec)
	}
	if v == predicate.Failed {
		err := predicate.Err(step.Node, rec)
		if err == nil {
			err = errors.New("an expression failed")
		}
		return false, fmt.Errorf("record %d: %w", ref.Index, err)
	}
	return v == predicate.Yes, nil
}

// maxCombinations bounds the combinations of values that one event has.
const maxCombinations = 10_000

// combinations are the values of the fields of an event, every one of an array with every one of the others; none if a field has no
// value.
func (g *grouped) combinations(rec *event.Record, index int) ([][]string, error) {
	out := [][]string{nil}
	for _, f := range g.fields {
		list := textsOf(f, rec)
		if len(list) == 0 {
			return nil, nil
		}
		if len(out)*len(list) > maxCombinations {
			return nil, fmt.Errorf("record %d: more than %d combinations of values", index, maxCombinations)
		}
		var next [][]string
		for _, head := range out {
			for _, v := range list {
				next = append(next, append(head[:len(head):len(head)], v))
			}
		}
		out = next
	}
	return out, nil
}

// textsOf are the distinct values of a field as text, in the order of the document.
func textsOf(f *predicate.Field, rec *event.Record) []string {
	var out []string
	seen := map[string]bool{}
	vs := predicate.Values(rec, f.Slot)
	for i := range vs {
		v, ok := f.Scalar(&vs[i])
		if !ok || !f.Has(&vs[i]) {
			continue
		}
		if text := strings.Clone(v.Text()); !seen[text] {
			seen[text] = true
			out = append(out, text)
		}
	}
	return out
}

// keyOf is one text for a combination.
func keyOf(values []string) string {
	var b strings.Builder
	for _, v := range values {
		b.WriteString(strconv.Itoa(len(v)) + ":" + v)
	}
	return b.String()
}

// named is `source.ip "10.0.0.1", user.name "ann"`; what, if there are no fields.
func (g *grouped) named(values []string, what string) string {
	if len(values) == 0 {
		return what
	}
	var parts []string
	for i, v := range values {
		parts = append(parts, g.fields[i].Name+" "+strconv.Quote(v))
	}
	return strings.Join(parts, ", ")
}

func pointers(values []string) []*string {
	out := make([]*string, len(values))
	for i := range values {
		out[i] = &values[i]
	}
	return out
}

// kept is an event with memory of its own.
func kept(ref search.Ref) *search.Ref {
	ref.Source = bytes.Clone(ref.Source)
	return &ref
}
