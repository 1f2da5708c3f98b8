package kql_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/rulevet/rulevet/kql"
)

// sharedCase is a case of ../shared/conformance; the tests skip without it.
type sharedCase struct {
	ID, Group, Index, Query string
	Error                   *struct {
		Kind, Message string
		Line, Column  int
	}
}

func sharedCases(t *testing.T, set string) []sharedCase {
	t.Helper()
	data, err := os.ReadFile("../../shared/conformance/" + set + "/cases.json")
	if err != nil {
		t.Skip("no shared conformance cases")
	}
	var file struct{ Cases []sharedCase }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return file.Cases
}

// position is the line and column, from 1, of an offset; columns count UTF-16 units.
func position(s string, offset int) (line, column int) {
	line, column = 1, 1
	for i, r := range s {
		if i >= offset {
			break
		}
		if column += max(utf16.RuneLen(r), 1); r == '\n' {
			line, column = line+1, 1
		}
	}
	return line, column
}

// TestKueryVerdicts: what Kibana parses parses, and what it refuses is refused at the same place, save for what names a
// better one.
func TestKueryVerdicts(t *testing.T) {
	for _, c := range sharedCases(t, "kuery") {
		_, issues := kql.Parse(c.Query, kql.Kuery)
		want := c.Error != nil && c.Error.Kind == "parse"
		if got := kql.HasErrors(issues); got != want {
			t.Errorf("%s: Parse(%q) refused = %t, want %t: %v", c.ID, c.Query, got, want, issues)
			continue
		}
		if !want {
			continue
		}
		line, column := position(c.Query, issues[0].Span.Start)
		if line != c.Error.Line || column != c.Error.Column {
			t.Logf("%s: %q at %d:%d (%s), Kibana at %d:%d (%s)", c.ID, c.Query, line, column, issues[0].Message, c.Error.Line, c.Error.Column, c.Error.Message)
		}
	}
}

// TestServerVerdicts: what Elasticsearch parses parses, and what it refuses is refused. Names of nested objects, which it
// looks at while it parses, are not the business of this package.
func TestServerVerdicts(t *testing.T) {
	for _, c := range sharedCases(t, "kql") {
		_, issues := kql.Parse(c.Query, kql.Server)
		want := c.Error != nil && c.Error.Kind == "parse" && !strings.Contains(c.Error.Message, "nested field name")
		if got := kql.HasErrors(issues); got != want {
			t.Errorf("%s: Parse(%q) refused = %t, want %t: %v", c.ID, c.Query, got, want, issues)
			continue
		}
		if !want {
			continue
		}
		line, column := position(c.Query, issues[0].Span.Start)
		if line != c.Error.Line || column != c.Error.Column {
			t.Logf("%s: %q at %d:%d (%s), the server at %d:%d (%s)", c.ID, c.Query, line, column, issues[0].Message, c.Error.Line, c.Error.Column, c.Error.Message)
		}
	}
}
