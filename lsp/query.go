package lsp

import (
	"slices"
	"strings"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/schema"
)

// queryText is the query of a rule with the way back to the file.
type queryText struct {
	*language
	value  string
	file   func(start, end int) rule.Span
	cursor func(offset int) (int, bool)
}

// queryText returns the query of the document; of a file that does not parse, the text between the quotes as it stands.
func (d *document) queryText() *queryText {
	o := d.outline()
	q := &queryText{language: languageOf(o.valueOf("rule", "type"), o.valueOf("rule", "language"))}
	if c := d.checked(); c.file != nil && c.file.Query != nil && !c.file.Truncated {
		t := c.file.Query
		q.value, q.file, q.cursor = t.Value, t.FileSpan, t.ValueOffset
		return q
	}
	for i := range o.entries {
		e := &o.entries[i]
		if !isQuery(e) || len(e.literals) == 0 {
			continue
		}
		l := e.literals[0]
		q.value = o.text(&l)
		q.file = func(start, end int) rule.Span {
			return rule.Span{Start: l.contentStart + start, End: l.contentStart + end}
		}
		q.cursor = func(offset int) (int, bool) {
			return offset - l.contentStart, offset >= l.contentStart && offset <= l.contentEnd
		}
		return q
	}
	return nil
}

// view is what the catalog knows of the fields that the rule sees; nil outside of rules.
func (d *document) view() *schema.View {
	c := d.checked()
	if c.repo == nil {
		return nil
	}
	o := d.outline()
	indexes, packages := o.list("rule", "index"), o.list("metadata", "integration")
	if q := d.queryText(); q != nil && q.language == esqlLanguage {
		parsed, _ := esql.Parse(q.value)
		indexes = parsed.Indexes()
	}
	return c.repo.view(indexes, packages)
}

// list are the texts of an array of strings.
func (o *outline) list(table, key string) []string {
	var out []string
	for i := range o.entries {
		if e := &o.entries[i]; e.table == table && e.key == key {
			for j := range e.literals {
				out = append(out, o.text(&e.literals[j]))
			}
		}
	}
	return out
}

// queryPlace is what stands around a cursor in a query.
type queryPlace struct {
	tokens []token
	before []token // those that end at or before the start of what is being typed
	typing token   // the word or string that ends at or holds the cursor; kind 0 if none
	cursor int
}

func (q *queryText) place(cursor int) queryPlace {
	p := queryPlace{tokens: q.tokens(q.value), cursor: cursor}
	for i, t := range p.tokens {
		inside := t.start < cursor && cursor <= t.end && (t.kind == wordToken || t.kind == numberToken)
		inString := t.kind == stringToken && t.start < cursor && (cursor < t.end || t.open)
		inComment := t.kind == commentToken && t.start < cursor && cursor <= t.end
		if inside || inString || inComment {
			p.typing, p.before = t, p.tokens[:i]
			return p
		}
		if t.start >= cursor {
			p.before = p.tokens[:i]
			return p
		}
	}
	p.before = p.tokens
	return p
}

// last is the text of the n-th token before the cursor, from 1, in lower case.
func (q *queryText) last(p queryPlace, n int) string {
	if n > len(p.before) {
		return ""
	}
	return strings.ToLower(p.before[len(p.before)-n].text(q.value))
}

// comparing returns the field whose value is being typed: behind ":", "==", "in (…", "like" and the like.
func (q *queryText) comparing(p queryPlace) string {
	i := len(p.before) - 1
	depth := 0
	for ; i >= 0; i-- { // over the members of a list that stand before
		text := p.before[i].text(q.value)
		k := p.before[i].kind
		if k == stringToken || k == numberToken || text == "," || text == "or" && q.language != eqlLanguage {
			continue
		}
		if text == "(" && depth == 0 {
			depth++
			continue
		}
		break
	}
	if i < 1 {
		return ""
	}
	op := strings.TrimSuffix(strings.ToLower(p.before[i].text(q.value)), "~")
	if !slices.Contains([]string{":", "==", "!=", "=", "in", "like", "rlike", "regex"}, op) {
		return ""
	}
	if i--; strings.EqualFold(p.before[i].text(q.value), "not") && i > 0 {
		i--
	}
	if p.before[i].kind != wordToken {
		return ""
	}
	return strings.Trim(strings.TrimPrefix(p.before[i].text(q.value), "?"), "`")
}

