package eql

import (
	"strings"
	"unicode"

	"github.com/rulevet/rulevet/mapping"
)

// textUse is a condition that compares a field with texts.
type textUse struct {
	cond  Expr // *Match, *In, *Binary or *Call
	exact bool // upper and lower case differ
}

// texts remembers a condition on x, and looks at its texts where the field holds lower case only.
func (l *filterLogic) texts(cond, x Expr, exact bool) {
	f, ok := Unparen(x).(*Field)
	if !ok {
		return
	}
	l.uses[f.Name] = append(l.uses[f.Name], textUse{cond, exact})
	if !exact || !mapping.LowerCase(f.Name) {
		return
	}
	eachText(cond, func(lit *Literal) {
		if lit.Str != strings.ToLower(lit.Str) {
			l.report("query/case-literal", Warning, "", lit.Range, "write it in lower case, or use : or in~", "%s holds text in lower case, and %s is compared with its case",
				f.Name, l.text(lit))
		}
	})
}

// eachText calls f for the texts of a condition.
func eachText(cond Expr, f func(*Literal)) {
	text := func(e Expr) {
		if lit, ok := Unparen(e).(*Literal); ok && lit.Kind == StringLiteral {
			f(lit)
		}
	}
	switch e := cond.(type) {
	case *Match:
		for _, lit := range e.List {
			text(lit)
		}
	case *In:
		for _, item := range e.List {
			text(item)
		}
	case *Binary:
		text(e.X)
		text(e.Y)
	case *Call:
		text(e.Args[1])
	}
}

// mixedCases reports a text that a filter compares with one field both with its case and without.
func (l *filterLogic) mixedCases() {
	for name, uses := range l.uses {
		exact, folded := 0, 0
		for _, u := range uses {
			if u.exact {
				exact++
			} else {
				folded++
			}
		}
		if exact > 0 && folded > 0 && !mapping.LowerCase(name) {
			l.mixedCase(name, uses)
		}
	}
}

func (l *filterLogic) mixedCase(name string, uses []textUse) {
	type key struct {
		text  string
		exact bool
	}
	seen := map[key]*Literal{}
	reported := false
	for _, u := range uses {
		eachText(u.cond, func(lit *Literal) {
			if strings.IndexFunc(lit.Str, unicode.IsLetter) < 0 {
				return
			}
			text := strings.ToLower(lit.Str)
			seen[key{text, u.exact}] = lit
			if first := seen[key{text, !u.exact}]; first != nil && !reported {
				reported = true
				l.add(Issue{Code: "query/case-literal", Level: Style, Span: lit.Range, Hint: "use one of == and : for both",
					Message: "text " + l.text(lit) + " is compared with " + name + " both with its case and without",
					Related: []Related{{Span: first.Range, Message: "the other place"}}})
			}
		})
	}
}
