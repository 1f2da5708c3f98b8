package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"runtime/debug"
	"sync"
	"time"

	"github.com/sourcegraph/jsonrpc2"

	"github.com/rulevet/rulevet/rule/lint"
)

// Options of a server.
type Options struct {
	// Version is what the server calls itself.
	Version string
	// Checks run; nil = lint.Checks().
	Checks []*lint.Check
	// Open finds the repository that a file belongs to, as the command line does for the same path. It is called again
	// when its configuration may have changed. nil: the default configuration, no other files.
	Open func(path string) (*Repository, error)
	// Now is the clock of checks; nil = time.Now.
	Now func() time.Time
}

// Repository is where a rule file belongs.
type Repository struct {
	// Root is its absolute path.
	Root string
	// Config is what checks are configured with; nil = the default.
	Config *lint.Config
	// Baseline lists findings that are not shown; nil = none.
	Baseline *lint.Baseline
	// Files lists the rule files of the repository by absolute path: set-wide checks compare with them.
	Files []string
	// RepoPath returns the path of a file from the root, with slashes.
	RepoPath func(path string) string
}

// ErrNoShutdown is what Serve returns when the client exits without having asked for a shutdown.
var ErrNoShutdown = errors.New("the client left without shutdown")

// Serve talks to one client until it says exit, closes the input, or ctx is done.
func Serve(ctx context.Context, in io.Reader, out io.Writer, opts Options) error {
	if opts.Checks == nil {
		opts.Checks = lint.Checks()
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	s := &server{opts: opts, enc: utf16Units, docs: map[string]*document{}, running: map[string]context.CancelFunc{}, exit: make(chan struct{})}
	s.repos = newRepositories(&s.opts)
	conn := jsonrpc2.NewConn(ctx, newStream(in, out), s, jsonrpc2.SetLogger(log.New(io.Discard, "", 0)))
	defer conn.Close()
	select {
	case <-s.exit:
	case <-conn.DisconnectNotify():
	case <-ctx.Done():
		return ctx.Err()
	}
	s.requests.Wait()
	if !s.shutdown.is() {
		return ErrNoShutdown
	}
	return nil
}

// flag is a boolean that goroutines share.
type flag struct {
	mu  sync.Mutex
	set bool
}

func (f *flag) raise() { f.mu.Lock(); f.set = true; f.mu.Unlock() }

func (f *flag) is() bool { f.mu.Lock(); defer f.mu.Unlock(); return f.set }

// server is the state of one session.
type server struct {
	opts        Options
	enc         encoding
	client      clientAbilities
	repos       *repositories
	initialized flag
	shutdown    flag
	exit        chan struct{}
	exitOnce    sync.Once
	requests    sync.WaitGroup

	mu      sync.Mutex
	docs    map[string]*document          // by URI
	running map[string]context.CancelFunc // by id of the request
}

// Handle implements jsonrpc2.Handler. It is called for one message after another, in the order in which they arrive.
func (s *server) Handle(ctx context.Context, conn *jsonrpc2.Conn, req *jsonrpc2.Request) {
	if req.Notif {
		if err := s.notify(ctx, conn, req); err != nil {
			_ = conn.Notify(ctx, "window/logMessage", messageParams{Type: 1, Message: req.Method + ": " + err.Error()})
		}
		return
	}
	answer, err := s.prepare(req)
	if err != nil {
		reply(ctx, conn, req.ID, nil, err)
		return
	}
	id := req.ID.String()
	ctx, cancel := context.WithCancel(ctx)
	s.mu.Lock()
	s.running[id] = cancel
	s.mu.Unlock()
	run := func() {
		defer func() {
			s.mu.Lock()
			delete(s.running, id)
			s.mu.Unlock()
			cancel()
		}()
		result, err := guarded(func() (any, error) { return answer(ctx, conn) })
		if ctx.Err() != nil && err == nil {
			err = &jsonrpc2.Error{Code: codeCancelled, Message: "cancelled"}
		}
		reply(ctx, conn, req.ID, result, err)
	}
	if req.Method == "initialize" || req.Method == "shutdown" {
		run()
		return
	}
	s.requests.Go(run)
}

// Error codes of the protocol that jsonrpc2 does not name.
const (
	codeNotInitialized = -32002
	codeCancelled      = -32800
	codeRequestFailed  = -32803
)

func reply(ctx context.Context, conn *jsonrpc2.Conn, id jsonrpc2.ID, result any, err error) {
	ctx = context.WithoutCancel(ctx)
	if err == nil {
		_ = conn.Reply(ctx, id, result) // it fails only when the client is gone
		return
	}
	var rpc *jsonrpc2.Error
	if !errors.As(err, &rpc) {
		rpc = &jsonrpc2.Error{Code: codeRequestFailed, Message: err.Error()}
	}
	_ = conn.ReplyWithError(ctx, id, rpc)
}

// guarded turns a panic into an error: a fault of one answer must not take the editor's session with it.
func guarded(f func() (any, error)) (result any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &jsonrpc2.Error{Code: jsonrpc2.CodeInternalError, Message: fmt.Sprintf("internal error: %v\n%s", p, debug.Stack())}
		}
	}()
	return f()
}

