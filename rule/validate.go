package rule

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/near"
	"github.com/rulevet/rulevet/source"
)

// ValidateSchema checks the file against the JSON Schema of its rule type. It reports the codes schema/* and
// suppression/shape, sorted by place; what a keyword's x-codes give to another check is not reported here. A
// deprecated rule has no findings, as upstream. Of a truncated file it does not say what is missing.
func (f *File) ValidateSchema() []Diagnostic {
	diags, _ := f.CheckSchema()
	return diags
}

// CheckSchema is ValidateSchema. Besides, it lists the keys whose values say nothing, because they are misspelt, missing,
// or of a wrong type or value: as dotted paths without indexes, "rule.threat.tactic", sorted. What depends on such a key
// had better not be checked: it would report the same mistake again.
func (f *File) CheckSchema() (diags []Diagnostic, doubtful []string) {
	if f.Root == nil || f.Truncated && len(f.Root.Children) == 0 {
		return nil, nil
	}
	v := f.validate(RuleKind, ruleSchema())
	slices.Sort(v.doubtful)
	return v.diags, slices.Compact(v.doubtful)
}

// validate runs the schema of a kind of file.
func (f *File) validate(kind Kind, s *schema) *validator {
	v := &validator{f: f, kind: kind, absent: map[*Node][]string{},
		explained: map[*Node]bool{}, homes: map[*Node]string{}, inside: map[*Node]string{}}
	w := walker{report: func(b breach) { v.breaches = append(v.breaches, b) }}
	w.walk(s, f.Root)
	if f.Flat() {
		v.breaches = slices.DeleteFunc(v.breaches, v.ofForm)
	}
	v.run()
	return v
}

// validator words the breaches of one file.
type validator struct {
	f        *File
	kind     Kind
	breaches []breach
	absent   map[*Node][]string // required keys that a table lacks
	meant    map[*Node]string   // unknown keys that are slips for absent ones
	left     map[*Node]*Node    // unknown tables, and what stands of the table that they were to be
	halves   map[*Node]bool     // tables that lost their header to a slip: only sub-tables are left
	// What findLostHeaders and findStrays explain.
	explained map[*Node]bool   // unknown keys that are reported with a lost header
	homes     map[*Node]string // the table that an unknown key or table is missing in
	inside    map[*Node]string // tables of dotted keys that repeat the name of their own table: the key that was meant

	doubtful []string
	guesses  int
	diags    []Diagnostic
}

// maxGuesses bounds how many unknown keys of a file are compared with the known ones: a file with more is no rule.
const maxGuesses = 400

func (v *validator) run() {
	for _, b := range v.breaches {
		if b.keyword == "required" {
			v.absent[b.node] = append(v.absent[b.node], b.key)
		}
	}
	v.pairSlips()
	if v.kind == RuleKind && !v.f.Flat() && !v.f.Truncated {
		v.findLostHeaders()
		v.findStrays()
	}
	for _, b := range v.breaches {
		v.doubt(b)
		if !v.halves[b.node] || b.keyword != "required" && b.keyword != "type" {
			v.word(b)
		}
	}
	slices.SortStableFunc(v.diags, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Span.Start, b.Span.Start), cmp.Compare(a.Span.End, b.Span.End),
			cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
	v.diags = slices.CompactFunc(v.diags, func(a, b Diagnostic) bool {
		return a.Span == b.Span && a.Code == b.Code && a.Message == b.Message
	})
}

// doubt notes the key that a breach leaves without a value to rely on.
func (v *validator) doubt(b breach) {
	path := strings.Join(b.path, ".")
	switch b.keyword {
	case "required":
		path = strings.TrimPrefix(path+"."+b.key, ".")
	case "additionalProperties":
		names := v.candidates(b)
		if v.meant[b.node] != "" {
			names = []string{v.meant[b.node]}
		}
		for _, name := range names {
			v.doubtful = append(v.doubtful, strings.TrimSuffix(path, b.node.Key)+name)
		}
		return
	case "type", "enum", "const":
	default:
		return
	}
	v.doubtful = append(v.doubtful, path)
}

