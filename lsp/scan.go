package lsp

import (
	"bytes"
	"sort"
	"strings"

	"github.com/rulevet/rulevet/internal/tomlspan"
)

// outline is what a TOML text shows even if it does not parse: its tables, keys, string literals and comments, line by line.
// It is what completion and folding stand on while somebody types.
type outline struct {
	src     []byte
	headers []header
	entries []entry
}

// header is "[name]" or "[[name]]".
type header struct {
	start, end int
	name       string // its parts joined by dots, without quotes
	array      bool
}

// entry is "key = value", or as much of it as is there.
type entry struct {
	table              string // the header above, "" before the first
	header             int    // its number; -1 before the first
	key                string
	keyStart, keyEnd   int
	eq                 int // offset of "="; -1 if it is missing
	valueStart, valEnd int
	literals           []literal
}

// literal is a string.
type literal struct {
	start, end               int // quotes included
	contentStart, contentEnd int
	multi, raw, closed       bool
	inline                   string // the key in an inline table whose value it is; "" elsewhere
}

// path is the table and key of an entry as one dotted name.
func (e *entry) path() string {
	if e.table == "" {
		return e.key
	}
	return e.table + "." + e.key
}

// scan reads an outline. It never fails: what makes no sense ends with its line.
func scan(src []byte) *outline {
	s := &scanner{src: src, out: &outline{src: src}, header: -1}
	for s.at < len(src) {
		s.statement()
	}
	return s.out
}

type scanner struct {
	src    []byte
	at     int
	out    *outline
	table  string
	header int
}

func (s *scanner) blank() {
	for s.at < len(s.src) && (s.src[s.at] == ' ' || s.src[s.at] == '\t') {
		s.at++
	}
}

// lineEnd is the offset of the end of the line that holds an offset.
func (s *scanner) lineEnd(at int) int {
	for at < len(s.src) && s.src[at] != '\n' {
		at++
	}
	return at
}

func (s *scanner) statement() {
	s.blank()
	if s.at == len(s.src) {
		return
	}
	switch c := s.src[s.at]; c {
	case '\n', '\r':
		s.at++
	case '#':
		s.at = s.lineEnd(s.at)
	case '[':
		s.readHeader()
	default:
		s.readEntry()
	}
}

func (s *scanner) readHeader() {
	h := header{start: s.at}
	end := s.lineEnd(s.at)
	line := string(s.src[s.at:end])
	if h.array = strings.HasPrefix(line, "[["); h.array {
		line = line[1:]
	}
	name, _, closed := strings.Cut(line[1:], "]")
	h.name = dotted(name)
	h.end = s.at + 1 + len(name)
	if h.array {
		h.end++
	}
	if closed {
		h.end++
		if h.array && h.end < end && s.src[h.end] == ']' {
			h.end++
		}
	}
	s.table, s.header = h.name, len(s.out.headers)
	s.out.headers = append(s.out.headers, h)
	s.at = end
}

// dotted normalises the parts of a key: no quotes, no blanks around dots.
func dotted(key string) string {
	parts := strings.Split(key, ".")
	for i, p := range parts {
		parts[i] = strings.Trim(strings.TrimSpace(p), `"'`)
	}
	return strings.Join(parts, ".")
}

func (s *scanner) readEntry() {
	e := entry{table: s.table, header: s.header, keyStart: s.at, eq: -1}
	end := s.lineEnd(s.at)
	for s.at < end && s.src[s.at] != '=' && s.src[s.at] != '#' {
		s.at++
	}
	e.keyEnd = e.keyStart + len(strings.TrimRight(string(s.src[e.keyStart:s.at]), " \t\r"))
	e.key = dotted(string(s.src[e.keyStart:e.keyEnd]))
	if s.at == end || s.src[s.at] == '#' {
		e.valueStart, e.valEnd = s.at, s.at
		s.at = end
		s.out.entries = append(s.out.entries, e)
		return
	}
	e.eq = s.at
	s.at++
	s.blank()
	e.valueStart = s.at
	s.value(&e)
	e.valEnd = s.at
	s.out.entries = append(s.out.entries, e)
}