// answerer makes the result of a request.
type answerer func(ctx context.Context, conn *jsonrpc2.Conn) (any, error)

// prepare reads the parameters of a request and takes its snapshot of the document, before the next message is read.
func (s *server) prepare(req *jsonrpc2.Request) (answerer, error) {
	if req.Method == "initialize" {
		var p initializeParams
		return func(context.Context, *jsonrpc2.Conn) (any, error) { return s.initialize(p), nil }, params(req, &p)
	}
	switch {
	case !s.initialized.is():
		return nil, &jsonrpc2.Error{Code: codeNotInitialized, Message: "expected initialize first"}
	case s.shutdown.is():
		return nil, &jsonrpc2.Error{Code: jsonrpc2.CodeInvalidRequest, Message: "the server is shutting down"}
	case req.Method == "shutdown":
		return func(context.Context, *jsonrpc2.Conn) (any, error) { s.shutdown.raise(); return nil, nil }, nil
	case req.Method == "workspace/executeCommand":
		var p executeParams
		return func(ctx context.Context, conn *jsonrpc2.Conn) (any, error) { return s.execute(ctx, conn, &p) }, params(req, &p)
	}
	answer, ok := requests[req.Method]
	if !ok {
		return nil, &jsonrpc2.Error{Code: jsonrpc2.CodeMethodNotFound, Message: fmt.Sprintf("method %q is not supported", req.Method)}
	}
	var p struct{ TextDocument documentID }
	if err := params(req, &p); err != nil {
		return nil, err
	}
	doc := s.snapshot(p.TextDocument.URI)
	if doc == nil {
		return nil, &jsonrpc2.Error{Code: jsonrpc2.CodeInvalidParams, Message: fmt.Sprintf("document %q is not open", p.TextDocument.URI)}
	}
	raw := req.Params
	return func(ctx context.Context, _ *jsonrpc2.Conn) (any, error) { return answer(ctx, s, doc, *raw) }, nil
}

// requests are those about one open document.
var requests = map[string]func(context.Context, *server, *document, json.RawMessage) (any, error){
	"textDocument/codeAction":          with(codeActions),
	"textDocument/completion":          with(complete),
	"textDocument/hover":               with(hoverAt),
	"textDocument/signatureHelp":       with(signatureAt),
	"textDocument/definition":          with(definition),
	"textDocument/documentSymbol":      with(symbols),
	"textDocument/foldingRange":        with(folding),
	"textDocument/formatting":          with(formatting),
	"textDocument/semanticTokens/full": with(semantic),
	"textDocument/codeLens":            with(lenses),
	"textDocument/prepareRename":       with(renamePlace),
	"textDocument/rename":              with(rename),
}

// with decodes the parameters of a request.
func with[P any](f func(context.Context, *server, *document, *P) (any, error)) func(context.Context, *server, *document, json.RawMessage) (any, error) {
	return func(ctx context.Context, s *server, doc *document, raw json.RawMessage) (any, error) {
		var p P
		if err := json.Unmarshal(raw, &p); err != nil {
			return nil, &jsonrpc2.Error{Code: jsonrpc2.CodeInvalidParams, Message: err.Error()}
		}
		return f(ctx, s, doc, &p)
	}
}

func params(req *jsonrpc2.Request, p any) error {
	if req.Params == nil {
		return &jsonrpc2.Error{Code: jsonrpc2.CodeInvalidParams, Message: "parameters are missing"}
	}
	if err := json.Unmarshal(*req.Params, p); err != nil {
		return &jsonrpc2.Error{Code: jsonrpc2.CodeInvalidParams, Message: err.Error()}
	}
	return nil
}

