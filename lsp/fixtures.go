package lsp

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/sourcegraph/jsonrpc2"

	"github.com/rulevet/rulevet/rule/ruletest"
)

// runCommand is the command behind a code lens: it runs the fixtures of a rule and shows what failed.
const runCommand = "rulevet.runFixtures"

// fixtureDirs are the folders testdata/<stem> of a rule, the nearest first.
func (d *document) fixtureDirs() []string {
	stem := strings.TrimSuffix(filepath.Base(d.path), filepath.Ext(d.path))
	root := filepath.Dir(d.path)
	if c := d.checked(); c.repo != nil {
		root = c.repo.Root
	}
	var out []string
	for dir := filepath.Dir(d.path); ; dir = filepath.Dir(dir) {
		at := filepath.Join(dir, "testdata", stem)
		if info, err := os.Stat(at); err == nil && info.IsDir() {
			out = append(out, at)
		}
		if dir == root || dir == filepath.Dir(dir) {
			return out
		}
	}
}

// runFixtures runs the cases of the rule as it stands in the editor.
func (d *document) runFixtures(ctx context.Context) (*ruletest.RuleResult, error) {
	c := d.checked()
	if c.repo == nil {
		return nil, c.err
	}
	rel, err := filepath.Rel(c.repo.Root, d.path)
	if err != nil {
		return nil, err
	}
	name := filepath.ToSlash(rel)
	if !fs.ValidPath(name) {
		return nil, fmt.Errorf("%s lies outside of %s", d.path, c.repo.Root)
	}
	report, err := ruletest.Execute(ctx, os.DirFS(c.repo.Root), ruletest.Options{Paths: []string{name}, Roots: []string{},
		Sources: map[string][]byte{name: d.text.src}, Catalog: c.repo.catalog, Coverage: true})
	if err != nil {
		return nil, err
	}
	if len(report.Rules) == 0 {
		return nil, fmt.Errorf("%s is no rule", name)
	}
	return report.Rules[0], nil
}

// summary says in a few words how the cases went.
func summary(r *ruletest.RuleResult) string {
	if r.NotChecked != "" {
		return "not run: " + r.NotChecked
	}
	failed := 0
	for _, c := range r.Cases {
		if !c.OK {
			failed++
		}
	}
	text := fmt.Sprintf("%d cases", len(r.Cases))
	if len(r.Cases) == 1 {
		text = "1 case"
	}
	if failed > 0 {
		text += fmt.Sprintf(", %d failed", failed)
	} else {
		text += " passed"
	}
	if v := r.Coverage; v != nil && v.Conditions > 0 {
		text += fmt.Sprintf(", %d of %d conditions seen true and false", v.Covered, v.Conditions)
	}
	return text
}

// lenses show above the rule how its fixtures do, with the text that is in the editor.
func lenses(ctx context.Context, _ *server, d *document, _ *documentParams) (any, error) {
	out := []codeLens{}
	if !d.isRule {
		return out, nil
	}
	o := d.outline()
	for i := range o.headers {
		h := &o.headers[i]
		if h.name != "rule" {
			continue
		}
		lens := codeLens{Range: d.text.span(h.start, h.end), Command: &command{Title: "no fixtures"}}
		if len(d.fixtureDirs()) > 0 {
			result, err := d.runFixtures(ctx)
			switch {
			case ctx.Err() != nil:
				return nil, ctx.Err()
			case err != nil:
				lens.Command.Title = "fixtures: " + err.Error()
			default:
				uri, _ := json.Marshal(d.uri)
				lens.Command = &command{Title: summary(result), Command: runCommand, Arguments: []json.RawMessage{uri}}
			}
		}
		out = append(out, lens)
		break
	}
	return out, nil
}

// execute runs a command of the server.
func (s *server) execute(ctx context.Context, conn *jsonrpc2.Conn, p *executeParams) (any, error) {
	var uri string
	if p.Command != runCommand {
		return nil, &jsonrpc2.Error{Code: jsonrpc2.CodeInvalidParams, Message: fmt.Sprintf("unknown command %q, expected %q", p.Command, runCommand)}
	}
	if len(p.Arguments) != 1 || json.Unmarshal(p.Arguments[0], &uri) != nil {
		return nil, &jsonrpc2.Error{Code: jsonrpc2.CodeInvalidParams, Message: runCommand + " expects the URI of a rule"}
	}
	d := s.snapshot(uri)
	if d == nil {
		return nil, &jsonrpc2.Error{Code: jsonrpc2.CodeInvalidParams, Message: fmt.Sprintf("document %q is not open", uri)}
	}
	result, err := d.runFixtures(ctx)
	if err != nil {
		return nil, err
	}
	text, kind := []string{summary(result)}, 3
	for _, c := range result.Cases {
		if c.OK {
			continue
		}
		kind = 1
		line := c.Name + " failed"
		for _, more := range []string{c.Error, c.NotChecked, c.Explain} {
			if more = strings.TrimSpace(more); more != "" {
				line += ": " + more
			}
		}
		text = append(text, line)
	}
	err = conn.Notify(ctx, "window/showMessage", messageParams{kind, strings.Join(text, "\n")})
	return map[string]any{"summary": text[0], "failed": text[1:]}, err
}

