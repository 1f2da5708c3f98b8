package esql

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/near"
)

// Parse reads a query and reports its syntax errors, all of them: after an error it goes on behind the next comma or
// pipe. The query is never nil; what could not be read is a BadExpr or BadCommand in it. It never panics. Time and
// memory are linear in the length of the query.
func Parse(src string) (*Query, []Issue) { return ParseParams(src, nil) }

// ParseParams is Parse for a query with parameters.
func ParseParams(src string, params []ParamValue) (*Query, []Issue) {
	if len(src) > maxSource {
		return &Query{Source: src}, []Issue{{Code: codeOf("size"), Level: Error, Phase: Parsing, Span: Span{Start: 0, End: 0},
			Message: fmt.Sprintf("the query has %d bytes: the limit is %d", len(src), maxSource)}}
	}
	l := lex(src)
	p := &parser{src: src, toks: l.toks, params: params, issues: l.issues}
	q := &Query{Source: src, Comments: l.comments}
	p.settings(q)
	p.pipeline(&q.Pipeline, true)
	byPlace := func(a, b Issue) int { return a.Span.Start - b.Span.Start }
	slices.SortStableFunc(p.issues, byPlace)
	slices.SortStableFunc(p.late, byPlace)
	return q, append(p.issues, p.late...)
}

const (
	maxIssues   = 200       // of syntax that are reported
	maxSource   = 1_000_000 // characters in Elasticsearch, bytes here
	maxCommands = 500
	maxDepth    = 300 // of an expression, as Elasticsearch counts
)

type parser struct {
	src        string
	toks       []token
	i          int
	issues     []Issue // of the grammar
	late       []Issue // of a tree that can be built: found after the grammar, as in Elasticsearch
	bad        bool    // an error is reported: nothing matches up to the place where the parser goes on
	depth      int     // nested expressions
	subs       int     // nested subqueries and branches
	tooDeep    bool    // reported
	errors     int     // so far
	params     []ParamValue
	positional int // ? so far
}

// kind is the kind of the next token; tBad behind an error.
func (p *parser) kind() kind {
	if p.bad {
		return tBad
	}
	return p.toks[p.i].kind
}

func (p *parser) peek(n int) kind {
	if p.bad || p.i+n >= len(p.toks) {
		return tBad
	}
	return p.toks[p.i+n].kind
}

func (p *parser) tok() token           { return p.toks[p.i] }
func (p *parser) text(t token) string  { return p.src[t.start:t.end] }
func (p *parser) at(k kind) bool       { return p.kind() == k }
func (p *parser) from(start int) Span  { return Span{Start: min(start, p.end()), End: p.end()} }
func (p *parser) isWord(w string) bool { return p.at(tIdent) && strings.EqualFold(p.text(p.tok()), w) }

// end is the end of the last token that was taken.
func (p *parser) end() int {
	if p.i == 0 {
		return 0
	}
	return int(p.toks[p.i-1].end)
}

func (p *parser) start() int { return int(p.toks[p.i].start) }

// take consumes the next token.
func (p *parser) take() token {
	t := p.toks[p.i]
	if t.kind != tEOF && !p.bad {
		p.i++
	}
	return t
}

func (p *parser) accept(k kind) bool {
	if p.at(k) {
		p.i++
		return true
	}
	return false
}

// expect takes a token of a kind, or fails.
func (p *parser) expect(k kind, what string) (token, bool) {
	if p.at(k) {
		return p.take(), true
	}
	p.unexpected(what, "")
	return token{}, false
}

// unexpected reports the next token; all matching stops until resume.
func (p *parser) unexpected(expected, hint string) {
	if p.bad {
		return
	}
	t := p.tok()
	p.bad = true
	p.errors++
	if len(p.issues) >= maxIssues {
		return
	}
	if t.kind == tBad {
		return // the lexer has reported it
	}
	p.issues = append(p.issues, Issue{Code: codeOf("syntax"), Level: Error, Phase: Parsing, Span: t.span(),
		Message: fmt.Sprintf("expected %s, found %s", expected, p.describe(t)), Hint: hint})
}

