// Package fieldcheck checks the fields that queries and keys of rules name against the catalog, and conditions against what the
// events of a category hold.
package fieldcheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
	"github.com/rulevet/rulevet/schema"
)

// Checks that need field schemas. The field stage reports the issues of
// the first list; the others look fields up themselves.

// Checks lists the checks that need field schemas.
func Checks() []*check.Check {
	return append(groupingChecks(), []*check.Check{
		{Code: "query/event-value", Title: "value is none that ECS allows for the field",
			Severity: rule.Warning, Scope: check.General, Part: check.PartFields,
			Needs: []string{"rule.query"}, Run: checkEventValues},
		{Code: "query/unknown-dataset", Title: "no index of the rule has the data set",
			Severity: rule.Warning, Scope: check.General, Part: check.PartFields, Fix: check.Suggested,
			Needs: []string{"rule.query"}, Run: checkDatasets},
		{Code: "query/event-type", Title: "event type is not expected in events of the category",
			Severity: rule.Info, Scope: check.General, Part: check.PartFields,
			Needs: []string{"rule.query"}, Run: checkEventTypes},
		{Code: "query/event-field", Title: "events of the category never carry the field",
			Severity: rule.Error, Scope: check.General, Part: check.PartFields, Fix: check.Suggested,
			Needs: []string{"rule.query"}, Run: checkEventFields},
		{Code: "query/unknown-field", Title: "field is in no index of the rule",
			Severity: rule.Error, Scope: check.General, Part: check.PartFields, Fix: check.Suggested,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/type-mismatch", Title: "operands have types that do not go together",
			Severity: rule.Error, Scope: check.General, Part: check.PartFields,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/text-field", Title: "text field without a keyword sub-field cannot be used",
			Severity: rule.Error, Scope: check.General, Part: check.PartFields,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/type-conflict", Title: "field has incompatible types in two indexes of the rule",
			Severity: rule.Warning, Scope: check.General, Part: check.PartFields,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "query/ip-literal", Title: "ip field is compared with text that is no address",
			Severity: rule.Error, Scope: check.General, Part: check.PartFields,
			Needs: []string{"rule.query"}, Run: check.Found},
		{Code: "new-terms/unknown-field", Title: "new_terms names a field that the indexes do not have",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Fix: check.Suggested,
			Needs: []string{"rule.new_terms", "rule.new_terms.value", "rule.new_terms_fields", "rule.index"}, Run: checkNewTermsFields},
		{Code: "suppression/unknown-field", Title: "alert suppression or threshold names a field that the indexes do not have",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Fix: check.Suggested,
			Needs: []string{"rule.alert_suppression", "rule.alert_suppression.group_by", "rule.threshold.field", "rule.index"}, Run: checkSuppressionFields},
		{Code: "rule/required-field", Title: "required_fields names a field that the indexes do not have, or gives it another type",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Fix: check.Suggested,
			Needs: []string{"rule.required_fields", "rule.index"}, Run: checkRequiredFields},
		{Code: "rule/override-field", Title: "field for the time of events, or of an EQL rule's options, is missing or of the wrong type",
			Severity: rule.Error, Scope: check.General, Part: check.PartRule, Fix: check.Suggested,
			Needs: []string{"rule.index"}, Run: checkOverrideFields},
	}...)
}

// Uses is the state of checking the fields of one query.
type Uses struct {
	Pass   *check.Pass
	query  *eql.Query
	Issues []eql.Issue
	Gaps   []string // why fields were not decided, each once
	Kql    bool     // no optional fields
	Seen   map[FieldUse]bool
	taken  map[eql.Span]bool // where no field can stand, which query/field-comparison says

	noAddress map[eql.Span]bool // literals that query/ip-literal reports, and the operands beside them
}

type FieldUse struct {
	field *eql.Field
	name  string
}

// CheckFields type-checks the parsed query of a rule against the fields of its indexes, once for every stack of the
// configuration, and merges what it finds. It never returns nil.
func CheckFields(p *check.Pass) *check.FieldStage {
	st := &Uses{Pass: p, query: p.Query, Seen: map[FieldUse]bool{}, taken: map[eql.Span]bool{}, noAddress: map[eql.Span]bool{}}
	whole, err := StackViews(p, nil)
	if err != nil {
		info, issues := eql.Check(p.Query, nil)
		return &check.FieldStage{Infos: []check.StackInfo{{Info: info}}, Issues: issues, NotChecked: err.Error()}
	}
	out := &check.FieldStage{}
	st.literals(whole[len(whole)-1])
	var issues []eql.Issue
	out.Infos, issues = typeCheck(p.Query, whole)
	for _, i := range issues {
		if i.Code == "query/type-mismatch" && st.noAddress[i.Span] {
			continue // query/ip-literal tells
		}
		st.Issues = append(st.Issues, i)
		if i.Code == "query/field-comparison" {
			st.taken[i.Span] = true
		}
	}
	if err := st.lookUp(whole); err != nil {
		out.NotChecked = err.Error()
	}
	out.Issues = st.withoutEchoes()
	if len(st.Gaps) > 0 {
		out.NotChecked = FewReasons(st.Gaps)
	}
	return out
}

// compared is the field that a comparison, pattern or list has on its left; nil for other nodes and other expressions.
func compared(n eql.Node) *eql.Field {
	var left eql.Expr
	switch n := n.(type) {
	case *eql.Match:
		left = n.X
	case *eql.Binary:
		left = n.X
	case *eql.In:
		left = n.X
	default:
		return nil
	}
	f, _ := eql.Unparen(left).(*eql.Field)
	return f
}

