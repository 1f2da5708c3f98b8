package ruletest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/rule"
)

// Rule is what Match and NoMatch take for a rule: the path of its file, from the folder of the test, or the file read.
type Rule interface{ string | *rule.File }

// Event is what Match and NoMatch take for events: JSON in any shape that an event file may have (a document, NDJSON, a
// search response), or one document as a map, keys nested or dotted.
type Event interface {
	string | []byte | map[string]any
}

// Match fails the test unless the query of the rule matches at least once in the events, and says why it did not. It
// returns what matched, by position over all events.
func Match[R Rule, E Event](t testing.TB, r R, events ...E) []Hit {
	t.Helper()
	return wantMatch(t, r, true, events)
}

// NoMatch fails the test if the query of the rule matches anything in the events.
func NoMatch[R Rule, E Event](t testing.TB, r R, events ...E) {
	t.Helper()
	wantMatch(t, r, false, events)
}

func wantMatch[R Rule, E Event](t tb, r R, want bool, events []E) []Hit {
	t.Helper()
	name, file, diags, err := openRule(r)
	if err != nil {
		t.Errorf("%v", err)
		return nil
	}
	docs, err := documents(events)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return nil
	}
	m, why, problem := prepare(file, diags, onDisk)
	if m == nil {
		t.Errorf("%s: %s", name, why+problem.text)
		return nil
	}
	got, err := m.Match(docs)
	switch {
	case err != nil:
		t.Errorf("%s: %v", name, err)
	case want && len(got) == 0:
		t.Errorf("%s: no match, expected at least one\n%s", name, m.Explain(&Failure{Events: docs}))
	case !want && len(got) > 0:
		t.Errorf("%s: matches %v, expected none\n%s", name, got, m.Explain(&Failure{Events: docs, Extra: got}))
	}
	sortHits(got)
	return got
}

// onDisk makes the Matcher of a rule that reads beside events what lies in the testdata folder beside it.
func onDisk(file *rule.File) (Matcher, error) {
	o := &Options{}
	o.compile = o.newCompiler()
	return o.matcher(file, besideOf(os.DirFS(filepath.Dir(file.Path)), filepath.Base(file.Path), o.compile.Needs(file)))
}

// openRule reads a rule; the name is for messages.
func openRule(r any) (name string, file *rule.File, diags []rule.Diagnostic, err error) {
	switch r := r.(type) {
	case string:
		src, err := fileio.Read(r, fileio.MaxRule)
		if err != nil {
			return r, nil, nil, err
		}
		file, diags = rule.Parse(r, src)
		return r, file, diags, nil
	case *rule.File:
		if r == nil {
			return "", nil, nil, errors.New("the rule is nil")
		}
		if r.Format != rule.TOML {
			return r.Path, r, nil, nil
		}
		// Parsed again for its findings: a file with a syntax error has a rule, but not the one that was written.
		file, diags = rule.Parse(r.Path, r.Src)
		return r.Path, file, diags, nil
	}
	return "", nil, nil, fmt.Errorf("a %T is no rule", r)
}

// documents takes the single documents out of events.
func documents[E Event](events []E) ([][]byte, error) {
	var out [][]byte
	for i, e := range events {
		var raw []byte
		switch e := any(e).(type) {
		case string:
			raw = []byte(e)
		case []byte:
			raw = e
		case map[string]any:
			data, err := json.Marshal(e)
			if err != nil {
				return nil, fmt.Errorf("argument %d cannot be written as JSON: %w", i+1, err)
			}
			out = append(out, data)
			continue
		}
		docs, err := split(fmt.Sprintf("argument %d", i+1), raw)
		if err != nil {
			return nil, err
		}
		out = append(out, docs...)
	}
	if len(out) == 0 {
		return nil, errors.New("no events to try: expected at least one JSON document")
	}
	return out, nil
}

func split(name string, raw []byte) ([][]byte, error) {
	r, err := event.NewReader(name, bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var out [][]byte
	for {
		doc, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if _, err := parseDocument(doc.Source); err != nil {
			return nil, fmt.Errorf("%s: record %d: the event cannot be read: %w", name, doc.Record, err)
		}
		out = append(out, bytes.Clone(doc.Source))
	}
}
