package tomlspan

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/source"
)

// The TOML parser stops at the first byte that cannot go on, and names what it wanted there. Here its place is turned
// into the mistake that a person made, which is often earlier: the quote or bracket that was never closed.

// slip is the context of a syntax error.
type slip struct {
	d     *Document
	text  string
	at    Span // where the parser stopped
	from  int  // start of the line or entry that failed
	state scanState
}

// scanState says what is open at an offset.
type scanState struct {
	brackets []int  // offsets of [ and { that are open, after the "="
	inString int    // offset of the quote that opened the string around the place, or -1
	last     Span   // the last complete string before the place
	equals   int    // offset of the "=" of the entry, or -1
	want     wanted // what may come next
	ended    bool   // the text ends here, and nothing before its end is wrong
}

// wanted is what may come next.
type wanted uint8

const (
	wantKey       wanted = iota // or a header, or what closes an inline table
	wantValue                   // or what closes an array
	wantSeparator               // what follows a value: a comma or closing bracket within brackets, else the end of the line
)

// diagnose words the error at which the parser stopped: a place, of which the rest is worked out here.
func (d *Document) diagnose(at Span, from int) Error {
	s := slip{d: d, text: d.Text, at: at, from: from}
	for s.from < at.Start && strings.IndexByte(" \t\r\n", s.text[s.from]) >= 0 {
		s.from++
	}
	s.state = scanTo(s.text, s.from, at.Start)
	if at.Start+1 >= len(s.text) {
		s.atEnd()
	}
	for _, diagnose := range []func() (Error, bool){
		s.tooDeep, s.swallowedString, s.strayQuotes, s.insideString, s.control, s.smartQuote, s.openBracket, s.noValue, s.missingComma, s.bareWord, s.header, s.afterValue, s.key,
	} {
		if e, ok := diagnose(); ok {
			return e
		}
	}
	at = s.atLeastOne(at)
	return Error{Kind: Syntax, Span: at, Message: fmt.Sprintf("%s cannot stand here", s.quoted(at))}
}

// tooDeep finds brackets within brackets beyond what the parser itself takes: it stops at one of them.
func (s *slip) tooDeep() (Error, bool) {
	if len(s.state.brackets) <= MaxDepth {
		return Error{}, false
	}
	at := s.state.brackets[MaxDepth]
	return tooDeep(Span{Start: at, End: at + 1}), true
}

func tooDeep(at Span) Error {
	return Error{Kind: TooLarge, Span: at, Message: fmt.Sprintf("nested deeper than %d levels; the rest of the file is not read", MaxDepth)}
}

// atEnd looks at the last byte of the text, which is where the parser stops too if the text ends too early.
func (s *slip) atEnd() {
	before := s.state
	whole := scanTo(s.text, s.from, len(s.text))
	if whole.inString >= 0 || before.inString >= 0 {
		s.state = whole
		s.state.ended = true
		return
	}
	last := s.text[min(s.at.Start, len(s.text)):]
	switch before.want {
	case wantValue:
		word := s.word(min(s.at.Start, len(s.text)))
		s.state.ended = strings.TrimSpace(last) == "" || last == "[" || last == "{" || scalar.MatchString(s.text[word.Start:word.End])
	case wantSeparator:
		s.state.ended = strings.Trim(last, " \t\r\n,]}") == ""
	default:
		s.state.ended = strings.TrimSpace(last) == ""
	}
}

// scalar is a value that is no string, array or table.
var scalar = regexp.MustCompile(`^(?:true|false|[+-]?(?:inf|nan)|[+-]?(?:0|[1-9](?:_?\d)*)(?:\.\d(?:_?\d)*)?(?:[eE][+-]?\d(?:_?\d)*)?` +
	`|0x[0-9A-Fa-f](?:_?[0-9A-Fa-f])*|0o[0-7](?:_?[0-7])*|0b[01](?:_?[01])*|\d{4}-\d\d-\d\d(?:[Tt ].*)?|\d\d:\d\d.*)$`)

