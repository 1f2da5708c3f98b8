package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/exchange"
)

type exportFlags struct {
	commonFlags
	output    string
	overwrite bool
}

func (c *command) exportCommand() *cobra.Command {
	var f exportFlags
	cmd := &cobra.Command{
		Use:   "export [PATH...]",
		Short: "write rule files as NDJSON that Kibana imports",
		Long: "export writes rules as Kibana's own export has them: a rule a line, then the exception lists and connectors that lie\n" +
			"beside them, then a line of counts. A PATH is as for lint. What Kibana's form has no place for, [metadata] and [transform],\n" +
			"is kept in the area meta.rulevet, which Kibana hands back, so that \"rulevet import\" gives the same file again. Comments\n" +
			"are left out, and that is told.\n\n" +
			"A rule that cannot be exported is named, the others are written; the exit code is 1 then.",
		RunE: func(_ *cobra.Command, args []string) error {
			w, err := c.open(&f.commonFlags, args)
			if err != nil {
				return err
			}
			return c.export(&f, w)
		},
	}
	fs := cmd.Flags()
	fs.StringVarP(&f.output, "output", "o", "", "write to `FILE` instead of standard output")
	fs.BoolVar(&f.overwrite, "overwrite", false, "replace FILE if it is there")
	fs.BoolVar(&f.quiet, "quiet", false, "do not tell which comments are left out")
	fs.StringVar(&f.config, "config", "", "configuration `file` (default: .rulevet.toml, found upward from the first path)")
	return cmd
}

func (c *command) export(f *exportFlags, w *workspace) error {
	var ex exchange.Exporter
	if w.stdin {
		src, err := c.stdinRule(w)
		if err != nil {
			return err
		}
		ex.Add(rule.Parse("<standard input>", src))
	}
	for _, path := range append(w.files, w.beside...) {
		if format := rule.FormatOf(path); format != rule.TOML {
			return usageError("%s is %s; export takes rule files in TOML, import makes them", path, format)
		}
		ex.Add(rule.Parse(path, w.texts[path]))
	}
	text, problems, counts := ex.NDJSON()
	failures := 0
	for _, p := range problems {
		if p.Severity == rule.Info && f.quiet {
			continue
		}
		if p.Severity == rule.Error {
			failures++
		}
		fmt.Fprintln(c.Stderr, importProblem{p.Path, p.Line, p.Column, 0, p.Severity.String(), p.Message, p.Hint}.line())
	}
	if counts == (exchange.Counts{}) {
		if failures > 0 {
			return findings()
		}
		return c.verdict("error", nil, w.problems)
	}
	if err := c.writeExport(f, text); err != nil {
		return failed(err)
	}
	fmt.Fprintf(c.Stderr, "rulevet: exported %s, %s with %s, %s\n", wording.Count(counts.Rules, "rule"), wording.Count(counts.Lists, "exception list"),
		wording.Count(counts.Items, "item"), wording.Count(counts.Connectors, "connector"))
	if failures > 0 && len(w.problems) == 0 {
		return findings()
	}
	return c.verdict("error", nil, w.problems)
}

func (c *command) writeExport(f *exportFlags, text []byte) error {
	if f.output == "" || f.output == "-" {
		_, err := c.Stdout.Write(text)
		return err
	}
	if _, err := os.Stat(f.output); err == nil && f.overwrite {
		return fileio.Write(f.output, text)
	}
	err := createFile(f.output, text)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already: nothing was written (--overwrite replaces it)", f.output)
	}
	return err
}
