package lsp

import "context"

// tokenNames is the legend of semantic tokens; their numbers are the places in it.
var tokenNames = []string{"keyword", "function", "property", "string", "number", "operator", "comment"}

const (
	semKeyword = iota
	semFunction
	semProperty
	semString
	semNumber
	semOperator
	semComment
)

// semantic colours the query inside the TOML.
func semantic(_ context.Context, _ *server, d *document, _ *documentParams) (any, error) {
	out := semanticTokens{Data: []uint32{}}
	q := d.queryText()
	if q == nil || !d.isRule {
		return out, nil
	}
	last := position{}
	all := q.tokens(q.value)
	for i, t := range all {
		span := q.file(t.start, t.end)
		kind := q.classify(all, i)
		for start := span.Start; start < span.End; { // a token of several lines is one on each of them
			line := d.text.lineOf(start)
			end := span.End
			if line+1 < len(d.text.lines) {
				end = min(end, d.text.lines[line]+len(d.text.line(line)))
			}
			from, to := d.text.position(start), d.text.position(end)
			if to.Character > from.Character {
				column := from.Character
				if from.Line == last.Line {
					column -= last.Character
				}
				out.Data = append(out.Data, uint32(from.Line-last.Line), uint32(column), uint32(to.Character-from.Character), kind, 0)
				last = from
			}
			if line+1 >= len(d.text.lines) {
				break
			}
			start = d.text.lines[line+1]
		}
	}
	return out, nil
}

// classify tells what a token is to an editor.
func (q *queryText) classify(all []token, i int) uint32 {
	t := all[i]
	switch t.kind {
	case stringToken:
		return semString
	case numberToken:
		return semNumber
	case operatorToken:
		return semOperator
	case commentToken:
		return semComment
	}
	word := t.text(q.value)
	next := ""
	if i+1 < len(all) {
		next = all[i+1].text(q.value)
	}
	if _, ok := q.function(word); ok && next == "(" {
		return semFunction
	}
	switch {
	case q.keyword(word), q.language == eqlLanguage && next == "where":
		return semKeyword
	case q.language == kueryLanguage || q.language == luceneLanguage:
		if next != ":" && next != "<" && next != ">" && next != "<=" && next != ">=" {
			return semString // a bare value
		}
	}
	return semProperty
}
