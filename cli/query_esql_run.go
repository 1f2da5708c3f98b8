package cli

import (
	"context"
	"errors"

	"github.com/rulevet/rulevet/esql"
)

// runESQL runs a checked query over events.
func (c *command) runESQL(_ context.Context, _ *queryFlags, _ string, _ *esql.Info, _ []string) error {
	return failed(errors.New("ES|QL is not run yet: --dry-run checks a query"))
}
