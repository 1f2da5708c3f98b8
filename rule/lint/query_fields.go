package lint

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/internal/fieldview"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/schema"
	"github.com/rulevet/rulevet/schema/overlay"
)

// Checks that need field schemas (spec/checks.md sections 11.1 to 11.3 and 11.5). The field stage reports the issues of
// the first list; the others look fields up themselves.

// queryFieldChecks lists the checks that need field schemas.
func queryFieldChecks() []*Check {
	stage := func(code, title string, sev rule.Severity, f Fixable) *Check {
		return &Check{Code: code, Title: title, Severity: sev, Scope: General, Part: PartFields, Fix: f}
	}
	own := func(code, title string, sev rule.Severity, part string, run func(*Pass)) *Check {
		return &Check{Code: code, Title: title, Severity: sev, Scope: General, Part: part, Fix: Suggested, Run: run}
	}
	return append(eventFieldChecks(),
		stage("query/unknown-field", "field is in no index of the rule", rule.Error, Suggested),
		stage("query/type-mismatch", "operands have types that do not go together", rule.Error, NoFix),
		stage("query/text-field", "text field without a keyword sub-field cannot be used", rule.Error, NoFix),
		stage("query/type-conflict", "field has incompatible types in two indexes of the rule", rule.Warning, NoFix),
		stage("query/ip-literal", "ip field is compared with text that is no address", rule.Error, NoFix),
		own("new-terms/unknown-field", "new_terms names a field that the indexes do not have", rule.Error, PartRule, checkNewTermsFields),
		own("suppression/unknown-field", "alert suppression or threshold names a field that the indexes do not have", rule.Error, PartRule, checkSuppressionFields),
		own("rule/override-field", "field of an EQL rule's options is not an ECS field", rule.Error, PartRule, checkOverrideFields),
	)
}

// fieldShared keeps the catalog and the views of a run.
type fieldShared struct {
	once    sync.Once
	catalog *schema.Catalog
	err     error
	views   sync.Map // fieldRequest -> []*schema.View, one a stack of the configuration
}

// fieldCatalog opens the catalog with the overlays of the configuration.
func (s *Shared) fieldCatalog() (*schema.Catalog, error) {
	s.fields.once.Do(func() {
		if s.fields.catalog, s.fields.err = schema.New(); s.fields.err == nil {
			s.fields.catalog = s.fields.catalog.With(s.overlays...)
		}
	})
	return s.fields.catalog, s.fields.err
}

// LoadCatalog lays files over the embedded field catalog, as Config.Schemas names them.
func LoadCatalog(schemas []string) (*schema.Catalog, error) {
	overlays, err := overlay.Load(schemas)
	if err != nil {
		return nil, err
	}
	c, err := schema.New()
	if err != nil {
		return nil, err
	}
	return c.With(overlays...), nil
}

// fieldRequest is a comparable schema.Request.
type fieldRequest struct{ indexes, packages, datasets, modules string }

// views returns one view for each stack of the configuration, oldest first; rules on the same indexes share them.
func (s *Shared) views(req schema.Request) ([]*schema.View, error) {
	catalog, err := s.fieldCatalog()
	if err != nil {
		return nil, err
	}
	key := fieldRequest{strings.Join(req.Indexes, "\n"), strings.Join(req.Packages, "\n"), strings.Join(req.Datasets, "\n"), strings.Join(req.Modules, "\n")}
	if v, ok := s.fields.views.Load(key); ok {
		return v.([]*schema.View), nil
	}
	var stacks []string
	for _, v := range s.Config.stacks() {
		stacks = append(stacks, v.String())
	}
	v, _ := s.fields.views.LoadOrStore(key, catalog.Views(req, stacks...))
	return v.([]*schema.View), nil
}

