package lint

import (
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/eqlquery"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/esqlquery"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/kqlquery"
)

// queryStages parse a query and check it against the fields of the rule's indexes, by language; each reports whether
// checks may rely on Pass.Query.
func queryStages() map[string]func(*check.Pass) bool {
	return map[string]func(*check.Pass) bool{"eql": eqlquery.Stage, "kuery": kqlquery.Stage, "lucene": kqlquery.LuceneStage, "esql": esqlquery.Stage}
}
