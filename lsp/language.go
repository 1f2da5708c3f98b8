package lsp

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/rulevet/rulevet/internal/eqlfunc"
)

// function is a function of a query language.
type function struct {
	name       string
	parameters []string
	result     string
	doc        string
}

// label writes the signature and returns the labels of its parameters.
func (f *function) label() string {
	s := f.name + "(" + strings.Join(f.parameters, ", ") + ")"
	if f.result != "" {
		s += " -> " + f.result
	}
	return s
}

// language is what the server knows of a query language beyond what its package checks.
type language struct {
	name      string
	keywords  []string // lower case
	functions func() []function
	// starts are words that a query or one of its pipes may begin with.
	starts, pipes []string
	lineComment   string // what starts a comment up to the end of the line; "" if there is none
	foldCase      bool   // keywords and functions may be written in upper case
}

// languageOf returns the language of the query of a rule.
func languageOf(ruleType, lang string) *language {
	if lang == "" {
		switch lang = ruleType; ruleType {
		case "eql", "esql":
		default:
			lang = "kuery"
		}
	}
	for _, l := range []*language{eqlLanguage, kueryLanguage, luceneLanguage, esqlLanguage} {
		if l.name == lang {
			return l
		}
	}
	return kueryLanguage
}

var eqlLanguage = &language{
	name:        "eql",
	keywords:    strings.Fields("and any by false head in in~ join like like~ maxspan not null or regex regex~ runs sample sequence tail true until where with"),
	starts:      []string{"any where ", "sequence by ", "sequence with maxspan=", "sample by "},
	pipes:       []string{"head ", "tail "},
	functions:   sync.OnceValue(eqlFunctions),
	lineComment: "//",
}

// eqlFunctions describes the functions that EQL evaluates.
func eqlFunctions() []function {
	names := map[string][]string{
		"add": {"x", "y"}, "between": {"source", "left", "right", "greedy"}, "cidrMatch": {"address", "block"}, "concat": {"value"},
		"divide": {"x", "y"}, "endsWith": {"source", "end"}, "indexOf": {"source", "text", "start"}, "length": {"text"},
		"modulo": {"x", "y"}, "multiply": {"x", "y"}, "number": {"text", "base"}, "startsWith": {"source", "start"}, "string": {"value"},
		"stringContains": {"source", "text"}, "substring": {"source", "start", "end"}, "subtract": {"x", "y"},
	}
	var out []function
	for _, f := range eqlfunc.Funcs() {
		params := slices.Clone(names[f.Name])
		for i := range params {
			if i >= f.Min {
				params[i] += "?"
			}
		}
		if f.Max < 0 {
			params[len(params)-1] += ", …"
		}
		out = append(out, function{name: f.Name, parameters: params, result: resultName(f.Result)})
	}
	return out
}

func resultName(k eqlfunc.Kind) string {
	switch k {
	case eqlfunc.Bool:
		return "boolean"
	case eqlfunc.String:
		return "string"
	}
	return "number"
}

var kueryLanguage = &language{name: "kuery", keywords: []string{"and", "or", "not"}, foldCase: true}

var luceneLanguage = &language{name: "lucene", keywords: []string{"AND", "OR", "NOT", "TO"}}

// known are the functions of the language.
func (l *language) known() []function {
	if l.functions == nil {
		return nil
	}
	return l.functions()
}

// function finds a function by name.
func (l *language) function(name string) (*function, bool) {
	list := l.known()
	for i := range list {
		f := &list[i]
		if f.name == name || strings.EqualFold(f.name, strings.TrimSuffix(name, "~")) {
			return f, true
		}
	}
	return nil, false
}

func (l *language) keyword(word string) bool {
	if slices.Contains(l.keywords, word) {
		return true
	}
	return l.foldCase && slices.Contains(l.keywords, strings.ToLower(word))
}

// tokenKind is what a piece of a query is.
type tokenKind uint8