// definition leads from a rule to its fixtures, from cases to their rule, from a base to its events.
func definition(_ context.Context, _ *server, d *document, p *positionParams) (any, error) {
	out := []location{}
	at := d.outline().at(d.text.offset(p.Position))
	if filepath.Base(d.path) != casesName {
		for _, dir := range d.fixtureDirs() {
			entries, err := os.ReadDir(dir)
			if err != nil {
				continue
			}
			for _, e := range entries {
				if !e.IsDir() {
					out = append(out, location{URI: uriOf(filepath.Join(dir, e.Name()))})
				}
			}
		}
		return out, nil
	}
	if at.entry != nil && at.entry.key == "base" && at.literal != nil {
		file := filepath.Join(filepath.Dir(d.path), path.Base(d.outline().text(at.literal)))
		if _, err := os.Stat(file); err == nil {
			return append(out, location{URI: uriOf(file)}), nil
		}
	}
	if rule := ruleOf(d.path); rule != "" {
		out = append(out, location{URI: uriOf(rule)})
	}
	return out, nil
}

// ruleOf finds the rule whose fixture folder holds a file: below the folder that holds testdata, the nearest one.
func ruleOf(fixture string) string {
	dir := filepath.Dir(fixture)
	stem := filepath.Base(dir)
	above := filepath.Dir(filepath.Dir(dir))
	if beside := filepath.Join(above, stem+".toml"); filepath.Base(filepath.Dir(dir)) == "testdata" {
		if _, err := os.Stat(beside); err == nil {
			return beside
		}
	}
	found := ""
	_ = filepath.WalkDir(above, func(p string, e fs.DirEntry, err error) error { // what cannot be read holds no rule to show
		switch {
		case err != nil || found != "":
			return fs.SkipAll
		case e.IsDir() && (e.Name() == "testdata" || strings.HasPrefix(e.Name(), ".") && p != above):
			return fs.SkipDir
		case !e.IsDir() && e.Name() == stem+".toml":
			found = p
		}
		return nil
	})
	return found
}

// caseName is the name of a case at a place of cases.toml.
func (d *document) caseName(p position) (*literal, bool) {
	if filepath.Base(d.path) != casesName {
		return nil, false
	}
	at := d.outline().at(d.text.offset(p))
	if at.entry == nil || at.entry.table != "case" || at.entry.key != "name" || len(at.entry.literals) != 1 {
		return nil, false
	}
	return &at.entry.literals[0], true
}

// renamePlace says whether a name can be changed here: that of a case.
func renamePlace(_ context.Context, _ *server, d *document, p *positionParams) (any, error) {
	l, ok := d.caseName(p.Position)
	if !ok {
		return nil, nil
	}
	return prepareRename{d.text.span(l.contentStart, l.contentEnd), d.outline().text(l)}, nil
}

// rename gives a case another name, unless another case has it.
func rename(_ context.Context, s *server, d *document, p *renameParams) (any, error) {
	l, ok := d.caseName(p.Position)
	if !ok {
		return nil, &jsonrpc2.Error{Code: codeRequestFailed, Message: "only the name of a case in cases.toml can be renamed"}
	}
	if strings.TrimSpace(p.NewName) == "" {
		return nil, &jsonrpc2.Error{Code: codeRequestFailed, Message: "the name of a case cannot be blank"}
	}
	o := d.outline()
	for i := range o.entries {
		if e := &o.entries[i]; e.table == "case" && e.key == "name" && len(e.literals) == 1 && e.literals[0].start != l.start && o.text(&e.literals[0]) == p.NewName {
			return nil, &jsonrpc2.Error{Code: codeRequestFailed, Message: fmt.Sprintf("another case is called %q", p.NewName)}
		}
	}
	text, ok := escaped(d, l, p.NewName)
	if !ok {
		return nil, &jsonrpc2.Error{Code: codeRequestFailed, Message: "the name has a quote that this form of string cannot hold"}
	}
	return s.changes(d.uri, &d.version, []textEdit{{d.text.span(l.contentStart, l.contentEnd), text}}), nil
}