// stackViews returns one view for each stack the rule runs on, oldest first, restricted to the data sets and modules that
// a condition demands (nil = none): the configured stacks from min_stack_version on, at least the newest.
func stackViews(p *Pass, cond eql.Expr) ([]*schema.View, error) {
	req := schema.Request{Indexes: p.File.Rule.Index, Packages: p.File.Metadata.Integration}
	if cond != nil {
		req.Datasets, req.Modules = pinned(cond, "event.dataset", "data_stream.dataset"), pinned(cond, "event.module")
	}
	views, err := p.Shared.views(req)
	if err != nil {
		return nil, err
	}
	lowest, _, ok := minStack(p.File)
	from := slices.IndexFunc(p.Config.stacks(), func(v version) bool { return !ok || v.compare(version{lowest[0], lowest[1], 0}) >= 0 })
	if from < 0 || p.doubts("metadata.min_stack_version") {
		from = len(views) - 1
	}
	return views[from:], nil
}

// fieldUses is the state of checking the fields of one query.
type fieldUses struct {
	pass   *Pass
	query  *eql.Query
	issues []eql.Issue
	gaps   []string // why fields were not decided, each once
	kql    bool     // no optional fields
	seen   map[fieldUse]bool
}

type fieldUse struct {
	field *eql.Field
	name  string
}

// checkFields type-checks the parsed query of a rule against the fields of its indexes, once for every stack of the
// configuration, and merges what it finds. It never returns nil.
func checkFields(p *Pass) *FieldStage {
	st := &fieldUses{pass: p, query: p.Query, seen: map[fieldUse]bool{}}
	whole, err := stackViews(p, nil)
	if err != nil {
		info, issues := eql.Check(p.Query, nil)
		return &FieldStage{Infos: []StackInfo{{Info: info}}, Issues: issues, NotChecked: err.Error()}
	}
	out := &FieldStage{}
	out.Infos, st.issues = typeCheck(p.Query, whole)
	if err := st.lookUp(whole); err != nil {
		out.NotChecked = err.Error()
	}
	st.literals(whole[len(whole)-1])
	out.Issues = st.issues
	if len(st.gaps) > 0 {
		out.NotChecked = fewReasons(st.gaps)
	}
	return out
}

// fewReasons joins reasons for a receipt, at most three in full.
func fewReasons(list []string) string {
	text := strings.Join(list[:min(3, len(list))], "; ")
	if n := len(list) - 3; n > 0 {
		text += fmt.Sprintf("; and %d more fields", n)
	}
	return text
}

// typeCheck runs eql.Check for every stack. Stacks on which all fields of the query look the same share the result. Unknown
// and ambiguous fields are left to the field stage, which can name where they are.
func typeCheck(q *eql.Query, views []*schema.View) ([]StackInfo, []eql.Issue) {
	names := fieldNames(q)
	var infos []StackInfo
	var issues []eql.Issue
	for i, v := range views {
		j := slices.IndexFunc(views[:i], func(w *schema.View) bool { return agree(names, v, w) })
		if j >= 0 {
			infos = append(infos, StackInfo{Stack: v.Stack().Version, Info: infos[j].Info})
			continue
		}
		info, found := eql.Check(q, types{fieldview.Fields{View: v}})
		for _, i := range found {
			if i.ID != "unknown-field" && i.ID != "ambiguous-field" && !slices.ContainsFunc(issues, func(o eql.Issue) bool { return o.ID == i.ID && o.Span == i.Span }) {
				issues = append(issues, i)
			}
		}
		infos = append(infos, StackInfo{Stack: v.Stack().Version, Info: info})
	}
	return infos, issues
}

// types shows a view to eql.Check, less the search for near names: the field stage reports unknown fields itself.
type types struct{ fieldview.Fields }

func (types) Suggest(string) []string { return nil }

// fieldNames lists the fields of a query, each once.
func fieldNames(q *eql.Query) []string {
	var names []string
	inspect(q, func(f *eql.Field) {
		if !slices.Contains(names, f.Name) {
			names = append(names, f.Name)
		}
	})
	return names
}

// agree tells whether two views say the same about fields.
func agree(names []string, v, w *schema.View) bool {
	return v.Same(w) || !slices.ContainsFunc(names, func(name string) bool {
		a, b := v.Lookup(name), w.Lookup(name)
		return a.Presence != b.Presence || !slices.EqualFunc(a.Types, b.Types, func(x, y schema.TypeUse) bool { return x.Type == y.Type })
	})
}

