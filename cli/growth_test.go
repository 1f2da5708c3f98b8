package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rulevet/rulevet/internal/growth"
)

// repeated joins n copies of a text, in which § is the number of the copy.
func repeated(n int, sep, text string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(strings.ReplaceAll(text, "§", fmt.Sprint(i)))
	}
	return b.String()
}

// files is a repository: names with what they hold.
type files map[string]string

// commandCase makes a case out of a command line, run in a folder with files, and what it reads from standard input ("stdin").
func commandCase(name string, n int, args string, content func(n int) files) growth.Case {
	return caseOf(name, n, args, 1, content)
}

// refusedCase is a commandCase in which the command refuses its configuration.
func refusedCase(name string, n int, args string, content func(n int) files) growth.Case {
	return caseOf(name, n, args, 2, content)
}

func caseOf(name string, n int, args string, worst int, content func(n int) files) growth.Case {
	return growth.Case{Name: name, N: n, Make: func(b *testing.B, n int) func() {
		dir := b.TempDir()
		repo := content(n)
		stdin := repo["stdin"]
		delete(repo, "stdin")
		for name, text := range repo {
			path := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				b.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
				b.Fatal(err)
			}
		}
		line := strings.Split(args, " ") // & stands for a blank within an argument
		for i := range line {
			line[i] = strings.ReplaceAll(line[i], "&", " ")
		}
		return func() {
			b.Chdir(dir)
			var errs strings.Builder
			code := Main(line, Options{Stdin: strings.NewReader(stdin), Stdout: io.Discard, Stderr: &errs,
				Env: func(string) string { return "" }, Now: func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }})
			if code > worst || worst > 1 && code < worst {
				b.Fatalf("rulevet %s: exit code %d\n%.2000s", args, code, errs.String())
			}
		}
	}}
}

// growthRule is a rule without findings, with a query and more tables.
func growthRule(query, more string) string {
	return growthRuleOf("eql", "eql", query, more)
}

func growthRuleOf(typ, language, query, more string) string {
	return `[metadata]
creation_date = "2025/01/01"
integration = ["endpoint"]
maturity = "production"
updated_date = "2025/01/01"

[rule]
author = ["A"]
description = "Finds it."
from = "now-9m"
index = ["logs-endpoint.events.process-*"]
language = "` + language + `"
license = "MIT"
name = "N"
risk_score = 21
rule_id = "5c0bd3b2-3a54-4f29-9d0e-1f6ff1b6c2aa"
severity = "low"
tags = ["Domain: Endpoint"]
timestamp_override = "event.ingested"
type = "` + typ + `"
query = '''
` + query + `
'''
` + more
}

// growthEvent is an event of a process, on one line; § is its number.
const growthEvent = `{"@timestamp":"2026-01-01T00:00:00Z","event":{"category":"process","type":"start"},"host":{"id":"h§"},"process":{"name":"a§","pid":§}}`

func one(path, text string) files { return files{path: text} }

// manyRules are n rules with names and ids of their own.
func manyRules(n int, query string) files {
	out := files{}
	for i := range n {
		text := growthRule(strings.ReplaceAll(query, "§", fmt.Sprint(i)), "")
		text = strings.Replace(strings.Replace(text, `name = "N"`, fmt.Sprintf("name = \"N%d\"", i), 1), "5c0bd3b2-3a54", fmt.Sprintf("%08x-3a54", i), 1)
		out[fmt.Sprintf("rules/r%d.toml", i)] = text
	}
	return out
}

const simpleQuery = `process where process.name == "a1"`
