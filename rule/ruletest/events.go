package ruletest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/internal/fileio"
)

// maxEventBytes bounds what one event file may hold once decompressed: fixtures are kept in memory. Each event counts eventBytes more than its
// text: what is kept beside it.
const (
	maxEventBytes = 256 << 20
	eventBytes    = 256
)

// readEvents reads an event file of any accepted shape. The events before a broken one are kept.
func readEvents(fsys fs.FS, p string) ([]fixtureEvent, []Problem) {
	info, err := regular(fsys, p)
	if err != nil {
		return nil, []Problem{unreadable(p, err)}
	}
	f, err := fsys.Open(p)
	if err != nil {
		return nil, []Problem{unreadable(p, err)}
	}
	defer f.Close()
	r, err := event.NewReader(p, inMemory(f, info.Size()))
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
		if err := validDocument(doc.Source); err != nil {
			return out, []Problem{{Code: codeMalformed, Severity: "error", Path: p, Line: doc.Line, Column: 1, Record: doc.Record,
				Message: "the event cannot be read: " + jsonError(err)}}
		}
		if size += len(doc.Source) + eventBytes; size > maxEventBytes {
			return out, []Problem{malformed(p, errors.New("the file holds more than 256 MiB of events"))}
		}
		out = append(out, fixtureEvent{raw: bytes.Clone(doc.Source), id: doc.ID, index: doc.IndexName, file: p, record: doc.Index + 1})
	}
	if len(out) == 0 {
		return nil, []Problem{{Code: codeEmpty, Severity: "error", Path: p, Message: "the file holds no event"}}
	}
	return out, nil
}

// regular refuses what is no plain file: opening a named pipe would wait for ever.
func regular(fsys fs.FS, p string) (fs.FileInfo, error) {
	info, err := fs.Stat(fsys, p)
	if err == nil && !info.IsDir() && !info.Mode().IsRegular() {
		err = fmt.Errorf("not a regular file (%s)", info.Mode().Type())
	}
	return info, err
}

// readFile reads a rule, cases.toml or a golden.
func readFile(fsys fs.FS, p string) ([]byte, error) { return fileio.ReadFS(fsys, p, fileio.MaxRule) }

// inMemory reads a small file as a whole; a reader that knows its size needs no large buffer.
func inMemory(f fs.File, size int64) io.Reader {
	if size > 256<<10 {
		return f
	}
	data := make([]byte, size)
	n, err := io.ReadFull(f, data)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return io.MultiReader(bytes.NewReader(data[:n]), errorReader{err})
	}
	return bytes.NewReader(data[:n])
}

// errorReader reports an error of the disk where the reader of events meets it.
type errorReader struct{ err error }

func (e errorReader) Read([]byte) (int, error) { return 0, e.err }

// validDocument makes sure that a document is a JSON object.
func validDocument(raw []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) && json.Valid(raw) {
		return nil
	}
	if _, err := parseDocument(raw); err != nil {
		return err
	}
	return errors.New("there is something behind the JSON object")
}

// jsonError adds the place to an error of package json, which keeps it to itself.
func jsonError(err error) string {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Sprintf("%v at byte %d of the event", err, syntax.Offset)
	}
	return err.Error()
}

func malformed(p string, err error) Problem {
	out := Problem{Code: codeMalformed, Severity: "error", Path: p, Message: err.Error()}
	var in *event.InputError
	if errors.As(err, &in) {
		out.Line, out.Column, out.Record, out.Message = in.Line, max(in.Column, 1), in.Record, in.Err.Error()
	}
	return out
}
