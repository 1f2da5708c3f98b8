package lint

import (
	"testing"

	"github.com/rulevet/rulevet/rule/lint/internal/checks/indexes"
	"github.com/rulevet/rulevet/rule/lint/internal/fieldcheck"
)

// TestFieldPages wants a page for every check of fields, indexes and integrations.
func TestFieldPages(t *testing.T) {
	if err := Validate(append(fieldcheck.Checks(), indexes.IndexChecks()...)); err != nil {
		t.Error(err)
	}
}
