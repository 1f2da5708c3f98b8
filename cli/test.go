package cli

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rulevet/rulevet/rule/report"
	"github.com/rulevet/rulevet/rule/ruletest"
)

type testFlags struct {
	commonFlags
	run           string
	update        bool
	verbose       bool
	coverage      bool
	mutate        bool
	suggest       bool
	cross         bool
	html          string
	elasticsearch string // URL
	stdinFilename string
	only, skip    []string // codes, as for lint
}

var testFormats = []string{"text", "json", "junit", "github"}

// register adds the flags that test and check share.
func (f *testFlags) register(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.run, "run", "", "run only the cases that match the `regexp`, unanchored, on <rule stem>/<case name>")
	fs.BoolVar(&f.update, "update", false, "write the golden files")
	fs.BoolVar(&f.coverage, "coverage", false, "tell which conditions of the queries no event made true or false")
	fs.BoolVar(&f.mutate, "mutate", false, "tell which small changes of the queries no case notices")
	fs.BoolVar(&f.suggest, "suggest", false, "print cases for cases.toml that show what no case does")
	fs.BoolVar(&f.cross, "cross", false, "tell which rules match in the fixtures of others")
	fs.StringVar(&f.html, "html", "", "write the results as a page to `FILE`: queries with coverage, cases, the ATT&CK matrix")
	elasticFlag(cmd, &f.elasticsearch, "run the cases on the cluster at `URL`, too, in temporary indexes, and tell where it gives another answer")
	fs.BoolVarP(&f.verbose, "verbose", "v", false, "list every case")
}

func (c *command) testCommand() *cobra.Command {
	var f testFlags
	cmd := &cobra.Command{
		Use:   "test [PATH...]",
		Short: "run the fixtures of rules",
		Long: "test runs rules against the event fixtures in testdata/<rule>/ beside them and in the folders above. A PATH is as\n" +
			"for lint; the fixtures of a rule on standard input (-) are those of the file that --stdin-filename names.\n\n" + elasticHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.commonFlags.check(testFormats...); err != nil {
				return err
			}
			w, err := c.open(&f.commonFlags, args)
			if err != nil {
				return err
			}
			c.passedOver(w)
			run, err := c.runFixtures(cmd.Context(), &f, w)
			if err != nil {
				return err
			}
			if err := c.writePage(&f, w, run); err != nil {
				return err
			}
			if err := c.writeTests(&f, run); err != nil {
				return failed(err)
			}
			if err := c.nothingRan(&f, run); err != nil {
				return err
			}
			return c.testVerdict(&f, w, run)
		},
	}
	f.commonFlags.register(cmd, testFormats...)
	f.register(cmd)
	cmd.Flags().StringVar(&f.stdinFilename, "stdin-filename", "stdin.toml", "`name` of the rule read from standard input; its fixtures are looked for beside it")
	return cmd
}

// nothingRan is the error of a --run that chose nothing: a typo must not look like success.
func (c *command) nothingRan(f *testFlags, run *fixtureRun) error {
	if f.run == "" || run.Summary.Cases > 0 {
		return nil
	}
	return usageError("no case to run: none matches --run %q", f.run)
}

// testVerdict is the exit code of a run.
func (c *command) testVerdict(f *testFlags, w *workspace, run *fixtureRun) error {
	if run.Summary.Failed > 0 && len(w.problems) == 0 {
		return findings()
	}
	return c.verdict(w.threshold(f.failOn), run.diagnostics, w.problems)
}

func (c *command) writeTests(f *testFlags, run *fixtureRun) error {
	switch f.format {
	case "json":
		enc := json.NewEncoder(c.Stdout)
		enc.SetEscapeHTML(false)
		return enc.Encode(run.Report)
	case "text":
		return c.writeTestText(f, run)
	}
	r := &report.Report{Tool: tool(), Cases: run.cases(), Source: run.source}
	if f.format == "junit" {
		r.Cases = append(r.Cases, run.problemCases()...)
	} else {
		r.Diagnostics = run.diagnostics
	}
	return r.Write(c.Stdout, f.format, report.Options{Quiet: f.quiet})
}

// withTests adds the test results to the JSON object of a lint report.
func withTests(lintJSON []byte, result *ruletest.Report) ([]byte, error) {
	tests, err := json.Marshal(result)
	if err != nil {
		return nil, err
	}
	object := bytes.TrimSuffix(bytes.TrimSpace(lintJSON), []byte("}"))
	return fmt.Appendf(nil, "%s,\"tests\":%s}\n", object, tests), nil
}
