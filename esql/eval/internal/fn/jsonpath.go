//lint:file-ignore ST1005 the messages are Elasticsearch's, to the letter

package fn

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
)

// jsonPath is a path of JSON_EXTRACT.
type jsonPath struct {
	steps   []jsonStep // none: the document
	missing error      // of a document without it
}

// jsonStep is a member's name, or an index.
type jsonStep struct {
	name  string
	index int
	isKey bool
}

// jsonPathParser reads a path such as `a.b[0]['c']`, with or without `$` in front.
type jsonPathParser struct {
	path string
	pos  int
	out  []jsonStep
}

func newJSONPath(path string) (*jsonPath, error) {
	p := &jsonPathParser{path: path}
	if err := p.parse(); err != nil {
		return nil, err
	}
	return &jsonPath{p.out, fmt.Errorf("path [%s] does not exist", path)}, nil
}

// fail words an error at a place, which Elasticsearch counts in UTF-16.
func (p *jsonPathParser) fail(at int, format string, args ...any) error {
	return fmt.Errorf("Invalid JSON path [%s]: %s at position %d", p.path, fmt.Sprintf(format, args...), len(utf16.Encode([]rune(p.path[:at]))))
}

func (p *jsonPathParser) more() bool { return p.pos < len(p.path) }

func (p *jsonPathParser) parse() error {
	if strings.HasPrefix(p.path, "$") {
		if p.pos++; p.more() && p.path[1] != '.' && p.path[1] != '[' {
			return p.fail(1, "expected [.] or [[] after [$]")
		}
		if p.more() && p.path[1] == '.' {
			p.pos++
		}
	}
	if p.more() && p.path[p.pos] == '.' {
		return p.fail(p.pos, "path cannot start with a dot")
	}
	for first := true; p.more(); first = false {
		var err error
		switch c := p.path[p.pos]; {
		case c == '[':
			err = p.bracket()
		case c == '.':
			if err = p.dot(); err == nil {
				err = p.key()
			}
		case first:
			err = p.key()
		default:
			err = p.fail(p.pos, "expected [.] or [[] before [%c]", []rune(p.path[p.pos:])[0])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// dot reads a dot that has something behind it.
func (p *jsonPathParser) dot() error {
	at := p.pos
	p.pos++
	switch {
	case !p.more():
		return p.fail(at, "path cannot end with a dot")
	case p.path[p.pos] == '.':
		return p.fail(at, "consecutive dots")
	}
	return nil
}

// key reads a name without quotes.
func (p *jsonPathParser) key() error {
	n := strings.IndexAny(p.path[p.pos:], ".[]")
	if n < 0 {
		n = len(p.path) - p.pos
	}
	if n == 0 {
		return p.fail(p.pos, "empty key name")
	}
	p.out = append(p.out, jsonStep{name: p.path[p.pos : p.pos+n], isKey: true})
	p.pos += n
	return nil
}

const jsonBlank = " \t\r\n"

// bracket reads a name in quotes, or an index.
func (p *jsonPathParser) bracket() error {
	at := p.pos
	inner := strings.TrimLeft(p.path[at+1:], jsonBlank)
	p.pos = len(p.path) - len(inner)
	if inner == "" {
		return p.fail(at, "unterminated bracket")
	}
	if inner[0] == '\'' || inner[0] == '"' {
		return p.quoted(at, inner[0])
	}
	n := strings.IndexByte(inner, ']')
	if n < 0 {
		return p.fail(at, "missing closing bracket for array index")
	}
	p.pos += n + 1
	number := strings.TrimRight(inner[:n], jsonBlank)
	switch {
	case number == "":
		return p.fail(at, "empty brackets")
	case len(number) > 1 && number[0] == '0' && strings.Trim(number, "0123456789") == "":
		return p.fail(at, "leading zeros are not allowed in array index [%s]", number)
	}
	index, err := strconv.ParseInt(number, 10, 32)
	switch {
	case err != nil:
		return p.fail(at, "expected integer array index, got [%s]", number)
	case index < 0:
		return errJSONBounds
	}
	p.out = append(p.out, jsonStep{index: int(index)})
	return nil
}

// quoted reads a name in quotes and the bracket behind it. What stands behind a backslash counts as it is.
func (p *jsonPathParser) quoted(at int, quote byte) error {
	var name []byte
	for p.pos++; ; p.pos++ {
		if !p.more() {
			return p.fail(at, "unterminated quoted key")
		}
		c := p.path[p.pos]
		if c == quote {
			break
		}
		if c == '\\' && p.pos+1 < len(p.path) {
			p.pos++
			c = p.path[p.pos]
		}
		name = append(name, c)
	}
	rest := strings.TrimLeft(p.path[p.pos+1:], jsonBlank)
	if !strings.HasPrefix(rest, "]") {
		return p.fail(at, "expected closing bracket after quoted key")
	}
	p.pos = len(p.path) - len(rest) + 1
	p.out = append(p.out, jsonStep{name: string(name), isKey: true})
	return nil
}

// JSONMember is the dotted name of the field of a document that a path of JSON_EXTRACT leads to; empty if it leads to no member, or is
// wrong.
func JSONMember(path string) string {
	p, err := newJSONPath(path)
	if err != nil {
		return ""
	}
	var names []string
	for _, s := range p.steps {
		if !s.isKey || s.name == "" {
			return ""
		}
		names = append(names, s.name)
	}
	return strings.Join(names, ".")
}
