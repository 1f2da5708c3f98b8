package main

import (
	"fmt"
	"strings"

	"github.com/rulevet/rulevet/schema"
)

// explainField prints where a field exists, with its types, or near names.
func (c *Command) explainField(name string) error {
	catalog, err := schema.New()
	if err != nil {
		return failed(err)
	}
	e := catalog.Explain(name)
	if len(e.Places) == 0 {
		if len(e.Near) == 0 {
			return usageError("no field and no check %q; \"rulevet explain\" lists the checks", name)
		}
		return usageError("no field and no check %q; did you mean %s?", name, strings.Join(e.Near, ", "))
	}
	fmt.Fprintln(c.Stdout, name)
	if len(e.Stacks) > 0 {
		fmt.Fprintf(c.Stdout, "ECS field on the stacks %s\n", strings.Join(e.Stacks, ", "))
	}
	for _, p := range e.Places {
		source := p.Source.String()
		if p.Source.Table == p.Source.Version { // the tables of ECS are named by their version alone
			source = "ecs " + p.Source.Version
		}
		fmt.Fprintf(c.Stdout, "  %-18s %s\n", p.Field.Type, source)
	}
	return nil
}
