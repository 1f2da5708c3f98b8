package cli

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rulevet/rulevet/internal/heaproom"
	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/rule/hunt"
	"github.com/rulevet/rulevet/rule/lint"
	"github.com/rulevet/rulevet/rule/report/hunted"
)

type huntFlags struct {
	commonFlags
	events      []string
	failOnMatch bool
	samples     int
	by          string
	anyIndex    bool
	bufferMiB   int
	maxPending  int
	groupsMiB   int

	elasticsearch, from, to string
}

func (c *command) huntCommand() *cobra.Command {
	var f huntFlags
	cmd := &cobra.Command{
		Use:   "hunt [RULES...] --events FILE...",
		Short: "run every rule over an archive of events and tell which fire",
		Long: "hunt runs all rules over recorded events in one pass and tells which fire, how often, when and on which hosts. RULES are\n" +
			"as for lint. A FILE holds events as for query, plain or compressed; it may be a folder, a quoted glob, or - for standard input.\n" +
			"What stands among the RULES and is neither a folder nor holds rules counts as a FILE too, so that the shell may expand a glob.\n\n" +
			"Files are read side by side in order of @timestamp. Sequences need that order: their events are held back in a buffer\n" +
			"(--buffer) to put them in order, and what comes too late for it is reported. An event that has an _index is shown only to\n" +
			"rules whose index patterns match it; any other event is shown to all rules.\n\n" +
			"What an ES|QL rule reads beside events (LOOKUP JOIN, ENRICH, answers of a model) is taken from its fixtures.\n\n" +
			"The query and the filters of the rule decide: schedules, exceptions, suppression and the limit of signals a run are not applied.\n\n" +
			"Exit codes: 0, also with matches; 1 with --fail-on-match if a rule fired; 3 if a file could not be read to its end or a rule\n" +
			"could not be run on all events.",
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
			defer stop()
			return c.hunt(ctx, &f, args)
		},
	}
	fs := cmd.Flags()
	fs.StringArrayVar(&f.events, "events", nil, "`FILE` of events, folder, glob or - (repeatable)")
	fs.StringVar(&f.format, "format", "text", "output `format`: "+strings.Join(hunted.Formats(), ", "))
	elasticFlag(cmd, &f.elasticsearch, "run the rules on the data of the cluster at `URL` instead of on files")
	fs.StringVar(&f.from, "from", "now-7d", "with --elasticsearch: the `time` from which on, in date math")
	fs.StringVar(&f.to, "to", "now", "with --elasticsearch: the `time` up to which")
	fs.BoolVar(&f.failOnMatch, "fail-on-match", false, "exit code 1 if a rule fires: for traffic that is known to be good")
	fs.IntVar(&f.samples, "samples", 3, "matches to show of each rule, `N` at most")
	fs.StringVar(&f.by, "by", "", "`field` to count matches by (default: host.name, or else host.hostname or host.id)")
	fs.BoolVar(&f.anyIndex, "any-index", false, "show events to all rules, whatever their _index")
	fs.IntVar(&f.bufferMiB, "buffer", 32, "memory for putting events of sequences in order, in `MiB`")
	fs.IntVar(&f.maxPending, "max-pending", 200_000, "sequences that may wait for their next event, over all rules, `N` at most")
	fs.IntVar(&f.groupsMiB, "max-groups", usualGroups, "memory for groups and rows that ES|QL rules hold until the end, over all rules, in `MiB`")
	fs.StringVar(&f.config, "config", "", "configuration `file` (default: .rulevet.toml, found upward from the first path)")
	fs.StringSliceVar(&f.stacks, "stack", nil, "stack `version` that the rules run on: ES|QL differs between 8 and 9 (default: the newest)")
	fs.StringArrayVar(&f.schemas, "schema", nil, "overlay with fields of your own, `FILE|DIR` or PATTERN=FILE (repeatable)")
	return cmd
}

func (f *huntFlags) check() error {
	switch {
	case !slices.Contains(hunted.Formats(), f.format):
		return usageError("--format %q: expected one of %s", f.format, strings.Join(hunted.Formats(), ", "))
	case f.samples < 0:
		return usageError("--samples %d: expected 0 or more", f.samples)
	case f.bufferMiB < 1 || f.bufferMiB > 1<<14:
		return usageError("--buffer %d: expected 1 to %d", f.bufferMiB, 1<<14)
	case f.maxPending < 1:
		return usageError("--max-pending %d: expected 1 or more", f.maxPending)
	case f.groupsMiB < 1 || f.groupsMiB > 1<<14:
		return usageError("--max-groups %d: expected 1 to %d", f.groupsMiB, 1<<14)
	}
	return checkStacks(f.stacks)
}

