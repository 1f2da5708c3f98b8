package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rulevet/rulevet/internal/near"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint"
)

func (c *command) explainCommand() *cobra.Command {
	var f fieldFlags
	cmd := &cobra.Command{
		Use:   "explain [CODE|AREA/*|FIELD|PREFIX.*]",
		Short: "explain a check or a field",
		Long: "explain CODE prints what a check finds, why, a bad and a good example, and how to fix it. AREA/* lists an area,\n" +
			"nothing lists all checks. A field name (process.name) is looked up in the field catalog: where it exists and with\n" +
			"which types; with --index, what a rule on these indexes sees. PREFIX.* lists fields, with --json for editors.",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: c.completeExplain,
		RunE: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return c.listChecks("")
			case strings.HasSuffix(args[0], "/*"):
				return c.listChecks(strings.TrimSuffix(args[0], "*"))
			case strings.Contains(args[0], "/") && !strings.Contains(args[0], "."):
				return c.explainCheck(args[0])
			}
			return c.explainField(&f, args[0])
		},
	}
	f.register(cmd)
	return cmd
}

// listChecks prints one line a check whose code has the prefix.
func (c *command) listChecks(prefix string) error {
	n := 0
	for _, check := range c.checks() {
		if strings.HasPrefix(check.Code, prefix) {
			fmt.Fprintf(c.Stdout, "%-34s %-8s %-8s %-10s %s\n", check.Code, severityWord(check.Severity), check.Scope, fixWord(check.Fix), check.Title)
			n++
		}
	}
	if n == 0 {
		return usageError("no check's code starts with %q; \"rulevet explain\" lists them", prefix)
	}
	return nil
}

func (c *command) explainCheck(code string) error {
	var codes []string
	for _, check := range c.checks() {
		if check.Code != code {
			codes = append(codes, check.Code)
			continue
		}
		page, err := lint.PageFor(check)
		if err != nil {
			return failed(err)
		}
		fmt.Fprintln(c.Stdout, strings.TrimSpace(page.Text))
		return nil
	}
	near := near.Names(code, codes)
	for _, c := range codes {
		if strings.HasPrefix(c, code) && len(near) < 5 && !slices.Contains(near, c) {
			near = append(near, c)
		}
	}
	if len(near) > 0 {
		return usageError("no check %q; did you mean %s?", code, strings.Join(near, ", "))
	}
	return usageError("no check %q; \"rulevet explain\" lists them", code)
}

func severityWord(s rule.Severity) string {
	switch s {
	case rule.Error:
		return "error"
	case rule.Warning:
		return "warning"
	}
	return "info"
}

func fixWord(f lint.Fixable) string {
	switch f {
	case lint.Automatic:
		return "fix"
	case lint.Suggested:
		return "suggestion"
	}
	return "-"
}
