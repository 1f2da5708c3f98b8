package cli

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rulevet/rulevet/internal/wording"
	"github.com/rulevet/rulevet/mitre"
	"github.com/rulevet/rulevet/rule/report"
	"github.com/rulevet/rulevet/schema"
)

// version is the release this source becomes.
const version = "0.1.0"

// tool names this program in reports.
func tool() report.Tool { return report.Tool{Name: "rulevet", Version: buildVersion()} }

// buildVersion is the module version if the binary was built from a release, else the release to come.
func buildVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return version + "-dev"
}

func (c *command) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "print the versions of the tool and of the facts embedded in it",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			catalog, err := schema.New()
			if err != nil {
				return failed(err)
			}
			fmt.Fprintf(c.Stdout, "rulevet %s\n", buildVersion())
			for _, s := range catalog.Stacks() {
				fmt.Fprintf(c.Stdout, "stack %s: ECS %s, Beats %s (embedded: 9.5.0), Endgame %s\n", s.Version, s.ECS, s.Beats, s.Endgame)
			}
			size := catalog.Size()
			fmt.Fprintf(c.Stdout, "integration packages: %d with field data (%d data streams), %d known by name\n", size.Packages, size.DataStreams, len(catalog.Packages()))
			c.ages(catalog.Old())
			fmt.Fprintf(c.Stdout, "field catalog: %d rows, %d names, %d kB embedded, %d kB decoded\n", size.Rows, size.Names, size.Embedded>>10, size.Decoded>>10)
			for _, fw := range []mitre.Framework{mitre.ATTACK, mitre.ATLAS} {
				fmt.Fprintf(c.Stdout, "%s: %s\n", fw, strings.Join(mitre.Versions(fw), ", "))
			}
			return nil
		},
	}
}

// ages says which packages are older than what was known of them when their field data was taken.
func (c *command) ages(old []schema.Age) {
	if len(old) == 0 {
		return
	}
	fmt.Fprintf(c.Stdout, "field data older than the newest version known, of %s:\n", wording.Count(len(old), "package"))
	for _, a := range old {
		fmt.Fprintf(c.Stdout, "  %s: %s, newest %s\n", a.Package, a.Have, a.Newest)
	}
}