// huntRoom is the memory that garbage may take before it is collected, in bytes.
const huntRoom = 64 << 20

// huntMemory is what a hunt may use with the usual limits, in bytes.
const huntMemory = 270 << 20

// usualGroups is the default of --max-groups, in MiB.
const usualGroups = 48

func (c *command) hunt(ctx context.Context, f *huntFlags, args []string) error {
	if err := f.check(); err != nil {
		return err
	}
	if f.elasticsearch != "" {
		return c.huntCluster(ctx, f, args)
	}
	defer heaproom.Give(huntRoom, 100)()
	rules, events := splitArguments(args)
	if len(f.events) == 0 {
		return usageError("no events: name them with --events FILE, - is standard input")
	}
	archive, err := c.archive(ctx, append(slices.Clone(f.events), events...))
	if err != nil {
		return failed(err)
	}
	w, err := c.open(&f.commonFlags, rules)
	if err != nil {
		return err
	}
	c.passedOver(w)
	h, err := c.compileHunt(f, w, archive)
	if err != nil {
		return err
	}
	defer f.limitMemory()()
	archive.progress.start()
	result, err := h.Run(ctx, archive.inputs)
	archive.progress.clear()
	if err != nil {
		fmt.Fprintln(c.Stderr, "rulevet: interrupted")
	}
	result.LeftOut = archive.leftOut
	return c.huntReport(f, w, result)
}

// limitMemory makes the garbage of a hunt be collected in time for what the rules and the limits of the flags need. The function that it
// returns ends that. Where the user has set GOMEMLIMIT, that holds.
func (f *huntFlags) limitMemory() (end func()) {
	const beside, usualBuffer, usualPending, eachPending = 200 << 20, 32, 200_000, 1 << 10
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	more := int64(max(0, f.bufferMiB-usualBuffer))<<21 + int64(max(0, f.maxPending-usualPending))*eachPending + int64(max(0, f.groupsMiB-usualGroups))<<21
	return heaproom.Limit(max(huntMemory, int64(now.HeapAlloc)+beside) + more)
}

// huntReport prints the result of a hunt and decides how the command ends.
func (c *command) huntReport(f *huntFlags, w *workspace, result *hunt.Report) error {
	t := tool()
	result.Tool = hunt.Tool{Name: t.Name, Version: t.Version}
	out := bufio.NewWriter(c.Stdout)
	if err := hunted.Write(out, result, f.format); err != nil {
		return failed(err)
	}
	if err := out.Flush(); err != nil {
		return failed(err)
	}
	return c.huntVerdict(f, w, result)
}

// splitArguments tells rules from events: the shell expands "--events *.ndjson" to one file for the flag and arguments.
func splitArguments(args []string) (rules, events []string) {
	for _, a := range args {
		info, err := os.Stat(a)
		if a == "-" || err == nil && !info.IsDir() && !strings.HasSuffix(a, ".toml") && !holdsRules(a) {
			events = append(events, a)
		} else {
			rules = append(rules, a)
		}
	}
	return rules, events
}

// compileHunt reads and compiles the rules of the workspace.
func (c *command) compileHunt(f *huntFlags, w *workspace, a *archive) (*hunt.Hunt, error) {
	opts := hunt.Options{By: f.by, AnyIndex: f.anyIndex, Samples: f.samples, Buffer: f.bufferMiB << 20, MaxPending: f.maxPending, MaxSize: f.groupsMiB << 20, Now: c.Now(), Progress: a.progress.show}
	if f.samples == 0 {
		opts.Samples = -1
	}
	if len(w.config.Schemas) > 0 {
		catalog, err := lint.LoadCatalog(w.config.Schemas)
		if err != nil {
			return nil, usageError("schema: %w", err)
		}
		opts.Catalog = catalog
	}
	opts.Stack = w.newestStack()
	beside := c.besideRules(w)
	opts.Beside = beside.of
	h, err := hunt.New(w.rules(), opts) // what is wrong with a file shows when its query is compiled
	if err != nil {
		return nil, failed(err)
	}
	return h, beside.err
}

// huntVerdict is the exit code of a hunt.
func (c *command) huntVerdict(f *huntFlags, w *workspace, r *hunt.Report) error {
	if err := c.verdict("", nil, w.problems); err != nil {
		return err
	}
	switch {
	case r.Summary.Rules == 0:
		return failed(fmt.Errorf("no rule ran: of %s none can be", wording.Count(r.Summary.NotChecked, "rule")))
	case !r.Summary.Complete:
		return failed(fmt.Errorf("the result is incomplete: see the report"))
	case f.failOnMatch && r.Summary.Matches > 0:
		return findings()
	}
	return nil
}
