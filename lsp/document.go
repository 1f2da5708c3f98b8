package lsp

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/sourcegraph/jsonrpc2"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint"
)

// document is one version of an open text. It is immutable but for what is worked out on first use.
type document struct {
	uri     string
	path    string // on this machine; the URI itself if it names no file
	version int
	text    *text
	isRule  bool // a rule file; else cases.toml or the configuration

	outline func() *outline
	checked func() *checked
}

// checked is what the linter says of a document.
type checked struct {
	repo        *repository
	file        *rule.File // nil if the repository could not be opened
	diagnostics []rule.Diagnostic
	err         error
}

// newDocument makes a version of a document.
func (s *server) newDocument(uri string, version int, t *text) *document {
	d := &document{uri: uri, path: pathOf(uri), version: version, text: t}
	d.isRule = isRule(d.path)
	d.outline = sync.OnceValue(func() *outline { return scan(t.src) })
	d.checked = sync.OnceValue(func() *checked { return s.check(d) })
	return d
}

// isRule tells rule files from the others of a repository that a client may open.
func isRule(path string) bool {
	name := filepath.Base(path)
	return filepath.Ext(name) == ".toml" && name != casesName && !strings.HasPrefix(name, ".")
}

// casesName is the file of cases in a fixture folder.
const casesName = "cases.toml"

// pathOf is the file of a URI.
func pathOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "file" {
		return uri
	}
	path := u.Path
	if runtime.GOOS == "windows" {
		path = strings.TrimPrefix(path, "/")
	}
	return filepath.FromSlash(path)
}

// uriOf is the URI of a file.
func uriOf(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}

// snapshot is the newest version of a document; nil if it is not open.
func (s *server) snapshot(uri string) *document {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.docs[uri]
}

func (s *server) keep(d *document) {
	s.mu.Lock()
	s.docs[d.uri] = d
	s.mu.Unlock()
}

func (s *server) open(ctx context.Context, conn *jsonrpc2.Conn, p *didOpenParams) error {
	d := s.newDocument(p.TextDocument.URI, p.TextDocument.Version, newText([]byte(p.TextDocument.Text), s.enc))
	s.keep(d)
	return s.publish(ctx, conn, d)
}

func (s *server) change(ctx context.Context, conn *jsonrpc2.Conn, p *didChangeParams) error {
	old := s.snapshot(p.TextDocument.URI)
	if old == nil {
		return fmt.Errorf("document %q is not open", p.TextDocument.URI)
	}
	t, err := old.text.apply(p.ContentChanges)
	d := s.newDocument(old.uri, p.TextDocument.Version, t)
	s.keep(d)
	if publishErr := s.publish(ctx, conn, d); publishErr != nil {
		return publishErr
	}
	return err
}

// relint checks every open document again.
func (s *server) relint(ctx context.Context, conn *jsonrpc2.Conn) error {
	s.mu.Lock()
	var list []*document
	for uri, d := range s.docs {
		d = s.newDocument(uri, d.version, d.text)
		s.docs[uri] = d
		list = append(list, d)
	}
	s.mu.Unlock()
	for _, d := range list {
		if err := s.publish(ctx, conn, d); err != nil {
			return err
		}
	}
	return nil
}

// publish sends what the linter says of a document.
func (s *server) publish(ctx context.Context, conn *jsonrpc2.Conn, d *document) error {
	return conn.Notify(ctx, "textDocument/publishDiagnostics", publishParams{URI: d.uri, Version: &d.version, Diagnostics: d.diagnostics()})
}

// check lints a document.
func (s *server) check(d *document) *checked {
	if !d.isRule {
		return &checked{}
	}
	repo, err := s.repos.of(d.path)
	if err != nil {
		return &checked{err: err}
	}
	report, err := repo.lint(d)
	if err != nil {
		return &checked{err: err}
	}
	out := &checked{repo: repo, diagnostics: report.Diagnostics}
	if len(report.Files) > 0 {
		out.file = report.Files[0].File
	}
	return out
}

// lint runs the checks over a document in its repository.
func (r *repository) lint(d *document) (*lint.Report, error) {
	report, err := r.linter.Lint(context.Background(), []lint.Source{r.source(d)}, r.othersThan(d.path))
	if err == nil && r.Baseline != nil {
		r.Baseline.Apply(report)
	}
	return report, err
}
