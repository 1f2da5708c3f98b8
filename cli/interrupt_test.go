package cli

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// stalled gives its text, then cancels and has nothing more to read for ever.
type stalled struct {
	text   io.Reader
	cancel func()
}

func (s *stalled) Read(b []byte) (int, error) {
	n, err := s.text.Read(b)
	if err == io.EOF {
		s.cancel()
		select {}
	}
	return n, err
}

// TestInterruptedQuery: what was found before an interrupt is printed, though the input has no end.
func TestInterruptedQuery(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	in := &stalled{strings.NewReader("{\"@timestamp\":2,\"a\":1}\n{\"@timestamp\":1,\"a\":2}\n"), cancel}
	var out, stderr bytes.Buffer
	c := &command{Options{Stdin: in, Stdout: &out, Stderr: &stderr, Env: func(string) string { return "" }, Now: time.Now}}
	f := &queryFlags{categoryField: "event.category", timestampField: "@timestamp", size: -1, resultPosition: "tail", maxSamples: 1, format: "ndjson", color: "never"}
	err := c.query(ctx, f, "any where a > 0", []string{"-"})
	if want := "{\"@timestamp\":1,\"a\":2}\n{\"@timestamp\":2,\"a\":1}\n"; out.String() != want {
		t.Errorf("got %q, want %q; %s", out.String(), want, stderr.String())
	}
	if err == nil || err.Error() != "interrupted: the result is that of the first 2 events" || err.(*exitError).code != exitFailed {
		t.Errorf("error %v", err)
	}
}

// TestInterruptedCopy: an interrupt ends the copy of an input without end, from which the types of fields were to come.
func TestInterruptedCopy(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	var out, stderr bytes.Buffer
	c := &command{Options{Stdin: &stalled{strings.NewReader("{\"a\":1}\n"), cancel}, Stdout: &out, Stderr: &stderr, Env: func(string) string { return "" }, Now: time.Now}}
	f := &queryFlags{categoryField: "event.category", timestampField: "@timestamp", size: -1, resultPosition: "tail", maxSamples: 1, format: "ndjson", color: "never", schemas: []string{dynamic(t)}}
	err := c.query(ctx, f, "any where x > 0", nil)
	if err == nil || !strings.HasPrefix(err.Error(), "interrupted: no event was looked at") || err.(*exitError).code != exitFailed {
		t.Errorf("error %v", err)
	}
}

// TestInterruptedHunt: a hunt over an input without end reports what it found before the interrupt.
func TestInterruptedHunt(t *testing.T) {
	rule := filepath.Join(t.TempDir(), "rule.toml")
	if err := os.WriteFile(rule, []byte("[rule]\nname = \"x\"\ntype = \"eql\"\nlanguage = \"eql\"\nindex = [\"logs-*\"]\nquery = \"any where process.name == \\\"sh\\\"\"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	var out, stderr bytes.Buffer
	in := &stalled{strings.NewReader("{\"@timestamp\":1,\"process\":{\"name\":\"sh\"}}\n"), cancel}
	c := &command{Options{Stdin: in, Stdout: &out, Stderr: &stderr, Env: func(string) string { return "" }, Now: time.Now}}
	f := &huntFlags{commonFlags: commonFlags{format: "json"}, samples: 1, bufferMiB: 32, maxPending: 1000, groupsMiB: usualGroups, events: []string{"-"}}
	err := c.hunt(ctx, f, []string{rule})
	if err == nil || err.(*exitError).code != exitFailed {
		t.Errorf("error %v", err)
	}
	for _, want := range []string{`"matches":1`, `"complete":false`, "record 2: interrupted"} {
		if !strings.Contains(strings.ReplaceAll(out.String(), " ", ""), strings.ReplaceAll(want, " ", "")) {
			t.Errorf("no %s in %s", want, out.String())
		}
	}
}

// TestInterruptedOpening: nobody writes into the pipe that is to be read.
func TestInterruptedOpening(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := makePipe(pipe); err != nil {
		t.Skip(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := openInterruptible(ctx, pipe); err != errInterrupted {
		t.Errorf("error %v", err)
	}
}
