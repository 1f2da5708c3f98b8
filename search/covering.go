package search

// Covering is a Program whose conditions cannot be decided event by event: those behind an aggregation depend on all events. A
// search of it counts the coverage itself.
type Covering interface {
	Program
	// Conditions lists what is covered, in source order.
	Conditions() []Condition
	// StartCovered begins a search that adds the outcomes of conditions to a coverage.
	StartCovered(o Start, c *Coverage) State
}

// Failure is why a search as a whole failed, once it is finished: a query may fail over what many events make together. Nil if it
// did not.
func Failure(s State) error {
	if f, ok := As[interface{ Failure() error }](s); ok {
		return f.Failure()
	}
	return nil
}

// AsCovering finds out whether a program, or one that it wraps, counts its coverage itself.
func AsCovering(p Program) (Covering, bool) {
	for {
		if c, ok := p.(Covering); ok {
			return c, true
		}
		outer, wraps := p.(interface{ Unwrap() Program })
		if !wraps {
			return nil, false
		}
		p = outer.Unwrap()
	}
}

// StartCovered begins a search; a program that counts coverage itself adds to c.
func StartCovered(p Program, o Start, c *Coverage) State {
	if v, ok := AsCovering(p); ok && c != nil {
		return v.StartCovered(o, c)
	}
	return p.Start(o)
}
