package lsp

import (
	"fmt"
	"strings"
	"sync"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/rule/compile"
)

var esqlLanguage = &language{
	name:        "esql",
	keywords:    strings.Fields("and or not like rlike in is null true false by as on with asc desc nulls first last metadata"),
	starts:      []string{"from ", "row ", "ts "},
	pipes:       strings.Fields("where eval stats keep drop rename sort limit dissect grok mv_expand enrich lookup_join inline_stats fork"),
	functions:   sync.OnceValue(esqlFunctions),
	lineComment: "//",
	foldCase:    true,
}

// esqlFunctions describes the functions of ES|QL.
func esqlFunctions() []function {
	var out []function
	for _, name := range esql.FuncNames() {
		f := esql.LookupFunc(name)
		var params []string
		for _, a := range f.Args {
			p := a.Name
			if a.Optional {
				p += "?"
			}
			if a.Variadic {
				p += ", …"
			}
			params = append(params, p)
		}
		result := ""
		if t := f.Result(); t != esql.TypeUnknown {
			result = t.String()
		}
		out = append(out, function{name: name, parameters: params, result: result})
	}
	return out
}

// made says what a column is that the query makes at an offset, or reads there; "" if it is none, or a field of the index.
func (d *document) made(q *queryText, offset int) string {
	view := d.view()
	if q.language != esqlLanguage || view == nil {
		return ""
	}
	parsed, _ := esql.Parse(q.value)
	info, _ := esql.Check(parsed, &esql.Schema{Fields: compile.CatalogFields(view)})
	var attr *esql.Attr
	for column, a := range info.Refs {
		if column.Range.Start == offset {
			attr = a
		}
	}
	for _, a := range info.Defs {
		if a.Span.Start == offset {
			attr = a
		}
	}
	switch {
	case attr == nil || attr.Field != "":
		return ""
	case attr.Type == esql.TypeUnknown:
		return fmt.Sprintf("**%s**: a column that the query makes", attr.Name)
	}
	return fmt.Sprintf("**%s**: `%s`, a column that the query makes", attr.Name, attr.Type)
}

// columns offers the columns that are in scope where the cursor is: those that the commands in front make, and the fields of the
// index unless a command has left only columns.
func (c *completer) columns(q *queryText, p queryPlace, prefix string, put func(completionItem, string)) {
	view := c.doc.view()
	pipe := lastPipe(q, p)
	if view == nil || pipe < 0 {
		return
	}
	parsed, _ := esql.Parse(q.value[:pipe])
	info, _ := esql.Check(parsed, &esql.Schema{Fields: compile.CatalogFields(view)})
	made := map[string]bool{}
	for _, a := range info.Columns {
		if !strings.HasPrefix(strings.ToLower(a.Name), strings.ToLower(prefix)) {
			continue
		}
		made[a.Name] = true
		detail := fieldDetail(view, a.Field)
		if detail == "" && a.Type != esql.TypeUnknown {
			detail = a.Type.String()
		}
		put(completionItem{Label: a.Name, Kind: kindField, Detail: detail}, esql.QuoteName(a.Name))
	}
	if !info.Open {
		return
	}
	for _, name := range view.Names(prefix) {
		if !made[name] {
			put(completionItem{Label: name, Kind: kindField, Detail: fieldDetail(view, name)}, esql.QuoteName(name))
		}
	}
}

// lastPipe is the offset of the pipe that begins the command at the cursor, -1 in the first command.
func lastPipe(q *queryText, p queryPlace) int {
	for i := len(p.before) - 1; i >= 0; i-- {
		if t := p.before[i]; t.text(q.value) == "|" {
			return t.start
		}
	}
	return -1
}
