package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/schema"
)

// optionIssues reports that the mappings of --schema lack a field that the search needs without the query naming it: that
// of the event category unless all is "any", and in sequences those of the order (eql/LANGUAGE.md 3.3).
func optionIssues(f *queryFlags, q *eql.Query, fields eql.Fields) []eql.Issue {
	var out []eql.Issue
	lacks := func(name, option string, at eql.Span, what, hint string) {
		if _, presence := fields.Lookup(name); presence != eql.Absent {
			return
		}
		if near := fields.Suggest(name); len(near) > 0 {
			hint = fmt.Sprintf("did you mean %s %s?", option, near[0])
		}
		out = append(out, eql.Issue{Code: "query/unknown-field", Level: eql.Error, Phase: "verify", Span: at, Hint: hint,
			Message: fmt.Sprintf("unknown field %s, which %s", name, what)})
	}
	for _, filter := range eql.Filters(q) {
		if !filter.Category.Any {
			lacks(f.categoryField, "--category-field", filter.Category.Range, "holds the event category",
				`name another with --category-field, or write "any where"`)
			break
		}
	}
	sequence, ok := q.Body.(*eql.Sequence)
	if !ok {
		return out
	}
	if !mapsDynamically(fields, f.timestampField) { // else the events will show whether they have it
		lacks(f.timestampField, "--timestamp-field", sequence.Keyword, "orders the events of a sequence", "name another with --timestamp-field")
	}
	if f.tiebreakerField != "" {
		lacks(f.tiebreakerField, "--tiebreaker-field", sequence.Keyword, "orders the events of one timestamp", "name another with --tiebreaker-field")
	}
	return out
}

func mapsDynamically(fields eql.Fields, name string) bool {
	mapped, ok := fields.(mappedFields)
	return ok && slices.ContainsFunc(mapped.overlays, func(o *schema.Overlay) bool { return o.MapsDynamically(name) })
}

// fieldTypes are the types of the query's fields in the indexes that events have come from.
type fieldTypes map[string]typeIn

type typeIn struct{ name, family, index string }

// enter adds what the fields of the query are in one more index. A field that has two types is an error as in
// Elasticsearch (eql/LANGUAGE.md 3.2), however alike they are; only the types of one family count as one.
func (t fieldTypes) enter(q *eql.Query, fields eql.Fields, index string) error {
	var found error
	eql.Inspect(q, func(n eql.Node, enter bool) bool {
		field, ok := n.(*eql.Field)
		if !ok || !enter || found != nil {
			return true
		}
		info, presence := fields.Lookup(field.Name)
		if presence != eql.Present || info.Type == eql.TypeUnknown {
			return true
		}
		now := typeIn{typeText(info), familyOf(info), index}
		before, known := t[field.Name]
		if !known {
			t[field.Name] = now
		} else if before.family != now.family {
			found = &planError{issue: eql.Issue{Code: "query/type-conflict", Level: eql.Error, Phase: "verify", Span: field.Range,
				Message: fmt.Sprintf("field %s is ambiguous: it has type %s in index %q and %s in index %q", field.Name, before.name, before.index, now.name, index),
				Hint:    "search the indexes one by one, or give the field one type"}}
		}
		return true
	})
	return found
}

func typeText(info eql.FieldInfo) string {
	if info.Name != "" {
		return info.Name
	}
	return info.Type.String()
}

// familyOf is the type under which Elasticsearch's field capabilities report a field.
func familyOf(info eql.FieldInfo) string {
	switch info.Type {
	case eql.TypeKeyword, eql.TypeConstantKeyword, eql.TypeWildcard:
		return "keyword"
	case eql.TypeText, eql.TypeMatchOnlyText:
		return "text"
	case eql.TypeRange, eql.TypeUnsupported: // of which there are several
		return strings.ToLower(typeText(info))
	}
	return info.Type.String()
}
