package cli

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/rulevet/rulevet/internal/fileio"
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
			err := fileio.Create(config.Name, config.Default())
			if errors.Is(err, fs.ErrExist) {
				return usageError("%s is here already; nothing was changed", config.Name)
			}
			if err != nil {
				return failed(err)
			}
			fmt.Fprintf(c.Stdout, "wrote %s\n\n%s", config.Name, snippets)
			return nil
		},
	}
}