// pairSlips finds the unknown keys that are slips for keys that are missing beside them: one mistake, one finding.
func (v *validator) pairSlips() {
	v.meant, v.halves, v.left = map[*Node]string{}, map[*Node]bool{}, map[*Node]*Node{}
	below := map[*Node][]string{}
	for _, b := range v.breaches {
		if b.keyword != "additionalProperties" {
			continue
		}
		parent := b.parent
		tables, listed := below[parent]
		if !listed {
			if tables = headless(parent); len(tables) > maxHeadless {
				tables = nil // no rule file; comparing each key with each table would take for ever
			}
			below[parent] = tables
		}
		if names := near.Names(b.node.Key, tables); len(names) > 0 && b.node.Form != source.FromValue {
			v.meant[b.node] = names[0]
			v.halves[parent.Get(names[0])] = true
			v.left[b.node] = parent.Get(names[0])
			continue
		}
		if names := near.Names(b.node.Key, v.absent[parent]); len(names) > 0 {
			v.meant[b.node] = names[0]
			v.absent[parent] = slices.DeleteFunc(v.absent[parent], func(k string) bool { return k == names[0] })
		}
	}
}

// maxHeadless bounds the tables that an unknown key is compared with.
const maxHeadless = 50

// headless lists the tables that stand only in the headers of their sub-tables.
func headless(parent *Node) []string {
	var out []string
	for _, c := range parent.Children {
		if c.Form == source.FromSubheader {
			out = append(out, c.Key)
		}
	}
	return out
}

func (v *validator) add(code string, s Span, d Diagnostic) {
	d.Code, d.Severity, d.Span, d.Path, d.RuleID = code, Error, s, v.f.Path, v.f.Rule.ID
	v.diags = append(v.diags, d)
}

// word turns a breach into a finding.
func (v *validator) word(b breach) {
	n, s := b.node, b.schema
	code := s.code(b.keyword)
	switch b.keyword {
	case "required":
		v.missing(b, code)
	case "additionalProperties":
		v.unknown(b, code)
	case "type":
		v.wrongType(b, code)
	case "enum", "const":
		v.badValue(b, code)
	case "minimum", "maximum":
		v.add(code, n.Span, Diagnostic{Message: fmt.Sprintf("%s is %d, expected %s", name(b), n.Int, interval(s.Minimum, s.Maximum))})
	case "minItems", "maxItems":
		least, most := int64(s.MinItems), s.MaxItems
		var upper *int64
		if most != nil {
			m := int64(*most)
			upper = &m
		}
		v.add(code, n.Span, Diagnostic{Message: fmt.Sprintf("%s has %d entries, expected %s", name(b), len(n.Children), interval(&least, upper))})
	case "minLength", "pattern":
		v.blank(b, code)
	}
}

// interval words bounds.
func interval(least, most *int64) string {
	switch {
	case most == nil:
		return fmt.Sprintf("at least %d", *least)
	case least == nil || *least == 0:
		return fmt.Sprintf("0 to %d", *most)
	}
	return fmt.Sprintf("%d to %d", *least, *most)
}

// name is the key of a node in backquotes, for array elements that of the array.
func name(b breach) string {
	key := "the file"
	if len(b.path) > 0 {
		key = b.path[len(b.path)-1]
	}
	if b.node.Key == "" && len(b.path) > 0 {
		return "an entry of " + Quote(key)
	}
	return Quote(key)
}

func (v *validator) blank(b breach, code string) {
	what := "is empty"
	if strings.TrimSpace(b.node.Str) == "" && b.node.Str != "" {
		what = "is blank"
	}
	hint := "fill it in or delete it"
	if v.kind == RuleKind && b.path[len(b.path)-1] == "query" {
		hint = "a rule of this type needs a query"
	}
	v.add(code, b.node.Span, Diagnostic{Message: name(b) + " " + what, Hint: hint})
}

// place words where a table stands: [rule], [[rule.threat]], `rule.threshold` for inline tables.
func place(n *Node, path []string) string {
	joined := strings.Join(path, ".")
	switch {
	case joined == "":
		return "the file"
	case joined == "rule" && n.KeySpan == (Span{}): // of a flat file
		return "the rule"
	case n.Form == source.FromHeader && n.Key == "":
		return "[[" + joined + "]]"
	case n.Form == source.FromHeader || n.Form == source.FromSubheader:
		return "[" + joined + "]"
	}
	return Quote(joined)
}

