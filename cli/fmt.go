package cli

import (
	"bytes"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/format"
)

type fmtFlags struct {
	check, diff, write bool
	sortMetadata       bool
	queries            bool
	color              string
}

func (c *command) fmtCommand() *cobra.Command {
	var f fmtFlags
	cmd := &cobra.Command{
		Use:   "fmt [PATH...]",
		Short: "lay rule files out",
		Long: "fmt changes the layout of rule files: indentation, blank lines, spaces around the equals sign, line ends. Values,\n" +
			"comments and the order of keys stay. Without a flag it prints the formatted text; - reads standard input.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := excluding(cmd, "check", "write"); err != nil {
				return err
			}
			w, err := c.open(&commonFlags{}, args)
			if err != nil {
				return err
			}
			c.passedOver(w)
			return c.format(&f, w)
		},
	}
	fs := cmd.Flags()
	fs.BoolVar(&f.check, "check", false, "list files whose layout differs and exit 1 if there are any")
	fs.BoolVar(&f.diff, "diff", false, "print what would change as a diff")
	fs.BoolVarP(&f.write, "write", "w", false, "write the files")
	fs.BoolVar(&f.sortMetadata, "sort-metadata", false, "sort the keys of [metadata]")
	fs.BoolVar(&f.queries, "queries", false, "lay out queries in ES|QL too: one command a line; words and comments stay")
	fs.StringVar(&f.color, "color", "auto", "colour `when`: auto, always, never")
	return cmd
}

// format lays out the files of the workspace; broken files do not keep the others from being formatted.
func (c *command) format(f *fmtFlags, w *workspace) error {
	named, _, err := c.sources("<standard input>", w)
	if err != nil {
		return err
	}
	broken, differs := false, false
	for i, src := range named {
		if f := rule.FormatOf(src.Path); f != rule.TOML {
			if i == 0 || named[i-1].Path != src.Path {
				fmt.Fprintf(c.Stderr, "rulevet: %s: not laid out: fmt is for TOML files, this is %s\n", src.Path, f)
			}
			broken = true
			continue
		}
		out, err := format.Format(src.Src, format.Options{SortMetadata: f.sortMetadata})
		if err != nil {
			fmt.Fprintf(c.Stderr, "%s:%v\n", src.Path, err)
			broken = true
			continue
		}
		if f.queries {
			out = layOutQuery(src.Path, out)
		}
		same := bytes.Equal(out, src.Src)
		differs = differs || !same
		if err := c.formatted(f, src.Path, src.Src, out, same, w); err != nil {
			return failed(err)
		}
	}
	if (broken || f.check && differs) && len(w.problems) == 0 {
		return findings()
	}
	return c.verdict("error", nil, w.problems)
}

// formatted does with one file what the flags ask for.
func (c *command) formatted(f *fmtFlags, path string, before, after []byte, same bool, w *workspace) error {
	switch {
	case f.diff && !same:
		_, err := fmt.Fprint(c.Stdout, colorDiff(unified(path, before, after), c.colored(f.color)))
		if err != nil || !f.write {
			return err
		}
		w.replace(path, before, after)
		return nil
	case f.diff:
		return nil
	case f.check:
		if !same {
			fmt.Fprintln(c.Stdout, path)
		}
		return nil
	case f.write && path != "<standard input>":
		if same {
			return nil
		}
		w.replace(path, before, after)
		return nil
	}
	_, err := c.Stdout.Write(after)
	return err
}

// replace gives a file new content. One that cannot be written is noted, so that the others still are.
func (w *workspace) replace(path string, before, after []byte) {
	if err := fileio.Replace(path, before, after); err != nil {
		w.unwritten(path, err)
	}
}
