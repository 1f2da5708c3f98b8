package kql

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// syntaxIssue says what stands at a place where something else is expected, and what may be the mistake.
func syntaxIssue(src string, at int, want expectation) Issue {
	is := Issue{Code: "query/syntax", Level: Error, Span: Span{Start: at, End: at}}
	found := "the end of the query"
	if at < len(src) {
		is.Span.End = wordEnd(src, at)
		found = "`" + clip(src[at:is.Span.End]) + "`"
	}
	if open := unclosed(src, at); want&(wantCloseParen|wantCloseBrace) != 0 && at == len(src) && open >= 0 {
		line, column := lineColumn(src, open)
		is.Message = fmt.Sprintf("expected `%c`, found the end of the query: `%c` of line %d, column %d is not closed", closing[src[open]], src[open], line, column)
		return is
	}
	is.Message = fmt.Sprintf("expected %s, found %s", want, found)
	slip(&is, src, at, want)
	return is
}

var closing = map[byte]byte{'(': ')', '{': '}'}

// lineColumn is the line and column, in characters, of an offset, both from 1.
func lineColumn(src string, at int) (line, column int) {
	start := strings.LastIndexByte(src[:at], '\n') + 1
	return strings.Count(src[:start], "\n") + 1, utf8.RuneCountInString(src[start:at]) + 1
}

// wordEnd is where the word, or the special character, at a place ends.
func wordEnd(src string, at int) int {
	end := at
	for end < len(src) && blank(src, end) == 0 && strings.IndexByte(specialChars, src[end]) < 0 {
		end++
	}
	if end == at {
		_, n := utf8.DecodeRuneInString(src[at:])
		end += n
	}
	return end
}

// unclosed is the last opening bracket before a place that nothing closes; -1 if there is none. Quoted ones do not count.
func unclosed(src string, to int) int {
	var open []int
	for i := 0; i < to; i++ {
		switch src[i] {
		case '\\':
			i++
		case '"':
			for i++; i < to && src[i] != '"'; i++ {
				if src[i] == '\\' {
					i++
				}
			}
		case '(', '{':
			open = append(open, i)
		case ')', '}':
			if len(open) > 0 {
				open = open[:len(open)-1]
			}
		}
	}
	if len(open) == 0 {
		return -1
	}
	return open[len(open)-1]
}

// slip replaces the message where the mistake is a usual one.
func slip(is *Issue, src string, at int, want expectation) {
	if at >= len(src) {
		if want&wantValue != 0 && want&wantField == 0 {
			is.Message = "expected a value, found the end of the query"
		}
		return
	}
	switch c := src[at]; {
	case c == '"' && want&wantValue != 0:
		is.Message, is.Span = "the quote is not closed", Span{Start: at, End: lineEnd(src, at)}
	case (c == '(' || c == '"') && wordBefore(src, at) != "":
		start := at - len(wordBefore(src, at))
		is.Code, is.Span = "query/kql-keyword-space", Span{Start: start, End: at}
		is.Message, is.Edits = fmt.Sprintf("`%s` needs a blank behind it to be an operator", src[start:at]), []Edit{{Span: Span{Start: at, End: at}, New: " "}}
	case c == ')' || c == '}':
		if unclosed(src, at) < 0 {
			is.Message = fmt.Sprintf("`%c` closes nothing: no bracket is open here", c)
		}
	case c == '\\':
		_, n := utf8.DecodeRuneInString(src[min(at+1, len(src)):])
		is.Span.End = min(at+1+n, len(src))
		is.Message, is.Hint = fmt.Sprintf("unknown escape `%s`", src[at:is.Span.End]), "write \\\\ for a backslash, or quote the text"
	case hasWord(src, at, "not") && blank(src, at+3) > 0 && want&wantOperator != 0:
		is.Message = fmt.Sprintf("`%s` cannot stand here: it ends the text before it, also inside of a word", src[at:at+3])
		is.Hint = "quote the text, or write and or or before it"
	case c == ':' && want&wantOperator != 0:
		is.Hint = `a colon in a value is written \: or quoted; or and or or is missing before the field`
	case want&wantOperator != 0 && want&wantColon == 0:
		glued(is, src, at)
	}
}

// wordBefore is the keyword that ends at a place, as it is written.
func wordBefore(src string, at int) string {
	for _, word := range []string{"and", "or", "not"} {
		start := at - len(word)
		if start >= 0 && hasWord(src, start, word) && (start == 0 || strings.IndexByte(" \t\r\n()\"", src[start-1]) >= 0) {
			return src[start:at]
		}
	}
	return ""
}

// glued tells that a keyword has no blank beside it.
func glued(is *Issue, src string, at int) {
	for _, word := range []string{"and", "or", "not"} {
		if !hasWord(src, at, word) {
			continue
		}
		switch {
		case blank(src, at+len(word)) == 0:
			if at+len(word) < len(src) && strings.IndexByte(`("`, src[at+len(word)]) < 0 {
				return
			}
			is.Code = "query/kql-keyword-space"
			is.Message, is.Span = fmt.Sprintf("`%s` needs a blank behind it to be an operator", src[at:at+len(word)]), Span{Start: at, End: at + len(word)}
			is.Edits = []Edit{{Span: Span{Start: at + len(word), End: at + len(word)}, New: " "}}
		case at > 0 && word != "not":
			is.Code = "query/kql-keyword-space"
			is.Message, is.Span = fmt.Sprintf("`%s` needs a blank before it to be an operator", src[at:at+len(word)]), Span{Start: at, End: at + len(word)}
			is.Edits = []Edit{{Span: Span{Start: at, End: at}, New: " "}}
		}
		return
	}
}

func lineEnd(s string, at int) int {
	if i := strings.IndexByte(s[at:], '\n'); i >= 0 {
		return at + i
	}
	return len(s)
}

var expectationNames = []struct {
	want expectation
	name string
}{
	{wantField, "a field"}, {wantValue, "a value"}, {wantColon, "`:`"}, {wantCompare, "`<`, `>`"}, {wantBrace, "`{`"},
	{wantOperator, "and, or"}, {wantCloseParen, "`)`"}, {wantCloseBrace, "`}`"}, {wantEnd, "the end of the query"},
}

// String lists what is expected.
func (w expectation) String() string {
	var list []string
	for _, n := range expectationNames {
		if w&n.want != 0 {
			list = append(list, n.name)
		}
	}
	if len(list) > 1 {
		last := len(list) - 1
		return strings.Join(list[:last], ", ") + " or " + list[last]
	}
	return strings.Join(list, "")
}
