// Command embed shows how a program uses the packages of rulevet: it lints one rule and prints the events that its query
// matches. It is a module of its own, as such a program is.
//
//	go run . RULE.toml EVENTS.ndjson
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/rule/lint"
	"github.com/rulevet/rulevet/search"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: embed RULE.toml EVENTS.ndjson")
		os.Exit(2)
	}
	if err := run(os.Stdout, os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(w io.Writer, rulePath, eventPath string) error {
	src, err := os.ReadFile(rulePath)
	if err != nil {
		return err
	}
	file, _ := rule.Parse(rulePath, src) // what is wrong with it, the linter reports
	if err := report(w, rulePath, src); err != nil {
		return err
	}
	program, err := new(compile.Compiler).Compile(file, compile.Options{})
	if err != nil {
		return fmt.Errorf("%s: %w", rulePath, err)
	}
	events, err := os.Open(eventPath)
	if err != nil {
		return err
	}
	defer events.Close()
	return match(w, program, eventPath, events)
}

func report(w io.Writer, path string, src []byte) error {
	linter, err := lint.New(lint.Options{})
	if err != nil {
		return err
	}
	found, err := linter.Lint(context.Background(), []lint.Source{{Path: path, Src: src}}, nil)
	if err != nil {
		return err
	}
	file := found.Files[0].File
	for _, d := range found.Diagnostics {
		at := file.Position(d.Span.Start)
		fmt.Fprintf(w, "%d:%d: %s: %s [%s]\n", at.Line, at.Column, d.Severity, d.Message, d.Code)
	}
	fmt.Fprintf(w, "%d findings\n", len(found.Diagnostics))
	return nil
}

func match(w io.Writer, program search.Program, name string, in io.Reader) error {
	reader, err := event.NewReader(name, in)
	if err != nil {
		return err
	}
	defer reader.Close()
	decoder, state := event.NewDecoder(program.Layout()), program.Start(search.Start{})
	var record event.Record
	for {
		doc, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := decoder.Decode(doc.Source, &record); err != nil {
			return fmt.Errorf("%s: record %d: %w", name, doc.Record, err)
		}
		if err := state.Feed(&record, search.Ref{Index: doc.Index}, nil); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for _, result := range state.Finish() {
		fmt.Fprint(w, "match:")
		for _, e := range result.Events {
			if e == nil {
				fmt.Fprint(w, " missing")
				continue
			}
			fmt.Fprintf(w, " %d", e.Index)
		}
		fmt.Fprintln(w)
	}
	return nil
}
