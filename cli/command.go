// Package cli is the command rulevet as a library: a repository with checks of its own builds its own command.
package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/rulevet/rulevet/rule/lint"
	"github.com/rulevet/rulevet/rule/report"
)

// Exit codes, the same for every command and format.
const (
	exitClean    = 0 // nothing at or above --fail-on, no failed case
	exitFindings = 1 // findings at or above --fail-on, failed cases, a query that does not parse
	exitUsage    = 2 // wrong flags, arguments or configuration
	exitFailed   = 3 // could not run: unreadable input, failed write
)

// Options are what a run of the command works with. The zero value is the process's own streams, environment and clock,
// and the built-in checks.
type Options struct {
	Stdin          io.Reader           // nil: os.Stdin
	Stdout, Stderr io.Writer           // nil: os.Stdout, os.Stderr
	Env            func(string) string // looks up an environment variable; nil: os.Getenv
	Now            func() time.Time    // nil: time.Now

	// Checks run beside the built-in ones: in lint and check, in explain, and as names in configuration and suppressions.
	Checks []*lint.Check
}

// Main runs the command line of rulevet and returns the exit code: 0 clean, 1 findings or failed cases, 2 usage or
// configuration, 3 could not run. args excludes the program's name.
func Main(args []string, o Options) int {
	c := &command{o}
	if c.Stdin == nil {
		c.Stdin = os.Stdin
	}
	if c.Stdout == nil {
		c.Stdout = os.Stdout
	}
	if c.Stderr == nil {
		c.Stderr = os.Stderr
	}
	if c.Env == nil {
		c.Env = os.Getenv
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Stderr = &messages{c.Stderr}
	return c.main(args)
}

// command is one run of rulevet.
type command struct{ Options }

// checks are all checks of this command, sorted by code: the built-in ones and those of the program around it.
func (c *command) checks() []*lint.Check {
	list := append(lint.Checks(), c.Checks...)
	slices.SortStableFunc(list, func(a, b *lint.Check) int { return cmp.Compare(a.Code, b.Code) })
	return list
}

// exitError carries an exit code out of a cobra command. A nil err means that everything has been said already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// findings is the error of a command that has printed findings.
func findings() error { return &exitError{code: exitFindings} }

func usageError(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

func failed(err error) error { return &exitError{exitFailed, err} }

// main runs the command line and returns the exit code.
func (c *command) main(args []string) int {
	out := &watched{out: c.Stdout}
	c.Stdout = out
	code := c.execute(args)
	if out.err != nil && code != exitFailed {
		fmt.Fprintf(c.Stderr, "rulevet: standard output: %s\n", plainText(out.err))
		return exitFailed
	}
	return code
}

// watched notes whether standard output was written to, and whether that failed: not every writer looks.
type watched struct {
	out   io.Writer
	wrote bool
	err   error
}

func (w *watched) Write(b []byte) (int, error) {
	w.wrote = true
	n, err := w.out.Write(b)
	if err != nil && w.err == nil {
		w.err = err
	}
	return n, err
}

// execute runs the command line, says what went wrong, and returns the exit code.
func (c *command) execute(args []string) int {
	root := c.root()
	root.SetArgs(args)
	cmd, err := root.ExecuteC()
	if err == nil {
		return exitClean
	}
	var exit *exitError
	if !errors.As(err, &exit) {
		// What cobra itself refuses: unknown commands and flags, wrong numbers of arguments.
		exit = &exitError{exitUsage, err}
	}
	if exit.err != nil {
		c.failure(args, exit)
		fmt.Fprintf(c.Stderr, "rulevet: %s\n", plainText(exit.err))
		if exit.code == exitUsage {
			fmt.Fprintln(c.Stderr, usageHint(cmd))
		}
	}
	return exit.code
}

// failure writes an error as JSON where JSON is asked for and nothing is written yet.
func (c *command) failure(args []string, e *exitError) {
	out, ok := c.Stdout.(*watched)
	if asksForJSON(args) && ok && !out.wrote {
		_ = report.WriteFailure(out, report.Failure{Message: plainText(e.err), ExitCode: e.code}) // watched notes what fails
	}
}

// asksForJSON looks for --format json, also on a command line that cannot be parsed.
func asksForJSON(args []string) bool {
	for i, a := range args {
		if a == "--" {
			break
		}
		if a == "--format=json" || a == "--format" && i+1 < len(args) && args[i+1] == "json" {
			return true
		}
	}
	return false
}

func (c *command) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "rulevet",
		Short:         "lint detection rules and test them on events",
		Long:          "rulevet is go vet and go test for detection rules: TOML files with an EQL query inside.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          unknownCommand,
		Version:       version,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(c.Stdin)
	root.SetOut(c.Stdout)
	root.SetErr(c.Stderr)
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(helpCommand())
	root.SetVersionTemplate("rulevet {{.Version}}\n")
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(c.checkCommand(), c.lintCommand(), c.testCommand(), c.queryCommand(), c.huntCommand(), c.fmtCommand(), c.explainCommand(),
		c.matrixCommand(), c.initCommand(), c.lspCommand(), c.schemaCommand(), c.diffCommand(), c.generateCommand(), c.versionCommand())
	root.AddCommand(c.importCommand(), c.exportCommand(), c.listCommand(), c.fieldsCommand(), c.newCommand())
	return root
}
