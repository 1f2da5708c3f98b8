package fieldcheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/schema"
)

// Findings about single uses of fields.

// Use decides one use of a field.
func (st *Uses) Use(f *eql.Field, views []*schema.View) {
	key := FieldUse{f, f.Name}
	if st.Seen[key] || strings.HasPrefix(f.Name, "_") || st.taken[f.Range] {
		return
	}
	newest := views[len(views)-1]
	r := newest.Describe(f.Name)
	if r.Presence != schema.Known && !st.Pass.Run.MayGuess() {
		if why := "the query names too many fields that are not known"; !slices.Contains(st.Gaps, why) {
			st.Gaps = append(st.Gaps, why)
		}
		return
	}
	before := len(st.Issues)
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
	if len(st.Issues) > before {
		st.Seen[key] = true
	}
}

// known reports what can be wrong with a field that exists on the newest stack.
func (st *Uses) known(f *eql.Field, r *schema.Result, views []*schema.View) {
	var lacking []string
	for _, v := range views[:len(views)-1] {
		if v.Describe(f.Name).Presence == schema.Absent {
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
func (st *Uses) belowTypo(f *eql.Field, r *schema.Result, v *schema.View) bool {
	if r.Parent == "" || r.Field.Type == "flattened" && !v.HasMembers(r.Parent) {
		return false
	}
	return st.likelyTypo(f, r, v, fmt.Sprintf("field %s is not listed below %s", rule.Quote(f.Name), rule.Quote(r.Parent)))
}

// outside warns of a field that only other data streams of the packages have: the rule does not read those. Of a package
// with newer versions it is an info: they may have the field in more data streams. What the events of Elastic Defend carry
// is the business of query/event-field.
func (st *Uses) outside(f *eql.Field, r *schema.Result, v *schema.View) {
	if f.Optional || strings.HasPrefix(r.Types[0].Sources[0].Table, "endpoint.") {
		return
	}
	issue := eql.Issue{Code: "query/unknown-field", Level: eql.Warning, Span: f.Range,
		Message: fmt.Sprintf("field %s is in %s, but in none of %s", rule.Quote(f.Name), r.Types[0].Sources[0], targetList(v))}
	if len(r.Gaps) > 0 {
		issue.Level, issue.Hint = eql.Style, r.Gaps[0].String()
	}
	st.add(issue)
}

func (st *Uses) newField(f *eql.Field, views []*schema.View, lacking []string) {
	i := slices.IndexFunc(views, func(v *schema.View) bool { return v.Describe(f.Name).Presence == schema.Known }) // the newest at the latest
	first := views[i]
	st.add(eql.Issue{Code: "query/unknown-field", Level: eql.Error, Span: f.Range,
		Message: fmt.Sprintf("field %s exists from stack %s on (%s), but the rule also runs on %s", rule.Quote(f.Name), first.Stack().Version,
			first.Describe(f.Name).Types[0].Sources[0], strings.Join(lacking, ", ")),
		Hint: fmt.Sprintf("set `min_stack_version = %q`, or write `?%s`", first.Stack().Version, f.Name)})
}

// absent reports a field that no index of the rule has. Without a near name it may be newer than the catalog's version
// of a package, which makes the finding a warning; so does "?", which asks for a field that may be missing.
func (st *Uses) absent(f *eql.Field, r *schema.Result, views []*schema.View) {
	newest := views[len(views)-1]
	for _, v := range views[:len(views)-1] {
		if old := v.Describe(f.Name); old.Presence == schema.Known && !f.Optional {
			st.add(eql.Issue{Code: "query/unknown-field", Level: eql.Error, Span: f.Range,
				Message: fmt.Sprintf("field %s exists on stack %s (%s), but not on %s", rule.Quote(f.Name), v.Stack().Version, old.Types[0].Sources[0], newest.Stack().Version)})
			return
		}
	}
	if newest.HasMembers(f.Name) {
		st.parent(f, newest)
		return
	}
	near := newest.Near(f.Name)
	issue := eql.Issue{Code: "query/unknown-field", Level: eql.Error, Span: f.Range,
		Message: fmt.Sprintf("unknown field %s: not in %s", rule.Quote(f.Name), targetList(newest))}
	// In KQL an unknown field matches nothing and the rest of the query works, so that rules use fields that are newer
	// than the embedded version of their package; only a slip of one letter is certain there.
	newer := len(r.Gaps) > 0 && (len(near) == 0 || st.Kql && typoOf(f.Name, newest) == "")
	if f.Optional || newer {
		issue.Level = eql.Warning
	}
	if f.Optional && len(near) == 0 {
		return // the usual way to name a field of another product
	}
	st.suggest(&issue, f, newest.SuggestMore(f.Name, near))
	if where := st.elsewhere(f.Name); where != "" { // no slip, but the wrong index or stack
		issue.Hint, issue.Edits = where, nil
	} else if slices.Contains([]string{"exe", "dll", "ps1", "bat", "cmd", "sh", "py", "vbs", "js"}, lastPart(f.Name)) && len(near) == 0 {
		issue.Hint, issue.Edits = fmt.Sprintf("a value is written in double quotes, behind a field: process.name : %q", f.Name), nil
	} else if len(near) == 0 && len(r.Gaps) > 0 {
		issue.Hint = r.Gaps[0].String()
	}
	st.add(issue)
}

// parent reports an object whose members are listed, used as a field.
func (st *Uses) parent(f *eql.Field, v *schema.View) {
	issue := eql.Issue{Code: "query/unknown-field", Level: eql.Error, Span: f.Range,
		Message: fmt.Sprintf("%s is no field but the parent of others in %s", rule.Quote(f.Name), targetList(v))}
	if f.Optional {
		issue.Level = eql.Warning
	}
	st.suggest(&issue, f, v.Children(f.Name))
	st.add(issue)
}

// elsewhere says where the catalog has a field that the rule's indexes lack: in ECS of newer stacks, or in other lists.
func (st *Uses) elsewhere(name string) string {
	catalog, err := st.Pass.Shared.FieldCatalog()
	if err != nil {
		return ""
	}
	e := catalog.Where(name)
	if len(e.Stacks) > 0 {
		return fmt.Sprintf("ECS has it on the stacks %s", strings.Join(e.Stacks, ", "))
	}
	var lists []string
	for _, p := range e.Places {
		if s := p.Source.String(); !slices.Contains(lists, s) {
			lists = append(lists, s)
		}
	}
	switch n := len(lists); {
	case n == 0:
		return ""
	case n > 3:
		return fmt.Sprintf("it is a field of %s and %d more; does `index` lack a pattern?", strings.Join(lists[:3], ", "), n-3)
	}
	return fmt.Sprintf("it is a field of %s; does `index` lack a pattern?", strings.Join(lists, ", "))
}

// undecidable reports a name that is one letter away from a listed one; any other goes to the receipt.
func (st *Uses) undecidable(f *eql.Field, r *schema.Result, v *schema.View) {
	if st.likelyTypo(f, r, v, fmt.Sprintf("field %s is in no field list of %s", rule.Quote(f.Name), targetList(v))) || st.inOldPackage(f, r, v) {
		return
	}
	if g := r.Gaps; len(g) > 0 {
		why := fmt.Sprintf("field %s not checked: %s", rule.Quote(f.Name), g[0])
		if !slices.Contains(st.Gaps, why) {
			st.Gaps = append(st.Gaps, why)
		}
	}
}

// inOldPackage warns of a name in the part of the name space of a package whose embedded version is not the newest: it may be
// newer than that. One that public rules use is, and so is one of a family ("script_block_length" beside "script_block_text"): these
// go to the receipt.
func (st *Uses) inOldPackage(f *eql.Field, r *schema.Result, v *schema.View) bool {
	i := slices.IndexFunc(r.Gaps, func(g schema.Gap) bool { return g.Kind == schema.OldPackage })
	catalog, err := st.Pass.Shared.FieldCatalog()
	if i < 0 || r.Parent != "" || f.Optional || err != nil || catalog.Popularity(f.Name) > 0 ||
		hasFamily(f.Name, v) || slices.ContainsFunc(r.Gaps, func(g schema.Gap) bool { return g.Kind != schema.OldPackage }) {
		return false
	}
	g := r.Gaps[i]
	st.add(eql.Issue{Code: "query/unknown-field", Level: eql.Warning, Span: f.Range,
		Message: fmt.Sprintf("unknown field %s: not in package %s as of version %s", rule.Quote(f.Name), g.Package, g.Have),
		Hint:    fmt.Sprintf("version %s of the package may have it: list it in an overlay (--schema) then", g.Newest)})
	return true
}

// hasFamily reports whether a listed name has the same parent and begins with the same word.
func hasFamily(name string, v *schema.View) bool {
	word, _, ok := strings.Cut(lastPart(name), "_")
	return ok && len(v.Names(strings.TrimSuffix(name, lastPart(name))+word+"_")) > 0
}

// likelyTypo reports a name one edit away from a listed one. That nothing but the near name explains it makes it an error; a
// newer version of a package might.
func (st *Uses) likelyTypo(f *eql.Field, r *schema.Result, v *schema.View, message string) bool {
	meant := typoOf(f.Name, v)
	if meant == "" {
		return false
	}
	issue := eql.Issue{Code: "query/unknown-field", Level: eql.Error, Span: f.Range, Message: message}
	catalog, err := st.Pass.Shared.FieldCatalog()
	explained := len(r.Gaps) > 0 && r.Gaps[0].Kind != schema.OpenObject || r.Parent != "" && len(lastPart(f.Name)) < 8
	if f.Optional || explained || err != nil || catalog.Popularity(f.Name) > 0 {
		issue.Level = eql.Warning
	}
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
func (st *Uses) suggest(issue *eql.Issue, f *eql.Field, names []string) {
	if len(names) == 0 {
		return
	}
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = rule.Quote(n)
	}
	issue.Hint = "did you mean " + strings.Join(quoted, ", ") + "?"
	text := names[0]
	if f.Optional {
		text = "?" + text
	}
	issue.Edits, issue.Unsafe = []eql.Edit{{Span: f.Range, New: text}}, true
}

func (st *Uses) add(i eql.Issue) { st.Issues = append(st.Issues, i) }

// targetList names what a view stands for.
func targetList(v *schema.View) string {
	var names []string
	for _, t := range v.Targets() {
		name := t.Pattern
		if name == "" {
			name = t.Package
		}
		if name != "" && !slices.Contains(names, rule.Quote(name)) {
			names = append(names, rule.Quote(name))
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
func (st *Uses) typeConflict(f *eql.Field, r *schema.Result, v *schema.View) {
	first := r.Types[0]
	for _, t := range r.Types[1:] {
		a, b := Family(first.Type), Family(t.Type)
		inOneList := first.Sources[0] == t.Sources[0] && t.Sources[0].Version != "" // of an embedded table: modules of a Beat
		if a == "" || b == "" || a == b || inOneList {
			continue
		}
		st.add(eql.Issue{Code: "query/type-conflict", Level: eql.Warning, Span: f.Range,
			Message: fmt.Sprintf("field %s is %s in %s and %s in %s", rule.Quote(f.Name), first.Type, place(v, first), t.Type, place(v, t)),
			Hint:    "a query over both indexes cannot use the field; restrict `index`"})
		return
	}
}

// place names the source of a type and the index patterns that bring it in.
func place(v *schema.View, t schema.TypeUse) string {
	text := t.Sources[0].String()
	if patterns := v.PatternsOf(t.Sources[0]); len(patterns) > 0 {
		text += " (" + rule.Quote(strings.Join(patterns[:min(3, len(patterns))], ", ")) + ")"
	}
	return text
}
