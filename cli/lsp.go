package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/lsp"
	"github.com/rulevet/rulevet/rule/lint"
)

func (c *command) lspCommand() *cobra.Command {
	f := commonFlags{}
	cmd := &cobra.Command{
		Use:   "lsp",
		Short: "serve an editor on standard input and output",
		Long: "lsp speaks the Language Server Protocol on standard input and output: the findings of lint as you type, fixes, completion,\n" +
			"explanations, formatting, and the fixtures of the rule. An editor starts it; docs/editors.md says how.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			err := lsp.Serve(cmd.Context(), c.Stdin, c.Stdout, lsp.Options{
				Version: version,
				Checks:  c.checks(),
				Now:     c.Now,
				Open:    func(path string) (*lsp.Repository, error) { return c.repository(&f, path) },
			})
			if errors.Is(err, lsp.ErrNoShutdown) {
				return &exitError{code: exitFindings} // as the protocol asks for
			}
			if err != nil {
				return failed(err)
			}
			return nil
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&f.config, "config", "", "configuration `FILE` (default: .rulevet.toml, looked for upward from the rule)")
	fs.Bool("stdio", true, "talk on standard input and output, as some editors ask for; there is no other way")
	return cmd
}

// repository is what lint works on when it is given one file.
func (c *command) repository(f *commonFlags, path string) (*lsp.Repository, error) {
	w := &workspace{checks: c.checks()}
	roots, err := w.configure(f, path)
	if err != nil {
		return nil, err
	}
	if w.configured {
		w.rest(roots)
	}
	out := &lsp.Repository{Root: w.root, Config: w.config, RepoPath: w.repoPath}
	for _, other := range w.others {
		out.Files = append(out.Files, absolute(other))
	}
	if w.baseline != "" {
		data, err := fileio.Read(w.baseline, fileio.MaxData)
		if err != nil {
			return nil, err
		}
		if out.Baseline, err = lint.ParseBaseline(data); err != nil {
			return nil, fmt.Errorf("baseline %s: %w", w.baseline, err)
		}
	}
	return out, nil
}
