package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/rulevet/rulevet/rule/lint/config"
)

// snippets are what init prints for the places that run rulevet.
const snippets = `.pre-commit-config.yaml:

  repos:
    - repo: https://github.com/rulevet/rulevet
      rev: v` + version + `
      hooks:
        - id: rulevet

GitHub Actions:

  - uses: actions/setup-go@v5
  - run: go run github.com/rulevet/rulevet/cmd/rulevet@v` + version + ` check --format github
`

func (c *command) initCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init",
		Short: "write a commented .rulevet.toml and show how to run rulevet in pre-commit and CI",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			f, err := os.OpenFile(config.Name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
			if errors.Is(err, fs.ErrExist) {
				return usageError("%s is here already; nothing was changed", config.Name)
			}
			if err != nil {
				return failed(err)
			}
			if err := writeAll(f, config.Default(), 0o644); err != nil {
				return failed(err)
			}
			fmt.Fprintf(c.Stdout, "wrote %s\n\n%s", config.Name, snippets)
			return nil
		},
	}
}
