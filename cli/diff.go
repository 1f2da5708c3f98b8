package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rulevet/rulevet/internal/discover"
	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/rule/lint"
	"github.com/rulevet/rulevet/rule/prove"
	"github.com/rulevet/rulevet/rule/report"
)

// diffFlags are the flags of diff.
type diffFlags struct {
	git     string
	format  string
	failOn  []string
	schemas []string
	stack   string
}

func (c *command) diffCommand() *cobra.Command {
	var f diffFlags
	cmd := &cobra.Command{
		Use:   "diff OLD NEW | diff --git REV [PATH...]",
		Short: "what a change of rules gains and loses",
		Long: "diff compares rules with an older version of them. For each changed rule it says whether the same events match (a proof),\n" +
			"fewer, more, or others, and shows events that only one of the two versions matches. OLD and NEW are files or folders;\n" +
			"with --git the old version is that of a revision. Rules are found by rule_id, renamed ones too.",
		RunE: func(cmd *cobra.Command, args []string) error { return c.diff(cmd.Context(), &f, args) },
	}
	fs := cmd.Flags()
	fs.StringVar(&f.git, "git", "", "compare with the rules at a `REV`ision of the git repository")
	fs.StringVar(&f.format, "format", "text", "output `format`: "+strings.Join(report.DiffFormats(), ", "))
	fs.StringSliceVar(&f.failOn, "fail-on", nil, "exit 1 if a rule has one of these `verdicts`: narrower, wider, different, unknown")
	fs.StringArrayVar(&f.schemas, "schema", nil, "overlay with fields of your own, `FILE|DIR` or PATTERN=FILE (repeatable)")
	fs.StringVar(&f.stack, "stack", "", "`version` whose field types count (default: the newest embedded one)")
	return cmd
}

// check refuses flags and arguments that make no sense.
func (f *diffFlags) check(args []string) error {
	if !slices.Contains(report.DiffFormats(), f.format) {
		return usageError("--format %q: expected one of %s", f.format, strings.Join(report.DiffFormats(), ", "))
	}
	for _, v := range f.failOn {
		if !slices.Contains([]string{"narrower", "wider", "different", "unknown"}, v) {
			return usageError("--fail-on %q: expected narrower, wider, different or unknown", v)
		}
	}
	if f.git == "" && len(args) != 2 {
		return usageError("expected OLD and NEW, or --git REV, found %s", wording.Count(len(args), "argument"))
	}
	if f.stack != "" {
		if err := checkStacks([]string{f.stack}); err != nil {
			return err
		}
	}
	if strings.HasPrefix(f.git, "-") {
		return usageError("--git %q: expected a revision", f.git)
	}
	return nil
}

func (c *command) diff(ctx context.Context, f *diffFlags, args []string) error {
	if err := f.check(args); err != nil {
		return err
	}
	catalog, err := lint.LoadCatalog(f.schemas)
	if err != nil {
		return usageError("--schema: %w", err)
	}
	var old, changed []*rule.File
	var problems []discover.Problem
	if f.git != "" {
		old, changed, problems, err = gitRules(f.git, args)
	} else {
		old, problems = readRules(args[0])
		var more []discover.Problem
		changed, more = readRules(args[1])
		if len(old) == 0 && len(problems) > 0 || len(changed) == 0 && len(more) > 0 { // the rules of the other are not new and not gone
			old, changed = nil, nil
		}
		problems = append(problems, more...)
	}
	if err != nil {
		return err
	}
	out := &report.Diff{}
	compiler := &compile.Compiler{Catalog: catalog, Stack: f.stack}
	broken := false
	for _, p := range rulePairs(old, changed, f.git == "") {
		switch {
		case ctx.Err() != nil:
			return failed(ctx.Err())
		case p.Old == nil && p.New.Truncated || p.New == nil && p.Old.Truncated: // it may be no rule at all
			broken = true
			c.leftOut(cmp.Or(p.New, p.Old))
		case p.Old == nil:
			out.Added = append(out.Added, p.New.Path)
		case p.New == nil:
			out.Removed = append(out.Removed, p.Old.Path)
		default:
			out.Changes = append(out.Changes, prove.Rules(compiler, p.Old, p.New))
		}
	}
	if err := out.Write(c.Stdout, f.format); err != nil {
		return failed(err)
	}
	if err := c.diffVerdict(f, out, problems); err != nil || !broken {
		return err
	}
	return findings()
}

// rulePairs are the rules to compare. Of two single files that were named the one is the other's old version, whatever their ids.
func rulePairs(old, changed []*rule.File, named bool) []prove.Pair {
	if named && len(old) == 1 && len(changed) == 1 {
		return []prove.Pair{{Old: old[0], New: changed[0]}}
	}
	return prove.Pairs(old, changed)
}

func (c *command) diffVerdict(f *diffFlags, out *report.Diff, problems []discover.Problem) error {
	for _, p := range problems {
		fmt.Fprintf(c.Stderr, "rulevet: %v\n", p)
	}
	if len(problems) > 0 {
		return &exitError{code: exitFailed}
	}
	for _, change := range out.Changes {
		if slices.Contains(f.failOn, change.Relation.String()) {
			return findings()
		}
	}
	return nil
}

// readRules reads the rules of a file or folder; other TOML is passed over.
func readRules(path string) (out []*rule.File, problems []discover.Problem) {
	files, _, problems := discover.Rules([]string{path})
	for _, name := range files {
		src, err := fileio.Read(name, fileio.MaxRule)
		if err != nil {
			problems = append(problems, discover.Problem{Path: name, Err: err})
			continue
		}
		out = appendRule(out, name, src)
	}
	return out, problems
}
