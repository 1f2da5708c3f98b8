package lsp_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/rulevet/rulevet/internal/fuzzrand"
	"github.com/rulevet/rulevet/lsp"
)

// methods are what an editor asks about an open document.
var methods = []string{"codeAction", "completion", "hover", "signatureHelp", "definition", "documentSymbol", "foldingRange", "formatting", "semanticTokens/full",
	"codeLens", "prepareRename", "rename"}

// FuzzSession sends a session of changes and requests at the choice of the fuzzer: at places that a document has and has not, with parameters
// that a client would send and that it would not. Each request has one answer, no answer is a fault of the server, and what is written are messages.
func FuzzSession(f *testing.F) {
	var texts []string
	var uris []string
	for _, name := range []string{containerRule, "command_and_control_address_of_indicator_contacted.toml", "exfiltration_mail_from_script_interpreter.toml"} {
		uri, _, text := example(f, name)
		uris, texts = append(uris, uri), append(texts, text)
	}
	for i := range byte(20) {
		f.Add([]byte{i, 3, 5, 7, 11, 13, 17, 19, i * 13, i * 29, i * 71, i, 3 * i, 5 * i, 7 * i, 9 * i, 11 * i, 200, 13 * i})
	}
	f.Fuzz(func(t *testing.T, choices []byte) {
		s := &talk{Rand: fuzzrand.New(choices), requests: map[string]bool{}}
		which := s.IntN(len(texts))
		s.uri, s.text = uris[which], texts[which]
		s.request("initialize", `{"capabilities":{"general":{"positionEncodings":["`+s.pick("utf-8", "utf-16", "utf-32", "x")+`"]}}}`)
		s.notify("initialized", "{}")
		s.notify("textDocument/didOpen", s.marshal(map[string]any{"textDocument": map[string]any{"uri": s.uri, "languageId": "toml", "version": 1, "text": s.text}}))
		for range 1 + s.IntN(8) {
			s.step()
		}
		s.request("shutdown", "null")
		out := &answers{left: s.id, all: make(chan struct{})}
		var exit talk
		exit.notify("exit", "null")
		in := io.MultiReader(&s.in, &gate{out.all}, &exit.in) // as a client does, which waits for its answers
		if err := lsp.Serve(t.Context(), in, out, lsp.Options{Now: today}); err != nil {
			t.Fatalf("%v", err)
		}
		s.check(t, out.text.Bytes())
	})
}

// answers keeps what a server writes, and tells when it has answered as many requests as there were.
type answers struct {
	text bytes.Buffer
	left int
	all  chan struct{}
}

func (a *answers) Write(b []byte) (int, error) { // called for one message at a time
	if bytes.Contains(b, []byte(`"id":`)) && !bytes.Contains(b, []byte(`"method":`)) {
		if a.left--; a.left == 0 {
			close(a.all)
		}
	}
	return a.text.Write(b)
}

// gate is an empty input whose end comes when a channel is closed, or after a while.
type gate struct{ open chan struct{} }

func (g *gate) Read([]byte) (int, error) {
	select {
	case <-g.open:
	case <-time.After(20 * time.Second):
	}
	return 0, io.EOF
}

// talk is the input of a server as it is made.
type talk struct {
	*rand.Rand
	uri, text string
	version   int
	id        int
	in        bytes.Buffer
	requests  map[string]bool // by id: not answered yet
}

func (s *talk) pick(list ...string) string { return list[s.IntN(len(list))] }

func (s *talk) send(body string) {
	fmt.Fprintf(&s.in, "Content-Length: %d\r\n\r\n%s", len(body), body)
}

func (s *talk) notify(method, params string) {
	s.send(fmt.Sprintf(`{"jsonrpc":"2.0","method":%q,"params":%s}`, method, params))
}

func (s *talk) request(method, params string) {
	s.id++
	s.requests[fmt.Sprint(s.id)] = true
	s.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`, s.id, method, params))
}

func (s *talk) marshal(v any) string {
	out, _ := json.Marshal(v) // maps, texts and numbers
	return string(out)
}

// place is a position, most often one that the text has.
func (s *talk) place() map[string]any {
	lines := strings.Split(s.text, "\n")
	line := s.IntN(len(lines))
	character := s.IntN(len(lines[line]) + 1)
	switch s.IntN(12) {
	case 0:
		line = []int{-1, len(lines), 1 << 30, -1 << 31}[s.IntN(4)]
	case 1:
		character = []int{-1, len(lines[line]) + 1, 1 << 30, -1 << 31}[s.IntN(4)]
	}
	return map[string]any{"line": line, "character": character}
}

func (s *talk) step() {
	document := map[string]any{"uri": s.uri}
	if s.IntN(20) == 0 {
		document["uri"] = s.pick("file:///nowhere/x.toml", "untitled:1", "", "file://%zz", "http://x/y.toml")
	}
	switch s.IntN(4) {
	case 0:
		s.version++
		change := map[string]any{"text": s.pick("", "x", "\"", "'''", "[rule]\n", " and ", "(", "\n", "é\U0001F600", "\r\n", "process where a : (", s.text)}
		if s.IntN(5) > 0 {
			change["range"] = map[string]any{"start": s.place(), "end": s.place()}
		}
		document["version"] = s.version
		s.notify("textDocument/didChange", s.marshal(map[string]any{"textDocument": document, "contentChanges": []any{change}}))
	case 1:
		params := s.marshal(map[string]any{"textDocument": document, "position": s.place()})
		at := s.IntN(len(params))
		s.request("textDocument/"+s.pick(methods...), s.pick("null", "[]", "{}", `"x"`, `{"textDocument":null}`, `{"textDocument":{"uri":7}}`, s.marshal(params[:at])))
	case 2:
		s.notify(s.pick("textDocument/didSave", "textDocument/didClose", "workspace/didChangeConfiguration", "$/cancelRequest", "no/such"),
			s.pick("null", "{}", `{"id":1}`, `{"id":[]}`, s.marshal(map[string]any{"textDocument": document})))
	default:
		s.request("textDocument/"+s.pick(methods...), s.marshal(map[string]any{"textDocument": document, "position": s.place(), "newName": s.pick("x", "", "a b", "`"),
			"range": map[string]any{"start": s.place(), "end": s.place()}, "context": map[string]any{"diagnostics": []any{}}, "options": map[string]any{"tabSize": 4}}))
	}
}

// check reads what the server wrote.
func (s *talk) check(t *testing.T, out []byte) {
	t.Helper()
	for len(out) > 0 {
		head, rest, ok := bytes.Cut(out, []byte("\r\n\r\n"))
		var size int
		if _, err := fmt.Sscanf(string(head), "Content-Length: %d", &size); !ok || err != nil || size > len(rest) {
			t.Fatalf("no message: %.200q", out)
		}
		var m struct {
			ID    json.RawMessage
			Error *struct {
				Code    int
				Message string
			}
			Method string
		}
		if err := json.Unmarshal(rest[:size], &m); err != nil {
			t.Fatalf("%v: %.200q", err, rest[:size])
		}
		if m.Error != nil && m.Error.Code == -32603 {
			t.Fatalf("%s\n%s", m.Error.Message, s.in.String())
		}
		if m.Method == "" {
			if id := string(m.ID); !s.requests[id] {
				t.Fatalf("an answer to %s, which is no open request", id)
			}
			delete(s.requests, string(m.ID))
		}
		out = rest[size:]
	}
	if len(s.requests) > 0 {
		t.Errorf("not answered: %v", s.requests)
	}
}
