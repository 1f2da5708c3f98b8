package eval

import (
	"fmt"
	"strings"

	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/search"
)

// Frame implements search.Framed.
func (p *Program) Frame() search.Frame {
	f := search.Frame{Kind: "event", Span: p.maxspan, Time: p.timestamp, Hopeless: p.unsent}
	switch {
	case p.sequence:
		f.Kind = "sequence"
	case p.sample:
		f.Kind = "sample"
	}
	var rest strings.Builder
	if p.sequence || len(p.limits) > 0 { // else the order of events is nothing to the result
		fmt.Fprintf(&rest, "time %s; ", p.timestamp.ID())
		if p.tiebreak != nil {
			fmt.Fprintf(&rest, "tiebreaker %s; ", p.tiebreak.ID())
		}
	}
	step := func(s *stage) {
		var fields []*predicate.Field
		var optional []bool
		for _, k := range s.keys {
			fields, optional = append(fields, k.f), append(optional, k.optional)
		}
		f.Fields, f.Optional = append(f.Fields, fields), append(f.Optional, optional)
		f.Missing, f.Runs = append(f.Missing, s.missing), append(f.Runs, 1)
	}
	for i, s := range p.stages {
		if i > 0 && s == p.stages[i-1] {
			f.Runs[len(f.Runs)-1]++
			continue
		}
		step(s)
	}
	if p.until != nil {
		step(p.until)
	}
	for _, l := range p.limits {
		fmt.Fprintf(&rest, "%+v; ", l)
	}
	f.Rest = rest.String()
	return f
}
