package esql

import (
	"errors"
	"strings"
)

// ErrSyntax is the error of Format for a query with syntax errors.
var ErrSyntax = errors.New("the query has syntax errors")

// Format lays a query out: every command on a line of its own behind "| ", one blank between words, what goes on in
// further lines indented. Words, their case, comments and the line breaks inside a command stay; so does the text of an
// expression that names its column. The result has the same tree, and formatting it again changes nothing.
func Format(src string) (string, error) {
	q, issues := Parse(src)
	if len(issues) > 0 && hasSyntax(issues) {
		return "", ErrSyntax
	}
	f := &formatter{src: src, toks: lex(src).toks, comments: q.Comments, verbatim: verbatim(q)}
	return f.run(), nil
}

func hasSyntax(issues []Issue) bool {
	for _, i := range issues {
		if i.Code == codeOf("syntax") {
			return true
		}
	}
	return false
}

// verbatim lists the spans whose text names a column, or that are not read in detail.
func verbatim(q *Query) map[int]Span {
	out := map[int]Span{}
	add := func(s Span) {
		if s.End > max(s.Start, out[s.Start].End) {
			out[s.Start] = s
		}
	}
	for n := range Preorder(q) {
		switch n := n.(type) {
		case *Field:
			if _, isColumn := n.X.(*Column); n.Target == nil && !isColumn {
				add(n.Range)
			}
		case *Agg:
			if n.Target == nil {
				add(n.Range)
			}
		case *PromQL:
			add(n.Range)
		}
	}
	return out
}

type formatter struct {
	src      string
	toks     []token
	comments []Comment
	verbatim map[int]Span // by their begin
	out      strings.Builder
	i        int // next token
	depth    int // of brackets, and of subqueries
}

const indent = "    "

func (f *formatter) run() string {
	prev := -1 // index of the token in front
	end := 0   // of what is written
	for f.i = 0; f.toks[f.i].kind != tEOF; f.i++ {
		t := f.toks[f.i]
		if s, ok := f.fixed(t); ok {
			f.between(prev, end, int(t.start))
			f.out.WriteString(f.src[s.Start:s.End])
			for int(f.toks[f.i+1].start) < s.End && f.toks[f.i+1].kind != tEOF {
				f.i++
			}
			prev, end = f.i, s.End
			continue
		}
		if t.kind == tRParen || t.kind == tRSub || t.kind == tRBracket || t.kind == tRBrace {
			f.close()
		}
		f.between(prev, end, int(t.start))
		f.out.WriteString(f.src[t.start:t.end])
		if t.kind == tLParen || t.kind == tLSub || t.kind == tLBracket || t.kind == tLBrace {
			f.depth++
		}
		prev, end = f.i, int(t.end)
	}
	f.between(prev, end, len(f.src))
	return strings.TrimRight(f.out.String(), " \n") + "\n"
}

func (f *formatter) close() {
	if f.depth > 0 {
		f.depth--
	}
}

// fixed returns the span of which a token is the first, if its text stays as it is.
func (f *formatter) fixed(t token) (Span, bool) {
	s, ok := f.verbatim[int(t.start)]
	return s, ok
}

// between writes what separates two tokens: comments, and blanks or a line break.
func (f *formatter) between(prev, from, to int) {
	written := prev >= 0 // something stands in front
	list := f.commentsIn(from, to)
	mustBreak := false
	for _, c := range list {
		switch space := f.src[from:c.Range.Start]; {
		case !written:
		case strings.Contains(space, "\n") || mustBreak:
			f.newline(strings.Count(space, "\n") > 1, f.atStart(prev))
		default:
			f.out.WriteByte(' ')
		}
		f.out.WriteString(strings.TrimRight(f.src[c.Range.Start:c.Range.End], " \t"))
		from, written, mustBreak = c.Range.End, true, !c.Block
	}
	space := f.src[from:to]
	lines := strings.Count(space, "\n")
	top := f.tokenIsPipe() && f.depth == 0
	switch {
	case !written || f.toks[f.i].kind == tEOF:
	case top || f.tokenIsPipe() && lines > 0 || mustBreak || len(list) > 0 && lines > 0:
		f.newline(top && lines > 1, f.atStart(prev))
	case lines > 0 && !f.firstOfCommand(prev):
		f.newline(false, f.atStart(prev))
	case len(list) > 0 || f.blank(prev, from, to):
		f.out.WriteByte(' ')
	}
}

// atStart tells whether a new line begins a command, and not what goes on in one.
func (f *formatter) atStart(prev int) bool { return f.tokenIsPipe() || prev < 0 }

func (f *formatter) tokenIsPipe() bool { return f.toks[f.i].kind == tPipe }

// firstOfCommand tells whether the token in front is a pipe: a command's name stands behind it.
func (f *formatter) firstOfCommand(prev int) bool { return prev >= 0 && f.toks[prev].kind == tPipe }

func (f *formatter) newline(blankLine, pipe bool) {
	f.out.WriteByte('\n')
	if blankLine {
		f.out.WriteByte('\n')
	}
	n := f.depth
	if !pipe {
		n++
	}
	f.out.WriteString(strings.Repeat(indent, min(n, 20)))
}

func (f *formatter) commentsIn(from, to int) []Comment {
	var out []Comment
	for len(f.comments) > 0 && f.comments[0].Range.Start < to {
		if f.comments[0].Range.Start >= from {
			out = append(out, f.comments[0])
		}
		f.comments = f.comments[1:]
	}
	return out
}

// blank tells whether a blank separates two tokens of one line.
func (f *formatter) blank(prev, from, to int) bool {
	if prev < 0 {
		return false
	}
	a, b := f.toks[prev].kind, f.toks[f.i].kind
	was := to > from
	switch {
	case a == tLParen || a == tLSub || a == tLBracket || b == tRParen || b == tRSub || b == tRBracket || b == tComma || b == tSemicolon:
		return false
	case a == tDot || b == tDot || a == tCast || b == tCast:
		return false
	case b == tLParen:
		return was && a != tIdent && a != tQuotedIdent && a != tFirst && a != tLast || a.isKeyword() && a != tFirst && a != tLast
	case a == tComma || a == tPipe || b == tPipe || a == tSemicolon:
		return true
	case a == tColon || b == tColon:
		return was && !(b == tColon && f.inMap())
	case a == tAssign || b == tAssign || a >= tEq && a <= tGe || b >= tEq && b <= tGe:
		return true
	}
	return was
}

// inMap tells whether the tokens stand in a map.
func (f *formatter) inMap() bool {
	depth := 0
	for i := f.i - 1; i >= 0 && i > f.i-200; i-- {
		switch f.toks[i].kind {
		case tRBrace:
			depth++
		case tLBrace:
			if depth == 0 {
				return true
			}
			depth--
		case tPipe:
			return false
		}
	}
	return false
}