// lookUp decides every use of a field: those of an event query against the data sets its condition demands, join keys
// against those of their step.
func (st *fieldUses) lookUp(whole []*schema.View) error {
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

func (st *fieldUses) filter(f *eql.EventQuery, keys []eql.Expr) error {
	views, err := stackViews(st.pass, f.Cond)
	if err != nil {
		return err
	}
	st.expr(f.Cond, views)
	for _, k := range keys {
		st.expr(k, views)
	}
	return nil
}

func (st *fieldUses) expr(e eql.Expr, views []*schema.View) {
	eql.Inspect(e, func(n eql.Node, enter bool) bool {
		if f, ok := n.(*eql.Field); ok && enter {
			st.use(f, views)
		}
		return true
	})
}

// pinned returns the values that a condition demands of one of the fields: those of a conjunct field == "x",
// field in ("x", "y"), or of an or of such.
func pinned(cond eql.Expr, fields ...string) []string {
	for _, c := range eql.Operands(eql.And, eql.Unparen(cond)) {
		if list := pinnedBy(eql.Unparen(c), fields); list != nil {
			return list
		}
	}
	return nil
}

func pinnedBy(e eql.Expr, fields []string) []string {
	switch e := e.(type) {
	case *eql.Binary:
		if e.Op == eql.Or {
			var out []string
			for _, arm := range eql.Operands(eql.Or, e) {
				list := pinned(arm, fields...)
				if list == nil {
					return nil
				}
				out = append(out, list...)
			}
			return out
		}
		if e.Op == eql.Eq && isField(e.X, fields) {
			return stringValues([]eql.Expr{e.Y})
		}
	case *eql.Match:
		if e.Op == eql.Colon && isField(e.X, fields) {
			return plainValues(e.List)
		}
	case *eql.In:
		if !e.Negated && isField(e.X, fields) {
			return stringValues(e.List)
		}
	}
	return nil
}

func isField(e eql.Expr, names []string) bool {
	f, ok := eql.Unparen(e).(*eql.Field)
	return ok && slices.Contains(names, f.Name)
}

// stringValues returns the strings of a list, or nil if not all of its elements are strings.
func stringValues(list []eql.Expr) []string {
	var out []string
	for _, e := range list {
		l, ok := eql.Unparen(e).(*eql.Literal)
		if !ok || l.Kind != eql.StringLiteral {
			return nil
		}
		out = append(out, l.Str)
	}
	return out
}

// plainValues returns patterns that are plain words, or nil if one is not.
func plainValues(list []*eql.Literal) []string {
	var out []string
	for _, l := range list {
		if l.Kind != eql.StringLiteral || strings.ContainsAny(l.Str, "*?") {
			return nil
		}
		out = append(out, strings.ToLower(l.Str))
	}
	return out
}

// use decides one use of a field.
func (st *fieldUses) use(f *eql.Field, views []*schema.View) {
	key := fieldUse{f, f.Name}
	if st.seen[key] || strings.HasPrefix(f.Name, "_") {
		return
	}
	newest := views[len(views)-1]
	r := newest.Lookup(f.Name)
	before := len(st.issues)
	switch {
	case r.Presence == schema.Known && !r.Outside:
		st.known(f, r, views)
	case r.Presence == schema.Known:
		st.outside(f, r, newest)
	case r.Presence == schema.Absent:
		st.absent(f, r, views)
	default:
		st.undecidable(f, r, newest)
	}
	if len(st.issues) > before {
		st.seen[key] = true
	}
}

// known reports what can be wrong with a field that exists on the newest stack.
func (st *fieldUses) known(f *eql.Field, r *schema.Result, views []*schema.View) {
	var lacking []string
	for _, v := range views[:len(views)-1] {
		if v.Lookup(f.Name).Presence == schema.Absent {
			lacking = append(lacking, v.Stack().Version)
		}
	}
	if len(lacking) > 0 && !f.Optional {
		st.newField(f, views, lacking)
		return
	}
	if st.belowTypo(f, r, views[len(views)-1]) {
		return
	}
	st.typeConflict(f, r, views[len(views)-1])
}

// belowTypo warns of a name that only a template or a flattened object makes known, if it is near a listed one; of a
// flattened object the listed one must be a member.
func (st *fieldUses) belowTypo(f *eql.Field, r *schema.Result, v *schema.View) bool {
	if r.Parent == "" || r.Field.Type == "flattened" && !v.HasMembers(r.Parent) {
		return false
	}
	return st.likelyTypo(f, v, fmt.Sprintf("field %s is not listed below %s", quote(f.Name), quote(r.Parent)))
}

// outside warns of a field that only other data streams of the packages have: the rule does not read those. Of a package
// with newer versions it is an info: they may have the field in more data streams. What the events of Elastic Defend carry
// is the business of query/event-field.
func (st *fieldUses) outside(f *eql.Field, r *schema.Result, v *schema.View) {
	if f.Optional || strings.HasPrefix(r.Types[0].Sources[0].Table, "endpoint.") {
		return
	}
	issue := eql.Issue{ID: "unknown-field", Level: eql.Warning, Span: f.Range,
		Message: fmt.Sprintf("field %s is in %s, but in none of %s", quote(f.Name), r.Types[0].Sources[0], targetList(v))}
	if len(r.Gaps) > 0 {
		issue.Level, issue.Hint = eql.Style, r.Gaps[0].String()
	}
	st.add(issue)
}

func (st *fieldUses) newField(f *eql.Field, views []*schema.View, lacking []string) {
	i := slices.IndexFunc(views, func(v *schema.View) bool { return v.Lookup(f.Name).Presence == schema.Known }) // the newest at the latest
	first := views[i]
	st.add(eql.Issue{ID: "unknown-field", Level: eql.Error, Span: f.Range,
		Message: fmt.Sprintf("field %s exists from stack %s on (%s), but the rule also runs on %s", quote(f.Name), first.Stack().Version,
			first.Lookup(f.Name).Types[0].Sources[0], strings.Join(lacking, ", ")),
		Hint: fmt.Sprintf("set `min_stack_version = %q`, or write `?%s`", first.Stack().Version, f.Name)})
}

// absent reports a field that no index of the rule has. Without a near name it may be newer than the catalog's version
// of a package, which makes the finding a warning; so does "?", which asks for a field that may be missing.
func (st *fieldUses) absent(f *eql.Field, r *schema.Result, views []*schema.View) {
	newest := views[len(views)-1]
	for _, v := range views[:len(views)-1] {
		if old := v.Lookup(f.Name); old.Presence == schema.Known && !f.Optional {
			st.add(eql.Issue{ID: "unknown-field", Level: eql.Error, Span: f.Range,
				Message: fmt.Sprintf("field %s exists on stack %s (%s), but not on %s", quote(f.Name), v.Stack().Version, old.Types[0].Sources[0], newest.Stack().Version)})
			return
		}
	}
	near := newest.Near(f.Name)
	issue := eql.Issue{ID: "unknown-field", Level: eql.Error, Span: f.Range,
		Message: fmt.Sprintf("unknown field %s: not in %s", quote(f.Name), targetList(newest))}
	if newest.HasMembers(f.Name) {
		issue.Message = fmt.Sprintf("%s is no field but the parent of others in %s", quote(f.Name), targetList(newest))
		st.suggest(&issue, f, newest.Children(f.Name))
		st.add(issue)
		return
	}
	// In KQL an unknown field matches nothing and the rest of the query works, so that rules use fields that are newer
	// than the embedded version of their package; only a slip of one letter is certain there.
	newer := len(r.Gaps) > 0 && (len(near) == 0 || st.kql && typoOf(f.Name, newest) == "")
	if f.Optional || newer {
		issue.Level = eql.Warning
	}
	if f.Optional && len(near) == 0 {
		return // the usual way to name a field of another product
	}
	if len(near) == 0 && len(r.Gaps) > 0 {
		issue.Hint = r.Gaps[0].String()
	}
	st.suggest(&issue, f, newest.SuggestMore(f.Name, near))
	st.add(issue)
}

// undecidable reports a name that is one letter away from a listed one; any other goes to the receipt.
func (st *fieldUses) undecidable(f *eql.Field, r *schema.Result, v *schema.View) {
	if st.likelyTypo(f, v, fmt.Sprintf("field %s is in no field list of %s", quote(f.Name), targetList(v))) {
		return
	}
	if g := r.Gaps; len(g) > 0 {
		why := fmt.Sprintf("field %s not checked: %s", quote(f.Name), g[0])
		if !slices.Contains(st.gaps, why) {
			st.gaps = append(st.gaps, why)
		}
	}
}

// likelyTypo warns of a name one edit away from a listed one.
func (st *fieldUses) likelyTypo(f *eql.Field, v *schema.View, message string) bool {
	meant := typoOf(f.Name, v)
	if meant == "" {
		return false
	}
	issue := eql.Issue{ID: "unknown-field", Level: eql.Warning, Span: f.Range, Message: message}
	st.suggest(&issue, f, []string{meant})
	st.add(issue)
	return true
}

// typoOf is the listed name one edit away from a name, empty if there is none. Names that differ in a digit are siblings,
// not typos.
func typoOf(name string, v *schema.View) string {
	near := v.Near(name)
	if len(near) == 0 || near[0].Distance > 1 || differsInDigit(name, near[0].Name) || shortLeaf(name, near[0].Name) {
		return ""
	}
	return near[0].Name
}

// shortLeaf reports whether two names differ only in a last part of up to three letters, where a difference says little.
func shortLeaf(a, b string) bool {
	la, lb := lastPart(a), lastPart(b)
	return min(len(la), len(lb)) < 4 && strings.TrimSuffix(a, la) == strings.TrimSuffix(b, lb)
}

func lastPart(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// differsInDigit reports whether two texts are equal once digits are taken away.
func differsInDigit(a, b string) bool {
	drop := func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}
	return strings.Map(drop, a) == strings.Map(drop, b)
}

// suggest adds near names to an issue: as a hint, and the first as an edit for a person to accept.
func (st *fieldUses) suggest(issue *eql.Issue, f *eql.Field, names []string) {
	if len(names) == 0 {
		return
	}
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = quote(n)
	}
	issue.Hint = "did you mean " + strings.Join(quoted, ", ") + "?"
	text := names[0]
	if f.Optional {
		text = "?" + text
	}
	issue.Edits, issue.Unsafe = []eql.Edit{{Span: f.Range, New: text}}, true
}

