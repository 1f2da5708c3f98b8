package ruletest

import (
	"bytes"
	"errors"
	"io"
	"io/fs"

	"github.com/rulevet/rulevet/eql/event"
)

// maxEventBytes bounds what one event file may hold once decompressed: fixtures are kept in memory.
const maxEventBytes = 256 << 20

// readEvents reads an event file of any accepted shape. The events before a broken one are kept.
func readEvents(fsys fs.FS, p string) ([]fixtureEvent, []Problem) {
	f, err := fsys.Open(p)
	if err != nil {
		return nil, []Problem{unreadable(p, err)}
	}
	defer f.Close()
	r, err := event.NewReader(p, f)
	if err != nil {
		return nil, []Problem{malformed(p, err)}
	}
	defer r.Close()
	var out []fixtureEvent
	size := 0
	for {
		doc, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return out, []Problem{malformed(p, err)}
		}
		// The reader checks what it needs to tell documents apart; a fixture must be JSON through and through.
		if _, err := parseDocument(doc.Source); err != nil {
			return out, []Problem{{Code: codeMalformed, Severity: "error", Path: p, Line: doc.Line, Column: 1, Record: doc.Record,
				Message: "the event cannot be read: " + err.Error()}}
		}
		if size += len(doc.Source); size > maxEventBytes {
			return out, []Problem{malformed(p, errors.New("the file holds more than 256 MiB of events"))}
		}
		out = append(out, fixtureEvent{raw: bytes.Clone(doc.Source), id: doc.ID, index: doc.IndexName, file: p, record: doc.Index + 1})
	}
	if len(out) == 0 {
		return nil, []Problem{{Code: codeEmpty, Severity: "error", Path: p, Message: "the file holds no event"}}
	}
	return out, nil
}

func malformed(p string, err error) Problem {
	out := Problem{Code: codeMalformed, Severity: "error", Path: p, Message: err.Error()}
	var in *event.InputError
	if errors.As(err, &in) {
		out.Line, out.Column, out.Record, out.Message = in.Line, max(in.Column, 1), in.Record, in.Err.Error()
	}
	return out
}
