package esqlquery

import (
	"fmt"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
)

// LimitChecks lists the checks of this file.
func LimitChecks() []*check.Check {
	return []*check.Check{
		{Code: "query/esql-limit", Title: "LIMIT leaves to chance which rows an ES|QL rule sees",
			Severity: rule.Warning, Scope: check.General, Part: check.PartQuery,
			Needs: []string{"rule.query"}, Run: checkLimit},
	}
}

// defaultSignals is how many alerts a run of a rule makes at most, unless the rule says otherwise.
const defaultSignals = 100

// checkLimit reports a LIMIT that no SORT stands in front of. The detection engine puts one of its own behind the query, so a rule
// needs none; one in front of a model or the like bounds what that costs, and is meant.
func checkLimit(p *check.Pass) {
	if p.ESQL == nil {
		return
	}
	commands := p.ESQL.Query.Commands
	one, sorted := false, false // there is at most one row; the rows have an order
	for i, cmd := range commands {
		switch cmd := cmd.(type) {
		case *esql.Row, *esql.Show:
			one = true
		case *esql.Stats:
			if !cmd.Inline {
				one, sorted = len(cmd.By) == 0, false
			}
		case *esql.MvExpand, *esql.LookupJoin, *esql.Fork:
			one = false
		case *esql.Sort:
			sorted = true
		case *esql.Limit:
			limitAt(p, cmd, commands[i+1:], one || sorted)
		}
	}
}

func limitAt(p *check.Pass, cmd *esql.Limit, behind []esql.Command, settled bool) {
	n, ok := cmd.Count.(*esql.Literal)
	if !ok || n.Kind != esql.IntegerLiteral && n.Kind != esql.LongLiteral {
		return
	}
	report := func(message, hint string) {
		facts.ReportQuery(p, cmd.Range.Start, cmd.Range.End, rule.Diagnostic{Message: message, Hint: hint})
	}
	if n.Int == 0 {
		report("LIMIT 0 leaves no row: the rule never fires", "remove it")
		return
	}
	if settled || len(cmd.By) > 0 {
		return
	}
	signals := int64(defaultSignals)
	if own := p.File.Rule.MaxSignals; own != nil {
		signals = *own
	}
	switch narrows, costly := what(behind); {
	case costly:
	case narrows != nil:
		report(fmt.Sprintf("%s sees any %d rows, as they come: no SORT stands in front of LIMIT", narrows.Word(), n.Int),
			"remove LIMIT, or put SORT in front of it")
	case n.Int < signals:
		report(fmt.Sprintf("which %d rows become alerts is left to chance, and the others are lost: no SORT stands in front of LIMIT", n.Int),
			fmt.Sprintf("remove LIMIT: a run makes at most %d alerts (`max_signals`), and says so when there are more; or put SORT in front of it", signals))
	}
}

// what tells of the commands behind a LIMIT which one first decides over rows, and whether one is costly or needs a bound.
func what(behind []esql.Command) (narrows esql.Command, costly bool) {
	for _, cmd := range behind {
		switch cmd.(type) {
		case *esql.Completion, *esql.Rerank, *esql.ChangePoint, *esql.Fuse, *esql.MMR:
			costly = true
		case *esql.Where, *esql.Stats, *esql.Fork:
			if narrows == nil {
				narrows = cmd
			}
		}
	}
	return narrows, costly
}