// notWord are the characters that a word ends at.
const notWord = " \t\r\n,[]{}#=\"'"

// scanTo lexes text[from:to] as TOML, loosely.
func scanTo(text string, from, to int) scanState {
	st := scanState{inString: -1, equals: -1}
	for i := from; i < to; {
		end := i + 1
		switch c := text[i]; {
		case c == '"' || c == '\'':
			var closed bool
			if end, closed = StringEnd(text, i); end > to || !closed {
				st.inString = i
				return st
			}
			st.last = Span{Start: i, End: end}
			st.value()
		case c == '#':
			n := strings.IndexByte(text[i:], '\n')
			if n < 0 {
				return st
			}
			end = i + n
		case c == '=':
			if st.equals < 0 {
				st.equals = i
			}
			st.want = wantValue
		case (c == '[' || c == '{') && st.equals >= 0:
			st.brackets = append(st.brackets, i)
			st.open(c)
		case (c == ']' || c == '}') && len(st.brackets) > 0:
			st.brackets = st.brackets[:len(st.brackets)-1]
			st.want = wantSeparator
		case c == ',' && len(st.brackets) > 0:
			st.open(text[st.brackets[len(st.brackets)-1]])
		case strings.IndexByte(notWord, c) < 0:
			for end < to && strings.IndexByte(notWord, text[end]) < 0 {
				end++
			}
			if end == to && to < len(text) && strings.IndexByte(notWord, text[to]) < 0 {
				return st // the place lies within a word: it is not complete
			}
			if scalar.MatchString(text[i:end]) {
				st.value()
			}
		}
		i = end
	}
	return st
}

// value notes that a value has been read, if one may stand here.
func (st *scanState) value() {
	if st.want == wantValue {
		st.want = wantSeparator
	}
}

// open notes what may stand behind an opening bracket, or a comma within it.
func (st *scanState) open(bracket byte) {
	st.want = wantValue
	if bracket == '{' {
		st.want = wantKey
	}
}

// atLeastOne widens a span to one whole character, so that something is underlined.
func (s *slip) atLeastOne(at Span) Span {
	if at.Start >= len(s.text) {
		return Span{Start: len(s.text), End: len(s.text)}
	}
	_, n := utf8.DecodeRuneInString(s.text[at.Start:])
	return Span{Start: at.Start, End: max(at.End, at.Start+n)}
}

// lineEnd is the end of the line that holds an offset, without trailing blanks.
func (s *slip) lineEnd(at int) int {
	end := len(s.text)
	if n := strings.IndexByte(s.text[at:], '\n'); n >= 0 {
		end = at + n
	}
	return at + len(strings.TrimRight(s.text[at:end], " \t\r"))
}

// lineStart is the first byte of the line that holds an offset.
func (s *slip) lineStart(at int) int { return strings.LastIndexByte(s.text[:at], '\n') + 1 }

// word is the run of characters around an offset that blanks, commas, brackets and line ends delimit.
func (s *slip) word(at int) Span {
	const stop = " \t\r\n,[]{}#="
	w := Span{Start: at, End: at}
	for w.Start > s.from && strings.IndexByte(stop, s.text[w.Start-1]) < 0 {
		w.Start--
	}
	for w.End < len(s.text) && strings.IndexByte(stop, s.text[w.End]) < 0 {
		w.End++
	}
	return w
}

func (s *slip) quoted(at Span) string { return wording.Quote(s.text[at.Start:at.End]) }

var (
	zeroes       = regexp.MustCompile(`^[+-]?0[0-9_]+$`)
	entryAtEnd   = regexp.MustCompile(`(?:^|\n)[ \t]*([A-Za-z0-9_.-]+)[ \t]*=[ \t]*$`)
	entryAtStart = regexp.MustCompile(`^[ \t]*(?:[A-Za-z0-9_.-]+[ \t]*=[^=]|\[\[?[A-Za-z0-9_. "'-]+\]\]?[ \t]*(?:#.*)?\r?(?:\n|$))`)
)

