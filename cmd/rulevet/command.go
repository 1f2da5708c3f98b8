package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
)

// Exit codes, the same for every command and format.
const (
	exitClean    = 0 // nothing at or above --fail-on, no failed case
	exitFindings = 1 // findings at or above --fail-on, failed cases, a query that does not parse
	exitUsage    = 2 // wrong flags, arguments or configuration
	exitFailed   = 3 // could not run: unreadable input, failed write
)

// Command is one run of rulevet with its streams; the zero values of Env and Now mean none and time.Now.
type Command struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Env            func(string) string
	Now            func() time.Time
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

// Main runs the command line and returns the exit code. args excludes the program's name.
func (c *Command) Main(args []string) int {
	if c.Env == nil {
		c.Env = func(string) string { return "" }
	}
	if c.Now == nil {
		c.Now = time.Now
	}
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
		fmt.Fprintf(c.Stderr, "rulevet: %s\n", plainText(exit.err))
		if exit.code == exitUsage {
			fmt.Fprintln(c.Stderr, usageHint(cmd))
		}
	}
	return exit.code
}

func (c *Command) root() *cobra.Command {
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
		c.matrixCommand(), c.initCommand(), c.versionCommand())
	return root
}