// missing words a required key that is not there. It is placed at the header of the table, the key of an inline one.
func (v *validator) missing(b breach, code string) {
	if v.f.Truncated || !slices.Contains(v.absent[b.node], b.key) {
		return
	}
	at := b.node.Span
	if b.node == v.f.Root {
		v.add("schema/table-missing", Span{}, Diagnostic{Message: fmt.Sprintf("the file has no table [%s]", b.key)})
		return
	}
	if b.node.KeySpan != (Span{}) && b.node.Form != source.FromHeader {
		at = b.node.KeySpan
	}
	d := Diagnostic{Message: fmt.Sprintf("%s is missing in %s", Quote(b.key), place(b.node, b.path))}
	if b.key == "new_terms" {
		d.Hint = "add [rule.new_terms], or new_terms_fields and history_window_start"
	} else if p := ruleKey(b.key); v.kind == RuleKind && p != nil && p.Enum != nil {
		d.Hint = "one of " + list(p.Enum)
	}
	v.add(code, at, d)
}

// ruleKey is the schema of a key of [rule], of any type.
func ruleKey(key string) *schema { return ruleSchema().Definitions["rule_untyped"].Properties[key] }

// list shows at most five values.
func list(values []string) string {
	shown := values[:min(5, len(values))]
	s := "`" + strings.Join(shown, "`, `") + "`"
	if len(values) > len(shown) {
		s += fmt.Sprintf(" and %d more", len(values)-len(shown))
	}
	return s
}

// unknown words a key or table that the schema does not list.
func (v *validator) unknown(b breach, code string) {
	n, table := b.node, b.path[:len(b.path)-1]
	if v.explained[n] {
		return
	}
	where := place(b.parent, table)
	noun, at := "key", n.KeySpan
	if n.Form == source.FromHeader || n.Form == source.FromSubheader || n.Form == source.FromArrayHead {
		noun, at = "table", n.Span
		if code == "schema/unknown-key" {
			code = "schema/unknown-table"
		}
	}
	if types := v.typesWith(table, n.Key); types != nil && v.homes[n] == "" {
		v.otherType(n, types)
		return
	}
	d := Diagnostic{Message: fmt.Sprintf("%s %s is not known in %s", noun, v.shown(n, noun), where)}
	if code == "suppression/shape" {
		d.Message = fmt.Sprintf("key %s is not known in %s of a threshold rule, only %s", Quote(n.Key), where, list(slices.Sorted(maps.Keys(b.schema.Properties))))
	}
	if rest := v.left[n]; rest != nil {
		d.Related = []Related{{Span: rest.KeySpan, Message: "its sub-tables stand here"}}
	}
	names := v.candidates(b)
	home := v.homes[n]
	if home == "" && v.kind == RuleKind {
		home = homeOf(n, table)
	}
	switch {
	case v.meant[n] != "":
		names = []string{v.meant[n]}
		fallthrough
	case len(names) > 0:
		d.Hint = "did you mean " + list(names) + "?"
		d.Fixes = v.renames(n, names)
	case v.inside[n] != "":
		d.Hint = fmt.Sprintf("write %s: the entry stands in %s already", Quote(v.inside[n]), where)
	case v.homes[n] != "" && !entry(n):
		d.Hint = "write " + home
		d.Fixes = reheader(n, home)
	case home != "":
		d.Hint = "it belongs in " + home
	case v.kind != RuleKind:
		if known := slices.Sorted(maps.Keys(b.schema.Properties)); len(known) <= 10 {
			d.Hint = "known are `" + strings.Join(known, "`, `") + "`"
		}
	case len(table) == 0:
		d.Hint = "a rule file has the tables [metadata], [rule] and [transform]"
	case len(table) == 1 && table[0] == "metadata" && n.Key == "deprecated_reason":
		d.Hint = "only deprecated rules have it"
	}
	v.add(code, at, d)
}

// shown is an unknown key or table header as the user wrote it.
func (v *validator) shown(n *Node, noun string) string {
	if noun == "table" {
		return v.f.text[n.Span.Start:n.Span.End]
	}
	return Quote(n.Key)
}

