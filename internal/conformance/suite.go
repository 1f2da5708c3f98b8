// Package conformance reads the suites of ../../testdata: queries and rules of our own over events of our own, each with what Elasticsearch answered.
// Its tests hold the packages of the languages to them, and with -oracle DIR ask a real Elasticsearch again and write the answers anew.
//
// A suite is a file in the txtar format. Its comment says what was asked and of which version. The section "cases" has one case after another, with a
// blank line between them:
//
//	# what the cases below are about
//	@ {"case_insensitive": true}
//	the query, on
//	one or more lines
//	= what it finds
//
// A line of "@" is JSON of options and may be missing. What a query finds begins with a line of "=", what is wrong with it with a line of "!"; lines up
// to the next blank one belong to it.
package conformance

import (
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/tools/txtar"
)

// Suite is a file of cases.
type Suite struct {
	Path    string
	Comment string
	Files   map[string][]byte // sections but "cases", by name; mapping.json and events.ndjson of ../common where it has none
	Cases   []*Case
	order   []txtar.File
	tail    string // what stands behind the last case
}

// Case is one query or rule.
type Case struct {
	Line   int    // of the query in the section, from 1
	Head   string // lines of comments and blanks before it
	Option string // JSON; empty if there is none
	Query  string
	Answer string // as written: the first line with its "=" or "!"
}

// Refused tells whether the answer is an error.
func (c *Case) Refused() bool { return strings.HasPrefix(c.Answer, "!") }

// Read reads a suite.
func Read(path string) (*Suite, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	ar := txtar.Parse(data)
	s := &Suite{Path: path, Comment: string(ar.Comment), Files: map[string][]byte{}, order: ar.Files}
	for _, name := range []string{"mapping.json", "events.ndjson"} { // what suites share
		if data, err := os.ReadFile(filepath.Join(filepath.Dir(path), "..", "common", name)); err == nil {
			s.Files[name] = data
		}
	}
	for _, f := range ar.Files {
		if f.Name != "cases" {
			s.Files[f.Name] = f.Data
			continue
		}
		s.cases(string(f.Data))
	}
	return s, nil
}

// cases cuts the section of cases.
func (s *Suite) cases(text string) {
	var c Case
	var query, answer []string
	n := 0
	end := func() {
		if len(query) == 0 {
			return
		}
		if len(answer) == 0 {
			answer = []string{"="}
		}
		c.Query, c.Answer = strings.Join(query, "\n"), strings.Join(answer, "\n")
		done := c
		s.Cases = append(s.Cases, &done)
		c, query, answer = Case{}, nil, nil
	}
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSuffix(line, "\n")
		switch {
		case line == "":
			end()
			c.Head += "\n"
		case len(answer) > 0 || len(query) > 0 && (strings.HasPrefix(line, "=") || strings.HasPrefix(line, "!")):
			answer = append(answer, line)
		case len(query) == 0 && strings.HasPrefix(line, "# "):
			c.Head += line + "\n"
		case len(query) == 0 && strings.HasPrefix(line, "@ "):
			c.Option = strings.TrimPrefix(line, "@ ")
		default:
			if len(query) == 0 {
				c.Line = n
			}
			query = append(query, line)
		}
	}
	end()
	s.tail = c.Head
}

// Format writes a suite as Read reads it.
func (s *Suite) Format() []byte {
	ar := &txtar.Archive{Comment: []byte(s.Comment)}
	for _, f := range s.order {
		if f.Name == "cases" {
			var b strings.Builder
			for _, c := range s.Cases {
				b.WriteString(c.Head)
				if c.Option != "" {
					b.WriteString("@ " + c.Option + "\n")
				}
				b.WriteString(c.Query + "\n" + c.Answer + "\n")
			}
			b.WriteString(s.tail)
			f.Data = []byte(b.String())
		}
		ar.Files = append(ar.Files, f)
	}
	return txtar.Format(ar)
}
