package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rulevet/rulevet/internal/near"
)

// subcommands are the names of the commands that help lists.
func subcommands(cmd *cobra.Command) []string {
	var names []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return names
}

// unknownCommand refuses the arguments of a command that only has commands below it: what stands there is meant as one.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if names := near.Names(args[0], subcommands(cmd)); len(names) > 0 {
		return usageError("no command %q, did you mean %q?", args[0], names[0])
	}
	return usageError("no command %q, expected one of %s", args[0], strings.Join(subcommands(cmd), ", "))
}

// noArguments is for commands that take none.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError("%s takes no arguments, found %q", cmd.CommandPath(), args[0])
	}
	return nil
}

// helpCommand is the one of cobra, which is content with commands that do not exist.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "show what a command does and its flags",
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil || found == cmd.Root() && len(rest) > 0 {
				return unknownCommand(cmd.Root(), args)
			}
			found.InitDefaultHelpFlag()
			return found.Help()
		},
	}
}

// flagError says what is wrong with a flag in the words of this program.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var missing *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		return usageError("no flag -%s", unknown.GetSpecifiedName())
	case errors.As(err, &unknown):
		return unknownFlag(cmd, unknown.GetSpecifiedName())
	case errors.As(err, &missing):
		value, _ := pflag.UnquoteUsage(missing.GetFlag())
		return usageError("--%s needs a value: --%s %s", missing.GetFlag().Name, missing.GetFlag().Name, strings.ToUpper(value))
	case errors.As(err, &invalid):
		return usageError("--%s %q: expected %s", invalid.GetFlag().Name, invalid.GetValue(), expectedValue(invalid))
	}
	return usageError("%w", err)
}

func unknownFlag(cmd *cobra.Command, name string) error {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if found := near.Names(name, names); len(found) > 0 {
		return usageError("no flag --%s, did you mean --%s?", name, found[0])
	}
	return usageError("no flag --%s", name)
}

// expectedValue says what a flag takes instead of the value it was given.
func expectedValue(e *pflag.InvalidValueError) string {
	switch e.GetFlag().Value.Type() {
	case "bool":
		return "true or false, or no value"
	case "uint64":
		return "a whole number of 0 or more"
	case "int":
		if errors.Is(e, strconv.ErrRange) {
			return "a smaller number"
		}
		return "a whole number"
	}
	return e.Unwrap().Error()
}

// usageHint is the line below a usage error.
func usageHint(cmd *cobra.Command) string {
	if cmd.HasParent() {
		return fmt.Sprintf("run %q for what it takes", cmd.CommandPath()+" --help")
	}
	return `run "rulevet help" for the commands`
}

// excluding refuses two flags that are both set.
func excluding(cmd *cobra.Command, one, other string) error {
	if cmd.Flags().Changed(one) && cmd.Flags().Changed(other) {
		return usageError("--%s and --%s exclude each other", one, other)
	}
	return nil
}

// plainText is the text of an error without the system call that package os puts in front of a path.
func plainText(err error) string {
	text := err.Error()
	var pe *fs.PathError
	switch {
	case !errors.As(err, &pe):
	case pe.Path == "":
		text = strings.Replace(text, pe.Error(), "a path is empty", 1)
	default:
		text = strings.Replace(text, pe.Error(), fmt.Sprintf("%s: %v", shorten(pe.Path), pe.Err), 1)
	}
	return text
}
