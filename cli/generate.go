package cli

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/rule/lint"
	"github.com/rulevet/rulevet/rule/prove"
	"github.com/rulevet/rulevet/rule/report"
)

// generateFlags are the flags of generate.
type generateFlags struct {
	commonFlags
	count   int
	near    bool
	seed    uint64
	require bool
	format  string
}

func (c *command) generateCommand() *cobra.Command {
	var f generateFlags
	cmd := &cobra.Command{
		Use:   "generate [PATH...]",
		Short: "make events on which rules fire",
		Long: "generate makes events on which each rule fires, complete enough to be indexed, and runs them through the rule before it prints\n" +
			"them. With --near it adds events that differ in little and on which the rule does not fire.",
		RunE: func(cmd *cobra.Command, args []string) error { return c.generate(cmd.Context(), &f, args) },
	}
	fs := cmd.Flags()
	fs.StringVar(&f.format, "format", "ndjson", "output `format`: "+strings.Join(report.EventFormats(), ", "))
	fs.IntVar(&f.count, "count", 1, "up to `N` ways to fire for each rule, those of different branches first")
	fs.BoolVar(&f.near, "near", false, "add events on which the rule just does not fire")
	fs.Uint64Var(&f.seed, "seed", 0, "`number` that chooses what the rule leaves open: hosts, users, ids")
	fs.BoolVar(&f.require, "require", false, "exit 1 if a rule has no events")
	fs.StringVar(&f.config, "config", "", "configuration `FILE` (default: .rulevet.toml, looked for upward)")
	fs.StringArrayVar(&f.schemas, "schema", nil, "overlay with fields of your own, `FILE|DIR` or PATTERN=FILE (repeatable)")
	return cmd
}

func (c *command) generate(ctx context.Context, f *generateFlags, args []string) error {
	if !slices.Contains(report.EventFormats(), f.format) {
		return usageError("--format %q: expected one of %s", f.format, strings.Join(report.EventFormats(), ", "))
	}
	if f.count < 1 || f.count > 1000 {
		return usageError("--count %d: expected 1 to 1000", f.count)
	}
	w, err := c.open(&f.commonFlags, args)
	if err != nil {
		return err
	}
	named, _, err := c.sources("stdin.toml", w)
	if err != nil {
		return err
	}
	catalog, err := lint.LoadCatalog(w.config.Schemas)
	if err != nil {
		return usageError("--schema: %w", err)
	}
	out := &report.Events{Rules: make([]report.RuleEvents, len(named))}
	broken := make([]bool, len(named))
	compiler := &compile.Compiler{Catalog: catalog}
	err = eachOf(ctx, len(named), func(i int) {
		file := named[i].File
		if file == nil {
			file, _ = rule.Parse(named[i].Path, named[i].Src)
		}
		out.Rules[i], broken[i] = f.events(compiler, file), file.Truncated
	})
	if err != nil {
		return failed(err)
	}
	if err := out.Write(c.Stdout, f.format); err != nil {
		return failed(err)
	}
	return c.generated(f, w, out, slices.Contains(broken, true))
}

// events makes the events of one rule.
func (f *generateFlags) events(compiler *compile.Compiler, file *rule.File) report.RuleEvents {
	r := report.RuleEvents{Path: file.Path, RuleID: file.Rule.ID, Index: prove.Index(file)}
	p, err := compiler.Compile(file, compile.Options{Now: prove.Now()})
	if err != nil {
		r.Why = err.Error()
		return r
	}
	g := prove.Generate(p, prove.GenerateOptions{Count: f.count, Near: f.near, Seed: f.seed})
	r.Ways, r.Near, r.Why, r.Index = g.Ways, g.Near, g.Why, g.Index
	return r
}

// generated says for which rules there are no events. A file that cannot be read as a rule is a finding, with and without --require.
func (c *command) generated(f *generateFlags, w *workspace, out *report.Events, broken bool) error {
	without := 0
	for _, r := range out.Rules {
		if r.Why != "" {
			without++
			if f.format != "json" {
				fmt.Fprintf(c.Stderr, "rulevet: %s: %s\n", r.Path, r.Why)
			}
		}
	}
	fmt.Fprintf(c.Stderr, "rulevet: events for %d of %s\n", len(out.Rules)-without, wording.Count(len(out.Rules), "rule"))
	if len(w.problems) > 0 {
		return c.verdict("error", nil, w.problems)
	}
	if broken || f.require && without > 0 {
		return findings()
	}
	return nil
}

// eachOf calls work for 0 to n-1, as many at a time as there are processors.
func eachOf(ctx context.Context, n int, work func(i int)) error {
	todo := make(chan int)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range todo {
				work(i)
			}
		})
	}
	var err error
	for i := 0; i < n && err == nil; i++ {
		select {
		case todo <- i:
		case <-ctx.Done():
			err = errors.New("interrupted")
		}
	}
	close(todo)
	wg.Wait()
	return err
}