func (st *fieldUses) add(i eql.Issue) { st.issues = append(st.issues, i) }

// targetList names what a view stands for.
func targetList(v *schema.View) string {
	var names []string
	for _, t := range v.Targets() {
		name := t.Pattern
		if name == "" {
			name = t.Package
		}
		if name != "" && !slices.Contains(names, quote(name)) {
			names = append(names, quote(name))
		}
	}
	switch n := len(names); {
	case n == 0:
		return "ECS"
	case n > 3:
		return fmt.Sprintf("%s and %d more index patterns", strings.Join(names[:3], ", "), n-3)
	}
	return strings.Join(names, ", ")
}

// typeConflict reports a field whose types in two sources belong to different families, so that the query cannot use it.
func (st *fieldUses) typeConflict(f *eql.Field, r *schema.Result, v *schema.View) {
	first := r.Types[0]
	for _, t := range r.Types[1:] {
		a, b := family(first.Type), family(t.Type)
		inOneList := first.Sources[0] == t.Sources[0] && t.Sources[0].Version != "" // of an embedded table: modules of a Beat
		if a == "" || b == "" || a == b || inOneList {
			continue
		}
		st.add(eql.Issue{ID: "type-conflict", Level: eql.Warning, Span: f.Range,
			Message: fmt.Sprintf("field %s is %s in %s and %s in %s", quote(f.Name), first.Type, place(v, first), t.Type, place(v, t)),
			Hint:    "a query over both indexes cannot use the field; restrict `index`"})
		return
	}
}

// place names the source of a type and the index patterns that bring it in.
func place(v *schema.View, t schema.TypeUse) string {
	text := t.Sources[0].String()
	if patterns := v.PatternsOf(t.Sources[0]); len(patterns) > 0 {
		text += " (" + quote(strings.Join(patterns[:min(3, len(patterns))], ", ")) + ")"
	}
	return text
}
