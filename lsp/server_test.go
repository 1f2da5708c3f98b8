package lsp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sourcegraph/jsonrpc2"

	"github.com/rulevet/rulevet/lsp"
	"github.com/rulevet/rulevet/rule/lint"
)

const containerRule = "execution_interactive_shell_in_container.toml"

// linted is what the linter says of a text, in the form of codes and lines.
func linted(t testing.TB, path, text string) []string {
	t.Helper()
	linter, err := lint.New(lint.Options{Now: today})
	if err != nil {
		t.Fatal(err)
	}
	report, err := linter.Lint(t.Context(), []lint.Source{{Path: filepath.ToSlash(path), Src: []byte(text)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, d := range report.Diagnostics {
		at := report.Files[0].File.Position(d.Span.Start)
		out = append(out, fmt.Sprintf("%d:%d %s %s", at.Line, at.Column, d.Code, d.Message))
	}
	return out
}

func (p published) lines() []string {
	out := []string{}
	for _, d := range p.Diagnostics {
		message, _, _ := strings.Cut(d.Message, "\n")
		out = append(out, fmt.Sprintf("%d:%d %s %s", d.Range.Start.Line+1, d.Range.Start.Character+1, d.Code, message))
	}
	return out
}

// TestEdits sends random changes, some of which break the file, and holds the diagnostics after each of them to those of
// the linter on the same text: in each unit that positions can have.
func TestEdits(t *testing.T) {
	uri, path, text := example(t, containerRule)
	for _, enc := range []string{"utf-8", "utf-16", "utf-32"} {
		t.Run(enc, func(t *testing.T) {
			c := start(t, lsp.Options{}, `{"general":{"positionEncodings":["`+enc+`"]}}`)
			random := rand.New(rand.NewPCG(1, uint64(len(enc))))
			pieces := []string{"x", "\"", "\n", "é😀", "[rule]\n", "process.nmae == \"a\"\n", "= ", "", "#", "\r\n", "severity = \"high\"\n", "\r"}
			if d := cmp.Diff(linted(t, path, text), c.open(uri, text).lines()); enc == "utf-32" && d != "" {
				t.Fatalf("on opening (-want +got):\n%s", d)
			}
			now := []rune(text)
			for version := 2; version < 60; version++ {
				from := random.IntN(len(now) + 1)
				to := min(from+random.IntN(12)*random.IntN(2), len(now))
				if to < len(now) && to > 0 && now[to-1] == '\r' && now[to] == '\n' || from > 0 && from < len(now) && now[from-1] == '\r' && now[from] == '\n' {
					continue // no position lies between the two
				}
				with := pieces[random.IntN(len(pieces))]
				change := map[string]any{"range": map[string]any{"start": place(now, from, enc), "end": place(now, to, enc)}, "text": with}
				now = slices.Concat(now[:from], []rune(with), now[to:])
				got := c.change(uri, version, change)
				if got.Version == nil || *got.Version != version {
					t.Fatalf("diagnostics of version %v, want %d", got.Version, version)
				}
				want := linted(t, path, string(now))
				if len(want) != len(got.Diagnostics) {
					t.Fatalf("version %d: %d findings, the linter has %d:\n%s", version, len(got.Diagnostics), len(want), cmp.Diff(want, got.lines()))
				}
				if d := cmp.Diff(codes(want), codes(got.lines())); d != "" {
					t.Fatalf("version %d (-want +got):\n%s", version, d)
				}
				if random.IntN(10) == 0 {
					now = []rune(text)
					c.change(uri, version, map[string]any{"text": text})
				}
			}
		})
	}
}

// codes keeps line, code and message: columns count in other units.
func codes(lines []string) []string {
	out := []string{}
	for _, l := range lines {
		line, rest, _ := strings.Cut(l, ":")
		_, rest, _ = strings.Cut(rest, " ")
		out = append(out, line+" "+rest)
	}
	return out
}

// place is the position of a character. Lines end with \n, \r\n and \r.
func place(text []rune, n int, enc string) map[string]any {
	line, start := 0, 0
	for i := 0; i < n; i++ {
		if text[i] == '\n' || text[i] == '\r' && (i+1 == len(text) || text[i+1] != '\n') {
			line, start = line+1, i+1
		}
	}
	units := 0
	for _, r := range text[start:n] {
		switch {
		case enc == "utf-8":
			units += len(string(r))
		case enc == "utf-16" && r > 0xffff:
			units += 2
		default:
			units++
		}
	}
	return map[string]any{"line": line, "character": units}
}

func TestLifecycle(t *testing.T) {
	c := start(t, lsp.Options{Version: "1.2.3"}, "")
	var result any
	err := c.conn.Call(context.Background(), "textDocument/hover", map[string]any{"textDocument": map[string]any{"uri": "file:///no.toml"}}, &result)
	if err == nil || !strings.Contains(err.Error(), "is not open") {
		t.Errorf("hover in a document that is not open: %v", err)
	}
	err = c.conn.Call(context.Background(), "textDocument/moniker", map[string]any{}, &result)
	var rpc *jsonrpc2.Error
	if !errors.As(err, &rpc) || rpc.Code != jsonrpc2.CodeMethodNotFound {
		t.Errorf("a method that is not supported: %v", err)
	}
	c.call("shutdown", nil, nil)
	c.notify("exit", nil)
	if err := <-c.done; err != nil {
		t.Errorf("after shutdown and exit: %v", err)
	}
}

// TestNoShutdown: a client that just leaves makes the server end with an error.
func TestNoShutdown(t *testing.T) {
	c := start(t, lsp.Options{}, "")
	c.notify("exit", nil)
	if err := <-c.done; !errors.Is(err, lsp.ErrNoShutdown) {
		t.Errorf("error %v, want %v", err, lsp.ErrNoShutdown)
	}
}

// TestBroken feeds what is no protocol: the server ends with its input and does not hang.
func TestBroken(t *testing.T) {
	for _, in := range []string{"", "hello\r\n\r\n", "Content-Length: -1\r\n\r\n", "Content-Length: 99999999999\r\n\r\n{}",
		"content-length: 2\r\n\r\n{}", "Content-Length: 5\r\n\r\n{}", strings.Repeat("x", 10_000),
		"Content-Length: 17\r\nContent-Type: x\r\n\r\n{\"jsonrpc\":\"2.0\"}"} {
		var out bytes.Buffer
		if err := lsp.Serve(context.Background(), strings.NewReader(in), &out, lsp.Options{}); !errors.Is(err, lsp.ErrNoShutdown) {
			t.Errorf("%.20q: error %v", in, err)
		}
	}
}

// TestSpellingOfHeader: the name of a header has no case, and blanks behind the JSON belong to the message.
func TestSpellingOfHeader(t *testing.T) {
	body := `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}` + "\n \n"
	last := `{"jsonrpc":"2.0","id":2,"method":"shutdown"}`
	in := fmt.Sprintf("CONTENT-LENGTH:%d\r\n\r\n%scontent-length: %d\r\n\r\n%s", len(body), body, len(last), last)
	var out bytes.Buffer
	r, w := io.Pipe()
	go func() {
		io.WriteString(w, in)
		exit := `{"jsonrpc":"2.0","method":"exit"}`
		fmt.Fprintf(w, "Content-Length: %d\r\n\r\n%s", len(exit), exit)
	}()
	if err := lsp.Serve(context.Background(), r, &out, lsp.Options{}); err != nil {
		t.Errorf("%v, output %s", err, out.String())
	}
}

func TestRepository(t *testing.T) {
	_, _, text := example(t, containerRule)
	dir := t.TempDir()
	other := filepath.Join(dir, "execution_other.toml")
	if err := os.WriteFile(other, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, containerRule)
	c := start(t, lsp.Options{Open: func(string) (*lsp.Repository, error) {
		return &lsp.Repository{Root: dir, Files: []string{other, path}}, nil
	}}, "")
	got := c.open("file://"+filepath.ToSlash(path), text).lines()
	if !slices.ContainsFunc(got, func(l string) bool { return strings.Contains(l, "repo/duplicate-id") }) {
		t.Errorf("no finding about the other rule with this id: %q", got)
	}
	broken := start(t, lsp.Options{Open: func(string) (*lsp.Repository, error) { return nil, errors.New("the configuration is broken") }}, "")
	p := broken.open("file://"+filepath.ToSlash(path), text)
	if want := []string{"1:1  not checked: the configuration is broken"}; !slices.Equal(p.lines(), want) {
		t.Errorf("diagnostics %q, want %q", p.lines(), want)
	}
}

func TestActions(t *testing.T) {
	uri, _, text := example(t, containerRule)
	text = strings.Replace(text, `severity = "low"`, `severity = "Low"`, 1)
	text = strings.Replace(text, "process.interactive", "process.interactiv", 1)
	c := start(t, lsp.Options{}, "")
	p := c.open(uri, text)
	var titles []string
	for _, d := range p.Diagnostics {
		var actions []struct {
			Title, Kind string
			Edit        struct {
				Changes map[string][]struct {
					Range   span
					NewText string
				}
			}
		}
		c.call("textDocument/codeAction", map[string]any{"textDocument": map[string]any{"uri": uri}, "range": d.Range, "context": map[string]any{"only": []string{"quickfix"}}}, &actions)
		for _, a := range actions {
			e := a.Edit.Changes[uri]
			if len(e) == 0 {
				t.Errorf("%s changes nothing", a.Title)
				continue
			}
			titles = append(titles, fmt.Sprintf("%s: %s => %d:%d %q", d.Code, a.Title, e[0].Range.Start.Line+1, e[0].Range.Start.Character+1, e[0].NewText))
		}
	}
	slices.Sort(titles)
	golden(t, "actions", strings.Join(slices.Compact(titles), "\n")+"\n")
}

func BenchmarkKeyStroke(b *testing.B) {
	uri, _, text := example(b, containerRule)
	c := start(b, lsp.Options{}, "")
	c.open(uri, text)
	at := strings.Index(text, "process.")
	line := strings.Count(text[:at], "\n")
	for i := 0; b.Loop(); i++ {
		position := map[string]any{"line": line, "character": 0}
		with, end := "x", position
		if i%2 == 1 {
			with, end = "", map[string]any{"line": line, "character": 1}
		}
		c.change(uri, i+2, map[string]any{"range": map[string]any{"start": position, "end": end}, "text": with})
	}
}