// query offers what fits in a query: values known to ECS behind an operator, else fields, functions and keywords.
func (c *completer) query(at place) {
	q := c.doc.queryText()
	if q == nil {
		return
	}
	cursor, ok := q.cursor(c.offset)
	if !ok {
		return
	}
	p := q.place(cursor)
	if p.typing.kind == commentToken {
		return
	}
	start, end, prefix := cursor, cursor, ""
	if p.typing.kind != 0 {
		start, prefix = p.typing.start, q.value[p.typing.start:cursor]
		if !p.typing.open && p.typing.kind != stringToken {
			end = p.typing.end // the rest of the word goes too
		}
	}
	prefix = strings.TrimLeft(prefix, "?`")
	put := func(item completionItem, text string) {
		if t, ok := escaped(c.doc, at.literal, text); ok {
			span := q.file(start, end)
			c.add(item, span.Start, span.End, t)
		}
	}
	if field := q.comparing(p); field != "" || p.typing.kind == stringToken {
		q.offerValues(field, p.typing, put)
		if p.typing.kind == stringToken || len(schema.ECSValues(field)) > 0 {
			return
		}
	}
	q.offerStarts(p, put)
	if q.language == esqlLanguage {
		c.columns(q, p, prefix, put)
	} else if view := c.doc.view(); view != nil {
		for _, name := range view.Names(prefix) {
			put(completionItem{Label: name, Kind: kindField, Detail: fieldDetail(view, name)}, q.spell(name))
		}
	}
	for _, f := range q.known() {
		if !strings.HasPrefix(strings.ToLower(f.name), strings.ToLower(prefix)) {
			continue
		}
		put(completionItem{Label: f.name, Kind: kindFunction, Detail: f.label(), Documentation: doc(f.doc)}, f.name+"(")
	}
	for _, k := range q.keywords {
		if strings.HasPrefix(k, strings.ToLower(prefix)) {
			put(completionItem{Label: k, Kind: kindKeyword}, k)
		}
	}
}

// offerValues offers the values that ECS allows for a field.
func (q *queryText) offerValues(field string, typing token, put func(completionItem, string)) {
	for _, v := range schema.ECSValues(field) {
		text := `"` + v + `"`
		if typing.kind == stringToken && !typing.open {
			text = `"` + v // the closing quote is there
		}
		put(completionItem{Label: v, Kind: kindValue, Detail: field, FilterText: text}, text)
	}
}

// offerStarts offers how a query, a filter in brackets or a pipe begins.
func (q *queryText) offerStarts(p queryPlace, put func(completionItem, string)) {
	switch last := q.last(p, 1); {
	case len(p.before) == 0:
		for _, s := range q.starts {
			put(completionItem{Label: strings.TrimSpace(s), Kind: kindKeyword}, s)
		}
	case last == "|":
		for _, s := range q.pipes {
			put(completionItem{Label: strings.TrimSpace(s), Kind: kindKeyword}, s)
		}
		return
	case last != "[":
		return
	}
	if q.language == eqlLanguage {
		for _, v := range schema.ECSValues("event.category") {
			put(completionItem{Label: v + " where", Kind: kindEvent}, v+" where ")
		}
	}
}

// spell writes a field's name as the language needs it.
func (q *queryText) spell(name string) string {
	switch q.language {
	case esqlLanguage:
		return esql.QuoteName(name)
	case eqlLanguage:
	default:
		return name
	}
	for part := range strings.SplitSeq(strings.TrimPrefix(name, "@"), ".") {
		if part == "" || strings.IndexFunc(part, func(r rune) bool { return r > 0x7f || !wordByte(byte(r)) || r == '-' }) >= 0 || part[0] >= '0' && part[0] <= '9' {
			return "`" + name + "`"
		}
	}
	return name
}

// escaped writes a text for the inside of a TOML string; ok is false if its form cannot hold it.
func escaped(d *document, l *literal, text string) (string, bool) {
	switch {
	case l == nil || l.multi && !strings.Contains(text, `"""`) && !strings.Contains(text, "'''"):
		return text, true
	case l.raw:
		return text, !strings.Contains(text, "'")
	}
	quoted := rule.QuoteTOML(text)
	return quoted[1 : len(quoted)-1], true
}

// fieldDetail says the types of a field.
func fieldDetail(view *schema.View, name string) string {
	var types []string
	for _, t := range view.Describe(name).Types {
		types = append(types, t.Type)
	}
	return strings.Join(types, ", ")
}
