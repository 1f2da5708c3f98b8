package facts

import (
	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
)

func ReportSpan(p *check.Pass, s eql.Span, d rule.Diagnostic) {
	d.Span = QuerySpan(p.File, s)
	p.Report(d)
}

// Inspect calls f for every node of a type.
func Inspect[N eql.Node](q *eql.Query, f func(N)) {
	eql.Inspect(q, func(n eql.Node, enter bool) bool {
		if x, ok := n.(N); ok && enter {
			f(x)
		}
		return true
	})
}
