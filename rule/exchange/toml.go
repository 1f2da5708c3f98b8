package exchange

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rulevet/rulevet/internal/tomlspan"
	"github.com/rulevet/rulevet/rule"
)

// The layout of the TOML that is written is that of the public rule repositories: scalars and lists sorted, the query
// behind them in three single quotes, arrays of tables before tables, long lists an item a line.

const (
	lineWidth = 120 // of wrapped text
	listWidth = 100 // of a list on one line
)

// tomlWriter writes one file.
type tomlWriter struct {
	strings.Builder
	// wrapped has the JSON pointers, below rule, of the strings that are laid out over lines, which changes their blanks.
	wrapped map[string]bool
}

// section writes a table with its header, below it its sub-tables. at is the pointer of the table, for wrapped strings.
func (w *tomlWriter) section(name []string, v *value, at string) {
	if len(name) < 2 || inline(name) || !onlyTables(v) {
		w.header("[", name, "]")
	}
	w.table(name, v, at)
}

// onlyTables reports a table that needs no header: those of its sub-tables tell.
func onlyTables(v *value) bool {
	for _, m := range v.members {
		if m.kind != rule.TableNode && !isTables(m) {
			return false
		}
	}
	return len(v.members) > 0
}

func (w *tomlWriter) header(open string, name []string, shut string) {
	if w.Len() > 0 && (len(name) <= 2 || name[0] == "metadata") {
		w.WriteByte('\n')
	}
	parts := make([]string, len(name))
	for i, n := range name {
		parts[i] = tomlspan.QuoteKey(n)
	}
	w.WriteString(open + strings.Join(parts, ".") + shut + "\n")
}

// table writes the entries of a table: plain ones, the queries, arrays of tables, tables.
func (w *tomlWriter) table(name []string, v *value, at string) {
	var last, arrays, tables []string
	for _, k := range v.keys() {
		m := v.members[k]
		switch {
		case m.kind == rule.TableNode && !inline(name):
			tables = append(tables, k)
		case isTables(m) && !inline(name):
			arrays = append(arrays, k)
		case isQuery(k) && m.kind == rule.StringNode && len(name) == 1:
			last = append(last, k)
		default:
			w.entry(k, m, at+"/"+pointerPart(k))
		}
	}
	for _, k := range last {
		w.WriteString("\n" + tomlspan.QuoteKey(k) + " = ")
		w.query(v.members[k].text)
		w.WriteByte('\n')
	}
	for _, k := range arrays {
		for i, e := range v.members[k].list {
			sub := append(slices.Clone(name), k)
			w.header("[[", sub, "]]")
			w.table(sub, e, fmt.Sprintf("%s/%s/%d", at, pointerPart(k), i))
		}
	}
	for _, k := range tables {
		w.section(append(slices.Clone(name), k), v.members[k], at+"/"+pointerPart(k))
	}
}

// inline tells the tables whose own tables are written on one line: what is kept of Kibana's keys.
func inline(name []string) bool { return len(name) >= 4 && name[0] == "metadata" }

func isQuery(key string) bool { return key == "query" || key == "threat_query" }

// isTables reports a list of objects that can be written as an array of tables.
func isTables(v *value) bool {
	return v.kind == rule.ArrayNode && len(v.list) > 0 &&
		!slices.ContainsFunc(v.list, func(e *value) bool { return e.kind != rule.TableNode })
}

func (w *tomlWriter) entry(key string, v *value, at string) {
	w.WriteString(tomlspan.QuoteKey(key) + " = ")
	switch {
	case v.kind == rule.StringNode:
		w.text(key, v.text, w.wrapped[at])
	case v.kind == rule.ArrayNode:
		w.array(v, at)
	default:
		w.WriteString(oneLine(v))
	}
	w.WriteByte('\n')
}

func (w *tomlWriter) text(key, s string, wrap bool) {
	switch {
	case wrap:
		w.WriteString("\"\"\"\n" + tomlspan.EscapeBlock(wrapText(s, lineWidth)) + "\n\"\"\"")
	case key == "note" || key == "setup":
		open := `"""`
		if strings.HasPrefix(s, "\n") {
			open += "\n"
		}
		w.WriteString(open + tomlspan.EscapeBlock(s) + `"""`)
	case strings.Contains(s, "\n"):
		w.WriteString("\"\"\"\n" + tomlspan.EscapeBlock(s) + `"""`)
	default:
		w.WriteString(tomlspan.QuoteString(s))
	}
}

// query writes a query in three single quotes if it can stand there as it is.
func (w *tomlWriter) query(s string) {
	if block, ok := tomlspan.QuoteLiteralBlock(s); ok {
		w.WriteString(block)
		return
	}
	w.WriteString("\"\"\"\n" + tomlspan.EscapeBlock(s) + `"""`)
}

// array writes a list on one line if it is short, else an item a line.
func (w *tomlWriter) array(v *value, at string) {
	size, wrapped := 0, false
	items := make([]string, len(v.list))
	for i, e := range v.list {
		if w.wrapped[fmt.Sprintf("%s/%d", at, i)] {
			wrapped = true
			lines := strings.Split(tomlspan.EscapeBlock(wrapText(e.text, lineWidth)), "\n")
			items[i] = "\"\"\"\n    " + strings.Join(lines, "\n    ") + "\n    \"\"\""
			continue
		}
		items[i] = oneLine(e)
		size += utf8.RuneCountInString(items[i]) + 1
	}
	if size <= listWidth && !wrapped {
		w.WriteString(tomlspan.List(items))
		return
	}
	w.WriteString("[\n")
	for _, item := range items {
		w.WriteString("    " + item + ",\n")
	}
	w.WriteByte(']')
}

// oneLine writes any value without a line break.
func oneLine(v *value) string {
	switch v.kind {
	case rule.TableNode:
		if len(v.members) == 0 {
			return "{}"
		}
		var parts []string
		for _, k := range v.keys() {
			parts = append(parts, tomlspan.QuoteKey(k)+" = "+oneLine(v.members[k]))
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	case rule.ArrayNode:
		var parts []string
		for _, e := range v.list {
			parts = append(parts, oneLine(e))
		}
		return tomlspan.List(parts)
	case rule.StringNode:
		return tomlspan.QuoteString(v.text)
	case rule.BoolNode:
		return fmt.Sprint(v.truth)
	}
	return v.text
}

// wrappable reports whether a text can be laid out over lines and found again by joining them with single blanks.
func wrappable(s string, longest int) bool {
	return s != "" && (utf8.RuneCountInString(s) > longest || strings.Contains(s, `"`)) && strings.Contains(s, " ") && unwrap(s) == s
}

// unwrap is the text of a wrapped one.
func unwrap(s string) string { return strings.Join(strings.FieldsFunc(s, layout), " ") }

// layout are the characters that wrapping may add; others, as a no-break space, belong to the text.
func layout(r rune) bool { return r == ' ' || r == '\n' || r == '\t' || r == '\r' }

func wrapText(s string, width int) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Split(s, " ") {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+n > width:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}