// value reads up to the end of the line, or of the brackets that it opens.
func (s *scanner) value(e *entry) {
	depth := 0
	inline := "" // the key before the last "=" in an inline table
	word := -1   // start of the bare word before it
	for s.at < len(s.src) {
		switch c := s.src[s.at]; c {
		case '"', '\'':
			word = -1
			e.literals = append(e.literals, s.literal(inline))
			continue
		case '#':
			s.at = s.lineEnd(s.at)
			continue
		case '[', '{':
			depth++
			inline = ""
		case ']', '}':
			depth--
		case ',':
			inline = ""
		case '=':
			if word >= 0 {
				inline = strings.TrimSpace(string(s.src[word:s.at]))
			}
		case '\n':
			if depth <= 0 || s.newStatement(s.at+1) {
				return
			}
		}
		if c := s.src[s.at]; wordByte(c) {
			if word < 0 {
				word = s.at
			}
		} else if c != ' ' && c != '\t' {
			word = -1
		}
		s.at++
	}
}

func wordByte(c byte) bool {
	return c == '_' || c == '-' || c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// newStatement reports whether a line can be no part of an array that was left open: "key = …" at its start.
func (s *scanner) newStatement(at int) bool {
	start := at
	for at < len(s.src) && wordByte(s.src[at]) {
		at++
	}
	if at == start {
		return false
	}
	for at < len(s.src) && (s.src[at] == ' ' || s.src[at] == '\t') {
		at++
	}
	return at < len(s.src) && s.src[at] == '='
}

// literal reads a string from its opening quote.
func (s *scanner) literal(inline string) literal {
	l := literal{start: s.at, raw: s.src[s.at] == '\'', inline: inline}
	quotes := 1
	if l.multi = bytes.HasPrefix(s.src[s.at:], bytes.Repeat(s.src[s.at:s.at+1], 3)); l.multi {
		quotes = 3
	}
	l.contentStart = s.at + quotes
	l.end, l.closed = tomlspan.StringEnd(s.src, s.at)
	l.contentEnd = l.end
	if l.closed {
		l.contentEnd -= quotes
	}
	s.at = l.end
	return l
}

// place is where an offset lies in an outline.
type place struct {
	header  *header  // the offset is in it
	entry   *entry   // the offset is in its key, value, or behind its "="
	inKey   bool     // … in its key
	literal *literal // … in this string, between its quotes
	table   string   // the table around it
	number  int      // the number of that table's header; -1 before the first
}

// at finds an offset.
func (o *outline) at(offset int) place {
	p := place{number: -1}
	if i := sort.Search(len(o.headers), func(i int) bool { return o.headers[i].start > offset }) - 1; i >= 0 {
		p.table, p.number = o.headers[i].name, i
		if offset <= o.headers[i].end {
			p.header = &o.headers[i]
			return p
		}
	}
	i := sort.Search(len(o.entries), func(i int) bool { return o.entries[i].keyStart > offset }) - 1
	if i < 0 {
		return p
	}
	e := &o.entries[i]
	if offset > e.valEnd || strings.ContainsRune(string(o.src[min(e.valEnd, offset):offset]), '\n') {
		return p
	}
	p.entry, p.inKey = e, offset <= e.keyEnd || e.eq < 0
	j := sort.Search(len(e.literals), func(j int) bool { return e.literals[j].contentStart > offset }) - 1
	if j >= 0 && offset <= e.literals[j].contentEnd {
		p.literal = &e.literals[j]
	}
	return p
}

// value returns the decoded text of a one-line string value of a key in the table with that number, or "".
func (o *outline) value(number int, key string) string {
	for i := range o.entries {
		if e := &o.entries[i]; e.header == number && e.key == key && len(e.literals) > 0 {
			return o.text(&e.literals[0])
		}
	}
	return ""
}

// valueOf is value for a table by name: the first that has the key.
func (o *outline) valueOf(table, key string) string {
	for i := range o.entries {
		if e := &o.entries[i]; e.table == table && e.key == key && len(e.literals) > 0 {
			return o.text(&e.literals[0])
		}
	}
	return ""
}

func (o *outline) text(l *literal) string { return string(o.src[l.contentStart:l.contentEnd]) }
