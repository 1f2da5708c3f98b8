package cli

import (
	"bufio"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/mitre"
	"github.com/rulevet/rulevet/rule/lint"
	"github.com/rulevet/rulevet/rule/matrix"
)

const layerName = "Detection rules"

type matrixFlags struct {
	format, config, attack, domain string
	targets                        string
	failOnGaps                     bool
}

// matrixDomains are the words for domains, with the name that package mitre gives them.
var matrixDomains = [][2]string{{"enterprise", mitre.Enterprise}, {"mobile", mitre.Mobile}, {"ics", mitre.ICS}, {"atlas", mitre.ATLASDomain}}

func (c *command) matrixCommand() *cobra.Command {
	var f matrixFlags
	cmd := &cobra.Command{
		Use:   "matrix [PATH...]",
		Short: "show which techniques of ATT&CK have a rule",
		Long: "matrix lays the threat mappings of rules over the matrix of ATT&CK or ATLAS. The format navigator is a layer for the\n" +
			"ATT&CK Navigator: the score of a technique is its number of rules. A PATH is as for lint.\n\n" +
			"--targets names the techniques that are to have a rule: a FILE with an id a line (# starts a comment), or a layer of the\n" +
			"Navigator, whose enabled techniques with a score above 0, a colour or a comment count. A rule at a sub-technique counts for\n" +
			"its technique, too. What has no rule is listed as a gap.",
		RunE: func(_ *cobra.Command, args []string) error { return c.matrix(&f, args) },
	}
	fs := cmd.Flags()
	fs.StringVar(&f.format, "format", "text", "output `format`: text, json, navigator")
	fs.StringVar(&f.targets, "targets", "", "`FILE` of the techniques that are to have a rule")
	fs.BoolVar(&f.failOnGaps, "fail-on-gaps", false, "exit code 1 if a target has no rule")
	fs.StringVar(&f.domain, "domain", "enterprise", "`matrix` to show: enterprise, mobile, ics, atlas")
	fs.StringVar(&f.config, "config", "", "configuration `file` (default: .rulevet.toml, found upward from the first path)")
	fs.StringVar(&f.attack, "attack", "", "ATT&CK `VERSION|FILE` (default: the configured one, else the newest)")
	return cmd
}

func (f *matrixFlags) check() error {
	if f.format != "text" && f.format != "json" && f.format != "navigator" {
		return usageError("--format %q: expected text, json or navigator", f.format)
	}
	if f.failOnGaps && f.targets == "" {
		return usageError("--fail-on-gaps needs --targets FILE")
	}
	if f.catalogDomain() == "" {
		return usageError("--domain %q: expected enterprise, mobile, ics or atlas", f.domain)
	}
	if f.domain == "atlas" && f.format == "navigator" {
		return usageError("the ATT&CK Navigator has no domain for ATLAS; expected --format text or json")
	}
	return nil
}

func (f *matrixFlags) catalogDomain() string {
	for _, d := range matrixDomains {
		if d[0] == f.domain {
			return d[1]
		}
	}
	return ""
}

func (c *command) matrix(f *matrixFlags, args []string) error {
	if err := f.check(); err != nil {
		return err
	}
	w, err := c.open(&commonFlags{config: f.config, attack: f.attack}, args)
	if err != nil {
		return err
	}
	c.passedOver(w)
	catalog, err := f.catalog(w.config.Attack)
	if err != nil {
		return usageError("%w", err)
	}
	named, _, err := c.sources("stdin.toml", w)
	if err != nil {
		return err
	}
	rules, broken := c.parsed(named)
	m := matrix.Build(catalog, f.catalogDomain(), rules)
	var targets *matrix.Targets
	if f.targets != "" {
		if targets, err = readTargets(f.targets, catalog, m); err != nil {
			return usageError("--targets %s: %w", f.targets, err)
		}
	}
	if err := c.writeMatrix(f, m, targets); err != nil {
		return failed(err)
	}
	if (broken || f.failOnGaps && len(targets.Gaps) > 0) && len(w.problems) == 0 {
		return findings()
	}
	return c.verdict("error", nil, w.problems)
}

func (f *matrixFlags) catalog(attack string) (*mitre.Catalog, error) {
	if f.domain != "atlas" {
		return lint.AttackCatalog(attack)
	}
	versions := mitre.Versions(mitre.ATLAS)
	return mitre.Load(mitre.ATLAS, versions[len(versions)-1])
}

func readTargets(path string, catalog *mitre.Catalog, m *matrix.Matrix) (*matrix.Targets, error) {
	src, err := fileio.Read(path, fileio.MaxConfig)
	if err != nil {
		return nil, err
	}
	return m.Targets(catalog, src)
}

func (c *command) writeMatrix(f *matrixFlags, m *matrix.Matrix, targets *matrix.Targets) error {
	switch f.format {
	case "navigator":
		layer, err := m.Layer(layerName)
		if err == nil {
			_, err = c.Stdout.Write(layer)
		}
		return err
	case "json":
		return c.encode(m.Summary(targets))
	}
	out := bufio.NewWriter(c.Stdout)
	for _, col := range m.Columns {
		writeColumn(out, col)
	}
	for _, u := range m.Unplaced {
		fmt.Fprintf(out, "without a place in this version: %s of %s\n", printed(u.ID), printed(u.File.Path))
	}
	covered, all := m.Techniques()
	fmt.Fprintf(out, "%s %s, %s: %d of %d techniques and sub-techniques have a rule; %s\n", m.Framework, m.Version, f.domain, covered, all, wording.Count(m.Rules, "rule"))
	if targets != nil {
		for _, t := range targets.Gaps {
			fmt.Fprintf(out, "gap: %s %s\n", t.ID, t.Name)
		}
		fmt.Fprintf(out, "%d of %s have a rule\n", len(targets.Covered), wording.Count(len(targets.Covered)+len(targets.Gaps), "target"))
	}
	return out.Flush()
}

// writeColumn lists the techniques of a tactic that have a rule, with their rules.
func writeColumn(out *bufio.Writer, col matrix.Column) {
	n := 0
	for _, cell := range col.Cells {
		if len(cell.Rules) > 0 {
			n++
		}
	}
	fmt.Fprintf(out, "%s: %d of %d techniques, %s\n", col.Tactic.Name, n, len(col.Cells), wording.Count(len(col.Rules), "rule"))
	for _, cell := range col.Cells {
		writeCell(out, cell, "  ")
	}
}

func writeCell(out *bufio.Writer, cell matrix.Cell, indent string) {
	if len(cell.Rules) == 0 {
		return
	}
	fmt.Fprintf(out, "%s%s %s\n", indent, cell.Technique.ID, cell.Technique.Name)
	for _, f := range cell.Rules {
		if !slices.ContainsFunc(cell.Sub, func(s matrix.Cell) bool { return slices.Contains(s.Rules, f) }) {
			fmt.Fprintf(out, "%s    %s\n", indent, printed(f.Path))
		}
	}
	for _, sub := range cell.Sub {
		writeCell(out, sub, indent+"  ")
	}
}

// printed makes text safe for a terminal.
func printed(s string) string { return strings.Map(printableRune, s) }
