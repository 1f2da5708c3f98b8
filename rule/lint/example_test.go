package lint_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint"
)

const slip = `[rule]
name = "Relay Started"
type = "eql"
severity = "hgh"
query = 'process where proces.name == "relay"'
index = ["logs-endpoint.events.process-*"]
`

func ExampleLinter_Lint() {
	linter, err := lint.New(lint.Options{Only: []string{"query/unknown-field", "schema/bad-value"}})
	if err != nil {
		panic(err)
	}
	report, err := linter.Lint(context.Background(), []lint.Source{{Path: "relay.toml", Src: []byte(slip)}}, nil)
	if err != nil {
		panic(err)
	}
	for _, d := range report.Diagnostics {
		at := report.Files[0].File.Position(d.Span.Start)
		fmt.Printf("%d:%d: %s: %s [%s]\n", at.Line, at.Column, d.Severity, d.Message, d.Code)
	}
	// Output:
	// 4:12: error: `severity` is `hgh`, expected one of `low`, `medium`, `high`, `critical` [schema/bad-value]
	// 5:24: error: unknown field `proces.name`: not in `logs-endpoint.events.process-*` [query/unknown-field]
}

// A check of one's own is a literal; its code stands in configuration and suppressions like the others.
func ExampleCheck() {
	own := &lint.Check{Code: "acme/title", Title: "name does not begin with the team", Severity: rule.Warning, Scope: lint.General, Part: lint.PartRule,
		Run: func(p *lint.Pass) {
			if name := p.File.Lookup("rule", "name"); name != nil && !strings.HasPrefix(name.Str, "Acme ") {
				p.Report(rule.Diagnostic{Span: name.Span, Message: fmt.Sprintf("name is %s, expected \"Acme …\"", rule.Quote(name.Str))})
			}
		}}
	linter, err := lint.New(lint.Options{Checks: []*lint.Check{own}, Only: []string{"acme/title"}})
	if err != nil {
		panic(err)
	}
	report, err := linter.Lint(context.Background(), []lint.Source{{Path: "relay.toml", Src: []byte(slip)}}, nil)
	if err != nil {
		panic(err)
	}
	fmt.Println(report.Diagnostics[0].Message)
	// Output:
	// name is `Relay Started`, expected "Acme …"
}
