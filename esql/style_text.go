package esql

import (
	"strings"

	"github.com/rulevet/rulevet/internal/lucene"
)

// Texts that do not mean what they seem to: wildcards where they are ordinary characters, capitals that TO_LOWER takes away, regular
// expressions in the syntax of other languages.

// texts looks at the texts of all conditions.
func (c *checker) texts() {
	c.sources = map[*Attr]Expr{}
	for n, a := range c.info.Defs {
		if f, ok := n.(*Field); ok {
			c.sources[a] = f.X
		}
	}
	for _, cmd := range c.q.Commands {
		for n := range Preorder(cmd) {
			switch x := n.(type) {
			case *Binary:
				if x.Op == Equal || x.Op == NotEqual {
					c.equalText(x.X, x.Y, x.Op.String())
					c.equalText(x.Y, x.X, x.Op.String())
				}
			case *In:
				for _, item := range x.List {
					c.equalText(x.X, item, "IN")
				}
				c.listedTwice(x.List)
			case *Like:
				c.likeTexts(x)
				c.listedTwice(x.Patterns)
			case *Call:
				c.partText(x)
			}
		}
	}
}

// textOf is the literal that an expression is, if it is a text.
func textOf(x Expr) *Literal {
	if l, ok := Unparen(x).(*Literal); ok && l.Kind == KeywordLiteral {
		return l
	}
	return nil
}

// equalText looks at a text that a value is compared with as a whole.
func (c *checker) equalText(x, y Expr, op string) {
	l := textOf(y)
	if l == nil || textOf(x) != nil || c.info.Casts[y] != TypeUnknown {
		return // what is converted to a date or an address is no text
	}
	if t := c.info.Types[Unparen(x)]; t != TypeKeyword && t != TypeText {
		return
	}
	wild := strings.Contains(l.Str, "*") || strings.Contains(l.Str, "?") && !strings.Contains(l.Str, "://")
	if wild && !c.comparesPatterns(x) {
		hint := "write LIKE for a pattern"
		if l.Str == "*" {
			hint = "write IS NOT NULL"
		}
		c.warn("query/wildcard-in-equality", Warning, l.Range, hint, "`%s` compares exactly: the wildcard in %s is an ordinary character", op, c.quote(l))
	}
	c.foldedText(x, l, l.Str)
}

// comparesPatterns reports a value that holds patterns itself, as the query makes it: there a wildcard is meant as a character.
func (c *checker) comparesPatterns(x Expr) bool {
	for n := range Preorder(c.madeOf(x)) {
		if l, ok := n.(*Literal); ok && l.Kind == KeywordLiteral && strings.ContainsAny(l.Str, "*?") {
			return true
		}
	}
	return false
}

// madeOf follows columns to the expressions that the query makes them of.
func (c *checker) madeOf(x Expr) Expr {
	for range 100 { // names may lead to names
		a := c.attrOf(x)
		for a != nil && a.Renamed != nil {
			a = a.Renamed
		}
		made := c.sources[a]
		if a == nil || made == nil {
			break
		}
		x = made
	}
	return Unparen(x)
}

// foldedText reports a text with letters that TO_LOWER or TO_UPPER leaves none of. What of it counts is letters.
func (c *checker) foldedText(x Expr, l *Literal, letters string) {
	call, ok := c.madeOf(x).(*Call)
	if !ok {
		return
	}
	other, which, hint := letters, "", ""
	switch call.Name {
	case "to_lower":
		other, which, hint = strings.ToLower(letters), "capitals", "write it in lower case"
	case "to_upper":
		other, which, hint = strings.ToUpper(letters), "small letters", "write it in upper case"
	}
	if other != letters {
		c.warn("query/case-literal", Warning, l.Range, hint, "%s leaves no %s, and %s has some: nothing equals it", strings.ToUpper(call.Name), which, c.quote(l))
	}
}

// likeTexts looks at patterns.
func (c *checker) likeTexts(x *Like) {
	for _, p := range x.Patterns {
		l := textOf(p)
		if l == nil {
			continue
		}
		if x.Regex {
			c.regexText(x, l)
			continue
		}
		c.foldedText(x.X, l, l.Str)
		if !strings.ContainsAny(l.Str, `*?\`) && len(x.Patterns) == 1 {
			c.warn("query/like-no-wildcard", Note, l.Range, "write == or IN", "`LIKE` without a wildcard: %s", c.quote(l))
		}
	}
}

// regexText looks at a regular expression, which is one of Lucene.
func (c *checker) regexText(x *Like, l *Literal) {
	if c.invalid[l] {
		return
	}
	if !strings.ContainsAny(l.Str, `\[("<{`) { // classes and escapes have letters of their own
		c.foldedText(x.X, l, l.Str)
	}
	if what := lucene.Anchor(l.Str); what != "" {
		c.warn("query/regex-anchor", Warning, l.Range, "the expression always covers the whole value; write .* where anything may stand",
			"%s has no special meaning in a regular expression of Elasticsearch", what)
	}
	for _, p := range lucene.Operators(l.Str) {
		c.warn("query/regex-operator", Warning, l.Range, `write \\`+p.Text+" for the character", "%s in a regular expression %s", p.Text, lucene.OperatorMeaning(p.Text))
	}
}

// partText looks at a text that a part of a value is compared with.
func (c *checker) partText(x *Call) {
	code, ok := map[string]string{"starts_with": "query/prefix-wildcard", "ends_with": "query/needle-wildcard", "contains": "query/needle-wildcard"}[x.Name]
	if !ok || len(x.Args) != 2 {
		return
	}
	l := textOf(x.Args[1])
	if l == nil || textOf(x.Args[0]) != nil {
		return
	}
	if strings.Contains(l.Str, "*") && !c.comparesPatterns(x.Args[0]) {
		c.warn(code, Warning, l.Range, "write LIKE for a pattern", "the wildcard in %s is an ordinary character in %s", c.quote(l), strings.ToUpper(x.Name))
	}
	c.foldedText(x.Args[0], l, l.Str)
}

// listedTwice reports values that stand twice in a list.
func (c *checker) listedTwice(list []Expr) {
	first := map[string]Expr{}
	for i, item := range list {
		l, ok := Unparen(item).(*Literal)
		if !ok || l.Kind == ListLiteral {
			continue
		}
		key := FormatExpr(l)
		if first[key] == nil {
			first[key] = item
			continue
		}
		is := c.warn("query/duplicate-value", Warning, item.Span(), "", "value %s is listed twice", c.quote(item))
		is.Related = []Related{{Span: first[key].Span(), Message: "first here"}}
		// The value goes with the comma before it: a duplicate is never the first of its list.
		gap := Span{Start: list[i-1].Span().End, End: item.Span().Start}
		if between := c.q.Source[gap.Start:gap.End]; strings.TrimSpace(between) == "," {
			is.Edits = []Edit{{Span: Span{Start: gap.Start, End: item.Span().End}}}
		}
	}
}
