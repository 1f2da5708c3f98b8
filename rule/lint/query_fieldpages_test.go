package lint

import "testing"

// TestFieldPages wants a page for every check of fields, indexes and integrations.
func TestFieldPages(t *testing.T) {
	if err := Validate(append(queryFieldChecks(), indexChecks()...)); err != nil {
		t.Error(err)
	}
}
