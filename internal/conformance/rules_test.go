package conformance

import (
	"testing"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/schema/overlay"
)

// TestRules holds the types of rules: the events of each alert.
func TestRules(t *testing.T) {
	hold(t, "rules", func(t *testing.T, s *Suite) func(*Case) string {
		overlays, err := overlay.Read("mapping.json", s.Files["mapping.json"], []string{"*"})
		if err != nil {
			t.Fatal(err)
		}
		compiler := &compile.Compiler{Catalog: catalog(t).With(overlays...)}
		list := docs(t, s)
		return func(c *Case) string {
			file, diags := rule.Parse("rule.toml", ruleText(c))
			for _, d := range diags {
				if d.Severity == rule.Error {
					t.Fatalf("%s\n%s", c.Query, d.Message)
				}
			}
			p, err := compiler.Compile(file, compile.Options{})
			if err != nil {
				return "! refused"
			}
			return results(t, p, list)
		}
	})
}

// ruleText is the rule of a case: its text with what a rule needs to be read.
func ruleText(c *Case) []byte {
	return []byte("[rule]\nindex = [\"own-*\"]\nlanguage = \"kuery\"\n" + c.Query + "\n")
}