func (p *parser) describe(t token) string {
	if t.kind == tEOF {
		return "the end of the query"
	}
	return quoted(p.text(t))
}

func (p *parser) errorAt(id string, at Span, hint, format string, args ...any) {
	p.errors++
	list := &p.late
	if id == "syntax" {
		list = &p.issues
	}
	*list = append(*list, Issue{Code: codeOf(id), Level: Error, Phase: Parsing, Span: at, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// toComma goes behind an error to the next comma of the list at a depth of brackets; false if the list ends first.
func (p *parser) toComma(depth uint16) bool {
	if !p.bad {
		return false
	}
	for i := p.i; i < len(p.toks); i++ {
		t := p.toks[i]
		if t.depth < depth {
			return false
		}
		if t.depth > depth {
			continue
		}
		switch t.kind {
		case tComma:
			p.i, p.bad = i, false
			return true
		case tPipe, tEOF, tRParen, tRSub, tRBracket, tRBrace:
			return false
		}
	}
	return false
}

// toPipe goes behind an error to the pipe that ends the command, or to the end of the pipeline.
func (p *parser) toPipe() {
	p.bad = false
	depth := 0
	for ; ; p.i++ {
		switch p.toks[p.i].kind {
		case tLSub:
			depth++
		case tRSub:
			if depth == 0 {
				return
			}
			depth--
		case tPipe:
			if depth == 0 {
				return
			}
		case tEOF:
			return
		}
	}
}

// settings reads "SET name = value;" in front of the query.
func (p *parser) settings(q *Query) {
	for p.at(tCommand) && strings.EqualFold(p.text(p.tok()), "set") {
		start := int(p.take().start)
		s := &Setting{}
		if t := p.tok(); p.at(tIdent) || p.at(tQuotedIdent) {
			s.Name, s.NameRange = p.identifier(p.take()), t.span()
		} else {
			p.unexpected("the name of a setting", "")
		}
		p.expect(tAssign, "`=`")
		if p.at(tLBrace) {
			s.Value = p.mapLiteral()
		} else if !p.bad {
			s.Value = p.constant("a value")
		}
		p.expect(tSemicolon, "`;`")
		s.Range = p.from(start)
		q.Settings = append(q.Settings, s)
		if p.bad {
			p.afterSetting()
		}
	}
}

// afterSetting goes behind the semicolon of a broken setting, or to the next command.
func (p *parser) afterSetting() {
	p.bad = false
	for ; p.toks[p.i].kind != tEOF; p.i++ {
		if k := p.toks[p.i].kind; k == tSemicolon {
			p.i++
			return
		} else if k == tPipe || k == tCommand {
			return
		}
	}
}

// pipeline reads commands up to the end of the query, or of a subquery or branch. With a source it begins with a source
// command.
func (p *parser) pipeline(pl *Pipeline, source bool) {
	start := p.start()
	for first := true; ; first = false {
		c := p.command(source && first)
		if c != nil {
			pl.Commands = append(pl.Commands, c)
			if len(pl.Commands) == maxCommands+1 {
				p.errorAt("size", c.Span(), "", "the query has more than %d commands", maxCommands)
			}
		}
		if !p.bad && !p.at(tPipe) && !p.at(tEOF) && !(p.at(tRSub) && p.subs > 0) {
			p.straggler(c)
			if h, ok := c.(interface{ commandHead() *head }); ok {
				h.commandHead().broken = true
			}
		}
		if p.bad {
			p.toPipe()
		}
		if p.at(tRSub) && p.subs == 0 {
			p.i++ // cannot be: the lexer counts the same subqueries
			continue
		}
		if !p.accept(tPipe) {
			break
		}
	}
	pl.Range = p.from(start)
}

// straggler reports what stands behind a complete command.
func (p *parser) straggler(c Command) {
	t := p.tok()
	switch {
	case t.kind == tRParen:
		p.bad = true
		p.errorAt("syntax", t.span(), "remove it", "`)` without an opening parenthesis")
	case t.kind == tRBracket:
		p.bad = true
		p.errorAt("syntax", t.span(), "remove it", "`]` without an opening bracket")
	case t.kind == tIdent && p.looksLikeCommand(t):
		p.unexpected("`|` or the end of the query", "put `|` in front of the command")
	case t.kind == tAssign:
		p.unexpected("`|` or the end of the query", "compare with `==`")
	case t.kind == tCIEq:
		p.unexpected("`|` or the end of the query", "compare TO_LOWER(…) with `==`, or use `:` or LIKE")
	case t.kind == tSemicolon:
		p.unexpected("`|` or the end of the query", "remove it: a query ends without a semicolon")
	default:
		hint := ""
		if w, ok := c.(*Where); ok && w.Cond != nil && t.kind == tIdent {
			hint = "join conditions with AND or OR"
		}
		p.unexpected("`|` or the end of the query", hint)
	}
}

func (p *parser) looksLikeCommand(t token) bool {
	_, ok := commandMode(strings.ToUpper(p.text(t)))
	return ok
}

// command reads one command. Nil if there is nothing.
func (p *parser) command(source bool) Command {
	t := p.tok()
	if p.kind() != tCommand {
		p.noCommand(t, source)
		if t.kind == tUnknown {
			p.i++
			return &BadCommand{head{word: strings.ToUpper(p.text(t)), KeywordRange: t.span(), Range: t.span()}}
		}
		return nil
	}
	word := strings.ToUpper(p.text(t))
	if source != isSourceCommand(word) {
		if source {
			p.unexpected("a source command (FROM, ROW, SHOW, TS)", "")
		} else {
			p.unexpected("a command that goes on", "a pipeline has one source, at its begin")
		}
		if word == "SET" || source {
			return nil
		}
		p.bad = false // read it all the same: what follows may be right
		p.take()
		c := p.body(word, t)
		p.bad = true
		return c
	}
	p.take()
	return p.body(word, t)
}

func isSourceCommand(word string) bool {
	switch word {
	case "FROM", "TS", "ROW", "SHOW", "PROMQL":
		return true
	}
	return false
}

// noCommand reports a word in the place of a command that is none.
func (p *parser) noCommand(t token, source bool) {
	what := "a command"
	if source {
		what = "a source command (FROM, ROW, SHOW, TS)"
	}
	if t.kind != tUnknown || len(p.issues) >= maxIssues {
		p.unexpected(what, "")
		return
	}
	hint := unknownHint(strings.ToUpper(p.text(t)))
	if _, ok := commandMode(strings.ToUpper(p.text(t))); ok {
		hint = "put a blank behind the command"
	}
	p.unexpected(what, hint)
}

// unknownHint says what may have been meant.
func unknownHint(word string) string {
	switch word {
	case "SELECT":
		return "choose columns with KEEP, rows with WHERE"
	case "GROUP":
		return "group with STATS … BY"
	case "ORDER":
		return "sort with SORT"
	case "PROJECT":
		return "choose columns with KEEP"
	case "FILTER":
		return "choose rows with WHERE"
	case "TOP", "HEAD":
		return "take rows with SORT and LIMIT"
	case "LEFT", "RIGHT", "FULL", "JOIN":
		return "the only join is LOOKUP JOIN"
	case "METRICS":
		return "read time series with TS"
	case "EXPLAIN", "EXTERNAL", "INSIST", "DEDUP", "HIGHLIGHT", "RRF", "TS_COLLAPSE":
		return "releases of Elasticsearch do not have this command"
	}
	if names := near.Names(word, commandNames()); len(names) > 0 {
		return "did you mean " + names[0] + "?"
	}
	return ""
}