// swallowedString finds the string that lacks its closing quotes, so that the opening ones of a later key closed it:
// its last line then reads `key =`.
func (s *slip) swallowedString() (Error, bool) {
	last := s.state.last
	if last == (Span{}) {
		last = s.d.lastString(s.from)
	}
	raw := s.text[last.Start:last.End]
	if len(raw) < 6 || raw[:3] != `"""` && raw[:3] != `'''` {
		return Error{}, false
	}
	m := entryAtEnd.FindStringSubmatch(raw[3 : len(raw)-3])
	if m == nil || strings.IndexByte(raw, '\n') < 0 {
		return Error{}, false
	}
	return Error{Kind: UnclosedString, Span: Span{Start: last.Start, End: last.Start + 3},
		Message: fmt.Sprintf("string is not closed: it ends at the opening quotes of %s", wording.Quote(m[1])),
		Hint:    fmt.Sprintf("add %s before that key", raw[:3]),
		Related: []source.Related{{Span: Span{Start: last.End - 3, End: last.End}, Message: "closed here"}}}, true
}

// lastString is the span of the last string that was read before an offset.
func (d *Document) lastString(before int) Span {
	n := d.Root
	var best Span
	for n != nil {
		var next *Node
		for _, c := range n.Children {
			if c.Span.Start < before && (next == nil || c.Entry.End >= next.Entry.End) {
				next = c
			}
		}
		if next != nil && next.Kind == source.StringNode {
			best = next.Span
		}
		n = next
	}
	return best
}

// insideString words what is wrong within quotes.
func (s *slip) insideString() (Error, bool) {
	open := s.state.inString
	if open < 0 {
		return Error{}, false
	}
	q := s.text[open : open+quotes(s.text, open)]
	at := s.atLeastOne(s.at)
	if escape, ok := badEscape(s.text, open, s.at.Start); ok {
		return s.badEscape(escape, q), true
	}
	c, _ := utf8.DecodeRuneInString(s.text[min(at.Start, len(s.text)-1):])
	_, closed := StringEnd(s.text, open)
	switch {
	case !closed && (!unicode.IsControl(c) || c == '\t'), c == '\n', c == '\r' && len(q) == 1:
		return s.unclosedString(open, q), true
	case c == '\r':
		return s.bareReturn(at), true
	case c == rune(q[0]):
		return Error{Kind: UnclosedString, Span: at, Message: fmt.Sprintf("too many quotes at the end of the string: %s closes it", q),
			Hint: `a quote within it is written \"`}, true
	}
	return Error{Kind: ControlCharacter, Span: at, Message: fmt.Sprintf("control character %U in a string", c),
		Hint: fmt.Sprintf(`delete it, or write \u%04X in a string in double quotes`, c)}, true
}

// control finds a control character outside of quotes.
func (s *slip) control() (Error, bool) {
	at := s.atLeastOne(s.at)
	switch c := s.text[min(at.Start, len(s.text)-1)]; {
	case c == '\r' && !strings.HasPrefix(s.text[at.Start:], "\r\n"):
		return s.bareReturn(Span{Start: at.Start, End: at.Start + 1}), true
	case c < ' ' && c != '\t' && c != '\r' && c != '\n', c == 0x7f:
		return Error{Kind: ControlCharacter, Span: at, Message: fmt.Sprintf("control character %U", c), Hint: "delete it"}, true
	}
	return Error{}, false
}

// bareReturn reports a carriage return, which may only stand before a line feed.
func (s *slip) bareReturn(at Span) Error {
	return Error{Kind: ControlCharacter, Span: at, Message: "a carriage return stands without a line feed", Hint: "save the file with LF or CRLF line ends"}
}

func (s *slip) unclosedString(open int, q string) Error {
	if len(q) == 3 {
		return Error{Kind: UnclosedString, Span: Span{Start: open, End: open + 3}, Message: fmt.Sprintf("string is not closed: no %s follows", q),
			Hint: fmt.Sprintf("add %s behind the text", q)}
	}
	end := s.lineEnd(open)
	return Error{Kind: UnclosedString, Span: Span{Start: open, End: end}, Message: fmt.Sprintf("string is not closed: no %s follows on the line", q),
		Hint: fmt.Sprintf("add the closing %s; text of several lines stands between %s", q, strings.Repeat(q, 3))}
}

