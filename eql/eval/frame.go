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
	var keys, rest strings.Builder
	fmt.Fprintf(&rest, "time %s; ", p.timestamp.ID())
	if p.tiebreak != nil {
		fmt.Fprintf(&rest, "tiebreaker %s; ", p.tiebreak.ID())
	}
	step := func(s *stage) {
		var fields []*predicate.Field
		for _, k := range s.keys {
			fmt.Fprintf(&keys, "%s %v, ", k.f.ID(), k.optional)
			fields = append(fields, k.f)
		}
		keys.WriteString("; ")
		f.Fields = append(f.Fields, fields)
		f.Missing, f.Runs = append(f.Missing, s.missing), append(f.Runs, 1)
		fmt.Fprintf(&rest, "step missing %v; ", s.missing)
	}
	for i, s := range p.stages {
		if i > 0 && s == p.stages[i-1] {
			rest.WriteString("again; ")
			f.Runs[len(f.Runs)-1]++
			continue
		}
		step(s)
	}
	if p.until != nil {
		rest.WriteString("until ")
		step(p.until)
	}
	for _, l := range p.limits {
		fmt.Fprintf(&rest, "%+v; ", l)
	}
	f.Keys, f.Rest = keys.String(), rest.String()
	return f
}