const (
	wordToken tokenKind = iota + 1
	stringToken
	numberToken
	operatorToken
	commentToken
)

// token is a piece of a query. Blanks are none.
type token struct {
	kind       tokenKind
	start, end int
	open       bool // a string without its closing quote
}

func (t token) text(query string) string { return query[t.start:t.end] }

// tokens splits a query, whatever is wrong with it. It knows the quotes, comments and names of all four languages.
func (l *language) tokens(query string) []token {
	var out []token
	for at := 0; at < len(query); {
		t := l.token(query, at)
		at = t.end
		if t.kind != 0 {
			out = append(out, t)
		}
	}
	return out
}

// token reads one piece; kind 0 is a blank.
func (l *language) token(query string, at int) token {
	c := query[at]
	rest := query[at:]
	switch {
	case c == ' ' || c == '\t' || c == '\r' || c == '\n':
		return token{end: at + 1}
	case l.lineComment != "" && strings.HasPrefix(rest, l.lineComment):
		end := strings.IndexByte(rest, '\n')
		if end < 0 {
			end = len(rest)
		}
		return token{kind: commentToken, start: at, end: at + end}
	case l.lineComment != "" && strings.HasPrefix(rest, "/*"):
		end := strings.Index(rest[2:], "*/")
		if end < 0 {
			return token{kind: commentToken, start: at, end: len(query)}
		}
		return token{kind: commentToken, start: at, end: at + end + 4}
	case strings.HasPrefix(rest, `"""`) && l.lineComment != "":
		end := strings.Index(rest[3:], `"""`)
		if end < 0 {
			return token{kind: stringToken, start: at, end: len(query), open: true}
		}
		return token{kind: stringToken, start: at, end: at + end + 6}
	case c == '"' || c == '`':
		return quoted(query, at, c)
	case c >= '0' && c <= '9':
		end := at
		for end < len(query) && (wordByte(query[end]) || query[end] == ':' && l != eqlLanguage && l != esqlLanguage) {
			end++
		}
		return token{kind: numberToken, start: at, end: end}
	case nameByte(c) || l == kueryLanguage && c == '*':
		end := at
		for end < len(query) && (nameByte(query[end]) || query[end] == '-' || query[end] == '*' && l != eqlLanguage && l != esqlLanguage) {
			end++
		}
		if end < len(query) && query[end] == '~' && l == eqlLanguage {
			end++
		}
		return token{kind: wordToken, start: at, end: end}
	}
	end := at + 1
	for end < len(query) && strings.ContainsRune("=!<>:|", rune(c)) && query[end] == '=' {
		end++
	}
	return token{kind: operatorToken, start: at, end: end}
}

// nameByte is a byte of a field's name. "?" marks an optional field of EQL and a parameter of ES|QL; a byte of a character
// beyond ASCII belongs to a word.
func nameByte(c byte) bool {
	return wordByte(c) && c != '-' || c == '@' || c == '?' || c >= 0x80
}

func quoted(query string, at int, quote byte) token {
	t := token{kind: stringToken, start: at}
	if quote == '`' {
		t.kind = wordToken
	}
	for t.end = at + 1; t.end < len(query); t.end++ {
		switch query[t.end] {
		case '\\':
			if quote == '"' {
				t.end++
			}
		case quote:
			t.end++
			return t
		case '\n':
			return unclosed(query, t)
		}
	}
	t.end = len(query)
	return unclosed(query, t)
}

// unclosed is a string up to the end of its line, and a name up to where it could end.
func unclosed(query string, t token) token {
	t.end, t.open = min(t.end, len(query)), true
	if t.kind == wordToken {
		for t.end = t.start + 1; t.end < len(query) && nameByte(query[t.end]); {
			t.end++
		}
	}
	return t
}

// describe says a function in Markdown.
func (f *function) describe(l *language) string {
	out := fmt.Sprintf("```%s\n%s\n```", l.name, f.label())
	if f.doc != "" {
		out += "\n\n" + f.doc
	}
	return out
}
