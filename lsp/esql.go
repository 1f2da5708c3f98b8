package lsp

import (
	"strings"
)

var esqlLanguage = &language{
	name:        "esql",
	keywords:    strings.Fields("and or not like rlike in is null true false by as on with asc desc nulls first last metadata"),
	starts:      []string{"from ", "row ", "ts "},
	pipes:       strings.Fields("where eval stats keep drop rename sort limit dissect grok mv_expand enrich lookup_join inline_stats fork"),
	lineComment: "//",
	foldCase:    true,
}

// columns offers the columns that are in scope where the cursor is.
func (c *completer) columns(q *queryText, p queryPlace, prefix string, put func(completionItem, string)) {
	view := c.doc.view()
	if view == nil {
		return
	}
	for _, name := range view.Names(prefix) {
		put(completionItem{Label: name, Kind: kindField, Detail: fieldDetail(view, name)}, q.spell(name))
	}
}
