package kql

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/mapping"
)

// Check finds what is wrong with a query for events with the given fields: what makes the search fail (errors), what can
// match nothing or hardly does what was meant (warnings), and what is worth knowing (infos). Fields that nothing is known of,
// and nil fields, are not reported on. Issues are in source order.
func Check(q *Query, fields mapping.Fields) []Issue {
	c := &checker{q: q, fields: fields}
	c.style()
	c.node(q.Root, "")
	if q.Flavor == Kuery {
		c.flavor()
	}
	slices.SortStableFunc(c.issues, func(a, b Issue) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	return c.issues
}

type checker struct {
	q      *Query
	fields mapping.Fields
	issues []Issue
}

func (c *checker) report(code string, level Level, at Span, hint, format string, args ...any) *Issue {
	c.issues = append(c.issues, Issue{Code: code, Level: level, Span: at, Message: fmt.Sprintf(format, args...), Hint: hint})
	is := &c.issues[len(c.issues)-1]
	if level == Error {
		is.Phase = "runtime"
	}
	return is
}

func (c *checker) text(at Span) string { return clip(c.q.Source[at.Start:at.End]) }

func (c *checker) lookup(name string) (mapping.Info, mapping.Presence) {
	if c.fields == nil {
		return mapping.Info{}, mapping.Undecidable
	}
	return c.fields.Lookup(name)
}

func (c *checker) node(n Node, path string) {
	switch n := n.(type) {
	case *And:
		for _, i := range n.Items {
			c.node(i, path)
		}
	case *Or:
		for _, i := range n.Items {
			c.node(i, path)
		}
	case *Not:
		c.node(n.Item, path)
	case *Nested:
		c.node(n.Item, c.nested(n, path))
	case *Range:
		c.ranged(n, path)
	case *Is:
		c.is(n, path)
	case *Text:
		if n.Literal != nil {
			c.free(n.Literal)
		}
	}
}

// nested checks braces and returns the path of the names in them.
func (c *checker) nested(n *Nested, path string) string {
	name := joined2(path, n.Field.Text)
	switch info, p := c.lookup(name); {
	case p == mapping.Absent:
		c.unknown(n.Field, name, c.q.Flavor == Server)
	case p == mapping.Present && info.Type != mapping.Nested && info.Type != mapping.Unknown && len(info.Also) == 0:
		c.report("query/not-nested", Error, n.Field.At, "write the full names of the fields: "+name+".field : value", "field `%s` has type %s and is not nested", name, typeName(info))
	}
	return name
}

func joined2(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func typeName(info mapping.Info) string {
	if info.Name != "" {
		return info.Name
	}
	return info.Type.String()
}

// unknown reports a name that the fields do not have.
func (c *checker) unknown(l *Literal, name string, fails bool) {
	level, effect := Warning, "it matches nothing"
	if fails {
		level, effect = Error, "the query is refused"
	}
	hint := ""
	var edits []Edit
	if near := c.fields.Suggest(name); len(near) > 0 {
		hint = fmt.Sprintf("did you mean %s?", near[0])
		if l.Text == name && l.Kind == Plain {
			edits = []Edit{{Span: l.At, New: near[0]}}
		}
	}
	is := c.report("query/unknown-field", level, l.At, hint, "unknown field `%s`: %s", name, effect)
	is.Missing, is.Edits, is.Unsafe = true, edits, true
}

// target is a field that a name stands for.
type target struct {
	name string
	info mapping.Info
}

// targets lists the known fields that a name stands for, and reports what is wrong with the name.
func (c *checker) targets(l *Literal, path string) []target {
	name := joined2(path, l.Text)
	if l.Kind == Pattern {
		return c.patternTargets(l, path)
	}
	info, p := c.lookup(name)
	if p == mapping.Absent && c.isObject(name) {
		info, p = mapping.Info{Type: mapping.Object}, mapping.Present
	}
	switch {
	case p == mapping.Absent && !isMeta(name):
		c.unknown(l, name, false)
	case p == mapping.Present && path == "" && info.NestedPath != "" && info.Type != mapping.Nested && c.q.Flavor == Kuery:
		c.report("query/nested-field", Error, l.At, fmt.Sprintf("write %s: { %s: … }", info.NestedPath, strings.TrimPrefix(name, info.NestedPath+".")),
			"field `%s` lies in the nested field `%s`, which only braces reach", name, info.NestedPath)
	case p == mapping.Present && len(info.Also) == 0:
		return []target{{name, info}}
	}
	return nil
}

// isObject reports a name that is none of a field, but has some below it.
func (c *checker) isObject(name string) bool {
	lister, ok := c.fields.(mapping.Lister)
	return ok && len(lister.Names(name+".")) > 0
}

var metaNames = []string{"_id", "_ignored", "_index", "_score", "_source"}

func isMeta(name string) bool { return slices.Contains(metaNames, name) }

// patternTargets lists the fields that a pattern of names stands for.
func (c *checker) patternTargets(l *Literal, path string) []target {
	lister, ok := c.fields.(mapping.Lister)
	if !ok || l.Any() || path != "" {
		return nil
	}
	var out []target
	found := false
	for _, n := range lister.Names(l.Parts()[0]) {
		if !l.Matches(n) {
			continue
		}
		info, p := c.lookup(n)
		if p != mapping.Present || info.Type == mapping.Object || info.Type == mapping.Nested {
			continue
		}
		found = true
		if len(info.Also) == 0 {
			out = append(out, target{n, info})
		}
	}
	if !found && !slices.ContainsFunc(metaNames, l.Matches) {
		c.report("query/unknown-field", Warning, l.At, "", "no field has a name like `%s`: it matches nothing", l.Text).Missing = true
	}
	return out
}

// is checks field : value.
func (c *checker) is(n *Is, path string) {
	targets := c.targets(n.Field, path)
	pattern := n.Field.Kind == Pattern
	if n.Field.Text == "_source" && c.q.Flavor == Kuery {
		c.report("query/type-mismatch", Error, n.Field.At, "", "field `_source` cannot be searched: the search fails")
	}
	plain := false
	Walk(n.Value, func(v Node) {
		switch v := v.(type) {
		case *Value:
			c.null(n.Field, v.Literal, targets)
			refused := 0
			for _, t := range targets {
				if c.literal(n.Field, v.Literal, t, pattern) {
					if refused++; refused == maxNamed {
						break
					}
				}
			}
			plain = plain || !v.Literal.Any()
			c.words(v.Literal)
		case *Or:
			c.duplicates(v)
		}
	})
	if pattern && plain {
		c.mixed(n.Field, targets)
	}
}

// maxNamed bounds the fields of a pattern that one value is reported for.
const maxNamed = 3

// null reports the word null, which Kibana takes as the null of JSON.
func (c *checker) null(f, v *Literal, targets []target) {
	if v.Kind != Null || c.q.Flavor != Kuery {
		return
	}
	for _, t := range targets {
		if t.info.Type.DateFamily() {
			c.report("query/kql-null", Warning, v.At, "write *, or quote the word", "null on a date matches whatever has field `%s`", t.name)
			return
		}
	}
	if f.Kind == Pattern && len(targets) == 0 {
		return
	}
	c.report("query/kql-null", Error, v.At, `for events without the field write not `+f.Text+` : *; for the word, "null"`, "null is no value to look for: the search fails")
}

// literal checks a value against one field and reports whether it found something.
func (c *checker) literal(f, v *Literal, t target, pattern bool) bool {
	if v.Any() || v.Kind == Null {
		return false
	}
	where := ""
	if pattern {
		where = fmt.Sprintf(", which `%s` stands for too,", f.Text)
	}
	typ := t.info.Type
	if v.Kind == Pattern {
		if typ.Numeric() || typ.DateFamily() || typ == mapping.IP || typ == mapping.Boolean {
			c.report("query/kql-wildcard-type", Error, v.At, wildcardHint(typ), "field `%s`%s has type %s, which has no wildcards: the search fails", t.name, where, typeName(t.info))
			return true
		}
		c.questionMark(v, typ)
		return false
	}
	if ok, want := fits(v, typ); !ok {
		if c.q.Flavor == Server && v.Kind != Quoted && !typ.DateFamily() {
			c.report("query/type-mismatch", Warning, v.At, "", "field `%s`%s has type %s and never is `%s`", t.name, where, typeName(t.info), v.Text)
			return true
		}
		c.report("query/type-mismatch", Error, v.At, "", "field `%s`%s has type %s: expected %s, found `%s`", t.name, where, typeName(t.info), want, clip(v.Text))
		return true
	}
	switch {
	case (typ == mapping.Object || typ == mapping.Nested) && !pattern:
		c.report("query/kql-object", Warning, v.At, "name a field below it", "`%s` is an object and has no value itself: this matches nothing", t.name)
		return true
	case v.Kind == Quoted && strings.Contains(v.Text, "*"):
		c.quotedStar(v, typ)
	case v.Kind == Plain:
		c.questionMark(v, typ)
	}
	return false
}

func wildcardHint(t mapping.Type) string {
	switch {
	case t == mapping.IP:
		return "write a network such as 10.0.0.0/8"
	case t.DateFamily() || t.Numeric():
		return "write a range with < and >"
	}
	return ""
}

// fits reports whether a field of a type can hold a value, as far as that is certain.
func fits(v *Literal, typ mapping.Type) (ok bool, want string) {
	text := strings.TrimSpace(v.Text)
	switch {
	case typ.Numeric():
		_, err := strconv.ParseFloat(text, 64)
		return err == nil || errorsRange(err), "a number"
	case typ == mapping.Boolean:
		return v.Text == "true" || v.Text == "false", "true or false"
	case typ == mapping.IP:
		if strings.Contains(text, "/") {
			_, err := netip.ParsePrefix(text)
			return err == nil, "an address or a network"
		}
		_, err := netip.ParseAddr(text)
		return err == nil, "an address or a network"
	case typ.DateFamily():
		return text != "" && (text[0] >= '0' && text[0] <= '9' || text[0] == '-' || text[0] == '+' || strings.HasPrefix(text, "now")) || v.Kind == Null, "a date"
	}
	return true, ""
}

func errorsRange(err error) bool {
	e, ok := err.(*strconv.NumError)
	return ok && e.Err == strconv.ErrRange
}

// quotedStar reports a star in quotes: no value of a keyword is likely to have one. In a constant_keyword it is a wildcard in quotes, too.
func (c *checker) quotedStar(v *Literal, typ mapping.Type) {
	if typ != mapping.Keyword && typ != mapping.Wildcard {
		return
	}
	is := c.report("query/kql-quoted-wildcard", Warning, v.At, "take the quotes away and escape blanks and special characters, if a wildcard is meant",
		"in quotes `*` is a plain character: this looks for a value with an asterisk")
	if new, ok := bare(v.Text); ok {
		is.Edits, is.Unsafe = []Edit{{Span: v.At, New: new}}, true
	}
}

// bare writes a text without quotes, its stars as wildcards; ok is false if that needs more than escapes.
func bare(text string) (string, bool) {
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		switch {
		case c < ' ' || c >= 0x80:
			return "", false
		case c != '*' && strings.IndexByte(specialChars, c) >= 0:
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	s := b.String()
	return s, s == strings.TrimSpace(s) && !strings.Contains(s, " ")
}

// questionMark tells that ? is no wildcard of KQL, where it looks like one.
func (c *checker) questionMark(v *Literal, typ mapping.Type) {
	i := strings.IndexByte(v.Text, '?')
	if i < 0 || typ != mapping.Keyword && typ != mapping.Wildcard || strings.Contains(v.Text, "://") || strings.ContainsAny(v.Text[i:], "=&") {
		return
	}
	c.report("query/kql-question-mark", Info, v.At, "use * if any character is meant", "`?` is a plain character in KQL, not a wildcard")
}

// mixed tells that a pattern of names stands for fields of unlike types, which one value hardly fits.
func (c *checker) mixed(f *Literal, targets []target) {
	var first, other *target
	for i := range targets {
		t := &targets[i]
		switch {
		case first == nil:
			first = t
		case family(t.info.Type) != family(first.info.Type) && other == nil:
			other = t
		}
	}
	if other != nil {
		c.report("query/kql-mixed-types", Info, f.At, "name the fields that are meant", "`%s` stands for fields of unlike types: `%s` is %s, `%s` is %s",
			f.Text, first.name, typeName(first.info), other.name, typeName(other.info))
	}
}

func family(t mapping.Type) string {
	switch {
	case t.StringFamily() || t == mapping.Flattened:
		return "text"
	case t.Numeric():
		return "number"
	case t.DateFamily():
		return "date"
	}
	return t.String()
}

// ranged checks field < value.
func (c *checker) ranged(n *Range, path string) {
	for i, t := range c.targets(n.Field, path) {
		if i == maxNamed {
			break
		}
		typ := t.info.Type
		switch _, err := strconv.ParseFloat(n.Value.Text, 64); {
		case n.Value.Kind == Null:
			if c.q.Flavor == Kuery {
				c.report("query/kql-null", Warning, n.Value.At, "write "+n.Field.Text+" : *", "a bound of null is none: this matches whatever has field `%s`", t.name)
			}
			return
		case typ.Analyzed():
			c.report("query/kql-range", Warning, n.At, "", "field `%s` has type %s: a range compares single words, in alphabetical order", t.name, typeName(t.info))
		case (typ == mapping.Keyword || typ == mapping.ConstantKeyword || typ == mapping.Wildcard || typ == mapping.Flattened) && err == nil && n.Field.Kind != Pattern:
			c.report("query/kql-range", Warning, n.At, "", "field `%s` has type %s: a range compares texts, in which 10 comes before 9", t.name, typeName(t.info))
		case n.Value.Kind == Pattern:
			if ok, want := fits(&Literal{Text: n.Value.Text}, typ); !ok {
				c.report("query/type-mismatch", Error, n.Value.At, "", "field `%s` has type %s: expected %s, found `%s`", t.name, typeName(t.info), want, clip(n.Value.Text))
			}
		default:
			if ok, want := fits(n.Value, typ); !ok && typ != mapping.IP || !ok && !strings.Contains(n.Value.Text, "/") {
				c.report("query/type-mismatch", Error, n.Value.At, "", "field `%s` has type %s: expected %s, found `%s`", t.name, typeName(t.info), want, clip(n.Value.Text))
			}
		}
	}
}

// duplicates reports values that a list joined by or holds twice.
func (c *checker) duplicates(list *Or) {
	first := map[string]*Literal{}
	for i, item := range list.Items {
		v, ok := item.(*Value)
		if !ok {
			continue
		}
		key := fmt.Sprint(v.Literal.Kind == Pattern, v.Literal.Wild, v.Literal.Text)
		if first[key] == nil {
			first[key] = v.Literal
			continue
		}
		is := c.report("query/duplicate-value", Warning, v.Literal.At, "", "value `%s` is listed twice", c.text(v.Literal.At))
		is.Related = []Related{{Span: first[key].At, Message: "first here"}}
		// The value goes with the or before it: a duplicate is never the first of its list.
		if before := list.Items[i-1].Span().End; !strings.ContainsAny(c.q.Source[before:v.Literal.At.Start], "()") {
			is.Edits = []Edit{{Span: Span{Start: before, End: v.Literal.At.End}}}
		}
	}
}
