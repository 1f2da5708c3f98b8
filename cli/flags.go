package cli

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rulevet/rulevet/rule"
)

// commonFlags are the flags of every command that reads rules.
type commonFlags struct {
	format  string
	config  string
	jobs    int
	color   string
	quiet   bool
	failOn  string
	schemas []string
	stacks  []string
	attack  string
}

func (f *commonFlags) register(cmd *cobra.Command, formats ...string) {
	fs := cmd.Flags()
	fs.StringVar(&f.format, "format", "text", "output `format`: "+strings.Join(formats, ", "))
	fs.StringVar(&f.config, "config", "", "configuration `file` (default: .rulevet.toml, found upward from the first path)")
	fs.IntVar(&f.jobs, "jobs", runtime.GOMAXPROCS(0), "files read at the same time, `N` of them; the output is the same whatever N is")
	fs.StringVar(&f.color, "color", "auto", "colour `when`: auto, always, never (NO_COLOR in the environment means never)")
	fs.BoolVar(&f.quiet, "quiet", false, "print findings only, no summary")
	fs.StringVar(&f.failOn, "fail-on", "", "lowest `severity` that makes the exit code 1: error, warning, info (default: error)")
	fs.StringArrayVar(&f.schemas, "schema", nil, "overlay with fields of your own, `FILE|DIR` or PATTERN=FILE (repeatable)")
	fs.StringSliceVar(&f.stacks, "stack", nil, "stack `versions` to check against (default: all embedded ones)")
	fs.StringVar(&f.attack, "attack", "", "ATT&CK `VERSION|FILE` that mappings are held to")
}

// check refuses values that no command accepts.
func (f *commonFlags) check(formats ...string) error {
	if !slices.Contains(formats, f.format) {
		return usageError("--format %q: expected one of %s", f.format, strings.Join(formats, ", "))
	}
	if !slices.Contains([]string{"auto", "always", "never"}, f.color) {
		return usageError("--color %q: expected auto, always or never", f.color)
	}
	if f.jobs < 1 {
		return usageError("--jobs %d: expected 1 or more", f.jobs)
	}
	if err := checkStacks(f.stacks); err != nil {
		return err
	}
	if slices.Contains(f.schemas, "") {
		return usageError("--schema is empty: expected FILE, DIR or PATTERN=FILE")
	}
	if _, err := parseSeverity(f.failOn); f.failOn != "" && err != nil {
		return usageError("--fail-on %q: expected error, warning or info", f.failOn)
	}
	return nil
}

// stackVersion is how a stack is named.
var stackVersion = regexp.MustCompile(`^[0-9]+\.[0-9]+(\.[0-9]+)?$`)

func checkStacks(stacks []string) error {
	for _, s := range stacks {
		if !stackVersion.MatchString(s) {
			return usageError("--stack %q: expected a version as in 9.4.0", s)
		}
	}
	return nil
}

func parseSeverity(name string) (rule.Severity, error) {
	switch name {
	case "error":
		return rule.Error, nil
	case "warning":
		return rule.Warning, nil
	case "info":
		return rule.Info, nil
	}
	return 0, fmt.Errorf("unknown severity %q", name)
}

// colored tells whether the output gets colour: as the flag says, else only on a terminal without NO_COLOR.
func (c *command) colored(flag string) bool {
	switch flag {
	case "always":
		return true
	case "never":
		return false
	}
	return c.Env("NO_COLOR") == "" && c.Env("TERM") != "dumb" && isTerminal(c.Stdout)
}

// isTerminal reports whether a stream is a terminal: a character device is one, for what colour and progress need.
func isTerminal(w io.Writer) bool {
	if out, ok := w.(*watched); ok {
		w = out.out
	}
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// terminalWidth is the number of columns of the terminal that a stream is; 0 if it is none.
func terminalWidth(w io.Writer) int {
	if out, ok := w.(*watched); ok {
		w = out.out
	}
	if f, ok := w.(*os.File); ok && isTerminal(f) {
		return columnsOf(f)
	}
	return 0
}