// withoutEchoes leaves out what is said of the value that an unknown field is compared with: one mistake, one finding.
func (st *Uses) withoutEchoes() []eql.Issue {
	unknown := map[eql.Span]bool{}
	for _, i := range st.Issues {
		unknown[i.Span] = unknown[i.Span] || i.Code == "query/unknown-field" && i.Level == eql.Error
	}
	var echoes []eql.Span
	facts.Inspect(st.query, func(n eql.Node) {
		if f := compared(n); f != nil && unknown[f.Range] {
			echoes = append(echoes, eql.Span{Start: f.Range.End, End: n.Span().End})
		}
	})
	slices.SortFunc(echoes, func(a, b eql.Span) int { return a.Start - b.Start })
	for i := 1; i < len(echoes); i++ {
		echoes[i].End = max(echoes[i].End, echoes[i-1].End) // the furthest end of all up to here
	}
	within := func(s eql.Span) bool {
		i, _ := slices.BinarySearchFunc(echoes, s.Start+1, func(e eql.Span, at int) int { return e.Start - at })
		return i > 0 && s.End <= echoes[i-1].End
	}
	return slices.DeleteFunc(st.Issues, func(i eql.Issue) bool { return i.Code == "query/type-mismatch" && within(i.Span) })
}

// FewReasons joins reasons for a receipt, at most three in full.
func FewReasons(list []string) string {
	text := strings.Join(list[:min(3, len(list))], "; ")
	if n := len(list) - 3; n > 0 {
		text += fmt.Sprintf("; and %d more fields", n)
	}
	return text
}

// typeCheck runs eql.Check for every stack. Stacks on which all fields of the query look the same share the result. Unknown
// and ambiguous fields are left to the field stage, which can name where they are.
func typeCheck(q *eql.Query, views []*schema.View) ([]check.StackInfo, []eql.Issue) {
	names := fieldNames(q)
	var infos []check.StackInfo
	var issues []eql.Issue
	seen := map[issueAt]bool{}
	for i, v := range views {
		j := slices.IndexFunc(views[:i], func(w *schema.View) bool { return agree(names, v, w) })
		if j >= 0 {
			infos = append(infos, check.StackInfo{Stack: v.Stack().Version, Info: infos[j].Info})
			continue
		}
		info, found := eql.Check(q, types{v})
		for _, i := range found {
			if key := (issueAt{i.Code, i.Span}); !i.Missing && i.Code != "query/type-conflict" && !seen[key] {
				seen[key] = true
				issues = append(issues, i)
			}
		}
		infos = append(infos, check.StackInfo{Stack: v.Stack().Version, Info: info})
	}
	return infos, issues
}

// issueAt tells issues of two stacks that are one.
type issueAt struct {
	code string
	span eql.Span
}

// types shows a view to eql.Check, less the search for near names: the field stage reports unknown fields itself.
type types struct{ *schema.View }

func (types) Suggest(string) []string { return nil }

// fieldNames lists the fields of a query, each once.
func fieldNames(q *eql.Query) []string {
	var names []string
	seen := map[string]bool{}
	facts.Inspect(q, func(f *eql.Field) {
		if !seen[f.Name] {
			seen[f.Name] = true
			names = append(names, f.Name)
		}
	})
	return names
}

// agree tells whether two views say the same about fields.
func agree(names []string, v, w *schema.View) bool {
	return v.Same(w) || !slices.ContainsFunc(names, func(name string) bool {
		a, b := v.Describe(name), w.Describe(name)
		return a.Presence != b.Presence || !slices.EqualFunc(a.Types, b.Types, func(x, y schema.TypeUse) bool { return x.Type == y.Type })
	})
}

// lookUp decides every use of a field: those of an event query against the data sets its condition demands, join keys
// against those of their step.
func (st *Uses) lookUp(whole []*schema.View) error {
	terms := eql.Terms(st.query.Body)
	if len(terms) == 0 {
		for _, f := range eql.Filters(st.query) {
			if err := st.filter(f, nil); err != nil {
				return err
			}
		}
	}
	for _, t := range terms {
		if err := st.filter(t.Filter, append(slices.Clone(t.By), sharedKeys(st.query.Body)...)); err != nil {
			return err
		}
	}
	for _, pipe := range st.query.Pipes {
		for _, a := range pipe.Args {
			st.expr(a, whole)
		}
	}
	return nil
}

// sharedKeys are the join keys that every term has.
func sharedKeys(b eql.Body) []eql.Expr {
	switch b := b.(type) {
	case *eql.Sequence:
		return b.By
	case *eql.Sample:
		return b.By
	}
	return nil
}

func (st *Uses) filter(f *eql.EventQuery, keys []eql.Expr) error {
	views, err := StackViews(st.Pass, f.Cond)
	if err != nil {
		return err
	}
	st.expr(f.Cond, views)
	for _, k := range keys {
		st.expr(k, views)
	}
	return nil
}

func (st *Uses) expr(e eql.Expr, views []*schema.View) {
	eql.Inspect(e, func(n eql.Node, enter bool) bool {
		if f, ok := n.(*eql.Field); ok && enter {
			st.Use(f, views)
		}
		return true
	})
}
