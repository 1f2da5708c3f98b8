package eql

import (
	"errors"
	"regexp"
	"strings"
	"sync"

	"github.com/rulevet/rulevet/internal/lucene"
)

// regex checks what is specific to Lucene's regular expressions on fields (LANGUAGE.md 4.6). On the result of a
// function Java's flavour holds.
func (c *checker) regex(m *Match) {
	f, isField := Unparen(m.X).(*Field)
	if !isField {
		c.javaRegex(m)
		return
	}
	c.dotStar(f, m)
	var patterns []string
	for _, lit := range m.List {
		if lit.Kind != StringLiteral {
			return // reported
		}
		patterns = append(patterns, lit.Str)
	}
	joined := lucene.JoinPatterns(patterns)
	if n := lucene.RegexpLength(joined); n > lucene.MaxRegexpLength {
		c.report("query/regex-length", Error, "runtime", m.Range, "split it with or", "regular expression has %d characters, at most %d are accepted",
			n, lucene.MaxRegexpLength)
	}
	var bad *lucene.SyntaxError
	if err := lucene.CheckRegexp(joined); errors.As(err, &bad) {
		c.regexError(m, joined, bad)
		return
	} else if err != nil {
		c.report("query/regex-complexity", Error, "runtime", m.Range, "shorten repetitions, or split the expression with or", "%s", err)
		return
	}
	for _, lit := range m.List {
		c.regexAnchor(lit)
		for _, p := range lucene.Operators(lit.Str) {
			c.report("query/regex-operator", Warning, "", lit.Range, `write \`+p.Text+" for the character", "%s in a regular expression %s", p.Text, lucene.OperatorMeaning(p.Text))
		}
		if m.Op == RegexFold {
			c.oneCaseRange(lit)
		}
	}
}

// javaRegex looks at a regular expression on a computed value, which is Java's.
func (c *checker) javaRegex(m *Match) {
	for _, lit := range m.List {
		op := interval().FindString(lit.Str)
		for _, p := range lucene.Operators(lit.Str) {
			if p.Text == "~" || p.Text == "&" { // the others are meant as characters
				op = p.Text
			}
		}
		if op != "" {
			c.report("query/regex-script-flavour", Warning, "", lit.Range, "on a field it would be an operator; on a computed value Java's regular expressions hold",
				"%s is ordinary text in a regular expression on %s", op, c.text(m.X))
		}
	}
}

// interval is Lucene's range of numbers.
var interval = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`<[0-9]+-[0-9]+>`) })

// dotStar points out that an expression on a command line covers all of it.
func (c *checker) dotStar(f *Field, m *Match) {
	leaf := f.Name[strings.LastIndexByte(f.Name, '.')+1:]
	if leaf != "command_line" && leaf != "script_block_text" && leaf != "message" {
		return
	}
	for _, lit := range m.List {
		if s := lit.Str; lit.Kind == StringLiteral && s != "" && !anyStart(s) && !anyEnd(s) {
			c.report("query/regex-no-dotstar", Style, "", lit.Range, "write .* in front and behind to look for a part", "%s must cover all of %s", c.text(lit), asWritten(f.Name))
		}
	}
}

func anyStart(s string) bool {
	return strings.HasPrefix(strings.TrimLeft(s, "("), ".") || strings.HasPrefix(s, "@")
}

func anyEnd(s string) bool {
	s = strings.TrimRight(s, ")?")
	return strings.HasSuffix(s, ".*") || strings.HasSuffix(s, ".+") || strings.HasSuffix(s, "@")
}

// regexError reports a syntax error at the pattern that holds it; a list is one expression, "a|b".
func (c *checker) regexError(m *Match, joined string, bad *lucene.SyntaxError) {
	at, start := m.List[len(m.List)-1], 0
	for _, lit := range m.List {
		if bad.Offset <= start+len(lit.Str) {
			at = lit
			break
		}
		start += len(lit.Str) + 1
	}
	rest := joined[bad.Offset:]
	if len(rest) > 1 && rest[0] == '\\' {
		c.report("query/regex-escape", Error, "runtime", at.Range, `only \d \D \s \S \w \W exist; other letters stand for themselves without \`,
			`\%c is no class in a regular expression of Elasticsearch: %s`, rest[1], c.text(at))
		return
	}
	c.report("query/regex-syntax", Error, "runtime", at.Range, "", "invalid regular expression %s: %s", c.text(at), bad.Message)
}

func (c *checker) regexAnchor(lit *Literal) {
	what := lucene.Anchor(lit.Str)
	if what == "" {
		return
	}
	c.report("query/regex-anchor", Warning, "", lit.Range, "the expression always covers the whole value; write .* where anything may stand",
		"%s has no special meaning in a regular expression of Elasticsearch", what)
}

func (c *checker) oneCaseRange(lit *Literal) {
	ranges := lucene.OneCaseRanges(lit.Str)
	if len(ranges) == 0 {
		return
	}
	r := ranges[0].Text
	other := strings.ToUpper(r)
	if other == r {
		other = strings.ToLower(r)
	}
	c.report("query/regex-range-fold", Warning, "", lit.Range, "write "+r+other, "range %s does not ignore case under regex~", r)
}
