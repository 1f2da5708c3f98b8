package cli

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"
)

// messages is standard error for text: file names, rules and events stand in messages, and what they hold must neither control the
// terminal nor be anything but UTF-8.
type messages struct{ out io.Writer }

func (m *messages) Write(b []byte) (int, error) {
	if text := printableText(b); text != nil {
		_, err := m.out.Write(text)
		return len(b), err
	}
	return m.out.Write(b)
}

// printableText is a text with control characters and broken bytes replaced, nil if it has none.
func printableText(b []byte) []byte {
	keeps := func(r rune) rune {
		if r == '\n' {
			return r
		}
		return printable(r)
	}
	if utf8.Valid(b) && bytes.IndexFunc(b, func(r rune) bool { return keeps(r) != r }) < 0 {
		return nil
	}
	return []byte(strings.Map(keeps, string(b)))
}

// terminal is standard error itself, for what moves the cursor or is coloured, and cleans its text itself.
func (c *command) terminal() io.Writer {
	if m, ok := c.Stderr.(*messages); ok {
		return m.out
	}
	return c.Stderr
}
