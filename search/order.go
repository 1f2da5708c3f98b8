package search

import "fmt"

// OrderError reports an event of an ordered run that lies before its predecessor. The search must be repeated with a run
// that sorts.
type OrderError struct {
	Index    int  // of the event
	Previous int  // of the later event before it
	Late     bool // the run sorts, but the event came too late for what it may hold back
}

func (e *OrderError) Error() string {
	if e.Late {
		return fmt.Sprintf("record %d lies before record %d in time and comes too late to be put in order", e.Index, e.Previous)
	}
	return fmt.Sprintf("record %d lies before record %d in time, but the input was said to be in order", e.Index, e.Previous)
}
