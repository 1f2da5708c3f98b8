package eql

import (
	"strings"

	"github.com/rulevet/rulevet/internal/eqlfunc"
	"github.com/rulevet/rulevet/internal/lucene"
)

// maxCoverList bounds the lists in which covered patterns are looked for: the work is quadratic.
const maxCoverList = 2000

// patterns checks the patterns of : like like~ (LANGUAGE.md 4.5).
func (c *checker) patterns(m *Match) {
	wildcards := 0
	for _, lit := range m.List {
		if lit.Kind != StringLiteral {
			return
		}
		if strings.ContainsAny(lit.Str, "*?") {
			wildcards++
		}
		c.doubleBackslash(lit)
	}
	switch {
	case len(m.List) == 1 && m.List[0].Str == "*":
		c.existsByStar(m)
	case wildcards == 0 && m.Op != Colon && len(m.List) > 0:
		hint := "write == or in"
		if m.Op == LikeFold {
			hint = "write : for text in any case"
		}
		c.report("query/like-no-wildcard", Style, "", m.OpRange, hint, "`%s` without a wildcard: %s", m.Op, c.text(m))
	case wildcards > 0 && len(m.List) > 1 && len(m.List) <= maxCoverList:
		c.covered(m)
	}
}

func (c *checker) existsByStar(m *Match) {
	f, ok := Unparen(m.X).(*Field)
	if !ok {
		return
	}
	c.report("query/exists-by-star", Style, "", m.Range, "write "+clip(c.source(f))+" != null, or == null for the opposite",
		`%s "*" only asks whether %s has a value`, m.Op, c.text(f))
}

// covered finds patterns that another pattern of the list makes superfluous. A pattern without ? that matches the text
// of another one matches all that the other one matches: only a * can take in its * and ?.
func (c *checker) covered(m *Match) {
	fold := lucene.FoldASCII
	if m.Op == Like {
		fold = lucene.Sensitive
	}
	done := make([]bool, len(m.List))
	for i, wide := range m.List {
		if !strings.Contains(wide.Str, "*") || strings.Contains(wide.Str, "?") || done[i] {
			continue
		}
		w := lucene.NewWildcard(wide.Str, fold)
		for j, lit := range m.List {
			if i == j || done[j] || len(lit.Str) == len(wide.Str) && fold.Equal(lit.Str, wide.Str) || !w.Match(lit.Str) {
				continue
			}
			done[j] = true
			c.report("query/redundant-list", Style, "", lit.Range, "remove it", "pattern %s is covered by %s", c.text(lit), c.text(wide))
		}
	}
}

// doubleBackslash warns of \\ within a path in a raw string, where a backslash escapes nothing. A share begins with
// two, so they must follow a letter, a digit or a colon.
func (c *checker) doubleBackslash(lit *Literal) {
	if !lit.Raw {
		return
	}
	for i := 1; i+1 < len(lit.Str); i++ {
		before := lit.Str[i-1]
		if lit.Str[i] == '\\' && lit.Str[i+1] == '\\' && (before == ':' || '0' <= before && before <= '9' || 'a' <= before|0x20 && before|0x20 <= 'z') {
			c.report("query/raw-double-backslash", Warning, "", lit.Range, `write one \: a raw string has no escapes`, `%s holds two backslashes in a row`, c.text(lit))
			return
		}
	}
}

// rawValue looks for doubled backslashes in a constant of == != in.
func (c *checker) rawValue(e Expr) {
	if lit, ok := Unparen(e).(*Literal); ok && lit.Kind == StringLiteral {
		c.doubleBackslash(lit)
	}
}

// intDivision warns of a quotient of whole numbers that is compared: it is cut off (LANGUAGE.md 4.8).
func (c *checker) intDivision(x Expr, v eqlfunc.Value) {
	d, ok := Unparen(x).(*Binary)
	if !ok || d.Op != Div || !v.Numeric() || !c.in.Type(d.X).Integral() || !c.in.Type(d.Y).Integral() {
		return
	}
	if y, constant, _ := Fold(d.Y, c.in); constant && y.Bits == 0 {
		return // a division by zero
	}
	c.report("query/int-division", Warning, "", d.Range, "multiply instead, or divide by a number such as 1000.0", "%s divides whole numbers: the fraction is cut off", c.text(d))
}

// numberThrows warns of number(field): text that is no number ends the whole search with an error (LANGUAGE.md 5.3).
func (c *checker) numberThrows(e *Call) {
	if !strings.EqualFold(e.Name, "number") || len(e.Args) == 0 {
		return
	}
	f, ok := Unparen(e.Args[0]).(*Field)
	if ok && c.in.Type(f).StringFamily() && !c.guarded(f.Name, formGuard) {
		c.report("query/number-throws", Warning, "", e.Range, "add a condition such as "+c.text(f)+` regex "[0-9]+", which is evaluated first`,
			"the search fails at the first event in which %s is not a number", c.text(f))
	}
}

// guard tells how a query restricts a field elsewhere: by the form of its text, by its value.
type guard uint8

const (
	formGuard guard = 1 << iota
	valueGuard
)

// guarded tells whether the query restricts a field. Such a condition may stand in another branch: that is trusted.
func (c *checker) guarded(name string, kind guard) bool {
	if c.guards == nil {
		c.guards = map[string]guard{}
		for n := range Preorder(c.q) {
			if x, kind := guardOf(n); kind != 0 {
				if f, ok := Unparen(x).(*Field); ok {
					c.guards[f.Name] |= kind
				}
			}
		}
	}
	return c.guards[name]&kind != 0
}

func guardOf(n Node) (Expr, guard) {
	switch n := n.(type) {
	case *Match:
		if n.Op == Regex || n.Op == RegexFold {
			return n.X, formGuard
		}
	case *In:
		return n.X, valueGuard
	case *Binary:
		if lit, ok := Unparen(n.Y).(*Literal); ok && lit.Kind != NullLiteral && n.Op.precedence() == precComparison {
			return n.X, valueGuard
		}
	}
	return nil, 0
}
