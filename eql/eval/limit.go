package eval

import "github.com/rulevet/rulevet/eql"

// limit keeps the first or last results.
type limit struct {
	n    int64
	tail bool
}

// limitsOf lists the limits of a query in the order they apply: the size of the request, in the direction of the first
// pipe if there is one, then the pipes (LANGUAGE.md 8.3, 12.3.21).
func limitsOf(q *eql.Query, opts *Options) []limit {
	var out []limit
	tail := opts.ResultPosition == Tail
	if len(q.Pipes) > 0 {
		tail = q.Pipes[0].Name == "tail"
	}
	_, sample := q.Body.(*eql.Sample) // samples have no order in time: both directions are "first N"
	tail = tail && !sample
	if opts.Size != nil {
		out = append(out, limit{int64(*opts.Size), tail})
	}
	for _, p := range q.Pipes {
		out = append(out, limit{p.Count, p.Name == "tail" && !sample})
	}
	return out
}

// apply keeps what the limits leave of ordered results.
func apply[T any](limits []limit, results []T) []T {
	from, to := window(limits, int64(len(results)))
	return results[from:to]
}

// window is what the limits leave of n ordered results.
func window(limits []limit, n int64) (from, to int64) {
	to = n
	for _, l := range limits {
		if l.n >= to-from {
			continue
		}
		if l.tail {
			from = to - l.n
		} else {
			to = from + l.n
		}
	}
	return from, to
}
