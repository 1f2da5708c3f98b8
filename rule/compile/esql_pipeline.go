package compile

import (
	"time"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/kql"
	kqleval "github.com/rulevet/rulevet/kql/eval"
	"github.com/rulevet/rulevet/mapping"
)

// Pipeline is the query of a rule in ES|QL with the index that it runs on; q is nil for other languages.
func (p *Program) Pipeline() (q *esql.Query, index *eval.Index) {
	own, ok := p.query.(esqlQuery)
	if !ok {
		return nil, nil
	}
	return own.query, esqlIndex(own.query, p.fields)
}

// Now is the time that the program takes for the present.
func (p *Program) Now() time.Time { return p.settings.Now }

// searchedFields are the fields that KQL() and QSTR() of a query name.
func searchedFields(q *esql.Query, fields mapping.Fields) []string {
	layout := &event.Layout{}
	o := kqleval.Options{Layout: layout, Open: true}
	for n := range esql.Preorder(q) {
		x, ok := n.(*esql.Call)
		if !ok || x.Name != "kql" && x.Name != "qstr" || len(x.Args) == 0 {
			continue
		}
		lit, ok := esql.Unparen(x.Args[0]).(*esql.Literal)
		if !ok || lit.Kind != esql.KeywordLiteral {
			continue
		}
		// What cannot be compiled is reported when the query is.
		if x.Name == "qstr" {
			_, _ = kqleval.CompileLucene(lit.Str, fields, o)
		} else if parsed, issues := kql.Parse(lit.Str, kql.Server); !kql.HasErrors(issues) {
			_, _ = kqleval.Compile(parsed, fields, o)
		}
	}
	return layout.Names()
}
