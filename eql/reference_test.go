package eql_test

import (
	"regexp"
	"strings"
)

// This file is a second reading of LANGUAGE.md 1, 2: a tokenizer made of one regular expression a token, and a
// recognizer made of one function a production. It says only whether a text is EQL, and at which token it stops being.

// refToken is a token: its kind is the text of punctuation and keywords, or one of ident, quoted, tilde, int, decimal,
// string, old, bad.
type refToken struct {
	kind       string
	start, end int
}

const (
	refLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	refDigits  = "0123456789"
)

var refTokens = []struct {
	kind    string
	first   string // the bytes that a token may begin with
	pattern *regexp.Regexp
}{
	{"", " \t\r\n", regexp.MustCompile(`^[ \t\r\n]+`)},
	{"", "/", regexp.MustCompile(`^//[^\r\n]*`)},
	{"", "/", regexp.MustCompile(`^/\*(?s:.*?)\*/`)}, // the texts of the tests have no nested comments
	{"word", refLetters, regexp.MustCompile(`^(?:and|any|by|false|in~?|join|like~?|maxspan|not|null|of|or|regex~?|sample|sequence|true|until|where|with)`)},
	{"ident", refLetters + "_@", regexp.MustCompile(`^[A-Za-z_@][A-Za-z0-9_]*`)},
	{"tilde", refLetters, regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*~`)},
	{"quoted", "`", regexp.MustCompile("^`(?:[^`]|``)*`")},
	{"string", `"`, regexp.MustCompile(`^"(?:[^\r\n"\\]|\\[btnfr"'\\]|\\u\{[0-9A-Fa-f]+\})*"`)},
	{"string", `"`, regexp.MustCompile(`^"""[^\r\n]*?""""?"?`)},
	{"old", `'?`, regexp.MustCompile(`^(?:'(?:[^\r\n'\\]|\\[btnfr"'\\])*'|\?"(?:\\"|[^"\r\n])*"|\?'(?:\\'|[^'\r\n])*')`)},
	{"decimal", refDigits + ".", regexp.MustCompile(`^(?:[0-9]+\.[0-9]*(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)`)},
	{"int", refDigits, regexp.MustCompile(`^[0-9]+`)},
	{"word", "!=<>:+*/%.,()|?[]-", regexp.MustCompile(`^(?:!\[|==|!=|<=|>=|[:=<>+*/%.,()|?\[\]-])`)},
}

// refTokenize cuts a text into tokens: the longest match counts, the first of equal ones.
func refTokenize(src string) []refToken {
	var out []refToken
	for pos := 0; pos < len(src); {
		best, kind := 0, "bad"
		for _, t := range refTokens {
			if !strings.ContainsRune(t.first, rune(src[pos])) {
				continue // the pattern would find nothing; asking it costs time
			}
			if n := len(t.pattern.FindString(src[pos:])); n > best {
				best, kind = n, t.kind
			}
		}
		if best == 0 {
			return append(out, refToken{"bad", pos, pos + 1})
		}
		if kind == "word" {
			kind = src[pos : pos+best]
		}
		if kind != "" {
			out = append(out, refToken{kind, pos, pos + best})
		}
		pos += best
	}
	return append(out, refToken{"end", len(src), len(src)})
}

type refParser struct {
	toks []refToken
	i    int
}

type refError struct{}

// recognize tells whether src is EQL by the grammar; if not, stop is the token at which it ceases to be.
func recognize(src string) (ok bool, stop refToken) {
	p := &refParser{toks: refTokenize(src)}
	defer func() {
		if e := recover(); e != nil {
			if _, mine := e.(refError); !mine {
				panic(e)
			}
			ok, stop = false, p.toks[p.i]
		}
	}()
	p.statement()
	return true, refToken{}
}

func (p *refParser) is(kinds ...string) bool {
	for _, k := range kinds {
		if p.toks[p.i].kind == k {
			return true
		}
	}
	return false
}

func (p *refParser) ahead(n int) string {
	if p.i+n < len(p.toks) {
		return p.toks[p.i+n].kind
	}
	return "end"
}

func (p *refParser) take(kinds ...string) bool {
	if p.is(kinds...) {
		p.i++
		return true
	}
	return false
}

func (p *refParser) need(kinds ...string) {
	if !p.take(kinds...) {
		panic(refError{})
	}
}

func (p *refParser) statement() {
	switch {
	case p.take("sequence"):
		if p.keys(); p.take("with") {
			p.need("maxspan")
			p.need("=")
			p.need("int", "decimal")
			p.take("ident")
		}
		p.terms(1, true)
		if p.take("until") {
			p.term(true)
		}
	case p.take("sample"):
		p.keys()
		p.terms(1, false)
	case p.take("join"):
		p.keys()
		p.terms(2, false)
		if p.take("until") {
			p.term(false)
		}
	default:
		p.filter()
	}
	for p.take("|") {
		p.need("ident")
		if !p.is("|", "end") {
			p.list()
		}
	}
	p.need("end")
}

func (p *refParser) keys() {
	if p.take("by") {
		p.list()
	}
}

func (p *refParser) list() {
	p.expr()
	for p.take(",") {
		p.expr()
	}
}

func (p *refParser) terms(least int, runs bool) {
	for n := 0; n < least || p.is("[", "!["); n++ {
		p.term(runs)
	}
}

func (p *refParser) term(runs bool) {
	p.clause()
	if p.keys(); runs && p.take("with") {
		p.need("ident")
		p.need("=")
		p.need("int", "decimal")
	}
}

func (p *refParser) clause() {
	p.need("[", "![")
	p.filter()
	p.need("]")
}

func (p *refParser) filter() {
	p.need("any", "string", "ident")
	p.need("where")
	p.expr()
}

func (p *refParser) expr() {
	for p.and(); p.take("or"); {
		p.and()
	}
}

func (p *refParser) and() {
	for p.not(); p.take("and"); {
		p.not()
	}
}

func (p *refParser) not() {
	switch {
	case p.take("not"):
		p.not()
	case p.is("ident") && p.ahead(1) == "of":
		p.i += 2
		p.clause()
	default:
		if p.sum(); p.take("==", "!=", "<", "<=", ">", ">=") {
			p.sum()
		}
	}
}

func (p *refParser) sum() {
	for p.product(); p.take("+", "-"); {
		p.product()
	}
}

func (p *refParser) product() {
	for p.unary(); p.take("*", "/", "%"); {
		p.unary()
	}
}

func (p *refParser) unary() {
	if p.take("-", "+") {
		p.unary()
		return
	}
	p.primary()
	switch {
	case p.is("not") && (p.ahead(1) == "in" || p.ahead(1) == "in~"):
		p.i++
		fallthrough
	case p.is("in", "in~"):
		p.i++
		p.need("(")
		p.list()
		p.need(")")
	case p.take(":", "like", "like~", "regex", "regex~"):
		constants := []string{"int", "decimal", "true", "false", "string"}
		if p.toks[p.i-1].kind == ":" {
			constants = append(constants, "null")
		}
		if !p.take("(") {
			p.need(constants...)
			return
		}
		for p.need(constants...); p.take(","); {
			p.need(constants...)
		}
		p.need(")")
	}
}

func (p *refParser) primary() {
	switch {
	case p.is("ident", "tilde") && p.ahead(1) == "(":
		p.i += 2
		if !p.take(")") {
			p.list()
			p.need(")")
		}
	case p.take("("):
		p.expr()
		p.need(")")
	case p.is("ident", "quoted", "?"):
		p.path()
	default:
		p.need("null", "int", "decimal", "true", "false", "string")
	}
}

func (p *refParser) path() {
	p.take("?")
	p.need("ident", "quoted")
	for {
		switch {
		case p.take("."):
			p.need("ident", "quoted")
		case p.is("[") && p.ahead(1) == "int":
			for p.i += 2; p.take("int"); {
			}
			p.need("]")
		default:
			return
		}
	}
}
