package kql

import "strings"

// style looks at the text of the query.
func (c *checker) style() {
	c.upperCase()
	Walk(c.q.Root, func(n Node) {
		switch n := n.(type) {
		case *Value:
			c.lostBackslash(n.Literal)
		case *Text:
			if n.Literal != nil {
				c.lostBackslash(n.Literal)
			}
		}
	})
}

// upperCase tells once that keywords are in upper case, which is legal.
func (c *checker) upperCase() {
	var edits []Edit
	for _, k := range c.keywords() {
		if word := c.q.Source[k.Start:k.End]; word != strings.ToLower(word) {
			edits = append(edits, Edit{Span: k, New: strings.ToLower(word)})
		}
	}
	if len(edits) == 0 {
		return
	}
	is := c.report("query/kql-keyword-case", Info, edits[0].Span, "write and, or, not", "keywords of KQL are mostly written in lower case")
	is.Edits = edits
}

// keywords lists the operators of the query: what stands between the operands of a tree.
func (c *checker) keywords() []Span {
	var out []Span
	between := func(items []Node) {
		for i := 1; i < len(items); i++ {
			if at, ok := c.keyword(items[i-1].Span().End, items[i].Span().Start, "and", "or"); ok {
				out = append(out, at)
			}
		}
	}
	Walk(c.q.Root, func(n Node) {
		switch n := n.(type) {
		case *And:
			between(n.Items)
		case *Or:
			between(n.Items)
		case *Not:
			if at, ok := c.keyword(n.At.Start, n.Item.Span().Start, "not"); ok {
				out = append(out, at)
			}
		}
	})
	return out
}

// keyword finds a word in a part of the source that holds nothing else but blanks and brackets.
func (c *checker) keyword(from, to int, words ...string) (Span, bool) {
	if from > to || to > len(c.q.Source) {
		return Span{}, false
	}
	for i := from; i < to; i++ {
		for _, w := range words {
			if hasWord(c.q.Source[:to], i, w) {
				return Span{Start: i, End: i + len(w)}, true
			}
		}
	}
	return Span{}, false
}

// lostBackslash reports \t, \n and \r in a quoted text that has backslashes of its own: there they are hardly meant as white
// space.
func (c *checker) lostBackslash(v *Literal) {
	if v.Kind != Quoted {
		return
	}
	raw := c.q.Source[v.At.Start:v.At.End]
	lost, kept := -1, false
	for i := 1; i+1 < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		switch raw[i+1] {
		case 't', 'n', 'r':
			lost = i
		case '\\', '"':
		default:
			kept = true
		}
		i++
	}
	if kept && lost >= 0 {
		at := Span{Start: v.At.Start + lost, End: v.At.Start + lost + 2}
		is := c.report("query/kql-escape", Warning, at, `write \\ for a backslash`, "`%s` is white space here, not a backslash and a letter", c.text(at))
		is.Edits, is.Unsafe = []Edit{{Span: Span{Start: at.Start, End: at.Start}, New: `\`}}, true
	}
}

// words tells of a text of several words without quotes: it is one value.
func (c *checker) words(v *Literal) {
	if v.Kind == Plain && strings.ContainsAny(v.Text, " \t\r\n") && strings.ContainsAny(c.q.Source[v.At.Start:v.At.End], " \t\r\n") {
		c.report("query/kql-unquoted-words", Warning, v.At, "write it in quotes, or put and or or between the words", "several words without quotes are one value: `%s`", clip(v.Text))
	}
}

// free checks a value without a field.
func (c *checker) free(v *Literal) {
	switch {
	case v.Kind == Null && c.q.Flavor == Kuery:
		c.report("query/kql-null", Error, v.At, `for the word write "null"`, "null is no value to look for: the search fails")
	case v.Kind == Plain && strings.Contains(c.text(v.At), "="):
		c.report("query/kql-unquoted-words", Warning, v.At, "KQL compares with a colon: field : value", "`=` is no operator of KQL: this text is searched in all fields")
	default:
		c.words(v)
	}
}