// candidates are the keys that an unknown one may have meant: those of its table that are not set.
func (v *validator) candidates(b breach) []string {
	if v.guesses++; v.guesses > maxGuesses {
		return nil
	}
	var free []string
	for key := range b.schema.Properties {
		if b.parent.Get(key) == nil {
			free = append(free, key)
		}
	}
	slices.Sort(free)
	return near.Names(b.node.Key, free)
}

// renames are fixes that replace a key; of a table only where one header names it.
func (v *validator) renames(n *Node, names []string) []Fix {
	if len(n.Children) > 0 && (n.Form == source.FromArrayHead || n.Form == source.FromSubheader || n.Form == source.FromDotted) {
		return nil
	}
	for _, c := range n.Children {
		if c.Form == source.FromHeader || c.Form == source.FromArrayHead || c.Form == source.FromSubheader {
			return nil
		}
	}
	var fixes []Fix
	for _, to := range names[:min(3, len(names))] {
		fixes = append(fixes, Fix{Message: fmt.Sprintf("rename %s to %s", Quote(n.Key), Quote(to)), Edits: []Edit{{Span: n.KeySpan, New: to}}})
	}
	return fixes
}

// homeOf names the table that a misplaced key belongs to, or "".
func homeOf(n *Node, table []string) string {
	in := strings.Join(table, ".")
	if in != "metadata" && ruleSchema().Definitions["metadata"].Properties[n.Key] != nil {
		return "[metadata]"
	}
	if in != "rule" && ruleKey(n.Key) != nil {
		return "[rule]"
	}
	return ""
}

// typesWith lists the rule types that have a key of [rule] which the rule's own type lacks.
func (v *validator) typesWith(table []string, key string) []string {
	if len(table) != 1 || table[0] != "rule" || v.kind != RuleKind {
		return nil
	}
	var types []string
	for _, t := range ruleKey("type").Enum {
		if ruleSchema().Definitions["rule_"+t].Properties[key] != nil {
			types = append(types, t)
		}
	}
	return types
}

func (v *validator) otherType(n *Node, types []string) {
	d := Diagnostic{Message: fmt.Sprintf("%s does not belong to rules of type %s", Quote(n.Key), Quote(v.f.Rule.Type)),
		Hint: "only rules of type " + list(types) + " have it"}
	at := n.KeySpan
	if n.Form != source.FromValue && n.Form != source.FromDotted {
		at = n.Span
	}
	if typ := v.f.Lookup("rule", "type"); typ != nil {
		d.Related = []Related{{Span: typ.Entry, Message: "the type is set here"}}
	}
	v.add("schema/key-for-other-type", at, d)
}

func (v *validator) badValue(b breach, code string) {
	n := b.node
	allowed := b.schema.Enum
	if allowed == nil {
		allowed = []string{*b.schema.Const}
	}
	at := n.Span
	d := Diagnostic{Message: fmt.Sprintf("%s is %s, expected one of %s", name(b), Quote(n.Str), list(allowed))}
	if len(allowed) == 1 {
		d.Message = fmt.Sprintf("%s is %s, expected %s", name(b), Quote(n.Str), list(allowed))
	}
	names := near.Names(n.Str, allowed)
	if strings.EqualFold(n.Str, "kql") && slices.Contains(allowed, "kuery") {
		names = []string{"kuery"} // as Kibana's API calls KQL
	}
	switch {
	case code == "schema/rule-type" && n.Str == "saved_query":
		d.Message = "rules of type `saved_query` cannot be read from a file"
		d.Hint = "write the query out in a rule of type `query`"
	case len(names) > 0:
		d.Hint = "did you mean " + list(names) + "?"
		for _, to := range names[:min(3, len(names))] {
			d.Fixes = append(d.Fixes, Fix{Message: "replace it by " + Quote(to), Edits: []Edit{{Span: n.Span, New: QuoteTOML(to)}}})
		}
	case len(allowed) > 5:
		d.Hint = "allowed: `" + strings.Join(allowed, "`, `") + "`"
	}
	v.add(code, at, d)
}
