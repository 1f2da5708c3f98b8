package cli

import (
	"github.com/spf13/cobra"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/config"
)

func (c *command) schemaCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "JSON Schemas for editors, field overlays of a cluster",
		Args:  unknownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	ofConfig := false
	printed := &cobra.Command{
		Use:   "print",
		Short: "print the JSON Schema of rule files",
		Long: "print writes the JSON Schema of rule files, or of .rulevet.toml, to standard output. TOML editors complete and check keys with it\n" +
			"where no language server runs; docs/editors.md says how.",
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			schema := rule.JSONSchema()
			if ofConfig {
				schema = config.Schema()
			}
			if _, err := c.Stdout.Write(schema); err != nil {
				return failed(err)
			}
			return nil
		},
	}
	printed.Flags().BoolVar(&ofConfig, "configuration", false, "the schema of .rulevet.toml instead")
	cmd.AddCommand(printed, c.schemaPullCommand())
	return cmd
}