// initialize agrees on positions and says what the server can do.
func (s *server) initialize(p initializeParams) *initializeResult {
	s.client = p.Capabilities
	for _, e := range p.Capabilities.General.PositionEncodings {
		if e := encoding(e); e == utf8Units || e == utf16Units || e == utf32Units {
			s.enc = e
			break
		}
	}
	s.initialized.raise()
	return &initializeResult{
		ServerInfo: map[string]string{"name": "rulevet", "version": s.opts.Version},
		Capabilities: map[string]any{
			"positionEncoding":           s.enc,
			"textDocumentSync":           map[string]any{"openClose": true, "change": 2, "save": true},
			"codeActionProvider":         map[string]any{"codeActionKinds": []string{"quickfix", fixAllKind}},
			"completionProvider":         map[string]any{"triggerCharacters": []string{".", "\"", "[", ":", " ", "|", "="}},
			"hoverProvider":              true,
			"signatureHelpProvider":      map[string]any{"triggerCharacters": []string{"(", ","}},
			"definitionProvider":         true,
			"documentSymbolProvider":     true,
			"foldingRangeProvider":       true,
			"documentFormattingProvider": true,
			"semanticTokensProvider": map[string]any{"full": true,
				"legend": map[string]any{"tokenTypes": tokenNames, "tokenModifiers": []string{}}},
			"codeLensProvider":       map[string]any{"resolveProvider": false},
			"executeCommandProvider": map[string]any{"commands": []string{runCommand}},
			"renameProvider":         map[string]any{"prepareProvider": true},
		},
	}
}

// notify takes a notification.
func (s *server) notify(ctx context.Context, conn *jsonrpc2.Conn, req *jsonrpc2.Request) error {
	switch req.Method {
	case "exit":
		s.exitOnce.Do(func() { close(s.exit) })
		return nil
	case "$/cancelRequest":
		var p cancelParams
		if err := params(req, &p); err != nil {
			return err
		}
		var id jsonrpc2.ID
		if err := id.UnmarshalJSON(p.ID); err != nil {
			return err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if cancel := s.running[id.String()]; cancel != nil {
			cancel()
		}
		return nil
	}
	if !s.initialized.is() || s.shutdown.is() {
		return nil // the protocol says: drop them
	}
	_, err := guarded(func() (any, error) { return nil, s.documentNotice(ctx, conn, req) })
	return err
}

// documentNotice takes a notification about documents or files.
func (s *server) documentNotice(ctx context.Context, conn *jsonrpc2.Conn, req *jsonrpc2.Request) error {
	switch req.Method {
	case "textDocument/didOpen":
		var p didOpenParams
		if err := params(req, &p); err != nil {
			return err
		}
		return s.open(ctx, conn, &p)
	case "textDocument/didChange":
		var p didChangeParams
		if err := params(req, &p); err != nil {
			return err
		}
		return s.change(ctx, conn, &p)
	case "textDocument/didClose":
		var p documentParams
		if err := params(req, &p); err != nil {
			return err
		}
		s.mu.Lock()
		delete(s.docs, p.TextDocument.URI)
		s.mu.Unlock()
		return conn.Notify(ctx, "textDocument/publishDiagnostics", publishParams{URI: p.TextDocument.URI, Diagnostics: []diagnostic{}})
	case "textDocument/didSave", "workspace/didChangeWatchedFiles", "workspace/didChangeConfiguration":
		// Other files, fixtures or the configuration may have changed: what is known of them is read again.
		s.repos.forget()
		return s.relint(ctx, conn)
	case "initialized":
		return s.watch(ctx, conn)
	}
	return nil // the protocol allows to ignore what is not known
}

// watch asks the client to tell of changes on disk, if it can.
func (s *server) watch(ctx context.Context, conn *jsonrpc2.Conn) error {
	if !s.client.Workspace.DidChangeWatchedFiles.DynamicRegistration {
		return nil
	}
	watchers := []map[string]string{{"globPattern": "**/*.toml"}, {"globPattern": "**/testdata/**"}, {"globPattern": "**/_config.yaml"}}
	registration := map[string]any{"registrations": []any{map[string]any{"id": "files", "method": "workspace/didChangeWatchedFiles",
		"registerOptions": map[string]any{"watchers": watchers}}}}
	_, err := conn.DispatchCall(ctx, "client/registerCapability", registration) // nobody waits for the answer
	return err
}
