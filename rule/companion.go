package rule

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// CheckCompanion checks a file beside rules for what it is: its tables, keys and values (codes schema/*, metadata/date-format) and, of
// exception lists, what an entry of each type needs (exception/*). Findings are sorted by place. Of another kind of file
// there are none.
func (f *File) CheckCompanion() []Diagnostic {
	kind := f.Kind()
	if !kind.Companion() || f.Truncated {
		return nil
	}
	v := f.validate(kind, companionSchema()[kind])
	v.companionDates()
	if kind == ExceptionsKind {
		for _, list := range children(f.Root.Get("exceptions")) {
			v.exceptions(list)
		}
	}
	slices.SortStableFunc(v.diags, func(a, b Diagnostic) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	return v.diags
}

func children(n *Node) []*Node {
	if n == nil {
		return nil
	}
	return n.Children
}

// companionDates checks the dates of [metadata], which the schema leaves to a check of rules.
func (v *validator) companionDates() {
	for _, c := range children(v.f.Root.Get("metadata")) {
		if strings.HasSuffix(c.Key, "_date") && c.Kind == StringNode && !datePattern(c.Str) {
			v.add("metadata/date-format", c.Span, Diagnostic{Message: fmt.Sprintf("%s is %s, expected year/month/day as in `2026/11/24`", Quote(c.Key), Quote(c.Str))})
		}
	}
}

func datePattern(s string) bool {
	if len(s) != len("2026/11/24") {
		return false
	}
	for i, c := range []byte(s) {
		if slash := i == 4 || i == 7; slash && c != '/' || !slash && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// exceptions checks the entries of a list.
func (v *validator) exceptions(list *Node) {
	endpoint := textOf(list.Get("container"), "type") == "endpoint"
	for _, item := range children(list.Get("items")) {
		for _, entry := range children(item.Get("entries")) {
			v.exceptionEntry(entry, endpoint)
			for _, nested := range children(entry.Get("entries")) {
				v.exceptionEntry(nested, endpoint)
				if typ := nested.Get("type"); textOf(nested, "type") == "list" {
					v.add("exception/nested-list", typ.Span, Diagnostic{Message: "a nested entry is of type `list`, which only entries at the top may be",
						Hint: "give the values with `match_any`, or move the entry out of the nested one"})
				}
			}
		}
	}
}

// text is the string that a key of a table holds; empty without one. It may be called on nil.
func textOf(n *Node, key string) string {
	if c := n.Get(key); c != nil && c.Kind == StringNode {
		return c.Str
	}
	return ""
}

// exceptionEntry checks that an entry has the value its type needs, and no other.
func (v *validator) exceptionEntry(e *Node, endpoint bool) {
	typ, value := textOf(e, "type"), e.Get("value")
	bad := func(at *Node, format string, args ...any) {
		span := e.Span
		if at != nil {
			span = at.Span
		}
		v.add("exception/value", span, Diagnostic{Message: fmt.Sprintf(format, args...), Hint: entryNeeds[typ]})
	}
	switch typ {
	case "exists", "nested":
		if value != nil {
			bad(value, "an entry of type %s has a value", Quote(typ))
		}
	case "list":
		if value != nil {
			bad(value, "an entry of type %s has a value", Quote(typ))
		}
		if e.Get("list") == nil {
			bad(e.Get("type"), "an entry of type `list` has no table `list`")
		}
	case "match", "wildcard":
		if value == nil {
			bad(e.Get("type"), "an entry of type %s has no value", Quote(typ))
		} else if value.Kind != StringNode {
			bad(value, "the value of an entry of type %s is %s, expected a string", Quote(typ), value.Kind)
		}
	case "match_any":
		if value == nil {
			bad(e.Get("type"), "an entry of type `match_any` has no value")
		} else if value.Kind != ArrayNode || len(value.Children) == 0 {
			bad(value, "the value of an entry of type `match_any` is %s, expected a list of strings", emptyOr(value))
		}
	}
	if typ == "nested" && e.Get("entries") == nil {
		bad(e.Get("type"), "an entry of type `nested` has no `entries`")
	}
	if typ != "nested" && typ != "" && e.Get("entries") != nil {
		bad(e.Get("entries"), "an entry of type %s has `entries`, which only type `nested` has", Quote(typ))
	}
	if typ != "list" && typ != "" && e.Get("list") != nil {
		bad(e.Get("list"), "an entry of type %s has a table `list`, which only type `list` has", Quote(typ))
	}
	if op := e.Get("operator"); op == nil && typ != "nested" && typ != "" {
		v.add("schema/missing-key", e.Span, Diagnostic{Message: "`operator` is missing in an entry of type " + Quote(typ), Hint: "one of `included`, `excluded`"})
	} else if endpoint && textOf(e, "operator") == "excluded" {
		v.add("exception/endpoint-excluded", op.Span, Diagnostic{Message: "an endpoint exception has the operator `excluded`, expected `included`",
			Hint: "the endpoint knows no excluded entries; turn the condition round"})
	}
}

func emptyOr(n *Node) string {
	if n.Kind == ArrayNode {
		return "an empty list"
	}
	return n.Kind.String()
}

// entryNeeds says what an exception entry of each type consists of.
var entryNeeds = map[string]string{
	"exists":    "the field alone is tested: delete the value, or use `match`",
	"nested":    "it holds `entries`, each with a field below its own, and no value",
	"list":      "it names a value list: list = { id = \"…\", type = \"keyword\" }",
	"match":     "it compares with one string: value = \"…\"; several are `match_any`",
	"wildcard":  "it compares with one pattern: value = \"…\"",
	"match_any": "it compares with a list: value = [\"…\", \"…\"]",
}

// HuntQueries are the queries of a file of hunting queries, with the language that the file names: the one of all, or
// nothing where it names several. Others than hunting files have none.
func (f *File) HuntQueries() (queries []*Text, language string) {
	hunt := f.Root.Get("hunt")
	for _, q := range children(hunt.Get("query")) {
		if q.Kind == StringNode {
			queries = append(queries, q.Text())
		}
	}
	if names := children(hunt.Get("language")); len(names) == 1 {
		language = names[0].Str
	}
	return queries, language
}