func (s *slip) badEscape(at Span, q string) Error {
	return Error{Kind: BadEscape, Span: at, Message: fmt.Sprintf("%s is no escape that TOML knows", s.quoted(at)),
		Hint: fmt.Sprintf("write two backslashes, or put the text between %s, where backslashes stand for themselves", strings.Repeat("'", len(q))),
		Fix:  &Fix{Message: "double the backslash", Edits: []Edit{{Span: Span{Start: at.Start, End: at.Start}, New: `\`}}}}
}

// smartQuote finds typographic quotes where TOML wants plain ones.
func (s *slip) smartQuote() (Error, bool) {
	at := s.atLeastOne(s.at)
	c, n := utf8.DecodeRuneInString(s.text[at.Start:])
	plain := map[rune]string{'“': `"`, '”': `"`, '„': `"`, '«': `"`, '»': `"`, '‘': "'", '’': "'", '`': "'"}[c]
	if plain == "" {
		return Error{}, false
	}
	d := Error{Kind: WrongQuote, Span: Span{Start: at.Start, End: at.Start + n}, Message: fmt.Sprintf("%c is not a quotation mark of TOML", c),
		Hint: "write " + plain}
	closing := map[rune]string{'“': "”", '„': "“”", '«': "»", '‘': "’", '`': "`"}[c]
	if i := strings.IndexAny(s.text[at.Start+n:s.lineEnd(at.Start)], closing); closing != "" && i >= 0 {
		second := at.Start + n + i
		_, m := utf8.DecodeRuneInString(s.text[second:])
		d.Fix = &Fix{Message: "write " + plain, Edits: []Edit{{Span: d.Span, New: plain}, {Span: Span{Start: second, End: second + m}, New: plain}}}
	}
	return d, true
}

// openBracket finds the array or inline table that was not closed before the next key or table.
func (s *slip) openBracket() (Error, bool) {
	if len(s.state.brackets) == 0 {
		return Error{}, false
	}
	open := s.state.brackets[0]
	line := s.lineStart(min(s.at.Start, len(s.text)))
	atEnd := s.state.ended
	if !atEnd && (line <= open || !entryAtStart.MatchString(s.text[line:])) {
		return Error{}, false
	}
	noun, shut := "array", "]"
	if s.text[open] == '{' {
		noun, shut = "inline table", "}"
	}
	d := Error{Kind: Unclosed, Span: Span{Start: open, End: open + 1}, Message: fmt.Sprintf("%s is not closed: no %s follows", noun, shut),
		Hint: fmt.Sprintf("add %s", shut)}
	if !atEnd {
		d.Message = fmt.Sprintf("%s is not closed before the next entry", noun)
		d.Related = []source.Related{{Span: Span{Start: line, End: s.lineEnd(line)}, Message: "the next entry"}}
	}
	return d, true
}

// noValue finds "key =" with nothing behind it.
func (s *slip) noValue() (Error, bool) {
	eq := s.state.equals
	if eq < 0 || strings.TrimLeft(s.text[eq+1:min(s.at.Start, len(s.text))], " \t") != "" {
		return Error{}, false
	}
	if rest := strings.TrimLeft(s.text[eq+1:], " \t"); rest != "" && strings.IndexByte("\r\n#", rest[0]) < 0 {
		return Error{}, false
	}
	at := Span{Start: s.lineStart(eq), End: eq + 1}
	at.Start += len(s.text[at.Start:eq]) - len(strings.TrimLeft(s.text[at.Start:eq], " \t"))
	return Error{Kind: NoValue, Span: at, Message: fmt.Sprintf("%s has no value", wording.Quote(s.text[at.Start:eq])),
		Hint: "a value starts on the line of its key; text of several lines stands between three quotes"}, true
}

// missingComma finds two elements without a comma between them.
func (s *slip) missingComma() (Error, bool) {
	if s.state.want != wantSeparator || len(s.state.brackets) == 0 {
		return Error{}, false
	}
	end := len(strings.TrimRight(s.text[:s.at.Start], " \t\r\n"))
	at := Span{Start: max(end-1, 0), End: end}
	noun := map[byte]string{'[': "array", '{': "inline table"}[s.text[s.state.brackets[len(s.state.brackets)-1]]]
	d := Error{Kind: MissingComma, Span: at, Message: fmt.Sprintf("a comma is missing behind this entry of the %s", noun)}
	if end == s.at.Start && s.state.last.End == end {
		d.Span = Span{Start: s.at.Start, End: s.word(s.at.Start).End}
		d.Message = fmt.Sprintf("%s follows the end of a string: the quotes do not pair up", s.quoted(s.atLeastOne(d.Span)))
		d.Span = s.atLeastOne(d.Span)
		d.Hint = `a quote within a string is written \"`
		return d, true
	}
	d.Fix = &Fix{Message: "add a comma", Edits: []Edit{{Span: Span{Start: end, End: end}, New: ","}}}
	return d, true
}

// bareWord finds a value that needs quotes.
func (s *slip) bareWord() (Error, bool) {
	if s.state.equals < 0 || s.at.Start <= s.state.equals || s.state.want == wantSeparator {
		return Error{}, false
	}
	at := s.word(s.at.Start)
	if at.Start == at.End {
		at = s.atLeastOne(s.at)
		return Error{Kind: NotAValue, Span: at, Message: fmt.Sprintf("%s cannot start a value", s.quoted(at))}, true
	}
	word := s.text[at.Start:at.End]
	d := Error{Kind: NotAValue, Span: at, Message: fmt.Sprintf("%s is not a TOML value", wording.Quote(word))}
	switch lower := strings.ToLower(word); {
	case zeroes.MatchString(word):
		d.Hint = "numbers have no leading zeroes"
	case lower == "true" || lower == "false":
		d.Hint = "booleans are lower case: " + lower
		d.Fix = &Fix{Message: "write " + wording.Quote(lower), Edits: []Edit{{Span: at, New: lower}}}
	case lower == "null" || lower == "nil" || lower == "none":
		d.Hint = "TOML has no empty value: leave the key out"
	case strings.ContainsAny(word, `"'`):
		d.Hint = "the opening quote is missing"
	default:
		d.Hint = "text needs quotes: " + QuoteString(word)
		d.Fix = &Fix{Message: "put it in quotes", Edits: []Edit{{Span: at, New: QuoteString(word)}}}
	}
	return d, true
}

// strayQuotes finds three quotes where a key should be.
func (s *slip) strayQuotes() (Error, bool) {
	rest := s.text[min(s.from, len(s.text)):]
	if !strings.HasPrefix(rest, `"""`) && !strings.HasPrefix(rest, "'''") {
		return Error{}, false
	}
	return Error{Kind: StrayQuotes, Span: Span{Start: s.from, End: s.from + 3}, Message: rest[:3] + " closes no string",
		Hint: "are the opening quotes missing, or did the text hold them already?"}, true
}

// header finds a table header that is not closed or not well formed.
func (s *slip) header() (Error, bool) {
	line := s.from
	if line >= len(s.text) || s.text[line] != '[' || s.state.equals >= 0 || s.behindHeader() {
		return Error{}, false
	}
	at := Span{Start: line, End: s.lineEnd(line)}
	want := "]"
	if strings.HasPrefix(s.text[line:], "[[") {
		want = "]]"
	}
	d := Error{Kind: BadHeader, Span: at, Message: fmt.Sprintf("table header %s is not closed by %s", s.quoted(at), want)}
	if strings.HasSuffix(s.text[at.Start:at.End], want) {
		d.Message = fmt.Sprintf("%s is not a table header", s.quoted(at))
		d.Hint = "a table has one bracket on both sides, an entry of an array of tables two; names with other characters than letters, digits, _ and - need quotes"
	}
	return d, true
}

// behindHeader reports whether the parser stopped behind a complete header, or at something that only a line end may follow.
func (s *slip) behindHeader() bool {
	head := strings.TrimRight(s.text[s.from:min(s.at.Start, len(s.text))], " \t")
	shut := "]"
	if strings.HasPrefix(head, "[[") {
		shut = "]]"
	}
	return strings.HasPrefix(head, "[") && strings.HasSuffix(head, shut) || s.text[min(s.at.Start, len(s.text)-1)] == '\r'
}

// afterValue finds text behind a complete value.
func (s *slip) afterValue() (Error, bool) {
	if s.state.equals < 0 && !s.behindHeader() {
		return Error{}, false
	}
	at := s.atLeastOne(Span{Start: s.at.Start, End: s.lineEnd(min(s.at.Start, len(s.text)))})
	d := Error{Kind: BehindValue, Span: at, Message: fmt.Sprintf("unexpected %s behind the value", s.quoted(at)), Hint: "each entry stands on a line of its own; comments start with #"}
	if s.text[s.at.Start] == '\r' {
		return s.bareReturn(s.atLeastOne(s.at)), true
	}
	if c := s.text[s.at.Start]; c == ']' || c == '}' {
		return Error{Kind: BehindValue, Span: s.atLeastOne(s.at), Message: fmt.Sprintf("%c closes nothing that is open", c)}, true
	}
	if entryAtStart.MatchString(s.text[at.Start:at.End]) {
		d.Message = fmt.Sprintf("a second entry stands on the line: %s", s.quoted(at))
		return d, true
	}
	if s.state.last.End == s.at.Start || strings.ContainsAny(s.text[at.Start:at.End], `"'`) {
		d.Message = fmt.Sprintf("unexpected %s behind the end of a string", s.quoted(at))
		d.Hint = `a quote within a string in double quotes is written \"; text with quotes fits between '''`
	}
	return d, true
}

// key words what is wrong with the start of an entry.
func (s *slip) key() (Error, bool) {
	at := Span{Start: s.from, End: s.lineEnd(s.from)}
	line := s.text[at.Start:at.End]
	if line == "" {
		return Error{}, false
	}
	d := Error{Kind: NotAnEntry, Span: at, Message: fmt.Sprintf("%s is not an entry: no = follows a key", wording.Quote(line)), Hint: `an entry is written key = "value"`}
	bare := regexp.MustCompile(`^[A-Za-z0-9_.-]+[ \t]*`).FindString(line)
	switch {
	case strings.HasPrefix(line, "//") || strings.HasPrefix(line, ";") || strings.HasPrefix(line, "--"):
		d.Message = fmt.Sprintf("%s is not an entry", wording.Quote(line))
		d.Hint = "comments start with #"
	case strings.HasPrefix(line, "="):
		d.Message = "the key is missing before ="
	case bare != "" && strings.HasSuffix(bare, " ") && strings.IndexByte(line, '=') > 0:
		d.Span = s.word(at.Start + len(bare))
		d.Message = fmt.Sprintf("expected = behind the key %s, found %s", wording.Quote(bare), s.quoted(d.Span))
		d.Hint = "a key with blanks needs quotes"
	case strings.IndexByte(line, '=') > 0 && s.text[s.at.Start] > ' ':
		d.Span = s.atLeastOne(s.at)
		d.Message = fmt.Sprintf("%s cannot stand in a key", s.quoted(d.Span))
		d.Hint = "keys with other characters than letters, digits, _ and - need quotes"
	case bare != "" && strings.HasPrefix(line[len(bare):], ":"):
		d.Span = Span{Start: at.Start + len(bare), End: at.Start + len(bare) + 1}
		d.Message = fmt.Sprintf("expected = behind the key %s, found :", wording.Quote(strings.TrimSpace(bare)))
		d.Fix = &Fix{Message: "write =", Edits: []Edit{{Span: d.Span, New: " ="}}}
	}
	return d, true
}
