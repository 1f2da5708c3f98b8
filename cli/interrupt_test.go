package cli

import (
	"bytes"
	"context"
	"io"
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
