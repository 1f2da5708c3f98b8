package lint

import (
	"testing"

	"github.com/rulevet/rulevet/eql"
)

func TestEveryIssueOfEQLHasACheck(t *testing.T) {
	known := map[string]bool{}
	for _, c := range Checks() {
		known[c.Code] = true
	}
	for _, id := range eql.IssueIDs() {
		if code := issueCode(id.ID); !known[code] {
			t.Errorf("issue %q has no check %s", id.ID, code)
		}
	}
}
