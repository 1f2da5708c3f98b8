package lsp_test

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sourcegraph/jsonrpc2"

	"github.com/rulevet/rulevet/lsp"
)

// client is an editor: it keeps what the server publishes.
type client struct {
	t    testing.TB
	conn *jsonrpc2.Conn
	done chan error

	mu        sync.Mutex
	published map[string][]published // by URI, all versions
	messages  []string
	arrived   chan struct{}
}

type published struct {
	Version     *int
	Diagnostics []struct {
		Range    span
		Severity int
		Code     string
		Message  string
	}
}

type span struct {
	Start, End struct{ Line, Character int }
}

// pipes joins a reader and a writer.
type pipes struct {
	io.Reader
	io.WriteCloser
}

func (p pipes) Close() error { return p.WriteCloser.Close() }

// today is the clock of the tests.
func today() time.Time { return time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC) }

// start runs a server and says initialize. Capabilities are JSON.
func start(t testing.TB, opts lsp.Options, capabilities string) *client {
	t.Helper()
	fromClient, toServer := io.Pipe()
	fromServer, toClient := io.Pipe()
	c := &client{t: t, done: make(chan error, 1), published: map[string][]published{}, arrived: make(chan struct{}, 1000)}
	opts.Now = today
	go func() {
		c.done <- lsp.Serve(context.Background(), fromClient, toClient, opts)
		toClient.Close()
	}()
	stream := jsonrpc2.NewBufferedStream(pipes{fromServer, toServer}, jsonrpc2.VSCodeObjectCodec{})
	c.conn = jsonrpc2.NewConn(context.Background(), stream, jsonrpc2.HandlerWithError(c.handle))
	t.Cleanup(func() { c.conn.Close() })
	if capabilities == "" {
		capabilities = "{}"
	}
	c.call("initialize", json.RawMessage(`{"capabilities":`+capabilities+`}`), nil)
	c.notify("initialized", map[string]any{})
	return c
}

func (c *client) handle(_ context.Context, _ *jsonrpc2.Conn, req *jsonrpc2.Request) (any, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch req.Method {
	case "textDocument/publishDiagnostics":
		var p struct {
			URI string
			published
		}
		if err := json.Unmarshal(*req.Params, &p); err != nil {
			c.t.Errorf("%s: %v", *req.Params, err)
		}
		c.published[p.URI] = append(c.published[p.URI], p.published)
		c.arrived <- struct{}{}
	default:
		c.messages = append(c.messages, req.Method+" "+string(*req.Params))
	}
	return nil, nil
}

func (c *client) call(method string, params, result any) {
	c.t.Helper()
	if err := c.conn.Call(context.Background(), method, params, result); err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
}

func (c *client) notify(method string, params any) {
	c.t.Helper()
	if err := c.conn.Notify(context.Background(), method, params); err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
}

// open opens a text and waits for its diagnostics.
func (c *client) open(uri, text string) published {
	c.t.Helper()
	c.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": uri, "languageId": "toml", "version": 1, "text": text}})
	return c.next(uri)
}

// change sends changes and waits for the diagnostics of that version.
func (c *client) change(uri string, version int, changes ...map[string]any) published {
	c.t.Helper()
	c.notify("textDocument/didChange", map[string]any{"textDocument": map[string]any{"uri": uri, "version": version}, "contentChanges": changes})
	return c.next(uri)
}

func (c *client) next(uri string) published {
	c.t.Helper()
	select {
	case <-c.arrived:
	case <-time.After(30 * time.Second):
		c.t.Fatal("no diagnostics within 30 s")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.published[uri]
	if len(all) == 0 {
		c.t.Fatalf("diagnostics of another document than %s: %v", uri, c.published)
	}
	return all[len(all)-1]
}

// at is a position parameter for the place of a mark in a text: of its "‸".
func at(uri, text string) (clean string, params map[string]any) {
	before, after, ok := strings.Cut(text, "‸")
	if !ok {
		panic("no mark in " + text)
	}
	line := strings.Count(before, "\n")
	column := len([]rune(before[strings.LastIndexByte(before, '\n')+1:]))
	return before + after, map[string]any{"textDocument": map[string]any{"uri": uri},
		"position": map[string]any{"line": line, "character": column}}
}

// example returns a rule of the repository's examples and its path.
func example(t testing.TB, name string) (uri, path, text string) {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "examples", "rules", name))
	if err != nil {
		t.Fatal(err)
	}
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return "file://" + filepath.ToSlash(path), path, string(src)
}
