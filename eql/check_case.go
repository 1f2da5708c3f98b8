package eql

import (
	"strings"
	"unicode"
)

// caseUse is what a filter says about one field with regard to case.
type caseUse struct {
	exact, folded map[string]*Literal // texts in lower case
	reported      bool
}

// literals looks at the texts that a field is compared with; exact tells whether upper and lower case differ.
func (l *filterLogic) literals(x Expr, exact bool, list ...Expr) {
	f, ok := Unparen(x).(*Field)
	if !ok {
		return
	}
	lower := isLowerCaseField(f.Name)
	for _, e := range list {
		lit, ok := Unparen(e).(*Literal)
		if !ok || lit.Kind != StringLiteral {
			continue
		}
		if exact && lower && lit.Str != strings.ToLower(lit.Str) {
			l.report("case-literal", Warning, "", lit.Range, "write it in lower case, or use : or in~", "%s holds text in lower case, and %s is compared with its case",
				f.Name, l.text(lit))
			continue
		}
		l.mixedCase(f, lit, exact)
	}
}

// mixedCase reports a text that a filter compares with one field both with its case and without.
func (l *filterLogic) mixedCase(f *Field, lit *Literal, exact bool) {
	if strings.IndexFunc(lit.Str, unicode.IsLetter) < 0 {
		return
	}
	u := l.cases[f.Name]
	if u == nil {
		u = &caseUse{exact: map[string]*Literal{}, folded: map[string]*Literal{}}
		l.cases[f.Name] = u
	}
	mine, other := u.folded, u.exact
	if exact {
		mine, other = other, mine
	}
	key := strings.ToLower(lit.Str)
	if first := other[key]; first != nil && !u.reported {
		u.reported = true
		l.add(Issue{ID: "case-literal", Level: Style, Span: lit.Range, Message: "text " + l.text(lit) + " is compared with " + f.Name + " both with its case and without",
			Hint: "use one of == and : for both", Related: []Related{{first.Range, "the other place"}}})
	}
	mine[key] = lit
}

// isLowerCaseField tells whether the values of a field are in lower case by definition: the categorization fields and
// names of data sets, the operating system by ECS's list of values, protocol names, and hashes as all agents print them.
func isLowerCaseField(name string) bool {
	switch name {
	case "event.kind", "event.category", "event.type", "event.outcome", "event.module", "event.dataset",
		"host.os.type", "observer.os.type", "user_agent.os.type",
		"data_stream.type", "data_stream.dataset", "data_stream.namespace",
		"network.transport", "network.type", "network.protocol":
		return true
	}
	_, algorithm, ok := strings.Cut(name, ".hash.")
	switch algorithm {
	case "md5", "sha1", "sha256", "sha384", "sha512":
		return ok
	}
	return false
}
